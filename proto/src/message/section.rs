//! Reading a field section line by line as it arrives (RFC 9112 5).
//!
//! Serves heads and trailer sections of both roles. Law: faults are found in the order of the octets, so that no
//! division of the input changes which one is reported.

use alloc::vec::Vec;
use core::mem;
use core::ops::Range;

use bytes::Bytes;

use super::fields::{RawLines, parts};
use super::index::Index;
use super::known::Known;
use super::{Deviation, Deviations, Fields, Policy};
use crate::error::ErrorKind;
use crate::wire::line::{Lines, Next};
use crate::wire::{Fault, field_line, octet};

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
    /// What is put up with in it.
    pub(crate) policy: Policy,
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

    /// Whether a section was read to its end and is still here.
    pub(crate) fn is_complete(&self) -> bool {
        self.end > 0
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.restart();
        self.index = Index::default();
        self.end = 0;
        self.deviations = Deviations::default();
    }

    /// The lines of a section that was read to its end, each as its name and what stands after the colon.
    pub(crate) fn lines<'a>(&self, buffer: &'a [u8]) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let end = if self.index.len() == 0 { 0 } else { self.end.saturating_sub(2) };
        RawLines { rest: buffer.get(self.index.start()..end).unwrap_or_default() }.filter_map(parts)
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
        policy: Policy,
    ) -> Result<Option<Range<usize>>, Fault> {
        let mut found = None;
        let bare_lf = policy.allows(Deviation::BareLf);
        let deviations = &mut self.deviations;
        self.lines.read(buffer, window, too_long, bare_lf, |line| {
            if line.is_bare {
                *deviations = deviations.with(Deviation::BareLf);
            }
            found = Some(line.place);
            Ok(Next::Stop)
        })?;
        Ok(found)
    }

    /// Reads the lines that have arrived; the length of everything up to and with the empty line once that is there.
    pub(crate) fn read(&mut self, buffer: &[u8], limits: &SectionLimits) -> Result<Option<usize>, Fault> {
        let Self { lines, index, end, deviations } = self;
        let policy = limits.policy;
        let bare_lf = policy.allows(Deviation::BareLf);
        let is_complete = lines.read(buffer, limits.octets, limits.too_large, bare_lf, |line| {
            if line.is_bare {
                *deviations = deviations.with(Deviation::BareLf);
            }
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
                _ if policy.allows(Deviation::FoldedLine)
                    && index.len() > 0
                    && is_space(buffer.get(start)) =>
                {
                    let rest = buffer.get(line.place).unwrap_or_default();
                    field_line::continuation(rest).map_err(|fault| fault.shift(start))?;
                    *deviations = deviations.with(Deviation::FoldedLine);
                    Ok(Next::Line)
                }
                _ => match add(buffer, line.place.clone(), index, limits.trailers) {
                    Err(fault)
                        if fault.kind == ErrorKind::FieldNameSpace
                            && policy.allows(Deviation::SpaceBeforeColon) =>
                    {
                        let rest = buffer.get(line.place).unwrap_or_default();
                        let len = field_line::spaced_name(rest).map_err(|fault| fault.shift(start))?;
                        index.push(start, rest.get(..len).unwrap_or_default());
                        *deviations = deviations.with(Deviation::SpaceBeforeColon);
                        Ok(Next::Line)
                    }
                    added => added.map(|()| Next::Line),
                },
            }
        })?;
        *end = if is_complete { lines.start() } else { 0 };
        Ok(is_complete.then_some(*end))
    }

    /// The fields of the section that was read, and what had to be put up with in it, out of `octets`, which starts where
    /// the buffer did and ends with the empty line; and the section is ready for the next.
    pub(crate) fn take_fields(&mut self, octets: Bytes) -> (Fields, Deviations) {
        self.restart();
        self.end = 0;
        let (index, deviations) = (mem::take(&mut self.index), mem::take(&mut self.deviations));
        if deviations.is_empty() {
            let end = octets.len().saturating_sub(2);
            (Fields::received(octets, index, end), deviations)
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
            let value: Vec<u8> =
                value.iter().map(|o| if matches!(o, b'\r' | b'\n') { b' ' } else { *o }).collect();
            // Every octet was checked as it came.
            let _ = fields.append(octet::trim_ows(name), value);
        }
    }
    fields
}

/// A line with all that continue it, and what comes after them.
fn folded_line(octets: &[u8]) -> (&[u8], &[u8]) {
    let continues = |lf: usize| is_space(octets.get(lf.saturating_add(1)));
    let lf = memchr::memchr_iter(b'\n', octets).find(|lf| !continues(*lf)).unwrap_or(octets.len());
    let line = octets.get(..lf).unwrap_or_default();
    (line, octets.get(lf.saturating_add(1)..).unwrap_or_default())
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
