//! RFC 9110 14: which part of a representation a request gets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use basehttp_handler::range::{Outcome, content_range, evaluate, unsatisfied_range};
use basehttp_proto::Fields;
use support::fields;

fn outcome(value: &str, size: u64) -> Outcome {
    evaluate(&fields(&[("Range", value)]), size)
}

#[test]
fn table() {
    use Outcome::{Part, Unsatisfiable, Whole};
    let table: &[(&str, u64, Outcome)] = &[
        ("bytes=0-499", 10_000, Part(0..500)),
        ("bytes=500-999", 10_000, Part(500..1000)),
        ("bytes=-500", 10_000, Part(9500..10_000)),
        ("bytes=9500-", 10_000, Part(9500..10_000)),
        ("bytes=0-0", 10, Part(0..1)),
        ("bytes=9-9", 10, Part(9..10)),
        ("bytes=0-", 10, Part(0..10)),
        ("bytes=0-9", 10, Part(0..10)),
        ("bytes=0-10", 10, Part(0..10)),
        ("bytes=5-18446744073709551615", 10, Part(5..10)),
        ("bytes=5-99999999999999999999999999999999", 10, Part(5..10)),
        ("bytes=0000000000000000000000000000000000003-4", 10, Part(3..5)),
        ("bytes=-1", 10, Part(9..10)),
        ("bytes=-10", 10, Part(0..10)),
        ("bytes=-11", 10, Part(0..10)),
        ("bytes=-99999999999999999999999999999999", 10, Part(0..10)),
        ("BYTES=1-2", 10, Part(1..3)),
        ("bytes= 1-2", 10, Part(1..3)),
        ("bytes=,1-2,", 10, Part(1..3)),
        ("bytes=10-", 10, Unsatisfiable),
        ("bytes=10-20", 10, Unsatisfiable),
        ("bytes=-0", 10, Unsatisfiable),
        ("bytes=18446744073709551615-", u64::MAX, Unsatisfiable),
        ("bytes=99999999999999999999999999999999-", 10, Unsatisfiable),
        ("bytes=10-,20-", 10, Unsatisfiable),
        ("bytes=10-10,-0", 10, Unsatisfiable),
        ("bytes=0-18446744073709551615", u64::MAX, Part(0..u64::MAX)),
        // Not valid.
        ("", 10, Whole),
        ("bytes", 10, Whole),
        ("bytes=", 10, Whole),
        ("bytes=,", 10, Whole),
        ("bytes=-", 10, Whole),
        ("bytes=1", 10, Whole),
        ("bytes=2-1", 10, Whole),
        ("bytes=a-b", 10, Whole),
        ("bytes=1-b", 10, Whole),
        ("bytes=+1-2", 10, Whole),
        ("bytes=1-+2", 10, Whole),
        ("bytes=--1", 10, Whole),
        ("bytes=1--2", 10, Whole),
        ("bytes=0x1-2", 10, Whole),
        ("bytes=1 -2", 10, Whole),
        ("bytes=1- 2", 10, Whole),
        ("bytes=1.0-2", 10, Whole),
        ("bytes=\"1-2\"", 10, Whole),
        ("bytes =1-2", 10, Whole),
        ("bytes:1-2", 10, Whole),
        ("bytes 1-2", 10, Whole),
        ("bytes=1-2;3-4", 10, Whole),
        ("bytes=1-2,bytes=3-4", 10, Whole),
        ("bytes=10-,x", 10, Whole),
        // Another unit.
        ("octets=1-2", 10, Whole),
        ("none=1-2", 10, Whole),
        ("=1-2", 10, Whole),
        // Several ranges.
        ("bytes=0-0,-1", 10, Whole),
        ("bytes=0-1,1-2,2-3", 10, Whole),
        ("bytes=5-6,1-2", 10, Whole),
        ("bytes=0-1,20-", 10, Whole),
        // Nothing to divide.
        ("bytes=0-", 0, Whole),
        ("bytes=-1", 0, Whole),
        ("bytes=-0", 0, Whole),
    ];
    for (value, size, expected) in table {
        assert_eq!(outcome(value, *size), *expected, "{value} of {size}");
    }
}

#[test]
fn no_range_and_two_lines_are_whole() {
    assert_eq!(evaluate(&Fields::new(), 10), Outcome::Whole);
    assert_eq!(evaluate(&fields(&[("Range", "bytes=0-1"), ("Range", "bytes=0-1")]), 10), Outcome::Whole);
}

#[test]
fn a_part_is_what_the_positions_name() {
    for size in 1..12u64 {
        for first in 0..14u64 {
            for last in first..14 {
                let named: Vec<u64> = (0..size).filter(|octet| (first..=last).contains(octet)).collect();
                let expected = match (named.first(), named.last()) {
                    (Some(first), Some(last)) => Outcome::Part(*first..last + 1),
                    _ => Outcome::Unsatisfiable,
                };
                assert_eq!(outcome(&format!("bytes={first}-{last}"), size), expected);
            }
        }
    }
}

#[test]
fn a_flood_of_ranges_gets_the_whole_once() {
    for count in [2, 16, 17, 5000] {
        let value = format!("bytes={}", vec!["0-"; count].join(","));
        assert_eq!(outcome(&value, 10), Outcome::Whole, "{count}");
    }
    // Up to the limit it can be told that none is satisfiable; beyond it, the set is not looked at.
    assert_eq!(outcome(&format!("bytes={}", vec!["10-"; 16].join(",")), 10), Outcome::Unsatisfiable);
    assert_eq!(outcome(&format!("bytes={}", vec!["10-"; 17].join(",")), 10), Outcome::Whole);
}

#[test]
fn content_range_text() {
    assert_eq!(content_range(&(42..1234), 1234), "bytes 42-1233/1234");
    assert_eq!(content_range(&(0..1), 1), "bytes 0-0/1");
    assert_eq!(unsatisfied_range(1234), "bytes */1234");
}
