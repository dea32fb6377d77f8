//! Fields: the wire image of a field section, and what is known of it (RFC 9110 5, RFC 9112 5).
//!
//! Received and built fields are one type. Order, case and repeated names stay as they came.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use super::index::Index;
use super::known::Known;
use super::view::{FieldsView, RawLines, parts, value_if};
use crate::wire::octet;

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
    pub(super) index: Index,
}

/// The octets an index points into.
#[derive(Clone)]
pub(super) enum Octets {
    /// A part of what was received, which ends with the empty line.
    Received(Bytes),
    /// Field lines built by the caller.
    Built(Vec<u8>),
}

impl Default for Octets {
    fn default() -> Self {
        Self::Built(Vec::new())
    }
}

impl Fields {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fields that were received: the lines that `index` tells of, up to the empty line that `octets` end with.
    #[inline(always)]
    pub(crate) fn received(octets: Bytes, index: Index) -> Self {
        Self { octets: Octets::Received(octets), index }
    }

    /// How many field lines there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every field line in order, with its name as it was spelled.
    pub fn iter(&self) -> FieldLines<'_> {
        FieldLines { lines: self.view().lines(), left: self.len() }
    }

    /// The value of the first line with this name.
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<&[u8]> {
        let name = name.as_ref();
        self.view().lines().find_map(|line| value_if(line, name))
    }

    /// As [`get`](Self::get), when the value is ASCII or UTF-8 text.
    pub fn get_str(&self, name: impl AsRef<[u8]>) -> Option<&str> {
        core::str::from_utf8(self.get(name)?).ok()
    }

    /// The values of every line with this name, in order.
    pub fn get_all<'a>(&'a self, name: &'a (impl AsRef<[u8]> + ?Sized)) -> impl Iterator<Item = &'a [u8]> + Clone {
        self.view().get_all(name.as_ref())
    }

    /// The elements of a list-valued field, over all its lines (RFC 9110 5.3).
    pub fn list<'a>(&'a self, name: &'a (impl AsRef<[u8]> + ?Sized)) -> impl Iterator<Item = &'a [u8]> {
        self.view().list(name.as_ref())
    }

    /// Whether a line with this name is there.
    pub fn contains(&self, name: impl AsRef<[u8]>) -> bool {
        self.get(name).is_some()
    }

    /// Whether there is a known field, without a search.
    #[inline(always)]
    pub(crate) fn has(&self, known: Known) -> bool {
        self.index.has(known)
    }

    /// All octets that the fields are part of: for a received head, the head.
    pub(crate) fn octets(&self) -> &Bytes {
        static NONE: Bytes = Bytes::new();
        match &self.octets {
            Octets::Received(octets) => octets,
            Octets::Built(_) => &NONE,
        }
    }

    /// The field lines as they stand on the wire, each with its CR LF.
    pub(crate) fn wire_image(&self) -> &[u8] {
        self.view().wire_image()
    }

    /// What the protocol reads from them.
    #[inline(always)]
    pub(crate) fn view(&self) -> FieldsView<'_> {
        match &self.octets {
            Octets::Received(octets) => FieldsView::received(octets, &self.index),
            Octets::Built(octets) => FieldsView { octets, index: &self.index, is_received: false },
        }
    }
}

/// Iterates over field lines as name and value; see [`Fields::iter`].
#[derive(Clone, Debug)]
pub struct FieldLines<'a> {
    lines: RawLines<'a>,
    left: usize,
}

impl<'a> Iterator for FieldLines<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = parts(self.lines.next()?)?;
        self.left = self.left.saturating_sub(1);
        Some((name, octet::trim_ows(value)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
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
