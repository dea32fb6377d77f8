//! RFC 9112 9: persistence, pipelining and the end of a connection, on the client's side.

use std::time::Duration;

use basehttp_proto::client::Event;
use basehttp_proto::{BodyLength, CloseReason, Config, ErrorKind, Fields, State, UsageError, Version};
use basehttp_tests::client_split::{Seen, Talk, request};

use crate::{OK, client, get, sent, with};

fn event(connection: &mut basehttp_proto::client::Connection) -> Option<Event> {
    connection.poll_event().expect("no fault")
}

/// A client that pipelines up to three requests.
fn pipelining() -> basehttp_proto::client::Connection {
    let mut config = Config::client();
    config.limits.pipelined = 3;
    basehttp_proto::client::Connection::new(config)
}

#[test]
fn c9112_9_2_1_responses_belong_to_the_requests_in_order() {
    let mut connection = pipelining();
    for (method, target) in [("HEAD", "/1"), ("GET", "/2"), ("HEAD", "/3")] {
        connection.request(&request(method, target), "").unwrap();
    }
    assert_eq!(connection.unanswered(), 3);
    // Only the second has content, and an informational response answers nothing.
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
    sent(&mut connection);
    connection.recv(format!("{head}HTTP/1.1 103 Early Hints\r\n\r\n{head}hi{head}").as_bytes()).unwrap();
    let mut seen = Vec::new();
    while let Some(event) = event(&mut connection) {
        seen.push(match event {
            Event::Informational(_) => "1xx",
            Event::Response(_) => "head",
            Event::Body(_) => "content",
            Event::End(_) => "end",
            Event::Tunnel(_) | Event::Closed => "over",
        });
    }
    assert_eq!(seen, ["head", "end", "1xx", "head", "content", "end", "head", "end"]);
    assert_eq!((connection.unanswered(), connection.is_reusable()), (0, true));
}

#[test]
fn c9112_9_2_2_what_comes_unasked_is_no_response() {
    let mut connection = client();
    connection.recv(OK.as_bytes()).unwrap();
    let error = connection.poll_event().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResponseUnexpected);
    assert_eq!(connection.state(), State::Closed);
    assert_eq!(connection.request(&get(&[]), ""), Err(UsageError::NoRequestDue));
}

#[test]
fn c9112_9_3_1_a_connection_serves_many_requests() {
    let heard = (2..=5).fold(Talk::new("GET", "/1", OK), |talk, n| talk.then(request("GET", &format!("/{n}")), OK));
    let heard = heard.check();
    assert_eq!((heard.ends(), heard.is_reusable, heard.reason), (5, true, None));
}

#[test]
fn c9112_9_3_2_a_client_of_single_requests_says_so() {
    let mut config = Config::client();
    config.limits.requests = 1;
    let heard = Talk::new("GET", "/", OK).config(config.clone()).then(request("GET", "/2"), OK).check();
    assert!(heard.sent().contains("Connection: close\\r\\n"), "{}", heard.sent());
    assert_eq!((heard.ends(), heard.refused()), (1, Some(UsageError::NoRequestDue)));
    assert!(heard.events.contains(&Seen::Closed));
    let own = with(request("GET", "/"), &[("Connection", "close")]);
    let heard = Talk::of(own, OK).config(config).check();
    assert_eq!(heard.sent().matches("Connection: close").count(), 1, "{}", heard.sent());
}

#[test]
fn c9112_9_3_4_the_last_request_that_is_allowed_says_close() {
    let mut config = Config::client();
    config.limits.requests = 2;
    config.limits.pipelined = 3;
    let mut connection = basehttp_proto::client::Connection::new(config);
    connection.request(&request("GET", "/1"), "").unwrap();
    connection.request(&request("GET", "/2"), "").unwrap();
    assert_eq!(connection.request(&request("GET", "/3"), ""), Err(UsageError::NoRequestDue));
    let output = sent(&mut connection);
    assert_eq!(output.matches("Connection: close").count(), 1, "{output}");
    assert!(output.ends_with("Connection: close\r\n\r\n"), "{output}");
    connection.recv([OK, OK].concat().as_bytes()).unwrap();
    let mut ends = 0;
    while let Some(event) = event(&mut connection) {
        ends += usize::from(matches!(event, Event::End(_)));
        if matches!(event, Event::Closed) {
            break;
        }
    }
    assert_eq!((ends, connection.requests()), (2, 2));
}

#[test]
fn c9112_9_3_6_a_response_is_read_to_its_end_before_the_next_request() {
    let mut connection = client();
    connection.request(&get(&[]), "").unwrap();
    sent(&mut connection);
    connection.recv(&OK.as_bytes()[..OK.len() - 1]).unwrap();
    while event(&mut connection).is_some() {}
    assert_eq!(connection.request(&get(&[]), ""), Err(UsageError::NoRequestDue));
    assert!(!connection.is_reusable());
    connection.recv(&OK.as_bytes()[OK.len() - 1..]).unwrap();
    while event(&mut connection).is_some() {}
    assert!(connection.is_reusable());
    connection.request(&get(&[]), "").unwrap();
}

#[test]
fn c9112_9_3_2_4_nothing_is_pipelined_unless_that_is_asked_for() {
    let mut connection = client();
    connection.request(&get(&[]), "").unwrap();
    assert_eq!(connection.request(&get(&[]), ""), Err(UsageError::NoRequestDue));
}

#[test]
fn c9112_9_3_2_5_nothing_is_pipelined_after_a_method_that_is_not_idempotent() {
    for (first, second, expected) in [
        ("GET", "GET", Ok(())),
        ("PUT", "DELETE", Ok(())),
        ("POST", "GET", Err(UsageError::NoRequestDue)),
        ("PATCH", "GET", Err(UsageError::NoRequestDue)),
        ("X", "GET", Err(UsageError::NoRequestDue)),
        ("GET", "POST", Err(UsageError::NoRequestDue)),
    ] {
        let mut connection = pipelining();
        connection.request(&request(first, "/"), "").unwrap();
        assert_eq!(connection.request(&request(second, "/"), ""), expected, "{first} {second}");
    }
}

#[test]
fn c9112_9_5_1_an_idle_connection_times_out_by_a_close() {
    let mut connection = client();
    connection.request(&get(&[]), "").unwrap();
    connection.recv(OK.as_bytes()).unwrap();
    sent(&mut connection);
    while event(&mut connection).is_some() {}
    let deadline = connection.poll_timeout(Duration::ZERO).expect("a deadline");
    connection.handle_timeout(deadline);
    assert!(matches!(event(&mut connection), Some(Event::Closed)));
    assert_eq!(connection.close_reason(), Some(CloseReason::Idle));
}

#[test]
fn c9112_9_5_2_a_close_is_noticed_between_requests() {
    let mut connection = client();
    assert!(connection.wants_read(), "before any request");
    connection.recv_eof();
    assert!(matches!(event(&mut connection), Some(Event::Closed)));
    let heard = Talk::new("GET", "/", OK).eof().check();
    assert_eq!((heard.ends(), heard.events.last()), (1, Some(&Seen::Closed)));
    assert_eq!((heard.state, heard.reason), (State::Closed, Some(CloseReason::PeerClosed)));
}

#[test]
fn c9112_9_5_5_responses_are_read_while_content_is_sent() {
    let mut connection = client();
    connection.send_request(&request("POST", "/"), BodyLength::Known(10)).unwrap();
    connection.send_body("hello").unwrap();
    assert!(connection.wants_read());
    connection.recv(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n").unwrap();
    assert!(matches!(event(&mut connection), Some(Event::Response(head)) if head.status().as_u16() == 413));
}

#[test]
fn c9112_9_5_6_content_that_nobody_wants_is_not_sent() {
    let mut connection = client();
    connection.send_request(&request("POST", "/"), BodyLength::Known(10)).unwrap();
    sent(&mut connection);
    connection.send_body("hello").unwrap();
    connection.recv(b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").unwrap();
    while !matches!(event(&mut connection), Some(Event::Closed)) {}
    assert_eq!(sent(&mut connection), "", "what was queued is given up");
    assert!(connection.send_body("world").is_err());
}

#[test]
fn c9110_7_5_1_an_answer_without_close_does_not_stop_the_request() {
    let mut connection = client();
    connection.send_request(&request("POST", "/"), BodyLength::Known(10)).unwrap();
    connection.send_body("hello").unwrap();
    connection.recv(OK.as_bytes()).unwrap();
    while event(&mut connection).is_some() {}
    connection.send_body("world").unwrap();
    connection.finish(&Fields::new()).unwrap();
    assert!(sent(&mut connection).ends_with("helloworld"));
    while event(&mut connection).is_some() {}
    assert!(connection.is_reusable());
}

#[test]
fn c9112_9_6_2_after_close_was_sent_no_request_follows() {
    let close = with(request("GET", "/1"), &[("Connection", "Close")]);
    let heard = Talk::of(close, OK).then(request("GET", "/2"), OK).check();
    assert_eq!((heard.ends(), heard.refused()), (1, Some(UsageError::NoRequestDue)));
    assert!(heard.events.contains(&Seen::Closed));
    assert_eq!((heard.state, heard.reason), (State::Closed, Some(CloseReason::Asked)));
    let mut connection = pipelining();
    connection.request(&with(request("GET", "/1"), &[("Connection", "close")]), "").unwrap();
    assert_eq!(connection.request(&request("GET", "/2"), ""), Err(UsageError::NoRequestDue));
}

/// The answers to a client of three pipelined requests, the last of which says close.
fn closing(answers: &str) -> (Vec<Option<Event>>, basehttp_proto::client::Connection) {
    let mut connection = pipelining();
    for target in ["/1", "/2"] {
        connection.request(&request("GET", target), "").unwrap();
    }
    connection.request(&with(request("GET", "/3"), &[("Connection", "close")]), "").unwrap();
    sent(&mut connection);
    connection.recv(answers.as_bytes()).unwrap();
    let mut events = Vec::new();
    while !matches!(events.last(), Some(None | Some(Event::Closed))) {
        events.push(event(&mut connection));
    }
    (events, connection)
}

#[test]
fn c9112_9_6_2_the_answers_before_the_last_are_read_too() {
    let ends = |events: &[Option<Event>]| events.iter().filter(|e| matches!(e, Some(Event::End(_)))).count();
    let (events, connection) = closing(&OK.repeat(3));
    assert_eq!((ends(&events), connection.state()), (3, State::Closed));
    // A server that closes earlier is believed, and what it leaves unanswered is known.
    let last = OK.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let (events, connection) = closing(&[OK, &last, OK].concat());
    assert_eq!((ends(&events), connection.state(), connection.unanswered()), (2, State::Closed, 1));
}

#[test]
fn c9112_9_5_1_each_answer_of_a_pipeline_has_its_own_time() {
    let mut connection = pipelining();
    for target in ["/1", "/2"] {
        connection.request(&request("GET", target), "").unwrap();
    }
    sent(&mut connection);
    let secs = Duration::from_secs;
    assert_eq!(connection.poll_timeout(secs(0)), Some(secs(30)));
    connection.recv(OK.as_bytes()).unwrap();
    connection.handle_timeout(secs(29));
    while event(&mut connection).is_some() {}
    assert_eq!(connection.poll_timeout(secs(29)), Some(secs(59)));
}

#[test]
fn c9112_9_6_8_after_close_was_received_no_request_follows() {
    for fields in ["Connection: close", "Connection: x, CLOSE", "Connection: x\r\nConnection: close"] {
        let answer = format!("HTTP/1.1 200 OK\r\n{fields}\r\nContent-Length: 2\r\n\r\nhi{OK}");
        let heard = Talk::new("GET", "/1", answer).then(request("GET", "/2"), OK).check();
        assert_eq!((heard.contents(), heard.refused()), (vec![&b"hi"[..]], Some(UsageError::NoRequestDue)));
        assert_eq!((heard.state, heard.reason), (State::Closed, Some(CloseReason::PeerAsked)), "{fields}");
    }
}

#[test]
fn c9112_9_3_4_http_1_0_persists_only_by_its_word() {
    for (version, option, persists) in [
        (Version::Http10, "", false),
        (Version::Http10, "Connection: keep-alive\r\n", true),
        (Version::Http10, "Connection: keep-alive, close\r\n", false),
        (Version::Http11, "", true),
        (Version::Http11, "Connection: keep-alive\r\n", true),
    ] {
        let answer = format!("{version} 200 OK\r\n{option}Content-Length: 0\r\n\r\n");
        let heard = Talk::new("GET", "/", answer).check();
        assert_eq!(heard.is_reusable, persists, "{version} {option:?}");
    }
}

#[test]
fn c9112_9_3_2_3_what_was_not_answered_can_be_told() {
    let mut connection = pipelining();
    for target in ["/1", "/2"] {
        connection.request(&request("GET", target), "").unwrap();
    }
    connection.recv(OK.as_bytes()).unwrap();
    while event(&mut connection).is_some() {}
    assert_eq!((connection.unanswered(), connection.is_retriable()), (1, true));
    connection.recv_eof();
    assert_eq!(connection.poll_event().unwrap_err().kind(), ErrorKind::Incomplete);
    assert_eq!((connection.unanswered(), connection.is_retriable()), (1, true));
}

#[test]
fn c9110_9_2_2_1_only_what_is_idempotent_may_be_repeated() {
    for (method, expected) in
        [("GET", true), ("HEAD", true), ("PUT", true), ("DELETE", true), ("POST", false), ("X", false)]
    {
        let mut connection = client();
        connection.request(&request(method, "/"), "").unwrap();
        assert_eq!(connection.is_retriable(), expected, "{method}");
        connection.recv(b"HTTP").unwrap();
        assert!(!connection.is_retriable(), "{method}: an answer has begun");
    }
}
