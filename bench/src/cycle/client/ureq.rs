//! ureq-proto's client: a state machine for one exchange, so a new one each time.

use std::hint::black_box;

use http::header::{ACCEPT as ACCEPT_NAME, HOST as HOST_NAME, USER_AGENT};
use http::{HeaderValue, Request, Uri};
use ureq_proto::client::{Call, RecvBodyResult, RecvResponseResult, SendRequestResult};

use super::{ACCEPT, AGENT, HOST};
use crate::cycle::{HELLO, Peer, Sink};

pub(super) struct Ureq {
    uri: Uri,
    out: Vec<u8>,
    content: Vec<u8>,
}

impl Ureq {
    pub(super) fn new() -> Self {
        let uri = "http://127.0.0.1:8080/".parse().expect("a valid URI");
        Self { uri, out: vec![0; 4096], content: vec![0; 4096] }
    }

    fn request(&self) -> Request<()> {
        let mut request = Request::new(());
        *request.uri_mut() = self.uri.clone();
        let fields = request.headers_mut();
        fields.insert(HOST_NAME, HeaderValue::from_static(HOST));
        fields.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        fields.insert(ACCEPT_NAME, HeaderValue::from_static(ACCEPT));
        request
    }
}

impl Peer for Ureq {
    const NAME: &'static str = "ureq-proto";

    #[inline]
    fn exchange(&mut self, input: &'static [u8], sink: &mut Sink) {
        let mut call = Call::new(self.request()).expect("a valid request").proceed();
        let len = call.write(&mut self.out).expect("room for a head");
        sink.put(&self.out[..len]);
        let Ok(Some(SendRequestResult::RecvResponse(mut call))) = call.proceed() else {
            panic!("a GET has no content")
        };
        let (taken, response) = call.try_response(input, false).expect("a valid response");
        black_box(response.expect("a complete head").status());
        let Some(RecvResponseResult::RecvBody(mut call)) = call.proceed() else { panic!("the response has content") };
        let (_, len) = call.read(&input[taken..], &mut self.content).expect("valid content");
        assert_eq!(black_box(&self.content[..len]).len(), HELLO.len());
        let Some(RecvBodyResult::Cleanup(call)) = call.proceed() else { panic!("the response is complete") };
        assert!(!call.must_close_connection());
    }
}
