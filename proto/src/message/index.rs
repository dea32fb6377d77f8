//! Where the lines of a field section start: all that is kept of a section besides its octets.
//!
//! A valid line says the rest itself: its name ends at the first colon, its value two octets before the next line. So a
//! section of usual size is indexed without any memory of its own.

use alloc::vec::Vec;

use super::known::{Known, Notes};

/// Lines up to which, and octets below which, an index needs no memory of its own. Browsers send 10 to 20 lines.
const SHORT: usize = 32;

/// The starts of lines, in order, and which of them the protocol itself acts on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    starts: Starts,
    notes: Notes,
}

#[derive(Clone, Debug)]
enum Starts {
    Short { len: u8, starts: [u16; SHORT] },
    Long(Vec<u32>),
}

impl Default for Starts {
    fn default() -> Self {
        Self::Short { len: 0, starts: [0; SHORT] }
    }
}

impl Index {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match &self.starts {
            Starts::Short { len, .. } => usize::from(*len),
            Starts::Long(starts) => starts.len(),
        }
    }

    /// Where a line starts, `None` beyond the last.
    #[inline]
    pub(crate) fn start(&self, line: usize) -> Option<usize> {
        match &self.starts {
            Starts::Short { len, starts } => {
                starts.get(..usize::from(*len))?.get(line).map(|start| usize::from(*start))
            }
            // A u32 fits usize on every target with an allocator.
            Starts::Long(starts) => starts.get(line).map(|start| *start as usize),
        }
    }

    /// Adds a line with this name.
    #[inline(always)]
    pub(crate) fn push(&mut self, start: usize, name: &[u8]) {
        if let Some(known) = Known::of(name) {
            self.notes.add(known, self.len());
        }
        if let Starts::Short { len, starts } = &mut self.starts
            && let (Some(place), Ok(start)) = (starts.get_mut(usize::from(*len)), u16::try_from(start))
        {
            *place = start;
            *len = len.saturating_add(1);
            return;
        }
        self.push_long(start);
    }

    #[cold]
    fn push_long(&mut self, start: usize) {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        match &mut self.starts {
            Starts::Long(starts) => starts.push(start),
            Starts::Short { len, starts } => {
                let short = starts.iter().take(usize::from(*len)).map(|start| u32::from(*start));
                self.starts = Starts::Long(short.chain([start]).collect());
            }
        }
    }

    /// Forgets all lines, and keeps their memory.
    pub(crate) fn clear(&mut self) {
        match &mut self.starts {
            Starts::Short { len, .. } => *len = 0,
            Starts::Long(starts) => starts.clear(),
        }
        self.notes = Notes::default();
    }

    /// The first line of a known field, and whether there are more.
    #[inline]
    pub(crate) fn known(&self, known: Known) -> Option<(usize, bool)> {
        self.notes.get(known)
    }

    /// Moves every line `by` octets towards the start.
    pub(crate) fn shift(&mut self, by: usize) {
        match &mut self.starts {
            Starts::Short { starts, .. } => {
                for start in starts {
                    *start = start.saturating_sub(u16::try_from(by).unwrap_or(u16::MAX));
                }
            }
            Starts::Long(starts) => {
                for start in starts {
                    *start = start.saturating_sub(u32::try_from(by).unwrap_or(u32::MAX));
                }
            }
        }
    }
}
