//! The heads of messages: the start line and the fields.

use core::fmt;
use core::ops::Range;

use bytes::Bytes;

use super::fields::Escaped;
use super::known::Known;
use super::{Deviations, Fields, Method, StatusCode, Version};
use crate::error::UsageError;
use crate::wire::target::{self, Allowed, TargetForm};
use crate::wire::{Fault, octet};

/// The head of a request: one that was received and found valid, or one to be sent.
///
/// A received one holds the octets as they came, shares them when cloned, and is free to leave the connection's thread.
#[derive(Clone)]
pub struct RequestHead {
    line: RequestLine,
    /// The target of a head that was built; that of a received one stands in its octets.
    target: Option<Bytes>,
    fields: Fields,
}

/// What the request line says.
#[derive(Clone)]
pub(crate) struct RequestLine {
    pub(crate) method: Method,
    pub(crate) version: Version,
    pub(crate) target: TargetSpans,
    pub(crate) deviations: Deviations,
}

/// The places of the target and its parts within a head.
#[derive(Clone)]
pub(crate) struct TargetSpans {
    pub(crate) form: TargetForm,
    pub(crate) whole: Range<u32>,
    pub(crate) authority: Range<u32>,
    pub(crate) path: Range<u32>,
    pub(crate) query: Option<Range<u32>>,
}

impl TargetSpans {
    /// The parts of a target that stands at `start`. Faults are counted from the start of the target.
    pub(crate) fn parse(method: Method, octets: &[u8], start: usize) -> Result<Self, Fault> {
        let allowed = match method {
            Method::CONNECT => Allowed::AuthorityOnly,
            Method::OPTIONS => Allowed::WithAsterisk,
            _ => Allowed::Resource,
        };
        let parts = target::parse(octets, allowed)?;
        // Limits keep a head far below 4 GiB.
        let place = |at: usize| u32::try_from(start.saturating_add(at)).unwrap_or(u32::MAX);
        let span = |part: Range<usize>| place(part.start)..place(part.end);
        Ok(Self {
            form: parts.form,
            whole: span(0..octets.len()),
            authority: span(parts.authority),
            path: span(parts.path),
            query: parts.query.map(span),
        })
    }

    fn move_to_start(&mut self) {
        let by = self.whole.start;
        let spans = [&mut self.whole, &mut self.authority, &mut self.path];
        for span in spans.into_iter().chain(&mut self.query) {
            *span = span.start.saturating_sub(by)..span.end.saturating_sub(by);
        }
    }
}

impl RequestHead {
    pub(crate) fn new(line: RequestLine, fields: Fields) -> Self {
        Self { line, target: None, fields }
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
        let spans = TargetSpans::parse(method, target.as_bytes(), 0).map_err(|_| UsageError::Target)?;
        let line = RequestLine {
            method,
            version: Version::Http11,
            target: spans,
            deviations: Deviations::default(),
        };
        Ok(Self { line, target: Some(Bytes::copy_from_slice(target.as_bytes())), fields: Fields::new() })
    }

    /// Adds a field.
    ///
    /// # Errors
    ///
    /// As [`Fields::append`].
    pub fn field(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<Self, UsageError> {
        self.fields.append(name, value)?;
        Ok(self)
    }

    /// The same head in another version.
    #[must_use]
    pub fn with_version(mut self, version: Version) -> Self {
        self.line.version = version;
        self
    }

    /// The method.
    pub fn method(&self) -> Method {
        self.line.method
    }

    /// The version that the request is understood in.
    pub fn version(&self) -> Version {
        self.line.version
    }

    /// The request target as received (RFC 9112 3.2): visible ASCII, no `#`.
    pub fn target(&self) -> &str {
        self.text(&self.line.target.whole)
    }

    /// Which of the four forms the target has.
    pub fn target_form(&self) -> TargetForm {
        self.line.target.form
    }

    /// The path of the target as received, still percent-encoded: `/` for an absolute form without one, `*` for the
    /// asterisk form, empty for the authority form.
    pub fn path(&self) -> &str {
        let path = self.text(&self.line.target.path);
        if path.is_empty() && self.line.target.form == TargetForm::Absolute { "/" } else { path }
    }

    /// The query of the target without its `?`, still percent-encoded.
    pub fn query(&self) -> Option<&str> {
        self.line.target.query.as_ref().map(|query| self.text(query))
    }

    /// The host that the request is for, with its port if one was sent: that of the target where it has one, which
    /// then overrides Host (RFC 9112 3.2.2), else Host. `None` for an HTTP/1.0 request without either.
    pub fn host(&self) -> Option<&str> {
        if self.line.target.authority.is_empty() {
            core::str::from_utf8(self.fields.known(Known::Host)?.value).ok()
        } else {
            Some(self.text(&self.line.target.authority))
        }
    }

    /// The fields.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// What had to be put up with when it was received; see [`Policy`](crate::Policy).
    pub fn deviations(&self) -> Deviations {
        self.line.deviations
    }

    /// The fields, to be changed.
    pub fn fields_mut(&mut self) -> &mut Fields {
        // The octets of a received head go with its fields.
        if self.target.is_none() {
            self.target = Some(Bytes::copy_from_slice(self.target().as_bytes()));
            self.line.target.move_to_start();
        }
        &mut self.fields
    }

    /// The whole head exactly as received, from the first octet of the method to the empty line; empty for a head that
    /// was built or changed.
    pub fn octets(&self) -> &Bytes {
        self.fields.octets()
    }

    /// The request line exactly as received, without its line end.
    pub fn request_line(&self) -> &str {
        let octets = self.octets();
        let end = memchr::memchr(b'\r', octets).unwrap_or(octets.len());
        core::str::from_utf8(octets.get(..end).unwrap_or_default()).unwrap_or_default()
    }

    fn text(&self, span: &Range<u32>) -> &str {
        let octets = self.target.as_ref().unwrap_or(self.octets());
        let octets = octets.get(span.start as usize..span.end as usize).unwrap_or_default();
        core::str::from_utf8(octets).unwrap_or_default()
    }
}

impl fmt::Debug for RequestHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.line.method)
            .field("target", &self.target())
            .field("version", &self.line.version)
            .field("fields", &self.fields)
            .finish()
    }
}

/// The head of a response, to be sent or received.
///
/// Date, Content-Length, Transfer-Encoding and the tokens of Connection that decide persistence are added when it is
/// sent: they follow from the exchange.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseHead {
    status: StatusCode,
    version: Version,
    reason: Option<Bytes>,
    fields: Fields,
    deviations: Deviations,
}

impl ResponseHead {
    /// A head with this status, its registered reason phrase, and no fields.
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            version: Version::Http11,
            reason: None,
            fields: Fields::new(),
            deviations: Deviations::default(),
        }
    }

    pub(crate) fn received(
        version: Version,
        status: StatusCode,
        reason: Bytes,
        fields: Fields,
        deviations: Deviations,
    ) -> Self {
        Self { status, version, reason: Some(reason), fields, deviations }
    }

    /// What had to be put up with when it was received; see [`Policy`](crate::Policy).
    pub fn deviations(&self) -> Deviations {
        self.deviations
    }

    /// The version it was received in; one that is sent says HTTP/1.1.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Adds a field.
    ///
    /// # Errors
    ///
    /// As [`Fields::append`].
    pub fn field(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<Self, UsageError> {
        self.fields.append(name, value)?;
        Ok(self)
    }

    /// Sends `reason` in the place of the registered phrase; it may be empty.
    ///
    /// # Errors
    ///
    /// [`UsageError::Reason`] when `reason` holds a control octet other than HTAB.
    pub fn reason(mut self, reason: impl Into<Bytes>) -> Result<Self, UsageError> {
        let reason = reason.into();
        if octet::first_not_value(&reason).is_some() {
            return Err(UsageError::Reason);
        }
        self.reason = Some(reason);
        Ok(self)
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Changes the status; a reason phrase given before is dropped with the status it belonged to.
    pub fn set_status(&mut self, status: StatusCode) {
        self.status = status;
        self.reason = None;
    }

    /// The reason phrase, as received or as it will be sent.
    pub fn reason_phrase(&self) -> &[u8] {
        self.reason.as_deref().unwrap_or(self.status.canonical_reason().as_bytes())
    }

    /// The fields.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The fields, to be changed.
    pub fn fields_mut(&mut self) -> &mut Fields {
        &mut self.fields
    }
}

impl fmt::Debug for ResponseHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseHead")
            .field("status", &self.status)
            .field("reason", &Escaped(self.reason_phrase()))
            .field("fields", &self.fields)
            .finish()
    }
}
