//! JSON text (RFC 8259), as far as pages need it.

use std::fmt::Write as _;

/// Appends `text` as a JSON string.
///
/// `<`, `>` and `&` are escaped too, so that the text is harmless even when it is taken for HTML.
pub(crate) fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..' ' | '\x7f' => {
                // Writing to a String does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
