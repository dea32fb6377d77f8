//! What one side can hold and the other cannot.

use std::error::Error;
use std::fmt;

use basehttp_proto::{StatusClass, StatusCode, UsageError};

use crate::Response;

/// Why a message cannot be converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConversionError {
    /// A target that no `http::Uri` can hold.
    Uri,
    /// A field name, or a number of fields, that no `http::HeaderMap` can hold.
    FieldsTooLarge,
    /// A version other than HTTP/1.0 and HTTP/1.1.
    Version,
    /// A transfer coding other than `chunked`.
    TransferEncoding,
    /// What breaks a rule of HTTP/1.1, or of this library.
    Usage(UsageError),
}

impl ConversionError {
    /// The status to answer with: 400 and 431 are for a client whose request cannot be handed on, 500 is for everything that it
    /// has nothing to do with.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Uri => StatusCode::BAD_REQUEST,
            Self::FieldsTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Version | Self::TransferEncoding | Self::Usage(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uri => {
                "the target is no URI of at most 65,534 octets; percent-encode what RFC 3986 does not allow in one"
            }
            Self::FieldsTooLarge => {
                "a header map holds at most 32,768 fields, with names of at most 65,535 octets; send fewer"
            }
            Self::Version => "a message is of HTTP/1.0 or HTTP/1.1 here; set its version, or leave it as it was made",
            Self::TransferEncoding => {
                "the transfer coding is chosen when a message is sent; leave Transfer-Encoding away (RFC 9112 6.1)"
            }
            Self::Usage(error) => return error.fmt(f),
        })
    }
}

impl Error for ConversionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Usage(error) => Some(error),
            _ => None,
        }
    }
}

impl From<UsageError> for ConversionError {
    fn from(error: UsageError) -> Self {
        Self::Usage(error)
    }
}

/// An error page for [`ConversionError::status`], which tells a client what is wrong with its request.
impl From<ConversionError> for Response {
    fn from(error: ConversionError) -> Self {
        let response = Self::error(error.status());
        if error.status().class() == StatusClass::ClientError { response.explain(error.to_string()) } else { response }
    }
}
