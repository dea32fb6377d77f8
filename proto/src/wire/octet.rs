//! Octet classes of the grammar (RFC 9110 5.5 and 5.6.2, RFC 9112 3.2).

/// `tchar`: what a token is made of (RFC 9110 5.6.2). A table, because tokens are what is looked at most.
static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut octet = u8::MAX;
    #[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
    while octet > 0 {
        table[octet as usize] = octet.is_ascii_alphanumeric()
            || matches!(octet, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        octet -= 1;
    }
    table
};

/// Whether an octet is a `tchar`.
#[inline]
#[expect(clippy::indexing_slicing, reason = "every octet has its entry in a table of 256")]
pub(crate) fn is_token(octet: u8) -> bool {
    TOKEN[usize::from(octet)]
}

/// What a field value may hold: HTAB, SP, visible ASCII and obs-text (RFC 9110 5.5).
#[inline]
pub(crate) fn is_value(octet: u8) -> bool {
    (octet >= 0x20) & (octet != 0x7f) | (octet == b'\t')
}

/// What a request target may hold: visible ASCII without `#` (RFC 9112 3.2).
#[inline]
pub(crate) fn is_target(octet: u8) -> bool {
    octet.is_ascii_graphic() && octet != b'#'
}

/// What the name of a host may hold: unreserved, sub-delims and `%` (RFC 3986 3.2.2).
#[inline]
pub(crate) fn is_host(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-._~!$&'()*+;=%".contains(&octet)
}

/// Whether an octet is white space as it may stand around values: SP or HTAB (RFC 9110 5.6.3).
#[inline]
pub(crate) fn is_ows(octet: &u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

/// Index of the first octet that a field value may not hold.
///
/// The fold has no branch, so that the compiler turns it into vector code; only a value known to be wrong is searched
/// for the place.
#[inline]
pub(crate) fn first_not_value(octets: &[u8]) -> Option<usize> {
    let bad = octets.iter().fold(false, |bad, &o| bad | !is_value(o));
    if bad { octets.iter().position(|&o| !is_value(o)) } else { None }
}

/// Whether `octets` is a token: at least one octet, each a `tchar`.
#[inline]
pub(crate) fn is_token_text(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().all(|&o| is_token(o))
}

/// Four octets in lower case: of those that a token may hold, this bit makes only letters to letters.
#[inline(always)]
pub(crate) const fn lower(octets: [u8; 4]) -> u32 {
    u32::from_le_bytes(octets) | 0x2020_2020
}

/// Whether `octets`, which hold no controls, are `word` in any case: a word of at least four small letters and hyphens.
#[inline]
pub(crate) fn is_word(octets: &[u8], word: &[u8]) -> bool {
    let ((chunks, _), (words, _)) = (octets.as_chunks(), word.as_chunks());
    let last = |octets: &[u8]| octets.last_chunk().map(|last| lower(*last));
    octets.len() == word.len()
        && chunks.iter().zip(words).all(|(chunk, word)| lower(*chunk) == u32::from_le_bytes(*word))
        && last(octets) == last(word)
}

/// `octets` without the SP and HTAB at both ends: OWS, and nothing else that other parsers trim (RFC 9110 5.6.3).
#[inline]
pub(crate) fn trim_ows(octets: &[u8]) -> &[u8] {
    if let ([first, ..], [.., last]) = (octets, octets)
        && *first > b' '
        && *last > b' '
    {
        return octets;
    }
    let start = octets.iter().position(|o| !is_ows(o)).unwrap_or(octets.len());
    let end = octets.iter().rposition(|o| !is_ows(o)).map_or(start, |last| last.saturating_add(1));
    octets.get(start..end).unwrap_or_default()
}
