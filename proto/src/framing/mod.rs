//! Where a message's content ends, and its coding (RFC 9112 6 and 7), for both roles and both directions.

pub(crate) mod decoder;
pub(crate) mod encoder;
pub(crate) mod input;
pub(crate) mod length;
