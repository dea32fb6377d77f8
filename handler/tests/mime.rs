//! Content types by name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use basehttp_handler::mime::ContentTypes;

#[test]
fn built_in() {
    let table = [
        ("index.html", "text/html; charset=utf-8"),
        ("INDEX.HTM", "text/html; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("app.js", "text/javascript; charset=utf-8"),
        ("app.mjs", "text/javascript; charset=utf-8"),
        ("app.min.js", "text/javascript; charset=utf-8"),
        ("data.json", "application/json"),
        ("app.js.map", "application/json"),
        ("site.webmanifest", "application/manifest+json"),
        ("feed.xml", "application/xml; charset=utf-8"),
        ("feed.atom", "application/atom+xml; charset=utf-8"),
        ("page.xhtml", "application/xhtml+xml; charset=utf-8"),
        ("logo.svg", "image/svg+xml; charset=utf-8"),
        ("notes.txt", "text/plain; charset=utf-8"),
        ("README.md", "text/markdown; charset=utf-8"),
        ("main.rs", "text/plain; charset=utf-8"),
        ("Cargo.toml", "text/plain; charset=utf-8"),
        ("table.csv", "text/csv; charset=utf-8"),
        ("a.wasm", "application/wasm"),
        ("a.png", "image/png"),
        ("a.jpg", "image/jpeg"),
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("a.jxl", "image/jxl"),
        ("a.ico", "image/x-icon"),
        ("a.woff", "font/woff"),
        ("a.woff2", "font/woff2"),
        ("a.mp4", "video/mp4"),
        ("a.ts", "video/mp2t"),
        ("a.pdf", "application/pdf"),
        ("a.zip", "application/zip"),
        ("a.gz", "application/gzip"),
        ("a.tar.gz", "application/gzip"),
        ("a.tgz", "application/gzip"),
        ("a.zst", "application/zstd"),
        ("README", "text/plain; charset=utf-8"),
        ("Makefile", "text/plain; charset=utf-8"),
        ("data", "application/octet-stream"),
        ("a.unheard-of", "application/octet-stream"),
        ("html", "application/octet-stream"),
        (".html", "application/octet-stream"),
        ("a.", "application/octet-stream"),
        ("", "application/octet-stream"),
        (".", "application/octet-stream"),
    ];
    let types = ContentTypes::new();
    for (name, expected) in table {
        assert_eq!(types.of(name.as_bytes()), expected, "{name}");
    }
    assert_eq!(types.of(b"\xff\xfe.png"), "image/png");
    assert_eq!(types.of(b"a.\xff"), "application/octet-stream");
}

#[test]
fn own_types_come_first_and_the_last_given_wins() {
    let types = ContentTypes::new().with("TS", "text/x-first").unwrap().with("ts", "text/typescript").unwrap();
    assert_eq!(types.of(b"a.Ts"), "text/typescript; charset=utf-8");
    let types = types.with("log", "text/plain; charset=iso-8859-1").unwrap().unknown("text/plain").unwrap();
    assert_eq!(types.of(b"a.log"), "text/plain; charset=iso-8859-1");
    assert_eq!(types.of(b"data"), "text/plain; charset=utf-8");
}

#[test]
fn types_that_cannot_be_sent_are_refused() {
    for bad in ["", "html", "text/html\r\nX: y", "text/\0"] {
        assert!(ContentTypes::new().with("x", bad).is_err(), "{bad:?}");
        assert!(ContentTypes::new().unknown(bad).is_err(), "{bad:?}");
    }
}
