//! Reading a field section line by line as it arrives (RFC 9112 5).
//!
//! Serves heads and trailer sections of both roles. Law: faults are found in the order of the octets, so that no
//! division of the input changes which one is reported.

use alloc::vec::Vec;
use core::mem;
use core::ops::Range;

use bytes::Bytes;

use super::Fields;
use super::index::Index;
use super::known::Known;
use crate::error::ErrorKind;
use crate::wire::line::{Lines, Next};
use crate::wire::{Fault, field_line};

/// The limits of a section, and what answers going past them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SectionLimits {
    /// Octets from the start of the buffer to the end of the section, its empty line included.
    pub(crate) octets: usize,
    pub(crate) too_large: ErrorKind,
    pub(crate) lines: usize,
    pub(crate) too_many: ErrorKind,
    /// Whether this is a trailer section, where some fields may not stand.
    pub(crate) trailers: bool,
    /// Whether a line may continue the one before it.
    pub(crate) folding: bool,
}

/// A section in progress, at the start of a buffer that grows; a start line may come first.
#[derive(Debug, Default)]
pub(crate) struct Section {
    lines: Lines,
    index: Index,
    /// Whether a line continues another.
    has_folds: bool,
}

impl Section {
    /// Prepares for the next section.
    pub(crate) fn restart(&mut self) {
        self.lines = Lines::default();
    }

    /// Whether nothing was looked at yet.
    pub(crate) fn is_new(&self) -> bool {
        self.lines.is_new()
    }

    /// Goes past a start line found otherwise.
    pub(crate) fn skip_start_line(&mut self, end: usize) {
        self.lines.skip_to(end);
    }

    /// The start line without its CR LF, `None` while its end has not arrived. It lies within `window` octets, or
    /// `too_long` is the fault.
    pub(crate) fn start_line(
        &mut self,
        buffer: &[u8],
        window: usize,
        too_long: ErrorKind,
    ) -> Result<Option<Range<usize>>, Fault> {
        let mut found = None;
        self.lines.read(buffer, window, too_long, |line| {
            found = Some(line.place);
            Ok(Next::Stop)
        })?;
        Ok(found)
    }

    /// Reads the lines that have arrived; the length of everything up to and with the empty line once that is there.
    pub(crate) fn read(&mut self, buffer: &[u8], limits: &SectionLimits) -> Result<Option<usize>, Fault> {
        let Self { lines, index, has_folds } = self;
        let is_complete = lines.read(buffer, limits.octets, limits.too_large, |line| {
            if line.place.is_empty() {
                return Ok(Next::Stop);
            }
            let start = line.place.start;
            if index.len() >= limits.lines {
                return Err(Fault::new(limits.too_many, start));
            }
            match field_line::usual_name(buffer, start) {
                Some(colon) if !line.has_controls && !limits.trailers => {
                    index.push(start, buffer.get(start..colon).unwrap_or_default());
                    Ok(Next::Line)
                }
                _ if limits.folding && index.len() > 0 && is_space(buffer.get(start)) => {
                    let rest = buffer.get(line.place).unwrap_or_default();
                    field_line::continuation(rest).map_err(|fault| fault.shift(start))?;
                    *has_folds = true;
                    Ok(Next::Line)
                }
                _ => add(buffer, line.place, index, limits.trailers).map(|()| Next::Line),
            }
        })?;
        Ok(is_complete.then(|| lines.start()))
    }

    /// Puts spaces in the place of the line ends within folded lines of the section that was read (RFC 9112 5.2).
    pub(crate) fn unfold(&mut self, head: &mut [u8]) {
        if !mem::take(&mut self.has_folds) {
            return;
        }
        let mut lines = Lines::default();
        let mut starts = Vec::new();
        let len = head.len();
        let _ = lines.read(head, len, ErrorKind::HeadTooLarge, |line| {
            starts.push(line.place.start);
            Ok(Next::Line)
        });
        for start in starts {
            let line_end = start.checked_sub(2).and_then(|end| head.get_mut(end..=start));
            if let Some([cr, lf, b' ' | b'\t']) = line_end {
                (*cr, *lf) = (b' ', b' ');
            }
        }
    }

    /// The fields of the section that was read, out of `octets`, which starts where the buffer did and ends with the
    /// empty line; and the section is ready for the next.
    pub(crate) fn take_fields(&mut self, octets: Bytes) -> Fields {
        self.restart();
        let end = octets.len().saturating_sub(2);
        Fields::received(octets, mem::take(&mut self.index), end)
    }
}

/// Adds a line that may be unusual, or wrong.
fn add(buffer: &[u8], place: Range<usize>, index: &mut Index, trailers: bool) -> Result<(), Fault> {
    let start = place.start;
    let line = buffer.get(place).unwrap_or_default();
    let fault = match (line.first(), field_line::parse(line)) {
        (first, _) if is_space(first) => {
            let kind = if index.len() == 0 { ErrorKind::LeadingWhitespace } else { ErrorKind::LineFolding };
            Fault::octet(kind, line, 0)
        }
        (_, Ok(len)) => {
            let name = line.get(..len).unwrap_or_default();
            if !trailers || Known::may_trail(name) {
                index.push(start, name);
                return Ok(());
            }
            Fault::new(ErrorKind::TrailerForbidden, 0)
        }
        (_, Err(fault)) => fault,
    };
    Err(fault.shift(start))
}

fn is_space(octet: Option<&u8>) -> bool {
    matches!(octet, Some(b' ' | b'\t'))
}
