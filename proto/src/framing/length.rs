//! The one place that decides how long the content of a message is (RFC 9112 6.3).
//!
//! What is ambiguous is refused: both framing fields, either one twice, anything but a plain number or a plain
//! `chunked`.

use super::encoder::Encoder;
use crate::error::{ErrorKind, UsageError};
use crate::message::known::Known;
use crate::message::{
    Deviation, Deviations, Fields, FieldsView, ListElements, MethodClass, Policy, StatusCode, Version,
};
use crate::wire::{Fault, octet};

/// How much content a message will have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// Exactly this many octets: sent with Content-Length. For HEAD and 304 it is the length that GET would have had.
    Known(u64),
    /// Not known yet: sent in chunks; a response to an HTTP/1.0 client is sent until the connection closes.
    Unknown,
}

/// How the content of a received message ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// After this many octets.
    Length(u64),
    Chunked,
    /// With the connection.
    UntilClose,
}

/// How the content of a request ends. Faults are counted from the start of the head.
#[inline(always)]
pub(crate) fn of_request(version: Version, fields: FieldsView<'_>, limit: u64) -> Result<Framing, Fault> {
    Ok(declared(version, fields, limit)?.unwrap_or(Framing::Length(0)))
}

/// How the content of a response to `method` ends. Faults are counted from the start of the head.
pub(crate) fn of_received_response(
    method: MethodClass,
    version: Version,
    status: StatusCode,
    fields: FieldsView<'_>,
    limit: u64,
    policy: Policy,
) -> Result<(Framing, Deviations), Fault> {
    let has_none = status.is_informational()
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
        || method == MethodClass::Head;
    if has_none {
        // What the fields say of the length is of another response, and as good as any.
        return Ok((Framing::Length(0), Deviations::default()));
    }
    match declared(version, fields, limit) {
        Err(fault) if policy.allows(Deviation::EqualLengths) => match equal_lengths(fields) {
            Some(octets) if octets <= limit && !fields.has(Known::TransferEncoding) => {
                Ok((Framing::Length(octets), Deviations::default().with(Deviation::EqualLengths)))
            }
            _ => Err(fault),
        },
        declared => Ok((declared?.unwrap_or(Framing::UntilClose), Deviations::default())),
    }
}

/// The one length that all elements of all Content-Length lines agree on.
fn equal_lengths(fields: FieldsView<'_>) -> Option<u64> {
    let mut lengths = fields.list(b"content-length").map(|value| number(value).ok());
    let first = lengths.next()??;
    lengths.all(|length| length == Some(first)).then_some(first)
}

/// What the framing fields say, `None` when there are none.
#[inline(always)]
fn declared(version: Version, fields: FieldsView<'_>, limit: u64) -> Result<Option<Framing>, Fault> {
    match (fields.has(Known::TransferEncoding), fields.has(Known::ContentLength)) {
        (false, false) => Ok(None),
        (is_coded, _) => match usual_length(fields) {
            Some(octets) if octets <= limit && !is_coded => Ok(Some(Framing::Length(octets))),
            _ => declared_unusually(version, fields, limit),
        },
    }
}

/// The length in a Content-Length like nearly all: one, of digits alone, up to 18 of them.
#[inline(always)]
fn usual_length(fields: FieldsView<'_>) -> Option<u64> {
    let value = fields.value_and_rest(Known::ContentLength)?;
    let mut length = 0u64;
    for (octet, is_first) in value.iter().zip([true].into_iter().chain([false; 18])) {
        match octet {
            b'0'..=b'9' => length = length.wrapping_mul(10).wrapping_add(u64::from(octet & 0x0f)),
            b'\r' if !is_first => return Some(length),
            _ => return None,
        }
    }
    None
}

/// As [`declared`], for fields that are not like nearly all.
#[inline(never)]
fn declared_unusually(version: Version, fields: FieldsView<'_>, limit: u64) -> Result<Option<Framing>, Fault> {
    let (kind, at) = match (fields.known(Known::TransferEncoding), fields.known(Known::ContentLength)) {
        (None, None) => return Ok(None),
        (Some(coding), Some(_)) => (ErrorKind::LengthAndCoding, coding.at),
        (Some(coding), None) if coding.is_repeated => (ErrorKind::TransferEncoding, coding.at),
        (Some(coding), None) if version == Version::Http10 => (ErrorKind::TransferEncodingVersion, coding.at),
        (Some(coding), None) if coding.value.eq_ignore_ascii_case(b"chunked") => return Ok(Some(Framing::Chunked)),
        (Some(coding), None) => (coding_fault(coding.value), coding.at),
        (None, Some(length)) if length.is_repeated => (ErrorKind::ContentLengthRepeated, length.at),
        (None, Some(length)) => match number(length.value).map_err(|fault| fault.shift(length.at))? {
            octets if octets > limit => (ErrorKind::ContentTooLarge, length.at),
            octets => return Ok(Some(Framing::Length(octets))),
        },
    };
    Err(Fault::new(kind, at))
}

/// Codings before `chunked` may be understood elsewhere, hence 501 (RFC 9112 6.1). Where it is not the last, nobody can
/// tell the end of the content, so that is broken framing (RFC 9112 6.3).
fn coding_fault(value: &[u8]) -> ErrorKind {
    let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
    let codings = || ListElements::new(value);
    let unknown = codings().take_while(|coding| !is_chunked(coding)).count();
    let ends_chunked = unknown > 0 && codings().skip(unknown).map(is_chunked).eq([true]);
    if ends_chunked && codings().all(octet::is_token_text) {
        ErrorKind::TransferCodingUnknown
    } else {
        ErrorKind::TransferEncoding
    }
}

/// 1 to 19 digits and no more than 2^63 - 1 (RFC 9110 8.6).
fn number(value: &[u8]) -> Result<u64, Fault> {
    if let Some(at) = value.iter().position(|o| !o.is_ascii_digit()) {
        return Err(Fault::octet(ErrorKind::ContentLength, value, at));
    }
    // 19 digits always fit 64 bits.
    let length = value.iter().fold(0u64, |length, o| length.wrapping_mul(10).wrapping_add(u64::from(o & 0x0f)));
    let is_valid = (1..=19).contains(&value.len()) && i64::try_from(length).is_ok();
    if is_valid { Ok(length) } else { Err(Fault::new(ErrorKind::ContentLength, 0)) }
}

/// How an outgoing message is framed: how its content is sent, and the Content-Length to write, if any. There is none where
/// it is not allowed, not needed, or not missing: the caller's fields may have it.
pub(crate) type Outgoing = (Encoder, Option<u64>);

/// How a response to `method` is framed, for a client that speaks `version`.
pub(crate) fn of_response(
    method: MethodClass,
    version: Version,
    status: StatusCode,
    fields: &Fields,
    length: BodyLength,
) -> Result<Outgoing, UsageError> {
    let is_declared = agrees(fields, length)?;
    if method == MethodClass::Connect && (200..300).contains(&status.as_u16()) {
        return Err(UsageError::ProtocolSwitch);
    }
    let told = |octets| Some(octets).filter(|_| !is_declared);
    let without_content = length == BodyLength::Known(0) && !is_declared;
    let is_suppressed = status == StatusCode::NOT_MODIFIED || method == MethodClass::Head;
    Ok(match (status, length) {
        (StatusCode::NO_CONTENT, _) if without_content => (Encoder::Suppressed, None),
        (StatusCode::RESET_CONTENT, _) if without_content => (Encoder::Suppressed, told(0)),
        (StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT, _) => return Err(UsageError::ContentForbidden),
        // A zero would say that the representation is empty, which a 304 without a length does not know.
        (StatusCode::NOT_MODIFIED, BodyLength::Known(0)) => (Encoder::Suppressed, None),
        (_, BodyLength::Known(octets)) if is_suppressed => (Encoder::Suppressed, told(octets)),
        (_, BodyLength::Unknown) if is_suppressed => (Encoder::Suppressed, None),
        (_, BodyLength::Known(octets)) => (Encoder::Length(octets), told(octets)),
        (_, BodyLength::Unknown) if version == Version::Http11 => (Encoder::Chunked, None),
        (_, BodyLength::Unknown) => (Encoder::UntilClose, None),
    })
}

/// How a request is framed.
pub(crate) fn of_sent_request(
    method: &[u8],
    version: Version,
    fields: &Fields,
    length: BodyLength,
) -> Result<Outgoing, UsageError> {
    let is_declared = agrees(fields, length)?;
    match length {
        BodyLength::Known(octets) => {
            // A method that usually has content says so even when it has none (RFC 9110 8.6).
            let is_told = octets > 0 || matches!(method, b"POST" | b"PUT" | b"PATCH");
            Ok((Encoder::Length(octets), Some(octets).filter(|_| is_told && !is_declared)))
        }
        BodyLength::Unknown if version == Version::Http11 => Ok((Encoder::Chunked, None)),
        // A request cannot end with the connection: no answer could come.
        BodyLength::Unknown => Err(UsageError::LengthRequired),
    }
}

/// Whether the caller's fields declare the length; they have to declare the one given then.
fn agrees(fields: &Fields, length: BodyLength) -> Result<bool, UsageError> {
    if !is_framed(fields) {
        return Ok(false);
    }
    let agrees = |value| number(value).is_ok_and(|octets| BodyLength::Known(octets) == length);
    match fields.view().known(Known::ContentLength) {
        _ if fields.has(Known::TransferEncoding) => Err(UsageError::FramingField),
        Some(declared) if !declared.is_repeated && agrees(declared.value) => Ok(true),
        _ => Err(UsageError::ContentLengthMismatch),
    }
}

/// Whether there are framing fields, which messages that never have content must not have (RFC 9110 8.6).
pub(crate) fn is_framed(fields: &Fields) -> bool {
    fields.has(Known::TransferEncoding) || fields.has(Known::ContentLength)
}
