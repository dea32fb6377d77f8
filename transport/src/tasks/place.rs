//! A connection's place among the others: what others can tell it, and see of it.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use basehttp_handler::Waits;

use crate::Open;

/// What others can tell a connection, and see of it.
#[derive(Debug)]
pub(super) struct Place {
    begun: Instant,
    waits: AtomicU8,
    /// When that began, in microseconds after `begun`.
    since: AtomicU64,
    leaving: AtomicBool,
    cut: AtomicBool,
    /// There is news that the connection has not seen.
    news: AtomicBool,
    waker: Mutex<Option<Waker>>,
    /// Of whoever waits for nothing but the cut.
    cut_waker: Mutex<Option<Waker>>,
}

/// One that was just accepted.
impl Default for Place {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            waits: AtomicU8::new(Waits::No as u8),
            since: AtomicU64::new(0),
            leaving: AtomicBool::new(false),
            cut: AtomicBool::new(false),
            news: AtomicBool::new(false),
            waker: Mutex::new(None),
            cut_waker: Mutex::new(None),
        }
    }
}

impl Place {
    /// When the connection was accepted.
    pub(super) fn begun(&self) -> Instant {
        self.begun
    }

    /// Lets the others see what is waited for from `now` on, a time after it was accepted.
    pub(super) fn set_waits(&self, waits: Waits, now: Duration) {
        // Nobody but the connection says what it waits for.
        if self.waits.load(Ordering::Relaxed) != waits as u8 {
            if waits != Waits::No {
                self.since.store(micros(now), Ordering::Release);
            }
            self.waits.store(waits as u8, Ordering::Release);
        }
    }

    /// Its place among those that can make room for another, the lowest first: see [`Waits::rank`].
    fn rank(&self) -> Option<u8> {
        let waits = self.waits.load(Ordering::Acquire);
        let waits = [Waits::First, Waits::Next].into_iter().find(|kind| *kind as u8 == waits)?;
        let since = self.since.load(Ordering::Acquire);
        waits.rank(Duration::from_micros(micros(self.begun.elapsed()).saturating_sub(since)))
    }

    /// Whether it is to take no further request, to make room.
    pub(super) fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Acquire)
    }

    /// Tells it to take no further request.
    fn leave(&self) {
        self.leaving.store(true, Ordering::Release);
        self.wake();
    }

    /// Whether it is to end at once.
    pub(super) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Acquire)
    }

    /// Tells it to end at once.
    pub(super) fn cut(&self) {
        self.cut.store(true, Ordering::Release);
        self.wake();
        if let Some(waker) = lock(&self.cut_waker).take() {
            waker.wake();
        }
    }

    /// Waits until it is to end at once.
    pub(super) fn poll_cut(&self, context: &mut Context<'_>) -> Poll<()> {
        *lock(&self.cut_waker) = Some(context.waker().clone());
        if self.is_cut() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Tells it that there is news.
    pub(super) fn wake(&self) {
        self.news.store(true, Ordering::Release);
        if let Some(waker) = lock(&self.waker).take() {
            waker.wake();
        }
    }

    /// Whether there is news; each is told once.
    pub(super) fn poll_news(&self, context: &mut Context<'_>) -> Poll<()> {
        if self.has_news() {
            return Poll::Ready(());
        }
        let mut waker = lock(&self.waker);
        if waker.as_ref().is_none_or(|known| !known.will_wake(context.waker())) {
            *waker = Some(context.waker().clone());
        }
        drop(waker);
        // Whoever came between the two found no waker, but let go of its lock before this did.
        if self.has_news() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Whether there is news; each is told once. Hardly ever, so that it is looked at before it is taken.
    fn has_news(&self) -> bool {
        self.news.load(Ordering::Acquire) && self.news.swap(false, Ordering::AcqRel)
    }
}

impl Open<Arc<Place>> {
    /// Tells a connection to leave that can make room for another, if one may; of those of a rank, the oldest.
    pub(super) fn make_room(&mut self, max: usize) -> bool {
        if !self.may_leave(max) {
            return false;
        }
        let staying = self.places().filter(|place| !place.is_leaving());
        let ranked = staying.filter_map(|place| Some((place.rank()?, place)));
        let Some((_, place)) = ranked.min_by_key(|(rank, _)| *rank) else { return false };
        place.leave();
        self.leaves();
        true
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn lock(waker: &Mutex<Option<Waker>>) -> MutexGuard<'_, Option<Waker>> {
    waker.lock().unwrap_or_else(PoisonError::into_inner)
}
