//! What could be seen of a connection from outside: the one thing that tests compare.

use std::fmt;

use basehttp_proto::{CloseReason, ErrorKind, ProtocolError, State, UsageError, Version};

use crate::escape::escape;
use crate::reference::{self, Question};

/// Field lines: names as spelled, and values.
pub type Lines = Vec<(Vec<u8>, Vec<u8>)>;

/// Everything that a connection told and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// What it told, in order.
    pub events: Vec<Seen>,
    /// What it sent.
    pub output: Vec<u8>,
    /// Where it ended up.
    pub state: State,
    /// Why it closes, if it does.
    pub reason: Option<CloseReason>,
}

/// One thing that a connection told. Content that came in several events is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A request began.
    Request(Request),
    /// Content.
    Body(Vec<u8>),
    /// The end of a request, with its trailers.
    End(Lines),
    /// The peer broke the protocol.
    Error(Error),
    /// The server was refused a call.
    Usage(UsageError),
    /// The sending side is to be shut down.
    Shutdown,
    /// It is over.
    Closed,
}

/// The head of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the head of a request")]
pub struct Request {
    pub method: String,
    pub target: String,
    pub version: Version,
    pub form: String,
    pub path: String,
    pub query: Option<String>,
    pub host: Option<String>,
    pub fields: Lines,
    pub octets: Vec<u8>,
}

/// A fault of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in a ProtocolError")]
pub struct Error {
    pub kind: ErrorKind,
    pub offset: u64,
    pub found: Option<u8>,
}

impl From<ProtocolError> for Error {
    fn from(error: ProtocolError) -> Self {
        Self { kind: error.kind(), offset: error.offset(), found: error.found() }
    }
}

/// Which details [`Observation::text`] shows beyond the course of things.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "named after the lines they add")]
pub struct Show {
    pub host: bool,
    pub fields: bool,
    pub path: bool,
    pub answer_fields: bool,
    pub answer_content: bool,
}

impl Show {
    /// Everything.
    pub const ALL: Self = Self { host: true, fields: true, path: true, answer_fields: true, answer_content: true };
}

impl Observation {
    /// The requests that began.
    pub fn requests(&self) -> impl Iterator<Item = &Request> {
        self.events.iter().filter_map(|seen| if let Seen::Request(request) = seen { Some(request) } else { None })
    }

    /// The content of all requests, one after the other.
    pub fn content(&self) -> Vec<u8> {
        self.events
            .iter()
            .flat_map(|seen| if let Seen::Body(octets) = seen { octets.as_slice() } else { &[] })
            .copied()
            .collect()
    }

    /// The trailers of all requests.
    pub fn trailers(&self) -> Lines {
        self.events
            .iter()
            .flat_map(|seen| if let Seen::End(lines) = seen { lines.as_slice() } else { &[] })
            .cloned()
            .collect()
    }

    /// How many requests were complete.
    pub fn ends(&self) -> usize {
        self.events.iter().filter(|seen| matches!(seen, Seen::End(_))).count()
    }

    /// The first fault.
    pub fn error(&self) -> Option<Error> {
        self.events.iter().find_map(|seen| if let Seen::Error(error) = seen { Some(*error) } else { None })
    }

    /// What the requests were, as far as a reader of the responses has to know.
    pub fn asked(&self) -> Vec<Question> {
        let question = |r: &Request| Question {
            method: r.method.clone().into(),
            is_http10: r.version == Version::Http10,
            upgrade: true,
        };
        self.requests().map(question).collect()
    }

    /// The responses, as the independent reader finds them.
    ///
    /// # Errors
    ///
    /// What is wrong with the output.
    pub fn answers(&self) -> Result<Vec<reference::Message>, String> {
        self.answers_with("GET")
    }

    /// As [`answers`](Self::answers), where the request that was refused had this method.
    ///
    /// # Errors
    ///
    /// What is wrong with the output.
    pub fn answers_with(&self, refused: &str) -> Result<Vec<reference::Message>, String> {
        let is_closed = self.reason.is_some();
        let mut asked = self.asked();
        asked.push(Question { method: refused.into(), is_http10: false, upgrade: true });
        reference::read(&self.output, &asked, is_closed)
            .map_err(|why| format!("{why}\nin the output: {}", escape(&self.output)))
    }

    /// The observation as text, one line per thing.
    pub fn text(&self, show: Show) -> String {
        let mut text = String::new();
        for seen in &self.events {
            match seen {
                Seen::Request(request) => text.push_str(&request_text(request, show)),
                Seen::Body(octets) => text.push_str(&format!("body {}\n", escape(octets))),
                Seen::End(lines) if lines.is_empty() => text.push_str("end\n"),
                Seen::End(lines) => {
                    text.push_str("end\n");
                    lines.iter().for_each(|line| text.push_str(&format!("trailer {}\n", line_text(line))));
                }
                Seen::Error(error) => text.push_str(&format!("{error}\n")),
                Seen::Usage(error) => text.push_str(&format!("call refused: {error:?}\n")),
                Seen::Shutdown | Seen::Closed => {}
            }
        }
        match self.answers() {
            Ok(answers) => answers.iter().for_each(|answer| text.push_str(&answer_text(answer, show))),
            Err(why) => text.push_str(&format!("unreadable output: {why}\n")),
        }
        text.push_str(&format!("left {}", left(self.state, self.reason)));
        text
    }
}

impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Show::ALL))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error {} {} at {}", self.kind.status(), self.kind.code(), self.offset)?;
        self.found.map_or(Ok(()), |octet| write!(f, " found {}", escape(&[octet])))
    }
}

fn request_text(request: &Request, show: Show) -> String {
    let mut text = format!(
        "request {} {} {}",
        escape(request.method.as_bytes()),
        escape(request.target.as_bytes()),
        request.version
    );
    text.push('\n');
    if show.host {
        text.push_str(format!("host {}", request.host.as_deref().unwrap_or("none")).trim_end());
        text.push('\n');
    }
    if show.path {
        text.push_str(format!("form {}\npath {}", request.form, request.path).trim_end());
        text.push('\n');
        if let Some(query) = &request.query {
            text.push_str(format!("query {query}").trim_end());
            text.push('\n');
        }
    }
    if show.fields {
        request.fields.iter().for_each(|line| text.push_str(&format!("field {}\n", line_text(line))));
    }
    text
}

fn answer_text(answer: &reference::Message, show: Show) -> String {
    let connection = match (answer.says("close"), answer.says("keep-alive")) {
        (true, _) => " close",
        (_, true) => " keep-alive",
        _ => "",
    };
    let mut text = format!("answer {}{connection}\n", answer.status().unwrap_or_default());
    if show.answer_fields {
        answer.fields.iter().for_each(|line| text.push_str(&format!("with {}\n", line_text(line))));
    }
    if show.answer_content {
        let content = if answer.content.is_empty() { String::from("none") } else { escape(&answer.content) };
        text.push_str(&format!("content {content}\n"));
    }
    if show.answer_fields || show.answer_content {
        answer.trailers.iter().for_each(|line| text.push_str(&format!("after {}\n", line_text(line))));
    }
    text
}

/// A field line as text.
pub fn line_text((name, value): &(Vec<u8>, Vec<u8>)) -> String {
    format!("{}: {}", escape(name), escape(value)).trim_end().to_owned()
}

/// Where a connection was left and why, in words.
pub fn left(state: State, reason: Option<CloseReason>) -> String {
    let mut text = format!("{state:?}").to_lowercase();
    match reason {
        None => {}
        Some(CloseReason::Fault(kind)) => text.push_str(&format!(": fault {}", kind.code())),
        Some(reason) => {
            text.push_str(": ");
            for (i, letter) in format!("{reason:?}").chars().enumerate() {
                if letter.is_uppercase() && i > 0 {
                    text.push(' ');
                }
                text.push(letter.to_ascii_lowercase());
            }
        }
    }
    text
}
