//! RFC 9110 4, 7 and 10: which requests a server answers for, and the options of a connection.

use std::sync::Arc;
use std::time::Duration;

use basehttp_handler::{Driver, Peer, Request, Response, Settings, Step};
use basehttp_proto::server::Connection;
use basehttp_proto::{Config, ErrorKind, Method, RequestHead, ResponseHead, State, StatusCode, UsageError};
use basehttp_tests::client_split::{Seen, Talk};

use crate::{answered, asked, client, get, sent, with, written};

const UPGRADE: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: a/1, B\r\n\r\n";

fn switching(protocols: &str) -> ResponseHead {
    ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS).field("Upgrade", protocols).expect("a field")
}

/// What a driver writes when it reads these octets and its handler answers `handled`.
fn driven(settings: Settings, input: &str) -> String {
    let mut driver = Driver::new(Arc::new(settings), Peer::Unknown);
    let (mut input, mut output) = (Some(input), Vec::new());
    for _ in 0..1000 {
        match driver.step(Duration::ZERO) {
            Step::Read(_) => match input.take() {
                Some(octets) => driver.recv(octets.as_bytes()).expect("octets are wanted"),
                None => driver.recv_eof(),
            },
            Step::Write(_) => {
                let octets = driver.transmit().chunk().to_vec();
                driver.transmit().consume(octets.len());
                output.extend(octets);
            }
            Step::Call(request) => driver.respond(handled(&request)),
            Step::Begin(_) | Step::SendFile(..) | Step::Shutdown => {}
            Step::Close => return String::from_utf8(output).expect("text"),
        }
    }
    panic!("the connection never ends");
}

fn handled(request: &Request) -> Response {
    match request.path() {
        "/405" => Response::error(StatusCode::METHOD_NOT_ALLOWED),
        _ => Response::text("handled"),
    }
}

#[test]
fn c9110_4_2_1_2_uris_with_an_empty_host_are_refused() {
    for target in ["http:///", "http://:80/", "http://?x", "https:///", "https://:443/"] {
        let input = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        let seen = basehttp_tests::split::check(&basehttp_tests::script::Script::default(), input.as_bytes());
        assert_eq!(seen.error().map(|error| error.kind), Some(ErrorKind::HostInvalid), "{target}");
    }
}

#[test]
fn c9110_7_4_2_an_https_uri_is_not_answered_over_a_plain_connection() {
    let request = "GET https://a/x HTTP/1.1\r\nHost: a\r\n\r\n";
    let output = driven(Settings::default(), request);
    assert!(output.starts_with("HTTP/1.1 421 "), "{output}");
    assert!(!output.contains("handled"), "{output}");
    let output = driven(Settings::default().secured(true), request);
    assert!(output.starts_with("HTTP/1.1 200 ") && output.ends_with("handled"), "{output}");
    let output = driven(Settings::default(), "GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(output.starts_with("HTTP/1.1 200 "), "{output}");
}

#[test]
fn c9110_7_6_1_1_upgrade_brings_its_connection_option_in_a_request() {
    let output = written(&get(&[("Upgrade", "websocket")]), "").unwrap();
    assert_eq!(output, "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    let named = get(&[("Upgrade", "websocket"), ("Connection", "keep-alive, upgrade")]);
    let output = written(&named, "").unwrap();
    assert_eq!(output.matches("Connection").count(), 1, "{output}");
    let both = get(&[("TE", "trailers"), ("Upgrade", "x")]);
    assert!(written(&both, "").unwrap().ends_with("\r\nConnection: TE\r\nConnection: Upgrade\r\n\r\n"));
}

#[test]
fn c9110_7_8_10_upgrade_brings_its_connection_option_in_a_response() {
    for (close, options) in [("", "connection: upgrade\r\n"), ("Connection: close\r\n", "connection: close\r\n")] {
        let mut connection = asked(&format!("GET / HTTP/1.1\r\nHost: a\r\n{close}\r\n"));
        let head = ResponseHead::new(StatusCode::UPGRADE_REQUIRED).field("Upgrade", "x").unwrap();
        connection.respond(&head, "").unwrap();
        let output = answered(&mut connection).to_ascii_lowercase();
        assert!(output.contains("connection: upgrade\r\n") && output.contains(options), "{output}");
    }
    let mut connection = asked("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let head = ResponseHead::new(StatusCode::UPGRADE_REQUIRED)
        .field("Upgrade", "x")
        .and_then(|head| head.field("Connection", "upgrade"))
        .unwrap();
    connection.respond(&head, "").unwrap();
    assert_eq!(answered(&mut connection).to_ascii_lowercase().matches("connection:").count(), 1);
}

#[test]
fn c9110_7_8_10_upgrade_brings_its_connection_option_in_an_informational_response() {
    let mut connection = asked("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut fields = basehttp_proto::Fields::new();
    fields.append("Upgrade", "x").unwrap();
    connection.send_informational(StatusCode::EARLY_HINTS, &fields).unwrap();
    fields.append("Connection", "upgrade").unwrap();
    connection.send_informational(StatusCode::EARLY_HINTS, &fields).unwrap();
    let output = answered(&mut connection).to_ascii_lowercase();
    assert_eq!(output.matches("connection: upgrade\r\n").count(), 2, "{output}");
}

#[test]
fn c9110_7_8_5_no_protocol_is_switched_to_that_was_not_offered() {
    for protocols in ["c", "a/2", "a", "a/1, c", "c, B"] {
        let mut connection = asked(UPGRADE);
        assert_eq!(connection.send_switch(&switching(protocols)), Err(UsageError::SwitchNotAsked), "{protocols}");
        assert!(answered(&mut connection).is_empty());
    }
    for protocols in ["a/1", "B", "b", "A/1", "B, a/1"] {
        let mut connection = asked(UPGRADE);
        connection.send_switch(&switching(protocols)).unwrap_or_else(|e| panic!("{protocols}: {e}"));
        assert_eq!(connection.state(), State::Tunnel);
    }
}

#[test]
fn c9110_7_8_12_a_100_comes_before_a_101() {
    for content in ["", "Content-Length: 2\r\n"] {
        let expecting = format!("\r\nExpect: 100-continue\r\n{content}\r\n");
        let mut connection = Connection::new(Config::default());
        connection.recv(UPGRADE.replace("\r\n\r\n", &expecting).as_bytes()).unwrap();
        connection.recv(if content.is_empty() { b"" } else { b"hi" }).unwrap();
        while connection.poll_event().unwrap().is_some() {}
        connection.send_switch(&switching("B")).unwrap();
        let output = answered(&mut connection);
        assert!(output.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 "), "{output}");
    }
    // One that was sent already is not sent again.
    let mut connection = Connection::new(Config::default());
    let expecting = "\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    connection.recv(UPGRADE.replace("\r\n\r\n", expecting).as_bytes()).unwrap();
    assert!(connection.poll_event().unwrap().is_some());
    connection.send_continue();
    connection.recv(b"hi").unwrap();
    while connection.poll_event().unwrap().is_some() {}
    connection.send_switch(&switching("B")).unwrap();
    assert_eq!(answered(&mut connection).matches("HTTP/1.1 100 ").count(), 1);
}

#[test]
fn c9110_7_8_5_a_client_takes_no_switch_that_it_did_not_ask_for() {
    let answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nHi";
    let heard = Talk::new("GET", "/", answer).check();
    assert_eq!(heard.error().map(|error| error.kind), Some(ErrorKind::SwitchUnexpected));
    let heard = Talk::of(get(&[("Upgrade", "x")]), answer).check();
    assert!(matches!(&heard.events[..], [Seen::Tunnel(_)]), "{heard:?}");
    assert_eq!(heard.tunnel, b"Hi");
}

#[test]
fn c9110_7_6_1_4_the_options_of_the_library_are_its_own_fields() {
    let end_to_end = ["cache-control", "content-length", "content-type", "date", "host", "server"];
    let mut outputs = vec![
        written(&get(&[("TE", "trailers"), ("Upgrade", "x")]), "").unwrap(),
        driven(Settings::default(), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
        driven(Settings::default(), "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
    ];
    let mut connection = asked(UPGRADE);
    connection.send_switch(&switching("B")).unwrap();
    outputs.push(answered(&mut connection));
    for output in outputs {
        let lower = output.to_ascii_lowercase();
        let options: Vec<&str> = lower.lines().filter_map(|line| line.strip_prefix("connection: ")).collect();
        assert!(!options.is_empty() && options.iter().all(|option| !end_to_end.contains(option)), "{output}");
    }
}

#[test]
fn c9110_6_6_1_2_every_response_of_a_server_with_a_clock_has_its_date() {
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "200"),
        ("GET / HTTP/1.0\r\n\r\n", "200"),
        ("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "200"),
        ("GET /405 HTTP/1.1\r\nHost: a\r\n\r\n", "405"),
        ("GET / HTTP/1.1\r\n\r\n", "400"),
        ("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX", "400"),
    ] {
        let output = driven(Settings::default(), request);
        assert!(output.starts_with(&format!("HTTP/1.1 {status} ")), "{output}");
        assert_eq!(output.matches("\r\nDate: ").count(), 1, "{output}");
    }
}

#[test]
fn c9110_10_1_5_2_the_product_is_named_and_no_more() {
    let output = driven(Settings::default(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let server: Vec<&str> = output.lines().filter_map(|line| line.strip_prefix("Server: ")).collect();
    assert_eq!(server, ["basehttp"]);
    let output = driven(Settings::default().server("").unwrap(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(!output.contains("Server: "), "{output}");
}

#[test]
fn c9110_15_6_6_1_a_505_says_which_versions_are_spoken() {
    let output = driven(Settings::default(), "GET / HTTP/2.0\r\nHost: a\r\n\r\n");
    assert!(output.starts_with("HTTP/1.1 505 "), "{output}");
    let (_, page) = output.split_once("\r\n\r\n").expect("a page");
    assert!(page.contains("HTTP/1.0 and HTTP/1.1") || page.contains("use HTTP/1.1"), "{page}");
}

#[test]
fn c9112_2_2_10_garbage_is_answered_400_and_the_connection_closes() {
    for garbage in ["\0", "<?xml version=\"1.0\"?>\r\n\r\n", "SSH-2.0-x\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n"]
    {
        let output = driven(Settings::default(), garbage);
        assert!(output.starts_with("HTTP/1.1 400 "), "{garbage:?}: {output}");
        assert!(output.contains("\r\nConnection: close\r\n"), "{garbage:?}: {output}");
    }
}

#[test]
fn c9110_3_3_1_nothing_of_a_request_is_taken_for_the_next() {
    let mut connection = asked("HEAD /1 HTTP/1.0\r\nConnection: keep-alive\r\nCookie: a\r\n\r\n");
    connection.respond(&ResponseHead::new(StatusCode::OK), "one").unwrap();
    assert!(answered(&mut connection).ends_with("\r\n\r\n"));
    assert!(connection.poll_event().unwrap().is_none());
    connection.recv(b"GET /2 HTTP/1.1\r\nHost: b\r\n\r\n").unwrap();
    let Ok(Some(basehttp_proto::server::Event::Request(head))) = connection.poll_event() else { panic!() };
    assert_eq!((head.host(), head.fields().len()), (Some("b"), 1));
    while connection.poll_event().unwrap().is_some() {}
    connection.respond(&ResponseHead::new(StatusCode::OK), "two").unwrap();
    let output = answered(&mut connection);
    assert!(output.ends_with("\r\n\r\ntwo") && !output.contains("keep-alive"), "{output}");
}

#[test]
fn c9110_9_3_6_6_a_tunnel_is_opened_without_framing_fields() {
    let mut connection = asked("CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n");
    for name in ["Content-Length", "Transfer-Encoding"] {
        let head = ResponseHead::new(StatusCode::OK).field(name, "0").unwrap();
        assert_eq!(connection.send_switch(&head), Err(UsageError::FramingField), "{name}");
    }
    connection.send_switch(&ResponseHead::new(StatusCode::OK)).unwrap();
    assert_eq!(answered(&mut connection), "HTTP/1.1 200 OK\r\n\r\n");
    let mut connection = client();
    connection.request(&RequestHead::build(Method::CONNECT, "b:443").unwrap(), "").unwrap();
    assert!(sent(&mut connection).starts_with("CONNECT b:443 "));
    let _ = with(get(&[]), &[]);
}
