//! Files and directories: what a client gets for each kind, and what it is told about it.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::net::UnixListener;
use std::process::Command;

use super::common::Program;
use super::common::http::{Answer, Client, get, request};
use super::common::tree::write_old;

const PAGE: &str = "<!DOCTYPE html><title>Home</title><p>Welcome";

/// A small site with one of everything.
fn site() -> (tempfile::TempDir, Program) {
    let root = tempfile::tempdir().unwrap();
    let path = root.path();
    for directory in ["with-index", "with-htm", "listed", "empty", "index.html"] {
        fs::create_dir(path.join(directory)).unwrap();
    }
    write_old(&path.join("text.txt"), "some text\n");
    write_old(&path.join("empty.txt"), "");
    write_old(&path.join("data"), [0, 255, 13, 10, 0]);
    write_old(&path.join("with-index/index.html"), PAGE);
    write_old(&path.join("with-index/index.htm"), "not this one");
    write_old(&path.join("with-htm/index.htm"), PAGE);
    write_old(&path.join("listed/one.txt"), "one");
    let program = Program::serve(path);
    (root, program)
}

#[test]
fn content_and_type() {
    let (_root, program) = site();
    let table: [(&str, &[u8], &str); 7] = [
        ("/text.txt", b"some text\n", "text/plain; charset=utf-8"),
        ("/text.txt?any=query", b"some text\n", "text/plain; charset=utf-8"),
        ("/%74ext%2Etxt", b"some text\n", "text/plain; charset=utf-8"),
        ("/empty.txt", b"", "text/plain; charset=utf-8"),
        ("/data", &[0, 255, 13, 10, 0], "application/octet-stream"),
        ("/with-index/", PAGE.as_bytes(), "text/html; charset=utf-8"),
        ("/with-htm/", PAGE.as_bytes(), "text/html; charset=utf-8"),
    ];
    for (target, content, content_type) in table {
        let answer = get(program.address(), target);
        assert_eq!((answer.status, answer.content.as_slice()), (200, content), "{target}");
        assert_eq!(answer.field("Content-Type"), Some(content_type), "{target}");
        assert_eq!(answer.field("X-Content-Type-Options"), Some("nosniff"), "{target}");
        assert_eq!(answer.field("Last-Modified"), Some("Tue, 14 Nov 2023 22:13:20 GMT"), "{target}");
        assert!(answer.field("Date").is_some_and(|date| date.ends_with(" GMT")), "{target}");
        assert!(answer.field("Server").is_some_and(|server| server.starts_with("basehttp/")), "{target}");
    }
}

#[test]
fn directories() {
    let (_root, program) = site();
    let address = program.address();
    for (target, location) in [
        ("/listed", "/listed/"),
        ("//listed", "/listed/"),
        ("/with-index?a=b", "/with-index/?a=b"),
        ("//evil.example", ""),
        ("//evil.example/..", ""),
    ] {
        let answer = get(address, target);
        assert_eq!(answer.status, if location.is_empty() { 404 } else { 301 }, "{target}");
        assert_eq!(answer.field("Location").unwrap_or_default(), location, "{target}");
    }
    // The root holds a directory by the name of an index, which is none.
    for (target, words) in [("/", "text.txt"), ("/listed/", "one.txt"), ("/empty/", "This directory is empty.")] {
        let answer = get(address, target);
        assert_eq!((answer.status, answer.field("Content-Type")), (200, Some("text/html; charset=utf-8")), "{target}");
        assert!(answer.text().contains(words), "{target}");
    }
    let answer = request(address, "GET", "/listed/", &[("Accept", "application/json")]);
    assert_eq!(answer.field("Content-Type"), Some("application/json"));
    assert!(answer.text().contains("\"name\":\"one.txt\",\"href\":\"./one.txt\""), "{}", answer.text());
    assert_eq!(request(address, "GET", "/listed/", &[("Accept", "text/plain")]).text(), "one.txt\n");
}

#[test]
fn conditions() {
    let (root, program) = site();
    let ask = |fields: &[(&str, &str)]| request(program.address(), "GET", "/text.txt", fields);
    let whole = ask(&[]);
    let (tag, date) = (whole.field("ETag").unwrap(), whole.field("Last-Modified").unwrap());
    assert!(tag.starts_with('"'), "a strong tag: {tag}");
    let many = format!("\"x\", {tag}, W/\"y\"");
    let (before, after) = ("Tue, 14 Nov 2023 22:13:19 GMT", "Tue, 14 Nov 2023 22:13:21 GMT");
    let table: [(&[(&str, &str)], u16); 17] = [
        (&[("If-None-Match", tag)], 304),
        (&[("If-None-Match", &many)], 304),
        (&[("If-None-Match", "*")], 304),
        (&[("If-None-Match", "\"x\"")], 200),
        (&[("If-None-Match", "\"x\""), ("If-Modified-Since", date)], 200),
        (&[("If-Modified-Since", date)], 304),
        (&[("If-Modified-Since", after)], 304),
        (&[("If-Modified-Since", before)], 200),
        (&[("If-Modified-Since", "yesterday")], 200),
        (&[("If-Match", tag)], 200),
        (&[("If-Match", "\"x\"")], 412),
        (&[("If-Match", "*")], 200),
        (&[("If-Unmodified-Since", date)], 200),
        (&[("If-Unmodified-Since", before)], 412),
        (&[("If-Range", tag), ("Range", "bytes=0-3")], 206),
        (&[("If-Range", "\"x\""), ("Range", "bytes=0-3")], 200),
        (&[("If-Range", date), ("Range", "bytes=0-3")], 206),
    ];
    for (fields, status) in table {
        let answer = ask(fields);
        assert_eq!(answer.status, status, "{fields:?}");
        if status == 304 {
            assert_eq!((answer.field("ETag"), answer.field("Content-Type")), (Some(tag), None), "{fields:?}");
        }
    }
    // Another content of the same length and time is another file.
    write_old(&root.path().join("new.txt"), "more text\n");
    fs::rename(root.path().join("new.txt"), root.path().join("text.txt")).unwrap();
    assert_eq!(ask(&[("If-None-Match", tag)]).text(), "more text\n");
}

/// HEAD tells what GET would, but for the clock.
#[test]
fn head_is_the_head_of_get() {
    let (_root, program) = site();
    let without_date = |mut answer: Answer| {
        answer.fields.retain(|(name, _)| name != "Date");
        (answer.status, answer.fields)
    };
    let targets = [
        "/text.txt",
        "/empty.txt",
        "/data",
        "/",
        "/listed/",
        "/listed/?sort=size&format=text",
        "/with-index/",
        "/listed",
        "/none",
        "/text.txt/",
        "/%zz",
        "/a/../b",
    ];
    let all_fields: [&[(&str, &str)]; 5] = [
        &[],
        &[("Range", "bytes=1-2")],
        &[("Range", "bytes=99999-")],
        &[("If-None-Match", "*")],
        &[("Accept", "application/json"), ("If-Match", "\"x\"")],
    ];
    let mut client = Client::connect(program.address());
    for target in targets {
        for fields in all_fields {
            let mut ask = |method: &str| {
                client.request(method, target, fields);
                client.answer(method)
            };
            let (get, head) = (ask("GET"), ask("HEAD"));
            if fields.iter().any(|(name, _)| *name == "Range") && matches!(get.status, 206 | 416) {
                // Range is defined for GET alone (RFC 9110 14.2).
                assert_eq!(head.status, 200, "{target} {fields:?}");
            } else {
                assert_eq!(without_date(head), without_date(get), "{target} {fields:?}");
            }
        }
    }
}

#[test]
fn methods() {
    let (root, program) = site();
    let ask = |method: &str, target: &str| request(program.address(), method, target, &[("Content-Length", "0")]);
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"] {
        let answer = ask(method, "/text.txt");
        assert!(matches!(answer.status, 405 | 501), "{method}: {answer:?}");
        assert!(answer.status != 405 || answer.field("Allow") == Some("GET, HEAD, OPTIONS"), "{answer:?}");
    }
    let options = ask("OPTIONS", "/text.txt");
    assert_eq!((options.status, options.field("Allow")), (204, Some("GET, HEAD, OPTIONS")));
    assert_eq!(ask("OPTIONS", "*").status, 204);
    assert_eq!(fs::read(root.path().join("text.txt")).unwrap(), b"some text\n");
}

/// Opening a FIFO waits for somebody at its other end, unless one is careful.
#[test]
fn what_is_no_file_does_not_hang() {
    let (root, program) = site();
    assert!(Command::new("mkfifo").arg(root.path().join("fifo")).status().unwrap().success());
    let _socket = UnixListener::bind(root.path().join("socket")).unwrap();
    let statuses = |address: SocketAddr| ["/fifo", "/fifo/", "/socket"].map(|target| get(address, target).status);
    assert_eq!(statuses(program.address()), [404, 404, 404]);
    let listing = get(program.address(), "/").text();
    assert!(listing.contains("text.txt") && !listing.contains("fifo") && !listing.contains("socket"), "{listing}");
    // An index of such a kind is passed over.
    assert!(Command::new("mkfifo").arg(root.path().join("listed/index.html")).status().unwrap().success());
    assert!(get(program.address(), "/listed/").text().contains("one.txt"));
}
