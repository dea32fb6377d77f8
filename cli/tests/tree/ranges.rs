//! Parts of files.

use std::fs;

use super::common::Program;
use super::common::http::{Client, request};
use super::common::tree::{LARGE, LARGE_CONTENT, write_large, write_old};

const DIGITS: &[u8] = b"0123456789";

#[test]
fn one_part() {
    let root = tempfile::tempdir().unwrap();
    write_old(&root.path().join("digits.txt"), DIGITS);
    let program = Program::serve(root.path());
    let table: [(&str, u16, &str, &str); 22] = [
        ("bytes=0-0", 206, "0", "bytes 0-0/10"),
        ("bytes=0-9", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=2-5", 206, "2345", "bytes 2-5/10"),
        ("bytes=9-", 206, "9", "bytes 9-9/10"),
        ("bytes=0-", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=5-99999999999999999999999", 206, "56789", "bytes 5-9/10"),
        ("bytes=-1", 206, "9", "bytes 9-9/10"),
        ("bytes=-4", 206, "6789", "bytes 6-9/10"),
        ("bytes=-10", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=-11", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, "", "bytes */10"),
        ("bytes=10-20", 416, "", "bytes */10"),
        ("bytes=99999999999999999999999-", 416, "", "bytes */10"),
        ("bytes=-0", 416, "", "bytes */10"),
        // What is no range, or more than one, is passed over (RFC 9110 14.2).
        ("bytes=5-4", 200, "0123456789", ""),
        ("bytes=0-1,4-5", 200, "0123456789", ""),
        ("bytes=", 200, "0123456789", ""),
        ("bytes=-", 200, "0123456789", ""),
        ("bytes=a-b", 200, "0123456789", ""),
        ("bytes=--1", 200, "0123456789", ""),
        ("lines=0-1", 200, "0123456789", ""),
        ("0-1", 200, "0123456789", ""),
    ];
    for (range, status, content, content_range) in table {
        let answer = request(program.address(), "GET", "/digits.txt", &[("Range", range)]);
        assert_eq!(answer.status, status, "{range}");
        assert_eq!(answer.field("Content-Range").unwrap_or_default(), content_range, "{range}");
        if status != 416 {
            assert_eq!(answer.text(), content, "{range}");
            assert_eq!(answer.field("Accept-Ranges"), Some("bytes"), "{range}");
        }
    }
}

#[test]
fn an_empty_file_has_no_parts() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("empty.txt"), "").unwrap();
    let program = Program::serve(root.path());
    for range in ["bytes=0-", "bytes=0-0", "bytes=-1"] {
        let answer = request(program.address(), "GET", "/empty.txt", &[("Range", range)]);
        assert!(matches!(answer.status, 200 | 416), "{range}: {answer:?}");
        assert!(answer.status == 200 || answer.field("Content-Range") == Some("bytes */0"), "{range}: {answer:?}");
    }
}

/// A download that broke off is resumed, and every octet is in its place.
#[test]
fn a_large_file_in_parts() {
    let root = tempfile::tempdir().unwrap();
    write_large(root.path());
    let program = Program::serve(root.path());
    let mut client = Client::connect(program.address());
    let places = [0, 1, 4095, 4096, 65_536, (1 << 20) - 1, 1 << 20, (64 << 20) + 7, LARGE - 5, LARGE];
    for part in places.windows(2) {
        let (from, to) = (part[0], part[1]);
        client.request("GET", "/large.bin", &[("Range", &format!("bytes={from}-{}", to - 1))]);
        let head = client.head();
        assert_eq!(head.field("Content-Range"), Some(format!("bytes {from}-{}/{LARGE}", to - 1).as_str()));
        assert_eq!(head.field("Content-Length"), Some((to - from).to_string().as_str()));
        client.expect_content(&LARGE_CONTENT[from..to]);
    }
}
