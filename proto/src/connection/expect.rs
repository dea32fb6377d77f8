//! Expect: 100-continue (RFC 9110 10.1.1).

use crate::error::ErrorKind;
use crate::message::known::Known;
use crate::message::{FieldsView, Version};
use crate::wire::Fault;

/// Whether the peer waits for a 100 before it sends content. Faults are counted from the start of the head.
///
/// An HTTP/1.0 expectation is ignored, as RFC 9110 10.1.1 demands; anything but `100-continue`, once, is answered 417.
#[inline(always)]
pub(crate) fn waits_for_continue(version: Version, fields: FieldsView<'_>) -> Result<bool, Fault> {
    match fields.known(Known::Expect) {
        Some(expect) if version == Version::Http11 => {
            let is_known = !expect.is_repeated && expect.value.eq_ignore_ascii_case(b"100-continue");
            if is_known { Ok(true) } else { Err(Fault::new(ErrorKind::ExpectUnknown, expect.at)) }
        }
        _ => Ok(false),
    }
}
