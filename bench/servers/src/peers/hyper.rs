//! hyper on tokio. `pipeline_flush` is set: it writes the answers of a batch at once, which it does not by itself.

use std::convert::Infallible;
use std::io;

use basehttp_bench_servers::{HELLO, OCTETS, SERVER, TEXT, address};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue, SERVER as SERVER_FIELD};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind(address()).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let _ = stream.set_nodelay(true);
        tokio::spawn(async move {
            let mut server = http1::Builder::new();
            let connection = server.pipeline_flush(true).serve_connection(TokioIo::new(stream), service_fn(answer));
            // A client that has gone is no news.
            let _ = connection.await;
        });
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (mut status, mut content, mut media) = (StatusCode::OK, Bytes::new(), OCTETS);
    match (request.method(), request.uri().path()) {
        (&Method::POST, "/echo") => match request.into_body().collect().await {
            Ok(collected) => content = collected.to_bytes(),
            Err(_) => status = StatusCode::BAD_REQUEST,
        },
        (&Method::GET, "/") => (content, media) = (Bytes::from_static(HELLO.as_bytes()), TEXT),
        _ => status = StatusCode::NOT_FOUND,
    }
    let mut response = Response::new(Full::new(content));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    response.headers_mut().insert(SERVER_FIELD, HeaderValue::from_static(SERVER));
    Ok(response)
}
