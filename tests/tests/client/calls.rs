//! What only the order of calls can show: early answers, the close from this side, and connections that break.

use basehttp_proto::client::{Connection, Event};
use basehttp_proto::{BodyLength, CloseReason, Config, Fields, State, UsageError};
use basehttp_tests::client_split::request;

use super::{drain, event, get};

const EARLY: &[u8] = b"HTTP/1.1 413 x\r\nContent-Length: 2\r\n\r\nno";

/// A connection that has sent a part of its content.
fn sending() -> Connection {
    let mut connection = Connection::new(Config::client());
    connection.send_request(&request("POST", "/"), BodyLength::Known(6)).unwrap();
    connection.send_body("abc").unwrap();
    drain(connection.transmit());
    connection
}

fn hear(connection: &mut Connection, octets: &[u8]) {
    connection.recv(octets).unwrap();
    assert!(matches!(event(connection), Some(Event::Response(_))));
    while let Some(heard) = event(connection) {
        assert!(matches!(heard, Event::Body(_) | Event::End(_) | Event::Closed));
        if matches!(heard, Event::Closed) {
            break;
        }
    }
}

#[test]
fn after_an_early_answer_the_rest_can_still_be_sent_and_the_connection_goes_on() {
    let mut connection = sending();
    hear(&mut connection, EARLY);
    assert_eq!(connection.state(), State::Answered);
    assert!(!connection.is_reusable() && !connection.wants_read());
    assert_eq!(connection.request(&get("/"), ""), Err(UsageError::NoRequestDue));
    connection.send_body("def").unwrap();
    connection.finish(&Fields::new()).unwrap();
    assert_eq!(drain(connection.transmit()), b"def");
    assert!(event(&mut connection).is_none());
    assert!(connection.is_reusable() && connection.close_reason().is_none());
    connection.request(&get("/"), "").unwrap();
}

#[test]
fn an_answer_in_the_middle_of_sending_ends_after_the_request() {
    let mut connection = sending();
    connection.recv(&EARLY[..20]).unwrap();
    assert!(event(&mut connection).is_none());
    connection.recv(&EARLY[20..39]).unwrap();
    assert!(matches!(event(&mut connection), Some(Event::Response(_))));
    assert_eq!(connection.state(), State::Duplex);
    connection.send_body("def").unwrap();
    connection.finish(&Fields::new()).unwrap();
    assert_eq!(connection.state(), State::Responding);
    connection.recv(&EARLY[39..]).unwrap();
    assert!(matches!(event(&mut connection), Some(Event::Body(_))));
    assert!(matches!(event(&mut connection), Some(Event::End(_))));
    drain(connection.transmit());
    assert!(event(&mut connection).is_none() && connection.is_reusable());
}

#[test]
fn an_early_answer_that_closes_ends_what_is_being_sent() {
    let mut connection = sending();
    connection.send_body("de").unwrap();
    hear(&mut connection, b"HTTP/1.1 413 x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    assert_eq!((connection.state(), connection.close_reason()), (State::Closed, Some(CloseReason::PeerAsked)));
    assert!(connection.transmit().is_empty(), "nobody reads it");
    assert_eq!(connection.send_body("f"), Err(UsageError::NoContentDue));
}

/// A server that answers and closes makes the writes of its client fail: the reason is in what it sent before.
#[test]
fn when_sending_fails_what_has_come_is_still_read() {
    let mut connection = sending();
    connection.send_failed();
    assert!(connection.wants_read() && connection.transmit().is_empty());
    hear(&mut connection, EARLY);
    assert_eq!((connection.state(), connection.close_reason()), (State::Closed, Some(CloseReason::PeerClosed)));
}

#[test]
fn when_sending_fails_before_anything_has_come_an_idempotent_request_can_be_sent_again() {
    for (method, retriable) in [("PUT", true), ("POST", false)] {
        let mut connection = Connection::new(Config::client());
        connection.request(&request(method, "/"), "abc").unwrap();
        connection.send_failed();
        assert_eq!(connection.is_retriable(), retriable, "{method}");
        connection.recv_eof();
        assert!(connection.poll_event().is_err());
        assert_eq!(connection.is_retriable(), retriable, "{method}");
        assert_eq!(connection.unanswered(), 1);
    }
}

#[test]
fn a_server_that_closes_an_idle_connection_is_noticed_before_the_next_request() {
    let mut connection = Connection::new(Config::client());
    assert!(connection.wants_read());
    connection.recv_eof();
    assert!(!connection.is_reusable(), "even before the next poll");
    assert!(matches!(event(&mut connection), Some(Event::Closed)));
    assert_eq!(connection.close_reason(), Some(CloseReason::PeerClosed));
}

#[test]
fn octets_that_have_come_forbid_a_request_before_they_are_looked_at() {
    let mut connection = Connection::new(Config::client());
    connection.recv(b"HTTP/1.1 200 OK\r\n").unwrap();
    assert!(!connection.is_reusable());
    assert_eq!(connection.request(&get("/"), ""), Err(UsageError::NoRequestDue));
}

#[test]
fn a_connection_is_reusable_only_when_its_request_has_left() {
    let mut connection = Connection::new(Config::client());
    connection.request(&request("PUT", "/"), "abc").unwrap();
    hear(&mut connection, b"HTTP/1.1 204 x\r\n\r\n");
    assert_eq!(connection.state(), State::Idle);
    assert!(!connection.is_reusable());
    drain(connection.transmit());
    assert!(connection.is_reusable());
}

#[test]
fn shutdown_closes_at_once_or_after_the_responses_that_are_out() {
    let mut idle = Connection::new(Config::client());
    idle.shutdown();
    assert!(matches!(event(&mut idle), Some(Event::Closed)));

    let mut config = Config::client();
    config.limits.pipelined = 2;
    let mut busy = Connection::new(config);
    busy.request(&get("/a"), "").unwrap();
    busy.request(&get("/b"), "").unwrap();
    drain(busy.transmit());
    busy.shutdown();
    assert_eq!(busy.request(&get("/c"), ""), Err(UsageError::NoRequestDue));
    busy.recv(b"HTTP/1.1 204 x\r\n\r\nHTTP/1.1 204 x\r\n\r\n").unwrap();
    for _ in 0..2 {
        assert!(matches!(event(&mut busy), Some(Event::Response(_))));
        assert!(matches!(event(&mut busy), Some(Event::End(_))));
    }
    assert!(matches!(event(&mut busy), Some(Event::Closed)));
    assert_eq!(busy.close_reason(), Some(CloseReason::Shutdown));
}

#[test]
fn a_tunnel_takes_no_octets_and_no_requests() {
    let mut connection = Connection::new(Config::client());
    connection.request(&request("CONNECT", "a:80"), "").unwrap();
    drain(connection.transmit());
    connection.recv(b"HTTP/1.1 200 OK\r\n\r\nhel").unwrap();
    assert!(connection.take_tunnel().is_empty(), "nothing before the event");
    assert!(matches!(event(&mut connection), Some(Event::Tunnel(_))));
    assert!(!connection.wants_read());
    assert_eq!(connection.recv(b"lo"), Err(UsageError::NotReading));
    assert_eq!(connection.request(&get("/"), ""), Err(UsageError::NoRequestDue));
    assert_eq!(connection.take_tunnel(), "hel");
    assert!(connection.take_tunnel().is_empty(), "they are told once");
}
