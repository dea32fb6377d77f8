//! The protocol version of a message (RFC 9110 2.5, RFC 9112 2.3).

use core::fmt;

/// The version a message is understood in. A minor version above 1 is read as HTTP/1.1 (RFC 9110 2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// HTTP/1.0: closes after each exchange unless asked otherwise, knows no chunks.
    Http10,
    /// HTTP/1.1.
    Http11,
}

impl Version {
    /// The version of a message whose major version is 1.
    pub(crate) const fn of_minor(minor: u8) -> Self {
        if minor == 0 { Self::Http10 } else { Self::Http11 }
    }

    /// As it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
