//! ureq-proto's server: a state machine for one exchange, so a new one each time.

use std::hint::black_box;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, SERVER};
use http::{HeaderValue, Response};
use ureq_proto::server::state::ProvideResponse;
use ureq_proto::server::{RecvRequestResult, Reply, SendResponseResult};

use crate::cycle::{HELLO, Peer, Sink};

pub(super) struct Ureq {
    out: Vec<u8>,
    content: Vec<u8>,
}

impl Ureq {
    pub(super) fn new() -> Self {
        Self { out: vec![0; 4096], content: vec![0; 4096] }
    }

    /// Reads a request; what is to be answered, and how many octets it took.
    #[inline]
    fn request(&mut self, input: &[u8]) -> (Reply<ProvideResponse>, usize) {
        let mut reply = Reply::new().expect("a new exchange");
        let (mut taken, request) = reply.try_request(input).expect("a valid request");
        black_box(request.expect("a complete head").uri());
        let reply = match reply.proceed().expect("a complete head") {
            RecvRequestResult::ProvideResponse(reply) => reply,
            RecvRequestResult::RecvBody(mut reply) => {
                let (read, len) = reply.read(&input[taken..], &mut self.content).expect("valid content");
                black_box(&self.content[..len]);
                taken += read;
                reply.proceed().expect("the content is complete")
            }
            RecvRequestResult::Send100(_) => panic!("nobody expects a 100"),
        };
        (reply, taken)
    }
}

fn response() -> Response<()> {
    let mut response = Response::new(());
    let fields = response.headers_mut();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    fields.insert(SERVER, HeaderValue::from_static("bench"));
    fields.insert(DATE, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
    fields.insert(CONTENT_LENGTH, HeaderValue::from_static("13"));
    response
}

impl Peer for Ureq {
    const NAME: &'static str = "ureq-proto";

    #[inline]
    fn exchange(&mut self, mut input: &'static [u8], sink: &mut Sink) {
        let mut filled = 0;
        while !input.is_empty() {
            let (reply, taken) = self.request(input);
            input = &input[taken..];
            let mut reply = reply.provide(response()).expect("a valid response");
            filled += reply.write(&mut self.out[filled..]).expect("room for a head");
            let SendResponseResult::SendBody(mut reply) = reply.proceed() else { panic!("the response has content") };
            filled += reply.write(HELLO.as_bytes(), &mut self.out[filled..]).expect("room for content").1;
            assert!(!reply.proceed().must_close_connection());
        }
        sink.put(&self.out[..filled]);
    }
}
