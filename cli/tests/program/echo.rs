//! `--echo`: requests come back as they were received.

use super::common::Program;
use super::common::http::{Client, request};

#[test]
fn a_head_comes_back_octet_for_octet() {
    let program = Program::start(["--echo", "--port", "0"]);
    program.wait_for_words("Sending requests back. This machine only;");
    let heads: [&[u8]; 4] = [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /a%20b?c=d&e HTTP/1.1\r\nhOsT:localhost\r\nX-Empty:\r\nX-Twice: 1\r\nX-Odd: \t two  words \t \r\n\
          x-twice: 2\r\n\r\n",
        b"DELETE //x/../y HTTP/1.1\r\nHost: localhost:1\r\nX-Latin: \xe9\xff\r\n\r\n",
        b"GET http://localhost/absolute HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ];
    let mut client = Client::connect(program.address());
    for head in heads {
        client.send(head);
        let answer = client.answer("GET");
        assert_eq!(answer.content.escape_ascii().to_string(), head.escape_ascii().to_string());
        assert_eq!((answer.status, answer.field("Content-Type")), (200, Some("text/plain")));
        assert_eq!(answer.field("Content-Security-Policy"), Some("sandbox"));
    }
    assert_eq!(client.rest(), b"");
}

#[test]
fn content_comes_back_with_its_type() {
    let program = Program::start(["--echo", "--port", "0"]);
    let content: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let mut client = Client::connect(program.address());
    for (fields, expected) in
        [(&[("Content-Type", "image/x-odd; a=\"b\"")][..], "image/x-odd; a=\"b\""), (&[], "application/octet-stream")]
    {
        let length = content.len().to_string();
        client.request("POST", "/", &[fields, &[("Content-Length", &length)]].concat());
        client.send(&content);
        let answer = client.answer("POST");
        assert_eq!((answer.status, answer.field("Content-Type")), (200, Some(expected)));
        assert!(answer.content == content);
    }
    client.request("PUT", "/", &[("Transfer-Encoding", "chunked"), ("Content-Type", "text/x-parts")]);
    client.send(b"3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n");
    let answer = client.answer("PUT");
    assert_eq!((answer.content.as_slice(), answer.field("Content-Type")), (&b"abcdefg"[..], Some("text/x-parts")));
    // No files are served meanwhile.
    assert!(request(program.address(), "GET", "/Cargo.toml", &[]).text().starts_with("GET /Cargo.toml HTTP/1.1\r\n"));
}
