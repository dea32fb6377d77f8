//! One field line: name, colon, optional white space, value, optional white space (RFC 9112 5).
//!
//! A valid line is known by the place of its first colon; nothing else of it is kept.

use super::{Fault, octet, scan, steps};
use crate::error::ErrorKind;

/// Index of the colon that ends the name of the line that starts at `start` in `buffer`, if the name is like nearly all:
/// letters and hyphens.
#[inline(always)]
pub(crate) fn usual_name(buffer: &[u8], start: usize) -> Option<usize> {
    let end = scan::end_of_word(buffer, start)?;
    steps::count(end.wrapping_sub(start));
    (end > start && buffer.get(end) == Some(&b':')).then_some(end)
}

/// Parses a field line without its CR LF, which is not empty and does not start with white space; returns the length of
/// its name. With `spaced`, white space may stand between that and the colon.
pub(crate) fn parse(line: &[u8], spaced: bool) -> Result<usize, Fault> {
    steps::count(line.len());
    let name = line.iter().position(|&o| !octet::is_token(o)).unwrap_or(line.len());
    let rest = line.get(name..).unwrap_or_default();
    let spaces = rest.iter().take_while(|o| octet::is_ows(o)).count();
    let kind = match rest.first() {
        Some(b':') if name == 0 => ErrorKind::FieldNameEmpty,
        Some(_) if rest.get(spaces) == Some(&b':') && (spaces == 0 || spaced) => {
            return continuation(rest).map(|()| name).map_err(|fault| fault.shift(name));
        }
        Some(_) if rest.get(spaces) == Some(&b':') => ErrorKind::FieldNameSpace,
        Some(b'\r') => ErrorKind::BareCr,
        Some(_) if line.contains(&b':') => ErrorKind::FieldNameOctet,
        _ => return Err(Fault::new(ErrorKind::FieldColon, line.len())),
    };
    Err(Fault::octet(kind, line, name))
}

/// Checks a line that continues the value of the one before it (RFC 9112 5.2).
pub(crate) fn continuation(line: &[u8]) -> Result<(), Fault> {
    steps::count(line.len());
    octet::first_not_value(line).map_or(Ok(()), |at| Err(Fault::octet(ErrorKind::FieldValueOctet, line, at)))
}
