//! Fields: the wire image of a field section, and what is known of it (RFC 9110 5, RFC 9112 5).
//!
//! Received and built fields are one type. Order, case and repeated names stay as they came.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use super::index::Index;
use super::known::{Known, Note};
use crate::wire::list::ListElements;
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

impl Octets {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Received(octets) => octets,
            Self::Built(octets) => octets,
        }
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
        FieldLines { lines: self.lines(), left: self.len() }
    }

    /// The value of the first line with this name.
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<&[u8]> {
        let name = name.as_ref();
        self.lines().find_map(|line| value_if(line, name))
    }

    /// As [`get`](Self::get), when the value is ASCII or UTF-8 text.
    pub fn get_str(&self, name: impl AsRef<[u8]>) -> Option<&str> {
        core::str::from_utf8(self.get(name)?).ok()
    }

    /// The values of every line with this name, in order.
    pub fn get_all<'a>(&'a self, name: &'a (impl AsRef<[u8]> + ?Sized)) -> Values<'a> {
        Values { lines: self.lines(), name: name.as_ref() }
    }

    /// The elements of a list-valued field, over all its lines (RFC 9110 5.3).
    pub fn list<'a>(&'a self, name: &'a (impl AsRef<[u8]> + ?Sized)) -> impl Iterator<Item = &'a [u8]> {
        self.get_all(name).flat_map(ListElements::new)
    }

    /// Whether a line with this name is there.
    pub fn contains(&self, name: impl AsRef<[u8]>) -> bool {
        self.get(name).is_some()
    }

    /// Whether a line with any of these names is there.
    pub(crate) fn contains_any(&self, names: &[&str]) -> bool {
        self.lines().any(|line| names.iter().any(|name| value_if(line, name.as_bytes()).is_some()))
    }

    /// The value of the first line of a known field, without a search.
    #[inline(always)]
    pub(crate) fn known(&self, known: Known) -> Option<KnownField<'_>> {
        let note = self.index.known(known)?;
        self.noted(known, note)
    }

    #[inline(never)]
    fn noted(&self, known: Known, note: Note) -> Option<KnownField<'_>> {
        let start = note.start.or_else(|| self.far(known))?;
        let octets = self.octets.as_slice();
        let after = start.saturating_add(known.name_len()).saturating_add(1);
        let rest = octets.get(after..)?;
        let leading = rest.iter().take_while(|o| matches!(o, b' ' | b'\t')).count();
        let start = after.saturating_add(leading);
        // A valid line holds no CR but the one that ends it.
        let end = memchr::memchr(b'\r', octets.get(start..)?)?.saturating_add(start);
        let value = octet::trim_ows(octets.get(start..end)?);
        // What was built or rebuilt has no place in the stream.
        let at = if let Octets::Received(_) = self.octets { start } else { 0 };
        Some(KnownField { value, at, is_repeated: note.is_repeated })
    }

    /// Where the line of a known field starts that no note reaches.
    #[cold]
    fn far(&self, known: Known) -> Option<usize> {
        let mut start = self.index.start();
        for line in self.lines() {
            if parts(line).is_some_and(|(name, _)| Known::of(name) == Some(known)) {
                return Some(start);
            }
            start = start.saturating_add(line.len()).saturating_add(2);
        }
        None
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
        if self.is_empty() {
            return &[];
        }
        let octets = match &self.octets {
            Octets::Received(octets) => octets.strip_suffix(b"\r\n").unwrap_or(octets),
            Octets::Built(octets) => octets,
        };
        octets.get(self.index.start()..).unwrap_or_default()
    }

    fn lines(&self) -> RawLines<'_> {
        RawLines { rest: self.wire_image() }
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
fn value_if<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (found, value) = line.split_at_checked(name.len())?;
    let value = value.strip_prefix(b":")?;
    found.eq_ignore_ascii_case(name).then(|| octet::trim_ows(value))
}

/// What [`Fields::known`] finds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownField<'a> {
    pub(crate) value: &'a [u8],
    /// Where the value starts within the head.
    pub(crate) at: usize,
    /// Whether further lines have the same name.
    pub(crate) is_repeated: bool,
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

/// Iterates over the values of one name; see [`Fields::get_all`].
#[derive(Clone, Debug)]
pub struct Values<'a> {
    lines: RawLines<'a>,
    name: &'a [u8],
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let name = self.name;
        self.lines.find_map(|line| value_if(line, name))
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
