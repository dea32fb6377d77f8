//! Every octet at every kind of place in a head.

use basehttp_tests::escape::escape;
use basehttp_tests::grammar::{OWS, TARGET, TCHAR, is_field_value};

use crate::{Verdict, head, verdict};

/// Where in a part the octet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Start,
    Middle,
    End,
}

use Place::{End, Middle, Start};

/// Every octet at every place of `part`, put between `before` and `after`.
fn everywhere(before: &str, part: &str, after: &str) -> Vec<(Place, u8, Vec<u8>, Vec<u8>)> {
    let mut inputs = Vec::new();
    for octet in 0..=u8::MAX {
        for (place, at) in [(Start, 0), (Middle, part.len() / 2), (End, part.len())] {
            let (first, rest) = part.as_bytes().split_at(at);
            let with = [first, &[octet], rest].concat();
            let input = [before.as_bytes(), &with, after.as_bytes()].concat();
            inputs.push((place, octet, with, input));
        }
    }
    inputs
}

/// The rest of a request after its target.
const AFTER_TARGET: &str = " HTTP/1.1\r\nHost: a\r\n\r\n";
const BEFORE_FIELD: &str = "GET / HTTP/1.1\r\nHost: a\r\n";

fn accepted_if(condition: bool) -> Verdict {
    if condition { Verdict::Accepted } else { Verdict::Refused(400) }
}

#[test]
fn t14_every_octet_in_a_method() {
    for (place, octet, method, input) in everywhere("", "GET", " / HTTP/1.1\r\nHost: a\r\n\r\n") {
        let (found, seen) = verdict(&input);
        assert_eq!(found, accepted_if(TCHAR.contains(&octet)), "{octet:#04x} at the {place:?}");
        if found == Verdict::Accepted {
            assert_eq!(seen.requests().next().unwrap().method.as_bytes(), method);
        }
    }
}

#[test]
fn t34_every_octet_in_a_target() {
    for (place, octet, target, input) in everywhere("GET /", "ab", AFTER_TARGET) {
        let (found, seen) = verdict(&input);
        assert_eq!(found, accepted_if(TARGET.contains(&octet)), "{octet:#04x} at the {place:?}");
        if found == Verdict::Accepted {
            assert_eq!(seen.requests().next().unwrap().target.as_bytes(), [b"/", &target[..]].concat());
        }
    }
}

#[test]
fn t34_every_octet_as_the_first_of_a_target() {
    for octet in 0..=u8::MAX {
        let input = [b"GET ", &[octet][..], b"b HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
        assert_eq!(verdict(&input).0, accepted_if(octet == b'/'), "{octet:#04x}");
    }
}

#[test]
fn t14_every_octet_in_a_field_name() {
    for (place, octet, name, input) in everywhere(BEFORE_FIELD, "name", ": value\r\n\r\n") {
        // A colon ends the name, so it is wrong only where it leaves none.
        let ends_name = octet == b':' && place != Start;
        let (found, seen) = verdict(&input);
        assert_eq!(found, accepted_if(TCHAR.contains(&octet) || ends_name), "{octet:#04x} at the {place:?}");
        if found == Verdict::Accepted {
            let expected = name.split(|&o| o == b':').next().unwrap();
            assert_eq!(seen.requests().next().unwrap().fields[1].0, expected);
        }
    }
}

#[test]
fn t09_t10_every_octet_in_a_field_value() {
    for (place, octet, value, input) in everywhere(&[BEFORE_FIELD, "X:"].concat(), "value", "\r\n\r\n") {
        let (found, seen) = verdict(&input);
        assert_eq!(found, accepted_if(is_field_value(octet)), "{octet:#04x} at the {place:?}");
        if found == Verdict::Accepted {
            // Only SP and HTAB are taken away, and only at the edges.
            let expected = if place != Middle && OWS.contains(&octet) { b"value".to_vec() } else { value };
            let stored = &seen.requests().next().unwrap().fields[1].1;
            assert_eq!(*stored, expected, "{}", escape(stored));
        }
    }
}

#[test]
fn t10_every_pair_of_octets_at_the_edges_of_a_value_is_trimmed_of_white_space_alone() {
    for octet in (0..=u8::MAX).filter(|&o| is_field_value(o) && !OWS.contains(&o)) {
        let input = [BEFORE_FIELD.as_bytes(), b"X: \t", &[octet], b"v", &[octet], b"\t \r\n\r\n"].concat();
        let (found, seen) = verdict(&input);
        assert_eq!(found, Verdict::Accepted);
        assert_eq!(seen.requests().next().unwrap().fields[1].1, [octet, b'v', octet]);
    }
}

#[test]
fn t02_every_octet_around_and_in_chunked() {
    let before = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:";
    for (place, octet, _, input) in everywhere(before, "chunked", "\r\n\r\n3\r\nabc\r\n0\r\n\r\n") {
        let expected = match octet {
            b' ' | b'\t' if place != Middle => Verdict::Accepted,
            // Whatever else it is, `chunked` is not what it ends in.
            _ => Verdict::Refused(400),
        };
        let (found, seen) = verdict(&input);
        assert_eq!(found, expected, "{octet:#04x} at the {place:?}");
        if found == Verdict::Accepted {
            assert_eq!(seen.content(), b"abc");
        }
    }
}

#[test]
fn t04_every_octet_in_a_content_length() {
    for (place, octet, value, _) in everywhere("", "12", "") {
        let text = String::from_utf8_lossy(&value).into_owned();
        let expected = match octet {
            b'0'..=b'9' => Some(text.parse().unwrap()),
            b' ' | b'\t' if place != Middle => Some(12),
            _ => None,
        };
        let content = vec![b'x'; expected.unwrap_or(12)];
        let input = [b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:", &value[..], b"\r\n\r\n", &content].concat();
        let (found, seen) = verdict(&input);
        assert_eq!(found, accepted_if(expected.is_some()), "{octet:#04x} at the {place:?}");
        if expected.is_some() {
            assert_eq!(seen.content(), content);
        }
    }
}

/// A request with everything in it.
fn reference_request() -> Vec<u8> {
    let mut request = head("POST /path?query HTTP/1.1|Host: example.com:80|X:  v \t|Transfer-Encoding: chunked");
    request.extend_from_slice(b"5;x=\"y\"\r\nhello\r\n0\r\nX-Trailer: t\r\n\r\n");
    request
}

#[test]
fn t08_a_cr_put_in_at_every_offset() {
    let request = reference_request();
    assert_eq!(verdict(&request).0, Verdict::Accepted);
    for at in 0..request.len() {
        let (before, after) = request.split_at(at);
        let input = [before, b"\r", after].concat();
        assert_eq!(verdict(&input).0, Verdict::Refused(400), "at {at}: {}", escape(&input));
    }
}

#[test]
fn t08_a_cr_in_the_place_of_every_octet() {
    let request = reference_request();
    // Data is data: there a CR is content.
    let data = request.windows(5).position(|five| five == b"hello").unwrap();
    for at in (0..request.len()).filter(|at| request[*at] != b'\r') {
        let mut input = request.clone();
        input[at] = b'\r';
        let expected = accepted_if((data..data + 5).contains(&at));
        assert_eq!(verdict(&input).0, expected, "at {at}: {}", escape(&input));
    }
}

#[test]
fn t07_a_lf_put_in_at_every_offset_of_a_head() {
    let request = reference_request();
    let head = request.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    for at in 0..head {
        let (before, after) = request.split_at(at);
        let input = [before, b"\n", after].concat();
        assert_eq!(verdict(&input).0, Verdict::Refused(400), "at {at}: {}", escape(&input));
    }
}

#[test]
fn t07_every_cr_left_out() {
    let request = reference_request();
    for at in (0..request.len()).filter(|at| request[*at] == b'\r') {
        let mut input = request.clone();
        input.remove(at);
        assert_eq!(verdict(&input).0, Verdict::Refused(400), "at {at}: {}", escape(&input));
    }
}
