//! What makes a well-formed head a valid request: version, target, Host (RFC 9112 3.2).

use crate::error::ErrorKind;
use crate::message::known::Known;
use crate::message::{Deviation, Fields, Policy, RequestHead, Version};
use crate::wire::{Fault, target};

/// Checks a head, and takes its target apart. Faults are counted from the start of the head.
pub(crate) fn validate(head: &mut RequestHead, policy: Policy) -> Result<(), Fault> {
    if head.minor() > 1 {
        head.add_deviation(Deviation::MinorVersion);
        if !policy.allows(Deviation::MinorVersion) {
            // The digit after `HTTP/1.`.
            let at = head.version_place().saturating_add(7);
            return Err(Fault::octet(ErrorKind::VersionUnsupported, head.octets(), at));
        }
    }
    head.parse_target()?;
    host(head.version(), head.fields(), head.octets())?;
    if let Some(at) = other_host(head) {
        head.add_deviation(Deviation::HostOverridden);
        if !policy.allows(Deviation::HostOverridden) {
            return Err(Fault::new(ErrorKind::HostMismatch, at));
        }
    }
    Ok(())
}

/// Where Host stands, if it names another host than the target does.
fn other_host(head: &RequestHead) -> Option<usize> {
    let authority = head.authority()?;
    let host = head.fields().known(Known::Host)?;
    (!authority.as_bytes().eq_ignore_ascii_case(host.value)).then_some(host.at)
}

/// One Host in HTTP/1.1, at most one in HTTP/1.0, and it must be one. It is checked even where the target overrides it:
/// another recipient may go by it.
fn host(version: Version, fields: &Fields, head: &[u8]) -> Result<(), Fault> {
    match fields.known(Known::Host) {
        None if version == Version::Http10 => Ok(()),
        None => Err(Fault::new(ErrorKind::HostMissing, head.len())),
        Some(host) if host.is_repeated => Err(Fault::new(ErrorKind::HostRepeated, host.at)),
        Some(host) if target::is_usual_host(head, host.at..host.at.saturating_add(host.value.len())) => Ok(()),
        Some(host) => match target::host_and_port(host.value) {
            Ok(_) => Ok(()),
            Err(fault) => Err(fault.shift(host.at)),
        },
    }
}
