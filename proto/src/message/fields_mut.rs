//! Building and changing fields. Every name and value passes one gate, so that no field can be injected (RFC 9110 5.5,
//! RFC 9112 11.1).

use alloc::vec::Vec;

use bytes::Bytes;

use super::fields::{Fields, Octets};
use super::section::Section;
use super::{Limits, Policy};
use crate::error::UsageError;
use crate::wire::octet;

/// The most octets that fields built here may hold.
const MAX: usize = 16 << 20;
/// Octets that fields have room for from their first line on: few responses need more.
const ROOM: usize = 120;

impl Fields {
    /// Fields that are written already: `section` is lines that end with CR LF, and the empty line after them. To clone them takes
    /// no memory.
    ///
    /// # Errors
    ///
    /// [`UsageError::FieldValue`] when it is anything else, or holds more than 16 MiB.
    ///
    /// ```
    /// use basehttp_proto::Fields;
    /// let fields = Fields::from_static(b"Content-Type: text/plain\r\nX: y\r\n\r\n")?;
    /// assert_eq!((fields.len(), fields.get("x")), (2, Some(&b"y"[..])));
    /// assert!(Fields::from_static(b"X: y\r\n").is_err());
    /// # Ok::<(), basehttp_proto::UsageError>(())
    /// ```
    pub fn from_static(section: &'static [u8]) -> Result<Self, UsageError> {
        let limits = Limits { head: u32::MAX, fields: u32::MAX, ..Limits::default() };
        let mut reader = Section::default();
        match reader.read(section, &limits.section(Policy::strict())) {
            Ok(true) if reader.len() == section.len() => Ok(reader.take_fields(Bytes::from_static(section)).0),
            _ => Err(UsageError::FieldValue),
        }
    }

    /// Adds a line at the end.
    ///
    /// # Errors
    ///
    /// [`UsageError::FieldName`] unless `name` is a token, [`UsageError::FieldValue`] when `value` holds a control
    /// octet other than HTAB, [`UsageError::FieldsTooLarge`] beyond 16 MiB. Nothing is added then.
    pub fn append(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<(), UsageError> {
        let (name, value) = (name.as_ref(), octet::trim_ows(value.as_ref()));
        check(name, value)?;
        let len = name.len().saturating_add(value.len()).saturating_add(4);
        if len.saturating_add(self.wire_image().len()) > MAX {
            return Err(UsageError::FieldsTooLarge);
        }
        match &self.octets {
            // Their places stay what they are, and so does the white space around values that were received.
            Octets::Received(_) if self.index.start() == 0 => {
                self.octets = Octets::Built(self.wire_image().to_vec());
            }
            Octets::Received(_) => self.keep(|_| true),
            Octets::Built(_) => {}
        }
        let Self { octets: Octets::Built(octets), index } = self else { return Err(UsageError::FieldsTooLarge) };
        if octets.capacity() == 0 {
            *octets = Vec::with_capacity(len.max(ROOM));
        }
        let start = octets.len();
        octets.extend_from_slice(name);
        octets.extend_from_slice(b": ");
        octets.extend_from_slice(value);
        octets.extend_from_slice(b"\r\n");
        index.count(start);
        index.note(start, name);
        Ok(())
    }

    /// Makes this the only line with its name, in the place of the last line of all.
    ///
    /// # Errors
    ///
    /// As [`append`](Self::append); nothing changes then.
    pub fn set(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<(), UsageError> {
        let (name, value) = (name.as_ref(), value.as_ref());
        check(name, octet::trim_ows(value))?;
        self.remove(name);
        self.append(name, value)
    }

    /// Removes every line with this name; returns how many there were.
    pub fn remove(&mut self, name: impl AsRef<[u8]>) -> usize {
        let name = name.as_ref();
        let before = self.len();
        if self.contains(name) {
            self.keep(|other| !other.eq_ignore_ascii_case(name));
        }
        before.saturating_sub(self.len())
    }

    /// Copies the lines whose names are to be kept, one by one, so that the index follows them: what was built can be added to.
    fn keep(&mut self, is_kept: impl Fn(&[u8]) -> bool) {
        let mut kept = Self::new();
        for (name, value) in self.iter().filter(|(name, _)| is_kept(name)) {
            // These lines passed the gate when they came in.
            let _ = kept.append(name, value);
        }
        *self = kept;
    }
}

fn check(name: &[u8], value: &[u8]) -> Result<(), UsageError> {
    if !octet::is_token_text(name) {
        return Err(UsageError::FieldName);
    }
    if octet::first_not_value(value).is_some() { Err(UsageError::FieldValue) } else { Ok(()) }
}
