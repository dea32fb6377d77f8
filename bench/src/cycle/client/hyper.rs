//! hyper's client, polled by hand over memory.

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::Poll;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use hyper::header::{ACCEPT as ACCEPT_NAME, HOST as HOST_NAME, HeaderValue, USER_AGENT};

use super::{ACCEPT, AGENT, HOST};
use crate::cycle::hyper_io::{Memory, poll};
use crate::cycle::{HELLO, Peer, Sink};

pub(super) struct Hyper {
    memory: Memory,
    sender: SendRequest<Empty<Bytes>>,
    connection: Pin<Box<Connection<Memory, Empty<Bytes>>>>,
}

impl Hyper {
    pub(super) fn new() -> Self {
        let memory = Memory::default();
        let Poll::Ready(Ok((sender, connection))) = poll(pin!(handshake(memory.clone()))) else {
            panic!("a handshake of HTTP/1 waits for nothing")
        };
        let mut connection = Box::pin(connection);
        assert!(poll(connection.as_mut()).is_pending());
        Self { memory, sender, connection }
    }
}

fn request() -> Request<Empty<Bytes>> {
    let mut request = Request::new(Empty::new());
    let fields = request.headers_mut();
    fields.insert(HOST_NAME, HeaderValue::from_static(HOST));
    fields.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    fields.insert(ACCEPT_NAME, HeaderValue::from_static(ACCEPT));
    request
}

impl Peer for Hyper {
    const NAME: &'static str = "hyper";

    #[inline]
    fn exchange(&mut self, input: &'static [u8], sink: &mut Sink) {
        let Self { memory, sender, connection } = self;
        memory.exchange(&[], sink, || {
            let mut response = pin!(sender.send_request(request()));
            assert!(poll(connection.as_mut()).is_pending(), "the connection persists");
            memory.bring(input);
            assert!(poll(connection.as_mut()).is_pending(), "the connection persists");
            let Poll::Ready(Ok(response)) = poll(response.as_mut()) else { panic!("a response was brought") };
            black_box(response.status());
            let mut content = pin!(response.into_body().collect());
            let content = loop {
                match poll(content.as_mut()) {
                    Poll::Ready(content) => break content.expect("valid content"),
                    Poll::Pending => {
                        assert!(poll(connection.as_mut()).is_pending(), "the connection persists")
                    }
                }
            };
            assert_eq!(black_box(content.to_bytes()).len(), HELLO.len());
            // It asks for the next request only when it is polled after the end.
            assert!(poll(connection.as_mut()).is_pending(), "the connection persists");
        });
    }
}
