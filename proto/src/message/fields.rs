//! Fields: the wire image of a field section and an index into it (RFC 9110 5, RFC 9112 5).
//!
//! Received and built fields are one type. Order, case and repeated names stay as they came.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use bytes::Bytes;

use super::known::{Known, Notes};
use crate::wire::list::ListElements;

/// The fields of a message or of its trailer section, in order.
///
/// Names compare without regard to case; values are octets without white space around them. Cloning copies nothing of
/// received fields.
///
/// ```
/// use basehttp_proto::Fields;
/// let mut fields = Fields::new();
/// fields.append("Accept", "text/html")?;
/// fields.append("accept", "*/*")?;
/// assert_eq!(fields.get("ACCEPT"), Some(&b"text/html"[..]));
/// assert_eq!(fields.get_all("Accept").count(), 2);
/// assert!(fields.append("X", "a\r\nInjected: yes").is_err());
/// # Ok::<(), basehttp_proto::UsageError>(())
/// ```
#[derive(Clone, Default)]
pub struct Fields {
    pub(super) octets: Octets,
    /// `None` stands for an empty index, so that no fields need no memory.
    pub(super) index: Option<Arc<Index>>,
    /// The field lines within the octets.
    pub(super) section: Range<u32>,
}

/// The octets an index points into.
#[derive(Clone)]
pub(super) enum Octets {
    /// A part of what was received.
    Received(Bytes),
    /// Field lines built by the caller.
    Built(Vec<u8>),
}

impl Default for Octets {
    fn default() -> Self {
        Self::Built(Vec::new())
    }
}

impl Octets {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Received(octets) => octets,
            Self::Built(octets) => octets,
        }
    }
}

/// The lines of a section: places within its octets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    pub(crate) lines: Vec<Span>,
    pub(crate) notes: Notes,
}

impl Index {
    pub(crate) fn add(&mut self, span: Span, name: &[u8]) {
        if let Some(known) = Known::of(name) {
            self.notes.add(known, self.lines.len());
        }
        self.lines.push(span);
    }

    pub(crate) fn clear(&mut self) {
        self.lines.clear();
        self.notes = Notes::default();
    }
}

/// One line: where its name starts and ends, and its value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) name: u32,
    pub(crate) name_end: u32,
    pub(crate) value: u32,
    pub(crate) value_end: u32,
}

impl Fields {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fields that were received: `section` are the lines within `octets`.
    pub(crate) fn received(octets: Bytes, index: Arc<Index>, section: Range<u32>) -> Self {
        Self { octets: Octets::Received(octets), index: Some(index), section }
    }

    /// How many field lines there are.
    pub fn len(&self) -> usize {
        self.spans().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans().is_empty()
    }

    /// Every field line in order, with its name as it was spelled.
    pub fn iter(&self) -> FieldLines<'_> {
        FieldLines { octets: self.octets.as_slice(), spans: self.spans().iter() }
    }

    /// The value of the first line with this name.
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<&[u8]> {
        let name = name.as_ref();
        self.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// As [`get`](Self::get), when the value is ASCII or UTF-8 text.
    pub fn get_str(&self, name: impl AsRef<[u8]>) -> Option<&str> {
        core::str::from_utf8(self.get(name)?).ok()
    }

    /// The values of every line with this name, in order.
    pub fn get_all<'a>(&'a self, name: &'a (impl AsRef<[u8]> + ?Sized)) -> Values<'a> {
        Values { lines: self.iter(), name: name.as_ref() }
    }

    /// The elements of a list-valued field, over all its lines (RFC 9110 5.3).
    pub fn list<'a>(&'a self, name: &'a (impl AsRef<[u8]> + ?Sized)) -> impl Iterator<Item = &'a [u8]> {
        self.get_all(name).flat_map(ListElements::new)
    }

    /// Whether a line with this name is there.
    pub fn contains(&self, name: impl AsRef<[u8]>) -> bool {
        self.get(name).is_some()
    }

    /// The value of the first line of a known field and the number of its lines, without a search.
    pub(crate) fn known(&self, known: Known) -> Option<KnownField<'_>> {
        let note = self.index.as_ref()?.notes.get(known);
        let span = *self.spans().get(usize::try_from(note.first).ok()?).filter(|_| note.count > 0)?;
        let value = slice(self.octets.as_slice(), span.value, span.value_end);
        Some(KnownField { value, at: span.value, count: note.count })
    }

    /// The field lines as they stand on the wire, each with its CR LF.
    pub(crate) fn wire_image(&self) -> &[u8] {
        slice(self.octets.as_slice(), self.section.start, self.section.end)
    }

    pub(super) fn spans(&self) -> &[Span] {
        self.index.as_ref().map_or(&[], |index| &index.lines)
    }
}

/// What [`Fields::known`] finds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownField<'a> {
    pub(crate) value: &'a [u8],
    /// Where the value starts within the head.
    pub(crate) at: u32,
    pub(crate) count: u32,
}

#[inline]
fn slice(octets: &[u8], start: u32, end: u32) -> &[u8] {
    // A u32 fits usize on every target with an allocator and sockets.
    octets.get(start as usize..end as usize).unwrap_or_default()
}

/// Iterates over field lines as name and value; see [`Fields::iter`].
#[derive(Clone, Debug)]
pub struct FieldLines<'a> {
    octets: &'a [u8],
    spans: core::slice::Iter<'a, Span>,
}

impl<'a> Iterator for FieldLines<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let span = self.spans.next()?;
        Some((slice(self.octets, span.name, span.name_end), slice(self.octets, span.value, span.value_end)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.spans.size_hint()
    }
}

impl ExactSizeIterator for FieldLines<'_> {}

impl<'a> IntoIterator for &'a Fields {
    type Item = (&'a [u8], &'a [u8]);
    type IntoIter = FieldLines<'a>;

    fn into_iter(self) -> FieldLines<'a> {
        self.iter()
    }
}

/// Iterates over the values of one name; see [`Fields::get_all`].
#[derive(Clone, Debug)]
pub struct Values<'a> {
    lines: FieldLines<'a>,
    name: &'a [u8],
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let name = self.name;
        self.lines.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl PartialEq for Fields {
    /// The same lines in the same order; names compare without regard to case.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.iter().zip(other).all(|((n1, v1), (n2, v2))| n1.eq_ignore_ascii_case(n2) && v1 == v2)
    }
}

impl Eq for Fields {}

/// Shows the lines as text, and credentials not at all: what is printed for debugging ends up in logs.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SECRET: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "set-cookie"];
        f.debug_map()
            .entries(self.iter().map(|(name, value)| {
                let secret = SECRET.iter().any(|s| name.eq_ignore_ascii_case(s.as_bytes()));
                let value = if secret { &b"(redacted)"[..] } else { value };
                (Escaped(name), Escaped(value))
            }))
            .finish()
    }
}

/// Octets as text with everything else escaped.
pub(super) struct Escaped<'a>(pub(super) &'a [u8]);

impl fmt::Debug for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}
