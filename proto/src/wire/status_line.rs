//! The status line: version, one SP, three digits, one SP, reason phrase (RFC 9112 4).

use core::ops::Range;

use super::request_line::version_digits;
use super::{Fault, octet, scan, steps};
use crate::error::ErrorKind;

/// Where the reason phrase starts.
pub(crate) const REASON: usize = 13;

/// The last of eight octets, where the version has its minor digit.
const MINOR: u64 = 0xff << 56;

/// The places of the parts of a status line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatusLine {
    /// The digit after the dot of the version; the one before it is 1.
    pub(crate) minor: u8,
    pub(crate) code: u16,
    /// Where the reason phrase ends.
    pub(crate) reason_end: u32,
    /// Whether the space before the reason is missing with it.
    pub(crate) is_short: bool,
}

impl StatusLine {
    fn new(minor: u8, digits: [u8; 3], end: usize, is_short: bool) -> Self {
        let code = digits.iter().fold(0u16, |code, digit| code.wrapping_mul(10).wrapping_add(u16::from(digit & 0x0f)));
        // Limits keep a head far below 4 GiB.
        Self { minor, code, reason_end: u32::try_from(end).unwrap_or(u32::MAX), is_short }
    }

    /// The place of the reason phrase.
    pub(crate) fn reason(&self) -> Range<usize> {
        REASON..self.reason_end as usize
    }
}

/// The status line at the start of `buffer` and where it ends with its CR LF, if it is like nearly all: nothing wrong or
/// missing, no control octets, and all there. Any other is left to [`parse`].
#[inline(always)]
pub(crate) fn parse_usual(buffer: &[u8]) -> Option<(StatusLine, usize)> {
    let end = scan::first_control(buffer, REASON)?;
    let next = end.wrapping_add(2);
    steps::count(next);
    let (version, rest) = buffer.split_first_chunk()?;
    // As one number, but for the last digit: octets one by one cost as many jumps.
    let is_http1 = u64::from_le_bytes(*version) & !MINOR == u64::from_le_bytes(*b"HTTP/1.\0");
    let minor = version.last().filter(|minor| is_http1 && minor.is_ascii_digit())?;
    match (rest.first_chunk()?, buffer.get(end..next)?) {
        (&[b' ', a @ b'1'..=b'9', b, c, b' '], b"\r\n") if b.is_ascii_digit() && c.is_ascii_digit() => {
            Some((StatusLine::new(minor & 0x0f, [a, b, c], end, false), next))
        }
        _ => None,
    }
}

/// Parses a status line without its CR LF. The space before the reason may be missing with it: some servers leave both
/// away, and nothing else can be meant.
pub(crate) fn parse(line: &[u8]) -> Result<StatusLine, Fault> {
    steps::count(line.len());
    let version = line.get(..8).unwrap_or(line);
    let minor = version_digits(version).map_err(|fault| match fault.kind {
        ErrorKind::VersionUnsupported => fault,
        _ => Fault { kind: ErrorKind::StatusLine, ..fault },
    })?;
    let is_expected = |at: usize, octet: u8| match at {
        8 => octet == b' ',
        9 => matches!(octet, b'1'..=b'9'),
        _ => octet.is_ascii_digit(),
    };
    if let Some(at) = (8..12).find(|at| line.get(*at).is_none_or(|octet| !is_expected(*at, *octet))) {
        return Err(Fault::octet(ErrorKind::StatusLine, line, at));
    }
    let digits = line.get(9..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
    let reason = match line.get(12) {
        None => REASON..REASON,
        Some(b' ') => REASON..line.len(),
        Some(_) => return Err(Fault::octet(ErrorKind::StatusLine, line, 12)),
    };
    match octet::first_not_value(line.get(reason.clone()).unwrap_or_default()) {
        Some(at) => Err(Fault::octet(ErrorKind::StatusLine, line, at.saturating_add(reason.start))),
        None => Ok(StatusLine::new(minor, digits, reason.end, line.len() == 12)),
    }
}
