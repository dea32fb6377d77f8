//! The end of a server.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use basehttp_handler::{Handler, Request};

use super::running::{Adapter, Build, PATIENCE, Running, read_all, read_until};
use super::serving::{GET, hello};

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

pub(crate) fn a_graceful_stop_answers_what_has_begun(adapter: Adapter) {
    let (handler, entered, go) = gated();
    let server = Running::start(adapter, handler);
    let mut idle = server.connect();
    let mut busy = server.connect();
    busy.write_all(GET.as_bytes()).unwrap();
    entered.recv_timeout(PATIENCE).unwrap();
    server.graceful(PATIENCE);
    assert_eq!(read_all(&mut idle), "");
    // The listeners are closed before the stop is over.
    let begun = Instant::now();
    while TcpStream::connect(server.address).is_ok() {
        assert!(begun.elapsed() < PATIENCE);
    }
    go.send(()).unwrap();
    let answer = read_all(&mut busy);
    assert!(answer.contains("\r\nConnection: close\r\n") && answer.ends_with("done"), "{answer}");
    drop((idle, busy));
    server.join();
}

pub(crate) fn a_stop_at_once_cuts_off(adapter: Adapter) {
    let server = Running::start(adapter, hello);
    let mut stream = server.connect();
    stream.write_all(b"GET / HT").unwrap();
    while server.connections() == 0 {
        thread::yield_now();
    }
    server.now();
    // What was sent and not read yet makes the system say so.
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    assert!(read.is_ok() || read.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset));
    assert_eq!(answer, b"");
    server.join();
}

pub(crate) fn a_graceful_stop_has_an_end(adapter: Adapter) {
    let server = Running::start(adapter, hello);
    let mut stream = server.connect();
    stream.write_all(b"GET / HT").unwrap();
    while server.connections() == 0 {
        thread::yield_now();
    }
    server.graceful(Duration::from_millis(100));
    server.join();
}

pub(crate) fn a_graceful_stop_waits_for_an_exchange(adapter: Adapter) {
    let server = Running::exchanging(adapter);
    let mut stream = server.connect();
    write!(stream, "POST /collect HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n").unwrap();
    // The handler has it.
    assert_eq!(read_until(&mut stream, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    server.graceful(PATIENCE);
    stream.write_all(b"last").unwrap();
    let answer = read_all(&mut stream);
    assert!(answer.contains("\r\nConnection: close\r\n") && answer.ends_with("last"), "{answer}");
    drop(stream);
    server.join();
}

pub(crate) fn a_response_that_is_cut_off_does_not_end_as_if_it_were_whole(adapter: Adapter) {
    for is_at_once in [true, false] {
        let server = Running::exchanging(adapter);
        let mut stream = server.connect();
        // The end of the connection is the end of the content.
        write!(stream, "POST /parts HTTP/1.0\r\nContent-Length: 9\r\n\r\npart").unwrap();
        read_until(&mut stream, "\r\n\r\npart");
        if is_at_once {
            server.now();
        } else {
            server.graceful(Duration::from_millis(50));
        }
        let end = stream.read_to_end(&mut Vec::new());
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset, "at once: {is_at_once}");
        server.join();
    }
}

pub(crate) fn a_request_that_has_come_is_answered_by_one_that_makes_room(adapter: Adapter) {
    let server = Running::start_with(adapter, Build { max_connections: Some(1), ..Build::default() }, hello);
    let mut first = server.connect();
    first.write_all(GET.as_bytes()).unwrap();
    read_until(&mut first, "hello");
    // Both are there before the server can know of either.
    let mut second = server.connect();
    first.write_all(GET.as_bytes()).unwrap();
    second.write_all(GET.as_bytes()).unwrap();
    assert!(read_until(&mut first, "hello").starts_with("HTTP/1.1 200 "));
    assert!(read_until(&mut second, "hello").starts_with("HTTP/1.1 200 "));
}

pub(crate) fn a_stop_at_once_ends_an_exchange(adapter: Adapter) {
    let server = Running::exchanging(adapter);
    let mut stream = server.connect();
    write!(stream, "POST /collect HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n").unwrap();
    read_until(&mut stream, "\r\n\r\n");
    let begun = Instant::now();
    server.now();
    let mut answer = Vec::new();
    // An end or a reset, and no answer.
    let _ = stream.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    drop(stream);
    server.join();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

/// Who does not wait for a server any more has its port back at once.
#[test]
fn a_server_that_is_dropped_listens_no_more() {
    let moment = Duration::from_millis(20);
    for _ in 0..10 {
        let server = basehttp_tokio::Server::bind(("127.0.0.1", 0)).unwrap();
        let address = server.local_addr().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            tokio::time::timeout(moment, server.serve(|_: Request| "x")).await.unwrap_err();
            drop(basehttp_tokio::Server::bind(address).unwrap());
        });

        let server = basehttp_smol::Server::bind(("127.0.0.1", 0)).unwrap();
        let address = server.local_addr().unwrap();
        smol::block_on(async {
            let served = async { server.serve(|_: Request| "x").await.is_err() };
            let ended = async {
                smol::Timer::after(moment).await;
                true
            };
            assert!(smol::future::or(served, ended).await);
            drop(basehttp_smol::Server::bind(address).unwrap());
        });
    }
}
