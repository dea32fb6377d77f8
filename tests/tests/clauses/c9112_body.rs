//! RFC 9112 6 and 7: how a client frames its requests, and finds the ends of responses.

use basehttp_proto::{BodyLength, CloseReason, ErrorKind, Fields, RequestHead, State, UsageError, Version};
use basehttp_tests::client_split::{Content, Heard, Seen, Talk, request};

use crate::{OK, client, get, sent, with, written, written_in_pieces};

/// Feeds this answer to a GET request; the server ends its stream after it.
fn heard(answer: &str) -> Heard {
    Talk::new("GET", "/", answer).eof().check()
}

#[track_caller]
fn fault(answer: &str) -> ErrorKind {
    let heard = heard(answer);
    assert_eq!((heard.state, heard.is_reusable), (State::Closed, false), "{answer:?}");
    heard.error().unwrap_or_else(|| panic!("no fault in {answer:?}: {heard:?}")).kind
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

#[test]
fn c9112_6_1_1_chunked_responses_are_read() {
    let answer = format!("{CHUNKED}3\r\nabc\r\n00A;x=y\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n");
    let heard = Talk::new("GET", "/", answer).check();
    assert_eq!(heard.contents(), [b"abc0123456789"]);
    assert_eq!(heard.events.last(), Some(&Seen::End(vec![(b"X-Sum".to_vec(), b"1".to_vec())])));
    assert!(heard.is_reusable);
}

#[test]
fn c9112_6_1_2_a_request_is_chunked_once() {
    let output = written_in_pieces(&request("POST", "/"), &["abc", "", "de"]).unwrap();
    let (head, content) = output.split_once("\r\n\r\n").unwrap();
    assert_eq!(head, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked");
    assert_eq!(content, "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
}

#[test]
fn c9112_6_1_3_no_other_coding_can_be_sent_in_a_request() {
    for coding in ["gzip", "gzip, chunked", "chunked", "", "identity"] {
        let head = with(request("POST", "/"), &[("Transfer-Encoding", coding)]);
        assert_eq!(written(&head, "x"), Err(UsageError::FramingField), "{coding}");
        assert_eq!(written_in_pieces(&head, &["x"]), Err(UsageError::FramingField), "{coding}");
    }
}

#[test]
fn c9112_6_1_10_chunks_are_not_sent_in_http_1_0() {
    let head = request("POST", "/").with_version(Version::Http10);
    assert_eq!(written_in_pieces(&head, &["x"]), Err(UsageError::LengthRequired));
}

#[test]
fn c9112_6_3_13_chunks_are_not_sent_to_a_server_that_answered_in_http_1_0() {
    let old = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n";
    let pieces = Content::Pieces(vec![b"x".to_vec()]);
    let heard = Talk::new("GET", "/", old).send(request("POST", "/"), pieces.clone(), "").check();
    assert_eq!(heard.refused(), Some(UsageError::LengthRequired));
    assert!(!heard.sent().contains("Transfer-Encoding"), "{}", heard.sent());
    let heard = Talk::new("GET", "/", OK).send(request("POST", "/"), pieces, OK).check();
    assert_eq!((heard.refused(), heard.ends()), (None, 2));
}

#[test]
fn c9112_6_1_14_a_coding_in_an_http_1_0_response_is_faulty_framing() {
    for lines in ["Transfer-Encoding: chunked", "Content-Length: 2\r\nTransfer-Encoding: chunked"] {
        let kind = fault(&format!("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n{lines}\r\n\r\n0\r\n\r\n"));
        assert!(matches!(kind, ErrorKind::TransferEncodingVersion | ErrorKind::LengthAndCoding), "{kind:?}");
    }
}

#[test]
fn c9112_6_2_1_a_request_has_one_framing_field() {
    let declared = with(request("POST", "/"), &[("Content-Length", "3")]);
    assert_eq!(written_in_pieces(&declared, &["abc"]), Err(UsageError::ContentLengthMismatch));
    let output = written(&declared, "abc").unwrap();
    assert_eq!(output.matches("Content-Length").count(), 1);
    assert!(!output.contains("Transfer-Encoding"), "{output}");
}

#[test]
fn c9112_6_3_1_a_tunnel_has_no_framing() {
    for lines in ["Content-Length: 5", "Transfer-Encoding: chunked", "Content-Length: x", "Transfer-Encoding: gzip"] {
        let answer = format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n5\r\ntunnel");
        let head = RequestHead::build(basehttp_proto::Method::CONNECT, "b:443").unwrap();
        let heard = Talk::of(head, answer).check();
        assert!(matches!(&heard.events[..], [Seen::Tunnel(head)] if head.status == 200), "{lines}: {heard:?}");
        assert_eq!(heard.tunnel, b"5\r\ntunnel", "{lines}");
    }
}

#[test]
fn c9112_6_3_7_a_response_with_an_invalid_length_is_discarded() {
    for value in ["x", "", "-1", "+1", "1x", "0x1", "1 1", "9223372036854775808", "1, 2"] {
        let heard = heard(&format!("HTTP/1.1 200 OK\r\nContent-Length: {value}\r\n\r\nabc"));
        assert_eq!(heard.error().map(|error| error.kind), Some(ErrorKind::ContentLength), "{value}");
        assert_eq!((heard.statuses().len(), heard.state), (0, State::Closed), "{value}");
    }
    let two = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab";
    assert_eq!(fault(two), ErrorKind::ContentLengthRepeated);
}

#[test]
fn c9112_6_3_8_a_response_that_is_cut_short_is_told_to_be_incomplete() {
    let whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    for len in 0..whole.len() {
        assert_eq!(fault(&whole[..len]), ErrorKind::Incomplete, "{len}");
    }
    assert_eq!(heard(whole).ends(), 1);
    let whole = format!("{CHUNKED}5\r\nhello\r\n0\r\nX: y\r\n\r\n");
    for len in 0..whole.len() {
        assert_eq!(fault(&whole[..len]), ErrorKind::Incomplete, "{len}");
    }
    assert_eq!(heard(&whole).ends(), 1);
}

#[test]
fn c9112_6_3_11_content_of_known_length_is_sent_with_its_length() {
    for method in ["POST", "PUT", "GET", "DELETE", "X"] {
        let output = written(&request(method, "/"), "hello").unwrap();
        assert!(output.ends_with("\r\nContent-Length: 5\r\n\r\nhello"), "{output}");
        assert!(!output.contains("Transfer-Encoding"), "{output}");
    }
}

#[test]
fn c9112_6_3_12_content_is_never_sent_unframed() {
    let mut connection = client();
    assert_eq!(connection.send_body("x"), Err(UsageError::NoContentDue));
    connection.send_request(&request("POST", "/"), BodyLength::Known(2)).unwrap();
    assert_eq!(connection.send_body("xyz"), Err(UsageError::ContentOverrun));
    connection.send_body("x").unwrap();
    assert_eq!(connection.finish(&Fields::new()), Err(UsageError::ContentShort));
    connection.send_body("y").unwrap();
    connection.finish(&Fields::new()).unwrap();
    assert!(sent(&mut connection).ends_with("\r\nContent-Length: 2\r\n\r\nxy"));
    let mut connection = client();
    connection.send_request(&get(&[]), BodyLength::Known(0)).unwrap();
    assert_eq!(connection.send_body("x"), Err(UsageError::ContentOverrun));
}

#[test]
fn c9112_6_3_15_octets_after_a_response_are_no_response() {
    for extra in ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "x", "\0"] {
        let heard = Talk::new("GET", "/", format!("{OK}{extra}")).then(request("GET", "/2"), OK).check();
        assert_eq!((heard.statuses(), heard.ends()), (vec![200], 1), "{extra:?}");
        assert_eq!(heard.error().map(|error| error.kind), Some(ErrorKind::ResponseUnexpected), "{extra:?}");
        assert!(!heard.sent().contains("/2"), "no further request is sent");
    }
}

#[test]
fn c9112_7_1_3_large_chunk_sizes_are_not_cut_off() {
    for size in ["100000000", "100000005", "7fffffffffffffff"] {
        let kind = fault(&format!("{CHUNKED}{size}\r\nhello\r\n0\r\n\r\n"));
        assert_eq!(kind, ErrorKind::Incomplete, "{size}");
    }
    for size in ["10000000000000005", "00000000000000005"] {
        let kind = fault(&format!("{CHUNKED}{size}\r\nhello\r\n0\r\n\r\n"));
        assert_eq!(kind, ErrorKind::ChunkSize, "{size}");
    }
    assert_eq!(fault(&format!("{CHUNKED}5\r\nhello\r\nffffffffffffffff\r\nx")), ErrorKind::ContentTooLarge);
}

#[test]
fn c9112_7_1_1_1_chunk_extensions_of_a_response_are_ignored() {
    for extension in [";a", ";a=b", ";a=\"b;\\\"\"", " ; a = b"] {
        let heard = heard(&format!("{CHUNKED}2{extension}\r\nhi\r\n0{extension}\r\n\r\n"));
        assert_eq!((heard.contents(), heard.ends()), (vec![&b"hi"[..]], 1), "{extension}");
    }
}

#[test]
fn c9112_7_1_2_3_trailers_of_a_response_stay_apart() {
    let heard = Talk::new("GET", "/", format!("{CHUNKED}0\r\nETag: \"x\"\r\n\r\n")).check();
    assert_eq!(heard.responses().next().unwrap().value("etag"), None);
    assert_eq!(heard.events.last(), Some(&Seen::End(vec![(b"ETag".to_vec(), b"\"x\"".to_vec())])));
    for name in ["Content-Length", "Transfer-Encoding", "Content-Type", "Set-Cookie"] {
        assert_eq!(fault(&format!("{CHUNKED}0\r\n{name}: 1\r\n\r\n")), ErrorKind::TrailerForbidden, "{name}");
    }
}

#[test]
fn c9112_7_4_1_chunked_is_not_sent_in_te() {
    for value in ["chunked", "trailers, chunked", "CHUNKED", "gzip;q=0.5, chunked;q=1"] {
        assert_eq!(written(&get(&[("TE", value)]), ""), Err(UsageError::TeChunked), "{value}");
    }
    assert!(written(&get(&[("TE", "trailers")]), "").is_ok());
}

#[test]
fn c9112_7_4_3_te_brings_its_connection_option() {
    let output = written(&get(&[("TE", "trailers")]), "").unwrap();
    assert_eq!(output, "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n");
    let output = written(&get(&[("TE", "trailers"), ("Connection", "te")]), "").unwrap();
    assert_eq!(output.to_ascii_lowercase().matches("connection: te\r\n").count(), 1, "{output}");
    let output = written(&get(&[("TE", "trailers"), ("Connection", "close")]), "").unwrap();
    assert!(output.contains("Connection: close\r\nConnection: TE\r\n"), "{output}");
}

#[test]
fn c9112_8_2_an_error_in_chunks_is_not_the_end_of_a_response() {
    let heard = heard(&format!("{CHUNKED}5\r\nhello\r\nx\r\n\r\n"));
    assert_eq!((heard.contents(), heard.ends()), (vec![&b"hello"[..]], 0));
    assert_eq!(heard.error().map(|error| error.kind), Some(ErrorKind::ChunkSize));
    assert_eq!(heard.reason, Some(CloseReason::Fault(ErrorKind::ChunkSize)));
}
