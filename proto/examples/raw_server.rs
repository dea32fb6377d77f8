//! A server on `basehttp-proto` alone: one connection after the other, each answered with what it asked.
//!
//! `cargo run --example raw_server -- 127.0.0.1:8000`

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

use basehttp_proto::server::{Connection, Event};
use basehttp_proto::{Config, ResponseHead, StatusCode};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let listener = TcpListener::bind(address)?;
    println!("http://{}/", listener.local_addr()?);
    for stream in listener.incoming() {
        if let Err(error) = serve(stream?) {
            eprintln!("{error}");
        }
    }
    Ok(())
}

fn serve(mut stream: TcpStream) -> Outcome {
    let (mut connection, mut buffer) = (Connection::new(Config::default()), [0; 8192]);
    let mut asked = String::new();
    loop {
        while !connection.transmit().is_empty() {
            let sent = stream.write(connection.transmit().chunk())?;
            connection.transmit().consume(sent);
        }
        match connection.poll_event() {
            Ok(Some(Event::Request(head))) => asked = format!("{} {}\n", head.method(), head.target()),
            Ok(Some(Event::Body(octets))) => asked += &format!("{} octets of content\n", octets.len()),
            Ok(Some(Event::End(_))) => connection.respond(&ResponseHead::new(StatusCode::OK), asked.clone())?,
            Ok(Some(Event::Shutdown)) => stream.shutdown(Shutdown::Write)?,
            Ok(Some(Event::Closed)) => return Ok(()),
            Err(error) => connection.send_error(&error)?,
            Ok(None) => match stream.read(&mut buffer)? {
                0 => connection.recv_eof(),
                len => connection.recv(buffer.get(..len).unwrap_or_default())?,
            },
        }
    }
}
