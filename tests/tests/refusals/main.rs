//! What is ambiguous is refused: the table of what is accepted, and matrices around it.
//!
//! Each refusal shows the status, `Connection: close`, and that a valid request after it is not answered. What is right
//! comes from tables written out here and from `basehttp_tests::grammar`, never from the library.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, with a text that names the case"
)]

mod chunks;
mod octets;
mod table;
mod tables;

use basehttp_proto::State;
use basehttp_tests::escape::escape;
use basehttp_tests::observation::{Observation, Seen};
use basehttp_tests::script::Script;
use basehttp_tests::split;

/// A valid request that follows each case.
const SECOND: &[u8] = b"GET /second HTTP/1.1\r\nHost: a\r\n\r\n";

/// What became of an input after which a valid second request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Every request of the input was answered, and so was the second.
    Accepted,
    /// It was answered with this status and nothing after it was looked at.
    Refused(u16),
    /// It is not complete: what was meant as the second request belongs to it.
    Waits,
}

/// What the library does with an input, whole and octet by octet.
#[track_caller]
fn verdict(input: &[u8]) -> (Verdict, Observation) {
    let input = [input, SECOND].concat();
    let seen = split::run(&Script::default(), [&input[..]]);
    let divided = split::run(&Script::default(), input.chunks(1));
    assert_eq!(seen.events, divided.events, "octet by octet: {}", escape(&input));
    assert_eq!(seen.output, divided.output, "octet by octet: {}", escape(&input));
    (judge(&seen, &input), seen)
}

/// As [`verdict`], whole only: for matrices of many thousand inputs.
#[track_caller]
fn verdict_whole(input: &[u8]) -> Verdict {
    let input = [input, SECOND].concat();
    judge(&split::run(&Script::default(), [&input[..]]), &input)
}

#[track_caller]
fn judge(seen: &Observation, input: &[u8]) -> Verdict {
    let second = seen.requests().any(|request| request.target == "/second");
    let Some(error) = seen.error() else {
        return if second { Verdict::Accepted } else { Verdict::Waits };
    };
    let text = escape(input);
    assert!(!second, "answered after a refusal: {text}");
    assert_eq!(seen.events.iter().filter(|seen| matches!(seen, Seen::Error(_))).count(), 1, "{text}");
    // A request line that can be read tells how its answer is framed, whatever is wrong with the rest.
    let is_head = input.starts_with(b"HEAD ") && !input.starts_with(b"HEAD  ");
    let method = if is_head { "HEAD" } else { "GET" };
    let answers = seen.answers_with(method).unwrap_or_else(|why| panic!("{why}: {text}"));
    assert_eq!(answers.len(), seen.ends() + 1, "one answer for the refusal: {text}");
    let last = answers.last().expect("an answer");
    assert!(last.says("close"), "a refusal says that it closes: {text}");
    assert_eq!(last.status(), Some(error.kind.status().as_u16()), "{text}");
    assert_eq!(seen.state, State::Lingering, "{text}");
    Verdict::Refused(error.kind.status().as_u16())
}

/// A request with this head, up to its empty line.
fn head(lines: &str) -> Vec<u8> {
    lines.split('|').flat_map(|line| [line.as_bytes(), b"\r\n"].concat()).chain(*b"\r\n").collect()
}
