//! Responses as the library has to write them, read by the reference reader: it is strict where a sender has to be, and
//! whatever a careless reader could take in two ways is an error here.

use crate::reference_parser::{self as parser, Bounds, Lines, Question, Start, Stop, Writer};

pub use crate::reference_parser::Framing;

/// What a reader of responses has to know about the request that each answers (RFC 9112 6.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its method.
    pub method: String,
    /// Whether it was HTTP/1.0, whose client knows no chunks.
    pub is_http10: bool,
}

/// A response as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The status code.
    pub status: u16,
    /// The reason phrase.
    pub reason: Vec<u8>,
    /// The field lines.
    pub fields: Lines,
    /// How the end of the content was told.
    pub framing: Framing,
    /// The content without its transfer coding.
    pub content: Vec<u8>,
    /// The trailer lines.
    pub trailers: Lines,
    /// Octets from the first to the last of the message.
    pub octets: usize,
}

impl Message {
    /// The values of a field, by name in lower case.
    pub fn values(&self, name: &str) -> Vec<&[u8]> {
        parser::values(&self.fields, name)
    }

    /// Whether Connection says `close`.
    pub fn closes(&self) -> bool {
        parser::has_option(&self.fields, "close")
    }

    /// Whether Connection says `keep-alive`.
    pub fn keeps(&self) -> bool {
        parser::has_option(&self.fields, "keep-alive")
    }
}

/// Reads every response in `output`. `asked` are the requests in order, and `is_closed` says that nothing comes after
/// `output`.
///
/// # Errors
///
/// What is wrong, and behind which message.
pub fn read(output: &[u8], asked: &[Asked], is_closed: bool) -> Result<Vec<Message>, String> {
    let question =
        |asked: &Asked| Question { method: asked.method.clone().into(), is_http10: asked.is_http10, upgrade: true };
    let questions: Vec<Question> = asked.iter().map(question).collect();
    let read = parser::responses(output, &questions, is_closed, Writer::Library, &Bounds::NONE);
    let end = read.messages.iter().filter_map(|message| message.end).next_back().unwrap_or(0);
    match read.stop {
        Stop::Fault(why) => return Err(format!("{why} (after octet {end})")),
        Stop::Cut => {
            return Err(format!("cut off, or ended by a connection that stays open (after octet {end})"));
        }
        Stop::Closed | Stop::Tunnel if end < output.len() => {
            return Err(format!("octets after the last response (after octet {end})"));
        }
        Stop::End | Stop::Closed | Stop::Tunnel => {}
    }
    Ok(read.messages.into_iter().filter_map(message).collect())
}

fn message(read: parser::Message) -> Option<Message> {
    let parser::Message { start, fields, framing, content, trailers, head, end, .. } = read;
    let Start::Response { status, reason } = start else { return None };
    Some(Message { status, reason, fields, framing, content, trailers, octets: end? - head.0 })
}
