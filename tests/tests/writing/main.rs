//! What is written: exactly the messages that are due, framed as RFC 9112 6 demands, read by a reader of its own.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, with a text that names the case"
)]

mod early;
mod gate;
mod interim;
mod matrix;
mod switch;

use basehttp_proto::server::{Connection, Event};
use basehttp_proto::{Config, State};
use basehttp_tests::drain::drain;

/// A connection that has taken this request, content and all, and waits for the response.
fn asked(request: &str) -> Connection {
    let mut connection = Connection::new(Config::default());
    connection.recv(request.as_bytes()).unwrap();
    while connection.state() != State::Waiting {
        assert!(connection.poll_event().unwrap().is_some(), "{request:?} is not complete");
    }
    connection
}

/// A connection that has taken the head of this request and knows nothing of its content.
fn begun(head: &str) -> Connection {
    let mut connection = Connection::new(Config::default());
    connection.recv(head.as_bytes()).unwrap();
    assert!(matches!(connection.poll_event(), Ok(Some(Event::Request(_)))), "{head:?}");
    connection
}

/// Takes everything that is queued.
fn written(connection: &mut Connection) -> Vec<u8> {
    drain(connection.transmit())
}
