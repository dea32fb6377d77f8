//! Log lines: their form, and that no octet forges or spoils one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use basehttp_handler::zone::Zone;
use basehttp_handler::{LogFormat, Peer, Record};
use basehttp_proto::StatusCode;
use bytes::Bytes;
use support::refused;

/// 2014-02-24 10:26:28 UTC.
fn time() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_393_237_588)
}

fn record(request_line: &[u8], status: StatusCode) -> Record {
    Record {
        peer: Peer::Ip(([127, 0, 0, 1], 50_000).into()),
        time: time(),
        request_line: Some(Bytes::copy_from_slice(request_line)),
        status,
        content_octets: Some(123),
        referer: None,
        user_agent: None,
        duration: Duration::from_millis(3),
        error: None,
    }
}

fn python(record: &Record) -> String {
    LogFormat::Python.format(record, &Zone::utc())
}

fn combined(record: &Record) -> String {
    LogFormat::Combined.format(record, &Zone::utc())
}

#[test]
fn python_lines() {
    let record_ok = record(b"GET / HTTP/1.1", StatusCode::OK);
    assert_eq!(python(&record_ok), "127.0.0.1 - - [24/Feb/2014 10:26:28] \"GET / HTTP/1.1\" 200 -\n");
    assert_eq!(
        python(&record(b"GET /nope HTTP/1.1", StatusCode::NOT_FOUND)),
        "127.0.0.1 - - [24/Feb/2014 10:26:28] code 404, message Not Found\n\
         127.0.0.1 - - [24/Feb/2014 10:26:28] \"GET /nope HTTP/1.1\" 404 -\n"
    );
    let unregistered = python(&record(b"GET / HTTP/1.1", StatusCode::new(499).unwrap()));
    assert!(unregistered.starts_with("127.0.0.1 - - [24/Feb/2014 10:26:28] code 499, message -\n"), "{unregistered}");
}

#[test]
fn a_refused_request_says_why() {
    let error = refused(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    let refused = Record { error: Some(error), ..record(b"GET / HTTP/1.1", error.status()) };
    let lines = python(&refused);
    let (first, second) = lines.split_once('\n').unwrap();
    assert_eq!(first, format!("127.0.0.1 - - [24/Feb/2014 10:26:28] code 400, message {error}"));
    assert_eq!(second, "127.0.0.1 - - [24/Feb/2014 10:26:28] \"GET / HTTP/1.1\" 400 -\n");
    let nothing = Record { request_line: None, ..refused };
    assert!(python(&nothing).ends_with("\"-\" 400 -\n"));
    assert_eq!(combined(&nothing).matches('\n').count(), 1);
}

#[test]
fn a_response_that_was_cut_short_says_so() {
    let cut = Record { content_octets: None, ..record(b"GET / HTTP/1.1", StatusCode::OK) };
    assert_eq!(
        python(&cut),
        "127.0.0.1 - - [24/Feb/2014 10:26:28] response cut short\n\
         127.0.0.1 - - [24/Feb/2014 10:26:28] \"GET / HTTP/1.1\" 200 -\n"
    );
    assert_eq!(combined(&cut).matches('\n').count(), 1);
}

#[test]
fn combined_lines() {
    let plain = record(b"GET / HTTP/1.1", StatusCode::OK);
    let start = "127.0.0.1 - - [24/Feb/2014:10:26:28 +0000] \"GET / HTTP/1.1\" 200";
    assert_eq!(combined(&plain), format!("{start} 123 \"-\" \"-\"\n"));
    let full = Record {
        content_octets: Some(0),
        referer: Some(Bytes::from_static(b"http://a/")),
        user_agent: Some(Bytes::from_static(b"curl/8.0")),
        ..plain.clone()
    };
    assert_eq!(combined(&full), format!("{start} 0 \"http://a/\" \"curl/8.0\"\n"));
    assert_eq!(combined(&Record { content_octets: None, ..plain }), format!("{start} - \"-\" \"-\"\n"));
}

#[test]
fn peers() {
    let line = |peer| python(&Record { peer, ..record(b"GET / HTTP/1.1", StatusCode::OK) });
    assert!(line(Peer::Ip(([0, 0, 0, 0, 0, 0, 0, 1], 1).into())).starts_with("::1 - - ["));
    assert!(line(Peer::Unix).starts_with("unix - - ["));
    assert!(line(Peer::Unknown).starts_with("- - - ["));
}

#[test]
fn zones() {
    let record = record(b"GET / HTTP/1.1", StatusCode::OK);
    for (seconds, expected) in [
        (5 * 3600 + 1800, "[24/Feb/2014:15:56:28 +0530]"),
        (-(3 * 3600 + 1800), "[24/Feb/2014:06:56:28 -0330]"),
        (-11 * 3600, "[23/Feb/2014:23:26:28 -1100]"),
        (14 * 3600, "[25/Feb/2014:00:26:28 +1400]"),
    ] {
        let line = LogFormat::Combined.format(&record, &Zone::fixed(seconds).unwrap());
        assert!(line.contains(expected), "{line}");
    }
    assert!(Zone::fixed(100_000).is_none());
}

#[test]
fn months_are_english() {
    let month = |seconds| {
        let at = UNIX_EPOCH + Duration::from_secs(seconds);
        let line = python(&Record { time: at, ..record(b"-", StatusCode::OK) });
        line.get(18..21).unwrap().to_owned()
    };
    // The middle of each month of 1970.
    let names: Vec<String> = (0..12).map(|n| month(n * 2_629_746 + 1_300_000)).collect();
    assert_eq!(names, ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]);
}

/// Reads a line of quoted values back: the values between the quotes, unescaped.
fn read_back(line: &str) -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    let mut octets = line.bytes().peekable();
    while octets.find(|&o| o == b'"').is_some() {
        let mut value = Vec::new();
        loop {
            match octets.next().expect("a closing quote") {
                b'"' => break,
                b'\\' if octets.next_if_eq(&b'\\').is_some() => value.push(b'\\'),
                b'\\' => {
                    assert_eq!(octets.next(), Some(b'x'));
                    let digits = [octets.next().unwrap(), octets.next().unwrap()];
                    value.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                }
                octet => value.push(octet),
            }
        }
        values.push(value);
    }
    values
}

#[test]
fn every_octet_is_one_line_and_reads_back() {
    let mut hostile: Vec<Vec<u8>> = (0..=255u8).map(|octet| vec![b'a', octet, b'b']).collect();
    hostile.extend(
        [
            &b"GET / HTTP/1.1\" 200 -\r\n10.0.0.1 - - [24/Feb/2014 10:26:28] \"GET /forged HTTP/1.1"[..],
            b"\x1b]0;title\x07\x1b[2J",
            br#"\x41 \\x41 \" \"#,
            br"\",
            b"\"",
            b"\xe2\x80\xae\xc2\x85\xff",
        ]
        .map(<[u8]>::to_vec),
    );
    for value in hostile {
        let octets = Bytes::from(value.clone());
        let record = Record {
            request_line: Some(octets.clone()),
            referer: Some(octets.clone()),
            user_agent: Some(octets),
            ..record(b"", StatusCode::OK)
        };
        for (line, count) in [(python(&record), 1), (combined(&record), 3)] {
            let text = line.strip_suffix('\n').unwrap();
            assert!(text.bytes().all(|o| (0x20..0x7f).contains(&o)), "{text:?}");
            assert_eq!(read_back(text), vec![value.clone(); count], "{text}");
        }
    }
}

#[test]
fn backslashes_are_doubled_as_python_does_and_escaped_for_log_readers() {
    let record = record(br"GET /a\b", StatusCode::OK);
    assert!(python(&record).contains(r#""GET /a\\b""#));
    assert!(combined(&record).contains(r#""GET /a\x5cb""#));
}

#[test]
fn long_values_are_cut() {
    let value = |len| Some(Bytes::from(vec![b'a'; len]));
    let at = |len, short| {
        let record = Record {
            request_line: value(len),
            referer: value(short),
            user_agent: value(short),
            ..record(b"", StatusCode::OK)
        };
        read_back(&combined(&record)).iter().map(|v| (v.len(), v.ends_with(b"..."))).collect::<Vec<_>>()
    };
    assert_eq!(at(1024, 256), [(1024, false), (256, false), (256, false)]);
    assert_eq!(at(1025, 257), [(1027, true), (259, true), (259, true)]);
    assert_eq!(at(1 << 20, 1 << 20), [(1027, true), (259, true), (259, true)]);
}
