//! The request target in its four forms (RFC 9112 3.2), and the host that stands in it or in Host (RFC 3986 3.2).

use core::ops::Range;

use super::{Fault, octet};
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

/// The places of the parts of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) form: TargetForm,
    /// Host and port of the absolute and authority forms; empty for the others.
    pub(crate) authority: Range<usize>,
    /// Empty for the authority form, and for an absolute form without a path.
    pub(crate) path: Range<usize>,
    /// Without its `?`.
    pub(crate) query: Option<Range<usize>>,
}

/// Which forms the method allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// CONNECT.
    AuthorityOnly,
    /// OPTIONS.
    WithAsterisk,
    /// Every other method.
    Resource,
}

/// Parses a target whose octets are known to be allowed ones.
pub(crate) fn parse(target: &[u8], allowed: Allowed) -> Result<Target, Fault> {
    if allowed == Allowed::AuthorityOnly {
        let host = host_and_port(target)?;
        if target.starts_with(b":") {
            return Err(Fault::new(ErrorKind::HostInvalid, 0));
        }
        // CONNECT needs the port: there is no scheme to give a default (RFC 9110 9.3.6).
        if !host.port {
            return Err(Fault::new(ErrorKind::TargetForm, target.len()));
        }
        return Ok(Target {
            form: TargetForm::Authority,
            authority: 0..target.len(),
            path: 0..0,
            query: None,
        });
    }
    match target {
        [b'/', ..] => Ok(split_query(target, 0, TargetForm::Origin, 0..0)),
        b"*" if allowed == Allowed::WithAsterisk => {
            Ok(Target { form: TargetForm::Asterisk, authority: 0..0, path: 0..1, query: None })
        }
        _ => absolute(target),
    }
}

fn absolute(target: &[u8]) -> Result<Target, Fault> {
    let start = ["http://", "https://"]
        .into_iter()
        .find(|scheme| target.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme.as_bytes())))
        .map(str::len)
        .ok_or(Fault::new(ErrorKind::TargetForm, 0))?;
    let rest = target.get(start..).unwrap_or_default();
    let len = rest.iter().position(|o| matches!(o, b'/' | b'?')).unwrap_or(rest.len());
    let authority = rest.get(..len).unwrap_or_default();
    host_and_port(authority).map_err(|fault| fault.shift(start))?;
    if authority.is_empty() || authority.starts_with(b":") {
        // An http URI with an empty host is invalid (RFC 9110 4.2.1).
        return Err(Fault::new(ErrorKind::HostInvalid, start));
    }
    let end = start.saturating_add(len);
    Ok(split_query(target, end, TargetForm::Absolute, start..end))
}

fn split_query(target: &[u8], path: usize, form: TargetForm, authority: Range<usize>) -> Target {
    let rest = target.get(path..).unwrap_or_default();
    match memchr::memchr(b'?', rest) {
        Some(at) => {
            let mark = path.saturating_add(at);
            Target { form, authority, path: path..mark, query: Some(mark.saturating_add(1)..target.len()) }
        }
        None => Target { form, authority, path: path..target.len(), query: None },
    }
}

/// What [`host_and_port`] found.
pub(crate) struct HostAndPort {
    pub(crate) port: bool,
}

/// Checks `uri-host [":" port]`: a name, an IPv4 address or an IPv6 literal, and a port up to 65535.
///
/// User information, a path and white space are refused with it. An empty value is valid: it says that the target has
/// no authority (RFC 9112 3.2).
pub(crate) fn host_and_port(value: &[u8]) -> Result<HostAndPort, Fault> {
    let invalid = |at| Fault::octet(ErrorKind::HostInvalid, value, at);
    let end = if value.first() == Some(&b'[') {
        let close = memchr::memchr(b']', value).ok_or(invalid(value.len()))?;
        let literal = value.get(1..close).unwrap_or_default();
        let valid =
            core::str::from_utf8(literal).is_ok_and(|text| text.parse::<core::net::Ipv6Addr>().is_ok());
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
        None => Ok(HostAndPort { port: false }),
        Some(b':') => {
            let start = end.saturating_add(1);
            let digits = value.get(start..).unwrap_or_default();
            if let Some(at) = digits.iter().position(|o| !o.is_ascii_digit()) {
                return Err(invalid(start.saturating_add(at)));
            }
            let number =
                digits.iter().fold(0u32, |n, o| n.saturating_mul(10).saturating_add(u32::from(o & 0x0f)));
            if number > u32::from(u16::MAX) {
                Err(invalid(start))
            } else {
                Ok(HostAndPort { port: !digits.is_empty() })
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
