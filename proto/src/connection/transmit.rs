//! What is to be sent: one queue for heads, chunk lines and content.
//!
//! Small parts are written into one growing tail, so that head and content leave in one write; large `Bytes` are kept
//! as they are between parts of the tail and never copied.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
#[cfg(feature = "std")]
use core::mem;

use bytes::{Buf, Bytes};

/// From this size on, content is queued instead of copied.
const QUEUE_FROM: usize = 4096;
/// The tail gives memory beyond this back when everything is sent.
const TAIL_KEPT: usize = 16 << 10;

/// Octets queued for sending.
///
/// It is a [`Buf`], so that `chunk()` and `advance()` drain it, and `chunks_vectored()` feeds a vectored write.
#[derive(Default)]
pub struct Transmit {
    tail: Vec<u8>,
    /// How much of the tail is sent.
    sent: usize,
    /// Content that stands before the octet of the tail with this index.
    queued: VecDeque<(usize, Bytes)>,
    /// Octets in `queued`.
    queued_octets: usize,
    /// Octets ever sent, those that the caller sent itself among them.
    pub(crate) total: u64,
    /// How often it became empty: what the peer is waited for after that is not what it was waited for before.
    pub(crate) flushes: u16,
}

impl Transmit {
    /// How many octets are queued.
    pub fn len(&self) -> usize {
        self.tail.len().saturating_sub(self.sent).saturating_add(self.queued_octets)
    }

    /// Whether nothing is queued.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first octets, as many as lie together; empty when nothing is queued.
    pub fn chunk(&self) -> &[u8] {
        match self.queued.front() {
            Some((at, octets)) if *at == self.sent => octets,
            Some((at, _)) => self.tail.get(self.sent..*at).unwrap_or_default(),
            None => self.tail.get(self.sent..).unwrap_or_default(),
        }
    }

    /// Removes the first `len` octets, which were sent.
    pub fn consume(&mut self, len: usize) {
        let (queued, sent) = (self.len(), len.min(self.len()));
        self.total = self.total.saturating_add(sent as u64);
        if self.queued.is_empty() {
            self.sent = self.sent.saturating_add(sent);
        } else {
            self.consume_parts(sent);
        }
        if sent == queued {
            self.tail.clear();
            self.tail.shrink_to(TAIL_KEPT);
            self.sent = 0;
            self.flushes = self.flushes.wrapping_add(1);
        } else if self.sent >= TAIL_KEPT && self.sent >= self.tail.len() / 2 {
            self.drop_sent();
        }
    }

    fn consume_parts(&mut self, len: usize) {
        let mut left = len;
        while left > 0 && !self.is_empty() {
            let here = self.chunk().len().min(left);
            left = left.saturating_sub(here);
            match self.queued.front_mut() {
                Some((at, octets)) if *at == self.sent => {
                    octets.advance(here);
                    self.queued_octets = self.queued_octets.saturating_sub(here);
                    if octets.is_empty() {
                        self.queued.pop_front();
                    }
                }
                _ => self.sent = self.sent.saturating_add(here),
            }
        }
    }

    /// Gives back what is sent of a tail that never becomes empty. At most as many octets are moved as were sent.
    fn drop_sent(&mut self) {
        self.tail.drain(..self.sent.min(self.tail.len()));
        for (at, _) in &mut self.queued {
            *at = at.saturating_sub(self.sent);
        }
        self.sent = 0;
    }

    /// The tail, to be appended to.
    pub(crate) fn tail(&mut self) -> &mut Vec<u8> {
        &mut self.tail
    }

    /// Queues content.
    #[inline]
    pub(crate) fn push(&mut self, octets: Bytes) {
        if octets.len() < QUEUE_FROM {
            self.tail.extend_from_slice(&octets);
        } else {
            self.queued_octets = self.queued_octets.saturating_add(octets.len());
            self.queued.push_back((self.tail.len(), octets));
        }
    }

    /// Gives back the memory of an empty queue.
    pub(crate) fn release(&mut self) {
        if self.is_empty() {
            self.clear();
        }
    }

    /// Throws everything away.
    pub(crate) fn clear(&mut self) {
        *self = Self { total: self.total, flushes: self.flushes, ..Self::default() };
    }
}

impl Buf for Transmit {
    fn remaining(&self) -> usize {
        self.len()
    }

    fn chunk(&self) -> &[u8] {
        Self::chunk(self)
    }

    fn advance(&mut self, len: usize) {
        self.consume(len);
    }

    #[cfg(feature = "std")]
    fn chunks_vectored<'a>(&'a self, slices: &mut [std::io::IoSlice<'a>]) -> usize {
        let mut from = self.sent;
        let queued = self.queued.iter().map(|(at, octets)| (*at, &octets[..]));
        let parts = queued.chain([(self.tail.len(), &[][..])]).flat_map(|(at, octets)| {
            let between = self.tail.get(mem::replace(&mut from, at)..at).unwrap_or_default();
            [between, octets].into_iter().filter(|part| !part.is_empty())
        });
        let fill = |(slice, part): (&mut _, &'a [u8])| *slice = std::io::IoSlice::new(part);
        slices.iter_mut().zip(parts).map(fill).count()
    }
}

/// Shows how much there is and not what: there may be credentials in it.
impl fmt::Debug for Transmit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transmit").field("sent", &self.total).field("octets", &self.len()).finish()
    }
}
