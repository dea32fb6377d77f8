//! Finding the ends of lines in input that grows (RFC 9112 2.2).
//!
//! Law: no octet is searched more than a bounded number of times, however the input arrives, and whatever is wrong is
//! found at the same octet.

use core::ops::Range;

use super::{Fault, scan, steps};
use crate::error::ErrorKind;

/// Where the next line starts in a growing buffer, and how far it was searched for its end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lines {
    start: usize,
    searched: usize,
    /// The line so far holds a control octet other than HTAB.
    has_controls: bool,
}

/// A line that is complete.
pub(crate) struct Line {
    /// Its place, without its CR LF.
    pub(crate) place: Range<usize>,
    /// Whether it holds control octets other than HTAB.
    pub(crate) has_controls: bool,
    /// Whether it ends in LF alone.
    pub(crate) is_bare: bool,
}

/// Whether further lines are wanted.
pub(crate) enum Next {
    Line,
    Stop,
}

impl Lines {
    /// Where the next line starts.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// Whether nothing was looked at yet.
    pub(crate) fn is_new(&self) -> bool {
        self.searched == 0
    }

    /// Goes past a line found otherwise, which ends with its CR LF at `end`.
    pub(crate) fn skip_to(&mut self, end: usize) {
        *self = Self { start: end, searched: end, has_controls: false };
    }

    /// Shows each line that has arrived to `visit`, until that wants no more; whether it does not.
    ///
    /// With `bare_lf`, an LF alone ends a line. Looks at no octet of `buffer` at or beyond `window`; a line that needs one is answered with `too_long` at the
    /// end of the window.
    #[inline(always)]
    pub(crate) fn read(
        &mut self,
        buffer: &[u8],
        window: usize,
        too_long: ErrorKind,
        bare_lf: bool,
        mut visit: impl FnMut(Line) -> Result<Next, Fault>,
    ) -> Result<bool, Fault> {
        let visible = buffer.get(..window).unwrap_or(buffer);
        // Kept here and not behind the reference, so that they can stay in registers.
        let Self { mut start, searched: mut at, mut has_controls } = *self;
        while at < visible.len() {
            let (mut mask, width) = scan::controls(visible, at);
            steps::count(width);
            if start > at {
                // The LF of a line that ended with the block before.
                let seen = u32::try_from(start.wrapping_sub(at)).unwrap_or(u32::MAX);
                mask &= u64::MAX.checked_shl(seen).unwrap_or(0);
            }
            while mask != 0 {
                let bit = mask.trailing_zeros();
                let place = at.wrapping_add(bit as usize);
                let (octet, next) = (visible.get(place).copied(), visible.get(place.wrapping_add(1)).copied());
                let end = match (octet, next) {
                    (Some(b'\r'), Some(b'\n')) => {
                        mask &= !3u64.wrapping_shl(bit);
                        place.wrapping_add(2)
                    }
                    (Some(b'\n'), _) if bare_lf => {
                        mask &= mask.wrapping_sub(1);
                        place.wrapping_add(1)
                    }
                    (Some(b'\n'), _) => {
                        return Err(Fault::octet(ErrorKind::LineEnding, visible, place));
                    }
                    (Some(b'\r'), None) => {
                        // Whether it is bare shows with the next octet.
                        *self = Self { start, searched: place, has_controls };
                        return self.wait(visible, window, too_long);
                    }
                    (octet, _) => {
                        has_controls |= octet != Some(b'\t');
                        mask &= mask.wrapping_sub(1);
                        continue;
                    }
                };
                let is_bare = octet == Some(b'\n');
                let line = Line { place: start..place, has_controls, is_bare };
                (start, has_controls) = (end, false);
                if let Next::Stop = visit(line)? {
                    self.skip_to(end);
                    return Ok(true);
                }
            }
            at = at.wrapping_add(width);
        }
        *self = Self { start, searched: visible.len().max(start), has_controls };
        self.wait(visible, window, too_long)
    }

    fn wait(&self, visible: &[u8], window: usize, too_long: ErrorKind) -> Result<bool, Fault> {
        if visible.len() == window { Err(Fault::new(too_long, window)) } else { Ok(false) }
    }
}
