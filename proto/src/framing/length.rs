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
        (false, true) => match usual_length(fields) {
            Some(octets) if octets <= limit => Ok(Some(Framing::Length(octets))),
            _ => declared_unusually(version, fields, limit),
        },
        _ => declared_unusually(version, fields, limit),
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
    let coding = fields.known(Known::TransferEncoding);
    let length = fields.known(Known::ContentLength);
    match (coding, length) {
        (None, None) => Ok(None),
        (Some(coding), Some(_)) => Err(Fault::new(ErrorKind::LengthAndCoding, coding.at)),
        (Some(coding), None) if coding.is_repeated => Err(Fault::new(ErrorKind::TransferEncoding, coding.at)),
        (Some(coding), None) if version == Version::Http10 => {
            Err(Fault::new(ErrorKind::TransferEncodingVersion, coding.at))
        }
        (Some(coding), None) if coding.value.eq_ignore_ascii_case(b"chunked") => Ok(Some(Framing::Chunked)),
        (Some(coding), None) => Err(Fault::new(coding_fault(coding.value), coding.at)),
        (None, Some(length)) if length.is_repeated => Err(Fault::new(ErrorKind::ContentLengthRepeated, length.at)),
        (None, Some(length)) => match number(length.value).map_err(|fault| fault.shift(length.at))? {
            octets if octets > limit => Err(Fault::new(ErrorKind::ContentTooLarge, length.at)),
            octets => Ok(Some(Framing::Length(octets))),
        },
    }
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

/// How an outgoing message is framed.
pub(crate) struct Outgoing {
    pub(crate) encoder: Encoder,
    /// The framing field to write, if any.
    pub(crate) field: FramingField,
}

/// The field that tells the peer about the framing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FramingField {
    /// None is allowed, needed, or missing: the caller's fields have it.
    None,
    ContentLength(u64),
    Chunked,
}

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
    let outgoing = |encoder, field| Ok(Outgoing { encoder, field });
    let told = |octets| if is_declared { FramingField::None } else { FramingField::ContentLength(octets) };
    let without_content = length == BodyLength::Known(0) && !is_declared;
    match (status, length) {
        (StatusCode::NO_CONTENT, _) if without_content => outgoing(Encoder::Suppressed, FramingField::None),
        (StatusCode::RESET_CONTENT, _) if without_content => outgoing(Encoder::Suppressed, told(0)),
        (StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT, _) => Err(UsageError::ContentForbidden),
        // A zero would say that the representation is empty, which a 304 without a length does not know.
        (StatusCode::NOT_MODIFIED, BodyLength::Known(octets)) if octets > 0 => {
            outgoing(Encoder::Suppressed, told(octets))
        }
        (StatusCode::NOT_MODIFIED, _) => outgoing(Encoder::Suppressed, FramingField::None),
        (_, BodyLength::Known(octets)) if method == MethodClass::Head => outgoing(Encoder::Suppressed, told(octets)),
        (_, BodyLength::Unknown) if method == MethodClass::Head => outgoing(Encoder::Suppressed, FramingField::None),
        (_, BodyLength::Known(octets)) => outgoing(Encoder::Length(octets), told(octets)),
        (_, BodyLength::Unknown) if version == Version::Http11 => outgoing(Encoder::Chunked, FramingField::Chunked),
        (_, BodyLength::Unknown) => outgoing(Encoder::UntilClose, FramingField::None),
    }
}

/// How a request is framed.
pub(crate) fn of_sent_request(
    method: &[u8],
    version: Version,
    fields: &Fields,
    length: BodyLength,
) -> Result<Outgoing, UsageError> {
    let is_declared = agrees(fields, length)?;
    // A method that usually has content says so even when it has none (RFC 9110 8.6).
    let is_usual = matches!(method, b"POST" | b"PUT" | b"PATCH");
    let (encoder, field) = match length {
        BodyLength::Known(0) if is_declared || !is_usual => (Encoder::Length(0), FramingField::None),
        BodyLength::Known(octets) if is_declared => (Encoder::Length(octets), FramingField::None),
        BodyLength::Known(octets) => (Encoder::Length(octets), FramingField::ContentLength(octets)),
        BodyLength::Unknown if version == Version::Http11 => (Encoder::Chunked, FramingField::Chunked),
        // A request cannot end with the connection: no answer could come.
        BodyLength::Unknown => return Err(UsageError::LengthRequired),
    };
    Ok(Outgoing { encoder, field })
}

/// Whether the caller's fields declare the length; they have to declare the one given then.
fn agrees(fields: &Fields, length: BodyLength) -> Result<bool, UsageError> {
    if fields.has(Known::TransferEncoding) {
        return Err(UsageError::FramingField);
    }
    match fields.known(Known::ContentLength) {
        None => Ok(false),
        Some(declared) => {
            let agrees = !declared.is_repeated && number(declared.value).is_ok_and(|n| BodyLength::Known(n) == length);
            if agrees { Ok(true) } else { Err(UsageError::ContentLengthMismatch) }
        }
    }
}

/// Whether there are framing fields, which messages that never have content must not have (RFC 9110 8.6).
pub(crate) fn is_framed(fields: &Fields) -> bool {
    fields.has(Known::TransferEncoding) || fields.has(Known::ContentLength)
}
