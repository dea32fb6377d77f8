//! `std_upgrade ADDRESS` speaks WebSocket, and sends each message back.

use std::env;
use std::io;

use basehttp_handler::{ExchangeError, Response};
use basehttp_proto::{ResponseHead, StatusCode};
use basehttp_std::{Done, Exchange, Server};
use tungstenite::WebSocket;
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::Role;

fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let server = Server::bind(address)?;
    eprintln!("ws://{}/", server.local_addr()?);
    server.serve_exchanges(upgrade)
}

fn upgrade(exchange: Exchange) -> Result<Done, ExchangeError> {
    let fields = exchange.head().fields();
    let Some(key) = fields.get("Sec-WebSocket-Key").filter(|_| fields.contains("Upgrade")).map(derive_accept_key)
    else {
        return exchange.respond(Response::error(StatusCode::UPGRADE_REQUIRED).field("Upgrade", "websocket"));
    };
    let head = ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS).field("Upgrade", "websocket")?;
    let (stream, done) = exchange.switch(head.field("Sec-WebSocket-Accept", key)?)?;
    let mut socket = WebSocket::from_raw_socket(stream, Role::Server, None);
    while let Ok(message) = socket.read() {
        if (message.is_text() || message.is_binary()) && socket.send(message).is_err() {
            break;
        }
    }
    Ok(done)
}
