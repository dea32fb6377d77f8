//! What a client does not send, whatever it is asked for: what RFC 9110 and RFC 9112 forbid it and its head shows.

use crate::error::UsageError;
use crate::framing::length::BodyLength;
use crate::message::known::Known;
use crate::message::{Fields, RequestHead, TargetForm};
use crate::wire::target;

/// Checks a head against the rules that are about more than one part of it.
pub(super) fn check(head: &RequestHead, length: BodyLength) -> Result<(), UsageError> {
    let fields = head.fields();
    let has_content = length != BodyLength::Known(0);
    let waits = |value: &[u8]| value.eq_ignore_ascii_case(b"100-continue");
    if !has_content && fields.has(Known::Expect) && fields.list("expect").any(waits) {
        return Err(UsageError::ExpectWithoutContent);
    }
    if has_content && head.token() == b"TRACE" {
        return Err(UsageError::ContentForbidden);
    }
    if has_content && head.token() == b"OPTIONS" && !fields.contains("content-type") {
        return Err(UsageError::ContentTypeMissing);
    }
    if fields.has(Known::Te) && fields.list("te").any(is_chunked) {
        return Err(UsageError::TeChunked);
    }
    let is_weak = || fields.get("if-range").is_some_and(|value| value.starts_with(b"W/"));
    if fields.has(Known::IfRange) && (is_weak() || !fields.contains("range")) {
        return Err(UsageError::IfRange);
    }
    Ok(())
}

/// Whether an element of TE is `chunked`, with a weight or without.
fn is_chunked(coding: &[u8]) -> bool {
    let name = coding.split(|octet| *octet == b';').next().unwrap_or_default();
    name.trim_ascii_end().eq_ignore_ascii_case(b"chunked")
}

/// The host to be sent in Host, `None` when the fields have it. It is that of the target where the target has one.
pub(super) fn host(head: &RequestHead) -> Result<Option<&str>, UsageError> {
    let fields = head.fields().view();
    let is_usual = || fields.single(Known::Host).is_some_and(|start| target::is_usual_host(fields.octets, start));
    if head.target_form() == TargetForm::Origin && is_usual() {
        return Ok(None);
    }
    match (fields.known(Known::Host), head.target_form()) {
        (None, TargetForm::Absolute | TargetForm::Authority) => Ok(head.host()),
        (None, _) => Err(UsageError::HostMissing),
        (Some(host), _) if host.is_repeated || target::has_port(host.value).is_err() => Err(UsageError::HostInvalid),
        // The authority of CONNECT has a port that the URI may not have.
        (Some(host), TargetForm::Absolute) if head.host().map(str::as_bytes) != Some(host.value) => {
            Err(UsageError::HostInvalid)
        }
        (Some(_), _) => Ok(None),
    }
}

/// The options that Connection lacks for the fields that are there: those about one connection need one of their name
/// (RFC 9110 7.6.1).
pub(super) fn options(fields: &Fields) -> impl Iterator<Item = &'static str> + '_ {
    let te = fields.has(Known::Te).then_some("TE");
    let upgrade = fields.has(Known::Upgrade).then_some("Upgrade");
    let is_named = |name: &str| fields.list("connection").any(|o| o.eq_ignore_ascii_case(name.as_bytes()));
    te.into_iter().chain(upgrade).filter(move |name| !is_named(name))
}
