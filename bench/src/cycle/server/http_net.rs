//! http-net's server in its three tiers.

use std::hint::black_box;

use http_net::{
    BodyPlan, DateCache, HttpDate, HttpError, OutgoingBody, Response, ResponseHeadRef, ServerConn, ServerEvent,
};

use crate::cycle::{HELLO, NOW, Peer, Sink};

/// How a request is answered.
#[derive(Clone, Copy)]
enum Tier<'a> {
    /// By a response built for it.
    Builder,
    /// By a response built once.
    Prebuilt(&'a Response),
    /// By a head of borrowed fields, with the content put behind it.
    Borrowed(&'a ResponseHeadRef<'a>),
}

/// What the tiers share: the connection, and the loop over its events.
struct Common {
    connection: ServerConn,
    dates: DateCache,
    out: Vec<u8>,
}

impl Common {
    fn new() -> Self {
        Self { connection: ServerConn::new(), dates: DateCache::new(), out: Vec::with_capacity(4096) }
    }

    /// There is one copy of this loop, as in a server: with one for each tier the compiler would inline less into each.
    #[inline(never)]
    fn exchange(&mut self, mut input: &[u8], sink: &mut Sink, tier: Tier<'_>) {
        self.out.clear();
        let date = self.dates.update(black_box(NOW));
        input = &input[self.connection.feed(input)..];
        loop {
            match self.connection.poll().expect("a valid request") {
                ServerEvent::Request(head) => {
                    black_box(head.target());
                }
                ServerEvent::Body(octets) => {
                    black_box(octets);
                }
                ServerEvent::RequestEnd => {
                    answer(&mut self.connection, date, &mut self.out, tier).expect("a request waits");
                }
                ServerEvent::NeedInput if input.is_empty() => break,
                ServerEvent::NeedInput => input = &input[self.connection.feed(input)..],
                other => panic!("the connection persists, but {other:?}"),
            }
        }
        sink.put(&self.out);
    }
}

#[inline]
fn answer(connection: &mut ServerConn, date: &HttpDate, out: &mut Vec<u8>, tier: Tier<'_>) -> Result<(), HttpError> {
    match tier {
        Tier::Builder => connection.respond_with_date(&response(), date, out),
        Tier::Prebuilt(response) => connection.respond_with_date(response, date, out),
        Tier::Borrowed(head) => {
            let plan = connection.write_head(head, Some(date), out)?;
            assert_eq!(plan, BodyPlan::Raw);
            out.extend_from_slice(HELLO.as_bytes());
            Ok(())
        }
    }
}

fn response() -> Response {
    Response::new(200).header("content-type", "text/plain").header("server", "bench").body(HELLO.as_bytes())
}

pub(super) struct Builder(Common);

impl Builder {
    pub(super) fn new() -> Self {
        Self(Common::new())
    }
}

impl Peer for Builder {
    const NAME: &'static str = "http-net (built each time)";

    #[inline]
    fn exchange(&mut self, input: &'static [u8], sink: &mut Sink) {
        self.0.exchange(input, sink, Tier::Builder);
    }
}

pub(super) struct Prebuilt(Common, Response);

impl Prebuilt {
    pub(super) fn new() -> Self {
        Self(Common::new(), response())
    }
}

impl Peer for Prebuilt {
    const NAME: &'static str = "http-net (prebuilt)";

    #[inline]
    fn exchange(&mut self, input: &'static [u8], sink: &mut Sink) {
        self.0.exchange(input, sink, Tier::Prebuilt(&self.1));
    }
}

pub(super) struct Borrowed(Common);

impl Borrowed {
    pub(super) fn new() -> Self {
        Self(Common::new())
    }
}

impl Peer for Borrowed {
    const NAME: &'static str = "http-net (borrowed)";

    #[inline]
    fn exchange(&mut self, input: &'static [u8], sink: &mut Sink) {
        const FIELDS: &[(&str, &[u8])] = &[("content-type", b"text/plain"), ("server", b"bench")];
        let head = ResponseHeadRef::new(200, FIELDS, OutgoingBody::Full(HELLO.len() as u64));
        self.0.exchange(input, sink, Tier::Borrowed(black_box(&head)));
    }
}
