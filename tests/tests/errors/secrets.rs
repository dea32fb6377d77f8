//! What is printed for debugging ends up in logs: no credential is in it, at any point of an exchange, as text or as
//! numbers.

use std::fmt::Debug;

use basehttp_proto::parse::HeadParser;
use basehttp_proto::{BodyLength, Config, Fields, Method, RequestHead, ResponseHead, StatusCode, client, server};

const SECRET: &str = "Zm9vOmJhcg";
const NAMES: [&str; 4] = ["Authorization", "cookie", "PROXY-AUTHORIZATION", "Set-Cookie"];

/// Whether a text shows the secret, or octets of it as a list of numbers.
fn shows(text: &str) -> bool {
    let numbers: Vec<String> = SECRET.bytes().take(4).map(|octet| octet.to_string()).collect();
    text.contains(SECRET) || text.replace(['\n', ' '], "").contains(&numbers.join(","))
}

#[track_caller]
fn assert_hidden(value: &impl Debug) {
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(!shows(&text), "{text}");
    }
}

fn fields(end: &str) -> String {
    let lines: String = NAMES.iter().map(|name| format!("{name}: {SECRET}\r\n")).collect();
    format!("Host: a\r\n{lines}{end}\r\n")
}

#[test]
fn the_check_sees_what_it_should() {
    assert!(shows(&format!("{SECRET:?}")) && shows(&format!("{:#?}", SECRET.as_bytes())) && !shows("[1, 2]"));
}

#[test]
fn heads_of_both_kinds() {
    let mut request = RequestHead::build(Method::GET, "/").unwrap();
    let mut response = ResponseHead::new(StatusCode::OK);
    for name in NAMES {
        request.fields_mut().append(name, SECRET).unwrap();
        response.fields_mut().append(name, SECRET).unwrap();
    }
    assert_hidden(&request);
    assert_hidden(&response);
    assert_hidden(request.fields());
    assert!(format!("{request:?}").contains("redacted"), "that there was something is told");
}

#[test]
fn heads_in_a_buffer() {
    let (mut requests, mut responses) = (HeadParser::default(), HeadParser::default());
    let request = format!("GET / HTTP/1.1\r\n{}", fields(""));
    let response = format!("HTTP/1.1 200 OK\r\n{}", fields(""));
    assert_hidden(&requests.request(request.as_bytes()).unwrap().unwrap());
    assert_hidden(&responses.response(response.as_bytes()).unwrap().unwrap());
    assert_hidden(&(requests, responses));
}

/// After every octet that comes, and every event it makes.
#[test]
fn a_server_and_its_events() {
    for (start, end) in [
        ("POST / HTTP/1.1\r\n", "Content-Length: 1\r\nUpgrade: x\r\nConnection: upgrade\r\n"),
        ("POST / HTTP/1.1\r\n", "Content-Length: x\r\n"),
        ("POST / HTTP/1.1\r\n", "X : y\r\n"),
    ] {
        let mut connection = server::Connection::new(Config::default());
        for octet in format!("{start}{}a", fields(end)).into_bytes() {
            if connection.wants_read() {
                connection.recv(&[octet]).unwrap();
            }
            assert_hidden(&connection);
            assert_hidden(&connection.poll_event());
            assert_hidden(&connection);
        }
    }
}

#[test]
fn a_request_that_is_trailed() {
    let mut connection = server::Connection::new(Config::default());
    // Not a field that is known to be a secret, and so shown, but only where it was asked for.
    let octets = format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: {SECRET}\r\n");
    connection.recv(octets.as_bytes()).unwrap();
    assert!(connection.poll_event().is_ok() && connection.poll_event().is_ok());
    assert_hidden(&connection);
}

#[test]
fn what_is_to_be_sent() {
    let mut head = RequestHead::build(Method::POST, "/").unwrap().field("Host", "a").unwrap();
    let mut response = ResponseHead::new(StatusCode::OK);
    for name in NAMES {
        head.fields_mut().append(name, SECRET).unwrap();
        response.fields_mut().append(name, SECRET).unwrap();
    }
    let mut connection = client::Connection::new(Config::client());
    connection.send_request(&head, BodyLength::Unknown).unwrap();
    // From this size on content is kept as it is.
    connection.send_body(SECRET.repeat(1000)).unwrap();
    connection.finish(&Fields::new()).unwrap();
    assert_hidden(&connection);
    assert_hidden(connection.transmit());

    let mut connection = server::Connection::new(Config::default());
    connection.recv(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(connection.poll_event().is_ok() && connection.poll_event().is_ok());
    connection.respond(&response, SECRET).unwrap();
    assert_hidden(&connection);
}

#[test]
fn a_client_and_its_events() {
    let head = RequestHead::build(Method::GET, "/").unwrap().field("Host", "a").unwrap();
    for start in ["HTTP/1.1 200 OK\r\nX: a\r\n b\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 103 x\r\n", "HTTP/1.1 2x0\r\n"]
    {
        let mut connection = client::Connection::new(Config::client());
        connection.request(&head, "").unwrap();
        for octet in format!("{start}{}", fields("Content-Length: 1\r\n")).into_bytes() {
            if connection.wants_read() {
                connection.recv(&[octet]).unwrap();
            }
            assert_hidden(&connection);
            assert_hidden(&connection.poll_event());
        }
    }
}
