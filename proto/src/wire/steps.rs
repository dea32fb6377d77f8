//! Counts the octets that are examined, so that a test can show, without a clock, that none is looked at too often.
//!
//! Only with the feature `steps`; without it there is nothing to call and nothing is counted.

#[cfg(feature = "steps")]
use core::cell::Cell;

#[cfg(feature = "steps")]
std::thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Takes note that `octets` were examined, or moved.
#[inline(always)]
pub(crate) fn count(octets: usize) {
    #[cfg(feature = "steps")]
    STEPS.set(STEPS.get().saturating_add(octets as u64));
    #[cfg(not(feature = "steps"))]
    let _ = octets;
}

/// How many octets this thread has examined: one that is looked at twice counts twice. For tests of this crate; it is
/// there with the feature `steps` alone.
#[cfg(feature = "steps")]
pub fn steps() -> u64 {
    STEPS.get()
}
