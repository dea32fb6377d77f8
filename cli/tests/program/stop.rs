//! Stopping: gracefully when asked, at once when asked again.

use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::time::Duration;

use super::common::http::{Client, get};
use super::common::tree::{LARGE, LARGE_CONTENT, write_large};
use super::common::{Program, Signal, command, poll, unread_pipe};

fn large() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    write_large(root.path());
    root
}

/// A client that has begun to read a large file, far too large for the buffers on the way.
fn begin(program: &Program) -> Client {
    let mut client = Client::connect(program.address());
    client.request("GET", "/large.bin", &[]);
    assert_eq!(client.head().field("Content-Length"), Some(LARGE.to_string().as_str()));
    client
}

/// Waits until nobody listens any more.
fn wait_for_refusal(address: SocketAddr) {
    poll("a refused connection", || TcpStream::connect_timeout(&address, Duration::from_secs(5)).err());
}

#[test]
fn an_idle_server_stops_at_once() {
    let root = tempfile::tempdir().unwrap();
    for signal in [Signal::TERM, Signal::INT] {
        let program = Program::serve(root.path());
        get(program.address(), "/");
        program.signal(signal);
        let ended = program.finish();
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        assert!(ended.stderr.contains("\nStopping"), "{ended:?}");
    }
}

#[test]
fn a_download_in_progress_is_finished() {
    let root = large();
    for signal in [Signal::TERM, Signal::INT] {
        let program = Program::serve(root.path());
        let mut client = begin(&program);
        client.expect_content(&LARGE_CONTENT[..1 << 20]);
        program.signal(signal);
        program.wait_for_words("Stopping: 1 open, waiting up to 10 s (Ctrl-C again to stop now).\n");
        wait_for_refusal(program.address());
        client.expect_content(&LARGE_CONTENT[1 << 20..]);
        assert_eq!(client.rest(), b"");
        let ended = program.finish();
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        assert!(ended.stderr.contains("\"GET /large.bin HTTP/1.1\" 200 -\n"), "the log is complete: {ended:?}");
    }
}

#[test]
fn idle_connections_are_closed() {
    let root = tempfile::tempdir().unwrap();
    let program = Program::serve(root.path());
    let mut used = Client::connect(program.address());
    used.request("GET", "/", &[]);
    assert_eq!(used.answer("GET").status, 200);
    let mut unused = Client::connect(program.address());
    // The unused one is known to the server once a later one was answered.
    get(program.address(), "/");
    program.signal(Signal::TERM);
    assert_eq!((used.rest(), unused.rest()), (Vec::new(), Vec::new()));
    assert_eq!(program.finish().status.code(), Some(0));
}

/// Many rounds, because the end of the last connection and the exit status could race.
#[test]
fn a_second_interrupt_does_not_wait() {
    let root = large();
    for _ in 0..20 {
        let program = Program::serve(root.path());
        let mut client = begin(&program);
        program.signal(Signal::INT);
        program.wait_for_words("Stopping: 1 open");
        program.signal(Signal::INT);
        let ended = program.finish();
        assert_eq!(ended.status.code(), Some(130), "{ended:?}");
        assert!(client.rest().len() < LARGE);
    }
}

/// Whoever read the log may be gone, or may never have read it; neither keeps the program from stopping.
#[test]
fn a_log_that_nobody_reads_does_not_keep_it_running() {
    let root = tempfile::tempdir().unwrap();
    let start = |reader_stays: bool| {
        let (mut reader, writer) = unread_pipe();
        let program =
            Program::spawn_with(&mut command([root.path().as_os_str(), "0".as_ref()]), Stdio::piped(), writer);
        let address = program.address();
        let mut word = [0; 7];
        reader.read_exact(&mut word).unwrap();
        assert_eq!(&word, b"Serving");
        (program, address, reader_stays.then_some(reader))
    };
    let (program, address, _) = start(false);
    get(address, "/none");
    program.signal(Signal::TERM);
    assert_eq!(program.finish().status.code(), Some(0), "with a closed pipe");

    let (program, address, reader) = start(true);
    let mut client = Client::connect(address);
    let target = format!("/{}", "x".repeat(1000));
    // Twice what a pipe holds.
    for _ in 0..130 {
        client.request("GET", &target, &[]);
        assert_eq!(client.answer("GET").status, 404);
    }
    program.signal(Signal::TERM);
    assert_eq!(program.finish().status.code(), Some(0), "with a full pipe");
    drop(reader);
}
