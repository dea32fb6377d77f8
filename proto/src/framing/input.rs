//! The receive buffer, and its place in the peer's stream.

use core::fmt;

use bytes::{Buf, Bytes, BytesMut};

use crate::error::ProtocolError;
use crate::wire::Fault;

/// Octets received and not yet consumed.
#[derive(Default)]
pub(crate) struct Input {
    pub(crate) buffer: BytesMut,
    /// How many octets of the stream came before the buffer.
    pub(crate) offset: u64,
    /// The most that the buffer has held.
    largest: usize,
}

/// A buffer that grows has room for this many octets more: small messages come after each other then without its being
/// turned over for each.
const ROOM: usize = 512;
/// An empty buffer keeps no more memory than this while nothing is expected.
const KEPT: usize = 16 << 10;

impl Input {
    /// Adds octets that were received.
    #[inline(always)]
    pub(crate) fn push(&mut self, octets: &[u8]) {
        if self.buffer.spare_capacity_mut().len() < octets.len() {
            self.buffer.reserve(octets.len().max(ROOM));
        }
        self.buffer.extend_from_slice(octets);
    }

    /// Takes the first `len` octets out, sharing their memory.
    pub(crate) fn take(&mut self, len: usize) -> Bytes {
        let len = len.min(self.buffer.len());
        self.offset = self.offset.saturating_add(len as u64);
        self.largest = self.largest.max(self.buffer.capacity());
        self.buffer.split_to(len).freeze()
    }

    /// Gives the memory of an empty buffer back if it is much: what comes next may be long in coming.
    pub(crate) fn release(&mut self) {
        if self.largest > KEPT && self.buffer.is_empty() {
            self.buffer = BytesMut::new();
            self.largest = 0;
        }
    }

    /// Drops the first `len` octets.
    pub(crate) fn skip(&mut self, len: usize) {
        let len = len.min(self.buffer.len());
        self.offset = self.offset.saturating_add(len as u64);
        self.buffer.advance(len);
    }

    /// How many octets the peer has sent.
    pub(crate) fn received(&self) -> u64 {
        self.offset.saturating_add(self.buffer.len() as u64)
    }

    /// Names a fault by its octet in the stream; it is counted from the start of the buffer.
    pub(crate) fn error(&self, fault: Fault) -> ProtocolError {
        fault.in_stream(self.offset)
    }
}

/// Shows how much there is and not what: there may be credentials in it.
impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("offset", &self.offset).field("octets", &self.buffer.len()).finish()
    }
}
