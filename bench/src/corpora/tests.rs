//! The tables name corpora by size: that size is held here.

use super::{Corpus, heads, requests, response};

fn shape(corpora: &[Corpus], name: &str) -> (usize, usize) {
    let corpus = corpora.iter().find(|corpus| corpus.name == name).expect("a corpus of that name");
    let lines: usize = corpus.inputs.iter().map(|input| input.iter().filter(|o| **o == b'\n').count()).sum();
    // A start line and an empty line are no fields.
    (corpus.octets(), (lines + corpus.messages() / 2) / corpus.messages() - 2)
}

#[test]
fn sizes_are_those_of_the_tables() {
    let heads = heads();
    for (name, octets, fields) in [
        ("wrk", 40, 1),
        ("curl", 78, 3),
        ("post-json", 399, 9),
        ("pico-style", 679, 9),
        ("chrome", 789, 15),
        ("cookies-4k", 3964, 15),
        ("mix-32", 983, 15),
        ("response", 430, 11),
        ("curl-x16", 78, 3),
    ] {
        assert_eq!(shape(&heads, name), (octets, fields), "{name}");
    }
    assert_eq!(shape(&requests(), "browser"), (746, 15));
}

#[test]
fn content_has_the_length_that_was_announced() {
    assert_eq!(super::plain::JSON.len(), 64);
    assert!(response().inputs[0].ends_with(b"\r\n\r\nHello, World!"));
}

#[test]
fn heads_of_the_mix_differ() {
    let mut mix = super::mix::heads();
    mix.sort();
    mix.dedup();
    assert_eq!(mix.len(), 32);
}
