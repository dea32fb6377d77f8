//! What [`crate::reference_parser`] speaks of: messages as they were read, and the few words of the grammar that all
//! of it needs.
#![expect(missing_docs, reason = "named as in the grammar, as the limits of the library, and after what was asked")]

use std::fmt;
use std::str::FromStr;

use crate::escape::escape;
use crate::grammar::TCHAR;
use crate::observation::line_text;

/// Field lines: names as spelled, and values without the white space around them.
pub type Lines = Vec<(Vec<u8>, Vec<u8>)>;

macro_rules! bounds {
    ($($name:ident: $number:ty,)+) => {
        /// How much is accepted.
        #[derive(Clone, Debug)]
        pub struct Bounds {
            $(pub $name: $number,)+
        }

        impl Bounds {
            /// None: everything is accepted.
            pub const NONE: Self = Self { $($name: <$number>::MAX,)+ };
        }
    };
}

bounds! {
    empty_lines: usize, request_line: usize, head: usize, fields: usize,
    content: u64, chunk_line: usize, chunk_overhead: u64, trailers: usize, trailer_fields: usize,
    informational: usize, requests: usize,
}

/// Who wrote what is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// Anybody: a recipient has to be able to read it.
    Anybody,
    /// The library: it has to be what a sender may write, which is less than what a recipient may accept.
    Library,
}

/// What a reader of responses has to know about the request that each answers (RFC 9112 6.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    pub method: Vec<u8>,
    /// Such a client knows no chunks.
    pub is_http10: bool,
    pub upgrade: bool,
}

/// What begins a message.
#[derive(Clone, PartialEq, Eq)]
pub enum Start {
    Request { method: Vec<u8>, target: Vec<u8> },
    Response { status: u16, reason: Vec<u8> },
}

/// How the end of a message is known (RFC 9112 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    None,
    Length(u64),
    Chunked,
    UntilClose,
}

/// A message, or as much of the last one as there is.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    pub start: Start,
    pub minor: u8,
    pub fields: Lines,
    pub framing: Framing,
    /// Without its transfer coding.
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

/// Messages, and why there are no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub messages: Vec<Message>,
    pub stop: Stop,
}

impl Message {
    /// The status code of a response, and none of a request.
    pub fn status(&self) -> Option<u16> {
        if let Start::Response { status, .. } = self.start { Some(status) } else { None }
    }

    /// Whether it is informational, which another one follows (RFC 9110 15.2).
    pub fn is_interim(&self) -> bool {
        self.status().is_some_and(|status| status < 200)
    }

    /// Whether Connection has this option (RFC 9110 7.6.1).
    pub fn says(&self, option: &str) -> bool {
        // All lines are one list (RFC 9110 5.3).
        values(&self.fields, "connection").join(&b',').split(|o| *o == b',').any(|part| is(trim(part), option))
    }

    /// Whether the connection ends with this message (RFC 9112 9.3).
    pub fn closes(&self) -> bool {
        let stays = self.framing != Framing::UntilClose && (self.minor > 0 || self.says("keep-alive"));
        !self.is_interim() && (!stays || self.says("close"))
    }
}

/// As text: this is what is printed where two readers differ.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |lines: &Lines| lines.iter().map(line_text).collect::<Vec<_>>();
        let (fields, trailers, content) = (lines(&self.fields), lines(&self.trailers), escape(&self.content));
        let Self { start, minor, framing, head, end, .. } = self;
        write!(f, "{start:?} HTTP/1.{minor} {fields:#?} {framing:?} {content} {trailers:#?} {head:?} {end:?}")
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
pub fn values<'f>(fields: &'f Lines, name: &str) -> Vec<&'f [u8]> {
    fields.iter().filter(|(n, _)| is(n, name)).map(|(_, value)| value.as_slice()).collect()
}

/// `1*tchar` (RFC 9110 5.6.2).
pub fn is_token(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().all(|o| TCHAR.contains(o))
}

/// `1*DIGIT`, as far as `N` can tell.
pub fn number<N: FromStr>(octets: &[u8]) -> Option<N> {
    let digits = octets.iter().all(u8::is_ascii_digit).then_some(octets)?;
    str::from_utf8(digits).ok()?.parse().ok()
}

/// `octets` without OWS at the ends (RFC 9110 5.6.3).
pub fn trim(mut octets: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', inside @ ..] | [inside @ .., b' ' | b'\t'] = octets {
        octets = inside;
    }
    octets
}

/// Whether `octets` are `text` in any case.
pub fn is(octets: &[u8], text: &str) -> bool {
    octets.eq_ignore_ascii_case(text.as_bytes())
}
