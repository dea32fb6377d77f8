//! What is kept of a field section besides its octets: where its lines start, how many there are, and where those stand
//! that the protocol itself acts on.
//!
//! A valid section says the rest itself: a line ends at its LF, its name at its first colon. So a head of any number of
//! lines takes no memory of its own, and is cheap to hand on.

use super::known::Known;

/// Of how many known fields it is noted where they stand.
const PLACES: usize = Known::Date as usize;
/// What stands for a line that starts too far away to be noted.
const FAR: u16 = u16::MAX;

/// The summary of a section.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Index {
    /// Where the first line starts; meaningful when there is one.
    start: u32,
    count: u32,
    /// Where the first line of each known field starts, [`FAR`] where it has to be searched for.
    first: [u16; PLACES],
    /// A bit for each that is there.
    present: u16,
    /// A bit for each that has further lines.
    repeated: u16,
}

/// What is noted of a known field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note {
    /// Where the first line starts, `None` where that is further away than a note can tell.
    pub(crate) start: Option<usize>,
    pub(crate) is_repeated: bool,
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
        let Some(known) = Known::of(name) else { return };
        if self.has(known) {
            self.repeated |= known.bit();
            return;
        }
        self.present |= known.bit();
        if let Some(first) = self.first.get_mut(known as usize) {
            *first = u16::try_from(start).unwrap_or(FAR);
        }
    }

    /// Whether a known field is there.
    #[inline(always)]
    pub(crate) const fn has(&self, known: Known) -> bool {
        self.present & known.bit() != 0
    }

    /// What is noted of a known field.
    #[inline(always)]
    pub(crate) fn known(&self, known: Known) -> Option<Note> {
        let start = self.first.get(known as usize).filter(|first| **first != FAR);
        let is_repeated = self.repeated & known.bit() != 0;
        self.has(known).then(|| Note { start: start.map(|start| usize::from(*start)), is_repeated })
    }
}
