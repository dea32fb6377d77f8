//! Content to octets (RFC 9112 6 and 7.1): what was promised is what is sent.

use crate::error::UsageError;

/// The content of an outgoing message in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoder {
    /// This many octets are still to come.
    Length(u64),
    Chunked,
    /// The end of the connection ends the content.
    UntilClose,
    /// Content is accepted and not sent: HEAD, 204, 205, 304.
    Suppressed,
}

impl Encoder {
    /// Accounts for `len` octets of content; whether they are sent at all.
    pub(crate) fn content(&mut self, len: u64) -> Result<bool, UsageError> {
        if let Self::Length(left) = self {
            *left = left.checked_sub(len).ok_or(UsageError::ContentOverrun)?;
        }
        Ok(*self != Self::Suppressed)
    }

    /// Whether the content may end here.
    pub(crate) fn finish(self) -> Result<(), UsageError> {
        if matches!(self, Self::Length(1..)) { Err(UsageError::ContentShort) } else { Ok(()) }
    }
}
