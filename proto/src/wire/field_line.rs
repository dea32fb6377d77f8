//! One field line: name, colon, optional white space, value, optional white space (RFC 9112 5).

use core::ops::Range;

use super::{Fault, octet};
use crate::error::ErrorKind;

/// The places of the parts of a field line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FieldLine {
    /// End of the name, which starts the line.
    pub(crate) name: usize,
    /// The value without the white space around it.
    pub(crate) value: Range<usize>,
}

/// Parses a field line without its CR LF; the line is not empty and does not start with white space.
#[inline]
pub(crate) fn parse(line: &[u8]) -> Result<FieldLine, Fault> {
    let name = line.iter().position(|&o| !octet::is_token(o)).unwrap_or(line.len());
    if line.get(name) != Some(&b':') || name == 0 {
        return Err(name_fault(line, name));
    }
    let after = name.saturating_add(1);
    let rest = line.get(after..).unwrap_or_default();
    if let Some(at) = octet::first_not_value(rest) {
        return Err(Fault::octet(ErrorKind::FieldValueOctet, rest, at).shift(after));
    }
    let leading = rest.iter().position(|&o| !matches!(o, b' ' | b'\t')).unwrap_or(rest.len());
    let start = after.saturating_add(leading);
    let len = octet::trim_ows(rest).len();
    Ok(FieldLine { name, value: start..start.saturating_add(len) })
}

/// Why a line whose first `at` octets are token characters has no name and colon there.
#[cold]
fn name_fault(line: &[u8], at: usize) -> Fault {
    let rest = line.get(at..).unwrap_or_default();
    let spaces = rest.iter().take_while(|o| matches!(o, b' ' | b'\t')).count();
    match rest.first() {
        Some(b':') => Fault::octet(ErrorKind::FieldNameEmpty, line, at),
        Some(_) if spaces > 0 && rest.get(spaces) == Some(&b':') => {
            Fault::octet(ErrorKind::FieldNameSpace, line, at)
        }
        Some(b'\r') => Fault::octet(ErrorKind::BareCr, line, at),
        Some(_) if line.contains(&b':') => Fault::octet(ErrorKind::FieldNameOctet, line, at),
        _ => Fault::new(ErrorKind::FieldColon, line.len()),
    }
}
