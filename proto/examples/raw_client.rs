//! A client on `basehttp-proto` alone: fetches one path and prints what comes.
//!
//! `cargo run --example raw_client -- 127.0.0.1:8000 /path`

use std::io::{Read, Write};
use std::net::TcpStream;

use basehttp_proto::client::{Connection, Event};
use basehttp_proto::{Config, Method, RequestHead};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let host = args.next().unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let path = args.next().unwrap_or_else(|| "/".to_owned());

    let mut stream = TcpStream::connect(&host)?;
    let (mut connection, mut buffer) = (Connection::new(Config::client()), [0; 8192]);
    let head = RequestHead::build(Method::GET, &path)?.field("Host", &host)?.field("Connection", "close")?;
    connection.request(&head, "")?;
    loop {
        while !connection.transmit().is_empty() {
            let sent = stream.write(connection.transmit().chunk())?;
            connection.transmit().consume(sent);
        }
        match connection.poll_event()? {
            Some(Event::Informational(head) | Event::Response(head)) => eprintln!("{head:#?}"),
            Some(Event::Body(octets)) => std::io::stdout().write_all(&octets)?,
            Some(Event::End(trailers)) => eprintln!("{trailers:?}"),
            Some(Event::Tunnel(_) | Event::Closed) => return Ok(()),
            None => match stream.read(&mut buffer)? {
                0 => connection.recv_eof(),
                len => connection.recv(buffer.get(..len).unwrap_or_default())?,
            },
        }
    }
}
