//! Large files: every octet arrives, and memory does not depend on their size or on the pace of those who read them.

use std::thread;

use super::common::Program;
use super::common::http::Client;
use super::common::tree::{LARGE, LARGE_CONTENT, write_large};

/// What the program may use at most, in KiB: far less than the file, and enough for the program itself and the
/// connections of these tests.
const MEMORY: u64 = 16 << 10;

fn assert_memory(program: &Program) {
    match program.peak_memory() {
        Some(peak) => assert!(peak < MEMORY, "{peak} KiB used"),
        None => println!("skipped the memory: this system does not tell it"),
    }
}

fn download(program: &Program) {
    let mut client = Client::connect(program.address());
    client.request("GET", "/large.bin", &[("Connection", "close")]);
    let head = client.head();
    assert_eq!((head.status, head.field("Content-Length")), (200, Some(LARGE.to_string().as_str())));
    client.expect_content(&LARGE_CONTENT);
    assert_eq!(client.rest(), b"");
}

#[test]
fn one_download() {
    let root = tempfile::tempdir().unwrap();
    write_large(root.path());
    let program = Program::serve(root.path());
    download(&program);
    assert_memory(&program);
}

#[test]
fn eight_downloads_beside_one_client_that_reads_nothing() {
    let root = tempfile::tempdir().unwrap();
    write_large(root.path());
    let program = Program::serve(root.path());
    let mut idle = Client::connect(program.address());
    idle.request("GET", "/large.bin", &[]);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| download(&program));
        }
    });
    // While the others read eight times as much, the program had all the time it needs to collect that file.
    assert_memory(&program);
    // It was only kept waiting.
    assert_eq!(idle.head().status, 200);
    idle.expect_content(&LARGE_CONTENT);
    assert_memory(&program);
}

/// Many requests in one go, whose answers nobody reads, do not collect in memory.
#[test]
fn pipelined_requests_wait_for_their_answers_to_be_read() {
    const COUNT: usize = 1000;
    let root = tempfile::tempdir().unwrap();
    write_large(root.path());
    let program = Program::serve(root.path());
    let mut greedy = Client::connect(program.address());
    let range = format!("bytes=0-{}", (1 << 20) - 1);
    for _ in 0..COUNT {
        greedy.request("GET", "/large.bin", &[("Range", &range)]);
    }
    download(&program);
    assert_memory(&program);
    for _ in 0..20 {
        assert_eq!(greedy.head().status, 206);
        greedy.expect_content(&LARGE_CONTENT[..1 << 20]);
    }
    assert_memory(&program);
}
