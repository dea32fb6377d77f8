//! Octets in, events printed: what a server makes of a request on standard input.
//!
//! `printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' | cargo run --example trace`

use std::io::Read;

use basehttp_proto::server::{Connection, Event};
use basehttp_proto::{Config, ResponseHead, StatusCode};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input)?;
    let mut connection = Connection::new(Config::default());
    connection.recv(&input)?;
    connection.recv_eof();
    loop {
        let event = connection.poll_event();
        println!("{:?}: {event:?}", connection.state());
        match event {
            Ok(Some(Event::End(_))) => connection.respond(&ResponseHead::new(StatusCode::NO_CONTENT), "")?,
            Ok(Some(Event::Closed)) => return Ok(()),
            Ok(Some(_)) => {}
            Err(error) => connection.send_error(&error)?,
            Ok(None) => {}
        }
        while !connection.transmit().is_empty() {
            print!("{}", String::from_utf8_lossy(connection.transmit().chunk()));
            let sent = connection.transmit().chunk().len();
            connection.transmit().consume(sent);
        }
    }
}
