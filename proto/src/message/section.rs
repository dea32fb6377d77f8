//! Reading a field section line by line as it arrives (RFC 9112 5).
//!
//! Serves heads and trailer sections of both roles. Law: faults are found in the order of the octets, so that no
//! division of the input changes which one is reported.

use alloc::vec::Vec;
use core::mem;
use core::ops::Range;

use bytes::Bytes;

use super::index::Index;
use super::known::Known;
use super::view::parts;
use super::{Deviation, Deviations, Fields, FieldsView, Policy};
use crate::error::ErrorKind;
use crate::wire::line::{Line, Lines, Window};
use crate::wire::{Fault, field_line, octet};

/// The limits of a section, and what answers going past them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SectionLimits {
    /// From the start of the buffer to the end of the section, its empty line included.
    pub(crate) window: Window,
    pub(crate) lines: usize,
    /// Whether this is a trailer section, where some fields may not stand.
    pub(crate) trailers: bool,
    /// What is put up with in it.
    pub(crate) policy: Policy,
}

/// What is done for each field line.
pub(crate) trait Visitor {
    /// A line at `place` in `buffer`, whose name ends at `colon`.
    fn field(&mut self, index: &mut Index, buffer: &[u8], place: Range<usize>, colon: usize);
}

/// Notes where the fields stand that the protocol acts on.
impl Visitor for () {
    #[inline(always)]
    fn field(&mut self, index: &mut Index, buffer: &[u8], place: Range<usize>, colon: usize) {
        index.note(place.start, buffer.get(place.start..colon).unwrap_or_default());
    }
}

/// A section in progress, at the start of a buffer that grows; a start line may come first.
#[derive(Debug, Default)]
pub(crate) struct Section {
    lines: Lines,
    index: Index,
    /// Where the section ends, once that is known.
    end: usize,
    /// What had to be put up with.
    deviations: Deviations,
}

impl Section {
    /// Prepares for the next section.
    pub(crate) fn restart(&mut self) {
        self.lines = Lines::default();
    }

    /// How many octets a section that was read to its end and is still here takes, with what stands before it; 0 without one.
    pub(crate) fn len(&self) -> usize {
        self.end
    }

    /// Whether something in it had to be put up with.
    pub(crate) fn is_mended(&self) -> bool {
        !self.deviations.is_empty()
    }

    /// Whether there are lines.
    pub(crate) fn has_lines(&self) -> bool {
        self.index.len() > 0
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The start line, if nothing was looked at yet and `parse` finds it, and where it ends with its CR LF.
    #[inline(always)]
    pub(crate) fn usual_start_line<L>(
        &mut self,
        buffer: &[u8],
        window: Window,
        parse: impl FnOnce(&[u8]) -> Option<(L, usize)>,
    ) -> Option<L> {
        if self.lines.start() > 0 || !self.lines.is_between() {
            return None;
        }
        let (line, end) = parse(buffer).filter(|(_, end)| *end <= window.0)?;
        self.lines.skip_to(end);
        Some(line)
    }

    /// The start line, `None` while its end has not arrived. `parse_usual` is asked first, if nothing was looked at yet: it
    /// also tells where the line ends with its CR LF, which `parse` does not see.
    #[inline(always)]
    pub(crate) fn start_line<L>(
        &mut self,
        buffer: &[u8],
        window: Window,
        policy: Policy,
        parse_usual: impl FnOnce(&[u8]) -> Option<(L, usize)>,
        parse: impl FnOnce(&[u8]) -> Result<L, Fault>,
    ) -> Result<Option<L>, Fault> {
        let usual = self.usual_start_line(buffer, window, parse_usual);
        if usual.is_some() {
            return Ok(usual);
        }
        let line = self.lines.next(buffer, window, policy.allows(Deviation::BareLf))?;
        if line.as_ref().is_some_and(|line| line.is_bare) {
            self.deviations = self.deviations.with(Deviation::BareLf);
        }
        line.map(|line| parse(buffer.get(line.place).unwrap_or_default())).transpose()
    }

    /// Reads the lines that have arrived, and notes the fields that the protocol acts on; whether the empty line is there.
    pub(crate) fn read(&mut self, buffer: &[u8], limits: &SectionLimits) -> Result<bool, Fault> {
        self.read_with(buffer, limits, &mut ())
    }

    /// As [`read`](Self::read), with something else done for each field line.
    #[inline(always)]
    pub(crate) fn read_with(
        &mut self,
        buffer: &[u8],
        limits: &SectionLimits,
        visitor: &mut impl Visitor,
    ) -> Result<bool, Fault> {
        let Self { lines, index, end, deviations } = self;
        let visible = buffer.get(..limits.window.0).unwrap_or(buffer);
        loop {
            let is_complete = !limits.trailers
                && lines.is_between()
                && lines.usual_fields(visible, |place, colon| {
                    let is_wanted = index.len() < limits.lines;
                    if is_wanted {
                        index.count(place.start);
                        visitor.field(index, buffer, place, colon);
                    }
                    is_wanted
                });
            if is_complete {
                break;
            }
            // What is rare is kept apart, so that the rest is small.
            let bare_lf = limits.policy.allows(Deviation::BareLf);
            let Some(line) = lines.next(buffer, limits.window, bare_lf)? else { return Ok(false) };
            match unusual(buffer, &line, index.len(), limits, deviations)? {
                Unusual::End => break,
                Unusual::Continuation => {}
                Unusual::Field(name_len) => {
                    index.count(line.place.start);
                    let colon = line.place.start.saturating_add(name_len);
                    visitor.field(index, buffer, line.place, colon);
                }
            }
        }
        *end = lines.start();
        Ok(true)
    }

    /// The fields of the section that was read, in `octets`, which starts where the buffer did and ends with the empty line.
    #[inline(always)]
    pub(crate) fn fields<'a>(&'a self, octets: &'a [u8]) -> FieldsView<'a> {
        FieldsView::received(octets, &self.index)
    }

    /// What is kept of the section that was read, besides its octets; and the section is ready for the next.
    #[inline(always)]
    pub(crate) fn take_index(&mut self) -> Index {
        self.restart();
        self.end = 0;
        mem::take(&mut self.index)
    }

    /// The fields of the section that was read, and what had to be put up with in it, out of `octets`, which starts where
    /// the buffer did and ends with the empty line; and the section is ready for the next.
    #[inline(always)]
    pub(crate) fn take_fields(&mut self, octets: Bytes) -> (Fields, Deviations) {
        let (index, deviations) = (self.take_index(), mem::take(&mut self.deviations));
        if deviations.is_empty() {
            (Fields::received(octets, index), deviations)
        } else {
            (rebuild(&octets, &index), deviations)
        }
    }
}

/// Fields in the form that nothing had to be put up with in, so that nobody after this has to know.
#[cold]
fn rebuild(octets: &[u8], index: &Index) -> Fields {
    let mut fields = Fields::new();
    let mut rest = octets.get(index.start()..).unwrap_or_default();
    for _ in 0..index.len() {
        let (line, after) = folded_line(rest);
        rest = after;
        if let Some((name, value)) = parts(line) {
            // Every octet was checked as it came.
            let _ = fields.append(octet::trim_ows(name), unfolded(value));
        }
    }
    fields
}

/// A line with all that continue it, and what comes after them.
fn folded_line(octets: &[u8]) -> (&[u8], &[u8]) {
    let continues = |lf: usize| octets.get(lf.saturating_add(1)).is_some_and(octet::is_ows);
    let lf = memchr::memchr_iter(b'\n', octets).find(|lf| !continues(*lf)).unwrap_or(octets.len());
    let line = octets.get(..lf).unwrap_or_default();
    (line, octets.get(lf.saturating_add(1)..).unwrap_or_default())
}

/// A value with spaces in the place of each line end in it and the white space around that (RFC 9112 5.2).
fn unfolded(value: &[u8]) -> Vec<u8> {
    let mut value = value.to_vec();
    let is_fold = |o: &u8| matches!(o, b'\r' | b'\n' | b' ' | b'\t');
    for run in value.chunk_by_mut(|a, b| is_fold(a) == is_fold(b)) {
        if run.contains(&b'\r') || run.contains(&b'\n') {
            run.fill(b' ');
        }
    }
    value
}

/// What a line is that is not a field like nearly all.
enum Unusual {
    /// The empty line that ends the section.
    End,
    /// A part of the field before it.
    Continuation,
    /// A field, with a name of this length.
    Field(usize),
}

/// Finds out what an unusual line is, after `count` fields.
#[inline(never)]
fn unusual(
    buffer: &[u8],
    line: &Line,
    count: usize,
    limits: &SectionLimits,
    deviations: &mut Deviations,
) -> Result<Unusual, Fault> {
    let start = line.place.start;
    let octets = buffer.get(line.place.clone()).unwrap_or_default();
    let mut put_up_with = |deviation| *deviations = deviations.with(deviation);
    if line.is_bare {
        put_up_with(Deviation::BareLf);
    }
    if octets.is_empty() {
        return Ok(Unusual::End);
    }
    let is_continuation = octets.first().is_some_and(octet::is_ows);
    if is_continuation && count > 0 && limits.policy.allows(Deviation::FoldedLine) {
        field_line::continuation(octets).map_err(|fault| fault.shift(start))?;
        put_up_with(Deviation::FoldedLine);
        return Ok(Unusual::Continuation);
    }
    // A line that continues another is no further field, so the limit comes after it.
    if count >= limits.lines {
        let kind = if limits.trailers { ErrorKind::TooManyTrailers } else { ErrorKind::TooManyFields };
        return Err(Fault::new(kind, start));
    }
    if is_continuation {
        let kind = if count == 0 { ErrorKind::LeadingWhitespace } else { ErrorKind::LineFolding };
        return Err(Fault::octet(kind, octets, 0).shift(start));
    }
    let allows_space = limits.policy.allows(Deviation::SpaceBeforeColon);
    let name_len = field_line::parse(octets, allows_space).map_err(|fault| fault.shift(start))?;
    if octets.get(name_len) != Some(&b':') {
        put_up_with(Deviation::SpaceBeforeColon);
    }
    if limits.trailers && !Known::may_trail(octets.get(..name_len).unwrap_or_default()) {
        return Err(Fault::new(ErrorKind::TrailerForbidden, start));
    }
    Ok(Unusual::Field(name_len))
}
