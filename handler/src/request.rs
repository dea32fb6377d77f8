//! A request with its content, as a handler gets it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};

use basehttp_proto::{Fields, Method, RequestHead, Version};
use bytes::Bytes;

use crate::{Client, ServerInfo};

/// Who sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// An address and port.
    Ip(SocketAddr),
    /// The other end of a Unix socket, which has no name.
    Unix,
    /// Not known: octets from memory, for one.
    Unknown,
}

/// An IPv4 address that is written as one of IPv6, as a socket for both has it, is taken as what it is.
impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        match address.ip().to_canonical() {
            IpAddr::V4(ip) => Self::Ip(SocketAddr::new(ip.into(), address.port())),
            // With its scope.
            IpAddr::V6(_) => Self::Ip(address),
        }
    }
}

/// The address alone, without the port; `-` where there is none, as in access logs.
impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => write!(f, "{}", address.ip()),
            Self::Unix => f.write_str("unix"),
            Self::Unknown => f.write_str("-"),
        }
    }
}

/// A complete request: head, content and trailers.
///
/// Head and content share the memory they were received into; a request is free to move to another thread.
#[derive(Clone, Debug)]
pub struct Request {
    head: RequestHead,
    content: Bytes,
    peer: Peer,
    is_secured: bool,
    /// The server it came to; `None` for one that came to none.
    server: Option<Arc<ServerInfo>>,
    /// What few requests have.
    rest: Option<Box<Rest>>,
}

#[derive(Clone, Debug, Default)]
struct Rest {
    trailers: Fields,
    client: Option<Client>,
}

impl Request {
    /// A request from its parts.
    pub fn new(head: RequestHead, content: Bytes, trailers: Fields, peer: Peer) -> Self {
        Self::received(head, content, trailers, peer, false, None, None)
    }

    /// A request from a connection.
    #[inline(always)]
    pub(crate) fn received(
        head: RequestHead,
        content: Bytes,
        trailers: Fields,
        peer: Peer,
        is_secured: bool,
        server: Option<&Arc<ServerInfo>>,
        client: Option<&Client>,
    ) -> Self {
        let has_rest = !trailers.is_empty() || client.is_some();
        let rest = has_rest.then(|| Box::new(Rest { trailers, client: client.cloned() }));
        Self { head, content, peer, is_secured, server: server.map(Arc::clone), rest }
    }

    /// The same request, over a connection that is secured or not.
    #[must_use]
    pub fn secured(mut self, is_secured: bool) -> Self {
        self.is_secured = is_secured;
        self
    }

    /// The same request, with what trusted proxies tell of who sent it.
    #[must_use]
    pub fn from_client(mut self, client: Option<Client>) -> Self {
        if client.is_some() || self.rest.is_some() {
            self.rest.get_or_insert_default().client = client;
        }
        self
    }

    /// The head: everything that is not content.
    pub fn head(&self) -> &RequestHead {
        &self.head
    }

    /// The method.
    pub fn method(&self) -> Method {
        self.head.method()
    }

    /// The path as received, still percent-encoded; it starts with `/`, but for OPTIONS (`*`) and CONNECT (empty).
    pub fn path(&self) -> &str {
        self.head.path()
    }

    /// The query without its `?`, still percent-encoded.
    pub fn query(&self) -> Option<&str> {
        self.head.query()
    }

    /// The host the request is for, with its port if one was sent.
    pub fn host(&self) -> Option<&str> {
        self.head.host()
    }

    /// The version that the request is understood in.
    pub fn version(&self) -> Version {
        self.head.version()
    }

    /// The fields of the head.
    pub fn fields(&self) -> &Fields {
        self.head.fields()
    }

    /// The content, without its transfer coding.
    pub fn content(&self) -> &Bytes {
        &self.content
    }

    /// The trailers: fields that came after chunked content. They are never mixed with those of the head.
    pub fn trailers(&self) -> &Fields {
        static NONE: LazyLock<Fields> = LazyLock::new(Fields::new);
        self.rest.as_ref().map_or(&NONE, |rest| &rest.trailers)
    }

    /// Who sent it: the other end of the connection, or who trusted proxies say it is
    /// ([`Settings::forwarded`](crate::Settings::forwarded)).
    pub fn peer(&self) -> Peer {
        self.client().map_or(self.peer, |client| client.peer)
    }

    /// The server it came to; one without a name for a request that came to none.
    pub fn server(&self) -> &ServerInfo {
        static NONE: LazyLock<ServerInfo> = LazyLock::new(ServerInfo::default);
        self.server.as_deref().unwrap_or(&NONE)
    }

    /// What trusted proxies tell of who sent it; `None` without such proxies.
    pub fn client(&self) -> Option<&Client> {
        self.rest.as_ref()?.client.as_ref()
    }

    /// Whether it came over a secured connection, by TLS for one, as far as the client's end of it is known.
    pub fn is_secured(&self) -> bool {
        self.client().and_then(|client| client.secured).unwrap_or(self.is_secured)
    }
}
