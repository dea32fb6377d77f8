//! What makes a well-formed head a valid request: version, target, Host (RFC 9112 3.2).

use crate::connection::recv::RawRequest;
use crate::error::ErrorKind;
use crate::message::known::Known;
use crate::message::{Deviation, Fields, Method, Policy, RequestLine, TargetSpans, Version};
use crate::wire::target;
use crate::wire::{self, Fault};

/// The request line of a head that makes a valid request. Faults are counted from the start of the head.
pub(crate) fn validate(raw: &RawRequest, policy: Policy) -> Result<RequestLine, Fault> {
    let (method, version) = asked(&raw.line, raw.octets());
    let mut deviations = raw.deviations;
    let mut put_up_with = |deviation| {
        deviations = deviations.with(deviation);
        policy.allows(deviation)
    };
    if raw.line.minor > 1 && !put_up_with(Deviation::MinorVersion) {
        let at = raw.line.target().end.saturating_add(8);
        return Err(Fault::octet(ErrorKind::VersionUnsupported, raw.octets(), at));
    }
    if raw.line.is_raw {
        put_up_with(Deviation::RawTarget);
    }
    let target = target(raw, method)?;
    host(version, &raw.fields, raw.octets().len())?;
    if let Some(at) = other_host(raw, &target)
        && !put_up_with(Deviation::HostOverridden)
    {
        return Err(Fault::new(ErrorKind::HostMismatch, at));
    }
    Ok(RequestLine { method, version, target, deviations })
}

/// Where Host stands, if it names another host than the target does.
fn other_host(raw: &RawRequest, target: &TargetSpans) -> Option<usize> {
    let authority = raw.octets().get(target.authority.start as usize..target.authority.end as usize)?;
    let host = raw.fields.known(Known::Host)?;
    (!authority.is_empty() && !authority.eq_ignore_ascii_case(host.value)).then_some(host.at)
}

/// Method and version, which stand even when the rest of the head is refused. The request line was checked for the
/// length of its method.
pub(crate) fn asked(line: &wire::request_line::RequestLine, head: &[u8]) -> (Method, Version) {
    let version = if line.minor == 0 { Version::Http10 } else { Version::Http11 };
    let token = head.get(..line.method()).unwrap_or_default();
    (Method::from_token(token).unwrap_or(Method::GET), version)
}

fn target(raw: &RawRequest, method: Method) -> Result<TargetSpans, Fault> {
    let start = raw.line.target().start;
    let octets = raw.octets().get(raw.line.target()).unwrap_or_default();
    TargetSpans::parse(method, octets, start).map_err(|fault| fault.shift(start))
}

/// One Host in HTTP/1.1, at most one in HTTP/1.0, and it must be one. It is checked even where the target overrides it:
/// another recipient may go by it.
fn host(version: Version, fields: &Fields, head_len: usize) -> Result<(), Fault> {
    match fields.known(Known::Host) {
        None if version == Version::Http10 => Ok(()),
        None => Err(Fault::new(ErrorKind::HostMissing, head_len)),
        Some(host) if host.is_repeated => Err(Fault::new(ErrorKind::HostRepeated, host.at)),
        Some(host) => match target::host_and_port(host.value) {
            Ok(_) => Ok(()),
            Err(fault) => Err(fault.shift(host.at)),
        },
    }
}
