//! The head of a request: the request line and the fields (RFC 9112 3).

use alloc::boxed::Box;
use core::fmt;
use core::ops::Range;

use bytes::Bytes;

use super::known::Known;
use super::{Deviations, Fields, Method, Version};
use crate::error::UsageError;
use crate::wire::octet;
use crate::wire::request_line::RequestLine;
use crate::wire::target::{self, Parts, TargetForm};

/// The head of a request: one that was received and found valid, or one to be sent.
///
/// A received one holds the octets as they came, shares them when cloned, and is free to leave the connection's thread.
#[derive(Clone)]
pub struct RequestHead {
    fields: Fields,
    /// Method, space and target of a head that was built; those of a received one stand in its octets.
    own: Option<Box<[u8]>>,
    /// Where the target ends; it starts after the method and a space.
    target_end: u32,
    /// The length of the method.
    method: u8,
    /// The digit after the dot of the version, as received.
    minor: u8,
    target: Parts,
    deviations: Deviations,
}

impl RequestHead {
    /// A head that was received.
    #[inline(always)]
    pub(crate) fn received(line: RequestLine, target: Parts, fields: Fields, deviations: Deviations) -> Self {
        let RequestLine { target_end, method, minor, .. } = line;
        Self { fields, own: None, target_end, method, minor, target, deviations }
    }

    /// A head to be sent, in HTTP/1.1 and without fields. `target` is a path with an optional query; an http URI, for a
    /// proxy; `host:port` for CONNECT; or `*` for OPTIONS (RFC 9112 3.2).
    ///
    /// # Errors
    ///
    /// [`UsageError::Target`] when `target` is none of these, or holds an octet that has to be percent-encoded.
    ///
    /// ```
    /// use basehttp_proto::{Method, RequestHead};
    /// let head = RequestHead::build(Method::GET, "/search?q=1")?.field("Host", "example.com")?;
    /// assert_eq!((head.path(), head.query()), ("/search", Some("q=1")));
    /// assert!(RequestHead::build(Method::GET, "/a b").is_err());
    /// # Ok::<(), basehttp_proto::UsageError>(())
    /// ```
    pub fn build(method: Method, target: &str) -> Result<Self, UsageError> {
        if !target.bytes().all(octet::is_target) {
            return Err(UsageError::Target);
        }
        let own = [method.as_bytes(), b" ", target.as_bytes()].concat();
        let start = method.as_bytes().len().saturating_add(1);
        let parts = target::parse(&own, start..own.len(), method.as_bytes()).map_err(|_| UsageError::Target)?;
        let line = RequestLine::new(start.saturating_sub(1), own.len(), 1);
        Ok(Self { own: Some(own.into()), ..Self::received(line, parts, Fields::new(), Deviations::default()) })
    }

    /// Adds a field.
    ///
    /// # Errors
    ///
    /// As [`Fields::append`].
    pub fn field(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<Self, UsageError> {
        self.fields_mut().append(name, value)?;
        Ok(self)
    }

    /// The same head in another version.
    #[must_use]
    pub fn with_version(mut self, version: Version) -> Self {
        self.minor = u8::from(version == Version::Http11);
        self
    }

    /// The method.
    pub fn method(&self) -> Method {
        // The length was checked when the line was read.
        Method::from_token(self.token()).unwrap_or(Method::GET)
    }

    /// The version that the request is understood in.
    pub fn version(&self) -> Version {
        Version::of_minor(self.minor)
    }

    /// The request target as received (RFC 9112 3.2): visible ASCII, no `#`.
    pub fn target(&self) -> &str {
        self.text(usize::from(self.method).saturating_add(1)..self.target_end())
    }

    /// Which of the four forms the target has.
    pub fn target_form(&self) -> TargetForm {
        self.target.form()
    }

    /// The path of the target as received, still percent-encoded: `/` for an absolute form without one, `*` for the
    /// asterisk form, empty for the authority form.
    pub fn path(&self) -> &str {
        let path = self.text(self.target.path(self.target_end()));
        if path.is_empty() && self.target.form() == TargetForm::Absolute { "/" } else { path }
    }

    /// The query of the target without its `?`, still percent-encoded.
    pub fn query(&self) -> Option<&str> {
        self.target.query().map(|query| self.text(query..self.target_end()))
    }

    /// The host that the request is for, with its port if one was sent: that of the target where it has one, which
    /// then overrides Host (RFC 9112 3.2.2), else Host. `None` for an HTTP/1.0 request without either.
    pub fn host(&self) -> Option<&str> {
        match self.authority() {
            Some(authority) => Some(authority),
            None => core::str::from_utf8(self.fields.view().known(Known::Host)?.value).ok(),
        }
    }

    /// Host and port of the target, where it has them.
    pub(crate) fn authority(&self) -> Option<&str> {
        Some(self.text(self.target.authority())).filter(|authority| !authority.is_empty())
    }

    /// The fields.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// What had to be put up with when it was received; see [`Policy`](crate::Policy).
    pub fn deviations(&self) -> Deviations {
        self.deviations
    }

    /// The fields, to be changed.
    pub fn fields_mut(&mut self) -> &mut Fields {
        // The octets of a received head go with its fields.
        if self.own.is_none() {
            self.own = Some(self.method_and_target().into());
        }
        &mut self.fields
    }

    /// The whole head exactly as received, from the first octet of the method to the empty line; empty for a head that
    /// was built or changed.
    pub fn octets(&self) -> &Bytes {
        static NONE: Bytes = Bytes::new();
        if self.own.is_none() { self.fields.octets() } else { &NONE }
    }

    /// The request line as received, without its line end; empty for a head that was built or changed.
    pub fn request_line(&self) -> &str {
        let octets = self.octets();
        let end = memchr::memchr(b'\r', octets).unwrap_or(octets.len());
        core::str::from_utf8(octets.get(..end).unwrap_or_default()).unwrap_or_default()
    }

    fn target_end(&self) -> usize {
        self.target_end as usize
    }

    /// The octets that method and target stand in.
    fn start_octets(&self) -> &[u8] {
        self.own.as_deref().unwrap_or(self.octets())
    }

    /// Method, space and target.
    pub(crate) fn method_and_target(&self) -> &[u8] {
        self.start_octets().get(..self.target_end()).unwrap_or_default()
    }

    pub(crate) fn token(&self) -> &[u8] {
        self.start_octets().get(..usize::from(self.method)).unwrap_or_default()
    }

    fn text(&self, range: Range<usize>) -> &str {
        core::str::from_utf8(self.start_octets().get(range).unwrap_or_default()).unwrap_or_default()
    }
}

impl fmt::Debug for RequestHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method())
            .field("target", &self.target())
            .field("version", &self.version())
            .field("fields", &self.fields)
            .finish()
    }
}
