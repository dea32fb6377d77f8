//! What is kept of a field section besides its octets: where its lines start, how many there are, and where those stand
//! that the protocol itself acts on.
//!
//! A valid section says the rest itself: a line ends at its LF, its name at its first colon. So a head of any number of
//! lines takes no memory of its own, and is cheap to hand on.

use super::known::{Known, Note, Notes};

/// The summary of a section.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Index {
    /// Where the first line starts; meaningful when there is one.
    start: u32,
    count: u32,
    notes: Notes,
}

impl Index {
    /// How many lines there are.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.count as usize
    }

    /// Where the first line starts.
    pub(crate) fn start(&self) -> usize {
        self.start as usize
    }

    /// Counts a line that starts at `start`.
    #[inline(always)]
    pub(crate) fn count(&mut self, start: usize) {
        if self.count == 0 {
            // Limits keep a section far below 4 GiB.
            self.start = u32::try_from(start).unwrap_or(u32::MAX);
        }
        self.count = self.count.saturating_add(1);
    }

    /// Notes a line that starts at `start`, if the protocol acts on fields of this name.
    #[inline(always)]
    pub(crate) fn note(&mut self, start: usize, name: &[u8]) {
        if let Some(known) = Known::of(name) {
            self.notes.add(known, start);
        }
    }

    /// Whether a known field is there.
    #[inline(always)]
    pub(crate) fn has(&self, known: Known) -> bool {
        self.notes.has(known)
    }

    /// What is noted of a known field.
    #[inline(always)]
    pub(crate) fn known(&self, known: Known) -> Option<Note> {
        self.notes.get(known)
    }
}
