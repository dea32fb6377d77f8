//! `smol_upgrade ADDRESS` speaks WebSocket, and sends each message back.

use std::env;
use std::io;

use async_tungstenite::WebSocketStream;
use async_tungstenite::tungstenite::handshake::derive_accept_key;
use async_tungstenite::tungstenite::protocol::Role;
use basehttp_handler::{ExchangeError, Response};
use basehttp_proto::{ResponseHead, StatusCode};
use basehttp_smol::{Done, Exchange, Server};
use futures_util::StreamExt;

fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let server = Server::bind(address)?;
    eprintln!("ws://{}/", server.local_addr()?);
    smol::block_on(server.serve_exchanges(upgrade))
}

async fn upgrade(exchange: Exchange) -> Result<Done, ExchangeError> {
    let fields = exchange.head().fields();
    let Some(key) = fields.get("Sec-WebSocket-Key").filter(|_| fields.contains("Upgrade")).map(derive_accept_key)
    else {
        return exchange.respond(Response::error(StatusCode::UPGRADE_REQUIRED).field("Upgrade", "websocket")).await;
    };
    let head = ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS).field("Upgrade", "websocket")?;
    let (stream, done) = exchange.switch(head.field("Sec-WebSocket-Accept", key)?).await?;
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    while let Some(Ok(message)) = socket.next().await {
        if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
            break;
        }
    }
    Ok(done)
}
