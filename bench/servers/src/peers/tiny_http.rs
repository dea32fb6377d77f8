//! tiny_http: a thread reads each connection, and the workers answer. It has no way to set TCP_NODELAY, and sends Date and
//! a Server of its own.

use std::io;
use std::thread;

use basehttp_bench_servers::{HELLO, OCTETS, TEXT, address, workers};
use tiny_http::{Header, Method, Request, Response, Server};

fn main() {
    let server = Server::http(address()).expect("the address is free");
    thread::scope(|scope| {
        for _ in 0..workers() {
            scope.spawn(|| {
                for request in server.incoming_requests() {
                    // A client that has gone is no news.
                    let _ = answer(request);
                }
            });
        }
    });
}

fn answer(mut request: Request) -> io::Result<()> {
    match (request.method(), request.url()) {
        (Method::Get, "/") => request.respond(Response::from_data(HELLO).with_header(media(TEXT))),
        (Method::Post, "/echo") => {
            let mut content = Vec::with_capacity(request.body_length().unwrap_or(0));
            request.as_reader().read_to_end(&mut content)?;
            request.respond(Response::from_data(content).with_header(media(OCTETS)))
        }
        _ => request.respond(Response::empty(404)),
    }
}

fn media(name: &str) -> Header {
    Header::from_bytes("Content-Type", name).expect("a valid field")
}
