//! Files that change while they are sent: a response is what it said it would be, or it is visibly broken off.

use std::fs::{self, File};
use std::io::Write;

use super::common::Program;
use super::common::http::Client;
use super::common::tree::{LARGE, LARGE_CONTENT, write_large};

/// A server of a large file, and a client that knows the head of it and has read nothing else. The rest does not fit
/// into the buffers on the way.
fn begin() -> (tempfile::TempDir, Program, Client) {
    let root = tempfile::tempdir().unwrap();
    write_large(root.path());
    let program = Program::start([root.path().as_os_str(), "0".as_ref(), "--log=combined".as_ref()]);
    let mut client = Client::connect(program.address());
    client.request("GET", "/large.bin", &[]);
    let head = client.head();
    assert_eq!((head.status, head.field("Content-Length")), (200, Some(LARGE.to_string().as_str())));
    (root, program, client)
}

#[test]
fn one_that_grows_is_sent_as_long_as_it_was() {
    let (root, program, mut client) = begin();
    File::options().append(true).open(root.path().join("large.bin")).unwrap().write_all(&[b'+'; 100_000]).unwrap();
    client.expect_content(&LARGE_CONTENT);
    client.request("HEAD", "/large.bin", &[]);
    assert_eq!(client.answer("HEAD").field("Content-Length"), Some((LARGE + 100_000).to_string().as_str()));
    program.wait_for_words(&format!("\"GET /large.bin HTTP/1.1\" 200 {LARGE} "));
}

#[test]
fn one_that_is_replaced_or_removed_is_sent_as_it_was() {
    let (root, program, mut client) = begin();
    fs::remove_file(root.path().join("large.bin")).unwrap();
    client.expect_content(&LARGE_CONTENT);
    fs::write(root.path().join("large.bin"), "new").unwrap();
    client.request("GET", "/large.bin", &[("Connection", "close")]);
    assert_eq!(client.answer("GET").text(), "new");
    assert_eq!(client.rest(), b"");
    program.wait_for_words("\"GET /large.bin HTTP/1.1\" 200 3 ");
}

/// The connection ends before the length that was told, so no client takes the part for the whole.
#[test]
fn one_that_shrinks_is_broken_off() {
    const LEFT: usize = 1 << 20;
    let (root, program, mut client) = begin();
    File::options().write(true).open(root.path().join("large.bin")).unwrap().set_len(LEFT as u64).unwrap();
    let content = client.rest();
    assert!(content.len() < LARGE, "{} octets", content.len());
    let left = content.len().min(LEFT);
    assert!(content[..left] == LARGE_CONTENT[..left], "other octets than those of the file");
    // What was on its way from the file to the socket when it was cut off may be zeros by now, and nothing else.
    let is_cut = |(got, was): (&u8, &u8)| *got == *was || *got == 0;
    assert!(content[left..].iter().zip(&LARGE_CONTENT[left..]).all(is_cut), "octets from elsewhere");
    // Not sent to its end.
    program.wait_for_words("\"GET /large.bin HTTP/1.1\" 200 - ");
}
