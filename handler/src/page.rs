//! What every page that is made here is sent with.

use basehttp_proto::{Fields, UsageError};

/// The Content-Security-Policy of generated pages: no scripts, no resources from anywhere, only the style they carry.
pub const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Adds to the fields of a generated page what keeps it from being anything but a page: no guessing of its type
/// (`X-Content-Type-Options: nosniff`), and [`CONTENT_SECURITY_POLICY`].
///
/// # Errors
///
/// [`UsageError::FieldsTooLarge`] when the fields have no room left.
pub fn protect(fields: &mut Fields) -> Result<(), UsageError> {
    fields.set("X-Content-Type-Options", "nosniff")?;
    fields.set("Content-Security-Policy", CONTENT_SECURITY_POLICY)
}

/// Adds to the fields of a page that its form was chosen by Accept (`Vary: Accept`), unless they say so already.
///
/// # Errors
///
/// [`UsageError::FieldsTooLarge`] when the fields have no room left.
pub fn vary_by_accept(fields: &mut Fields) -> Result<(), UsageError> {
    let said = |name: &[u8]| name == b"*" || name.eq_ignore_ascii_case(b"Accept");
    if fields.list("Vary").any(said) { Ok(()) } else { fields.append("Vary", "Accept") }
}
