//! No octet is looked at more often than a few times, however the input arrives: shown by a count and not by a clock.
//!
//! It needs the feature `steps`, which nothing that is built for use has.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use basehttp_proto::{Config, Policy, client, server, steps};
use basehttp_tests::client_split::request;

/// The most times that an octet is looked at, and what each message may cost beyond that.
const TIMES: u64 = 8;
const BEYOND: u64 = 64;

/// Limits that let through whatever is generated here.
fn config() -> Config {
    let mut config = Config { policy: Policy::compat(), ..Config::client() };
    let limits = &mut config.limits;
    (limits.head, limits.fields, limits.trailers, limits.trailer_fields) = (1 << 20, 1 << 16, 1 << 20, 1 << 16);
    (limits.request_line, limits.chunk_overhead, limits.chunk_line) = (1 << 20, 1 << 20, 1 << 20);
    config
}

/// Gives a server everything, `piece` octets at a time, and asks it for all it can tell each time. The steps, and the
/// requests that were begun.
fn serve(input: &[u8], piece: usize) -> (u64, u32) {
    let mut connection = server::Connection::new(config());
    let before = steps();
    for octets in input.chunks(piece) {
        connection.recv(octets).expect("octets are wanted");
        while connection.poll_event().expect("no fault").is_some() {}
    }
    (steps() - before, connection.requests())
}

/// As [`serve`], for the answer to a GET; whether it was told to its end.
fn hear(input: &[u8], piece: usize) -> (u64, bool) {
    let mut connection = client::Connection::new(config());
    connection.request(&request("GET", "/"), "").unwrap();
    let before = steps();
    let mut is_complete = false;
    for octets in input.chunks(piece) {
        connection.recv(octets).expect("octets are wanted");
        while let Some(event) = connection.poll_event().expect("no fault") {
            is_complete |= matches!(event, client::Event::End(_));
        }
    }
    (steps() - before, is_complete)
}

#[track_caller]
fn assert_linear(name: &str, steps: u64, octets: usize) {
    let octets = octets as u64;
    // Data is handed on without a look, and little else is.
    assert!(steps * 4 >= octets, "{name}: {steps} steps for {octets} octets: something is not counted");
    assert!(steps <= TIMES * octets + BEYOND, "{name}: {steps} steps for {octets} octets");
    println!("{name}: {:.2} steps for each of {octets} octets", steps as f64 / octets as f64);
}

/// Something of about `size` octets, made of repetitions.
type Shape = (&'static str, fn(usize) -> String);

const FIELDS: &[Shape] = &[
    ("one long value", |size| format!("X: {}\r\n", "v".repeat(size))),
    ("one long name", |size| format!("{}: v\r\n", "n".repeat(size))),
    ("a value of white space", |size| format!("X:{}v\r\n", " \t".repeat(size / 2))),
    ("short lines", |size| "A: b\r\n".repeat(size / 6)),
    ("empty values", |size| "A:\r\n".repeat(size / 4)),
    ("lists", |size| format!("Connection: {}\r\n", "a,".repeat(size / 2))),
    ("repeated lists", |size| "Connection: x\r\n".repeat(size / 15)),
    ("names that are no words", |size| "A_1!: b\r\n".repeat(size / 9)),
    ("obs-text", |size| format!("X: {}\r\n", "é".repeat(size / 2))),
    ("HTAB", |size| format!("X: {}v\r\n", "v\t".repeat(size / 2))),
];

/// What only responses may have.
const FOLDED: &[Shape] = &[
    ("folded lines", |size| format!("X: a\r\n{}", " b\r\n".repeat(size / 4))),
    ("empty folds", |size| format!("X: a\r\n{}", " \r\n".repeat(size / 3))),
    ("fields and folds", |size| "X: a\r\n b\r\n".repeat(size / 10)),
];

const CHUNKS: &[Shape] = &[
    ("chunks of one octet", |size| "1\r\nx\r\n".repeat(size / 6)),
    ("chunks of a few octets", |size| "9\r\n123456789\r\n".repeat(size / 14)),
    ("one chunk", |size| format!("{size:x}\r\n{}\r\n", "x".repeat(size))),
    ("sizes with zeros", |size| "0000000000000001\r\nx\r\n".repeat(size / 21)),
    ("extensions", |size| "20;a=\"b\\\"c\";d\r\n01234567890123456789012345678901\r\n".repeat(size / 50)),
    ("one long extension", |size| format!("1;a={}\r\nx\r\n", "b".repeat(size))),
];

const SIZES: [usize; 3] = [300, 3000, 30_000];
const PIECES: [usize; 4] = [1, 2, 17, usize::MAX];

fn every(mut check: impl FnMut(usize, usize)) {
    for size in SIZES {
        PIECES.into_iter().for_each(|piece| check(size, piece));
    }
}

#[test]
fn heads_of_requests() {
    for (name, shape) in FIELDS {
        every(|size, piece| {
            let input = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", shape(size));
            let (steps, requests) = serve(input.as_bytes(), piece);
            assert_eq!(requests, 1, "{name}");
            assert_linear(name, steps, input.len());
        });
    }
}

#[test]
fn request_lines() {
    let lines: [Shape; 3] = [
        ("a long target", |size| format!("GET /{} HTTP/1.1\r\n", "a".repeat(size))),
        ("a long target that is not usual", |size| format!("GET /{}\u{e9} HTTP/1.1\r\n", "a".repeat(size))),
        ("a long host", |size| format!("GET http://{}/ HTTP/1.1\r\n", "a".repeat(size.min(250)))),
    ];
    for (name, shape) in lines {
        every(|size, piece| {
            let input = format!("{}Host: a\r\n\r\n", shape(size));
            let (steps, requests) = serve(input.as_bytes(), piece);
            assert_eq!(requests, 1, "{name}");
            assert_linear(name, steps, input.len());
        });
    }
}

#[test]
fn heads_of_responses() {
    for (name, shape) in FIELDS.iter().chain(FOLDED) {
        every(|size, piece| {
            let input = format!("HTTP/1.1 204 x\r\n{}\r\n", shape(size));
            let (steps, is_complete) = hear(input.as_bytes(), piece);
            assert!(is_complete, "{name}");
            assert_linear(name, steps, input.len());
            let input = input.replace("\r\n", "\n");
            assert_linear(name, hear(input.as_bytes(), piece).0, input.len());
        });
    }
}

#[test]
fn many_informational_responses() {
    let input = "HTTP/1.1 103 x\r\nLink: a\r\n\r\n".repeat(8);
    for piece in PIECES {
        assert_linear("informational responses", hear(input.as_bytes(), piece).0, input.len());
    }
}

#[test]
fn chunks_both_ways() {
    for (name, shape) in CHUNKS {
        every(|size, piece| {
            let coded = format!("Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", shape(size));
            let request = format!("POST / HTTP/1.1\r\nHost: a\r\n{coded}");
            // The data of a chunk that comes alone is handed on and not looked at.
            let least = |steps: u64, len: usize| if *name == "one chunk" { steps.max(len as u64) } else { steps };
            assert_linear(name, least(serve(request.as_bytes(), piece).0, request.len()), request.len());
            let response = format!("HTTP/1.1 200 OK\r\n{coded}");
            let (steps, is_complete) = hear(response.as_bytes(), piece);
            assert!(is_complete, "{name}");
            assert_linear(name, least(steps, response.len()), response.len());
        });
    }
}

#[test]
fn trailers() {
    for (name, shape) in FIELDS.iter().chain(FOLDED).filter(|(name, _)| !name.contains("lists")) {
        every(|size, piece| {
            let input = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n{}\r\n", shape(size));
            let (steps, is_complete) = hear(input.as_bytes(), piece);
            assert!(is_complete, "{name}");
            assert_linear(name, steps, input.len());
        });
    }
}

/// Requests that wait in the buffer are not looked at again with each one before them.
#[test]
fn pipelined_requests() {
    for count in [10, 100, 900] {
        let one = "GET /path HTTP/1.1\r\nHost: example.com\r\n\r\n";
        let input = one.repeat(count);
        let mut config = config();
        config.limits.requests = u32::MAX;
        let mut connection = server::Connection::new(config);
        let before = steps();
        connection.recv(input.as_bytes()).unwrap();
        let mut answered = 0;
        while let Some(event) = connection.poll_event().unwrap() {
            if let server::Event::End(_) = event {
                answered += 1;
                connection.respond(&basehttp_proto::ResponseHead::new(basehttp_proto::StatusCode::OK), "").unwrap();
                let len = connection.transmit().len();
                connection.transmit().consume(len);
            }
        }
        assert_eq!(answered, count);
        assert_linear("pipelined requests", steps() - before, input.len());
    }
}
