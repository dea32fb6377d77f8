//! The head of a response: the status line and the fields (RFC 9112 4).

use alloc::boxed::Box;
use core::fmt;

use super::fields::Escaped;
use super::{Deviations, Fields, StatusCode, Version};
use crate::error::UsageError;
use crate::wire::octet;
use crate::wire::status_line::{self, StatusLine};

/// The head of a response, to be sent or received.
///
/// Date, Content-Length, Transfer-Encoding and the tokens of Connection that decide persistence are added when it is
/// sent: they follow from the exchange.
#[derive(Clone)]
pub struct ResponseHead {
    fields: Fields,
    /// A reason phrase that is neither the registered one nor among the octets of a received head.
    own: Option<Box<[u8]>>,
    /// Where the reason phrase of a received head ends, 0 when there is no such head.
    reason_end: u32,
    status: StatusCode,
    /// The digit after the dot of the version it was received in.
    minor: u8,
    pub(crate) deviations: Deviations,
}

impl ResponseHead {
    /// A head with this status, its registered reason phrase, and no fields.
    pub fn new(status: StatusCode) -> Self {
        let deviations = Deviations::default();
        Self { fields: Fields::new(), own: None, reason_end: 0, status, minor: 1, deviations }
    }

    /// A head that was received. `own` is its reason phrase, where the fields are not in the octets it came in.
    #[inline(always)]
    pub(crate) fn received(line: &StatusLine, fields: Fields, own: Option<Box<[u8]>>, deviations: Deviations) -> Self {
        let (status, minor) = (StatusCode::literal(line.code), line.minor);
        Self { fields, own, reason_end: line.reason_end, status, minor, deviations }
    }

    /// What had to be put up with when it was received; see [`Policy`](crate::Policy).
    pub fn deviations(&self) -> Deviations {
        self.deviations
    }

    /// The version it was received in; one that is sent says HTTP/1.1.
    pub fn version(&self) -> Version {
        Version::of_minor(self.minor)
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

    /// Sends `reason` in the place of the registered phrase; it may be empty.
    ///
    /// # Errors
    ///
    /// [`UsageError::Reason`] when `reason` holds a control octet other than HTAB.
    pub fn reason(mut self, reason: impl AsRef<[u8]>) -> Result<Self, UsageError> {
        let reason = reason.as_ref();
        if octet::first_not_value(reason).is_some() {
            return Err(UsageError::Reason);
        }
        self.own = Some(reason.into());
        Ok(self)
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Changes the status; a reason phrase given before is dropped with the status it belonged to.
    pub fn set_status(&mut self, status: StatusCode) {
        self.status = status;
        (self.own, self.reason_end) = (None, 0);
    }

    /// The reason phrase, as received or as it will be sent.
    pub fn reason_phrase(&self) -> &[u8] {
        self.own_reason().unwrap_or(self.status.canonical_reason().as_bytes())
    }

    /// The reason phrase where it need not be the registered one.
    pub(crate) fn own_reason(&self) -> Option<&[u8]> {
        let received = || self.fields.octets().get(status_line::REASON..self.reason_end as usize);
        self.own.as_deref().or_else(|| (self.reason_end > 0).then(|| received().unwrap_or_default()))
    }

    /// The fields.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The fields, to be changed.
    pub fn fields_mut(&mut self) -> &mut Fields {
        // The octets of a received head go with its fields.
        if self.own.is_none() {
            self.own = self.own_reason().map(Into::into);
        }
        &mut self.fields
    }
}

impl PartialEq for ResponseHead {
    /// The same status, version, reason phrase, fields and deviations.
    fn eq(&self, other: &Self) -> bool {
        (self.status, self.minor, self.reason_phrase()) == (other.status, other.minor, other.reason_phrase())
            && self.deviations == other.deviations
            && self.fields == other.fields
    }
}

impl Eq for ResponseHead {}

impl fmt::Debug for ResponseHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseHead")
            .field("status", &self.status)
            .field("reason", &Escaped(self.reason_phrase()))
            .field("fields", &self.fields)
            .finish()
    }
}
