//! Deadlines of a client, in virtual time: the wait for a 100, for a response, for content, and between requests.

use std::time::Duration;

use basehttp_proto::client::{Connection, Event};
use basehttp_proto::{BodyLength, CloseReason, Config, ErrorKind, Fields, State};
use basehttp_tests::client_split::request;

use super::{drain, event, get};

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A connection whose request is on its way to the server at the time zero.
fn asked(method: &str) -> Connection {
    let mut connection = Connection::new(Config::client());
    connection.request(&request(method, "/"), "").unwrap();
    drain(connection.transmit());
    connection
}

/// A connection that holds back three octets until a 100.
fn expecting() -> Connection {
    let mut connection = Connection::new(Config::client());
    let head = request("PUT", "/").field("Expect", "100-continue").unwrap();
    connection.send_request(&head, BodyLength::Known(3)).unwrap();
    drain(connection.transmit());
    connection
}

#[track_caller]
fn assert_timed_out(connection: &mut Connection, kind: ErrorKind) {
    let error = connection.poll_event().expect_err("a timeout");
    assert_eq!((error.kind(), connection.state()), (kind, State::Closed));
    assert_eq!(connection.close_reason(), Some(CloseReason::Fault(kind)));
    assert!(connection.transmit().is_empty() && !connection.is_reusable());
}

#[test]
fn content_is_sent_without_a_100_when_the_wait_for_it_is_over() {
    let mut connection = expecting();
    assert_eq!(connection.poll_timeout(secs(5)), Some(secs(6)));
    connection.handle_timeout(Duration::from_millis(5999));
    assert!(connection.awaits_continue());
    connection.handle_timeout(secs(6));
    assert!(!connection.awaits_continue());
    assert_eq!(connection.state(), State::Requesting, "the exchange goes on");
    connection.send_body("abc").unwrap();
    connection.finish(&Fields::new()).unwrap();
    assert_eq!(drain(connection.transmit()), b"abc");
    connection.recv(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
    assert!(matches!(event(&mut connection), Some(Event::Informational(_))), "it may still come");
    assert!(matches!(event(&mut connection), Some(Event::Response(_))));
    assert!(matches!(event(&mut connection), Some(Event::End(_))));
    assert!(event(&mut connection).is_none() && connection.is_reusable());
}

#[test]
fn another_informational_response_does_not_prolong_the_wait_for_a_100() {
    let mut connection = expecting();
    assert_eq!(connection.poll_timeout(secs(0)), Some(secs(1)));
    connection.recv(b"HTTP/1.1 102 Processing\r\n\r\n").unwrap();
    assert!(matches!(event(&mut connection), Some(Event::Informational(_))));
    assert_eq!(connection.poll_timeout(Duration::from_millis(900)), Some(secs(1)));
    connection.handle_timeout(secs(1));
    assert!(!connection.awaits_continue());
}

#[test]
fn the_content_may_be_sent_although_the_caller_could_wait() {
    let mut connection = expecting();
    connection.send_body("abc").unwrap();
    connection.finish(&Fields::new()).unwrap();
    assert_eq!((drain(connection.transmit()).as_slice(), connection.awaits_continue()), (&b"abc"[..], false));
}

#[test]
fn a_response_has_its_time_from_the_end_of_the_request() {
    let mut connection = asked("GET");
    assert_eq!(connection.poll_timeout(secs(3)), Some(secs(33)));
    connection.handle_timeout(Duration::from_millis(32_999));
    assert!(event(&mut connection).is_none());
    connection.handle_timeout(secs(33));
    assert_timed_out(&mut connection, ErrorKind::ResponseTimeout);
    assert!(connection.is_retriable(), "nothing of an answer has come");
}

#[test]
fn neither_octets_nor_informational_responses_prolong_the_wait_for_a_response() {
    let mut connection = asked("GET");
    let octets = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200";
    for (octet, second) in octets.iter().zip(0..) {
        let now = Duration::from_millis(second * 500);
        assert_eq!(connection.poll_timeout(now), Some(secs(30)));
        connection.handle_timeout(now);
        connection.recv(&[*octet]).unwrap();
        event(&mut connection);
    }
    connection.handle_timeout(secs(30));
    assert_timed_out(&mut connection, ErrorKind::ResponseTimeout);
    assert!(!connection.is_retriable(), "something of an answer has come");
}

#[test]
fn a_request_that_is_not_complete_has_no_deadline_of_the_server() {
    let mut connection = Connection::new(Config::client());
    connection.send_request(&request("POST", "/"), BodyLength::Unknown).unwrap();
    drain(connection.transmit());
    assert_eq!(connection.poll_timeout(secs(1)), None);
}

#[test]
fn content_that_stops_is_a_fault() {
    let mut connection = asked("GET");
    connection.recv(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n").unwrap();
    assert!(matches!(event(&mut connection), Some(Event::Response(_))));
    assert_eq!(connection.poll_timeout(secs(0)), Some(secs(10)), "the rate, from its grace on");
    // 500 octets a second buy 60 seconds; without a further octet it is 30.
    connection.recv(&[b'x'; 30_000]).unwrap();
    assert!(matches!(event(&mut connection), Some(Event::Body(_))));
    assert_eq!(connection.poll_timeout(secs(5)), Some(secs(35)));
    connection.handle_timeout(secs(35));
    assert_timed_out(&mut connection, ErrorKind::ContentTimeout);
}

#[test]
fn content_that_drips_is_a_fault() {
    let mut connection = asked("GET");
    connection.recv(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n").unwrap();
    assert!(matches!(event(&mut connection), Some(Event::Response(_))));
    let mut now = Duration::ZERO;
    loop {
        let deadline = connection.poll_timeout(now).expect("content is waited for");
        now += secs(1);
        if deadline <= now {
            break;
        }
        connection.recv(b"x").unwrap();
        assert!(matches!(event(&mut connection), Some(Event::Body(_))));
        assert!(now < secs(12), "an octet a second is too slow");
    }
    connection.handle_timeout(now);
    assert_timed_out(&mut connection, ErrorKind::ContentTimeout);
}

#[test]
fn each_pipelined_response_has_its_own_time() {
    let mut config = Config::client();
    config.limits.pipelined = 2;
    let mut connection = Connection::new(config);
    connection.request(&get("/a"), "").unwrap();
    connection.request(&get("/b"), "").unwrap();
    drain(connection.transmit());
    assert_eq!(connection.poll_timeout(secs(0)), Some(secs(30)));
    connection.recv(b"HTTP/1.1 204 x\r\n\r\n").unwrap();
    assert!(matches!(event(&mut connection), Some(Event::Response(_))));
    assert!(matches!(event(&mut connection), Some(Event::End(_))));
    assert!(event(&mut connection).is_none());
    assert_eq!((connection.state(), connection.unanswered()), (State::Waiting, 1));
    assert_eq!(connection.poll_timeout(secs(29)), Some(secs(59)));
    connection.handle_timeout(secs(59));
    assert_timed_out(&mut connection, ErrorKind::ResponseTimeout);
    assert!(connection.is_retriable(), "of the second answer nothing has come");
}

#[test]
fn a_connection_that_stays_idle_closes_without_a_word() {
    let mut connection = Connection::new(Config::client());
    assert_eq!(connection.poll_timeout(secs(0)), Some(secs(15)));
    connection.handle_timeout(secs(15));
    assert!(matches!(event(&mut connection), Some(Event::Closed)));
    assert_eq!(connection.close_reason(), Some(CloseReason::Idle));
    assert!(!connection.is_reusable() && connection.request(&get("/"), "").is_err());
}

#[test]
fn a_server_that_takes_nothing_is_given_up() {
    let mut connection = Connection::new(Config::client());
    connection.request(&request("PUT", "/"), vec![b'x'; 100_000]).unwrap();
    // Nothing is written, so the rate ends its patience after its grace.
    assert_eq!(connection.poll_timeout(secs(0)), Some(secs(10)));
    connection.handle_timeout(secs(10));
    assert_eq!((connection.state(), connection.close_reason()), (State::Closed, Some(CloseReason::SendTimeout)));
    assert!(matches!(event(&mut connection), Some(Event::Closed)) && connection.transmit().is_empty());
}

#[test]
fn an_old_connection_takes_no_further_request() {
    let mut connection = Connection::new(Config::client());
    connection.poll_timeout(secs(0));
    connection.request(&get("/"), "").unwrap();
    connection.poll_timeout(secs(3600));
    connection.recv(b"HTTP/1.1 204 x\r\n\r\n").unwrap();
    assert!(matches!(event(&mut connection), Some(Event::Response(_))), "what was asked is still answered");
    assert!(matches!(event(&mut connection), Some(Event::End(_))));
    drain(connection.transmit());
    assert!(matches!(event(&mut connection), Some(Event::Closed)));
    assert_eq!(connection.close_reason(), Some(CloseReason::Age));
}

#[test]
fn no_deadline_after_the_end() {
    let mut connection = asked("GET");
    connection.abort();
    assert_eq!(connection.poll_timeout(secs(1)), None);
    connection.handle_timeout(secs(9999));
    assert_eq!(connection.close_reason(), Some(CloseReason::Aborted));
}
