//! Other readers beside ours: they agree wherever both accept, and where they do not the reason is in a closed list.
//!
//! The reference reader is always among them. Other oracles are handed in: the crates they come from are no dependency of
//! this workspace.

pub mod allowed;

use std::sync::Arc;

use basehttp_proto::{Config, Limits};

use super::agreement;
use super::asking;
use crate::escape::escape;
use crate::observation::Error;
use crate::reference_parser::{Framing, Lines, Message, Question, Read, Start, Stop};

/// Another reader.
#[derive(Clone, Copy, Debug)]
pub struct Oracle {
    /// What it is called.
    pub name: &'static str,
    /// Reads the head of a request at the start of these octets.
    pub request: fn(&[u8]) -> Verdict,
    /// Reads the head of a response to this question at the start of these octets.
    pub response: fn(&[u8], &Question) -> Verdict,
    /// Reads chunked content at the start of these octets.
    pub chunked: fn(&[u8]) -> Verdict<Content>,
    /// Why it may refuse a message that we accept, the octets of which come with it.
    pub may_refuse: fn(&Message, &[u8]) -> Option<&'static str>,
}

/// What a reader says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<T = Head> {
    /// It is complete, and good.
    Accepts(T),
    /// It is not complete.
    Partial,
    /// It is wrong.
    Refuses(String),
    /// That is no question for this reader.
    Silent,
}

/// Content as a reader sees it, and how many octets it took.
pub type Content = (Vec<u8>, usize);

/// A head as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the reference reader")]
pub struct Head {
    pub start: Start,
    pub is_http10: bool,
    pub fields: Lines,
    pub len: usize,
}

impl Head {
    fn of(message: &Message) -> Self {
        Self {
            start: message.start.clone(),
            is_http10: message.minor == 0,
            fields: message.fields.clone(),
            len: message.head.1 - message.head.0,
        }
    }
}

/// `input` as a stream of requests; or, where it starts like one, of responses to requests with GET.
///
/// # Panics
///
/// When readers differ for a reason that is not in the list.
pub fn differential(input: &[u8], oracles: &[Oracle]) {
    if input.starts_with(b"HTTP/") {
        responses(input, oracles);
    } else {
        requests(input, oracles);
    }
}

fn requests(input: &[u8], oracles: &[Oracle]) {
    let config = Arc::<Config>::default();
    let read = agreement::requests(&config, input);
    let fault = crate::split::run(&agreement::plain_script(&config), [input]).error();
    for oracle in oracles {
        for message in &read.messages {
            let context = || format!("{}: {}\n{message:#?}", oracle.name, escape(input));
            same_head(message, input, (oracle.request)(&input[message.head.0..]), oracle, &context);
            same_content(message, input, oracle, fault, &context);
        }
        if let Some(start) = refused_head(&read, input) {
            accepted((oracle.request)(&input[start..]), fault, &|| format!("{}: {}", oracle.name, escape(input)));
        }
    }
}

fn responses(input: &[u8], oracles: &[Oracle]) {
    let question = Question { method: b"GET".to_vec(), ..Question::default() };
    let asked = [question.clone(), question.clone(), question.clone()];
    let config = asking::config(Limits::client(), asked.len());
    let (read, heard) = agreement::responses(&config, &asked, input, true);
    for oracle in oracles {
        for message in &read.messages {
            let context = || format!("{}: {}\n{message:#?}", oracle.name, escape(input));
            let verdict = (oracle.response)(&input[message.head.0..], &question);
            same_head(message, input, verdict, oracle, &context);
            same_content(message, input, oracle, heard.error, &context);
        }
        if let Some(start) = refused_head(&read, input) {
            let verdict = (oracle.response)(&input[start..], &question);
            accepted(verdict, heard.error, &|| format!("{}: {}", oracle.name, escape(input)));
        }
    }
}

/// Where the head stands that was refused, if it was a head.
fn refused_head(read: &Read, input: &[u8]) -> Option<usize> {
    if !matches!(read.stop, Stop::Fault(_) | Stop::Cut) {
        return None;
    }
    let mut start = match read.messages.last() {
        None => 0,
        Some(message) => message.end?,
    };
    while input[start..].starts_with(b"\r\n") {
        start += 2;
    }
    (start < input.len()).then_some(start)
}

/// We accept a head; so does the oracle, as the same, or it has a reason.
#[track_caller]
fn same_head(message: &Message, input: &[u8], verdict: Verdict, oracle: &Oracle, context: &dyn Fn() -> String) {
    match verdict {
        Verdict::Accepts(head) => assert_eq!(head, Head::of(message), "a head, {}", context()),
        Verdict::Partial => panic!("only a part of a head, {}", context()),
        Verdict::Refuses(why) => {
            let head = &input[message.head.0..message.head.1];
            assert!((oracle.may_refuse)(message, head).is_some(), "refuses a head: {why}, {}", context());
        }
        Verdict::Silent => {}
    }
}

/// The oracle may accept a head that we refuse, for a reason in the list.
#[track_caller]
fn accepted<T: std::fmt::Debug>(verdict: Verdict<T>, fault: Option<Error>, context: &dyn Fn() -> String) {
    if let (Verdict::Accepts(accepted), Some(fault)) = (verdict, fault) {
        let reason = allowed::difference(fault.kind);
        assert!(reason.is_some(), "accepts what we refuse: {fault}, {accepted:#?}, {}", context());
    }
}

/// Both read the same chunked content, up to the same end.
#[track_caller]
fn same_content(message: &Message, input: &[u8], oracle: &Oracle, fault: Option<Error>, context: &dyn Fn() -> String) {
    if message.framing != Framing::Chunked {
        return;
    }
    let verdict = (oracle.chunked)(&input[message.head.1..]);
    match (message.end, verdict) {
        (Some(end), Verdict::Accepts((content, len))) => {
            assert_eq!(content, message.content, "the content, {}", context());
            assert_eq!(len, end - message.head.1, "the end, {}", context());
        }
        (Some(_), Verdict::Partial) => panic!("only a part of the content, {}", context()),
        (Some(_), Verdict::Refuses(why)) => {
            let content = &input[message.head.1..message.end.unwrap_or(input.len())];
            assert!((oracle.may_refuse)(message, content).is_some(), "refuses content: {why}, {}", context());
        }
        (None, verdict) => accepted(verdict, fault, context),
        (_, Verdict::Silent) => {}
    }
}
