//! Numbers as text, without the formatting machinery of `core::fmt`.

use alloc::vec::Vec;

/// The most digits that a number has.
const DIGITS: usize = 20;

/// Appends `number` in decimal.
pub(crate) fn decimal(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; DIGITS];
    let start = put(&mut digits, number);
    out.extend_from_slice(digits.get(start..).unwrap_or_default());
}

/// Appends a line of `name`, which ends with what separates it, and `number` in decimal.
pub(crate) fn line(out: &mut Vec<u8>, name: &[u8; 16], number: u64) {
    out.extend_from_slice(name);
    let digit = |rest: u64| b'0'.wrapping_add(low_octet(rest % 10));
    // Copies of a known length cost less than those of any length.
    match number {
        0..10 => out.extend_from_slice(&[digit(number), b'\r', b'\n']),
        10..100 => out.extend_from_slice(&[digit(number / 10), digit(number), b'\r', b'\n']),
        100..1000 => out.extend_from_slice(&[digit(number / 100), digit(number / 10), digit(number), b'\r', b'\n']),
        _ => {
            decimal(out, number);
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// Puts `number` at the end of `digits`; where it starts.
fn put(digits: &mut [u8; DIGITS], number: u64) -> usize {
    let (mut start, mut rest) = (DIGITS, number);
    for digit in digits.iter_mut().rev() {
        *digit = b'0'.wrapping_add(low_octet(rest % 10));
        rest /= 10;
        start = start.wrapping_sub(1);
        if rest == 0 {
            break;
        }
    }
    start
}

/// Appends `number` in hexadecimal, as a chunk size has it (RFC 9112 7.1).
pub(crate) fn hexadecimal(out: &mut Vec<u8>, number: u64) {
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
