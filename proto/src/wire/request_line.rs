//! The request line: method, one SP, target, one SP, version (RFC 9112 3).

use core::ops::Range;

use super::{Fault, octet, scan, steps};
use crate::error::ErrorKind;

/// The most octets of a method.
pub(crate) const METHOD_MAX: usize = 32;

/// What follows the target in a usual line, up to the digit that is not always the same.
const VERSION: &[u8; 8] = b" HTTP/1.";

/// The places of the parts of a request line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestLine {
    /// Where the target ends; it starts after the method and a space.
    pub(crate) target_end: u32,
    /// The length of the method.
    pub(crate) method: u8,
    /// The digit after the dot of the version; the one before it is 1.
    pub(crate) minor: u8,
    /// Whether the target holds UTF-8 that should have been percent-encoded.
    pub(crate) is_raw: bool,
}

impl RequestLine {
    pub(crate) fn new(method: usize, target_end: usize, minor: u8) -> Self {
        // Limits keep a method below 256 octets, and a head far below 4 GiB.
        let (method, target_end) =
            (u8::try_from(method).unwrap_or(u8::MAX), u32::try_from(target_end).unwrap_or(u32::MAX));
        Self { target_end, method, minor, is_raw: false }
    }

    /// End of the method, which starts the line.
    pub(crate) fn method(&self) -> usize {
        usize::from(self.method)
    }

    /// The place of the target.
    pub(crate) fn target(&self) -> Range<usize> {
        self.method().saturating_add(1)..self.target_end as usize
    }
}

/// The request line at the start of `buffer` and where it ends with its CR LF, if it is like nearly all: a method of
/// letters, nothing wrong, and all there. Any other is left to [`parse`].
#[inline(always)]
pub(crate) fn parse_usual(buffer: &[u8]) -> Option<(RequestLine, usize)> {
    let method = if buffer.starts_with(b"GET ") { 3 } else { scan::end_of_word(buffer, 0)? };
    let start = method.wrapping_add(1);
    let end = scan::end_of_target(buffer, start);
    steps::count(end.unwrap_or(buffer.len()));
    let end = end?;
    let next = end.wrapping_add(VERSION.len()).wrapping_add(3);
    let is_valid = method > 0 && method <= METHOD_MAX && end > start && buffer.get(method) == Some(&b' ');
    let (version, rest) = buffer.get(end..next)?.split_first_chunk()?;
    // As one number: octets one by one cost as many jumps.
    let is_valid = is_valid && u64::from_le_bytes(*version) == u64::from_le_bytes(*VERSION);
    match rest {
        [minor @ b'0'..=b'9', b'\r', b'\n'] if is_valid => Some((RequestLine::new(method, end, minor & 0x0f), next)),
        _ => None,
    }
}

/// Parses a request line without its CR LF; with `raw_target`, UTF-8 may stand in the target.
pub(crate) fn parse(line: &[u8], raw_target: bool) -> Result<RequestLine, Fault> {
    steps::count(line.len());
    let method = method(line)?;
    let target_start = method.saturating_add(1);
    let rest = line.get(target_start..).unwrap_or_default();
    let target_len = target_len(rest, raw_target).map_err(|fault| fault.shift(target_start))?;
    let target_end = target_start.saturating_add(target_len);
    let version_start = target_end.saturating_add(1);
    let version = line.get(version_start..).unwrap_or_default();
    let minor = version_digits(version).map_err(|fault| fault.shift(version_start))?;
    let is_raw = line.get(target_start..target_end).is_some_and(|target| !target.is_ascii());
    Ok(RequestLine { is_raw, ..RequestLine::new(method, target_end, minor) })
}

/// Checks the first octets of a request before the line is complete: a peer that speaks something else altogether need
/// not be waited for.
pub(crate) fn first_octet(input: &[u8]) -> Result<(), Fault> {
    steps::count(1);
    match input.first() {
        Some(&o) if !octet::is_token(o) && o != b'\r' && o != b'\n' => {
            Err(Fault::octet(ErrorKind::MethodOctet, input, 0))
        }
        _ => Ok(()),
    }
}

fn method(line: &[u8]) -> Result<usize, Fault> {
    let end = line.iter().position(|&o| !octet::is_token(o)).unwrap_or(line.len());
    match line.get(end) {
        _ if end == 0 => Err(Fault::octet(ErrorKind::MethodOctet, line, end)),
        Some(b' ') if end > METHOD_MAX => Err(Fault::new(ErrorKind::MethodTooLong, METHOD_MAX)),
        Some(b' ') => Ok(end),
        None | Some(b'\t' | 0x0b | 0x0c) => Err(Fault::octet(ErrorKind::RequestLine, line, end)),
        Some(_) => Err(Fault::octet(ErrorKind::MethodOctet, line, end)),
    }
}

fn target_len(rest: &[u8], raw: bool) -> Result<usize, Fault> {
    let is_target = |o: u8| octet::is_target(o) || (raw && !o.is_ascii());
    let end = rest.iter().position(|&o| !is_target(o)).unwrap_or(rest.len());
    if let Err(error) = core::str::from_utf8(rest.get(..end).unwrap_or_default()) {
        return Err(Fault::octet(ErrorKind::TargetOctet, rest, error.valid_up_to()));
    }
    match rest.get(end) {
        None | Some(b' ' | b'\t') if end == 0 => Err(Fault::octet(ErrorKind::RequestLine, rest, end)),
        Some(b' ') => Ok(end),
        Some(b'\t' | 0x0b | 0x0c) => Err(Fault::octet(ErrorKind::RequestLine, rest, end)),
        Some(_) => Err(Fault::octet(ErrorKind::TargetOctet, rest, end)),
        // HTTP/0.9: a target and nothing after it.
        None => Err(Fault::new(ErrorKind::Version, end)),
    }
}

/// `HTTP/1.` and a digit; the minor digit is returned.
pub(crate) fn version_digits(version: &[u8]) -> Result<u8, Fault> {
    if let &[b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor] = version
        && minor.is_ascii_digit()
    {
        return Ok(minor.wrapping_sub(b'0'));
    }
    let is_expected = |at: usize, octet: u8| match at {
        0..5 => b"HTTP/".get(at) == Some(&octet),
        6 => octet == b'.',
        5 | 7 => octet.is_ascii_digit(),
        _ => false,
    };
    match version.iter().zip(0usize..).position(|(&octet, at)| !is_expected(at, octet)) {
        Some(0) if version.starts_with(b" ") => Err(Fault::octet(ErrorKind::RequestLine, version, 0)),
        Some(at) => Err(Fault::octet(ErrorKind::Version, version, at)),
        None if version.len() == 8 => Err(Fault::octet(ErrorKind::VersionUnsupported, version, 5)),
        None => Err(Fault::new(ErrorKind::Version, version.len())),
    }
}
