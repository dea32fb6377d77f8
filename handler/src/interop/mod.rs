//! Conversions from and to the types of the crate [`http`], which many libraries share.
//!
//! [`Request`] and [`Response`] convert by `TryFrom`; what stands in them, by [`ToHttp`] and [`FromHttp`].
//!
//! ```
//! use basehttp_handler::interop::ConversionError;
//! use basehttp_handler::{Request, Response};
//!
//! /// A handler made of a function that knows nothing of this library.
//! fn handler(request: Request) -> Result<Response, ConversionError> {
//!     let request: http::Request<bytes::Bytes> = request.try_into()?;
//!     shout(request).try_into()
//! }
//!
//! fn shout(request: http::Request<bytes::Bytes>) -> http::Response<Vec<u8>> {
//!     http::Response::new(request.body().to_ascii_uppercase())
//! }
//! # fn takes(_: impl basehttp_handler::Handler) {}
//! # takes(handler);
//! ```
//!
//! Framing stays here: Content-Length of a response has to be that of its content, or it is answered 500; Transfer-Encoding is
//! left away; `Connection: close` closes.

mod error;
mod parts;

use basehttp_proto::{Fields, RequestHead, ResponseHead};
use bytes::Bytes;
use http::HeaderMap;

use crate::{Body, Peer, Request, Response};

pub use error::ConversionError;
pub use parts::{FromHttp, ToHttp};

/// The trailers of a request, among the extensions of one of the crate `http`. Without any it is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trailers(pub HeaderMap);

/// [`Peer`] and [`ServerInfo`](crate::ServerInfo) are among the extensions, and [`Trailers`] if there are any.
impl TryFrom<Request> for http::Request<Bytes> {
    type Error = ConversionError;

    fn try_from(request: Request) -> Result<Self, ConversionError> {
        let mut parts = request.head().to_http()?;
        parts.extensions.insert(request.peer());
        parts.extensions.insert(request.server().clone());
        if !request.trailers().is_empty() {
            parts.extensions.insert(Trailers(request.trailers().to_http()?));
        }
        Ok(Self::from_parts(parts, request.content().clone()))
    }
}

/// [`Peer`] and [`Trailers`] are taken from the extensions.
impl<B: Into<Bytes>> TryFrom<http::Request<B>> for Request {
    type Error = ConversionError;

    fn try_from(request: http::Request<B>) -> Result<Self, ConversionError> {
        let (parts, content) = request.into_parts();
        let head = RequestHead::from_http(&parts)?;
        let trailers = parts.extensions.get::<Trailers>().map(|trailers| Fields::from_http(&trailers.0));
        let peer = parts.extensions.get::<Peer>().copied().unwrap_or(Peer::Unknown);
        Ok(Self::new(head, content.into(), trailers.transpose()?.unwrap_or_default(), peer))
    }
}

/// The content is what GET would have had: to HEAD it is left away when it is sent.
impl<B: Into<Bytes>> TryFrom<http::Response<B>> for Response {
    type Error = ConversionError;

    fn try_from(response: http::Response<B>) -> Result<Self, ConversionError> {
        let (parts, content) = response.into_parts();
        Ok(Self::from_parts(ResponseHead::from_http(&parts)?, Body::Full(content.into())))
    }
}
