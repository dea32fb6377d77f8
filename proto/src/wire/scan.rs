//! Looking at many octets at once: where the first of a class stands.
//!
//! With the feature `simd` 16 octets are looked at by one instruction, through vectors from `wide`, which has them for
//! every target and needs no `unsafe` here; without it one octet is. Builds with debug assertions hold each answer of the
//! vectors against the plain one.

/// Octets that one mask tells of.
const BLOCK: usize = 64;

macro_rules! scans {
    ($( $(#[$doc:meta])* $name:ident -> $found:ty, $agrees:expr; )+) => {
        $(
            $(#[$doc])*
            #[inline(always)]
            pub(crate) fn $name(buffer: &[u8], at: usize) -> $found {
                #[cfg(feature = "simd")]
                {
                    let found = vector::$name(buffer, at);
                    debug_assert!($agrees(found, plain::$name(buffer, at)));
                    found
                }
                #[cfg(not(feature = "simd"))]
                plain::$name(buffer, at)
            }
        )+
    };
}

scans! {
    /// The control octets, HTAB among them, of the next octets from `at` on: a bit for each, and for how many octets the
    /// mask speaks. That is 64 while there are as many, and the rest at the end.
    controls -> (u64, usize), |found, plain| found == plain;

    /// Index of the first octet from `at` on that is neither a letter nor a hyphen, of which nearly all names consist;
    /// `None` when the buffer has none, or ends within the 16 octets after them.
    end_of_word -> Option<usize>, agree;

    /// Index of the first octet from `at` on that is neither letter, digit, dot nor hyphen, of which nearly all names of
    /// hosts consist; `None` when the buffer has none, or ends within the 16 octets after them.
    end_of_host -> Option<usize>, agree;

    /// Index of the first octet from `at` on that a target may not hold; `None` when the buffer has none, or ends within
    /// the 16 octets after them.
    end_of_target -> Option<usize>, agree;
}

/// Vectors that see too few octets say nothing.
#[cfg(feature = "simd")]
fn agree(found: Option<usize>, plain: Option<usize>) -> bool {
    found.is_none() || found == plain
}

/// One octet after the other.
mod plain {
    use crate::wire::octet;

    pub(super) fn controls(buffer: &[u8], at: usize) -> (u64, usize) {
        let rest = buffer.get(at..).unwrap_or_default();
        let block = rest.get(..super::BLOCK).unwrap_or(rest);
        let mask = block.iter().rev().fold(0u64, |mask, o| mask.wrapping_shl(1) | u64::from(o.is_ascii_control()));
        (mask, block.len())
    }

    pub(super) fn end_of_word(buffer: &[u8], at: usize) -> Option<usize> {
        let len = buffer.get(at..)?.iter().position(|o| !o.is_ascii_alphabetic() && *o != b'-')?;
        Some(at.saturating_add(len))
    }

    pub(super) fn end_of_host(buffer: &[u8], at: usize) -> Option<usize> {
        let is_usual = |o: &u8| o.is_ascii_alphanumeric() || matches!(o, b'.' | b'-');
        let len = buffer.get(at..)?.iter().position(|o| !is_usual(o))?;
        Some(at.saturating_add(len))
    }

    pub(super) fn end_of_target(buffer: &[u8], at: usize) -> Option<usize> {
        let len = buffer.get(at..)?.iter().position(|o| !octet::is_target(*o))?;
        Some(at.saturating_add(len))
    }
}

/// Sixteen octets at once.
#[cfg(feature = "simd")]
mod vector {
    use wide::u8x16;

    use super::BLOCK;

    const WIDTH: usize = 16;

    #[inline(always)]
    pub(super) fn controls(buffer: &[u8], at: usize) -> (u64, usize) {
        let rest = buffer.get(at..).unwrap_or_default();
        if let Some(block) = rest.first_chunk::<BLOCK>()
            && let ([a, b, c, d], _) = block.as_chunks::<WIDTH>()
        {
            return (bits(a) | bits(b) << 16 | bits(c) << 32 | bits(d) << 48, BLOCK);
        }
        let (chunks, tail) = rest.as_chunks::<WIDTH>();
        let mut mask = 0;
        let mut shift = 0u32;
        for chunk in chunks {
            mask |= bits(chunk).wrapping_shl(shift);
            shift = shift.wrapping_add(16);
        }
        if !tail.is_empty() {
            let tail_bits = match buffer.last_chunk::<WIDTH>() {
                // The last 16 octets end with the tail, so that it needs no copy.
                Some(last) => bits(last).wrapping_shr(u32::try_from(WIDTH.saturating_sub(tail.len())).unwrap_or(0)),
                None => bits(&padded(tail)),
            };
            mask |= tail_bits.wrapping_shl(shift);
        }
        (mask, rest.len())
    }

    /// A bit for each control octet.
    #[inline(always)]
    fn bits(octets: &[u8; WIDTH]) -> u64 {
        let octets = u8x16::from(*octets);
        let low = octets.min(u8x16::splat(0x1f)).simd_eq(octets);
        let delete = octets.simd_eq(u8x16::splat(0x7f));
        u64::from((low | delete).to_bitmask())
    }

    #[inline(always)]
    pub(super) fn end_of_word(buffer: &[u8], at: usize) -> Option<usize> {
        first_outside(buffer, at, |octets| {
            let lower = octets | u8x16::splat(0x20);
            let letter = lower.max(u8x16::splat(b'a')).min(u8x16::splat(b'z')).simd_eq(lower);
            letter | octets.simd_eq(u8x16::splat(b'-'))
        })
    }

    #[inline(always)]
    pub(super) fn end_of_target(buffer: &[u8], at: usize) -> Option<usize> {
        first_outside(buffer, at, |octets| {
            let visible = octets.max(u8x16::splat(0x21)).min(u8x16::splat(0x7e)).simd_eq(octets);
            visible & !octets.simd_eq(u8x16::splat(b'#'))
        })
    }

    #[inline(always)]
    pub(super) fn end_of_host(buffer: &[u8], at: usize) -> Option<usize> {
        first_outside(buffer, at, |octets| {
            let lower = octets | u8x16::splat(0x20);
            let letter = lower.max(u8x16::splat(b'a')).min(u8x16::splat(b'z')).simd_eq(lower);
            let digit = octets.max(u8x16::splat(b'0')).min(u8x16::splat(b'9')).simd_eq(octets);
            letter | digit | octets.simd_eq(u8x16::splat(b'.')) | octets.simd_eq(u8x16::splat(b'-'))
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
}
