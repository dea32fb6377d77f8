//! Octet classes of the grammar, in one table (RFC 9110 5.5 and 5.6.2, RFC 9112 3.2).

/// `tchar`: what a token is made of (RFC 9110 5.6.2).
const TOKEN: u8 = 1;
/// What a field value may hold: HTAB, SP, visible ASCII and obs-text (RFC 9110 5.5).
const VALUE: u8 = 2;
/// What a request target may hold: visible ASCII without `#` (RFC 9112 3.2).
const TARGET: u8 = 4;
/// What the name of a host may hold: unreserved, sub-delims and `%` (RFC 3986 3.2.2).
const HOST: u8 = 8;

static CLASS: [u8; 256] = classes();

#[expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "evaluated at compile time, for 0 to 255"
)]
const fn classes() -> [u8; 256] {
    let mut table = [0u8; 256];
    let mut octet = 0;
    while octet < 256 {
        let o = octet as u8;
        if o.is_ascii_alphanumeric() || is_among(b"!#$%&'*+-.^_`|~", o) {
            table[octet] |= TOKEN;
        }
        if o == b'\t' || (o >= 0x20 && o != 0x7f) {
            table[octet] |= VALUE;
        }
        if o.is_ascii_graphic() && o != b'#' {
            table[octet] |= TARGET;
        }
        if o.is_ascii_alphanumeric() || is_among(b"-._~!$&'()*+;=%", o) {
            table[octet] |= HOST;
        }
        octet += 1;
    }
    table
}

#[expect(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "evaluated at compile time")]
const fn is_among(octets: &[u8], octet: u8) -> bool {
    let mut at = 0;
    while at < octets.len() {
        if octets[at] == octet {
            return true;
        }
        at += 1;
    }
    false
}

#[inline]
#[expect(clippy::indexing_slicing, reason = "every octet has its entry in a table of 256")]
fn class(octet: u8) -> u8 {
    CLASS[usize::from(octet)]
}

#[inline]
pub(crate) fn is_token(octet: u8) -> bool {
    class(octet) & TOKEN != 0
}

#[inline]
pub(crate) fn is_value(octet: u8) -> bool {
    class(octet) & VALUE != 0
}

#[inline]
pub(crate) fn is_target(octet: u8) -> bool {
    class(octet) & TARGET != 0
}

#[inline]
pub(crate) fn is_host(octet: u8) -> bool {
    class(octet) & HOST != 0
}

/// Index of the first octet that a field value may not hold.
///
/// The fold has no branch, so that the compiler turns it into vector code; only a value known to be wrong is searched
/// for the place.
#[inline]
pub(crate) fn first_not_value(octets: &[u8]) -> Option<usize> {
    let bad = octets.iter().fold(false, |bad, &o| bad | ((o < 0x20) & (o != b'\t')) | (o == 0x7f));
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
    let is_ows = |o: &u8| matches!(o, b' ' | b'\t');
    let start = octets.iter().position(|o| !is_ows(o)).unwrap_or(octets.len());
    let end = octets.iter().rposition(|o| !is_ows(o)).map_or(start, |last| last.saturating_add(1));
    octets.get(start..end).unwrap_or_default()
}
