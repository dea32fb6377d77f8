//! `tokio_stream ADDRESS` sends an event each second (server-sent events), for a browser's `EventSource`.

use std::env;
use std::io;
use std::time::Duration;

use basehttp_handler::ExchangeError;
use basehttp_proto::{BodyLength, ResponseHead, StatusCode};
use basehttp_tokio::{Done, Exchange, Server};

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let server = Server::bind(address)?;
    eprintln!("http://{}/", server.local_addr()?);
    server.serve_exchanges(stream).await
}

async fn stream(exchange: Exchange) -> Result<Done, ExchangeError> {
    let head = ResponseHead::new(StatusCode::OK).field("Content-Type", "text/event-stream")?;
    let head = head.field("Cache-Control", "no-store")?;
    let mut body = exchange.start(head, BodyLength::Unknown).await?;
    for number in 1..=10 {
        body.write(format!("data: event {number}\n\n")).await?;
        // The client sees it before the next one is made.
        body.flush().await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    body.finish().await
}
