//! Target paths to names below a root, and back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use basehttp_handler::path::{Names, PathFault, SafePath};

fn segments(target: &str) -> Vec<Vec<u8>> {
    SafePath::parse_for(target, Names::Unix).unwrap_or_else(|e| panic!("{target}: {e}")).segments().to_vec()
}

#[test]
fn names_are_decoded_once() {
    let table: &[(&str, &[&[u8]])] = &[
        ("/", &[]),
        ("//", &[]),
        ("/a", &[b"a"]),
        ("/a/b", &[b"a", b"b"]),
        ("/a//b///c/", &[b"a", b"b", b"c"]),
        ("/a%20b", &[b"a b"]),
        ("/a+b", &[b"a+b"]),
        ("/%41%5a%7e", &[b"AZ~"]),
        ("/100%25", &[b"100%"]),
        ("/%252e%252e", &[b"%2e%2e"]),
        ("/%252f", &[b"%2f"]),
        ("/a%0Ab%0D%09", &[b"a\nb\r\t"]),
        ("/%ff%fe", &[b"\xff\xfe"]),
        ("/%C3%A9", &["é".as_bytes()]),
        ("/%23%3f%22%27", &[b"#?\"'"]),
        ("/...", &[b"..."]),
        ("/.a/..b/c..", &[b".a", b"..b", b"c.."]),
        ("/a:b/CON/x.", &[b"a:b", b"CON", b"x."]),
    ];
    for (target, expected) in table {
        assert_eq!(segments(target), *expected, "{target}");
    }
}

#[test]
fn faults_are_named_with_their_octet_and_status() {
    use PathFault::{DotSegment, Escape, NotAPath, Nul, Separator};
    let table = [
        ("", NotAPath, 0, 400),
        ("*", NotAPath, 0, 400),
        ("a/b", NotAPath, 0, 400),
        ("/%", Escape, 1, 400),
        ("/a%2", Escape, 2, 400),
        ("/a/b%g0", Escape, 4, 400),
        ("/a/b%0g", Escape, 4, 400),
        ("/a/%+1", Escape, 3, 400),
        ("/ab%00", Nul, 3, 400),
        ("/a/%00", Nul, 3, 400),
        ("/.", DotSegment, 1, 404),
        ("/..", DotSegment, 1, 404),
        ("/a/../b", DotSegment, 3, 404),
        ("/a/%2e%2E/b", DotSegment, 3, 404),
        ("/a/.%2e", DotSegment, 3, 404),
        ("/%2e/a", DotSegment, 1, 404),
        ("//..", DotSegment, 2, 404),
        ("/a\\b", Separator, 2, 404),
        ("/a%5cb", Separator, 2, 404),
        ("/a/b%2fc", Separator, 4, 404),
        ("/..%2f..%2fa", Separator, 3, 404),
        ("/%2f", Separator, 1, 404),
    ];
    for (target, fault, at, status) in table {
        let error = SafePath::parse(target).unwrap_err();
        assert_eq!((error.fault(), error.at(), error.status().as_u16()), (fault, at, status), "{target}");
        assert!(error.to_string().ends_with(&format!("at octet {at} of the path")), "{error}");
    }
}

#[test]
fn windows_gives_names_a_meaning() {
    let refused = [
        "/c:",
        "/c:/windows",
        "/a/c%3a",
        "/file.txt::$DATA",
        "/a.",
        "/a%20",
        "/a./b",
        "/con",
        "/CON",
        "/Con.txt",
        "/nul.tar.gz",
        "/aux%20.txt",
        "/com1",
        "/COM9.log",
        "/lpt1",
        "/com%C2%B9",
        "/CONIN$",
        "/conout$",
        "/PROGRA~1",
        "/GIT~1/config",
        "/a%3fb",
        "/a*b",
        "/a%22b",
        "/a%7Cb",
        "/a%0ab",
        "/%ff",
    ];
    for target in refused {
        let error = SafePath::parse_for(target, Names::Windows).unwrap_err();
        assert_eq!((error.fault(), error.status().as_u16()), (PathFault::ReservedName, 404), "{target}");
        assert!(SafePath::parse_for(target, Names::Unix).is_ok(), "{target}");
    }
    for target in ["/", "/console", "/com", "/com10", "/lpt", "/nulls", "/a.b", "/a~b", "/caf%C3%A9", "/a%20b/c"] {
        assert!(SafePath::parse_for(target, Names::Windows).is_ok(), "{target}");
    }
}

#[test]
fn hidden_names() {
    let hidden =
        ["/.git", "/.git/config", "/a/.b/c", "/...", "/%2egit", "/a/.well-known/x", "/.well-known/.x", "/.well-known2"];
    for target in hidden {
        assert!(SafePath::parse(target).unwrap().is_hidden(), "{target}");
    }
    for target in ["/", "/a.b", "/a/b.", "/.well-known", "/.well-known/security.txt", "/.well-known/a/b"] {
        assert!(!SafePath::parse(target).unwrap().is_hidden(), "{target}");
    }
}

#[test]
fn written_paths_are_harmless_and_read_back() {
    for octet in (1..=255u8).filter(|o| !b"/\\".contains(o)) {
        let target: String = format!("/x%{octet:02x}y/z");
        let path = SafePath::parse_for(&target, Names::Unix).unwrap();
        let written = path.to_string();
        assert_eq!(SafePath::parse_for(&written, Names::Unix).unwrap(), path, "{written}");
        assert!(written.bytes().all(|o| o.is_ascii_alphanumeric() || b"/%-._~".contains(&o)), "{written}");
    }
    for (target, written) in [("/", "/"), ("//", "/"), ("//a//b", "/a/b"), ("//a//", "/a/"), ("/%2541", "/%2541")] {
        assert_eq!(SafePath::parse(target).unwrap().to_string(), written, "{target}");
    }
    assert_eq!(SafePath::parse("/a").unwrap().with_slash().to_string(), "/a/");
}
