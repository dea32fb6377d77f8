//! The grammar: octets to lines, lists and chunk sizes, and those and dates back. No state, no allocation.
//!
//! A parser of this layer takes a complete element and tells where in it the first fault stands, so that the caller can
//! name the octet of the connection.

pub(crate) mod chunk;
pub(crate) mod date;
pub(crate) mod field_line;
pub(crate) mod line;
pub(crate) mod list;
pub(crate) mod octet;
pub(crate) mod request_line;
pub(crate) mod scan;
pub(crate) mod status_line;
pub(crate) mod steps;
pub(crate) mod target;
pub(crate) mod write;

use crate::error::{ErrorKind, ProtocolError};

/// A broken rule, and the index in the parsed element of the octet that breaks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: ErrorKind,
    pub(crate) at: usize,
    /// The octet, where one octet is at fault and not something missing, repeated or too large.
    pub(crate) octet: Option<u8>,
}

impl Fault {
    pub(crate) const fn new(kind: ErrorKind, at: usize) -> Self {
        Self { kind, at, octet: None }
    }

    /// A fault at the octet `at` of `element`: a bare CR whatever the element, because a line's own CR LF is not part
    /// of it, and nothing but the place when the element ends there.
    pub(crate) fn octet(kind: ErrorKind, element: &[u8], at: usize) -> Self {
        let octet = element.get(at).copied();
        Self { kind: if octet == Some(b'\r') { ErrorKind::BareCr } else { kind }, at, octet }
    }

    /// The fault by its octet in the stream, for an element before which `offset` octets came.
    pub(crate) const fn in_stream(self, offset: u64) -> ProtocolError {
        ProtocolError::new(self.kind, offset.saturating_add(self.at as u64), self.octet)
    }

    /// The same fault, counted from an element that starts `by` octets earlier.
    pub(crate) const fn shift(self, by: usize) -> Self {
        Self { kind: self.kind, at: self.at.saturating_add(by), octet: self.octet }
    }
}
