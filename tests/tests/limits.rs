//! Every limit at itself, one below and one above; and memory, which is bounded by them and not by what a peer says.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, with a text that names the limit"
)]

use allocation_counter::measure;
use basehttp_proto::server::{Connection, Event};
use basehttp_proto::{BodyLength, Config, Fields, Limits, ResponseHead, StatusCode};
use basehttp_tests::random::Random;
use basehttp_tests::script::{Script, When};
use basehttp_tests::split;
use bytes::{BufMut as _, Bytes};

/// A limit: how it is set, an input that reaches a size, and what answers one beyond it.
struct Limit {
    name: &'static str,
    set: fn(&mut Limits, u32),
    /// The limit that is tried.
    at: u32,
    /// An input of exactly that size.
    input: fn(usize) -> Vec<u8>,
    status: u16,
    code: &'static str,
}

const HEAD: &str = "GET / HTTP/1.1\r\nHost: a\r\n";
const CHUNKED: &str = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

fn repeat(text: &str, times: usize) -> String {
    text.repeat(times)
}

#[rustfmt::skip]
const LIMITS: &[Limit] = &[
    Limit { name: "empty_lines", set: |l, n| l.empty_lines = n, at: 4, status: 400, code: "empty-lines",
        input: |n| format!("{}{HEAD}\r\n", repeat("\r\n", n)).into() },
    Limit { name: "request_line", set: |l, n| l.request_line = n, at: 60, status: 414, code: "request-line-too-long",
        input: |n| format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", repeat("a", n - 14)).into() },
    Limit { name: "head", set: |l, n| l.head = n, at: 90, status: 431, code: "head-too-large",
        input: |n| format!("{HEAD}X: {}\r\n\r\n", repeat("y", n - HEAD.len() - 7)).into() },
    Limit { name: "fields", set: |l, n| l.fields = n, at: 7, status: 431, code: "too-many-fields",
        input: |n| format!("{HEAD}{}\r\n", repeat("X: y\r\n", n - 1)).into() },
    Limit { name: "content, by its length", set: |l, n| l.content = u64::from(n), at: 20, status: 413, code: "content-too-large",
        input: |n| format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{}", repeat("x", n)).into() },
    Limit { name: "content, in one chunk", set: |l, n| l.content = u64::from(n), at: 20, status: 413, code: "content-too-large",
        input: |n| format!("{CHUNKED}{n:x}\r\n{}\r\n0\r\n\r\n", repeat("x", n)).into() },
    Limit { name: "content, in many chunks", set: |l, n| l.content = u64::from(n), at: 20, status: 413, code: "content-too-large",
        input: |n| format!("{CHUNKED}{}0\r\n\r\n", repeat("1\r\nx\r\n", n)).into() },
    Limit { name: "chunk_line", set: |l, n| l.chunk_line = n, at: 20, status: 400, code: "chunk-extensions-too-large",
        input: |n| format!("{CHUNKED}1;{}\r\nx\r\n0\r\n\r\n", repeat("a", n - 2)).into() },
    Limit { name: "chunk_line, of the last chunk", set: |l, n| l.chunk_line = n, at: 20, status: 400, code: "chunk-extensions-too-large",
        input: |n| format!("{CHUNKED}0;{}\r\n\r\n", repeat("a", n - 2)).into() },
    // A chunk of one octet pays for 16 + 2 octets of framing; a line of 15 octets costs 19 with its line ends.
    Limit { name: "chunk_overhead", set: |l, n| l.chunk_overhead = n, at: 20, status: 400, code: "chunk-extensions-too-large",
        input: |n| format!("{CHUNKED}{}0\r\n\r\n", repeat("1;aaaaaaaaaaaaa\r\nx\r\n", n)).into() },
    Limit { name: "trailers", set: |l, n| l.trailers = n, at: 20, status: 431, code: "trailers-too-large",
        input: |n| format!("{CHUNKED}0\r\nX: {}\r\n\r\n", repeat("y", n - 7)).into() },
    Limit { name: "trailer_fields", set: |l, n| l.trailer_fields = n, at: 5, status: 431, code: "too-many-trailers",
        input: |n| format!("{CHUNKED}0\r\n{}\r\n", repeat("X: y\r\n", n)).into() },
];

#[test]
fn t41_each_limit_at_itself_and_one_beside_it() {
    for limit in LIMITS {
        let mut limits = Limits::default();
        (limit.set)(&mut limits, limit.at);
        let script = Script::default().config(Config { limits, ..Config::default() });
        for (size, passes) in [(limit.at - 1, true), (limit.at, true), (limit.at + 1, false)] {
            let input = (limit.input)(size as usize);
            let seen = split::check(&script, &input);
            let name = format!("{} of {}, size {size}", limit.name, limit.at);
            if passes {
                assert_eq!((seen.error(), seen.ends()), (None, 1), "{name}\n{seen}");
            } else {
                let error = seen.error().unwrap_or_else(|| panic!("{name} passes\n{seen}"));
                assert_eq!((error.kind.code(), error.found), (limit.code, None), "{name}");
                let answers = seen.answers().unwrap();
                let last = answers.last().unwrap();
                assert_eq!((last.status(), last.says("close")), (Some(limit.status), true), "{name}");
            }
        }
    }
}

#[test]
fn t41_the_defaults_are_those_that_are_documented() {
    let limits = Limits::default();
    assert_eq!((limits.empty_lines, limits.request_line, limits.head, limits.fields), (4, 8192, 32 << 10, 100));
    assert_eq!((limits.content, limits.chunk_line, limits.chunk_overhead), (Limits::UNLIMITED, 256, 16 << 10));
    assert_eq!((limits.trailers, limits.trailer_fields), (8 << 10, 32));
    assert_eq!((limits.drain, limits.requests), (256 << 10, 1000));
}

#[test]
fn t41_the_number_of_requests() {
    let limits = Limits { requests: 3, ..Limits::default() };
    let script = Script::default().config(Config { limits, ..Config::default() });
    for requests in [2, 3, 4] {
        let seen = split::check(&script, format!("{HEAD}\r\n").repeat(requests).as_bytes());
        let answers = seen.answers().unwrap();
        assert_eq!(answers.len(), requests.min(3));
        let closing = answers.iter().filter(|answer| answer.says("close")).count();
        assert_eq!(closing, usize::from(requests >= 3), "the last one that is allowed says so");
    }
}

#[test]
fn t21_drained_content_at_its_limit() {
    let limits = Limits { drain: 20, ..Limits::default() };
    let script = Script::default().when(When::Request).config(Config { limits, ..Config::default() });
    for content in [0usize, 1, 19, 20, 21, 22] {
        let first = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {content}\r\n\r\n{}", repeat("x", content));
        let seen = split::check(&script, format!("{first}GET /second HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
        let answers = seen.answers().unwrap();
        let drained = content <= 20;
        assert_eq!(answers.len(), if drained { 2 } else { 1 }, "{content}");
        assert_eq!(answers[0].says("close"), !drained, "{content}");
    }
}

#[test]
fn t25_names_and_values_around_the_borders_of_their_indices() {
    // Places within a head are kept in few bits: lengths around the usual borders of them (T25).
    let limits = Limits { head: u32::MAX, request_line: u32::MAX, fields: u32::MAX, ..Limits::default() };
    let config = Config { limits, ..Config::default() };
    for len in [255usize, 256, 65_535, 65_536, 1 << 20] {
        let name = repeat("n", len);
        let value = repeat("v", len);
        let input = format!("GET /{value} HTTP/1.1\r\nHost: a\r\n{name}: {value}\r\nAfter: x\r\n\r\n");
        let seen = split::run(&Script::default().config(config.clone()), [input.as_bytes()]);
        let request = seen.requests().next().unwrap_or_else(|| panic!("{len}: {:?}", seen.error()));
        assert_eq!(request.target.len(), len + 1);
        assert_eq!(request.fields[1], (name.into_bytes(), value.into_bytes()), "{len}");
        assert_eq!(request.fields[2], (b"After".to_vec(), b"x".to_vec()), "{len}");
    }
    let many = format!("{HEAD}{}\r\n", repeat("X: y\r\n", 100_000));
    let seen = split::run(&Script::default().config(config), [many.as_bytes()]);
    assert_eq!(seen.requests().next().unwrap().fields.len(), 100_001);
}

// Memory.

/// Takes everything that is queued.
fn flush(connection: &mut Connection) {
    let len = connection.transmit().len();
    connection.transmit().consume(len);
}

fn request(connection: &mut Connection) {
    assert!(matches!(connection.poll_event(), Ok(Some(Event::Request(_)))));
}

#[test]
fn t56_memory_does_not_follow_a_declared_length() {
    for head in ["Content-Length: 1099511627776\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n"] {
        let input = format!("POST / HTTP/1.1\r\nHost: a\r\n{head}0123456789");
        let used = measure(|| {
            let mut connection = Connection::new(Config::default());
            connection.recv(input.as_bytes()).unwrap();
            request(&mut connection);
            assert!(matches!(connection.poll_event(), Ok(Some(Event::Body(octets))) if octets.len() == 10));
            assert!(matches!(connection.poll_event(), Ok(None)));
        });
        assert!(used.bytes_max < 16 << 10, "{} octets for {head}", used.bytes_max);
    }
}

#[test]
fn t41_memory_of_a_head_stays_within_its_limit_times_a_few() {
    let mut input = String::from("GET / HTTP/1.1\r\n");
    while input.len() < 40_000 {
        input.push_str("a:\r\n");
    }
    let used = measure(|| {
        let mut connection = Connection::new(Config::default());
        for octet in input.as_bytes().chunks(1) {
            if !connection.wants_read() {
                break;
            }
            connection.recv(octet).unwrap();
            let _ = connection.poll_event();
        }
    });
    assert!(used.bytes_max < 4 * (32 << 10), "{} octets", used.bytes_max);
}

#[test]
fn t51_chunks_of_one_octet_cost_no_event_each() {
    let mut connection = Connection::new(Config::default());
    connection.recv(CHUNKED.as_bytes()).unwrap();
    request(&mut connection);
    let input = "1\r\nx\r\n".repeat(100_000);
    let (mut octets, mut most) = (0, 0);
    for read in input.as_bytes().chunks(4096) {
        connection.recv(read).unwrap();
        let mut events = 0;
        while let Some(event) = connection.poll_event().unwrap() {
            let Event::Body(data) = event else { panic!("{event:?}") };
            octets += data.len();
            events += 1;
        }
        most = most.max(events);
    }
    assert_eq!(octets, 100_000);
    assert!(most <= 2, "{most} events for one read");
}

/// The queue is drained and filled in turn and never becomes empty: what has left must not be kept.
#[test]
fn t47_a_queue_that_never_empties_does_not_grow() {
    for piece in [100usize, 4000, 5000, 60_000] {
        let used = measure(|| {
            let mut connection = Connection::new(Config::default());
            connection.recv(format!("{HEAD}\r\n").as_bytes()).unwrap();
            request(&mut connection);
            assert!(matches!(connection.poll_event(), Ok(Some(Event::End(_)))));
            connection.send_response(&ResponseHead::new(StatusCode::OK), BodyLength::Unknown).unwrap();
            let content = Bytes::from(vec![b'x'; piece]);
            for _ in 0..(16 << 20) / piece {
                connection.send_body(content.clone()).unwrap();
                let len = connection.transmit().len();
                connection.transmit().consume(len.saturating_sub(1));
            }
        });
        assert!(used.bytes_max < 256 << 10, "{} octets for pieces of {piece}", used.bytes_max);
    }
}

/// What is sent stays what was queued, however the queue is drained, and when it never becomes empty.
#[test]
fn a_queue_keeps_the_order_of_its_octets() {
    let mut random = Random::new(47);
    for most in [100usize, 3000, 6000, 30_000] {
        let mut connection = Connection::new(Config::default());
        connection.recv(format!("{HEAD}\r\n").as_bytes()).unwrap();
        request(&mut connection);
        assert!(matches!(connection.poll_event(), Ok(Some(Event::End(_)))));
        let sizes: Vec<usize> = (0..300).map(|_| 1 + random.below(most)).collect();
        let total: usize = sizes.iter().sum();
        connection.send_response(&ResponseHead::new(StatusCode::OK), BodyLength::Known(total as u64)).unwrap();
        let (mut queued, mut sent) = (Vec::new(), Vec::new());
        for (size, number) in sizes.into_iter().zip(0u32..) {
            let piece: Vec<u8> = (number..).flat_map(u32::to_be_bytes).take(size).collect();
            queued.extend_from_slice(&piece);
            connection.send_body(piece).unwrap();
            // A little stays behind, so that the queue grows longer and shorter and never empty.
            let len = random.below(2 * most).min(connection.transmit().len().saturating_sub(2 * most));
            take(&mut connection, len, &mut sent);
        }
        connection.finish(&Fields::new()).unwrap();
        let left = connection.transmit().len();
        take(&mut connection, left, &mut sent);
        assert!(connection.transmit().is_empty());
        let content = sent.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        assert!(sent[content..] == queued[..], "pieces of up to {most}");
    }
}

/// Takes up to `len` octets off the queue, as a write that is cut short does.
fn take(connection: &mut Connection, len: usize, sent: &mut Vec<u8>) {
    let queue = connection.transmit();
    let mut left = len;
    while left > 0 && !queue.is_empty() {
        let octets = &queue.chunk()[..queue.chunk().len().min(left)];
        assert!(!octets.is_empty(), "a queue that is not empty has a first part");
        sent.extend_from_slice(octets);
        left -= octets.len();
        let len = octets.len();
        queue.consume(len);
    }
}

/// A peer that sends requests and reads nothing is not read from while its answer waits (T50).
#[test]
fn t50_no_octets_are_taken_while_a_response_is_due() {
    let mut connection = Connection::new(Config::default());
    connection.recv(format!("{HEAD}\r\n").as_bytes()).unwrap();
    request(&mut connection);
    assert!(matches!(connection.poll_event(), Ok(Some(Event::End(_)))));
    assert!(!connection.wants_read());
    assert_eq!(connection.recv(b"GET").unwrap_err(), basehttp_proto::UsageError::NotReading);
    assert_eq!(connection.recv_buf(8192).remaining_mut(), 0);
    connection.send_response(&ResponseHead::new(StatusCode::OK), BodyLength::Known(1)).unwrap();
    assert!(!connection.wants_read());
    connection.send_body("x").unwrap();
    connection.finish(&Fields::new()).unwrap();
    assert!(!connection.wants_read());
    flush(&mut connection);
    assert!(matches!(connection.poll_event(), Ok(None)));
    assert!(connection.wants_read());
}

#[test]
fn room_to_receive_into_is_as_large_as_was_asked_for() {
    let mut connection = Connection::new(Config::default());
    for limit in [1usize, 100, 8192, 65_536] {
        let mut room = connection.recv_buf(limit);
        assert_eq!((room.remaining_mut(), room.chunk_mut().len()), (limit, limit));
    }
}

#[test]
fn t48_an_idle_connection_holds_little() {
    let exchange = |connection: &mut Connection, input: &[u8]| {
        connection.recv(input).unwrap();
        request(connection);
        while !matches!(connection.poll_event(), Ok(Some(Event::End(_)))) {}
        connection.respond(&ResponseHead::new(StatusCode::OK), vec![b'x'; 100_000]).unwrap();
        flush(connection);
        assert!(matches!(connection.poll_event(), Ok(None)));
    };
    let large = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n{}", repeat("x", 100_000));
    let small = format!("{HEAD}\r\n");
    for input in [small, large] {
        let mut connection = Connection::new(Config::default());
        let used = measure(|| exchange(&mut connection, input.as_bytes()));
        let held = used.bytes_current;
        assert!(held < 1 << 10, "{held} octets after an exchange of {} octets", input.len());
    }
}
