//! The reference reader and the library agree: on every golden case, and on generated streams.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "properties/strategies.rs"]
#[allow(dead_code, reason = "shared with the properties, which use all of it")]
mod strategies;

use std::path::Path;
use std::sync::Arc;

use basehttp_proto::{Config, Limits};
use basehttp_tests::case::{self, Case};
use basehttp_tests::escape::unescape;
use basehttp_tests::invariants::{agreement, asking};
use basehttp_tests::reference_parser::{Question, Stop};
use proptest::prelude::*;

fn documents() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let documents = files.iter().map(|file| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(file).unwrap())
    });
    documents.collect()
}

fn cases() -> Vec<Case> {
    let of_requests = documents().into_iter().filter(|(name, _)| !name.starts_with("responses-"));
    of_requests.flat_map(|(name, document)| case::read(&name, &document)).collect()
}

/// What a server sends in each case of a client that has no scene but one GET, and whether it ends its stream then.
fn answers() -> Vec<(String, Vec<u8>, bool)> {
    let of_responses = documents().into_iter().filter(|(name, _)| name.starts_with("responses-"));
    let mut answers = Vec::new();
    for (name, document) in of_responses {
        for case in document.split("\n== ").skip(1) {
            let (title, lines) = case.split_once('\n').unwrap();
            let mut octets = Vec::new();
            for line in lines.lines().filter_map(|line| line.strip_prefix('>')) {
                let (text, end) = line.strip_prefix('>').map_or((line, "\r\n"), |text| (text, ""));
                octets.extend(unescape(text.strip_prefix(' ').unwrap_or(text)).unwrap().0);
                octets.extend_from_slice(end.as_bytes());
            }
            let scene = |line: &str| line.split_once(':').map_or(line, |(key, _)| key).to_owned();
            let mut scenes = lines.lines().filter(|line| line.starts_with(|c: char| c.is_alphabetic())).map(scene);
            let eof = lines.lines().any(|line| line == "eof");
            if scenes.all(|scene| scene == "eof") {
                answers.push((format!("{name}: {title}"), octets, eof));
            }
        }
    }
    answers
}

#[test]
fn every_golden_case() {
    let cases = cases();
    assert!(cases.len() >= 250);
    for case in cases {
        let read = agreement::requests(&case.script.config, &case.input);
        let at_fault = matches!(read.stop, Stop::Fault(_) | Stop::Cut);
        assert!(!case.is_refused || at_fault, "{}: {} is refused", case.place, case.title);
    }
}

#[test]
fn every_golden_answer() {
    let answers = answers();
    assert!(answers.len() >= 100, "{}", answers.len());
    let asked = [Question { method: b"GET".to_vec(), ..Question::default() }];
    let config = asking::config(Limits::client(), asked.len());
    for (title, octets, eof) in answers {
        println!("{title}");
        agreement::responses(&config, &asked, &octets, eof);
        agreement::responses(&config, &asked, &octets, true);
    }
}

#[test]
fn reasons_are_those_of_the_grammar() {
    let stop = |input: &str| agreement::requests(&Arc::default(), input.as_bytes()).stop;
    assert_eq!(stop(""), Stop::End);
    assert_eq!(stop("\r\n\r\n"), Stop::End);
    assert_eq!(stop("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Stop::End);
    assert_eq!(stop("GET / HTTP/1.1\r\nHost: a\r\n"), Stop::Cut);
    assert_eq!(stop("GET / HTTP/1.0\r\n\r\nanything"), Stop::Closed);
    assert_eq!(stop("GET  / HTTP/1.1\r\n\r\n"), Stop::Fault("no request line"));
    assert_eq!(stop("GET / HTTP/1.1\n\r\n"), Stop::Fault("a bare LF"));
}

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1024);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn generated_streams(input in strategies::stream()) {
        agreement::requests(&Arc::<Config>::default(), &input);
    }
}
