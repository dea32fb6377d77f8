//! Requests and their answers.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use basehttp_handler::{Counters, Observer, Request, Response, Settings};
use basehttp_proto::{Config, StatusCode};

use super::running::{Adapter, Build, PATIENCE, Running, Stop, connect, read_all, read_until, serve_one};

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
    for attempt in 0..100 {
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
    let client = |address, _| {
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
    let (record, _) = serve_one(adapter, true, |_, _| String::new(), hello);
    assert_eq!(record.unwrap_err().kind(), io::ErrorKind::Interrupted);
}

pub(crate) fn one_request_that_does_not_come_is_not_waited_for(adapter: Adapter) {
    let client = |address, stop: Stop| {
        let mut stream = connect(address);
        let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        read_until(&mut stream, "100 Continue\r\n\r\n");
        stop(Duration::from_millis(100));
        let begun = Instant::now();
        let _ = stream.read_to_end(&mut Vec::new());
        assert!(begun.elapsed() < Duration::from_secs(5), "the deadline of content is no deadline of a stop");
        String::new()
    };
    let (record, _) = serve_one(adapter, false, client, hello);
    assert!(record.unwrap().is_none());
}

pub(crate) fn a_listener_that_fails_is_told_of_and_stops_no_other(adapter: Adapter) {
    // It was never told to listen.
    let broken = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    broken.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let pauses = Arc::new(Pauses::default());
    let settings = Settings::default().observer(Arc::clone(&pauses));
    let build = Build { settings, second: Some(broken.into()), ..Build::default() };
    let server = Running::start_with(adapter, build, hello);
    for _ in 0..3 {
        assert!(server.ask("GET / HTTP/1.0\r\n\r\n").ends_with("hello"));
    }
    let begun = Instant::now();
    while pauses.0.load(Ordering::Relaxed) == 0 {
        assert!(begun.elapsed() < PATIENCE, "nobody was told");
        thread::yield_now();
    }
}

/// Counts how often nobody could be taken.
#[derive(Default)]
struct Pauses(AtomicUsize);

impl Observer for Pauses {
    fn on_pause(&self, _: &io::Error) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
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
