//! The line that starts a chunk: size and extensions (RFC 9112 7.1 and 7.1.1).
//!
//! The line is read one octet at a time by a small machine that keeps its place between calls: chunk lines are a few
//! octets long, and this way none is looked at twice however it arrives.

use crate::error::ErrorKind;

/// The most digits a size may have: more do not fit 64 bits.
const MAX_DIGITS: u8 = 16;

/// A chunk line in progress.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ChunkLine {
    size: u64,
    digits: u8,
    place: Place,
}

/// What the last octet belonged to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Size,
    /// White space that a `;` must end.
    BeforeSemicolon,
    /// After `;`, before the name.
    BeforeName,
    Name,
    /// White space after a name: `=`, `;` or the end may follow, as after a value.
    AfterName,
    /// After `=`, before the value.
    BeforeValue,
    Value,
    Quoted,
    Escaped,
    AfterQuoted,
    Cr,
}

impl ChunkLine {
    /// Takes the next octet of the line; the size when it was the last.
    pub(crate) fn push(&mut self, octet: u8) -> Result<Option<u64>, ErrorKind> {
        use Place::{
            AfterName, AfterQuoted, BeforeName, BeforeSemicolon, BeforeValue, Cr, Escaped, Name, Quoted, Size, Value,
        };
        let token = super::octet::is_token(octet);
        let space = super::octet::is_ows(&octet);
        self.place = match (self.place, octet) {
            (Size, _) if octet.is_ascii_hexdigit() => return self.digit(octet).map(|()| None),
            (Size | Name | Value | AfterQuoted, b'\r') if self.digits > 0 => Cr,
            (Size | Name | Value | AfterName | AfterQuoted | BeforeSemicolon, b';') if self.digits > 0 => BeforeName,
            (Size | BeforeSemicolon | Value | AfterQuoted, _) if space && self.digits > 0 => BeforeSemicolon,
            (Size, _) => return Err(line_fault(octet, ErrorKind::ChunkSize)),
            (BeforeName, _) if space => BeforeName,
            (BeforeName | Name, _) if token => Name,
            (Name | AfterName, _) if space => AfterName,
            (Name | AfterName, b'=') => BeforeValue,
            (BeforeValue, _) if space => BeforeValue,
            (BeforeValue, b'"') => Quoted,
            (BeforeValue | Value, _) if token => Value,
            (Quoted, b'"') => AfterQuoted,
            (Quoted, b'\\') => Escaped,
            (Quoted | Escaped, _) if super::octet::is_value(octet) => Quoted,
            (Cr, b'\n') => return Ok(Some(self.size)),
            (Cr, _) => return Err(ErrorKind::BareCr),
            _ => return Err(line_fault(octet, ErrorKind::ChunkExtension)),
        };
        Ok(None)
    }

    fn digit(&mut self, octet: u8) -> Result<(), ErrorKind> {
        if self.digits == MAX_DIGITS {
            return Err(ErrorKind::ChunkSize);
        }
        let value = if octet.is_ascii_digit() { octet & 0x0f } else { (octet & 0x0f).wrapping_add(9) };
        self.size = self.size.wrapping_shl(4) | u64::from(value);
        self.digits = self.digits.saturating_add(1);
        Ok(())
    }
}

/// A bare LF is named as such wherever it stands.
fn line_fault(octet: u8, otherwise: ErrorKind) -> ErrorKind {
    if octet == b'\n' { ErrorKind::LineEnding } else { otherwise }
}
