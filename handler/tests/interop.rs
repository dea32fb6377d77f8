//! Messages and their parts, from and to the types of the crate `http`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use basehttp_handler::interop::{ConversionError, FromHttp, ToHttp, Trailers};
use basehttp_handler::{Body, Driver, Peer, Request, Response, Settings, Step};
use basehttp_proto::{Fields, Method, RequestHead, ResponseHead, StatusCode, UsageError, Version};
use bytes::Bytes;
use http::header::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use support::{content, fields, request, written};

/// The head of a request with this method and target.
fn head(method: &str, target: &str, host: &str) -> RequestHead {
    request(format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).head().clone()
}

#[test]
fn targets_in_all_four_forms_come_back_as_they_were() {
    for (method, target) in [
        ("GET", "/"),
        ("GET", "/a%20b/?q=1&r=%00"),
        ("GET", "//host/a"),
        ("GET", "/a?b?c=/d"),
        ("GET", "/{}|^~!$&'()*+,;=:@"),
        ("GET", "http://a/b?c"),
        ("GET", "http://a:8080/"),
        ("GET", "http://[::1]:8080/x"),
        ("OPTIONS", "*"),
        ("CONNECT", "a:443"),
        ("CONNECT", "[::1]:443"),
    ] {
        let host = target.trim_start_matches("http://").split(['/', '*']).next().unwrap();
        let sent = head(method, target, host);
        let parts = sent.to_http().unwrap();
        assert_eq!((parts.method.as_str(), parts.version), (method, http::Version::HTTP_11));
        assert_eq!(parts.uri.path_and_query().map_or("", |path| path.path()), sent.path(), "{target}");
        assert_eq!(parts.uri.query(), sent.query(), "{target}");
        assert_eq!(parts.uri.authority().map_or("", |authority| authority.as_str()), host, "{target}");
        let back = RequestHead::from_http(&parts).unwrap();
        assert_eq!((back.target(), back.method(), back.target_form()), (target, sent.method(), sent.target_form()));
        assert_eq!(back.fields(), sent.fields());
    }
}

#[test]
fn an_absolute_form_without_a_path_gets_one() {
    let parts = head("GET", "HTTP://a", "a").to_http().unwrap();
    assert_eq!((parts.uri.to_string().as_str(), parts.uri.path()), ("http://a/", "/"));
    let parts = head("GET", "http://a?b", "a").to_http().unwrap();
    assert_eq!((parts.uri.path(), parts.uri.query()), ("/", Some("b")));
}

#[test]
fn what_no_uri_can_hold_is_an_error_that_teaches() {
    for target in ["/<a>", "/`", &format!("/{}", "x".repeat(65_534))] {
        let sent = RequestHead::build(Method::GET, target).unwrap();
        let error = sent.to_http().unwrap_err();
        assert_eq!((error, error.status()), (ConversionError::Uri, StatusCode::BAD_REQUEST), "{target}");
        assert!(error.to_string().contains("percent-encode"));
        assert_eq!(Response::from(error).status(), StatusCode::BAD_REQUEST);
    }
}

#[test]
fn what_http_1_cannot_hold_is_an_error() {
    let parts = |build: fn(http::request::Builder) -> http::request::Builder| {
        build(http::Request::builder().uri("/")).body(()).unwrap().into_parts().0
    };
    for (parts, expected) in [
        (parts(|r| r.version(http::Version::HTTP_2)), ConversionError::Version),
        (parts(|r| r.version(http::Version::HTTP_09)), ConversionError::Version),
        (parts(|r| r.uri("/\u{e9}")), ConversionError::Usage(UsageError::Target)),
        (parts(|r| r.uri("ftp://a/")), ConversionError::Usage(UsageError::Target)),
        (parts(|r| r.method("CONNECT")), ConversionError::Usage(UsageError::Target)),
        (parts(|r| r.method("A-METHOD-THAT-IS-LONGER-THAN-ANY-OTHER")), ConversionError::Usage(UsageError::Method)),
        (parts(|r| r.header("Transfer-Encoding", "gzip, chunked")), ConversionError::TransferEncoding),
    ] {
        let error = RequestHead::from_http(&parts).unwrap_err();
        assert_eq!((error, error.status()), (expected, StatusCode::INTERNAL_SERVER_ERROR));
        assert!(error.to_string().len() > 20);
    }
    let framed = parts(|r| r.header("Transfer-Encoding", "chunked").header("A", "b"));
    assert_eq!(RequestHead::from_http(&framed).unwrap().fields(), &fields(&[("a", "b")]));
}

#[test]
fn versions_methods_and_statuses_are_the_same() {
    for (ours, theirs) in [(Version::Http10, http::Version::HTTP_10), (Version::Http11, http::Version::HTTP_11)] {
        assert_eq!((ours.to_http(), Version::from_http(theirs)), (Ok(theirs), Ok(ours)));
    }
    for code in 100..=999 {
        let (ours, theirs) = (StatusCode::new(code).unwrap(), http::StatusCode::from_u16(code).unwrap());
        assert_eq!((ours.to_http(), StatusCode::from_http(theirs)), (Ok(theirs), Ok(ours)));
    }
    let tokens = "!#$%&'*+-.^_`|~09azAZ";
    for token in ["GET", "get", "PATCH", "PROPFIND", tokens, &"X".repeat(32)] {
        let ours = Method::new(token).unwrap();
        let theirs = ours.to_http().unwrap();
        assert_eq!((theirs.as_str(), Method::from_http(&theirs)), (token, Ok(ours)));
    }
}

#[test]
fn a_request_takes_its_peer_and_its_trailers_along() {
    let peer = Peer::Ip(([127, 0, 0, 1], 4000).into());
    let sent = head("POST", "/", "a");
    let request = Request::new(sent, Bytes::from("content"), fields(&[("X", "1"), ("x", "2")]), peer);
    let converted: http::Request<Bytes> = request.try_into().unwrap();
    assert_eq!(converted.extensions().get::<Peer>(), Some(&peer));
    assert_eq!(converted.extensions().get::<Trailers>().unwrap().0.get_all("x").iter().count(), 2);
    let back = Request::try_from(converted).unwrap();
    assert_eq!((back.peer(), &back.content()[..], back.trailers().len()), (peer, &b"content"[..], 2));
    let bare = Request::try_from(http::Request::new("")).unwrap();
    assert_eq!((bare.peer(), bare.path(), bare.trailers().len()), (Peer::Unknown, "/", 0));
    let bare: http::Request<Bytes> = bare.try_into().unwrap();
    assert!(bare.extensions().get::<Trailers>().is_none());
}

/// What is sent for a response of a handler that knows `http` alone.
fn answer(method: &str, response: http::Response<&'static str>) -> String {
    let mut driver = Driver::new(Arc::new(Settings::default().clock(|| UNIX_EPOCH)), Peer::Unknown);
    driver.recv(format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).unwrap();
    let Step::Call(_) = driver.step(Duration::ZERO) else { panic!() };
    driver.respond(Response::try_from(response).into());
    written(&mut driver)
}

fn with(name: &'static str, value: &'static str) -> http::Response<&'static str> {
    http::Response::builder().header(name, value).body("four").unwrap()
}

#[test]
fn the_framing_of_a_response_is_ours() {
    let plain = answer("GET", http::Response::new("four"));
    assert!(
        plain.starts_with("HTTP/1.1 200 OK\r\n") && plain.ends_with("\r\nContent-Length: 4\r\n\r\nfour"),
        "{plain}"
    );
    assert_eq!(answer("GET", with("Transfer-Encoding", "chunked")), plain);
    let right = answer("GET", with("Content-Length", "4"));
    assert!(right.contains("\r\ncontent-length: 4\r\n") && !right.contains("\r\nContent-Length"), "{right}");
    assert!(right.ends_with("\r\n\r\nfour"), "{right}");
    for wrong in [with("Content-Length", "3"), with("Content-Length", "x"), with("Transfer-Encoding", "gzip")] {
        let answer = answer("GET", wrong);
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
        assert_eq!(answer.to_lowercase().matches("\r\ncontent-length: ").count(), 1, "{answer}");
    }
    let close = answer("GET", with("Connection", "close"));
    assert_eq!(close.to_lowercase().matches("\r\nconnection: close\r\n").count(), 1, "{close}");
    let head = answer("HEAD", http::Response::new("four"));
    assert!(head.ends_with("\r\nContent-Length: 4\r\n\r\n"), "{head}");
    let date = answer("GET", with("Date", "Sun, 06 Nov 1994 08:49:37 GMT"));
    assert_eq!(date.to_lowercase().matches("\r\ndate: ").count(), 1, "{date}");
    let switch = http::Response::builder().status(101).body("").unwrap();
    assert!(answer("GET", switch).starts_with("HTTP/1.1 500 "));
}

#[test]
fn a_response_keeps_status_fields_and_content() {
    let response = http::Response::builder().status(418).header("A", "1").header("a", "2").body("short").unwrap();
    let response = Response::try_from(response).unwrap();
    assert_eq!((response.status().as_u16(), content(&response)), (418, b"short".to_vec()));
    assert_eq!(response.fields(), &fields(&[("a", "1"), ("a", "2")]));
    assert!(matches!(response.body(), Body::Full(_)));
    let parts = response.head().to_http().unwrap();
    assert_eq!(ResponseHead::from_http(&parts).unwrap(), *response.head());
}

#[test]
fn octets_beyond_ascii_are_kept_and_credentials_are_marked() {
    let sent = request(b"GET / HTTP/1.1\r\nHost: a\r\nX: caf\xe9 \t\xff\r\nCookie: a=b\r\n\r\n");
    let parts = sent.head().to_http().unwrap();
    assert_eq!(parts.headers["x"].as_bytes(), b"caf\xe9 \t\xff");
    assert!(parts.headers["cookie"].is_sensitive() && !parts.headers["x"].is_sensitive());
    assert_eq!(Fields::from_http(&parts.headers).unwrap(), *sent.fields());
}

#[test]
fn more_than_a_map_can_hold_is_an_error() {
    let mut many = Fields::new();
    for number in 0..32_769 {
        many.append(number.to_string(), "").unwrap();
    }
    let error = many.to_http().unwrap_err();
    assert_eq!((error, error.status()), (ConversionError::FieldsTooLarge, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    let long = fields(&[(&"x".repeat(1 << 16), "")]);
    assert_eq!(long.to_http().unwrap_err(), ConversionError::FieldsTooLarge);
}

/// The lines by name: the values of each in their order.
fn by_name(fields: &Fields) -> Vec<(String, Vec<Vec<u8>>)> {
    let mut names: Vec<String> =
        fields.iter().map(|(name, _)| String::from_utf8(name.to_ascii_lowercase()).unwrap()).collect();
    names.sort();
    names.dedup();
    let values = |name: &String| fields.get_all(name).map(<[u8]>::to_vec).collect();
    names.iter().map(|name| (name.clone(), values(name))).collect()
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    let octet = prop_oneof![Just(b'\t'), 0x20..=0x7e_u8, 0x80..=0xff_u8];
    prop::collection::vec(octet, 0..20)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fields_come_back(lines in prop::collection::vec(("[a-cA-C!#$%&'*+.^_`|~-]{1,2}", value()), 0..30)) {
        let mut sent = Fields::new();
        for (name, value) in &lines {
            sent.append(name, value).unwrap();
        }
        let map = sent.to_http().unwrap();
        prop_assert_eq!(map.len(), lines.len());
        prop_assert_eq!(by_name(&Fields::from_http(&map).unwrap()), by_name(&sent));
    }

    #[test]
    fn maps_come_back(lines in prop::collection::vec(("[a-c-]{1,2}", value()), 0..30)) {
        let mut sent = HeaderMap::new();
        for (name, value) in &lines {
            let name = http::HeaderName::try_from(name).unwrap();
            sent.append(name, HeaderValue::from_bytes(value.trim_ascii()).unwrap());
        }
        let fields = Fields::from_http(&sent).unwrap();
        prop_assert_eq!(fields.to_http().unwrap(), sent);
    }

    #[test]
    fn a_target_comes_back_or_is_an_error(path in "/[!\"$-~]{0,20}") {
        let sent = RequestHead::build(Method::GET, &path).unwrap();
        match sent.to_http() {
            Ok(parts) => {
                let back = RequestHead::from_http(&parts).unwrap();
                prop_assert_eq!(back.target(), path.as_str());
            }
            Err(error) => prop_assert_eq!(error, ConversionError::Uri),
        }
    }
}
