//! How often the heap is asked for memory.
//!
//! Counting is off while times are taken: what is left then is one branch that is always the same.

#![expect(unsafe_code, reason = "GlobalAlloc can be implemented in no other way, and this program is not shipped")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

static COUNTS: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static OCTETS: AtomicU64 = AtomicU64::new(0);

/// The system's allocator, which counts when it is asked to.
pub struct Counting;

/// What was allocated, growing an allocation included.
#[derive(Clone, Copy, Debug)]
pub struct Allocated {
    pub times: u64,
    pub octets: u64,
}

/// Counts what `work` allocates.
pub fn count(work: impl FnOnce()) -> Allocated {
    ALLOCATIONS.store(0, Relaxed);
    OCTETS.store(0, Relaxed);
    COUNTS.store(true, Relaxed);
    work();
    COUNTS.store(false, Relaxed);
    Allocated { times: ALLOCATIONS.load(Relaxed), octets: OCTETS.load(Relaxed) }
}

#[inline]
fn note(size: usize) {
    if COUNTS.load(Relaxed) {
        ALLOCATIONS.fetch_add(1, Relaxed);
        OCTETS.fetch_add(size as u64, Relaxed);
    }
}

// SAFETY: every call is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }
}
