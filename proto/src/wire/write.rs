//! Numbers as text, without the formatting machinery of `core::fmt`.

/// Appends `number` in decimal.
pub(crate) fn decimal(out: &mut alloc::vec::Vec<u8>, number: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at = at.saturating_sub(1);
        if let Some(digit) = digits.get_mut(at) {
            *digit = b'0'.wrapping_add(low_octet(rest % 10));
        }
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(at..).unwrap_or_default());
}

/// Appends `number` in hexadecimal, as a chunk size has it (RFC 9112 7.1).
pub(crate) fn hexadecimal(out: &mut alloc::vec::Vec<u8>, number: u64) {
    let digits = (64u32.saturating_sub(number.leading_zeros())).div_ceil(4).max(1);
    for digit in (0..digits).rev() {
        let value = low_octet(number.wrapping_shr(digit.wrapping_mul(4)) & 0x0f);
        out.push(if value < 10 { b'0'.wrapping_add(value) } else { b'a'.wrapping_add(value.wrapping_sub(10)) });
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the callers pass a digit")]
fn low_octet(digit: u64) -> u8 {
    digit as u8
}
