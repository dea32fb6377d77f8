//! Methods, statuses, versions, fields and heads in both directions.

use basehttp_proto::{Fields, Method, RequestHead, ResponseHead, StatusCode, UsageError, Version};
use http::header::{HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};

use super::ConversionError;
use crate::credentials::is_credential;

/// What the crate `http` has a type for.
pub trait ToHttp {
    /// That type.
    type Http;

    /// The same in that type.
    ///
    /// # Errors
    ///
    /// [`ConversionError`] for what the type cannot hold.
    fn to_http(&self) -> Result<Self::Http, ConversionError>;
}

/// What can be had from a type of the crate `http`.
pub trait FromHttp<T>: Sized {
    /// The same, from that type.
    ///
    /// # Errors
    ///
    /// [`ConversionError`] for what cannot be sent in HTTP/1.1.
    fn from_http(value: T) -> Result<Self, ConversionError>;
}

impl ToHttp for Method {
    type Http = http::Method;

    fn to_http(&self) -> Result<http::Method, ConversionError> {
        http::Method::from_bytes(self.as_bytes()).map_err(|_| UsageError::Method.into())
    }
}

impl FromHttp<&http::Method> for Method {
    fn from_http(method: &http::Method) -> Result<Self, ConversionError> {
        Ok(Self::new(method.as_str())?)
    }
}

impl ToHttp for StatusCode {
    type Http = http::StatusCode;

    fn to_http(&self) -> Result<http::StatusCode, ConversionError> {
        http::StatusCode::from_u16(self.as_u16()).map_err(|_| UsageError::Status.into())
    }
}

impl FromHttp<http::StatusCode> for StatusCode {
    fn from_http(status: http::StatusCode) -> Result<Self, ConversionError> {
        Ok(Self::new(status.as_u16())?)
    }
}

impl ToHttp for Version {
    type Http = http::Version;

    fn to_http(&self) -> Result<http::Version, ConversionError> {
        Ok(match self {
            Self::Http10 => http::Version::HTTP_10,
            Self::Http11 => http::Version::HTTP_11,
        })
    }
}

impl FromHttp<http::Version> for Version {
    fn from_http(version: http::Version) -> Result<Self, ConversionError> {
        match version {
            http::Version::HTTP_10 => Ok(Self::Http10),
            http::Version::HTTP_11 => Ok(Self::Http11),
            _ => Err(ConversionError::Version),
        }
    }
}

/// Names lose their case. Values of one name keep their order; that of different names is the map's affair. Credentials are
/// marked as sensitive.
impl ToHttp for Fields {
    type Http = HeaderMap;

    fn to_http(&self) -> Result<HeaderMap, ConversionError> {
        let mut map = HeaderMap::new();
        map.try_reserve(self.len()).map_err(|_| ConversionError::FieldsTooLarge)?;
        for (name, value) in self {
            let is_sensitive = is_credential(name);
            let name = HeaderName::from_bytes(name).map_err(|_| ConversionError::FieldsTooLarge)?;
            let mut value = HeaderValue::from_bytes(value).map_err(|_| UsageError::FieldValue)?;
            value.set_sensitive(is_sensitive);
            map.try_append(name, value).map_err(|_| ConversionError::FieldsTooLarge)?;
        }
        Ok(map)
    }
}

/// White space around a value is left away, as it is no part of it (RFC 9110 5.5).
impl FromHttp<&HeaderMap> for Fields {
    fn from_http(map: &HeaderMap) -> Result<Self, ConversionError> {
        let mut fields = Self::new();
        for (name, value) in map {
            fields.append(name, value)?;
        }
        Ok(fields)
    }
}

/// The target becomes a URI in any of its four forms. One in absolute form without a path gets `/`.
impl ToHttp for RequestHead {
    type Http = http::request::Parts;

    fn to_http(&self) -> Result<http::request::Parts, ConversionError> {
        let (mut parts, ()) = http::Request::new(()).into_parts();
        parts.method = self.method().to_http()?;
        parts.uri = self.target().parse().map_err(|_| ConversionError::Uri)?;
        parts.version = self.version().to_http()?;
        parts.headers = self.fields().to_http()?;
        Ok(parts)
    }
}

/// `Transfer-Encoding: chunked` is left away: whether content is chunked is decided when it is sent.
impl FromHttp<&http::request::Parts> for RequestHead {
    fn from_http(parts: &http::request::Parts) -> Result<Self, ConversionError> {
        let mut head = Self::build(Method::from_http(&parts.method)?, &parts.uri.to_string())?
            .with_version(Version::from_http(parts.version)?);
        *head.fields_mut() = unframed(&parts.headers)?;
        Ok(head)
    }
}

/// The reason phrase is lost: `http` has no place for it.
impl ToHttp for ResponseHead {
    type Http = http::response::Parts;

    fn to_http(&self) -> Result<http::response::Parts, ConversionError> {
        let (mut parts, ()) = http::Response::new(()).into_parts();
        parts.status = self.status().to_http()?;
        parts.version = self.version().to_http()?;
        parts.headers = self.fields().to_http()?;
        Ok(parts)
    }
}

/// `Transfer-Encoding: chunked` is left away: whether content is chunked is decided when it is sent. So is the version, which is
/// always the server's own.
impl FromHttp<&http::response::Parts> for ResponseHead {
    fn from_http(parts: &http::response::Parts) -> Result<Self, ConversionError> {
        let mut head = Self::new(StatusCode::from_http(parts.status)?);
        *head.fields_mut() = unframed(&parts.headers)?;
        Ok(head)
    }
}

/// The fields without Transfer-Encoding, which may say nothing but what is done here.
fn unframed(map: &HeaderMap) -> Result<Fields, ConversionError> {
    let mut fields = Fields::from_http(map)?;
    if fields.list(TRANSFER_ENCODING.as_str()).any(|coding| !coding.eq_ignore_ascii_case(b"chunked")) {
        return Err(ConversionError::TransferEncoding);
    }
    fields.remove(TRANSFER_ENCODING);
    Ok(fields)
}
