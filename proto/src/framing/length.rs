//! The one place that decides how long the content of a message is (RFC 9112 6.3).
//!
//! What is ambiguous is refused: both framing fields, either one twice, anything but a plain number or a plain
//! `chunked`.

use super::decoder::Decoder;
use super::encoder::Encoder;
use crate::error::{ErrorKind, UsageError};
use crate::message::known::Known;
use crate::message::{Fields, ListElements, Method, StatusCode, Version};
use crate::wire::{Fault, octet};

/// How much content a response will have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// Exactly this many octets: sent with Content-Length. For HEAD and 304 it is the length that GET would have had.
    Known(u64),
    /// Not known yet: sent in chunks, or to an HTTP/1.0 client until the connection closes.
    Unknown,
}

/// How the content of a request ends. Faults are counted from the start of the head.
pub(crate) fn of_request(version: Version, fields: &Fields, limit: u64) -> Result<Decoder, Fault> {
    let coding = fields.known(Known::TransferEncoding);
    let length = fields.known(Known::ContentLength);
    match (coding, length) {
        (None, None) => Ok(Decoder::length(0)),
        (Some(coding), Some(_)) => Err(Fault::new(ErrorKind::LengthAndCoding, coding.at)),
        (Some(coding), None) => {
            let at = coding.at;
            if coding.is_repeated {
                return Err(Fault::new(ErrorKind::TransferEncoding, at));
            }
            if version == Version::Http10 {
                return Err(Fault::new(ErrorKind::TransferEncodingVersion, at));
            }
            if coding.value.eq_ignore_ascii_case(b"chunked") {
                return Ok(Decoder::chunked());
            }
            Err(Fault::new(coding_fault(coding.value), at))
        }
        (None, Some(length)) => {
            let at = length.at;
            if length.is_repeated {
                return Err(Fault::new(ErrorKind::ContentLengthRepeated, at));
            }
            let octets = number(length.value).map_err(|fault| fault.shift(at))?;
            if octets > limit {
                Err(Fault::new(ErrorKind::ContentTooLarge, at))
            } else {
                Ok(Decoder::length(octets))
            }
        }
    }
}

/// A coding that ends in something unknown may be understood elsewhere, hence 501; the rest is broken framing.
fn coding_fault(value: &[u8]) -> ErrorKind {
    let mut last = None;
    for coding in ListElements::new(value) {
        if !octet::is_token_text(coding) {
            return ErrorKind::TransferEncoding;
        }
        last = Some(coding);
    }
    match last {
        Some(coding) if !coding.eq_ignore_ascii_case(b"chunked") => ErrorKind::TransferCodingUnknown,
        _ => ErrorKind::TransferEncoding,
    }
}

/// 1 to 19 digits and no more than 2^63 - 1 (RFC 9110 8.6).
fn number(value: &[u8]) -> Result<u64, Fault> {
    if let Some(at) = value.iter().position(|o| !o.is_ascii_digit()) {
        return Err(Fault::octet(ErrorKind::ContentLength, value, at));
    }
    let text = core::str::from_utf8(value).ok().filter(|text| text.len() <= 19);
    text.and_then(|text| text.parse::<i64>().ok())
        .and_then(|length| u64::try_from(length).ok())
        .ok_or(Fault::new(ErrorKind::ContentLength, 0))
}

/// How a response is framed.
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
    method: Method,
    version: Version,
    status: StatusCode,
    fields: &Fields,
    length: BodyLength,
) -> Result<Outgoing, UsageError> {
    if fields.known(Known::TransferEncoding).is_some() {
        return Err(UsageError::FramingField);
    }
    let declared = fields.known(Known::ContentLength);
    if let Some(declared) = declared {
        let agrees =
            !declared.is_repeated && number(declared.value).is_ok_and(|n| BodyLength::Known(n) == length);
        if !agrees {
            return Err(UsageError::ContentLengthMismatch);
        }
    }
    if method == Method::CONNECT && (200..300).contains(&status.as_u16()) {
        return Err(UsageError::ProtocolSwitch);
    }
    let outgoing = |encoder, field| Ok(Outgoing { encoder, field });
    let told =
        |octets| if declared.is_some() { FramingField::None } else { FramingField::ContentLength(octets) };
    let without_content = matches!(length, BodyLength::Known(0)) && declared.is_none();
    match (status, length) {
        (StatusCode::NO_CONTENT, _) if without_content => outgoing(Encoder::Suppressed, FramingField::None),
        (StatusCode::RESET_CONTENT, _) if without_content => outgoing(Encoder::Suppressed, told(0)),
        (StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT, _) => Err(UsageError::ContentForbidden),
        // A zero would say that the representation is empty, which a 304 without a length does not know.
        (StatusCode::NOT_MODIFIED, BodyLength::Known(octets)) if octets > 0 => {
            outgoing(Encoder::Suppressed, told(octets))
        }
        (StatusCode::NOT_MODIFIED, _) => outgoing(Encoder::Suppressed, FramingField::None),
        (_, BodyLength::Known(octets)) if method == Method::HEAD => {
            outgoing(Encoder::Suppressed, told(octets))
        }
        (_, BodyLength::Unknown) if method == Method::HEAD => {
            outgoing(Encoder::Suppressed, FramingField::None)
        }
        (_, BodyLength::Known(octets)) => outgoing(Encoder::Length(octets), told(octets)),
        (_, BodyLength::Unknown) if version == Version::Http11 => {
            outgoing(Encoder::Chunked, FramingField::Chunked)
        }
        (_, BodyLength::Unknown) => outgoing(Encoder::UntilClose, FramingField::None),
    }
}
