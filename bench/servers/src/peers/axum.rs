//! axum, by `axum::serve`.

use std::io;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::{CONTENT_TYPE, SERVER as SERVER_FIELD};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use basehttp_bench_servers::{HELLO, OCTETS, SERVER, TEXT, address};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind(address()).await?.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let routes = Router::new().route("/", get(hello)).route("/echo", post(echo));
    axum::serve(listener, routes).await
}

async fn hello() -> impl IntoResponse {
    ([(CONTENT_TYPE, TEXT), (SERVER_FIELD, SERVER)], HELLO)
}

async fn echo(content: Bytes) -> impl IntoResponse {
    ([(CONTENT_TYPE, OCTETS), (SERVER_FIELD, SERVER)], content)
}
