//! Stopping a server from elsewhere, gracefully or at once, and making room in a full one.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use basehttp_handler::Waits;
use futures_lite::future::or;
use tokio::sync::Notify;

use crate::timer;

/// Stops the server it was taken from; cloned at will.
#[derive(Clone, Debug)]
pub struct ShutdownHandle(pub(crate) Arc<Stop>);

impl ShutdownHandle {
    /// Takes no further connection, answers the requests that have begun with `Connection: close`, and closes idle
    /// connections. What is left after `deadline` is cut off.
    pub fn graceful(&self, deadline: Duration) {
        self.0.begin(deadline);
    }

    /// Stops at once: open connections are cut off, whatever they are doing.
    pub fn now(&self) {
        self.0.begin(Duration::ZERO);
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.0.open().places.len()
    }
}

/// What the accepting task, the connections and the handles share.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    stopping: AtomicBool,
    open: Mutex<Open>,
    /// Told when the server is to stop.
    asked: Notify,
    /// Told when a connection closes, or the server is to stop sooner.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Open {
    /// By age.
    places: BTreeMap<u64, Arc<Place>>,
    next: u64,
    /// How many of them take no further request, to make room.
    leaving: usize,
    /// When open connections are cut off.
    deadline: Option<Instant>,
}

impl Open {
    /// The connection that is to make room for another; of those of a rank, the oldest.
    fn least_wanted(&self) -> Option<&Place> {
        let staying = self.places.values().filter(|place| !place.is_leaving());
        let ranked = staying.filter_map(|place| Some((place.waits().rank(place.waited())?, place)));
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, place)| &**place)
    }
}

impl Stop {
    /// Whether no further request is to be taken.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Enters a connection; it is open until the returned guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>) -> Entry {
        let place = Arc::new(Place::new());
        let mut open = self.open();
        let key = open.next;
        open.next = key.wrapping_add(1);
        open.places.insert(key, Arc::clone(&place));
        Entry { stop: Arc::clone(self), key, place }
    }

    /// Waits until fewer than `max` connections are open, without those that are leaving, and asks others to leave: those
    /// still hold their descriptors for a while, so that they may not be many.
    pub(crate) async fn room(&self, max: usize) {
        loop {
            let changed = self.changed.notified();
            {
                let mut open = self.open();
                if open.places.len().saturating_sub(open.leaving) < max {
                    return;
                }
                if open.leaving <= max / 4
                    && let Some(place) = open.least_wanted()
                {
                    place.leave();
                    open.leaving = open.leaving.saturating_add(1);
                    return;
                }
            }
            // Again after a while, because a connection that becomes idle tells nobody.
            or(changed, timer::sleep(Duration::from_millis(20))).await;
        }
    }

    /// Waits until a connection closes, from this call on.
    pub(crate) fn one_closes(&self) -> impl Future<Output = ()> + '_ {
        self.changed.notified()
    }

    /// Waits until the server is to stop.
    pub(crate) async fn asked(&self) {
        loop {
            let asked = self.asked.notified();
            if self.is_stopping() {
                return;
            }
            asked.await;
        }
    }

    /// Waits until every connection has closed, and cuts off at the deadline those that have not.
    pub(crate) async fn drain(&self) {
        loop {
            let changed = self.changed.notified();
            let left = {
                let open = self.open();
                if open.places.is_empty() {
                    return;
                }
                open.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
            };
            match left {
                Some(Duration::ZERO) => break,
                Some(left) => or(changed, timer::sleep(left)).await,
                None => changed.await,
            }
        }
        self.open().places.values().for_each(|place| place.cut());
        // A handler that does not come back is not waited for.
        or(self.closed(), timer::sleep(CUT)).await;
    }

    async fn closed(&self) {
        loop {
            let changed = self.changed.notified();
            if self.open().places.is_empty() {
                return;
            }
            changed.await;
        }
    }

    fn begin(&self, deadline: Duration) {
        let at = Instant::now().checked_add(deadline);
        {
            let mut open = self.open();
            open.deadline = match (open.deadline, at) {
                (Some(earlier), Some(at)) => Some(earlier.min(at)),
                (known, at) => known.or(at),
            };
            self.stopping.store(true, Ordering::Release);
            open.places.values().for_each(|place| place.wake());
        }
        self.asked.notify_waiters();
        self.changed.notify_waiters();
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // The map is whole even if a thread panicked while it held the lock.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long connections that are cut off are waited for.
const CUT: Duration = Duration::from_secs(1);

/// What others can tell a connection, and see of it.
#[derive(Debug)]
struct Place {
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

impl Place {
    fn new() -> Self {
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

    fn waits(&self) -> Waits {
        let waits = self.waits.load(Ordering::Acquire);
        [Waits::First, Waits::Next].into_iter().find(|kind| *kind as u8 == waits).unwrap_or(Waits::No)
    }

    fn set_waits(&self, waits: Waits, now: Duration) {
        if self.waits.swap(waits as u8, Ordering::AcqRel) != waits as u8 && waits != Waits::No {
            self.since.store(micros(now), Ordering::Release);
        }
    }

    /// For how long it has waited.
    fn waited(&self) -> Duration {
        Duration::from_micros(micros(self.begun.elapsed()).saturating_sub(self.since.load(Ordering::Acquire)))
    }

    fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Acquire)
    }

    fn leave(&self) {
        self.leaving.store(true, Ordering::Release);
        self.wake();
    }

    fn cut(&self) {
        self.cut.store(true, Ordering::Release);
        self.wake();
        if let Some(waker) = lock(&self.cut_waker).take() {
            waker.wake();
        }
    }

    fn wake(&self) {
        self.news.store(true, Ordering::Release);
        if let Some(waker) = lock(&self.waker).take() {
            waker.wake();
        }
    }

    fn poll_cut(&self, context: &mut Context<'_>) -> Poll<()> {
        *lock(&self.cut_waker) = Some(context.waker().clone());
        if self.cut.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn lock(waker: &Mutex<Option<Waker>>) -> MutexGuard<'_, Option<Waker>> {
    waker.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An open connection's place among the others.
#[derive(Debug)]
pub(crate) struct Entry {
    stop: Arc<Stop>,
    key: u64,
    place: Arc<Place>,
}

impl Entry {
    /// Whether the connection is to end at once.
    pub(crate) fn is_cut(&self) -> bool {
        self.place.cut.load(Ordering::Acquire)
    }

    /// Waits until the connection is to end at once.
    pub(crate) fn cut_off(&self) -> impl Future<Output = ()> + use<> {
        let place = Arc::clone(&self.place);
        poll_fn(move |context| place.poll_cut(context))
    }

    /// Whether the connection is to take no further request.
    pub(crate) fn is_leaving(&self) -> bool {
        self.stop.is_stopping() || self.place.is_leaving()
    }

    /// When the connection was accepted.
    pub(crate) fn begun(&self) -> Instant {
        self.place.begun
    }

    /// Lets the others know what is waited for from `now` on, a time after it was accepted.
    pub(crate) fn set_waits(&self, waits: Waits, now: Duration) {
        self.place.set_waits(waits, now);
    }

    /// Whether there is news; each is told once.
    pub(crate) fn poll_news(&self, context: &mut Context<'_>) -> Poll<()> {
        if self.place.news.swap(false, Ordering::AcqRel) {
            return Poll::Ready(());
        }
        let mut waker = lock(&self.place.waker);
        if waker.as_ref().is_none_or(|known| !known.will_wake(context.waker())) {
            *waker = Some(context.waker().clone());
        }
        drop(waker);
        // News that came between the two would find no waker.
        if self.place.news.swap(false, Ordering::AcqRel) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        {
            let mut open = self.stop.open();
            open.places.remove(&self.key);
            open.leaving = open.leaving.saturating_sub(usize::from(self.place.is_leaving()));
        }
        self.stop.changed.notify_waiters();
    }
}
