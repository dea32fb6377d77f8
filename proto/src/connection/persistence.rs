//! Whether a connection persists after an exchange, and why not (RFC 9112 9.3 and 9.6).

use crate::error::ErrorKind;
use crate::message::known::Known;
use crate::message::{FieldsView, Version};
use crate::wire::octet;

/// Why a connection closes. The first reason stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// The peer sent `Connection: close`.
    PeerAsked,
    /// The peer speaks HTTP/1.0 and did not ask for more.
    Http10,
    /// The peer ended its stream.
    PeerClosed,
    /// The response had `Connection: close` among its fields.
    Asked,
    /// The content of the response ends with the connection.
    UntilClose,
    /// Content of the request was left unread, more than is worth draining.
    UnreadContent,
    /// The server answered before it had all content of the request, and will not get the rest.
    UnsentContent,
    /// The peer broke the protocol.
    Fault(ErrorKind),
    /// No request came in time.
    Idle,
    /// The peer did not take the response in time.
    SendTimeout,
    /// [`Limits::requests`](crate::Limits::requests) was reached.
    RequestLimit,
    /// [`Timeouts::age`](crate::Timeouts::age) was reached.
    Age,
    /// The server is stopping.
    Shutdown,
    /// The connection was given up.
    Aborted,
}

/// The decision so far: persist until a reason not to.
#[derive(Debug, Default)]
pub(crate) struct Persistence(Option<CloseReason>);

impl Persistence {
    pub(crate) fn close(&mut self, reason: CloseReason) {
        self.0.get_or_insert(reason);
    }

    pub(crate) const fn reason(&self) -> Option<CloseReason> {
        self.0
    }

    /// Takes account of what a message says about persistence.
    pub(crate) fn message(&mut self, version: Version, wish: Wish) {
        if wish.close {
            self.close(CloseReason::PeerAsked);
        } else if version == Version::Http10 && !wish.keep_alive {
            self.close(CloseReason::Http10);
        }
    }

    /// Whether the peer may still be sending although the connection closes: a plain close would then make its system
    /// throw away the response (RFC 9112 9.6).
    pub(crate) const fn surprises_peer(&self) -> bool {
        !matches!(
            self.0,
            Some(CloseReason::PeerAsked | CloseReason::Http10 | CloseReason::PeerClosed | CloseReason::Idle)
        )
    }
}

/// What the Connection field asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wish {
    pub(crate) close: bool,
    pub(crate) keep_alive: bool,
    pub(crate) upgrade: bool,
}

impl Wish {
    #[inline(always)]
    pub(crate) fn of(fields: FieldsView<'_>) -> Self {
        if fields.has(Known::Connection) { Self::told(fields) } else { Self::default() }
    }

    fn told(fields: FieldsView<'_>) -> Self {
        let mut wish = Self::default();
        // What nearly every client sends.
        if fields.value_and_rest(Known::Connection).and_then(<[u8]>::first_chunk).is_some_and(is_keep_alive) {
            wish.keep_alive = true;
            return wish;
        }
        match fields.known(Known::Connection) {
            None => {}
            Some(field) if !field.is_repeated => wish.add(field.value),
            Some(_) => fields.get_all(b"connection").for_each(|value| wish.add(value)),
        }
        wish
    }

    fn add(&mut self, value: &[u8]) {
        // Options are tokens: a quote is no part of one, and hides no comma (RFC 9110 7.6.1).
        for option in value.split(|octet| *octet == b',').map(octet::trim_ows) {
            self.close |= option.eq_ignore_ascii_case(b"close");
            self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
            self.upgrade |= option.eq_ignore_ascii_case(b"upgrade");
        }
    }
}

/// Whether a line goes on with `keep-alive` and its end.
fn is_keep_alive(rest: &[u8; 11]) -> bool {
    rest.split_last().is_some_and(|(end, word)| *end == b'\r' && octet::is_word(word, b"keep-alive"))
}
