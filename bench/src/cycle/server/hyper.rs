//! hyper's server, polled by hand over memory: no runtime is in its times. It reads the clock itself, once a poll.

use std::convert::Infallible;
use std::hint::black_box;
use std::pin::Pin;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue, SERVER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};

use crate::cycle::hyper_io::{Memory, poll};
use crate::cycle::{HELLO, Peer, Sink};

pub(super) struct Hyper {
    memory: Memory,
    connection: Pin<Box<dyn Future<Output = hyper::Result<()>>>>,
}

impl Hyper {
    pub(super) fn new() -> Self {
        let memory = Memory::default();
        let mut builder = http1::Builder::new();
        // Without it every pipelined answer would be written by itself.
        builder.pipeline_flush(true);
        let connection = builder.serve_connection(memory.clone(), service_fn(answer));
        Self { memory, connection: Box::pin(connection) }
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    black_box(request.uri());
    if !request.body().is_end_stream() {
        black_box(request.into_body().collect().await.expect("valid content"));
    }
    let mut response = Response::new(Full::new(Bytes::from_static(HELLO.as_bytes())));
    let fields = response.headers_mut();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    fields.insert(SERVER, HeaderValue::from_static("bench"));
    Ok(response)
}

impl Peer for Hyper {
    const NAME: &'static str = "hyper";

    #[inline]
    fn exchange(&mut self, input: &'static [u8], sink: &mut Sink) {
        self.memory.exchange(input, sink, || {
            assert!(poll(self.connection.as_mut()).is_pending(), "the connection persists");
        });
    }
}
