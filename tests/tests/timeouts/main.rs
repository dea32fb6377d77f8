//! Deadlines, in virtual time: `now` is a number that the test chooses, and nothing sleeps.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, with a text that names the case"
)]

mod receiving;
mod resting;
mod sending;

use std::time::Duration;

use basehttp_proto::server::{Connection, Event};
use basehttp_proto::{CloseReason, Config, ErrorKind, ResponseHead, State, StatusCode};
use basehttp_tests::drain::drain;

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn ok() -> ResponseHead {
    ResponseHead::new(StatusCode::OK)
}

fn connection() -> Connection {
    Connection::new(Config::default())
}

/// Takes everything that is queued.
fn write(connection: &mut Connection) -> Vec<u8> {
    drain(connection.transmit())
}

/// The next event that is not content.
fn event(connection: &mut Connection) -> Option<Event> {
    loop {
        match connection.poll_event().expect("no fault") {
            Some(Event::Body(_)) => {}
            event => return event,
        }
    }
}

/// A connection that has answered one request by `now`.
fn after_one_exchange(now: Duration) -> Connection {
    let mut connection = connection();
    connection.poll_timeout(Duration::ZERO);
    connection.recv(GET).unwrap();
    exchange(&mut connection);
    connection.poll_timeout(now);
    connection
}

/// Takes a request that has arrived and answers it.
fn exchange(connection: &mut Connection) -> Vec<u8> {
    assert!(matches!(event(connection), Some(Event::Request(_))));
    assert!(matches!(event(connection), Some(Event::End(_))));
    connection.respond(&ok(), "x").unwrap();
    let output = write(connection);
    assert!(event(connection).is_none_or(|event| matches!(event, Event::Shutdown | Event::Closed)));
    output
}

/// A connection whose request announced `content`, of which nothing has come, at the time zero.
fn receiving(content: u64) -> Connection {
    let mut connection = connection();
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {content}\r\n\r\n");
    connection.recv(head.as_bytes()).unwrap();
    assert!(matches!(event(&mut connection), Some(Event::Request(_))));
    connection.poll_timeout(Duration::ZERO);
    connection
}

/// Checks that the connection told of a timeout, and what is answered.
#[track_caller]
fn assert_408(connection: &mut Connection, kind: ErrorKind) {
    let error = connection.poll_event().expect_err("a timeout");
    assert_eq!((error.kind(), error.status().as_u16()), (kind, 408));
    assert_eq!(connection.close_reason(), Some(CloseReason::Fault(kind)));
    connection.send_error(&error).unwrap();
    let output = String::from_utf8(write(connection)).unwrap();
    assert!(output.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{output}");
    assert!(output.contains("\r\nConnection: close\r\n"), "{output}");
}

/// Checks that the connection closed without a word.
#[track_caller]
fn assert_silent(connection: &mut Connection, reason: CloseReason) {
    assert!(connection.transmit().is_empty());
    assert!(matches!(connection.poll_event(), Ok(Some(Event::Closed))));
    assert_eq!((connection.state(), connection.close_reason()), (State::Closed, Some(reason)));
}
