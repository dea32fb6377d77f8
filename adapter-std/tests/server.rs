//! The blocking server over real sockets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use basehttp_handler::{Handler, Request, Response, Settings};
use basehttp_proto::{Config, StatusCode};
use basehttp_std::{Server, ShutdownHandle};

/// Far longer than anything here takes: reaching it is a failure, not a wait.
const PATIENCE: Duration = Duration::from_secs(20);

struct Running {
    address: SocketAddr,
    handle: ShutdownHandle,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Running {
    fn start(handler: impl Handler + 'static) -> Self {
        Self::start_with(Settings::default(), |server| server, handler)
    }

    fn start_with(settings: Settings, build: impl FnOnce(Server) -> Server, handler: impl Handler + 'static) -> Self {
        let server = build(Server::bind(("127.0.0.1", 0)).unwrap().settings(settings));
        let (address, handle) = (server.local_addr().unwrap(), server.shutdown_handle());
        Self { address, handle, thread: Some(thread::spawn(move || server.serve(handler))) }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends `request`, ends the sending side, and returns everything that comes back.
    fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        read_all(&mut stream)
    }

    fn join(mut self) {
        self.thread.take().unwrap().join().unwrap().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.now();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

/// Reads up to and with `end`.
fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut answer = Vec::new();
    let mut octet = [0];
    while !answer.ends_with(end.as_bytes()) {
        assert_eq!(stream.read(&mut octet).unwrap(), 1, "ended after {:?}", String::from_utf8_lossy(&answer));
        answer.push(octet[0]);
    }
    String::from_utf8(answer).unwrap()
}

/// Timeouts of a fraction of a second, so that a test sees them pass.
fn impatient() -> Settings {
    let mut config = Config::default();
    config.timeouts.head = Duration::from_millis(300);
    config.timeouts.idle = Duration::from_millis(300);
    config.timeouts.linger_idle = Duration::from_millis(300);
    config.timeouts.linger = Duration::from_millis(600);
    Settings::default().config(config)
}

fn hello(_: Request) -> &'static str {
    "hello"
}

fn path(request: Request) -> String {
    request.path().to_owned()
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn a_connection_persists() {
    let server = Running::start(path);
    let mut stream = server.connect();
    for target in ["/1", "/22", "/333"] {
        write!(stream, "GET {target} HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        assert!(read_until(&mut stream, &format!("\r\n\r\n{target}")).starts_with("HTTP/1.1 200 OK\r\n"));
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Running::start(path);
    let requests: String = (0..100).map(|i| format!("GET /{i:03} HTTP/1.1\r\nHost: a\r\n\r\n")).collect();
    let answers = server.ask(&requests);
    let bodies: Vec<&str> = answers.split("HTTP/1.1 200 OK\r\n").skip(1).map(|a| &a[a.len() - 4..]).collect();
    assert_eq!(bodies, (0..100).map(|i| format!("/{i:03}")).collect::<Vec<_>>());
}

#[test]
fn t58_a_panic_is_a_500_and_harms_nobody() {
    let server = Running::start(|request: Request| {
        assert!(request.path() != "/panic", "as asked");
        "fine"
    });
    let mut stream = server.connect();
    for _ in 0..3 {
        stream.write_all(b"GET /panic HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        assert!(read_until(&mut stream, "</html>").starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
        // The page may end in a line end.
        stream.write_all(GET.as_bytes()).unwrap();
        assert!(read_until(&mut stream, "\r\n\r\nfine").contains("HTTP/1.1 200 OK\r\n"));
    }
}

#[test]
fn t60_a_half_closed_client_is_answered() {
    let server = Running::start(hello);
    assert!(server.ask(GET).ends_with("\r\n\r\nhello"));
}

#[test]
fn t45_a_slow_head_is_cut_while_others_are_served() {
    let server = Running::start_with(impatient(), |server| server, hello);
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

#[test]
fn t45_a_silent_connection_is_closed_without_an_answer() {
    let server = Running::start_with(impatient(), |server| server, hello);
    assert_eq!(read_all(&mut server.connect()), "");
}

#[test]
fn an_idle_connection_is_closed() {
    let server = Running::start_with(impatient(), |server| server, hello);
    let mut stream = server.connect();
    stream.write_all(GET.as_bytes()).unwrap();
    assert!(read_all(&mut stream).ends_with("hello"));
}

#[test]
fn t59_a_strict_writer_reads_the_early_413() {
    let server = Running::start(hello);
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

#[test]
fn t24_nothing_after_an_error_is_answered() {
    let server = Running::start(hello);
    let answers = server.ask("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(answers.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    assert!(answers.contains("\r\nConnection: close\r\n"));
    assert_eq!(answers.matches("HTTP/1.1 ").count(), 1);
}

#[test]
fn connections_beyond_the_cap_wait() {
    let (entered, seen) = mpsc::channel::<()>();
    let entered = Mutex::new(entered);
    let server = Running::start_with(
        Settings::default(),
        |server| server.max_connections(2),
        move |_: Request| {
            entered.lock().unwrap().send(()).unwrap();
            "hello"
        },
    );
    let holders = [server.connect(), server.connect()];
    for mut holder in &holders {
        holder.write_all(GET.as_bytes()).unwrap();
        seen.recv_timeout(PATIENCE).unwrap();
    }
    let mut third = server.connect();
    third.write_all(GET.as_bytes()).unwrap();
    assert_eq!(server.handle.connections(), 2);
    seen.recv_timeout(Duration::from_millis(200)).expect_err("the third must wait");
    drop(holders);
    seen.recv_timeout(PATIENCE).unwrap();
    assert!(read_until(&mut third, "hello").contains("200 OK"));
}

#[test]
fn t49_an_idle_connection_makes_room() {
    let server = Running::start_with(Settings::default(), |server| server.max_connections(1), hello);
    let mut idle = server.connect();
    idle.write_all(GET.as_bytes()).unwrap();
    assert!(read_until(&mut idle, "hello").contains("200 OK"));
    let begun = Instant::now();
    let mut waiting = server.connect();
    waiting.write_all(GET.as_bytes()).unwrap();
    assert!(read_until(&mut waiting, "hello").contains("200 OK"));
    // Long before the idle deadline of 15 s.
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert_eq!(read_all(&mut idle), "");
}

/// A handler that tells when it was entered, and answers when it is told to.
fn gated() -> (impl Handler, Receiver<()>, Sender<()>) {
    let (entered, seen) = mpsc::channel();
    let (go, gate) = mpsc::channel();
    let shared = Mutex::new((entered, gate));
    let handler = move |_: Request| {
        let shared = shared.lock().unwrap();
        shared.0.send(()).unwrap();
        shared.1.recv_timeout(PATIENCE).unwrap();
        "done"
    };
    (handler, seen, go)
}

#[test]
fn a_graceful_stop_answers_what_has_begun() {
    let (handler, entered, go) = gated();
    let server = Running::start(handler);
    let mut idle = server.connect();
    let mut busy = server.connect();
    busy.write_all(GET.as_bytes()).unwrap();
    entered.recv_timeout(PATIENCE).unwrap();
    server.handle.graceful(PATIENCE);
    assert_eq!(read_all(&mut idle), "");
    assert!(TcpStream::connect(server.address).is_err() || server.handle.connections() == 1);
    go.send(()).unwrap();
    let answer = read_all(&mut busy);
    assert!(answer.contains("\r\nConnection: close\r\n") && answer.ends_with("done"), "{answer}");
    drop((idle, busy));
    server.join();
}

#[test]
fn a_stop_at_once_cuts_off() {
    let server = Running::start(hello);
    let mut stream = server.connect();
    stream.write_all(b"GET / HT").unwrap();
    while server.handle.connections() == 0 {
        thread::yield_now();
    }
    server.handle.now();
    assert_eq!(read_all(&mut stream), "");
    server.join();
}

#[test]
fn a_graceful_stop_has_an_end() {
    let server = Running::start(hello);
    let mut stream = server.connect();
    stream.write_all(b"GET / HT").unwrap();
    while server.handle.connections() == 0 {
        thread::yield_now();
    }
    server.handle.graceful(Duration::from_millis(100));
    server.join();
}

#[test]
fn m22_one_request_is_served_and_told_of() {
    let mut server = Server::bind(("127.0.0.1", 0)).unwrap();
    let address = server.local_addr().unwrap();
    let client = thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(GET.repeat(2).as_bytes()).unwrap();
        read_all(&mut stream)
    });
    let record = server.serve_one(&hello).unwrap().unwrap();
    assert_eq!(record.status, StatusCode::OK);
    assert_eq!(record.content_octets, Some(5));
    let answer = client.join().unwrap();
    assert!(answer.contains("\r\nConnection: close\r\n") && answer.matches("HTTP/1.1 ").count() == 1, "{answer}");
}

#[test]
fn a_stopped_server_serves_not_even_one() {
    let mut server = Server::bind(("127.0.0.1", 0)).unwrap();
    server.shutdown_handle().now();
    assert_eq!(server.serve_one(&hello).unwrap_err().kind(), io::ErrorKind::Interrupted);
}

#[test]
fn several_listeners_share_one_server() {
    let second = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let other = second.local_addr().unwrap();
    let server = Running::start_with(Settings::default(), |server| server.and_listener(second).unwrap(), hello);
    for address in [server.address, other] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        assert!(read_all(&mut stream).ends_with("hello"));
    }
}

#[test]
fn the_observer_sees_answers_and_refusals() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let settings = Settings::default().observer(move |record: &basehttp_handler::Record| {
        let line = record.request_line.clone().unwrap_or_default();
        sink.lock().unwrap().push((String::from_utf8(line.to_vec()).unwrap(), record.status.as_u16()));
    });
    let server = Running::start_with(settings, |server| server, hello);
    server.ask("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
    server.handle.graceful(PATIENCE);
    server.join();
    let expected = [("GET /a HTTP/1.1", 200), ("GET /b HTTP/1.1", 400)];
    assert_eq!(*seen.lock().unwrap(), expected.map(|(line, status)| (line.to_owned(), status)));
}

#[test]
fn t47_content_that_nobody_reads_is_not_made_twice() {
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    let server = Running::start(move |_: Request| {
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
