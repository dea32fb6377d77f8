//! What both sides of a conversation do.

use std::fmt;

use basehttp_proto::{BodyLength, Fields, Method, RequestHead, ResponseHead, StatusCode, Version};

use crate::escape::escape;

/// A conversation to be held.
#[derive(Clone, Debug)]
pub struct Script {
    /// The exchanges, one after the other.
    pub exchanges: Vec<Exchange>,
    /// How many requests may wait for their responses at once.
    pub pipelined: u32,
    /// What the sizes of the segments are drawn from.
    pub seed: u64,
}

/// A request, and what the server does about it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The method.
    pub method: Method,
    /// Whether the request is in HTTP/1.0.
    pub is_http10: bool,
    /// What the request says in Connection, if anything.
    pub asks: Option<&'static str>,
    /// Its content.
    pub request: Content,
    /// Whether it has `Expect: 100-continue`, and whether the server sends the 100 then.
    pub expect: Option<bool>,
    /// Informational responses.
    pub interim: u8,
    /// Whether the response begins with the head of the request, and not with its end.
    pub is_early: bool,
    /// The status of the response.
    pub status: u16,
    /// Whether the response says `Connection: close`.
    pub closes: bool,
    /// Its content.
    pub response: Content,
    /// The connection is handed over: what the client sends behind its request, and the server behind its response.
    pub tunnel: Option<(Vec<u8>, Vec<u8>)>,
}

/// The content of a message.
#[derive(Clone, Default)]
pub struct Content {
    /// Its pieces.
    pub pieces: Vec<Vec<u8>>,
    /// Whether its length is told in advance.
    pub is_known: bool,
    /// The value of its only trailer.
    pub trailer: Option<String>,
}

impl Exchange {
    /// GET, answered with 200, and no content anywhere.
    pub fn get() -> Self {
        Self {
            method: Method::GET,
            is_http10: false,
            asks: None,
            request: Content { is_known: true, ..Content::default() },
            expect: None,
            interim: 0,
            is_early: false,
            status: 200,
            closes: false,
            response: Content { is_known: true, ..Content::default() },
            tunnel: None,
        }
    }

    pub(super) fn request_head(&self, number: usize) -> RequestHead {
        let target = if self.method == Method::CONNECT { String::from("a:80") } else { format!("/{number}") };
        let own = number.to_string();
        let mut fields = vec![("Host", "a"), ("X-Number", &own)];
        if self.method == Method::CONNECT {
            fields[0].1 = "a:80";
        } else if self.tunnel.is_some() {
            fields.push(("Upgrade", "test"));
        }
        fields.extend(self.asks.map(|asks| ("Connection", asks)));
        fields.extend(self.expect.map(|_| ("Expect", "100-continue")));
        let head = RequestHead::build(self.method, &target).expect("a request");
        let head = head.with_version(if self.is_http10 { Version::Http10 } else { Version::Http11 });
        fields.into_iter().fold(head, |head, (name, value)| head.field(name, value).expect("a field"))
    }

    pub(super) fn response_head(&self) -> ResponseHead {
        let mut head = ResponseHead::new(StatusCode::new(self.status).expect("a status"));
        if self.closes {
            head.fields_mut().append("Connection", "close").expect("a field");
        }
        if self.tunnel.is_some() && self.status == 101 {
            head.fields_mut().append("Upgrade", "test").expect("a field");
        }
        head
    }
}

impl Content {
    /// What is announced of it.
    pub fn length(&self) -> BodyLength {
        let octets = self.pieces.iter().map(|piece| piece.len() as u64).sum();
        if self.is_known { BodyLength::Known(octets) } else { BodyLength::Unknown }
    }

    pub(super) fn trailers(&self) -> Fields {
        let mut fields = Fields::new();
        if let Some(value) = &self.trailer {
            fields.append("X-Trailer", value).expect("a field");
        }
        fields
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pieces: Vec<String> = self.pieces.iter().map(|piece| escape(piece)).collect();
        write!(f, "{:?} {pieces:?} {:?}", if self.is_known { "known" } else { "unknown" }, self.trailer)
    }
}
