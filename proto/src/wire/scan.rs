//! Looking at 16 octets at once: where the first of a class stands, as the lowest bit of a mask.
//!
//! The vectors come from `wide`, which has them for every target and no `unsafe` here. Each function has an exact
//! counterpart in [`octet`](super::octet) or says how it is narrower; a narrower one sends rare octets to the slow way.

use wide::u8x16;

const WIDTH: usize = 16;
/// Octets that one mask tells of.
const BLOCK: usize = 64;

/// The control octets, HTAB among them, of the next octets from `at` on: a bit for each, and for how many octets the
/// mask speaks. That is 64 while there are as many, and the rest at the end.
#[inline(always)]
pub(crate) fn controls(buffer: &[u8], at: usize) -> (u64, usize) {
    let rest = buffer.get(at..).unwrap_or_default();
    if let Some(block) = rest.first_chunk::<BLOCK>()
        && let ([a, b, c, d], _) = block.as_chunks::<WIDTH>()
    {
        return (
            control_bits(a) | control_bits(b) << 16 | control_bits(c) << 32 | control_bits(d) << 48,
            BLOCK,
        );
    }
    let (chunks, tail) = rest.as_chunks::<WIDTH>();
    let mut mask = 0;
    let mut shift = 0u32;
    for chunk in chunks {
        mask |= control_bits(chunk).wrapping_shl(shift);
        shift = shift.wrapping_add(16);
    }
    let tail_bits = match buffer.last_chunk::<WIDTH>() {
        // The last 16 octets end with the tail, so that it needs no copy.
        Some(last) => control_bits(last).wrapping_shr(16u32.saturating_sub(len_bits(tail))),
        None => control_bits(&padded(tail)),
    };
    if !tail.is_empty() {
        mask |= tail_bits.wrapping_shl(shift);
    }
    (mask, rest.len())
}

#[inline(always)]
fn control_bits(octets: &[u8; WIDTH]) -> u64 {
    let octets = u8x16::from(*octets);
    let low = octets.min(u8x16::splat(0x1f)).simd_eq(octets);
    let delete = octets.simd_eq(u8x16::splat(0x7f));
    u64::from((low | delete).to_bitmask())
}

/// Index of the first octet from `at` on that is neither a letter nor a hyphen, of which nearly all names consist;
/// `None` when the buffer has none, or ends within the 16 octets after them.
#[inline(always)]
pub(crate) fn end_of_word(buffer: &[u8], at: usize) -> Option<usize> {
    first_outside(buffer, at, |octets| {
        let lower = octets | u8x16::splat(0x20);
        let letter = lower.max(u8x16::splat(b'a')).min(u8x16::splat(b'z')).simd_eq(lower);
        letter | octets.simd_eq(u8x16::splat(b'-'))
    })
}

/// Index of the first octet from `at` on that a target may not hold; `None` when the buffer has none, or ends within
/// the 16 octets after them.
#[inline(always)]
pub(crate) fn end_of_target(buffer: &[u8], at: usize) -> Option<usize> {
    first_outside(buffer, at, |octets| {
        let visible = octets.max(u8x16::splat(0x21)).min(u8x16::splat(0x7e)).simd_eq(octets);
        visible & !octets.simd_eq(u8x16::splat(b'#'))
    })
}

#[inline(always)]
fn first_outside(buffer: &[u8], at: usize, class: impl Fn(u8x16) -> u8x16) -> Option<usize> {
    let mut at = at;
    loop {
        let octets = u8x16::from(*buffer.get(at..)?.first_chunk::<WIDTH>()?);
        let mask = !class(octets).to_bitmask() & 0xffff;
        if mask != 0 {
            return Some(at.wrapping_add(mask.trailing_zeros() as usize));
        }
        at = at.wrapping_add(WIDTH);
    }
}

/// Fewer than 16 octets, and then octets of no class.
#[cold]
fn padded(tail: &[u8]) -> [u8; WIDTH] {
    let mut octets = [b' '; WIDTH];
    for (octet, from) in octets.iter_mut().zip(tail) {
        *octet = *from;
    }
    octets
}

#[inline(always)]
fn len_bits(tail: &[u8]) -> u32 {
    u32::try_from(tail.len()).unwrap_or(16)
}
