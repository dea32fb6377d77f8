//! The golden cases of `cases/`, each divided in every way.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use basehttp_tests::case::{self, Case};
use basehttp_tests::observation::Seen;
use basehttp_tests::split;

/// One test for each document, so that they run side by side and a failure names its subject.
macro_rules! documents {
    ($($test:ident $file:literal)+) => {
        $(#[test] fn $test() { run($file); })+

        const DOCUMENTS: &[&str] = &[$($file),+];
    };
}

documents! {
    request_line "request-line.txt"
    target "target.txt"
    version "version.txt"
    fields "fields.txt"
    host "host.txt"
    content_length "content-length.txt"
    transfer_encoding "transfer-encoding.txt"
    chunked "chunked.txt"
    trailers "trailers.txt"
    expect "expect.txt"
    persistence "persistence.txt"
    pipelining "pipelining.txt"
    half_close "half-close.txt"
    responses "responses.txt"
    limits "limits.txt"
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

fn read(file: &str) -> Vec<Case> {
    let document = std::fs::read_to_string(folder().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    let cases = case::read(file, &document);
    assert!(!cases.is_empty(), "{file} has no case");
    cases
}

fn run(file: &str) {
    let failures: Vec<String> = read(file).iter().filter_map(|case| check(case).err()).collect();
    assert!(failures.is_empty(), "{} cases failed\n\n{}", failures.len(), failures.join("\n"));
}

/// Runs a case; one that ends in a refusal also with more octets after it, of which nothing may be seen (T24).
fn check(case: &Case) -> Result<(), String> {
    let seen = case.run()?;
    if case.is_refused && !case.script.eof {
        let mut input = case.input.clone();
        input.extend_from_slice(b"\r\n\r\nGET /after HTTP/1.1\r\nHost: a\r\n\r\n");
        let more = split::run(&case.script, [&input[..]]);
        if more != seen {
            return Err(format!("{}: something after the refusal was looked at\n{more}", case.place));
        }
        if more.events.iter().filter(|seen| matches!(seen, Seen::Error(_))).count() != 1 {
            return Err(format!("{}: a refusal is told once\n{more}", case.place));
        }
    }
    Ok(())
}

/// The documents of responses are those of the client; `tests/client` runs them.
#[test]
fn every_document_is_run_and_no_title_stands_twice() {
    let mut found: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".txt") && !name.starts_with("responses-"))
        .collect();
    found.sort();
    let mut listed = DOCUMENTS.to_vec();
    listed.sort_unstable();
    assert_eq!(found, listed);

    let mut titles = HashSet::new();
    for case in DOCUMENTS.iter().flat_map(|file| read(file)) {
        assert!(titles.insert(case.title.clone()), "{}: a second case called {}", case.place, case.title);
        let octets = (case.input.clone(), format!("{:?}", case.script));
        assert!(!case.expected.is_empty() && !octets.0.is_empty(), "{}: nothing sent or expected", case.place);
    }
    println!("{} golden cases", titles.len());
    assert!(titles.len() >= 250, "{} golden cases", titles.len());
}
