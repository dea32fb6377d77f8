//! Listings of real directories: their forms, their limit, and that every link fetches its file.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use basehttp_handler::StaticFiles;
use basehttp_handler::path::encode;
use support::{content, field, get, with};

#[test]
fn listings_by_accept_and_query() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("indexed")).unwrap();
    fs::create_dir(root.path().join("plain")).unwrap();
    fs::write(root.path().join("digits.txt"), "0123456789").unwrap();
    let site = StaticFiles::open(root.path()).unwrap().listing(true);
    let ask = |target: &str, accept: &str| {
        let response = site.respond(&with("GET", target, &[("Accept", accept)]));
        for (name, value) in [("Vary", "Accept"), ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-cache")]
        {
            assert_eq!(field(&response, name).as_deref(), Some(value), "{name}");
        }
        assert!(field(&response, "Content-Security-Policy").unwrap().contains("default-src 'none'"));
        (field(&response, "Content-Type").unwrap(), String::from_utf8(content(&response)).unwrap())
    };
    assert_eq!(ask("/", "*/*").0, "text/html; charset=utf-8");
    assert_eq!(ask("/", "application/json").0, "application/json");
    assert_eq!(ask("/?format=json", "text/html").0, "application/json");
    assert_eq!(ask("/?format=html", "text/plain").0, "text/html; charset=utf-8");
    let (content_type, text) = ask("/", "text/plain");
    assert_eq!((content_type.as_str(), text.as_str()), ("text/plain; charset=utf-8", "indexed/\nplain/\ndigits.txt\n"));
    assert_eq!(ask("/?format=text&order=desc", "*/*").1, "plain/\nindexed/\ndigits.txt\n");
}

#[test]
fn a_listing_is_cut_at_its_limit() {
    let root = tempfile::tempdir().unwrap();
    for n in 0..10_001 {
        File::create(root.path().join(n.to_string())).unwrap();
    }
    let site = StaticFiles::open(root.path()).unwrap().listing(true);
    let count = || content(&site.respond(&get("/?format=text"))).iter().filter(|&&o| o == b'\n').count();
    assert_eq!(count(), 10_001, "10,000 names and a line that tells of more");
    fs::remove_file(root.path().join("0")).unwrap();
    let text = String::from_utf8(content(&site.respond(&get("/?format=text")))).unwrap();
    assert!(count() == 10_000 && !text.contains("..."));
}

#[test]
fn every_name_is_listed_with_a_link_that_fetches_it() {
    let names: [&[u8]; 20] = [
        b"plain.txt",
        b"a b",
        b" lead and trail ",
        b"#hash",
        b"100%",
        b"%41",
        b"what?",
        b"a&b;c=d",
        "\u{fc}ml\u{e4}ut".as_bytes(),
        "\u{65e5}\u{672c}".as_bytes(),
        b"line\nfeed",
        b"cr\rtab\t",
        b"\"double\"",
        b"'single'",
        b"<b>",
        b"a:b",
        b"javascript:alert(1)",
        b"\xff\xfe",
        b"\x01\x7f",
        b"~+,@!$()[]{}|^`",
    ];
    let root = tempfile::tempdir().unwrap();
    let mut names: Vec<&[u8]> = names.to_vec();
    // A file system may allow only text as a name; nothing else is left out.
    names.retain(|name| {
        let written = fs::write(root.path().join(Path::new(OsStr::from_bytes(name))), name);
        assert!(written.is_ok() || std::str::from_utf8(name).is_err(), "{written:?}");
        written.is_ok()
    });
    let site = StaticFiles::open(root.path()).unwrap().listing(true);
    let page = String::from_utf8(content(&site.respond(&get("/")))).unwrap();
    let json = String::from_utf8(content(&site.respond(&get("/?format=json")))).unwrap();
    for (text, start) in [(page, "href=\"./"), (json, "\"href\":\"./")] {
        let links: Vec<&str> = text.split(start).skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let links: Vec<&str> = links.into_iter().filter(|link| !link.is_empty()).collect();
        let mut fetched: Vec<Vec<u8>> =
            links.iter().map(|link| content(&site.respond(&get(&format!("/{link}"))))).collect();
        let mut expected: Vec<Vec<u8>> = names.iter().map(|name| name.to_vec()).collect();
        fetched.sort();
        expected.sort();
        assert_eq!(fetched, expected);
    }
    for name in names {
        assert_eq!(content(&site.respond(&get(&format!("/{}", encode(name))))), name);
    }
}
