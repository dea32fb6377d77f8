//! Slow and silent company: it is cut off in time, and nobody else waits for it.
//!
//! All of it waits for the deadline of a head, so it happens at the same time, in one test.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::VecDeque;
use std::fs;
use std::io::{ErrorKind, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use common::http::{Client, get};
use common::tree::{LARGE_CONTENT, write_large};
use common::{Program, poll};
use rustix::process::{Resource, getrlimit, setrlimit};

/// From the accepted connection to the end of the head.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// Connections of those who come in numbers.
const CROWD: usize = 300;

#[test]
fn slow_company() {
    thread::scope(|scope| {
        scope.spawn(an_octet_a_second);
        scope.spawn(silent_crowd);
        #[cfg(target_os = "linux")]
        scope.spawn(no_descriptors);
        scope.spawn(a_reader_that_stops);
    });
}

fn start() -> (tempfile::TempDir, Program) {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.txt"), "content").unwrap();
    let program = Program::serve(root.path());
    (root, program)
}

/// A head that comes in at an octet a second is answered 408 at the deadline, which no octet moves. Others are answered
/// at once meanwhile.
fn an_octet_a_second() {
    let (_root, program) = start();
    let mut slow = TcpStream::connect(program.address()).unwrap();
    let began = Instant::now();
    let mut octets = b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".iter().chain([b'x'; 100].iter());
    let mut next = Duration::ZERO;
    let mut longest = Duration::ZERO;
    slow.set_nonblocking(true).unwrap();
    while slow.peek(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock) {
        if began.elapsed() >= next {
            slow.write_all(&[*octets.next().expect("an answer long before")]).unwrap();
            next += Duration::from_secs(1);
        }
        let asked = Instant::now();
        assert_eq!(get(program.address(), "/a.txt").text(), "content");
        longest = longest.max(asked.elapsed());
        thread::sleep(Duration::from_millis(20));
    }
    let waited = began.elapsed();
    slow.set_nonblocking(false).unwrap();
    let answer = Client::of(slow).head();
    assert_eq!((answer.status, answer.field("Connection")), (408, Some("close")), "{answer:?}");
    // The server's clock may have started a little before this one.
    assert!(waited > HEAD_DEADLINE - Duration::from_secs(1), "after {waited:?} already");
    // Far less than anyone would have to wait for the slow one.
    assert!(longest < HEAD_DEADLINE / 3, "a request took {longest:?}");
    program.wait_for_words(" 408 -\n");
}

/// A crowd of which nobody says a word keeps nobody waiting, and is closed at the deadline; then there is room for as many.
fn silent_crowd() {
    allow_descriptors();
    let (_root, program) = start();
    let began = Instant::now();
    let crowd: Vec<_> = (0..CROWD).map(|_| TcpStream::connect(program.address()).unwrap()).collect();
    assert_eq!(get(program.address(), "/a.txt").text(), "content");
    assert!(began.elapsed() < HEAD_DEADLINE / 2, "served after {:?}", began.elapsed());
    let closed = || {
        let is_closed = |stream: &&TcpStream| {
            stream.set_nonblocking(true).unwrap();
            matches!(stream.peek(&mut [0]), Ok(0))
        };
        crowd.iter().filter(is_closed).count()
    };
    poll("the end of the silent connections", || (closed() == CROWD).then_some(()));
    assert!(began.elapsed() > HEAD_DEADLINE - Duration::from_secs(1), "closed after {:?} already", began.elapsed());
    for stream in &crowd {
        // One that the server has closed is shut down already.
        let _ = stream.shutdown(Shutdown::Both);
    }
    // All of the room is back.
    let mut clients: Vec<_> = (0..CROWD).map(|_| Client::connect(program.address())).collect();
    for client in &mut clients {
        client.request("GET", "/a.txt", &[]);
    }
    for client in &mut clients {
        assert_eq!(client.answer("GET").text(), "content");
    }
}

/// The crowd needs more descriptors than some systems give unless asked; the program inherits them.
fn allow_descriptors() {
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(4096, |maximum| maximum.min(4096));
    if limit.current.is_some_and(|current| current < wanted) {
        limit.current = Some(wanted);
        setrlimit(Resource::Nofile, limit).unwrap();
    }
}

/// A program that has no descriptors left takes no further connection, says so once, and waits for better times without haste:
/// it serves again as soon as they have come.
#[cfg(target_os = "linux")]
fn no_descriptors() {
    let (_root, program) = start();
    assert_eq!(get(program.address(), "/a.txt").text(), "content");
    program.allow_descriptors(8);
    let begin = || {
        let mut stream = TcpStream::connect(program.address()).unwrap();
        // What has begun makes no room for others.
        stream.write_all(b"GET /a.txt HTTP/1.1\r\n").unwrap();
        stream
    };
    let mut crowd: VecDeque<_> = (0..CROWD).map(|_| begin()).collect();
    program.wait_for_words("Too many open files");
    // They come and go.
    for _ in 0..20 {
        crowd.pop_front();
        crowd.push_back(begin());
        thread::sleep(Duration::from_millis(5));
    }
    let (before, began) = (program.processor_time(), Instant::now());
    thread::sleep(Duration::from_secs(2));
    let (used, passed) = (program.processor_time() - before, began.elapsed());
    assert!(used < passed / 5, "{used:?} of processor time in {passed:?}");
    let said = program.wait_for_stderr("what it said", |text| Some(text.matches("Too many open files").count()));
    assert_eq!(said, 1);
    // It looks again once a second by now, and at once when it has closed one.
    let released = Instant::now();
    drop(crowd);
    // While the crowd goes, there may be no descriptor for the folder.
    poll("an answer after the release", || (get(program.address(), "/").status == 200).then_some(()));
    assert!(released.elapsed() < Duration::from_millis(500), "served again after {:?}", released.elapsed());
}

/// A client that stops in the middle of a large file costs no memory, however long it stays.
fn a_reader_that_stops() {
    let root = tempfile::tempdir().unwrap();
    write_large(root.path());
    let program = Program::serve(root.path());
    let began = Instant::now();
    let mut stopped: Vec<_> = (0..4).map(|_| Client::connect(program.address())).collect();
    for client in &mut stopped {
        client.request("GET", "/large.bin", &[]);
        assert_eq!(client.head().status, 200);
        client.expect_content(&LARGE_CONTENT[..1000]);
    }
    let mut rounds = 0;
    while began.elapsed() < HEAD_DEADLINE {
        assert_eq!(get(program.address(), "/").status, 200);
        if let Some(peak) = program.peak_memory() {
            assert!(peak < 16 << 10, "{peak} KiB used after {:?}", began.elapsed());
        }
        rounds += 1;
        thread::sleep(Duration::from_millis(100));
    }
    assert!(rounds > 1);
    for client in &mut stopped {
        client.expect_content(&LARGE_CONTENT[1000..]);
    }
}
