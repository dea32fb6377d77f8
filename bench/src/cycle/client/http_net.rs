//! http-net's client, with a request built each time and one built once.

use std::hint::black_box;

use http_net::{ClientConn, ClientEvent, Request};

use super::{ACCEPT, AGENT, HOST};
use crate::cycle::{HELLO, Peer, Sink};

struct Common {
    connection: ClientConn,
    out: Vec<u8>,
}

impl Common {
    fn new() -> Self {
        Self { connection: ClientConn::new(), out: Vec::with_capacity(4096) }
    }

    /// There is one copy of this loop, as in a client: with more the compiler would inline less into each.
    #[inline(never)]
    fn exchange(&mut self, request: &Request, input: &[u8], sink: &mut Sink) {
        self.out.clear();
        self.connection.send_request(request, &mut self.out).expect("the last exchange is over");
        sink.put(&self.out);
        assert_eq!(self.connection.feed(input), input.len());
        let mut len = 0;
        loop {
            match self.connection.poll().expect("a valid response") {
                ClientEvent::Response(head) => {
                    black_box(head.status());
                }
                ClientEvent::Body(octets) => len += black_box(octets).len(),
                ClientEvent::ResponseEnd => {}
                ClientEvent::Idle => break,
                other => panic!("the connection persists, but {other:?}"),
            }
        }
        assert_eq!(len, HELLO.len());
    }
}

fn request() -> Request {
    Request::get("/").header("host", HOST).header("user-agent", AGENT).header("accept", ACCEPT)
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
        self.0.exchange(&request(), input, sink);
    }
}

pub(super) struct Prebuilt(Common, Request);

impl Prebuilt {
    pub(super) fn new() -> Self {
        Self(Common::new(), request())
    }
}

impl Peer for Prebuilt {
    const NAME: &'static str = "http-net (prebuilt)";

    #[inline]
    fn exchange(&mut self, input: &'static [u8], sink: &mut Sink) {
        self.0.exchange(&self.1, input, sink);
    }
}
