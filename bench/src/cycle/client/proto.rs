//! basehttp-proto's client, by its ordinary calls, with a head built each time and one built once.

use std::hint::black_box;

use basehttp_proto::client::{Connection, Event};
use basehttp_proto::{Config, Method, RequestHead};

use super::{ACCEPT, AGENT, HOST};
use crate::cycle::{HELLO, Peer, Sink};

fn connection() -> Connection {
    Connection::new(Config::client())
}

fn head() -> RequestHead {
    let head = RequestHead::build(Method::GET, "/").and_then(|head| head.field("Host", HOST));
    let head = head.and_then(|head| head.field("User-Agent", AGENT));
    head.and_then(|head| head.field("Accept", ACCEPT)).expect("a valid head")
}

/// There is one copy of this loop, as in a client: with more the compiler would inline less into each.
#[inline(never)]
fn exchange(connection: &mut Connection, head: &RequestHead, input: &[u8], sink: &mut Sink) {
    connection.request(head, "").expect("the last exchange is over");
    sink.drain(connection.transmit());
    connection.recv(input).expect("a response is awaited");
    let mut len = 0;
    while let Some(event) = connection.poll_event().expect("a valid response") {
        match event {
            Event::Response(head) => {
                black_box(head.status());
            }
            Event::Body(octets) => len += black_box(octets).len(),
            Event::End(_) => {}
            other => panic!("the connection persists, but {other:?}"),
        }
    }
    assert_eq!(len, HELLO.len());
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
        exchange(&mut self.0, &head(), input, sink);
    }
}

pub(super) struct Prebuilt(Connection, RequestHead);

impl Prebuilt {
    pub(super) fn new() -> Self {
        Self(connection(), head())
    }
}

impl Peer for Prebuilt {
    const NAME: &'static str = "proto";

    #[inline]
    fn exchange(&mut self, input: &'static [u8], sink: &mut Sink) {
        exchange(&mut self.0, &self.1, input, sink);
    }
}
