//! Every file of `fuzz/corpus`, through the same law that its fuzz target calls; and where the files come from.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod seeds;

use std::path::{Path, PathBuf};

use basehttp_tests::invariants::LAWS;

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target)
}

#[test]
fn every_file_of_the_corpora() {
    let mut files = 0;
    for (target, law) in LAWS {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder(target))
            .unwrap_or_else(|error| panic!("the corpus of {target}: {error}"))
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        assert!(!paths.is_empty(), "{target} has no corpus");
        for path in paths {
            // Shown if the law is broken: the name of the file is what finds it again.
            println!("{}", path.display());
            law(&std::fs::read(&path).unwrap());
            files += 1;
        }
    }
    assert!((150..=600).contains(&files), "{files} files: a corpus that is committed is small");
}

#[test]
fn every_corpus_has_its_law_and_every_law_its_target() {
    let mut corpora: Vec<String> = std::fs::read_dir(folder(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    corpora.sort();
    let mut laws: Vec<&str> = LAWS.iter().map(|(name, _)| *name).collect();
    laws.sort_unstable();
    assert_eq!(corpora, laws);
    for law in laws {
        let target = folder("").join("../fuzz_targets").join(law).with_extension("rs");
        assert!(target.exists(), "{}", target.display());
    }
}

/// The seeds are those that `seeds` makes: `BASEHTTP_WRITE_SEEDS=1 cargo test -p basehttp-tests --test corpora` writes them
/// anew. What a fuzzer found stays.
#[test]
fn the_seeds_are_up_to_date() {
    for (target, name, octets) in seeds::all() {
        let file = folder(target).join(name);
        if std::env::var_os("BASEHTTP_WRITE_SEEDS").is_some() {
            std::fs::create_dir_all(folder(target)).unwrap();
            std::fs::write(&file, &octets).unwrap();
        }
        assert!(std::fs::read(&file).is_ok_and(|found| found == octets), "{} is not what it should be", file.display());
    }
}
