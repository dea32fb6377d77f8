//! Numbers as text, without the formatting machinery of `core::fmt`.

use alloc::vec::Vec;

/// Appends `number` to the base `base`: 10, or 16 as a chunk size has it (RFC 9112 7.1).
pub(crate) fn number(out: &mut Vec<u8>, number: u64, base: u64) {
    let before = number.checked_div(base).unwrap_or(0);
    if before > 0 {
        self::number(out, before, base);
    }
    let digit = low_octet(number.wrapping_sub(before.wrapping_mul(base)));
    out.push(if digit < 10 { b'0'.wrapping_add(digit) } else { b'a'.wrapping_add(digit).wrapping_sub(10) });
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
            self::number(out, number, 10);
            out.extend_from_slice(b"\r\n");
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the callers pass a digit")]
fn low_octet(digit: u64) -> u8 {
    digit as u8
}
