//! The library and the reference reader agree on everything: which messages there are, what is in them, where they end,
//! and whether the stream is at fault.

use std::fmt;
use std::sync::Arc;

use basehttp_proto::{CloseReason, Config, ErrorKind, Limits, Version};

use super::asking::{self, Heard};
use crate::escape::escape;
use crate::observation::{Observation, Seen, line_text};
use crate::reference_parser::{self as reference, Bounds, Lines, Message, Question, Read, Start, Stop, Writer};
use crate::script::{Content, Reply, Script};
use crate::split;

/// A message as the library told it.
#[derive(Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the reference reader")]
pub struct Told {
    pub start: Start,
    pub is_http10: bool,
    pub fields: Lines,
    pub content: Vec<u8>,
    pub trailers: Lines,
    pub is_complete: bool,
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |lines: &Lines| lines.iter().map(line_text).collect::<Vec<_>>();
        f.debug_struct("Told")
            .field("start", &self.start)
            .field("is_http10", &self.is_http10)
            .field("fields", &lines(&self.fields))
            .field("content", &escape(&self.content))
            .field("trailers", &lines(&self.trailers))
            .field("is_complete", &self.is_complete)
            .finish()
    }
}

/// The limits of a connection as the reference reader has them.
#[must_use]
pub fn bounds(limits: &Limits) -> Bounds {
    Bounds {
        empty_lines: limits.empty_lines as usize,
        request_line: limits.request_line as usize,
        head: limits.head as usize,
        fields: limits.fields as usize,
        content: limits.content,
        chunk_line: limits.chunk_line as usize,
        chunk_overhead: u64::from(limits.chunk_overhead),
        trailers: limits.trailers as usize,
        trailer_fields: limits.trailer_fields as usize,
        informational: limits.informational as usize,
        requests: limits.requests as usize,
    }
}

/// A server that answers everything, CONNECT too, and whose peer ends its stream.
#[must_use]
pub fn plain_script(config: &Arc<Config>) -> Script {
    let reply = Reply::new(404, Content::Target);
    Script { config: Arc::clone(config), reply, eof: true, ..Script::default() }
}

/// Both read `input` as requests; what the reference read.
///
/// # Panics
///
/// When they do not agree.
#[track_caller]
pub fn requests(config: &Arc<Config>, input: &[u8]) -> Read {
    let read = reference::requests(input, &bounds(&config.limits));
    let seen = split::run(&plain_script(config), [input]);
    let told = told_requests(&seen);
    let place = || format!("\ninput: {}\nreference: {read:#?}\nlibrary: {seen:#?}", escape(input));
    same(&told, &read, &place);
    for (request, message) in seen.requests().zip(&read.messages) {
        assert_eq!(request.octets, &input[message.head.0..message.head.1], "the octets of a head{}", place());
    }
    let at_fault = matches!(read.stop, Stop::Fault(_) | Stop::Cut);
    assert_eq!(seen.error().is_some(), at_fault, "whether the stream is at fault{}", place());
    if let Some(error) = seen.error() {
        let complete = read.messages.iter().filter_map(|message| message.end).next_back().unwrap_or(0);
        let range = complete as u64..=input.len() as u64;
        assert!(range.contains(&error.offset), "the place of a fault{}", place());
        let cut = error.kind == ErrorKind::Incomplete;
        assert!(!cut || read.stop == Stop::Cut, "a stream that is only cut off{}", place());
    } else {
        let ends =
            matches!(seen.reason, Some(CloseReason::PeerAsked | CloseReason::Http10 | CloseReason::RequestLimit));
        assert_eq!(ends, read.stop == Stop::Closed, "whether the connection ends{}", place());
    }
    answers(&seen, &read, input);
    read
}

/// What was answered is well formed, in order, and no more than was asked.
fn answers(seen: &Observation, read: &Read, input: &[u8]) {
    let mut asked: Vec<Question> = read.messages.iter().map(question).collect();
    let complete = read.messages.iter().take_while(|message| message.end.is_some()).count();
    asked.truncate(complete);
    if seen.error().is_some() {
        let from = read.messages.iter().filter_map(|message| message.end).next_back().unwrap_or(0);
        let line = input[from..].trim_ascii_start();
        let method = if line.starts_with(b"HEAD ") { "HEAD" } else { "GET" };
        asked.push(Question { method: method.into(), ..Question::default() });
    }
    let bounds = bounds(&Limits::client());
    let mut answers = reference::responses(&seen.output, &asked, true, Writer::Library, &bounds);
    if !all_answered(&answers, &asked) && seen.error().is_some() {
        // What the library made of the method of a refused head shows in its answer alone.
        let method = if asked.pop().is_some_and(|last| last.method == b"HEAD") { "GET" } else { "HEAD" };
        asked.push(Question { method: method.into(), ..Question::default() });
        answers = reference::responses(&seen.output, &asked, true, Writer::Library, &bounds);
    }
    let place = || format!("{}\nanswers: {}\n{answers:#?}", escape(input), escape(&seen.output));
    assert!(all_answered(&answers, &asked), "every request is answered once: {}", place());
    let closes = answers.messages.last().is_some_and(Message::closes);
    assert!(seen.error().is_none() || closes, "a refusal closes: {}", place());
}

/// Whether each question has its final response, and nothing else is there.
fn all_answered(answers: &Read, asked: &[Question]) -> bool {
    let is_final = |message: &&Message| matches!(message.start, Start::Response { status: 200.., .. });
    let finals = answers.messages.iter().filter(is_final).count();
    matches!(answers.stop, Stop::End | Stop::Closed) && finals == asked.len()
}

/// What a reader of responses has to know of a request.
#[must_use]
pub fn question(message: &Message) -> Question {
    let Start::Request { method, .. } = &message.start else { return Question::default() };
    let asks = message.says("upgrade");
    let upgrade = asks && message.minor > 0 && !reference::values(&message.fields, "upgrade").is_empty();
    Question { method: method.clone(), is_http10: message.minor == 0, upgrade }
}

/// Both read `input` as the responses to `asked`; what the reference read.
///
/// # Panics
///
/// When they do not agree.
#[track_caller]
pub fn responses(config: &Arc<Config>, asked: &[Question], input: &[u8], eof: bool) -> (Read, Heard) {
    let read = reference::responses(input, asked, eof, Writer::Anybody, &bounds(&config.limits));
    let heard = asking::run(config, asked, [input], eof);
    let place = || format!("\ninput: {}\nreference: {read:#?}\nlibrary: {heard:#?}", escape(input));
    match (read.stop, &heard.error) {
        (Stop::Fault(_), error) => assert!(error.is_some(), "a fault{}", place()),
        // A fault may show before its line is complete, where the reference waits for the whole line.
        (Stop::Cut, error) => assert!(!eof || error.is_some(), "a stream that is cut off{}", place()),
        (Stop::End | Stop::Closed | Stop::Tunnel, error) => assert_eq!(*error, None, "no fault{}", place()),
    }
    same(&heard.told, &read, &place);
    let tunnel = read.messages.last().and_then(|message| message.end).map(|end| input[end..].to_vec());
    assert_eq!(heard.tunnel, tunnel.filter(|_| read.stop == Stop::Tunnel), "another protocol{}", place());
    assert!(!heard.is_reusable || (read.stop == Stop::End && !eof), "reuse{}", place());
    (read, heard)
}

#[track_caller]
fn same(told: &[Told], read: &Read, place: &dyn Fn() -> String) {
    assert_eq!(told.len(), read.messages.len(), "how many messages{}", place());
    for (told, message) in told.iter().zip(&read.messages) {
        assert_eq!(told.start, message.start, "the start line{}", place());
        assert_eq!(told.is_http10, message.minor == 0, "the version{}", place());
        assert_eq!(told.fields, message.fields, "the fields{}", place());
        assert_eq!(told.content, message.content, "the content{}", place());
        assert_eq!(told.trailers, message.trailers, "the trailers{}", place());
        assert_eq!(told.is_complete, message.end.is_some(), "whether a message is whole{}", place());
    }
}

/// The requests that a server was told of.
#[must_use]
pub fn told_requests(seen: &Observation) -> Vec<Told> {
    let mut told: Vec<Told> = Vec::new();
    for event in &seen.events {
        match (event, told.last_mut()) {
            (Seen::Request(request), _) => told.push(Told {
                start: Start::Request { method: request.method.clone().into(), target: request.target.clone().into() },
                is_http10: request.version == Version::Http10,
                fields: request.fields.clone(),
                content: Vec::new(),
                trailers: Vec::new(),
                is_complete: false,
            }),
            (Seen::Body(octets), Some(last)) => last.content.extend_from_slice(octets),
            (Seen::End(trailers), Some(last)) => {
                (last.is_complete, last.trailers) = (true, trailers.clone());
            }
            _ => {}
        }
    }
    told
}
