//! What a driver makes of what proxies tell.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use basehttp_handler::{Driver, ForwardedBy, Peer, Record, Response, Settings, Step};
use support::written;

const NOW: Duration = Duration::ZERO;

/// Settings of a server behind proxies, and the records that it makes.
fn behind(by: ForwardedBy) -> (Settings, Arc<Mutex<Vec<Record>>>) {
    let records = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&records);
    let settings = Settings::default().forwarded(by, "10.0.0.0/8".parse().unwrap());
    (settings.observer(move |record: &Record| sink.lock().unwrap().push(record.clone())), records)
}

/// The peer that a handler and the log see.
#[test]
fn a_trusted_proxy_says_who_sent_a_request() {
    let (settings, records) = behind(ForwardedBy::Forwarded);
    let proxy = Peer::Ip("10.0.0.1:4000".parse().unwrap());
    let mut driver = Driver::new(Arc::new(settings), proxy);
    assert!(matches!(driver.step(NOW), Step::Read(_)));
    driver.recv(b"GET / HTTP/1.1\r\nHost: a\r\nForwarded: for=192.0.2.7;proto=https;host=b\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nx\r\n").unwrap();
    let Step::Call(request) = driver.step(NOW) else { panic!() };
    assert_eq!((request.peer().to_string(), request.is_secured()), ("192.0.2.7".to_owned(), true));
    assert_eq!(request.client().unwrap().host.as_deref(), Some("b"));
    driver.respond(Response::text(""));
    // The next is the proxy's own, and so is what is not a request.
    let Step::Call(request) = driver.step(NOW) else { panic!() };
    assert_eq!((request.peer(), request.is_secured()), (proxy, false));
    driver.respond(Response::text(""));
    while !matches!(driver.step(NOW), Step::Read(_) | Step::Close | Step::Shutdown) {
        written(&mut driver);
    }
    let seen: Vec<String> =
        records.lock().unwrap().iter().map(|record| format!("{} {}", record.peer, record.status)).collect();
    assert_eq!(seen, ["192.0.2.7 200", "10.0.0.1 200", "10.0.0.1 400"]);
}

#[test]
fn https_is_served_where_a_trusted_proxy_says_that_it_came_so() {
    for (by, status) in [("10.0.0.1:1", 200), ("192.0.2.1:1", 421)] {
        let (settings, records) = behind(ForwardedBy::XForwarded);
        let mut driver = Driver::new(Arc::new(settings), Peer::Ip(by.parse().unwrap()));
        assert!(matches!(driver.step(NOW), Step::Read(_)));
        driver.recv(b"GET https://a/ HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\n\r\n").unwrap();
        if let Step::Call(_) = driver.step(NOW) {
            driver.respond(Response::text(""));
        }
        assert_eq!(records.lock().unwrap()[0].status.as_u16(), status);
    }
}
