//! The open connections of a server: how many there may be, and until when once it is to stop.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The open connections, each with what its adapter keeps of it.
#[derive(Debug)]
pub struct Open<P> {
    /// By age.
    places: BTreeMap<u64, P>,
    next: u64,
    /// How many of them take no further request, to make room.
    leaving: usize,
    deadline: Option<Instant>,
}

impl<P> Default for Open<P> {
    fn default() -> Self {
        Self { places: BTreeMap::new(), next: 0, leaving: 0, deadline: None }
    }
}

impl<P> Open<P> {
    /// Takes in a connection; what [`remove`](Self::remove) knows it by.
    pub fn enter(&mut self, place: P) -> u64 {
        let key = self.next;
        self.next = key.wrapping_add(1);
        self.places.insert(key, place);
        key
    }

    /// Takes note that a connection has closed, which was leaving or not.
    pub fn remove(&mut self, key: u64, was_leaving: bool) {
        self.places.remove(&key);
        self.leaving = self.leaving.saturating_sub(usize::from(was_leaving));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Each of them, the oldest first.
    pub fn places(&self) -> impl Iterator<Item = &P> {
        self.places.values()
    }

    /// Whether there are fewer than `max`, without those that are leaving.
    pub fn has_room(&self, max: usize) -> bool {
        self.places.len().saturating_sub(self.leaving) < max
    }

    /// Whether another may be asked to leave: those that do still hold their descriptors for a while, so that they may not be
    /// many.
    pub fn may_leave(&self, max: usize) -> bool {
        self.leaving <= max / 4
    }

    /// Takes note that one more is leaving.
    pub fn leaves(&mut self) {
        self.leaving = self.leaving.saturating_add(1);
    }

    /// Those that are open after this time are to be cut off; of several such times the earliest counts.
    pub fn end_within(&mut self, time: Duration) {
        let at = Instant::now().checked_add(time);
        self.deadline = match (self.deadline, at) {
            (Some(earlier), Some(at)) => Some(earlier.min(at)),
            (known, at) => known.or(at),
        };
    }

    /// When those that are open are to be cut off; `None` for never.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}
