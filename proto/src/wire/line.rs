//! Finding the ends of lines in input that grows (RFC 9112 2.2).
//!
//! Law: no octet is searched twice, however the input arrives, and whatever is wrong is found at the same octet.

use core::ops::Range;

use super::Fault;
use crate::error::ErrorKind;

/// Where the next line starts in a growing buffer, and how far it was searched for its end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lines {
    start: usize,
    searched: usize,
}

impl Lines {
    /// Where the next line starts.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// The next line without its CR LF, `None` while its end has not arrived.
    ///
    /// Looks at no octet of `buffer` at or beyond `window`; a line that needs one is answered with `too_long` at the
    /// end of the window.
    #[inline]
    pub(crate) fn next(
        &mut self,
        buffer: &[u8],
        window: usize,
        too_long: ErrorKind,
    ) -> Result<Option<Range<usize>>, Fault> {
        let visible = buffer.get(..window).unwrap_or(buffer);
        let unsearched = visible.get(self.searched..).unwrap_or_default();
        let Some(found) = memchr::memchr(b'\n', unsearched) else {
            self.searched = visible.len();
            return if visible.len() == window { Err(Fault::new(too_long, window)) } else { Ok(None) };
        };
        let lf = self.searched.saturating_add(found);
        let end = lf.saturating_sub(1);
        if lf == self.start || visible.get(end) != Some(&b'\r') {
            return Err(Fault::octet(ErrorKind::LineEnding, visible, lf));
        }
        let line = self.start..end;
        self.start = lf.saturating_add(1);
        self.searched = self.start;
        Ok(Some(line))
    }
}
