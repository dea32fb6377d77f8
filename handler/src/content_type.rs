//! The Content-Type fields that most responses have, made once.

use std::sync::LazyLock;

use basehttp_proto::Fields;

macro_rules! common {
    ($($content_type:literal)+) => {
        /// Each with its field section.
        const COMMON: &[(&str, &str)] = &[$(($content_type, concat!("Content-Type: ", $content_type, "\r\n\r\n"))),+];
    };
}

common! {
    "text/plain; charset=utf-8"
    "text/html; charset=utf-8"
    "text/plain"
    "text/html"
    "application/json"
    "application/octet-stream"
}

/// The field with this value, if it is a common one.
pub(crate) fn common(content_type: &[u8]) -> Option<Fields> {
    static FIELDS: LazyLock<Vec<(&[u8], Fields)>> = LazyLock::new(|| {
        let fields = |(name, section): &(&'static str, &'static str)| {
            Some((name.as_bytes(), Fields::from_static(section.as_bytes()).ok()?))
        };
        COMMON.iter().filter_map(fields).collect()
    });
    FIELDS.iter().find(|(name, _)| *name == content_type).map(|(_, fields)| fields.clone())
}
