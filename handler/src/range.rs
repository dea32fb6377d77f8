//! Ranges of octets (RFC 9110 14).
//!
//! Law: no request makes the server send more than the representation once.

use std::ops::Range;

use basehttp_proto::{Fields, ListElements};

/// The most ranges that a request is read for; one with more gets the whole representation (RFC 9110 14.2, 17.15).
pub const MAX_RANGES: usize = 16;

/// Which part of a representation to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it, with 200.
    Whole,
    /// These octets, with 206 and Content-Range; never empty, never beyond the size.
    Part(Range<u64>),
    /// None of it: answer 416.
    Unsatisfiable,
}

/// Reads Range for a representation of `size` octets.
///
/// The whole is sent when Range is absent, repeated, not valid or of another unit than `bytes`, when it names more than
/// one range (answers in several parts are not offered), and when the representation is empty.
pub fn evaluate(fields: &Fields, size: u64) -> Outcome {
    let mut lines = fields.get_all("Range");
    let (Some(value), None) = (lines.next(), lines.next()) else { return Outcome::Whole };
    if size == 0 {
        return Outcome::Whole;
    }
    let Some(requested) = parse(value, size) else { return Outcome::Whole };
    match requested.as_slice() {
        [Some(range)] => Outcome::Part(range.clone()),
        ranges if ranges.iter().all(Option::is_none) => Outcome::Unsatisfiable,
        _ => Outcome::Whole,
    }
}

/// The value of Content-Range in a 206 (RFC 9110 14.4).
pub fn content_range(part: &Range<u64>, size: u64) -> String {
    format!("bytes {}-{}/{size}", part.start, part.end.saturating_sub(1))
}

/// The value of Content-Range in a 416 (RFC 9110 14.4).
pub fn unsatisfied_range(size: u64) -> String {
    format!("bytes */{size}")
}

/// The ranges of a set, `None` for one that is not satisfiable; `None` for all when the value is not valid.
fn parse(value: &[u8], size: u64) -> Option<Vec<Option<Range<u64>>>> {
    let equals = value.iter().position(|&octet| octet == b'=')?;
    let (unit, set) = value.split_at_checked(equals)?;
    if !unit.eq_ignore_ascii_case(b"bytes") {
        return None;
    }
    let mut ranges = Vec::new();
    for spec in ListElements::new(set.get(1..)?) {
        if ranges.len() >= MAX_RANGES {
            return None;
        }
        ranges.push(parse_one(spec, size)?);
    }
    (!ranges.is_empty()).then_some(ranges)
}

fn parse_one(spec: &[u8], size: u64) -> Option<Option<Range<u64>>> {
    let dash = spec.iter().position(|&octet| octet == b'-')?;
    let (first, last) = spec.split_at_checked(dash)?;
    let last = last.get(1..)?;
    if first.is_empty() {
        let suffix = number(last)?.min(size);
        return Some((suffix > 0).then(|| size.saturating_sub(suffix)..size));
    }
    let first = number(first)?;
    let end = if last.is_empty() { size } else { number(last).filter(|last| *last >= first)?.saturating_add(1) };
    Some((first < size).then(|| first..end.min(size)))
}

/// A decimal number of any length; one beyond u64 counts as its largest value, which is beyond any size too.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit.wrapping_sub(b'0')))?;
        Some(number.saturating_mul(10).saturating_add(digit))
    })
}
