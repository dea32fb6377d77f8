//! Which hosts are answered for: a web page whose name was made to lead to this machine gets nothing.

use std::fs;
use std::net::SocketAddr;

use super::common::Program;
use super::common::http::{Client, raw};

const SECRET: &[u8] = b"[content of the secret file]";

fn start(options: &[&str]) -> (tempfile::TempDir, Program) {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("secret.txt"), SECRET).unwrap();
    let directory = root.path().to_str().unwrap();
    let program = Program::start([&[directory, "0"], options].concat());
    (root, program)
}

/// The status for a request with this Host.
fn status(address: SocketAddr, target: &str, host: &str) -> u16 {
    let mut client = Client::connect(address);
    client.send(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes());
    let answer = client.answer("GET");
    let leaked = answer.content.windows(SECRET.len()).any(|window| window == SECRET);
    assert_eq!(leaked, answer.status == 200, "{host:?}: {answer:?}");
    answer.status
}

#[test]
fn a_loopback_server_answers_for_this_machine_alone() {
    let (_root, program) = start(&[]);
    let address = program.address();
    let port = address.port();
    let own = [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "app.localhost",
        "127.0.0.1",
        "127.0.0.1.",
        "127.0.0.2",
        "127.255.255.254",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
    ];
    for host in own {
        assert_eq!(status(address, "/secret.txt", host), 200, "{host:?}");
        assert_eq!(status(address, "/secret.txt", &format!("{host}:{port}")), 200, "{host:?} with a port");
        assert_eq!(status(address, "/secret.txt", &format!("{host}:1")), 200, "{host:?} with another port");
    }
    let evil = [
        "evil.example",
        "localhost.evil.example",
        "evil-localhost",
        "127.0.0.1.evil.example",
        "128.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "192.168.0.1",
        "2130706433",
        "127.1",
        "0x7f000001",
        "[::]",
        "[::2]",
        "[fe80::1]",
        "local",
    ];
    for host in evil {
        assert_eq!(status(address, "/secret.txt", host), 421, "{host:?}");
        assert_eq!(status(address, "/secret.txt", &format!("{host}:{port}")), 421, "{host:?} with a port");
    }
    for host in ["", "localhost, evil.example", "localhost evil.example", "user@localhost", "localhost/"] {
        assert!(matches!(status(address, "/secret.txt", host), 400 | 421), "{host:?}");
    }
}

/// RFC 9112 3.2.2: a target with a host replaces the field.
#[test]
fn the_host_in_a_target_counts_and_the_field_does_not() {
    let (_root, program) = start(&[]);
    let address = program.address();
    assert_eq!(status(address, "http://localhost/secret.txt", "localhost"), 200);
    assert_eq!(status(address, "http://evil.example/secret.txt", "localhost"), 421);
    assert_eq!(status(address, "http://localhost/secret.txt", "evil.example"), 200);
}

#[test]
fn a_host_is_asked_for() {
    let (_root, program) = start(&[]);
    let address = program.address();
    let starts = |octets: Vec<u8>, with: &str| octets.starts_with(with.as_bytes());
    assert!(starts(raw(address, b"GET /secret.txt HTTP/1.1\r\nConnection: close\r\n\r\n"), "HTTP/1.1 400 "));
    let twice = b"GET /secret.txt HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert!(starts(raw(address, twice), "HTTP/1.1 400 "));
    // No browser sends a request of this version.
    assert!(starts(raw(address, b"GET /secret.txt HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 "));
}

#[test]
fn allowed_hosts() {
    let options = ["--allow-host", "my.example", "--allow-host", "*.example.org"];
    let (_root, program) = start(&options);
    let table = [
        ("my.example", 200),
        ("MY.Example:8080", 200),
        ("a.my.example", 421),
        ("my.example.evil", 421),
        ("a.example.org", 200),
        ("a.b.example.org:80", 200),
        ("example.org", 421),
        ("aexample.org", 421),
        ("localhost", 200),
        ("evil.example", 421),
    ];
    for (host, expected) in table {
        assert_eq!(status(program.address(), "/secret.txt", host), expected, "{host:?}");
    }
    let (_root, program) = start(&["--allow-host", "*"]);
    for host in ["evil.example", "10.0.0.1:80", "localhost"] {
        assert_eq!(status(program.address(), "/secret.txt", host), 200, "{host:?}");
    }
}

#[test]
fn echo_is_guarded_too() {
    let program = Program::start(["--echo", "--port", "0"]);
    let octets = raw(program.address(), b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert!(octets.starts_with(b"HTTP/1.1 421 "), "{}", octets.escape_ascii());
}
