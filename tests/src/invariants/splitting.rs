//! No division of the input changes what is seen, and no further input changes what was seen.

use std::sync::{Arc, LazyLock};

use basehttp_proto::{Config, Limits};

use super::agreement::{Told, plain_script};
use super::asking;
use super::choices::Choices;
use crate::escape::escape;
use crate::observation::{Observation, Seen};
use crate::reference_parser::Question;
use crate::script::Script;
use crate::split;

/// The settings that laws are held to: the defaults, and limits small enough to be met by a small input.
pub static CONFIGS: LazyLock<[Arc<Config>; 2]> =
    LazyLock::new(|| [Arc::default(), Arc::new(Config { limits: small(), ..Config::default() })]);

/// Limits that a small input goes past.
#[must_use]
pub fn small() -> Limits {
    Limits {
        empty_lines: 1,
        request_line: 40,
        head: 120,
        fields: 4,
        content: 30,
        chunk_line: 8,
        chunk_overhead: 20,
        trailers: 40,
        trailer_fields: 2,
        informational: 2,
        drain: 8,
        requests: 3,
        ..Limits::default()
    }
}

/// A server sees the same however `input` arrives, and goes on as it began when more of it does.
///
/// # Panics
///
/// When it does not.
#[track_caller]
pub fn of_requests(config: &Arc<Config>, input: &[u8]) {
    let mut choices = Choices::new(input);
    let ended = plain_script(config);
    let open = Script { eof: false, ..ended.clone() };
    let whole = split::run(&open, [input]);
    let pieces = choices.pieces(input);
    for (script, whole) in [(&ended, &split::run(&ended, [input])), (&open, &whole)] {
        let place = |seen: &Observation| format!("{}\nwhole: {whole:#?}\ndivided: {seen:#?}", escape(input));
        let octets = split::run(script, input.chunks(1));
        assert!(octets == *whole, "octet by octet: {}", place(&octets));
        let divided = split::run(script, pieces.iter().copied());
        assert!(divided == *whole, "in pieces: {}\npieces: {pieces:?}", place(&divided));
    }
    let cut = choices.below(256) * input.len() / 256;
    let first = split::run(&open, [&input[..cut]]);
    let place = || format!("cut at {cut}: {}\nfirst: {first:#?}\nwhole: {whole:#?}", escape(input));
    let (told, more) = (events(&first), events(&whole));
    if first.error().is_some() {
        assert!(first == whole, "an error is the end, {}", place());
    }
    assert!(whole.output.starts_with(&first.output), "what was sent, {}", place());
    let known = told.len().saturating_sub(1);
    assert!(more.get(..known) == Some(&told[..known]), "what was told, {}", place());
    match (told.last(), more.get(known)) {
        (None, _) => {}
        (Some(Seen::Body(short)), Some(Seen::Body(long))) => assert!(long.starts_with(short), "{}", place()),
        (last, same) => assert!(last == same, "what was told, {}", place()),
    }
}

/// What was told before the peer was told to stop.
fn events(seen: &Observation) -> Vec<Seen> {
    seen.events.iter().filter(|seen| !matches!(seen, Seen::Shutdown | Seen::Closed)).cloned().collect()
}

/// A client hears the same however `input` arrives, and goes on as it began when more of it does.
///
/// # Panics
///
/// When it does not.
#[track_caller]
pub fn of_responses(config: &Arc<Config>, asked: &[Question], input: &[u8], eof: bool) {
    let mut choices = Choices::new(input);
    let whole = asking::run(config, asked, [input], eof);
    let most = 3 * input.len() + 2 * asked.len() + 2;
    let same = |pieces: Vec<&[u8]>, way: &str| {
        let heard = asking::run(config, asked, pieces, eof);
        let place = || format!("{way}: {}\nwhole: {whole:#?}\ndivided: {heard:#?}", escape(input));
        assert!(heard == whole, "{}", place());
        assert!(heard.events.0 <= most, "more events than octets, {}", place());
    };
    same(input.chunks(1).collect(), "octet by octet");
    same(choices.pieces(input), "in pieces");
    let cut = choices.below(256) * input.len() / 256;
    let first = asking::run(config, asked, [&input[..cut]], false);
    let place = || format!("cut at {cut}: {}\nfirst: {first:#?}\nwhole: {whole:#?}", escape(input));
    if first.error.is_some() {
        assert!(first == whole, "an error is the end, {}", place());
    }
    let Some((last, before)) = first.told.split_last() else { return };
    let known = before.len();
    assert!(whole.told.get(..known) == Some(before), "what was told, {}", place());
    assert!(whole.told.get(known).is_some_and(|more| continues(more, last)), "what was told, {}", place());
}

/// Whether `more` is `first`, or goes on from it.
fn continues(more: &Told, first: &Told) -> bool {
    let head = |told: &Told| (told.start.clone(), told.is_http10, told.fields.clone());
    if first.is_complete {
        return more == first;
    }
    head(more) == head(first) && more.content.starts_with(&first.content)
}
