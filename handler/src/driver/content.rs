//! Content in parts, put together.

use std::mem;

use bytes::{Bytes, BytesMut};

/// Content that is being collected. One part is kept as it came; more are copied into one.
#[derive(Debug, Default)]
pub struct Content {
    first: Bytes,
    all: BytesMut,
}

impl Content {
    /// How many octets there are so far.
    pub fn len(&self) -> usize {
        self.first.len().saturating_add(self.all.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds the next part.
    pub fn push(&mut self, octets: Bytes) {
        if self.is_empty() {
            self.first = octets;
        } else {
            self.all.extend_from_slice(&mem::take(&mut self.first));
            self.all.extend_from_slice(&octets);
        }
    }

    /// All of it.
    pub fn into_bytes(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.freeze() }
    }
}
