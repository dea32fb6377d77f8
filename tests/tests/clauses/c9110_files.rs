//! RFC 9110 8, 10 and 15: what static files and error pages say of themselves.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, SystemTime};

use basehttp_handler::error_page::{DefaultPages, ErrorPage, ErrorPages as _};
use basehttp_handler::{Body, ErrorText, Handler as _, Methods, Peer, Request, Response, StaticFiles, by_method};
use basehttp_proto::server::{Connection, Event};
use basehttp_proto::{Config, Fields, Method, StatusCode};
use bytes::Bytes;
use tempfile::TempDir;

/// A site with one file of ten octets that changed long ago.
pub(crate) fn site() -> (TempDir, StaticFiles) {
    let root = tempfile::tempdir().expect("a directory");
    let path = root.path().join("digits");
    fs::write(&path, "0123456789").expect("a file");
    let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    File::options().write(true).open(&path).and_then(|file| file.set_modified(past)).expect("a time");
    let site = StaticFiles::open(root.path()).expect("the directory");
    (root, site)
}

/// What a site answers.
pub(crate) fn respond(site: &StaticFiles, method: &str, target: &str, fields: &[(&str, &str)]) -> Response {
    site.respond(&request(method, target, fields))
}

/// A request as a connection reads it.
fn request(method: &str, target: &str, fields: &[(&str, &str)]) -> Request {
    let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let mut connection = Connection::new(Config::default());
    connection.recv(format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_bytes()).expect("room");
    match connection.poll_event() {
        Ok(Some(Event::Request(head))) => Request::new(head, Bytes::new(), Fields::new(), Peer::Unknown),
        other => panic!("{method} {target}: {other:?}"),
    }
}

/// The entity tag of the file.
pub(crate) fn tag(site: &StaticFiles) -> String {
    let response = respond(site, "GET", "/digits", &[]);
    response.fields().get_str("ETag").expect("a tag").to_owned()
}

/// The content of a response; none for an error page, which is made later.
pub(crate) fn content(response: &Response) -> Vec<u8> {
    match response.body() {
        Body::Full(content) => content.to_vec(),
        Body::File(slice) => {
            let mut content = vec![0; usize::try_from(slice.len).expect("a small file")];
            slice.file.read_exact_at(&mut content, slice.offset).expect("the file");
            content
        }
        Body::Error(_) => Vec::new(),
    }
}

#[test]
fn c9110_8_3_1_what_has_content_has_a_type() {
    let (_root, site) = site();
    let site = site.listing(true);
    for (target, accept) in [("/digits", "*/*"), ("/", "text/html"), ("/", "text/plain"), ("/", "application/json")] {
        let response = respond(&site, "GET", target, &[("Accept", accept)]);
        assert!(response.fields().contains("Content-Type"), "{target} {accept}");
    }
    for &status in StatusCode::REGISTERED.iter().filter(|status| status.is_error()) {
        let text = ErrorText::default();
        let (kind, page) = DefaultPages.render(&ErrorPage::new(status, &text), None);
        assert!(!kind.is_empty() && !page.is_empty(), "{status}");
    }
    for response in [Response::text("x"), Response::html("x"), Response::from("x")] {
        assert!(response.fields().contains("Content-Type"));
    }
}

#[test]
fn c9110_8_4_1_no_coding_is_applied_and_none_is_claimed() {
    let (_root, site) = site();
    for accepted in ["gzip", "gzip, br;q=0.5", "identity;q=0", "*;q=0", ""] {
        let response = respond(&site, "GET", "/digits", &[("Accept-Encoding", accepted)]);
        assert_eq!((response.status().as_u16(), content(&response)), (200, b"0123456789".to_vec()));
        assert!(!response.fields().contains("Content-Encoding"), "{accepted}");
    }
}

#[test]
fn c9110_8_7_2_content_location_of_a_request_changes_nothing() {
    let (_root, site) = site();
    let response = respond(&site, "GET", "/digits", &[("Content-Location", "/nothing")]);
    assert_eq!((response.status().as_u16(), content(&response)), (200, b"0123456789".to_vec()));
    assert!(!response.fields().contains("Content-Location"));
}

struct Nothing;

impl Methods for Nothing {
    fn allow(&self) -> &[Method] {
        &[]
    }
}

#[test]
fn c9110_15_5_6_1_a_405_names_the_methods_that_are_allowed() {
    let (_root, site) = site();
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE"] {
        let response = respond(&site, method, "/digits", &[]);
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(response.fields().get_str("Allow"), Some("GET, HEAD, OPTIONS"), "{method}");
        let response = by_method(Nothing).handle(request(method, "/", &[]));
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(response.fields().get_str("Allow"), Some("OPTIONS"), "{method}");
    }
}

#[test]
fn c9110_9_3_7_1_options_names_the_methods_that_are_allowed() {
    let (_root, site) = site();
    for target in ["/digits", "/nothing", "*"] {
        let response = respond(&site, "OPTIONS", target, &[]);
        assert_eq!(response.status(), StatusCode::NO_CONTENT, "{target}");
        assert_eq!(response.fields().get_str("Allow"), Some("GET, HEAD, OPTIONS"), "{target}");
    }
}

#[test]
fn c9110_12_5_5_3_what_depends_on_accept_says_so() {
    let (_root, site) = site();
    let site = site.listing(true);
    let response = respond(&site, "GET", "/", &[("Accept", "application/json")]);
    assert_eq!(response.fields().get_str("Vary"), Some("Accept"));
    assert!(!respond(&site, "GET", "/digits", &[]).fields().contains("Vary"));
}

#[test]
fn c9110_12_5_3_3_no_error_of_ours_offers_codings() {
    let (_root, site) = site();
    for (method, target) in [("GET", "/nothing"), ("POST", "/digits"), ("SPAM", "/"), ("GET", "/%")] {
        let response = respond(&site, method, target, &[("Content-Encoding", "gzip")]);
        assert!(!response.fields().contains("Accept-Encoding"), "{method} {target}");
    }
}
