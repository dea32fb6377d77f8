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
/// its name.
pub(crate) fn parse(line: &[u8]) -> Result<usize, Fault> {
    steps::count(line.len());
    let name = line.iter().position(|&o| !octet::is_token(o)).unwrap_or(line.len());
    if line.get(name) != Some(&b':') || name == 0 {
        return Err(name_fault(line, name));
    }
    let after = name.saturating_add(1);
    let rest = line.get(after..).unwrap_or_default();
    match octet::first_not_value(rest) {
        Some(at) => Err(Fault::octet(ErrorKind::FieldValueOctet, rest, at).shift(after)),
        None => Ok(name),
    }
}

/// As [`parse`], for a line with white space before its colon: the length of its name without that.
pub(crate) fn spaced_name(line: &[u8]) -> Result<usize, Fault> {
    steps::count(line.len());
    let name = line.iter().position(|&o| !octet::is_token(o)).unwrap_or(line.len());
    let rest = line.get(name..).unwrap_or_default();
    continuation(rest).map(|()| name).map_err(|fault| fault.shift(name))
}

/// Checks a line that continues the value of the one before it (RFC 9112 5.2).
pub(crate) fn continuation(line: &[u8]) -> Result<(), Fault> {
    steps::count(line.len());
    octet::first_not_value(line).map_or(Ok(()), |at| Err(Fault::octet(ErrorKind::FieldValueOctet, line, at)))
}

/// Why a line whose first `at` octets are token characters has no name and colon there.
#[cold]
fn name_fault(line: &[u8], at: usize) -> Fault {
    let rest = line.get(at..).unwrap_or_default();
    let spaces = rest.iter().take_while(|o| matches!(o, b' ' | b'\t')).count();
    match rest.first() {
        Some(b':') => Fault::octet(ErrorKind::FieldNameEmpty, line, at),
        Some(_) if spaces > 0 && rest.get(spaces) == Some(&b':') => Fault::octet(ErrorKind::FieldNameSpace, line, at),
        Some(b'\r') => Fault::octet(ErrorKind::BareCr, line, at),
        Some(_) if line.contains(&b':') => Fault::octet(ErrorKind::FieldNameOctet, line, at),
        _ => Fault::new(ErrorKind::FieldColon, line.len()),
    }
}
