//! trillium on smol.

use std::net::SocketAddr;

use basehttp_bench_servers::{HELLO, OCTETS, SERVER, TEXT, address};
use trillium::{Conn, KnownHeaderName, Method, Status};

fn main() {
    let address: SocketAddr = address().parse().expect("an address");
    trillium_smol::config()
        .with_host(&address.ip().to_string())
        .with_port(address.port())
        .with_nodelay()
        .without_signals()
        .run(answer);
}

async fn answer(mut conn: Conn) -> Conn {
    match (conn.method(), conn.path()) {
        (Method::Get, "/") => with(conn, TEXT).ok(HELLO),
        (Method::Post, "/echo") => match conn.request_body().await.read_bytes().await {
            Ok(content) => with(conn, OCTETS).ok(content),
            Err(_) => conn.with_status(Status::BadRequest).halt(),
        },
        _ => conn,
    }
}

fn with(conn: Conn, media: &'static str) -> Conn {
    conn.with_response_header(KnownHeaderName::ContentType, media).with_response_header(KnownHeaderName::Server, SERVER)
}
