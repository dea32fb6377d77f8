//! RFC 9110 8.6, 9 and 10: content, methods and expectations, as a client sends them, and HEAD as it reads it.

use std::time::Duration;

use basehttp_proto::{BodyLength, ErrorKind, Fields, HttpDate, ResponseHead, State, StatusCode, UsageError, Version};
use basehttp_tests::client_split::{Seen, Talk, request};

use crate::{answered, asked, client, get, sent, with, written, written_in_pieces};

#[test]
fn c9110_6_1_the_same_head_ends_as_its_request_demands() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
    for (method, answer, content) in [("GET", format!("{head}hi"), Some(&b"hi"[..])), ("HEAD", head.into(), None)] {
        let heard = Talk::new(method, "/", answer).check();
        assert_eq!((heard.contents().first().copied(), heard.ends(), heard.is_reusable), (content, 1, true));
    }
    for (status, method) in [(204, "GET"), (304, "GET"), (200, "HEAD"), (404, "HEAD")] {
        for lines in ["Content-Length: 99\r\n", "Transfer-Encoding: chunked\r\n", ""] {
            let heard = Talk::new(method, "/", format!("HTTP/1.1 {status} X\r\n{lines}\r\n")).check();
            assert_eq!((heard.contents().len(), heard.ends(), heard.is_reusable), (0, 1, true), "{status} {lines}");
        }
    }
}

#[test]
fn c9110_8_6_1_a_method_that_has_content_says_its_length_even_when_it_is_zero() {
    for method in ["POST", "PUT", "PATCH"] {
        let output = written(&request(method, "/"), "").unwrap();
        assert_eq!(output, format!("{method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"));
    }
}

#[test]
fn c9110_8_6_2_a_method_without_content_says_no_length() {
    for method in ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"] {
        let output = written(&request(method, "/"), "").unwrap();
        assert_eq!(output, format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
}

#[test]
fn c9110_8_6_9_a_length_that_is_wrong_is_not_sent() {
    for value in ["4", "6", "+5", "5, 5", "", "x", "0x5"] {
        let head = with(request("POST", "/"), &[("Content-Length", value)]);
        assert_eq!(written(&head, "hello"), Err(UsageError::ContentLengthMismatch), "{value}");
    }
    let twice = with(request("POST", "/"), &[("Content-Length", "5"), ("Content-Length", "5")]);
    assert_eq!(written(&twice, "hello"), Err(UsageError::ContentLengthMismatch));
}

#[test]
fn c9110_9_3_8_4_no_content_is_sent_with_trace() {
    assert_eq!(written(&request("TRACE", "/"), "x"), Err(UsageError::ContentForbidden));
    assert_eq!(written_in_pieces(&request("TRACE", "/"), &[]), Err(UsageError::ContentForbidden));
    assert!(written(&request("TRACE", "/"), "").is_ok());
}

#[test]
fn c9110_9_3_7_4_content_of_options_has_a_type() {
    assert_eq!(written(&request("OPTIONS", "/"), "x"), Err(UsageError::ContentTypeMissing));
    let typed = with(request("OPTIONS", "/"), &[("Content-Type", "text/plain")]);
    assert!(written(&typed, "x").is_ok());
    assert!(written(&request("OPTIONS", "/"), "").is_ok());
}

#[test]
fn c9110_10_1_1_2_no_expectation_is_sent_without_content() {
    for method in ["GET", "POST"] {
        let head = with(request(method, "/"), &[("Expect", "100-continue")]);
        assert_eq!(written(&head, ""), Err(UsageError::ExpectWithoutContent), "{method}");
        assert!(written(&head, "x").is_ok(), "{method}");
        assert!(written_in_pieces(&head, &["x"]).is_ok(), "{method}");
    }
}

#[test]
fn c9110_10_1_1_3_a_client_waits_only_if_it_said_so() {
    let mut connection = client();
    connection.send_request(&request("POST", "/"), BodyLength::Known(5)).unwrap();
    assert!(!connection.awaits_continue());
    let mut connection = client();
    let expecting = with(request("POST", "/"), &[("Expect", "100-continue")]);
    connection.send_request(&expecting, BodyLength::Known(5)).unwrap();
    assert!(connection.awaits_continue());
    assert!(sent(&mut connection).contains("\r\nExpect: 100-continue\r\n"));
    connection.recv(b"HTTP/1.1 103 Early Hints\r\n\r\n").unwrap();
    while connection.poll_event().unwrap().is_some() {}
    assert!(connection.awaits_continue(), "another informational response is no permission");
    connection.recv(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
    while connection.poll_event().unwrap().is_some() {}
    assert!(!connection.awaits_continue());
}

#[test]
fn c9110_10_1_1_5_a_client_does_not_wait_for_ever() {
    let mut connection = client();
    let expecting = with(request("POST", "/"), &[("Expect", "100-continue")]);
    connection.send_request(&expecting, BodyLength::Known(5)).unwrap();
    sent(&mut connection);
    let deadline = connection.poll_timeout(Duration::ZERO).expect("a deadline");
    assert_eq!(deadline, Duration::from_secs(1));
    connection.handle_timeout(deadline);
    assert!(!connection.awaits_continue());
    connection.send_body("hello").unwrap();
    connection.finish(&Fields::new()).unwrap();
    assert_eq!(sent(&mut connection), "hello");
}

#[test]
fn c9110_10_1_1_9_a_100_is_followed_by_a_final_response() {
    let mut connection = basehttp_proto::server::Connection::new(basehttp_proto::Config::default());
    connection.recv(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n").unwrap();
    assert!(connection.poll_event().unwrap().is_some());
    connection.send_continue();
    connection.recv(b"x").unwrap();
    while connection.poll_event().unwrap().is_some() {}
    assert!(!connection.wants_read(), "no further request is read before the final response");
    assert_eq!(connection.state(), State::Waiting);
    connection.respond(&ResponseHead::new(StatusCode::OK), "").unwrap();
    assert!(connection.wants_read() || connection.poll_event().unwrap().is_none());
}

#[test]
fn c9110_5_3_3_the_library_never_doubles_a_field_of_its_own() {
    let mut connection = asked("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    connection.set_date(HttpDate::from_unix(0));
    let head = ResponseHead::new(StatusCode::OK)
        .field("date", "Thu, 01 Jan 1970 00:00:00 GMT")
        .and_then(|head| head.field("connection", "close"))
        .and_then(|head| head.field("content-length", "1"))
        .unwrap();
    connection.respond(&head, "x").unwrap();
    let output = answered(&mut connection).to_ascii_lowercase();
    for name in ["date:", "connection:", "content-length:"] {
        assert_eq!(output.matches(name).count(), 1, "{output}");
    }
    let head = with(request("POST", "/"), &[("content-length", "1")]);
    let output = written(&head, "x").unwrap().to_ascii_lowercase();
    for name in ["host:", "content-length:"] {
        assert_eq!(output.matches(name).count(), 1, "{output}");
    }
}

#[test]
fn c9110_13_1_5_1_no_if_range_is_sent_without_range() {
    let alone = get(&[("If-Range", "\"x\"")]);
    assert_eq!(written(&alone, ""), Err(UsageError::IfRange));
    assert!(written(&get(&[("If-Range", "\"x\""), ("Range", "bytes=0-")]), "").is_ok());
}

#[test]
fn c9110_13_1_5_4_no_weak_tag_is_sent_in_if_range() {
    let weak = get(&[("If-Range", "W/\"x\""), ("Range", "bytes=0-")]);
    assert_eq!(written(&weak, ""), Err(UsageError::IfRange));
}

#[test]
fn c9110_6_6_1_3_without_a_clock_no_date_is_sent() {
    let mut connection = asked("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    connection.respond(&ResponseHead::new(StatusCode::OK), "x").unwrap();
    let output = answered(&mut connection).to_ascii_lowercase();
    assert!(!output.contains("\r\ndate:"), "{output}");
}

#[test]
fn c9110_6_5_1_1_a_client_is_refused_forbidden_trailers() {
    for (_, names) in basehttp_tests::grammar::NO_TRAILERS {
        for name in *names {
            let mut connection = client();
            connection.send_request(&request("POST", "/"), BodyLength::Unknown).unwrap();
            let mut trailers = Fields::new();
            trailers.append(name, "1").unwrap();
            assert_eq!(connection.finish(&trailers), Err(UsageError::TrailerForbidden), "{name}");
            trailers = Fields::new();
            trailers.append("X-Sum", "1").unwrap();
            connection.finish(&trailers).unwrap();
            assert!(sent(&mut connection).ends_with("\r\n\r\n0\r\nX-Sum: 1\r\n\r\n"));
        }
    }
}

#[test]
fn c9110_8_8_3_2_a_tag_may_be_a_trailer() {
    let mut connection = asked("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    connection.send_response(&ResponseHead::new(StatusCode::OK), BodyLength::Unknown).unwrap();
    let mut trailers = Fields::new();
    trailers.append("ETag", "\"x\"").unwrap();
    connection.finish(&trailers).unwrap();
    assert!(answered(&mut connection).ends_with("\r\n0\r\nETag: \"x\"\r\n\r\n"));
}

#[test]
fn c9110_5_4_2_a_client_refuses_fields_that_are_too_large() {
    for (head, few) in [(60, u32::MAX), (u32::MAX, 2)] {
        let mut config = basehttp_proto::Config::client();
        (config.limits.head, config.limits.fields) = (head, few);
        let fields = "X: 1\r\nX: 2\r\nX: 3\r\nX: 4\r\nX: 5\r\nX: 6\r\nX: 7\r\nX: 8\r\n";
        let heard = Talk::new("GET", "/", format!("HTTP/1.1 200 OK\r\n{fields}\r\n")).config(config).check();
        let kind = heard.error().expect("a fault").kind;
        assert!(matches!(kind, ErrorKind::HeadTooLarge | ErrorKind::TooManyFields), "{kind:?}");
        assert_eq!((heard.statuses().len(), heard.state), (0, State::Closed));
    }
}

#[test]
fn c9110_5_5_4_cr_lf_and_nul_in_a_response_are_refused() {
    for octet in ["\r", "\n", "\0"] {
        for answer in [
            format!("HTTP/1.1 200 OK\r\nX: a{octet}b\r\nContent-Length: 0\r\n\r\n"),
            format!("HTTP/1.1 200 OK\r\nX:{octet}\r\nContent-Length: 0\r\n\r\n"),
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: a{octet}b\r\n\r\n"),
        ] {
            let heard = Talk::new("GET", "/", &answer).check();
            let kind = heard.error().expect("a fault").kind;
            let expected =
                [ErrorKind::BareCr, ErrorKind::LineEnding, ErrorKind::FieldValueOctet, ErrorKind::FieldColon];
            assert!(expected.contains(&kind), "{answer:?}: {kind:?}");
            assert!(!heard.events.iter().any(|seen| matches!(seen, Seen::End(_))), "{answer:?}");
        }
    }
}

#[test]
fn c9110_5_5_1_white_space_around_a_value_of_a_response_is_left_out() {
    let answer = "HTTP/1.1 200 OK\r\nX: \t a b\t \r\nContent-Length:\t0 \r\n\r\n";
    let heard = Talk::new("GET", "/", answer).check();
    assert_eq!(heard.responses().next().unwrap().value("x"), Some(&b"a b"[..]));
    assert_eq!(heard.ends(), 1);
}

#[test]
fn c9110_8_6_8_large_lengths_of_a_response_are_not_cut_off() {
    for value in ["4294967298", "9223372036854775807"] {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {value}\r\n\r\nhi");
        let heard = Talk::new("GET", "/", &answer).check();
        assert_eq!((heard.contents(), heard.ends(), heard.error()), (vec![&b"hi"[..]], 0, None), "{value}");
    }
    for value in ["18446744073709551618", "36893488147419103234"] {
        let heard = Talk::new("GET", "/", format!("HTTP/1.1 200 OK\r\nContent-Length: {value}\r\n\r\nhi")).check();
        assert_eq!(heard.error().map(|error| error.kind), Some(ErrorKind::ContentLength), "{value}");
    }
}

#[test]
fn c9110_10_1_1_3_nothing_is_held_back_in_http_1_0() {
    let mut connection = client();
    let old = with(request("POST", "/"), &[("Expect", "100-continue")]).with_version(Version::Http10);
    connection.send_request(&old, BodyLength::Known(1)).unwrap();
    assert!(!connection.awaits_continue());
}
