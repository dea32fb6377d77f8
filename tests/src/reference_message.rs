//! What [`crate::reference_parser`] speaks of: messages as they were read, and the few words of the grammar that all
//! of it needs.

use std::fmt;
use std::str::FromStr;

use crate::escape::escape;
use crate::grammar::{OWS, TCHAR};
use crate::observation::line_text;

/// Field lines: names as spelled, and values without the white space around them.
pub type Lines = Vec<(Vec<u8>, Vec<u8>)>;

/// How much is accepted.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "named as the limits of the library")]
pub struct Bounds {
    pub empty_lines: usize,
    pub request_line: usize,
    pub head: usize,
    pub fields: usize,
    pub content: u64,
    pub chunk_line: usize,
    pub chunk_overhead: u64,
    pub trailers: usize,
    pub trailer_fields: usize,
    pub informational: usize,
    pub requests: usize,
}

impl Bounds {
    /// None: everything is accepted.
    pub const NONE: Self = Self {
        empty_lines: usize::MAX,
        request_line: usize::MAX,
        head: usize::MAX,
        fields: usize::MAX,
        content: u64::MAX,
        chunk_line: usize::MAX,
        chunk_overhead: u64::MAX,
        trailers: usize::MAX,
        trailer_fields: usize::MAX,
        informational: usize::MAX,
        requests: usize::MAX,
    };
}

/// Who wrote what is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// Anybody: a recipient has to be able to read it.
    Anybody,
    /// The library: it has to be what a sender may write, which is less than what a recipient may accept.
    Library,
}

/// What a reader of responses has to know about a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after what was asked")]
pub struct Question {
    pub method: Vec<u8>,
    pub is_http10: bool,
    pub upgrade: bool,
}

/// What begins a message.
#[derive(Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the grammar")]
pub enum Start {
    Request { method: Vec<u8>, target: Vec<u8> },
    Response { status: u16, reason: Vec<u8> },
}

/// How the end of a message is known (RFC 9112 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in RFC 9112 6.3")]
pub enum Framing {
    None,
    Length(u64),
    Chunked,
    UntilClose,
}

/// A message, or as much of the last one as there is.
#[derive(Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the grammar")]
pub struct Message {
    pub start: Start,
    pub minor: u8,
    pub fields: Lines,
    pub framing: Framing,
    pub content: Vec<u8>,
    pub trailers: Lines,
    /// Where its head begins and ends.
    pub head: (usize, usize),
    /// Where it ends; `None` when that is not there.
    pub end: Option<usize>,
}

/// Why a reader stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Everything was read.
    End,
    /// The octets end inside a message, or a response is missing.
    Cut,
    /// The connection ends with the last message; what follows is nothing.
    Closed,
    /// What follows the last message belongs to another protocol.
    Tunnel,
    /// A rule is broken.
    Fault(&'static str),
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "messages, and why there are no more")]
pub struct Read {
    pub messages: Vec<Message>,
    pub stop: Stop,
}

impl Message {
    /// A message of which the head was read.
    #[must_use]
    pub fn new(start: Start, minor: u8, fields: Lines, framing: Framing, head: (usize, usize)) -> Self {
        let (content, trailers) = (Vec::new(), Vec::new());
        Self { start, minor, fields, framing, content, trailers, head, end: None }
    }

    /// Whether the connection ends with this message (RFC 9112 9.3).
    #[must_use]
    pub fn closes(&self) -> bool {
        let stays = self.minor > 0 || has_option(&self.fields, "keep-alive");
        self.framing == Framing::UntilClose || has_option(&self.fields, "close") || !stays
    }
}

/// Whether Connection has this option (RFC 9110 7.6.1).
#[must_use]
pub fn has_option(fields: &Lines, option: &str) -> bool {
    let options = values(fields, "connection").join(&b','); // one list over all lines (RFC 9110 5.3)
    options.split(|o| *o == b',').any(|part| is(trim(part), option))
}

impl fmt::Debug for Message {
    /// As text: this is what is printed where two readers differ.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |lines: &Lines| lines.iter().map(line_text).collect::<Vec<_>>();
        f.debug_struct("Message")
            .field("start", &self.start)
            .field("minor", &self.minor)
            .field("fields", &lines(&self.fields))
            .field("framing", &self.framing)
            .field("content", &escape(&self.content))
            .field("trailers", &lines(&self.trailers))
            .field("place", &(self.head, self.end))
            .finish()
    }
}

impl fmt::Debug for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request { method, target } => write!(f, "{} {}", escape(method), escape(target)),
            Self::Response { status, reason } => write!(f, "{status} {}", escape(reason)),
        }
    }
}

/// The values of a field, by name in any case.
#[must_use]
pub fn values<'f>(fields: &'f Lines, name: &str) -> Vec<&'f [u8]> {
    fields.iter().filter(|(n, _)| is(n, name)).map(|(_, value)| value.as_slice()).collect()
}

/// `1*tchar` (RFC 9110 5.6.2).
#[must_use]
pub fn is_token(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().all(|o| TCHAR.contains(o))
}

/// `1*DIGIT`, as far as `N` can tell.
pub fn number<N: FromStr>(octets: &[u8]) -> Option<N> {
    let digits = octets.iter().all(u8::is_ascii_digit).then_some(octets)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// `octets` without OWS at the ends (RFC 9110 5.6.3).
#[must_use]
pub fn trim(octets: &[u8]) -> &[u8] {
    let start = octets.iter().take_while(|o| OWS.contains(o)).count();
    let end = octets[start..].iter().rev().take_while(|o| OWS.contains(o)).count();
    &octets[start..octets.len() - end]
}

/// Whether `octets` are `text` in any case.
#[must_use]
pub fn is(octets: &[u8], text: &str) -> bool {
    octets.eq_ignore_ascii_case(text.as_bytes())
}
