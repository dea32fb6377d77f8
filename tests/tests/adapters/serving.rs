//! Requests and their answers.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use basehttp_handler::{Counters, Request, Response, Settings};
use basehttp_proto::{Config, StatusCode};

use super::running::{Adapter, Build, PATIENCE, Running, connect, read_all, serve_one};

/// Timeouts of a fraction of a second, so that a test sees them pass.
fn impatient() -> Settings {
    let mut config = Config::default();
    config.timeouts.head = Duration::from_millis(300);
    config.timeouts.idle = Duration::from_millis(300);
    config.timeouts.linger_idle = Duration::from_millis(300);
    config.timeouts.linger = Duration::from_millis(600);
    Settings::default().config(config)
}

pub(crate) fn hello(_: Request) -> &'static str {
    "hello"
}

fn path(request: Request) -> String {
    request.path().to_owned()
}

pub(crate) const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

pub(crate) fn pipelined_requests_are_answered_in_order(adapter: Adapter) {
    let server = Running::start(adapter, path);
    let requests: String = (0..100).map(|i| format!("GET /{i:03} HTTP/1.1\r\nHost: a\r\n\r\n")).collect();
    let answers = server.ask(&requests);
    let bodies: Vec<&str> = answers.split("HTTP/1.1 200 OK\r\n").skip(1).map(|a| &a[a.len() - 4..]).collect();
    assert_eq!(bodies, (0..100).map(|i| format!("/{i:03}")).collect::<Vec<_>>());
}

pub(crate) fn t45_a_slow_head_is_cut_while_others_are_served(adapter: Adapter) {
    let server = Running::start_with(adapter, Build { settings: impatient(), ..Build::default() }, hello);
    let mut slow = server.connect();
    let begun = Instant::now();
    let mut octets = GET.bytes().cycle();
    let answer = loop {
        // An octet now and then does not move the deadline; once the answer is there, writing may fail.
        let _ = slow.write_all(&[octets.next().filter(|o| *o != b'\n').unwrap_or(b'x')]);
        assert!(server.ask(GET).ends_with("hello"));
        slow.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let mut buffer = [0; 64];
        match slow.read(&mut buffer) {
            Ok(len) => break buffer[..len].to_vec(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => panic!("{error}"),
        }
        assert!(begun.elapsed() < PATIENCE);
    };
    assert!(answer.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&answer));
    assert!(begun.elapsed() >= Duration::from_millis(300));
}

pub(crate) fn t59_a_strict_writer_reads_the_early_413(adapter: Adapter) {
    let server = Running::start(adapter, hello);
    for attempt in 0..20 {
        let mut stream = server.connect();
        write!(stream, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n").unwrap();
        // As http.client does: the first failed write ends it, unread answer or not.
        let written = stream.write_all(&vec![b'x'; 8_000_000]);
        let mut answer = [0; 12];
        let read = stream.read_exact(&mut answer);
        assert!(written.is_ok(), "attempt {attempt}: {written:?}");
        assert!(read.is_ok() && answer == *b"HTTP/1.1 413", "attempt {attempt}: {read:?} {answer:?}");
    }
}

pub(crate) fn m22_one_request_is_served_and_told_of(adapter: Adapter) {
    let client = |address| {
        let mut stream = connect(address);
        stream.write_all(GET.repeat(2).as_bytes()).unwrap();
        read_all(&mut stream)
    };
    let (record, answer) = serve_one(adapter, false, client, hello);
    let record = record.unwrap().unwrap();
    assert_eq!(record.status, StatusCode::OK);
    assert_eq!(record.content_octets, Some(5));
    assert!(answer.contains("\r\nConnection: close\r\n") && answer.matches("HTTP/1.1 ").count() == 1, "{answer}");
}

pub(crate) fn a_stopped_server_serves_not_even_one(adapter: Adapter) {
    let (record, _) = serve_one(adapter, true, |_| String::new(), hello);
    assert_eq!(record.unwrap_err().kind(), io::ErrorKind::Interrupted);
}

pub(crate) fn several_listeners_share_one_server(adapter: Adapter) {
    let second = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let other = second.local_addr().unwrap();
    let server = Running::start_with(adapter, Build { second: Some(second), ..Build::default() }, hello);
    for address in [server.address, other] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        assert!(read_all(&mut stream).ends_with("hello"));
    }
}

pub(crate) fn the_observer_sees_answers_and_refusals(adapter: Adapter) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let settings = Settings::default().observer(move |record: &basehttp_handler::Record| {
        let line = record.request_line.clone().unwrap_or_default();
        sink.lock().unwrap().push((String::from_utf8(line.to_vec()).unwrap(), record.status.as_u16()));
    });
    let server = Running::start_with(adapter, Build { settings, ..Build::default() }, hello);
    server.ask("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
    server.graceful(PATIENCE);
    server.join();
    let expected = [("GET /a HTTP/1.1", 200), ("GET /b HTTP/1.1", 400)];
    assert_eq!(*seen.lock().unwrap(), expected.map(|(line, status)| (line.to_owned(), status)));
}

pub(crate) fn t47_content_that_nobody_reads_is_not_made_twice(adapter: Adapter) {
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    let server = Running::start(adapter, move |_: Request| {
        count.fetch_add(1, Ordering::Relaxed);
        Response::text("x".repeat(1 << 20))
    });
    let mut stream = server.connect();
    // Far more requests than the sockets' buffers hold answers for.
    stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let _ = stream.write_all(GET.repeat(20_000).as_bytes());
    assert!(
        made.load(Ordering::Relaxed) < 100,
        "{} answers made for a peer that reads none",
        made.load(Ordering::Relaxed)
    );
}

pub(crate) fn every_connection_is_told_of_to_its_end(adapter: Adapter) {
    let counters = Arc::new(Counters::default());
    let settings = impatient().observer(Arc::clone(&counters));
    let server = Running::start_with(adapter, Build { settings, ..Build::default() }, hello);
    assert!(server.ask(GET).ends_with("hello"));
    let mut reset = server.connect();
    reset.write_all(b"GET / HTTP/1.1\r\nHo").unwrap();
    drop(reset);
    let silent = server.connect();
    let begun = Instant::now();
    while counters.read().opened < 3 || counters.read().open > 0 || server.connections() > 0 {
        assert!(begun.elapsed() < PATIENCE, "{:?}", counters.read());
    }
    drop(silent);
    assert_eq!(counters.read().opened, 3);
}
