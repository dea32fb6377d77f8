//! What makes a well-formed head a valid request, and what follows from it: version, target and Host (RFC 9112 3.2),
//! framing (RFC 9112 6), Expect and Connection.

use crate::connection::Config;
use crate::connection::expect;
use crate::connection::persistence::Wish;
use crate::connection::recv::Candidate;
use crate::error::ErrorKind;
use crate::framing::length::{self, Framing};
use crate::message::known::Known;
use crate::message::{Deviation, Deviations, Version};
use crate::wire::target::{self, Parts};
use crate::wire::{Fault, octet};

/// What a valid head says.
pub(super) struct Verdict {
    pub(super) target: Parts,
    pub(super) deviations: Deviations,
    pub(super) framing: Framing,
    /// It asks for a 100.
    pub(super) expects_continue: bool,
    /// It offers another protocol.
    pub(super) upgrades: bool,
    pub(super) wish: Wish,
}

/// Checks a head. Faults are counted from its start.
#[inline(always)]
pub(super) fn judge(head: &Candidate<'_>, config: &Config) -> Result<Verdict, Fault> {
    let (version, fields) = (head.version(), head.fields);
    let mut deviations = Deviations::default();
    if head.line.minor > 1 {
        if !config.policy.allows(Deviation::MinorVersion) {
            // The digit after `HTTP/1.`.
            let at = head.line.target().end.saturating_add(8);
            return Err(Fault::octet(ErrorKind::VersionUnsupported, head.octets, at));
        }
        deviations = deviations.with(Deviation::MinorVersion);
    }
    if head.line.is_raw {
        deviations = deviations.with(Deviation::RawTarget);
    }
    let target = target::parse(head.octets, head.line.target(), head.method())?;
    let host = host(head)?;
    if let Some(at) = other_host(head, target, host) {
        if !config.policy.allows(Deviation::HostOverridden) {
            return Err(Fault::new(ErrorKind::HostMismatch, at));
        }
        deviations = deviations.with(Deviation::HostOverridden);
    }
    let framing = length::of_request(version, fields, config.limits.content)?;
    let expects_continue = expect::waits_for_continue(version, fields)?;
    let wish = Wish::of(fields);
    let upgrades = wish.upgrade && version == Version::Http11 && fields.has(Known::Upgrade);
    Ok(Verdict { target, deviations, framing, expects_continue, upgrades, wish })
}

/// Where the host of the Host field stands, if there is one: one in HTTP/1.1, at most one in HTTP/1.0, and it must be valid.
/// It is checked even where the target overrides it: another recipient may go by it.
#[inline(always)]
fn host(head: &Candidate<'_>) -> Result<Option<usize>, Fault> {
    match head.fields.single(Known::Host) {
        Some(start) if target::is_usual_host(head.octets, start) => Ok(Some(start)),
        _ => unusual_host(head),
    }
}

/// As [`host`], for a field that is not like nearly all.
#[inline(never)]
fn unusual_host(head: &Candidate<'_>) -> Result<Option<usize>, Fault> {
    match head.fields.known(Known::Host) {
        None if head.version() == Version::Http10 => Ok(None),
        None => Err(Fault::new(ErrorKind::HostMissing, head.octets.len())),
        Some(host) if host.is_repeated => Err(Fault::new(ErrorKind::HostRepeated, host.at)),
        Some(host) => match target::has_port(host.value) {
            Ok(_) => Ok(Some(host.at)),
            Err(fault) => Err(fault.shift(host.at)),
        },
    }
}

/// Where Host stands, if it names another host than the target does.
#[inline(always)]
fn other_host(head: &Candidate<'_>, target: Parts, host: Option<usize>) -> Option<usize> {
    if target.authority().is_empty() { None } else { overridden_host(head, target, host) }
}

/// As [`other_host`], for a target that names one.
#[cold]
fn overridden_host(head: &Candidate<'_>, target: Parts, host: Option<usize>) -> Option<usize> {
    let authority = head.octets.get(target.authority())?;
    let named = octet::trim_ows(head.octets.get(host?..)?.split(|o| *o == b'\r').next()?);
    if authority.eq_ignore_ascii_case(named) { None } else { host }
}
