//! The request target in its four forms (RFC 9112 3.2), and the host that stands in it or in Host (RFC 3986 3.2).

use core::ops::Range;

use super::{Fault, octet, scan};
use crate::error::ErrorKind;

/// Which of the four forms a target has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetForm {
    /// `/path?query`: for the server the connection leads to.
    Origin,
    /// `http://host/path?query`: for a proxy, and accepted by every server.
    Absolute,
    /// `host:port`: CONNECT alone.
    Authority,
    /// `*`: OPTIONS alone, the server as a whole.
    Asterisk,
}

/// Where the parts of a target start, within the octets that it stands in. Authority, path and query follow each other,
/// so that each ends where the next one starts, or at the end.
///
/// Two numbers go through registers, where more would be written to memory and wait there to be read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// The authority, and above its 32 bits the path.
    starts: u64,
    /// The query after its `?`, 0 when there is none, and above its 32 bits the number of a [`TargetForm`].
    query_and_form: u64,
}

impl Parts {
    fn new(form: TargetForm, authority: usize, path: usize, query: Option<usize>) -> Self {
        let pair = |low: u64, high: u64| low | high.wrapping_shl(32);
        let query_and_form = pair(query.map_or(0, place), form as u64);
        Self { starts: pair(place(authority), place(path)), query_and_form }
    }

    pub(crate) fn form(self) -> TargetForm {
        use TargetForm::{Absolute, Asterisk, Authority, Origin};
        let number = self.query_and_form.wrapping_shr(32);
        [Absolute, Authority, Asterisk].into_iter().find(|form| *form as u64 == number).unwrap_or(Origin)
    }

    /// Host and port of the absolute and authority forms; empty for the others.
    pub(crate) fn authority(self) -> Range<usize> {
        low(self.starts)..low(self.starts.wrapping_shr(32))
    }

    /// Empty for the authority form, and for an absolute form without a path. `end` is the end of the target.
    pub(crate) fn path(self, end: usize) -> Range<usize> {
        low(self.starts.wrapping_shr(32))..self.query().map_or(end, |query| query.saturating_sub(1))
    }

    /// Where the query starts, without its `?`; it ends with the target.
    pub(crate) fn query(self) -> Option<usize> {
        Some(low(self.query_and_form)).filter(|query| *query > 0)
    }
}

/// Limits keep a head far below 4 GiB.
#[inline(always)]
fn place(at: usize) -> u64 {
    u32::try_from(at).unwrap_or(u32::MAX).into()
}

/// The place that the low half of a number is.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the half is what is wanted")]
fn low(pair: u64) -> usize {
    pair as u32 as usize
}

/// The parts of the target that stands at `range` in `octets`, and consists of octets that are allowed in one. CONNECT has a
/// form of its own, and OPTIONS one more. Faults are counted from the start of `octets`.
#[inline(always)]
pub(crate) fn parse(octets: &[u8], range: Range<usize>, method: &[u8]) -> Result<Parts, Fault> {
    let (start, end) = (range.start, range.end);
    if method != b"CONNECT" && octets.get(start) == Some(&b'/') {
        Ok(Parts::new(TargetForm::Origin, start, start, query(octets, start, end)))
    } else {
        parse_other(octets, range, method)
    }
}

/// As [`parse`], for forms other than that of nearly all requests.
#[inline(never)]
fn parse_other(octets: &[u8], range: Range<usize>, method: &[u8]) -> Result<Parts, Fault> {
    let (start, end) = (range.start, range.end);
    let target = octets.get(range).unwrap_or_default();
    if method == b"CONNECT" {
        // CONNECT needs the port: there is no scheme to give a default (RFC 9110 9.3.6).
        if !has_port(target).map_err(|fault| fault.shift(start))? {
            return Err(Fault::new(ErrorKind::TargetForm, end));
        }
        return Ok(Parts::new(TargetForm::Authority, start, end, None));
    }
    match target {
        b"*" if method == b"OPTIONS" => Ok(Parts::new(TargetForm::Asterisk, start, start, None)),
        _ => {
            let (authority, path) = absolute(target).map_err(|fault| fault.shift(start))?;
            let (authority, path) = (start.saturating_add(authority), start.saturating_add(path));
            Ok(Parts::new(TargetForm::Absolute, authority, path, query(octets, path, end)))
        }
    }
}

/// Where authority and path of an absolute form start.
fn absolute(target: &[u8]) -> Result<(usize, usize), Fault> {
    let start = ["http://", "https://"]
        .into_iter()
        .find(|scheme| target.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme.as_bytes())))
        .map(str::len)
        .ok_or(Fault::new(ErrorKind::TargetForm, 0))?;
    let rest = target.get(start..).unwrap_or_default();
    let len = rest.iter().position(|o| matches!(o, b'/' | b'?')).unwrap_or(rest.len());
    let authority = rest.get(..len).unwrap_or_default();
    has_port(authority).map_err(|fault| fault.shift(start))?;
    if authority.is_empty() {
        // An http URI with an empty host is invalid (RFC 9110 4.2.1).
        return Err(Fault::new(ErrorKind::HostInvalid, start));
    }
    Ok((start, start.saturating_add(len)))
}

/// Where the query starts in a target whose path starts at `path`.
fn query(octets: &[u8], path: usize, end: usize) -> Option<usize> {
    let target = octets.get(path..end)?;
    // Many targets are too short for a vector search to pay.
    let is_short = target.len() < 16;
    let mark = if is_short { target.iter().position(|o| *o == b'?')? } else { memchr::memchr(b'?', target)? };
    Some(path.saturating_add(mark).saturating_add(1))
}

/// Whether the host and port that start at `start` in `octets`, and are all of a line, are like nearly all: letters,
/// digits, dots and hyphens, and a port of up to four digits. Any other is left to [`has_port`].
#[inline(always)]
pub(crate) fn is_usual_host(octets: &[u8], start: usize) -> bool {
    let Some(end) = scan::end_of_host(octets, start) else { return false };
    match octets.get(end..) {
        Some([b'\r', ..]) => end > start,
        Some([b':', port @ ..]) => {
            let digits = port.iter().take(5).take_while(|o| o.is_ascii_digit()).count();
            end > start && digits <= 4 && port.get(digits) == Some(&b'\r')
        }
        _ => false,
    }
}

/// Checks `uri-host [":" port]`: a name, an IPv4 address or an IPv6 literal, and a port up to 65535; whether there is a
/// port.
///
/// User information, a path and white space are refused with it. An empty value is valid: it says that the target has
/// no authority (RFC 9112 3.2).
pub(crate) fn has_port(value: &[u8]) -> Result<bool, Fault> {
    let invalid = |at| Fault::octet(ErrorKind::HostInvalid, value, at);
    let end = if value.first() == Some(&b'[') {
        let close = memchr::memchr(b']', value).ok_or(invalid(value.len()))?;
        let literal = value.get(1..close).unwrap_or_default();
        let valid = core::str::from_utf8(literal).is_ok_and(|text| text.parse::<core::net::Ipv6Addr>().is_ok());
        if !valid {
            return Err(invalid(1));
        }
        close.saturating_add(1)
    } else {
        let end = value.iter().position(|&o| !octet::is_host(o)).unwrap_or(value.len());
        percent_escapes(value.get(..end).unwrap_or_default())?;
        end
    };
    match value.get(end) {
        None => Ok(false),
        Some(b':') => {
            let start = end.saturating_add(1);
            let digits = value.get(start..).unwrap_or_default();
            if let Some(at) = digits.iter().position(|o| !o.is_ascii_digit()) {
                return Err(invalid(start.saturating_add(at)));
            }
            let number =
                digits.iter().fold(0u32, |n, o| n.wrapping_mul(10).wrapping_add(u32::from(o & 0x0f)).min(1 << 20));
            if number > u32::from(u16::MAX) {
                Err(invalid(start))
            } else if end == 0 {
                // A port of no host: no http URI has one (RFC 9110 4.2.1).
                Err(Fault::new(ErrorKind::HostInvalid, 0))
            } else {
                Ok(!digits.is_empty())
            }
        }
        Some(_) => Err(invalid(end)),
    }
}

fn percent_escapes(host: &[u8]) -> Result<(), Fault> {
    for at in memchr::memchr_iter(b'%', host) {
        let escape = host.get(at.saturating_add(1)..at.saturating_add(3)).unwrap_or_default();
        if escape.len() != 2 || !escape.iter().all(u8::is_ascii_hexdigit) {
            return Err(Fault::new(ErrorKind::HostInvalid, at));
        }
    }
    Ok(())
}
