//! basehttp-proto's server, by its ordinary calls, with a head built once and one built each time.

use std::hint::black_box;

use basehttp_proto::server::{Connection, Event};
use basehttp_proto::{Config, HttpDate, Limits, ResponseHead, StatusCode};

use crate::cycle::{HELLO, NOW, Peer, Sink};

fn connection() -> Connection {
    // The series is longer than a server would let it be.
    let limits = Limits { requests: u32::MAX, ..Limits::default() };
    Connection::new(Config { limits, ..Config::default() })
}

fn head() -> ResponseHead {
    let head = ResponseHead::new(StatusCode::OK).field("Content-Type", "text/plain");
    head.and_then(|head| head.field("Server", "bench")).expect("valid fields")
}

/// Answers by the head given, or by one built for each request. There is one copy of this loop, as in a server: with a
/// copy for each way the compiler would inline less into each.
#[inline(never)]
fn exchange(connection: &mut Connection, input: &[u8], sink: &mut Sink, prebuilt: Option<&ResponseHead>) {
    connection.set_date(HttpDate::from_unix(black_box(NOW)));
    connection.recv(input).expect("the last exchange is over");
    while let Some(event) = connection.poll_event().expect("a valid request") {
        match event {
            Event::Request(head) => {
                black_box(head.target());
            }
            Event::Body(octets) => {
                black_box(&octets);
            }
            Event::End(_) => {
                let built = if prebuilt.is_none() { Some(head()) } else { None };
                let head = prebuilt.or(built.as_ref()).expect("one of them");
                connection.respond(head, HELLO).expect("a request waits");
            }
            other => panic!("the connection persists, but {other:?}"),
        }
    }
    sink.drain(connection.transmit());
}

pub(super) struct Prebuilt(Connection, ResponseHead);

impl Prebuilt {
    pub(super) fn new() -> Self {
        Self(connection(), head())
    }
}

impl Peer for Prebuilt {
    const NAME: &'static str = "proto";

    #[inline]
    fn exchange(&mut self, input: &'static [u8], sink: &mut Sink) {
        exchange(&mut self.0, input, sink, Some(&self.1));
    }
}

pub(super) struct Builder(Connection);

impl Builder {
    pub(super) fn new() -> Self {
        Self(connection())
    }
}

impl Peer for Builder {
    const NAME: &'static str = "proto, built each time";

    #[inline]
    fn exchange(&mut self, input: &'static [u8], sink: &mut Sink) {
        exchange(&mut self.0, input, sink, None);
    }
}
