//! The laws of `basehttp_tests::invariants`, called with generated octets: what the fuzz targets do at length.
//!
//! `PROPTEST_CASES` sets how many are tried.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "properties/strategies.rs"]
#[allow(dead_code, reason = "shared with the properties, which use all of it")]
mod strategies;

use basehttp_tests::invariants;
use proptest::collection::vec;
use proptest::prelude::*;
use strategies::stream;

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(512);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Pieces of responses in any order.
fn responses() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.0 200 OK\r\n",
        "HTTP/1.1 204 \r\n",
        "HTTP/1.1 304\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n",
        "HTTP/1.1 101 x\r\nUpgrade: x\r\n\r\n",
        "HTTP/2.0 200 OK\r\n",
        "Content-Length: 5\r\n",
        "Content-Length: 0\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Connection: close\r\n",
        "Connection: keep-alive\r\n",
        "X: a\r\n b\r\n",
        "\t\r\n",
        "\r\n",
        "hello",
        "5\r\nhello\r\n",
        "0\r\n\r\n",
        "0\r\nX: y\r\n\r\n",
        "\n",
        "\r",
        " ",
        "\0",
        ":",
    ]);
    let pieces = vec(piece, 0..14).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![4 => pieces, 1 => vec(any::<u8>(), 0..60)]
}

/// Chunks that are right, nearly right, and noise.
fn chunks() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "5\r\nhello\r\n",
        "1;\r\na\r\n",
        "1 \r\na\r\n",
        "1\r\na\r\n",
        "a\r\n0123456789\r\n",
        "0\r\n",
        "\r\n",
        "X: y\r\n",
        "Host: a\r\n",
        "5",
        ";a",
        ";a=b",
        ";a=\"b\\\"\"",
        " ",
        "\t",
        "\r",
        "\n",
        ";",
        "=",
        "\"",
        "ffffffffffffffff\r\n",
        "00",
        "x",
        "G",
    ]);
    let pieces = vec(piece, 0..14).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![4 => pieces, 1 => vec(any::<u8>(), 0..60)]
}

/// Lines of names and values, many of them good.
fn field_lines() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        6 => "[A-Za-z-]{1,6}:[ -~\t]{0,8}",
        2 => prop::sample::select(vec![
            "Host:a", "host:b:80", "Content-Length:0", "content-length:7", "Transfer-Encoding:chunked", "Connection:close",
            "Connection:upgrade", "Upgrade:x", "TE:chunked", "Expect:100-continue", "Date:x", "If-Range:W/x", "Cookie:a=b",
        ]).prop_map(str::to_owned),
    ];
    let lines = vec(line, 0..8).prop_map(|lines| [&[0], lines.join("\n").as_bytes()].concat());
    prop_oneof![3 => lines, 1 => vec(any::<u8>(), 0..120)]
}

/// Decisions, and octets after them.
fn scripted(octets: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (vec(any::<u8>(), 16), octets).prop_map(|(script, octets)| [script, octets].concat())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn request_heads(input in stream()) {
        invariants::request_head(&input);
    }

    #[test]
    fn response_heads(asked in any::<u8>(), input in responses()) {
        invariants::response_head(&[&[asked], &input[..]].concat());
    }

    #[test]
    fn chunked_content(input in chunks()) {
        invariants::chunked(&input);
    }

    #[test]
    fn servers_under_a_hostile_script(input in scripted(stream())) {
        invariants::server_connection(&input);
    }

    #[test]
    fn clients_under_a_hostile_server(input in scripted(responses())) {
        invariants::client_connection(&input);
    }

    #[test]
    fn a_client_and_a_server(input in vec(any::<u8>(), 0..120)) {
        invariants::duplex(&input);
    }

    #[test]
    fn fields_come_back(input in field_lines()) {
        invariants::fields_roundtrip(&input);
    }

    #[test]
    fn readers_agree(input in stream()) {
        invariants::differential(&input, &[]);
    }
}
