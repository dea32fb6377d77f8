//! Reading a field section line by line as it arrives (RFC 9112 5).
//!
//! Serves heads and trailer sections of both roles. Law: faults are found in the order of the octets, so that no
//! division of the input changes which one is reported.

use core::mem;
use core::ops::Range;

use bytes::Bytes;

use super::Fields;
use super::index::Index;
use super::known::Known;
use crate::error::ErrorKind;
use crate::wire::line::Lines;
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
}

/// A section in progress, at the start of a buffer that grows; a start line may come first.
#[derive(Debug, Default)]
pub(crate) struct Section {
    lines: Lines,
    index: Index,
}

impl Section {
    /// Prepares for the next section.
    pub(crate) fn restart(&mut self) {
        self.lines = Lines::default();
    }

    /// The start line without its CR LF, `None` while its end has not arrived. It lies within `window` octets, or
    /// `too_long` is the fault.
    pub(crate) fn start_line(
        &mut self,
        buffer: &[u8],
        window: usize,
        too_long: ErrorKind,
    ) -> Result<Option<Range<usize>>, Fault> {
        self.lines.next(buffer, window, too_long)
    }

    /// Reads the lines that have arrived; the length of everything up to and with the empty line once that is there.
    pub(crate) fn read(&mut self, buffer: &[u8], limits: &SectionLimits) -> Result<Option<usize>, Fault> {
        while let Some(line) = self.lines.next(buffer, limits.octets, limits.too_large)? {
            if line.is_empty() {
                return Ok(Some(self.lines.start()));
            }
            if self.index.len() >= limits.lines {
                return Err(Fault::new(limits.too_many, line.start));
            }
            let start = line.start;
            add(buffer.get(line).unwrap_or_default(), start, &mut self.index, limits.trailers)
                .map_err(|fault| fault.shift(start))?;
        }
        Ok(None)
    }

    /// The fields of the section that was read, out of `octets`, which starts where the buffer did and ends with the
    /// empty line; and the section is ready for the next.
    pub(crate) fn take_fields(&mut self, octets: Bytes) -> Fields {
        self.restart();
        let end = octets.len().saturating_sub(2);
        Fields::received(octets, mem::take(&mut self.index), end)
    }
}

#[inline]
fn add(line: &[u8], start: usize, index: &mut Index, trailers: bool) -> Result<(), Fault> {
    if let Some(b' ' | b'\t') = line.first() {
        let first = index.len() == 0;
        let kind = if first { ErrorKind::LeadingWhitespace } else { ErrorKind::LineFolding };
        return Err(Fault::octet(kind, line, 0));
    }
    let parts = field_line::parse(line)?;
    let name = line.get(..parts.name).unwrap_or_default();
    if trailers && !Known::may_trail(name) {
        return Err(Fault::new(ErrorKind::TrailerForbidden, 0));
    }
    index.push(start, name);
    Ok(())
}
