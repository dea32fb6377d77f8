//! Products: what a server calls itself in Server (RFC 9110 10.2.4).

use alloc::boxed::Box;
use core::fmt;

use super::Fields;
use crate::error::UsageError;

/// What Server says in every final response that has no such field of its own, and in a 101: `example/1.0`, for one.
///
/// ```
/// use basehttp_proto::{Config, Products};
/// let config = Config { server: Some(Products::new("example/1.0 (test)")?), ..Config::default() };
/// assert!(Products::new("example\r\nX: y").is_err());
/// # Ok::<(), basehttp_proto::UsageError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Products {
    /// The whole field line, with its CR LF.
    pub(crate) line: Box<[u8]>,
}

impl Products {
    /// Products from their text.
    ///
    /// # Errors
    ///
    /// [`UsageError::FieldValue`] when it holds a control octet, or nothing but white space.
    pub fn new(products: &str) -> Result<Self, UsageError> {
        if products.trim_ascii().is_empty() {
            return Err(UsageError::FieldValue);
        }
        let mut fields = Fields::new();
        fields.append("Server", products)?;
        Ok(Self { line: fields.wire_image().into() })
    }

    /// Their text.
    pub fn as_str(&self) -> &str {
        let value = self.line.strip_prefix(b"Server: ").unwrap_or_default();
        core::str::from_utf8(value).unwrap_or_default().trim_end()
    }
}

impl fmt::Debug for Products {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}
