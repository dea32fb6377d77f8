//! Finding the ends of lines in input that grows (RFC 9112 2.2).
//!
//! Law: no octet is searched more than a bounded number of times, however the input arrives, and whatever is wrong is
//! found at the same octet.

use core::ops::Range;

use super::{Fault, field_line, scan, steps};
use crate::error::ErrorKind;

/// Octets within which a line has to end, and what answers one that does not.
pub(crate) type Window = (usize, ErrorKind);

/// Where the next line starts in a growing buffer, and how far it was searched for its end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lines {
    start: usize,
    searched: usize,
}

/// A line that is complete.
pub(crate) struct Line {
    /// Its place, without its CR LF.
    pub(crate) place: Range<usize>,
    /// Whether it ends in LF alone.
    pub(crate) is_bare: bool,
}

impl Lines {
    /// Where the next line starts.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// Whether nothing of the next line was looked at yet.
    pub(crate) fn is_between(&self) -> bool {
        self.searched == self.start
    }

    /// Goes past a line found otherwise, which ends with its CR LF at `end`.
    pub(crate) fn skip_to(&mut self, end: usize) {
        *self = Self { start: end, searched: end };
    }

    /// The next line, `None` while its end has not arrived.
    ///
    /// With `bare_lf`, an LF alone ends a line. Looks at no octet of `buffer` at or beyond the window; a line that needs one
    /// is answered at its end.
    pub(crate) fn next(
        &mut self,
        buffer: &[u8],
        (window, too_long): Window,
        bare_lf: bool,
    ) -> Result<Option<Line>, Fault> {
        let visible = buffer.get(..window).unwrap_or(buffer);
        loop {
            let place = scan::first_control(visible, self.searched).unwrap_or(visible.len());
            steps::count(place.saturating_sub(self.searched).saturating_add(1));
            let end = match (visible.get(place), visible.get(place.saturating_add(1))) {
                (Some(b'\r'), Some(b'\n')) => place.saturating_add(2),
                (Some(b'\n'), _) if bare_lf => place.saturating_add(1),
                (Some(b'\n'), _) => return Err(Fault::octet(ErrorKind::LineEnding, visible, place)),
                // Whether a CR is bare shows with the next octet.
                (None | Some(b'\r'), None) => {
                    self.searched = place;
                    let is_full = visible.len() == window;
                    return if is_full { Err(Fault::new(too_long, window)) } else { Ok(None) };
                }
                _ => {
                    self.searched = place.saturating_add(1);
                    continue;
                }
            };
            let is_bare = visible.get(place) == Some(&b'\n');
            let line = Line { place: self.start..place, is_bare };
            self.skip_to(end);
            return Ok(Some(line));
        }
    }

    /// Shows field lines to `visit`, by their place and where the colon stands, while they are like nearly all: a name of
    /// letters and hyphens, no control octets, CR LF, and all there. Stops before the first that is not, and the first
    /// that `visit` does not want; whether it went past the empty line.
    ///
    /// For a section that has arrived whole this is all there is to do, so it looks at 64 octets at once.
    #[inline(always)]
    pub(crate) fn usual_fields(&mut self, visible: &[u8], mut visit: impl FnMut(Range<usize>, usize) -> bool) -> bool {
        let mut start = self.start;
        let mut blocks = scan::ControlBlocks::new(visible, start);
        // The control octets from `at` on that do not belong to a line before.
        let (mut at, mut mask) = (start.wrapping_sub(scan::BLOCK), 0);
        let is_complete = 'lines: loop {
            while mask == 0 {
                let Some(block) = blocks.next() else { break 'lines false };
                at = at.wrapping_add(scan::BLOCK);
                // Where the line before ended with the first octet of this block, that is its LF.
                mask = block & u64::MAX.wrapping_shl(u32::from(start > at));
            }
            let end = at.wrapping_add(mask.trailing_zeros() as usize);
            if (visible.get(end), visible.get(end.wrapping_add(1))) != (Some(&b'\r'), Some(&b'\n')) {
                break false;
            }
            steps::count(end.wrapping_sub(start).wrapping_add(2));
            if end == start {
                start = end.wrapping_add(2);
                break true;
            }
            match field_line::usual_name(visible, start) {
                Some(colon) if visit(start..end, colon) => start = end.wrapping_add(2),
                _ => break false,
            }
            // Its CR, and its LF if that is in the block.
            mask &= mask.wrapping_sub(1);
            mask &= mask.wrapping_sub(1);
        };
        self.skip_to(start);
        is_complete
    }
}
