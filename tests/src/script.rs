//! How the server of a test behaves: when it answers, with what, and what it does about faults.

use std::sync::Arc;

use basehttp_proto::{BodyLength, Config, Fields, ResponseHead, StatusCode, UsageError};

/// The behaviour of a server over one connection. Every request gets the same treatment.
#[derive(Clone, Debug)]
pub struct Script {
    /// Limits and deadlines.
    pub config: Arc<Config>,
    /// When the response is sent.
    pub when: When,
    /// The response.
    pub reply: Reply,
    /// Whether `100 Continue` is sent to a client that waits for it.
    pub proceeds: bool,
    /// An informational response sent at each request, before anything else.
    pub interim: Option<u16>,
    /// What happens when the peer breaks the protocol.
    pub on_error: OnError,
    /// Whether the peer ends its stream after its last octet.
    pub eof: bool,
}

/// When a response is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// As soon as the head of the request is known, whatever content may follow.
    Request,
    /// When the request is complete.
    End,
    /// The head at once, content and end when the request is complete.
    Both,
}

/// What a server does about a peer that breaks the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// Answers with the status of the error.
    Answer,
    /// Gives the connection up.
    Abort,
}

/// A response.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its fields, beyond those that the library sets.
    pub fields: Vec<(String, String)>,
    /// Its content.
    pub content: Content,
    /// Its trailers.
    pub trailers: Vec<(String, String)>,
}

/// The content of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The target of the request, so that a response shows which request it answers.
    Target,
    /// These octets, their length told in advance.
    Whole(Vec<u8>),
    /// These pieces, their length not told.
    Pieces(Vec<Vec<u8>>),
}

impl Default for Script {
    /// Answers each complete request with 200 and its target, and each fault with its status; goes on after 100.
    fn default() -> Self {
        Self {
            config: Arc::default(),
            when: When::End,
            reply: Reply::new(200, Content::Target),
            proceeds: true,
            interim: None,
            on_error: OnError::Answer,
            eof: false,
        }
    }
}

impl Script {
    /// The same, with the peer ending its stream.
    #[must_use]
    pub fn eof(mut self) -> Self {
        self.eof = true;
        self
    }

    /// The same, answering at another time.
    #[must_use]
    pub fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }

    /// The same, with another reply.
    #[must_use]
    pub fn reply(mut self, reply: Reply) -> Self {
        self.reply = reply;
        self
    }

    /// The same, with other settings.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = Arc::new(config);
        self
    }
}

impl Reply {
    /// A reply without fields of its own.
    pub fn new(status: u16, content: Content) -> Self {
        Self { status, fields: Vec::new(), content, trailers: Vec::new() }
    }

    /// The head, and how much content it announces for a request of `target`.
    ///
    /// # Errors
    ///
    /// As the library has them.
    pub fn head(&self, target: &[u8]) -> Result<(ResponseHead, BodyLength), UsageError> {
        let mut head = ResponseHead::new(StatusCode::new(self.status)?);
        *head.fields_mut() = fields(&self.fields)?;
        let length = match &self.content {
            Content::Target => BodyLength::Known(target.len() as u64),
            Content::Whole(octets) => BodyLength::Known(octets.len() as u64),
            Content::Pieces(_) => BodyLength::Unknown,
        };
        Ok((head, length))
    }

    /// The content, in the pieces it is sent in.
    pub fn pieces(&self, target: &[u8]) -> Vec<Vec<u8>> {
        match &self.content {
            Content::Target => vec![target.to_vec()],
            Content::Whole(octets) => vec![octets.clone()],
            Content::Pieces(pieces) => pieces.clone(),
        }
    }

    /// The trailers.
    ///
    /// # Errors
    ///
    /// As the library has them.
    pub fn trailers(&self) -> Result<Fields, UsageError> {
        fields(&self.trailers)
    }
}

fn fields(lines: &[(String, String)]) -> Result<Fields, UsageError> {
    let mut fields = Fields::new();
    for (name, value) in lines {
        fields.append(name, value)?;
    }
    Ok(fields)
}
