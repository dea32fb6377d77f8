//! Looking at many octets at once: where the first of a class stands.
//!
//! With the feature `simd` 16 octets are looked at by one instruction, through vectors from `wide`, which has them for
//! every target and needs no `unsafe` here; without it one octet is. Builds with debug assertions hold each answer of the
//! vectors against the plain one.

use core::slice;

/// Octets that one mask tells of.
pub(crate) const BLOCK: usize = 64;

macro_rules! scans {
    ($( $(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),+) -> $found:ty, $agrees:expr; )+) => {
        $(
            $(#[$doc])*
            #[inline(always)]
            pub(crate) fn $name($($argument: $type),+) -> $found {
                #[cfg(feature = "simd")]
                {
                    let found = vector::$name($($argument),+);
                    debug_assert!($agrees(found, plain::$name($($argument),+)));
                    found
                }
                #[cfg(not(feature = "simd"))]
                plain::$name($($argument),+)
            }
        )+
    };
}

scans! {
    /// Index of the first control octet from `at` on, HTAB among them.
    first_control(buffer: &[u8], at: usize) -> Option<usize>, |found, plain| found == plain;

    /// Index of the first octet from `at` on that is neither a letter nor a hyphen, of which nearly all names consist;
    /// `None` when the buffer has none, or fewer than 16 octets.
    end_of_word(buffer: &[u8], at: usize) -> Option<usize>, agree;

    /// Index of the first octet from `at` on that is neither letter, digit, dot nor hyphen, of which nearly all names of
    /// hosts consist; `None` when the buffer has none, or fewer than 16 octets.
    end_of_host(buffer: &[u8], at: usize) -> Option<usize>, agree;

    /// Index of the first octet from `at` on that a target may not hold; `None` when the buffer has none, or fewer than
    /// 16 octets.
    end_of_target(buffer: &[u8], at: usize) -> Option<usize>, agree;

    /// The control octets of a block.
    controls(block: &[u8; BLOCK]) -> u64, |found, plain| found == plain;

    /// The control octets of the last `len` octets, fewer than a block.
    last_controls(buffer: &[u8], len: usize) -> u64, |found, plain| found == plain;
}

/// The control octets from a place on, HTAB among them, 64 octets at a time: a bit for each.
pub(crate) struct ControlBlocks<'a> {
    buffer: &'a [u8],
    blocks: slice::Iter<'a, [u8; BLOCK]>,
    /// How many octets come after the last block, until they were looked at.
    rest: Option<usize>,
}

impl<'a> ControlBlocks<'a> {
    #[inline(always)]
    pub(crate) fn new(buffer: &'a [u8], at: usize) -> Self {
        let (blocks, rest) = buffer.get(at..).unwrap_or_default().as_chunks();
        Self { buffer, blocks: blocks.iter(), rest: Some(rest.len()) }
    }
}

impl Iterator for ControlBlocks<'_> {
    type Item = u64;

    #[inline(always)]
    fn next(&mut self) -> Option<u64> {
        match self.blocks.next() {
            Some(block) => Some(controls(block)),
            None => self.rest.take().map(|len| last_controls(self.buffer, len)),
        }
    }
}

/// Vectors that see too few octets say nothing.
#[cfg(feature = "simd")]
fn agree(found: Option<usize>, plain: Option<usize>) -> bool {
    found.is_none() || found == plain
}

/// One octet after the other.
mod plain {
    use crate::wire::octet;

    pub(super) fn controls(octets: &[u8]) -> u64 {
        octets.iter().rev().fold(0u64, |mask, o| mask.wrapping_shl(1) | u64::from(o.is_ascii_control()))
    }

    pub(super) fn last_controls(buffer: &[u8], len: usize) -> u64 {
        controls(buffer.get(buffer.len().wrapping_sub(len)..).unwrap_or_default())
    }

    pub(super) fn first_control(buffer: &[u8], at: usize) -> Option<usize> {
        first(buffer, at, |o| o.is_ascii_control())
    }

    pub(super) fn end_of_word(buffer: &[u8], at: usize) -> Option<usize> {
        first(buffer, at, |o| !o.is_ascii_alphabetic() && o != b'-')
    }

    pub(super) fn end_of_host(buffer: &[u8], at: usize) -> Option<usize> {
        first(buffer, at, |o| !o.is_ascii_alphanumeric() && !matches!(o, b'.' | b'-'))
    }

    pub(super) fn end_of_target(buffer: &[u8], at: usize) -> Option<usize> {
        first(buffer, at, |o| !octet::is_target(o))
    }

    fn first(buffer: &[u8], at: usize, class: impl Fn(u8) -> bool) -> Option<usize> {
        Some(buffer.get(at..)?.iter().position(|o| class(*o))?.saturating_add(at))
    }
}

/// Sixteen octets at once.
#[cfg(feature = "simd")]
mod vector {
    use wide::u8x16;

    use super::BLOCK;

    const WIDTH: usize = 16;

    #[inline(always)]
    pub(super) fn controls(block: &[u8; BLOCK]) -> u64 {
        match block.as_chunks::<WIDTH>().0 {
            [a, b, c, d] => bits(a) | bits(b) << 16 | bits(c) << 32 | bits(d) << 48,
            _ => 0,
        }
    }

    #[inline(always)]
    pub(super) fn last_controls(buffer: &[u8], len: usize) -> u64 {
        if let Some(last) = buffer.last_chunk::<BLOCK>() {
            // What ends with the buffer needs no copy.
            return controls(last).checked_shr(distance(BLOCK, len)).unwrap_or(0);
        }
        // A copy would have to be waited for: it is cheaper to look at each 16 octets where they are.
        let (chunks, tail) = buffer.get(buffer.len().wrapping_sub(len)..).unwrap_or_default().as_chunks();
        let mut mask = 0;
        let mut shift = 0u32;
        for chunk in chunks {
            mask |= bits(chunk).wrapping_shl(shift);
            shift = shift.wrapping_add(16);
        }
        let tail_bits = match buffer.last_chunk() {
            Some(last) => bits(last).wrapping_shr(distance(WIDTH, tail.len())),
            None => super::plain::controls(tail),
        };
        mask | tail_bits.checked_shl(shift).unwrap_or(0)
    }

    /// How many octets of a block that ends with the buffer come before the last `len` of it.
    #[inline(always)]
    fn distance(block: usize, len: usize) -> u32 {
        u32::try_from(block.wrapping_sub(len)).unwrap_or(u32::MAX)
    }

    /// A bit for each control octet.
    #[inline(always)]
    fn bits(octets: &[u8; WIDTH]) -> u64 {
        u64::from(control(u8x16::from(*octets)).to_bitmask())
    }

    #[inline(always)]
    fn control(octets: u8x16) -> u8x16 {
        octets.min(u8x16::splat(0x1f)).simd_eq(octets) | octets.simd_eq(u8x16::splat(0x7f))
    }

    #[inline(always)]
    pub(super) fn first_control(buffer: &[u8], at: usize) -> Option<usize> {
        match first(buffer, at, control) {
            None if buffer.len() < WIDTH => super::plain::first_control(buffer, at),
            found => found,
        }
    }

    #[inline(always)]
    pub(super) fn end_of_word(buffer: &[u8], at: usize) -> Option<usize> {
        // Most words end within the first octets.
        if let Some(octets) = buffer.get(at..).and_then(<[u8]>::first_chunk::<WIDTH>) {
            let mask = outside_word(u8x16::from(*octets)).to_bitmask();
            if mask != 0 {
                return Some(at.wrapping_add(mask.trailing_zeros() as usize));
            }
        }
        end_of_long_word(buffer, at)
    }

    #[inline(never)]
    fn end_of_long_word(buffer: &[u8], at: usize) -> Option<usize> {
        first(buffer, at, outside_word)
    }

    #[inline(always)]
    fn outside_word(octets: u8x16) -> u8x16 {
        !(within(octets | u8x16::splat(0x20), b'a', b'z') | octets.simd_eq(u8x16::splat(b'-')))
    }

    /// The octets from `first` to `last`.
    #[inline(always)]
    fn within(octets: u8x16, first: u8, last: u8) -> u8x16 {
        octets.max(u8x16::splat(first)).min(u8x16::splat(last)).simd_eq(octets)
    }

    #[inline(always)]
    pub(super) fn end_of_target(buffer: &[u8], at: usize) -> Option<usize> {
        first(buffer, at, |octets| !within(octets, 0x21, 0x7e) | octets.simd_eq(u8x16::splat(b'#')))
    }

    #[inline(always)]
    pub(super) fn end_of_host(buffer: &[u8], at: usize) -> Option<usize> {
        // Dot and hyphen stand beside each other.
        first(buffer, at, |octets| outside_word(octets) & !within(octets, b'0', b'9') & !within(octets, b'-', b'.'))
    }

    /// Index of the first octet from `at` on that is of a class.
    #[inline(always)]
    fn first(buffer: &[u8], at: usize, class: impl Fn(u8x16) -> u8x16) -> Option<usize> {
        let mut at = at;
        loop {
            let rest = buffer.get(at..)?;
            let (octets, before) = match rest.first_chunk::<WIDTH>() {
                Some(octets) => (octets, 0),
                None => (buffer.last_chunk::<WIDTH>()?, distance(WIDTH, rest.len())),
            };
            let mask = class(u8x16::from(*octets)).to_bitmask().wrapping_shr(before);
            if mask != 0 {
                return Some(at.wrapping_add(mask.trailing_zeros() as usize));
            }
            at = at.wrapping_add(WIDTH);
        }
    }
}
