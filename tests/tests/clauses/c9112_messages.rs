//! RFC 9112 2, 4 and 5: lines, the status line and fields, as a client sends and reads them.

use basehttp_proto::{ErrorKind, Fields, RequestHead, ResponseHead, StatusCode, UsageError, Version};
use basehttp_tests::client_split::{Head, Talk, request};

use crate::{OK, get, written};

/// The first response to a GET request, whatever its length.
fn heard(head: &str) -> Head {
    let heard = Talk::new("GET", "/", head).check();
    assert_eq!(heard.error(), None, "{head:?}");
    heard.responses().next().expect("a response").clone()
}

/// The fault that this answer to a GET request is.
#[track_caller]
fn fault(answer: &str) -> ErrorKind {
    let heard = Talk::new("GET", "/", answer).check();
    heard.error().unwrap_or_else(|| panic!("no fault in {answer:?}: {heard:?}")).kind
}

#[test]
fn c9112_2_2_1_octets_beyond_ascii_are_no_text_to_a_client() {
    for octet in 0x80..=0xffu8 {
        let mut answer = b"HTTP/1.1 200 O".to_vec();
        answer.push(octet);
        answer.extend_from_slice(b"\r\nX: ");
        answer.push(octet);
        answer.extend_from_slice(b"\r\nContent-Length: 0\r\n\r\n");
        let heard = Talk::new("GET", "/", &answer).check();
        let head = heard.responses().next().expect("a response");
        assert_eq!((head.value("x"), head.reason.as_slice()), (Some(&[octet][..]), &[b'O', octet][..]));
        assert_eq!(heard.ends(), 1);
    }
}

#[test]
fn c9112_2_2_3_no_bare_cr_is_sent_in_a_request() {
    for text in ["a\rb", "\ra", "a\r", "a\r\nb", "a\nb"] {
        assert_eq!(get(&[]).field("X", text).err(), Some(UsageError::FieldValue), "{text:?}");
        assert_eq!(get(&[]).field(text, "x").err(), Some(UsageError::FieldName), "{text:?}");
        assert!(basehttp_proto::Method::new(text).is_err(), "{text:?}");
        let target = format!("/{text}");
        let built = RequestHead::build(basehttp_proto::Method::GET, &target);
        assert_eq!(built.err(), Some(UsageError::Target), "{text:?}");
    }
}

#[test]
fn c9112_2_2_4_a_bare_cr_in_a_response_is_invalid() {
    for answer in [
        "HTTP/1.1\r200 OK\r\n\r\n",
        "HTTP/1.1 200 O\rK\r\n\r\n",
        "HTTP/1.1 200 OK\r\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX\r: a\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\n\rX\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\rX",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: a\rb\r\n\r\n",
    ] {
        let kind = fault(answer);
        assert!(matches!(kind, ErrorKind::BareCr | ErrorKind::FieldValueOctet | ErrorKind::StatusLine), "{kind:?}");
    }
}

#[test]
fn c9112_2_2_5_requests_stand_end_to_end() {
    let heard = Talk::new("GET", "/1", OK).then(request("POST", "/2"), OK).then(request("GET", "/3"), OK).check();
    let lines = ["GET /1 HTTP/1.1", "Host: a", "", "POST /2 HTTP/1.1", "Host: a", "Content-Length: 0", ""];
    let expected = [&lines[..], &["GET /3 HTTP/1.1", "Host: a", "", ""]].concat().join("\r\n");
    assert_eq!(String::from_utf8(heard.output).unwrap(), expected);
}

#[test]
fn c9112_2_2_6_a_line_end_within_content_counts() {
    let output = written(&request("POST", "/"), "a=b\r\n").unwrap();
    assert!(output.ends_with("\r\nContent-Length: 5\r\n\r\na=b\r\n"), "{output}");
}

#[test]
fn c9112_2_2_8_no_white_space_starts_a_field_line_that_is_sent() {
    for name in [" X", "\tX", " ", ""] {
        assert_eq!(Fields::new().append(name, "x"), Err(UsageError::FieldName), "{name:?}");
    }
    let output = written(&get(&[("X", "  a\t")]), "").unwrap();
    assert_eq!(output, "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\r\n");
}

#[test]
fn c9112_2_2_9_white_space_after_the_status_line_is_refused() {
    for answer in ["HTTP/1.1 200 OK\r\n X: a\r\n\r\n", "HTTP/1.1 200 OK\r\n\tX: a\r\n\r\n", "HTTP/1.1 200 OK\r\n \r\n"]
    {
        assert_eq!(fault(answer), ErrorKind::LeadingWhitespace, "{answer:?}");
    }
}

#[test]
fn c9112_4_1_a_response_needs_no_reason() {
    for line in ["HTTP/1.1 200 OK", "HTTP/1.1 200 ", "HTTP/1.1 200"] {
        let head = heard(&format!("{line}\r\nContent-Length: 0\r\n\r\n"));
        assert_eq!(head.status, 200, "{line}");
    }
}

#[test]
fn c9112_4_2_a_status_line_is_not_read_by_words() {
    for line in [
        "HTTP/1.1  200 OK",
        "HTTP/1.1\t200 OK",
        "HTTP/1.1 200\tOK",
        " HTTP/1.1 200 OK",
        "HTTP/1.1\x0b200 OK",
        "HTTP/1.1\x0c200 OK",
    ] {
        assert_eq!(fault(&format!("{line}\r\n\r\n")), ErrorKind::StatusLine, "{line:?}");
    }
}

#[test]
fn c9112_4_3_the_reason_changes_nothing() {
    for reason in ["OK", "", "404 Not Found", "Continue", "Connection: close"] {
        let heard = Talk::new("GET", "/", format!("HTTP/1.1 200 {reason}\r\nContent-Length: 2\r\n\r\nhi")).check();
        assert_eq!((heard.statuses(), heard.ends(), heard.is_reusable), (vec![200], 1, true), "{reason}");
    }
}

#[test]
fn c9112_4_4_the_space_stands_before_no_reason() {
    let mut connection = crate::asked("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    connection.respond(&ResponseHead::new(StatusCode::new(299).unwrap()), "x").unwrap();
    assert!(crate::answered(&mut connection).starts_with("HTTP/1.1 299 \r\n"));
}

#[test]
fn c9112_5_2_1_no_folded_line_is_sent() {
    for value in ["a\r\n b", "a\r\n\tb", "a\n b", "\r\n a"] {
        assert_eq!(Fields::new().append("X", value), Err(UsageError::FieldValue), "{value:?}");
        assert_eq!(Fields::new().set("X", value), Err(UsageError::FieldValue), "{value:?}");
    }
}

#[test]
fn c9112_5_2_4_a_fold_in_a_response_is_spaces() {
    for (lines, value) in [
        ("X: a\r\n b\r\n", "a   b"),
        ("X: a\r\n\tb\r\n", "a   b"),
        ("X: a \t\r\n \tb\r\n", "a      b"),
        ("X: a\r\n b\r\n\tc\r\n", "a   b   c"),
        ("X:\r\n a\r\n", "a"),
        ("X: a\r\n \r\n", "a"),
        ("X: a\tb\r\n c\r\n", "a\tb   c"),
    ] {
        let head = heard(&format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 0\r\n\r\n"));
        assert_eq!(head.value("x").map(<[u8]>::to_vec), Some(value.as_bytes().to_vec()), "{lines:?}");
        assert_eq!((head.fields.len(), head.value("content-length")), (2, Some(&b"0"[..])), "{lines:?}");
    }
}

#[test]
fn c9112_5_2_4_a_fold_in_the_trailers_of_a_response_is_spaces() {
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: a\r\n\tb\r\nX-End: c\r\n\r\n";
    let heard = Talk::new("GET", "/", answer).check();
    let trailers = [("X-Sum", "a   b"), ("X-End", "c")].map(|(name, value)| (name.into(), value.into()));
    assert_eq!(heard.events.last(), Some(&basehttp_tests::client_split::Seen::End(trailers.to_vec())));
}

#[test]
fn c9110_6_2_2_a_request_says_http_1_1_or_1_0_and_nothing_else() {
    let output = written(&get(&[]), "").unwrap();
    assert!(output.starts_with("GET / HTTP/1.1\r\n"), "{output}");
    let output = written(&get(&[]).with_version(Version::Http10), "").unwrap();
    assert!(output.starts_with("GET / HTTP/1.0\r\n"), "{output}");
}

#[test]
fn c9110_6_2_6_a_later_minor_version_of_a_response_is_read_as_http_1_1() {
    for minor in 1..=9 {
        let head = heard(&format!("HTTP/1.{minor} 200 OK\r\nContent-Length: 0\r\n\r\n"));
        assert_eq!(head.version, Version::Http11, "{minor}");
    }
}
