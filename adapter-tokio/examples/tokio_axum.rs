//! `tokio_axum ADDRESS` serves a router of axum: a path with a parameter, JSON, an echo, and content that is made as it is sent.

use std::convert::Infallible;
use std::env;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Json, Path};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Router, http};
use basehttp_tokio::Server;
use futures_util::stream;

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let router = Router::new()
        .route("/hello/{name}", get(async |Path(name): Path<String>| format!("Hello, {name}!\n")))
        .route("/sum", post(async |Json(numbers): Json<Vec<f64>>| Json(numbers.iter().sum::<f64>())))
        .route("/echo", post(async |request: http::Request<Body>| Response::new(request.into_body())))
        .route("/count", get(count));
    let server = Server::bind(address)?;
    eprintln!("http://{}/", server.local_addr()?);
    server.serve_service(router).await
}

/// A line each second.
async fn count() -> Body {
    Body::from_stream(stream::unfold(1, async |number| {
        if number > 1 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        (number <= 3).then(|| (Ok::<_, Infallible>(Bytes::from(format!("{number}\n"))), number + 1))
    }))
}
