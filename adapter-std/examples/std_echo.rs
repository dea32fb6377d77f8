//! `std_echo ADDRESS` sends content back while it comes, however much that is.

use std::env;
use std::io;

use basehttp_handler::ExchangeError;
use basehttp_proto::{BodyLength, ResponseHead, StatusCode};
use basehttp_std::{Done, Exchange, Server};

fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let server = Server::bind(address)?;
    eprintln!("http://{}/", server.local_addr()?);
    server.serve_exchanges(echo)
}

fn echo(exchange: Exchange) -> Result<Done, ExchangeError> {
    let content_type = exchange.head().fields().get("Content-Type").unwrap_or(b"application/octet-stream");
    let head = ResponseHead::new(StatusCode::OK).field("Content-Type", content_type)?;
    let mut body = exchange.start(head, BodyLength::Unknown)?;
    while let Some(part) = body.content()? {
        body.write(part)?;
    }
    body.finish()
}
