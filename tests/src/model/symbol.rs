//! What the model's peer can say, and what the model tells: an alphabet in the place of octets.

/// What a peer can send in one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// A complete head of a request.
    Head(Ask),
    /// The start of a head.
    Half,
    /// The rest of it: a GET without anything particular.
    Rest,
    /// An octet of content of known length.
    Octet,
    /// A chunk of one octet.
    Chunk,
    /// The last chunk.
    Last,
    /// What is wrong wherever a head or a chunk may stand.
    Garbage,
}

/// A request, as far as the connection has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Octets of content, `None` in chunks.
    pub content: Option<u64>,
    /// HTTP/1.0, without keep-alive.
    pub is_http10: bool,
    /// `Connection: close`.
    pub closes: bool,
    /// `Expect: 100-continue`.
    pub waits: bool,
}

impl Ask {
    /// A GET without anything particular.
    pub const GET: Self = Self { content: Some(0), is_http10: false, closes: false, waits: false };
}

impl Symbol {
    /// What it is on the line.
    #[must_use]
    pub fn octets(self) -> Vec<u8> {
        match self {
            Self::Head(ask) => ask.octets(),
            Self::Half => b"GET / HT".to_vec(),
            Self::Rest => b"TP/1.1\r\nHost: a\r\n\r\n".to_vec(),
            Self::Octet => b"x".to_vec(),
            Self::Chunk => b"1\r\nx\r\n".to_vec(),
            Self::Last => b"0\r\n\r\n".to_vec(),
            Self::Garbage => b"\0\r\n".to_vec(),
        }
    }
}

impl Ask {
    fn octets(self) -> Vec<u8> {
        let mut head = format!("POST / HTTP/1.{}\r\nHost: a\r\n", u8::from(!self.is_http10));
        match self.content {
            Some(octets) => head.push_str(&format!("Content-Length: {octets}\r\n")),
            None => head.push_str("Transfer-Encoding: chunked\r\n"),
        }
        head.push_str(if self.closes { "Connection: close\r\n" } else { "" });
        head.push_str(if self.waits { "Expect: 100-continue\r\n" } else { "" });
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// What the connection tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the events are")]
pub enum Told {
    Nothing,
    Request,
    Body(u64),
    End,
    Error,
    Shutdown,
    Closed,
}
