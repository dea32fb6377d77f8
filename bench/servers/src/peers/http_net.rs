//! http-net: a thread for each connection, by its blocking adapter.

use std::io;

use basehttp_bench_servers::{HELLO, OCTETS, SERVER, TEXT, address};
use http_net::blocking::{Server, ServerConfig};
use http_net::{Method, Response};

fn main() -> io::Result<()> {
    let config = ServerConfig::new().with_max_connections(10_000);
    Server::bind(address())?.with_config(config).serve(|request, content| {
        let (media, content) = match (request.method(), request.path()) {
            (Method::Get, "/") => (TEXT, HELLO.as_bytes().to_vec()),
            (Method::Post, "/echo") => (OCTETS, content.to_vec()),
            _ => return Response::new(404),
        };
        Response::new(200).header("content-type", media).header("server", SERVER).body(content)
    })
}
