//! Building and changing fields. Every name and value passes one gate, so that no field can be injected (RFC 9110 5.5,
//! RFC 9112 11.1).

use alloc::vec::Vec;

use super::fields::{Fields, Octets};
use crate::error::UsageError;
use crate::wire::octet;

/// The most octets that fields built here may hold.
const MAX: usize = 16 << 20;
/// Octets that fields have room for from their first line on: few responses need more.
const ROOM: usize = 120;

impl Fields {
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
        self.copy_received();
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
            let mut kept = Self::new();
            for (n, value) in self.iter().filter(|(n, _)| !n.eq_ignore_ascii_case(name)) {
                // These lines passed the gate when they came in.
                let _ = kept.append(n, value);
            }
            *self = kept;
        }
        before.saturating_sub(self.len())
    }

    /// Copies received lines, one by one, so that the index follows them; what was built is there to be added to.
    fn copy_received(&mut self) {
        if let Octets::Received(_) = self.octets {
            let mut copy = Self::new();
            for (name, value) in &*self {
                // These lines passed the gate when they came in.
                let _ = copy.append(name, value);
            }
            *self = copy;
        }
    }
}

fn check(name: &[u8], value: &[u8]) -> Result<(), UsageError> {
    if !octet::is_token_text(name) {
        return Err(UsageError::FieldName);
    }
    if octet::first_not_value(value).is_some() { Err(UsageError::FieldValue) } else { Ok(()) }
}
