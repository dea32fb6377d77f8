//! The head of a response: the status line and the fields (RFC 9112 4).

use core::fmt;

use bytes::Bytes;

use super::fields::Escaped;
use super::{Deviations, Fields, StatusCode, Version};
use crate::error::UsageError;
use crate::wire::octet;

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

    /// The reason phrase where it is not the registered one.
    pub(crate) fn own_reason(&self) -> Option<&[u8]> {
        self.reason.as_deref()
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
