//! The golden cases of `cases/responses-*.txt`, each answer divided in every way.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use basehttp_tests::client_case::{self, ClientCase};

/// One test for each document, so that they run side by side and a failure names its subject.
macro_rules! documents {
    ($($test:ident $file:literal)+) => {
        $(#[test] fn $test() { run($file); })+

        const DOCUMENTS: &[&str] = &[$($file),+];
    };
}

documents! {
    chunked "responses-chunked.txt"
    connection "responses-connection.txt"
    fields "responses-fields.txt"
    framing "responses-framing.txt"
    interim "responses-interim.txt"
    policy "responses-policy.txt"
    status_line "responses-status-line.txt"
    switch "responses-switch.txt"
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

fn read(file: &str) -> Vec<ClientCase> {
    let document = std::fs::read_to_string(folder().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    client_case::read(file, &document)
}

fn run(file: &str) {
    let failures: Vec<String> = read(file).iter().filter_map(|case| case.run().err()).collect();
    assert!(failures.is_empty(), "{} cases failed\n\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_document_is_run_and_no_title_stands_twice() {
    let mut found: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("responses-"))
        .collect();
    found.sort();
    assert_eq!(found, DOCUMENTS);

    let mut titles = HashSet::new();
    for case in DOCUMENTS.iter().flat_map(|file| read(file)) {
        assert!(titles.insert(case.title.clone()), "{}: a second case called {}", case.place, case.title);
    }
    println!("{} golden cases", titles.len());
    assert!(titles.len() >= 150, "{} golden cases", titles.len());
}
