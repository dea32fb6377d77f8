//! Static files: what is served, with which fields, under which conditions.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, SystemTime};

use basehttp_handler::mime::ContentTypes;
use basehttp_handler::{Body, Response, StaticFiles};
use support::{content, field, get, past, with, write_old};
use tempfile::TempDir;

const DIGITS: &[u8] = b"0123456789";

fn tree() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    write_old(&root.path().join("digits.txt"), DIGITS);
    fs::create_dir(root.path().join("plain")).unwrap();
    write_old(&root.path().join("plain/a.html"), "<p>a");
    fs::create_dir(root.path().join("indexed")).unwrap();
    write_old(&root.path().join("indexed/index.html"), "<p>index");
    root
}

fn open(root: &TempDir) -> StaticFiles {
    StaticFiles::open(root.path()).unwrap()
}

fn status(site: &StaticFiles, target: &str) -> u16 {
    site.respond(&get(target)).status().as_u16()
}

/// A head as text, to compare whole heads.
fn head(response: &Response) -> String {
    format!("{:?}", response.head())
}

#[test]
fn a_file_with_its_fields() {
    let root = tree();
    let response = open(&root).respond(&get("/digits.txt"));
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(content(&response), DIGITS);
    for (name, value) in [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT"),
        ("Accept-Ranges", "bytes"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-cache"),
    ] {
        assert_eq!(field(&response, name).as_deref(), Some(value), "{name}");
    }
    assert!(field(&response, "ETag").unwrap().starts_with('"'));
    assert_eq!(field(&response, "Content-Range"), None);
}

#[test]
fn head_is_as_get_and_ignores_ranges() {
    let root = tree();
    let site = open(&root).listing(true);
    for target in ["/digits.txt", "/plain/", "/plain", "/nothing", "/indexed/"] {
        let (as_get, as_head) = (site.respond(&get(target)), site.respond(&with("HEAD", target, &[])));
        assert_eq!(head(&as_get), head(&as_head), "{target}");
        assert_eq!(content(&as_get).len(), content(&as_head).len(), "{target}");
    }
    let ranged = site.respond(&with("HEAD", "/digits.txt", &[("Range", "bytes=0-0")]));
    assert_eq!((ranged.status().as_u16(), content(&ranged).len()), (200, 10));
}

#[test]
fn methods() {
    let root = tree();
    let site = open(&root);
    for (method, target, status) in [
        ("OPTIONS", "/digits.txt", 204),
        ("OPTIONS", "*", 204),
        ("POST", "/digits.txt", 405),
        ("PUT", "/new", 405),
        ("DELETE", "/digits.txt", 405),
        ("TRACE", "/digits.txt", 405),
    ] {
        let response = site.respond(&with(method, target, &[]));
        assert_eq!(response.status().as_u16(), status, "{method}");
        assert_eq!(field(&response, "Allow").as_deref(), Some("GET, HEAD, OPTIONS"), "{method}");
    }
    for unknown in ["get", "SPAM"] {
        let response = site.respond(&with(unknown, "/digits.txt", &[]));
        assert_eq!(response.status().as_u16(), 501, "{unknown}");
    }
    assert!(root.path().join("digits.txt").exists());
}

#[test]
fn paths_and_statuses() {
    let root = tree();
    fs::write(root.path().join(".secret"), "x").unwrap();
    fs::create_dir(root.path().join(".well-known")).unwrap();
    fs::write(root.path().join(".well-known/security.txt"), "x").unwrap();
    fs::write(root.path().join(".well-known/.hidden"), "x").unwrap();
    let site = open(&root);
    for (target, expected) in [
        ("/digits.txt", 200),
        ("/digits.txt?v=1", 200),
        ("//digits.txt", 200),
        ("/digits%2Etxt", 200),
        ("/digits.txt/", 404),
        ("/digits.txt/x", 404),
        ("/DIGITS.TXT", 404),
        ("/nothing", 404),
        ("/plain/", 404),
        ("/plain/a.html", 200),
        ("/indexed/", 200),
        ("/", 404),
        ("/%", 400),
        ("/a%00", 400),
        ("/.secret", 404),
        ("/.well-known/security.txt", 200),
        ("/.well-known/.hidden", 404),
    ] {
        assert_eq!(status(&site, target), expected, "{target}");
    }
    let long = format!("/{}", "a".repeat(5000));
    assert_eq!(status(&site, &long), 404);
    let site = open(&root).hidden(true).listing(true);
    assert_eq!(status(&site, "/.secret"), 200);
    assert!(String::from_utf8(content(&site.respond(&get("/")))).unwrap().contains("./.secret"));
}

#[test]
fn an_absolute_target_is_its_path() {
    let root = tree();
    assert_eq!(status(&open(&root), "http://example.com/digits.txt"), 200);
    assert_eq!(status(&open(&root), "http://example.com"), 404);
}

#[test]
fn directories_are_redirected_with_their_query() {
    let root = tree();
    fs::create_dir(root.path().join("a b?")).unwrap();
    let site = open(&root);
    for (target, location) in [
        ("/plain", "/plain/"),
        ("/plain?x=%2F&y", "/plain/?x=%2F&y"),
        ("/plain?", "/plain/?"),
        ("//plain", "/plain/"),
        ("/a%20b%3F", "/a%20b%3F/"),
    ] {
        let response = site.respond(&get(target));
        assert_eq!(response.status().as_u16(), 301, "{target}");
        assert_eq!(field(&response, "Location").as_deref(), Some(location), "{target}");
    }
}

#[test]
fn index_files_come_before_listings() {
    let root = tree();
    let site = open(&root).listing(true);
    let index = site.respond(&get("/indexed/"));
    assert_eq!(content(&index), b"<p>index");
    assert_eq!(field(&index, "Content-Type").as_deref(), Some("text/html; charset=utf-8"));
    fs::create_dir(root.path().join("indexed/home.md")).unwrap();
    write_old(&root.path().join("indexed/home.txt"), "home");
    let own = open(&root).index(["home.md", "home.txt"]);
    assert_eq!(content(&own.respond(&get("/indexed/"))), b"home");
    let none = open(&root).index::<String>([]);
    assert_eq!(status(&none, "/indexed/"), 404);
    // An index may be a link to elsewhere beneath the root.
    symlink("../digits.txt", root.path().join("plain/index.html")).unwrap();
    assert_eq!(content(&site.respond(&get("/plain/"))), DIGITS);
}

#[test]
fn conditions() {
    let root = tree();
    let site = open(&root);
    let tag = field(&site.respond(&get("/digits.txt")), "ETag").unwrap();
    let (date, before) = ("Tue, 14 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 2023 22:13:19 GMT");
    for (name, value, expected) in [
        ("If-None-Match", tag.as_str(), 304),
        ("If-None-Match", &format!("W/{tag}"), 304),
        ("If-None-Match", "*", 304),
        ("If-None-Match", "\"x\"", 200),
        ("If-Modified-Since", date, 304),
        ("If-Modified-Since", before, 200),
        ("If-Match", &tag, 200),
        ("If-Match", "\"x\"", 412),
        ("If-Unmodified-Since", date, 200),
        ("If-Unmodified-Since", before, 412),
    ] {
        let response = site.respond(&with("GET", "/digits.txt", &[(name, value)]));
        assert_eq!(response.status().as_u16(), expected, "{name}: {value}");
        if expected == 304 {
            assert_eq!(field(&response, "ETag").as_ref(), Some(&tag));
            assert_eq!(field(&response, "Cache-Control").as_deref(), Some("no-cache"));
            assert!(!response.fields().contains("Content-Type") && content(&response).is_empty());
        }
    }
    // Failures and redirections come before conditions (RFC 9110 13.2.1).
    for (target, expected) in [("/nothing", 404), ("/plain", 301)] {
        let response = site.respond(&with("GET", target, &[("If-None-Match", "*")]));
        assert_eq!(response.status().as_u16(), expected, "{target}");
    }
}

#[test]
fn ranges() {
    let root = tree();
    let site = open(&root);
    let tag = field(&site.respond(&get("/digits.txt")), "ETag").unwrap();
    let ask = |fields: &[(&str, &str)]| site.respond(&with("GET", "/digits.txt", fields));
    for (range, expected, octets) in [
        ("bytes=0-3", "bytes 0-3/10", "0123"),
        ("bytes=4-", "bytes 4-9/10", "456789"),
        ("bytes=-2", "bytes 8-9/10", "89"),
        ("bytes=9-100", "bytes 9-9/10", "9"),
    ] {
        let response = ask(&[("Range", range), ("If-Range", &tag)]);
        assert_eq!(response.status().as_u16(), 206, "{range}");
        assert_eq!(field(&response, "Content-Range").as_deref(), Some(expected));
        assert_eq!(content(&response), octets.as_bytes());
        assert_eq!(field(&response, "ETag").as_ref(), Some(&tag));
    }
    let refused = ask(&[("Range", "bytes=10-")]);
    assert_eq!(refused.status().as_u16(), 416);
    assert_eq!(field(&refused, "Content-Range").as_deref(), Some("bytes */10"));
    for whole in [
        &[("Range", "bytes=0-1,3-4")][..],
        &[("Range", "lines=0-1")],
        &[("Range", "bytes=0-1"), ("If-Range", "\"other\"")],
    ] {
        let response = ask(whole);
        assert_eq!((response.status().as_u16(), content(&response).as_slice()), (200, DIGITS), "{whole:?}");
    }
    assert_eq!(ask(&[("Range", "bytes=0-1"), ("If-None-Match", &tag)]).status().as_u16(), 304);
}

#[test]
fn a_tag_is_weak_while_the_file_is_fresh_and_follows_every_change() {
    let root = tree();
    let site = open(&root);
    let path = root.path().join("digits.txt");
    let tag = || field(&site.respond(&get("/digits.txt")), "ETag").unwrap();
    let first = tag();
    assert_eq!(tag(), first);
    let touch = |time: SystemTime| File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    touch(past() + Duration::from_nanos(1));
    let touched = tag();
    touch(past());
    assert_eq!(tag(), first);
    write_old(&path, "01234567890");
    let longer = tag();
    // The same size and time under another inode, as a deployment that keeps times makes it.
    write_old(&root.path().join("other"), DIGITS);
    fs::rename(root.path().join("other"), &path).unwrap();
    let replaced = tag();
    let all = [&first, &touched, &longer, &replaced];
    assert!(all.iter().enumerate().all(|(i, a)| !all[..i].contains(a)), "{all:?}");
    assert!(all.iter().all(|tag| tag.starts_with('"')), "{all:?}");
    for fresh in [SystemTime::now(), SystemTime::now() + Duration::from_secs(1000)] {
        touch(fresh);
        assert!(tag().starts_with("W/\""));
        // Never later than the response itself.
        let modified = field(&site.respond(&get("/digits.txt")), "Last-Modified").unwrap();
        let now = basehttp_proto::HttpDate::from_unix(
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs(),
        );
        assert!(basehttp_handler::date::parse(modified.as_bytes(), now).unwrap() <= now);
    }
}

#[test]
fn files_that_are_not_regular_do_not_exist() {
    let root = tree();
    assert!(Command::new("mkfifo").arg(root.path().join("fifo")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(root.path().join("socket")).unwrap();
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let site = StaticFiles::open(root.path()).unwrap().listing(true);
        let statuses = ["/fifo", "/fifo/", "/socket"].map(|target| status(&site, target));
        sender.send((statuses, content(&site.respond(&get("/"))))).unwrap();
    });
    // Opening a FIFO for reading waits for a writer unless it is told not to.
    let (statuses, page) = receiver.recv_timeout(Duration::from_secs(20)).expect("an answer");
    assert_eq!(statuses, [404, 404, 404]);
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("digits.txt") && !page.contains("fifo") && !page.contains("socket"));
}

#[test]
fn what_may_not_be_read_is_forbidden() {
    use std::os::unix::fs::PermissionsExt;
    let root = tree();
    let path = root.path().join("digits.txt");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser may read anything.
    let expected = if File::open(&path).is_ok() { 200 } else { 403 };
    assert_eq!(status(&open(&root), "/digits.txt"), expected);
}

#[test]
fn the_root_is_held_by_descriptor() {
    let parent = tempfile::tempdir().unwrap();
    let (root, moved) = (parent.path().join("root"), parent.path().join("moved"));
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a"), "old").unwrap();
    let site = StaticFiles::open(&root).unwrap();
    fs::rename(&root, &moved).unwrap();
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a"), "new").unwrap();
    assert_eq!(content(&site.respond(&get("/a"))), b"old");
    assert!(StaticFiles::open(parent.path().join("nothing")).is_err());
    assert!(StaticFiles::open(root.join("a")).is_err());
}

#[test]
fn a_file_that_changes_under_the_response_is_sent_as_it_was_opened() {
    let root = tree();
    let response = open(&root).respond(&get("/digits.txt"));
    fs::remove_file(root.path().join("digits.txt")).unwrap();
    fs::write(root.path().join("digits.txt"), "something else").unwrap();
    assert_eq!(content(&response), DIGITS);
}

#[test]
fn options_of_the_builder() {
    let root = tree();
    let site = open(&root).cache_control("max-age=60").unwrap();
    let site = site.types(ContentTypes::new().with("txt", "text/x-own").unwrap());
    let response = site.respond(&get("/digits.txt"));
    assert_eq!(field(&response, "Cache-Control").as_deref(), Some("max-age=60"));
    assert_eq!(field(&response, "Content-Type").as_deref(), Some("text/x-own; charset=utf-8"));
    let without = open(&root).cache_control("").unwrap();
    assert_eq!(field(&without.respond(&get("/digits.txt")), "Cache-Control"), None);
    assert!(open(&root).cache_control("a\r\nb").is_err());
}

#[test]
fn errors_tell_nothing_of_the_system() {
    let root = tree();
    let site = open(&root);
    for target in ["/nothing", "/digits.txt/x", "/a%00b", "/a/../b"] {
        match site.respond(&get(target)).body() {
            Body::Error(text) => {
                let shown = format!("{:?}", text).to_lowercase();
                assert!(!shown.contains("os error") && !shown.contains(root.path().to_str().unwrap()), "{shown}");
            }
            other => panic!("{other:?} for {target}"),
        }
    }
}

#[test]
fn a_root_that_is_removed_and_made_again_is_served_again() {
    let parent = tempfile::tempdir().unwrap();
    let root = parent.path().join("dist");
    std::fs::create_dir(&root).unwrap();
    std::fs::write(root.join("index.html"), "first").unwrap();
    let site = basehttp_handler::StaticFiles::open(&root).unwrap().listing(true);
    assert_eq!(content(&site.respond(&get("/"))), b"first");
    std::fs::remove_dir_all(&root).unwrap();
    assert_eq!(site.respond(&get("/index.html")).status().as_u16(), 404);
    std::fs::create_dir(&root).unwrap();
    std::fs::write(root.join("index.html"), "second").unwrap();
    assert_eq!(content(&site.respond(&get("/"))), b"second");
    assert_eq!(content(&site.respond(&get("/index.html"))), b"second");
}
