//! Preconditions (RFC 9110 13): whether a request is to be performed, given what the client has seen before.
//!
//! Law: the order of evaluation is that of RFC 9110 13.2.2, and it stands here alone.

use std::fmt;

use basehttp_proto::{Fields, HttpDate, Method, UsageError};

use crate::date;

/// An entity tag (RFC 9110 8.8.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntityTag {
    weak: bool,
    opaque: Vec<u8>,
}

impl EntityTag {
    /// A strong tag: it differs whenever an octet of the content differs.
    ///
    /// # Errors
    ///
    /// [`UsageError::FieldValue`] when `opaque` holds a quote, white space or a control octet.
    pub fn strong(opaque: impl AsRef<[u8]>) -> Result<Self, UsageError> {
        Self::new(false, opaque.as_ref())
    }

    /// A weak tag: it stays the same while the content means the same.
    ///
    /// # Errors
    ///
    /// As [`strong`](Self::strong).
    pub fn weak(opaque: impl AsRef<[u8]>) -> Result<Self, UsageError> {
        Self::new(true, opaque.as_ref())
    }

    fn new(weak: bool, opaque: &[u8]) -> Result<Self, UsageError> {
        if opaque.iter().all(|&o| is_opaque(o)) {
            Ok(Self { weak, opaque: opaque.to_vec() })
        } else {
            Err(UsageError::FieldValue)
        }
    }

    /// Reads a tag with its quotes; `None` when `text` is not exactly one.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (tag, rest) = Self::take(text)?;
        rest.is_empty().then_some(tag)
    }

    /// Whether the tag is weak.
    pub fn is_weak(&self) -> bool {
        self.weak
    }

    /// Whether both are strong and the same (RFC 9110 8.8.3.2).
    pub fn strong_eq(&self, other: &Self) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    /// Whether they are the same, weak or strong (RFC 9110 8.8.3.2).
    pub fn weak_eq(&self, other: &Self) -> bool {
        self.opaque == other.opaque
    }

    /// The tag that `text` starts with, and what comes after it.
    fn take(text: &[u8]) -> Option<(Self, &[u8])> {
        let (weak, quoted) = match text.strip_prefix(b"W/") {
            Some(quoted) => (true, quoted),
            None => (false, text),
        };
        let inner = quoted.strip_prefix(b"\"")?;
        let end = inner.iter().position(|&o| !is_opaque(o))?;
        let (opaque, rest) = inner.split_at_checked(end)?;
        Some((Self { weak, opaque: opaque.to_vec() }, rest.strip_prefix(b"\"")?))
    }
}

/// `etagc`: a backslash is an ordinary octet of a tag.
fn is_opaque(octet: u8) -> bool {
    octet == 0x21 || (octet >= 0x23 && octet != 0x7f)
}

/// The tag with its quotes, as in ETag. Octets beyond ASCII are shown as Latin-1.
impl fmt::Display for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let opaque: String = self.opaque.iter().copied().map(char::from).collect();
        write!(f, "{}\"{opaque}\"", if self.weak { "W/" } else { "" })
    }
}

/// What tells one version of a representation from another (RFC 9110 8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The entity tag, as sent in ETag.
    pub tag: Option<EntityTag>,
    /// The date of the last change, as sent in Last-Modified.
    pub modified: Option<HttpDate>,
}

/// What to do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Perform it.
    Proceed {
        /// Whether Range is to be looked at: the method is GET, and If-Range holds or is absent.
        range: bool,
    },
    /// Answer 304: the client has the current version.
    NotModified,
    /// Answer 412.
    PreconditionFailed,
}

/// Evaluates the preconditions in `fields`, in the order of RFC 9110 13.2.2.
///
/// `current` are the validators of the representation as it is, `None` when there is no representation. Call this when
/// the answer would be a success otherwise (RFC 9110 13.2.1). `now` is the server's clock, to the second.
///
/// Dates that are not valid, or stand more than once, are ignored. A list of entity tags that is not valid matches
/// nothing, which is the safe reading both of If-Match and of If-None-Match.
pub fn evaluate(method: Method, fields: &Fields, current: Option<&Validators>, now: HttpDate) -> Outcome {
    if [Method::CONNECT, Method::OPTIONS, Method::TRACE].contains(&method) {
        return Outcome::Proceed { range: false };
    }
    let reads = method == Method::GET || method == Method::HEAD;
    let modified = current.and_then(|v| v.modified);

    if fields.contains("If-Match") {
        if !matches(fields, "If-Match", current, EntityTag::strong_eq) {
            return Outcome::PreconditionFailed;
        }
    } else if let Some((modified, since)) = modified.zip(single_date(fields, "If-Unmodified-Since", now))
        && modified > since
    {
        return Outcome::PreconditionFailed;
    }

    if fields.contains("If-None-Match") {
        if matches(fields, "If-None-Match", current, EntityTag::weak_eq) {
            return if reads { Outcome::NotModified } else { Outcome::PreconditionFailed };
        }
    } else if let Some((modified, since)) = modified.zip(single_date(fields, "If-Modified-Since", now))
        && reads
        && modified <= since
    {
        return Outcome::NotModified;
    }

    Outcome::Proceed { range: method == Method::GET && if_range_holds(fields, current, now) }
}

/// Whether the current representation is among those that the field names: `*`, or a list of tags over all its lines.
fn matches(
    fields: &Fields,
    name: &str,
    current: Option<&Validators>,
    same: fn(&EntityTag, &EntityTag) -> bool,
) -> bool {
    let Some(current) = current else { return false };
    let mut lines = fields.get_all(name);
    if let (Some(b"*"), None) = (lines.next(), lines.next()) {
        return true;
    }
    let Some(tag) = &current.tag else { return false };
    let mut found = false;
    for line in fields.get_all(name) {
        let Some(tags) = tags(line) else { return false };
        found |= tags.iter().any(|listed| same(listed, tag));
    }
    found
}

/// The tags of a list, where a comma may stand inside a tag; `None` when it is not valid.
fn tags(list: &[u8]) -> Option<Vec<EntityTag>> {
    let mut tags = Vec::new();
    let mut rest = list.trim_ascii_start();
    while !rest.is_empty() {
        // Empty elements are passed over (RFC 9110 5.6.1.2).
        if let Some(after) = rest.strip_prefix(b",") {
            rest = after.trim_ascii_start();
            continue;
        }
        let (tag, after) = EntityTag::take(rest)?;
        tags.push(tag);
        rest = after.trim_ascii_start();
        if !rest.is_empty() && !rest.starts_with(b",") {
            return None;
        }
    }
    Some(tags)
}

fn if_range_holds(fields: &Fields, current: Option<&Validators>, now: HttpDate) -> bool {
    if !fields.contains("If-Range") {
        return true;
    }
    let (Some(value), Some(current)) = (single(fields, "If-Range"), current) else { return false };
    if let Some(tag) = EntityTag::parse(value) {
        return current.tag.as_ref().is_some_and(|current| current.strong_eq(&tag));
    }
    // A date is strong only when the second it names had passed: two versions may share that second (RFC 9110 8.8.2.2).
    date::parse(value, now).is_some_and(|date| current.modified == Some(date) && date < now)
}

fn single_date(fields: &Fields, name: &str, now: HttpDate) -> Option<HttpDate> {
    date::parse(single(fields, name)?, now)
}

fn single<'a>(fields: &'a Fields, name: &'a str) -> Option<&'a [u8]> {
    let mut lines = fields.get_all(name);
    lines.next().filter(|_| lines.next().is_none())
}
