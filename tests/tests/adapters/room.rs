//! Who waits for whom.

use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use basehttp_handler::Request;

use super::running::{Adapter, Build, PATIENCE, Running, read_all, read_until};
use super::serving::{GET, hello};

pub(crate) fn connections_beyond_the_cap_wait(adapter: Adapter) {
    let (entered, seen) = mpsc::channel::<()>();
    let entered = Mutex::new(entered);
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let opened = Arc::clone(&gate);
    let server =
        Running::start_with(adapter, Build { max_connections: Some(2), ..Build::default() }, move |_: Request| {
            entered.lock().unwrap().send(()).unwrap();
            let is_open = gate.0.lock().unwrap();
            drop(gate.1.wait_timeout_while(is_open, PATIENCE, |is_open| !*is_open).unwrap());
            "hello"
        });
    let holders = [server.connect(), server.connect()];
    for mut holder in &holders {
        holder.write_all(GET.as_bytes()).unwrap();
        seen.recv_timeout(PATIENCE).unwrap();
    }
    let mut third = server.connect();
    third.write_all(GET.as_bytes()).unwrap();
    assert_eq!(server.connections(), 2);
    seen.recv_timeout(Duration::from_millis(200)).expect_err("the third must wait");
    *opened.0.lock().unwrap() = true;
    opened.1.notify_all();
    seen.recv_timeout(PATIENCE).unwrap();
    assert!(read_until(&mut third, "hello").contains("200 OK"));
}

pub(crate) fn t49_an_idle_connection_makes_room(adapter: Adapter) {
    let server = Running::start_with(adapter, Build { max_connections: Some(1), ..Build::default() }, hello);
    let mut idle = server.connect();
    idle.write_all(GET.as_bytes()).unwrap();
    assert!(read_until(&mut idle, "hello").contains("200 OK"));
    let begun = Instant::now();
    let mut waiting = server.connect();
    waiting.write_all(GET.as_bytes()).unwrap();
    assert!(read_until(&mut waiting, "hello").contains("200 OK"));
    // Long before the idle deadline of 15 s, and before the end of the one that makes room.
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(read_all(&mut idle), "");
}

pub(crate) fn t49_silent_connections_make_room(adapter: Adapter) {
    let server = Running::start_with(adapter, Build { max_connections: Some(4), ..Build::default() }, hello);
    let silent: Vec<TcpStream> = (0..4).map(|_| server.connect()).collect();
    let begun = Instant::now();
    while server.connections() < silent.len() {
        assert!(begun.elapsed() < PATIENCE);
    }
    // One after the other, long before the deadline of a head.
    for _ in 0..4 {
        assert!(server.ask(GET).ends_with("hello"));
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

pub(crate) fn a_thousand_silent_connections_delay_nobody(adapter: Adapter) {
    let server = Running::start(adapter, hello);
    let silent: Vec<TcpStream> = (0..1000).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    let begun = Instant::now();
    while server.connections() < silent.len() {
        assert!(begun.elapsed() < PATIENCE);
    }
    let begun = Instant::now();
    for _ in 0..10 {
        assert!(server.ask(GET).ends_with("hello"));
    }
    // Far below any deadline that they wait for.
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

pub(crate) fn slow_handlers_delay_nobody_else(adapter: Adapter) {
    let (entered, seen) = mpsc::channel::<()>();
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let opened = Arc::clone(&gate);
    let entered = Mutex::new(entered);
    let server = Running::start(adapter, move |request: Request| {
        if request.path() == "/slow" {
            entered.lock().unwrap().send(()).unwrap();
            let is_open = gate.0.lock().unwrap();
            drop(gate.1.wait_timeout_while(is_open, PATIENCE, |is_open| !*is_open).unwrap());
        }
        "hello"
    });
    let mut slow: Vec<TcpStream> = (0..8).map(|_| server.connect()).collect();
    for stream in &mut slow {
        stream.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        seen.recv_timeout(PATIENCE).unwrap();
    }
    // While all of them wait.
    assert!(server.ask(GET).ends_with("hello"));
    *opened.0.lock().unwrap() = true;
    opened.1.notify_all();
    for stream in &mut slow {
        assert!(read_until(stream, "hello").contains("200 OK"));
    }
}

pub(crate) fn a_full_server_closes_nobody_in_the_middle(adapter: Adapter) {
    let server = Running::start_with(adapter, Build { max_connections: Some(4), ..Build::default() }, hello);
    thread::scope(|scope| {
        for client in 0..40 {
            let mut stream = server.connect();
            scope.spawn(move || {
                for request in 0..3 {
                    stream.write_all(GET.as_bytes()).unwrap();
                    let answer = read_until(&mut stream, "hello");
                    assert!(answer.starts_with("HTTP/1.1 200 "), "client {client}, request {request}: {answer}");
                }
            });
        }
    });
}
