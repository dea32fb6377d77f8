//! Grammar tables written out by hand from the RFCs, against which the library is held.

/// `tchar`, the octets of a token (RFC 9110 5.6.2): 77 of them.
pub const TCHAR: &[u8] = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The octets that a request target may hold here: VCHAR without `#` (RFC 9112 3.2): 93 of them.
pub const TARGET: &[u8] =
    b"!\"$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

/// Whether an octet may stand in a field value: HTAB, SP, VCHAR and obs-text (RFC 9110 5.5).
#[must_use]
pub const fn is_field_value(octet: u8) -> bool {
    matches!(octet, b'\t' | b' ' | 0x21..=0x7e | 0x80..=0xff)
}

/// OWS: SP and HTAB (RFC 9110 5.6.3).
pub const OWS: &[u8] = b" \t";

/// Fields that may not stand in a trailer section here (RFC 9110 6.5.1), by the reason of each.
pub const NO_TRAILERS: &[(&str, &[&str])] = &[
    ("framing", &["Content-Length", "Transfer-Encoding", "Trailer", "TE", "Connection", "Keep-Alive"]),
    ("routing", &["Host", "Max-Forwards"]),
    ("request modifiers", &["Expect", "Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Range"]),
    ("request modifiers", &["If-Unmodified-Since", "Cache-Control", "Pragma"]),
    ("authentication", &["Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate"]),
    ("state", &["Cookie", "Set-Cookie"]),
    ("response control", &["Age", "Date", "Expires", "Location", "Retry-After"]),
    ("content", &["Content-Encoding", "Content-Range", "Content-Type"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_the_sizes_of_the_rfc() {
        let unique = |octets: &[u8]| octets.iter().collect::<std::collections::BTreeSet<_>>().len();
        assert_eq!((TCHAR.len(), unique(TCHAR)), (77, 77));
        assert_eq!((TARGET.len(), unique(TARGET)), (93, 93));
        assert_eq!((0..=255).filter(|&o| is_field_value(o)).count(), 256 - 32);
    }
}
