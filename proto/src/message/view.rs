//! What the protocol reads from fields, wherever their octets are: in a buffer, in a head, or built.

use super::index::{Index, Note};
use super::known::Known;
use crate::wire::list::ListElements;
use crate::wire::{octet, scan};

/// Fields that are somewhere else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldsView<'a> {
    /// All octets up to the end of the lines, which may not start with them.
    pub(crate) octets: &'a [u8],
    pub(super) index: &'a Index,
    /// Whether places in the octets are places in a head that was received.
    pub(super) is_received: bool,
}

impl<'a> FieldsView<'a> {
    /// Those of a section that was received, and ends with its empty line.
    #[inline(always)]
    pub(crate) fn received(octets: &'a [u8], index: &'a Index) -> Self {
        Self { octets: octets.strip_suffix(b"\r\n").unwrap_or(octets), index, is_received: true }
    }

    /// The lines as they stand on the wire, each with its CR LF.
    pub(super) fn wire_image(self) -> &'a [u8] {
        // Without lines there is no start, and what looks like one is the start of the head.
        let octets = if self.index.len() > 0 { self.octets } else { &[] };
        octets.get(self.index.start()..).unwrap_or_default()
    }

    pub(super) fn lines(self) -> RawLines<'a> {
        RawLines { rest: self.wire_image() }
    }

    /// The values of every line with this name, in order.
    pub(crate) fn get_all(self, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + Clone {
        self.lines().filter_map(move |line| value_if(line, name))
    }

    /// The elements of a list-valued field, over all its lines (RFC 9110 5.3).
    pub(crate) fn list(self, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.get_all(name).flat_map(ListElements::new)
    }

    /// Whether there is a known field, without a search.
    #[inline(always)]
    pub(crate) fn has(self, known: Known) -> bool {
        self.index.has(known)
    }

    /// The value of the first line of a known field, without a search.
    #[inline(always)]
    pub(crate) fn known(self, known: Known) -> Option<KnownField<'a>> {
        self.index.known(known).and_then(|note| self.noted(known, note))
    }

    /// Where the value of the first line of a known field starts, where the field stands once.
    #[inline(always)]
    pub(crate) fn single(self, known: Known) -> Option<usize> {
        let note = self.index.known(known).filter(|note| !note.is_repeated)?;
        self.value_start(known, note)
    }

    /// The value of a known field that stands once, and all octets after it.
    #[inline(always)]
    pub(crate) fn value_and_rest(self, known: Known) -> Option<&'a [u8]> {
        self.octets.get(self.single(known)?..)
    }

    #[inline(always)]
    fn value_start(self, known: Known, note: Note) -> Option<usize> {
        let line = note.start.or_else(|| self.far(known))?;
        let after = line.saturating_add(known.name().len()).saturating_add(1);
        let rest = self.octets.get(after..)?;
        let leading = match rest {
            // As nearly all values start.
            [b' ', first, ..] if *first > b' ' => 1,
            _ => rest.iter().take_while(|o| octet::is_ows(o)).count(),
        };
        Some(after.saturating_add(leading))
    }

    #[inline(never)]
    fn noted(self, known: Known, note: Note) -> Option<KnownField<'a>> {
        let start = self.value_start(known, note)?;
        // A valid line holds no CR but the one that ends it.
        let value = match scan::first_control(self.octets, start) {
            Some(end) if self.octets.get(end) == Some(&b'\r') => self.octets.get(start..end)?,
            _ => self.octets.get(start..)?.split(|o| *o == b'\r').next()?,
        };
        let value = octet::trim_ows(value);
        // What was built or rebuilt has no place in the stream.
        let at = if self.is_received { start } else { 0 };
        Some(KnownField { value, at, is_repeated: note.is_repeated })
    }

    /// Where the line of a known field starts that no note reaches.
    #[cold]
    fn far(self, known: Known) -> Option<usize> {
        let mut start = self.index.start();
        for line in self.lines() {
            if parts(line).is_some_and(|(name, _)| Known::of(name) == Some(known)) {
                return Some(start);
            }
            start = start.saturating_add(line.len()).saturating_add(2);
        }
        None
    }
}

/// The lines of a valid section, each without its CR LF.
#[derive(Clone, Debug)]
pub(crate) struct RawLines<'a> {
    pub(crate) rest: &'a [u8],
}

impl<'a> Iterator for RawLines<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let lf = memchr::memchr(b'\n', self.rest)?;
        let (line, rest) = self.rest.split_at_checked(lf)?;
        self.rest = rest.get(1..)?;
        line.strip_suffix(b"\r")
    }
}

/// The name of a line, and what stands after its colon.
#[inline]
pub(crate) fn parts(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|o| *o == b':')?;
    Some((line.get(..colon)?, line.get(colon.saturating_add(1)..)?))
}

/// The value of a line, if this is its name: no name but the one that ends at the colon can match up to it.
#[inline]
pub(super) fn value_if<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (found, value) = line.split_at_checked(name.len())?;
    let value = value.strip_prefix(b":")?;
    found.eq_ignore_ascii_case(name).then(|| octet::trim_ows(value))
}

/// What [`FieldsView::known`] finds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownField<'a> {
    pub(crate) value: &'a [u8],
    /// Where the value starts within the head.
    pub(crate) at: usize,
    /// Whether further lines have the same name.
    pub(crate) is_repeated: bool,
}
