//! Stopping a server from elsewhere, gracefully or at once, and making room in a full one.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use basehttp_handler::Waits;
use event_listener::Event;
use futures_lite::future::or;

use super::{Place, ShutdownHandle};
use crate::Open;

/// What the accepting task, the connections and the handles share.
#[derive(Debug, Default)]
pub struct Stop {
    stopping: AtomicBool,
    open: Mutex<Open<Arc<Place>>>,
    /// Told when the server is to stop.
    asked: Event,
    /// Told when a connection closes, or the server is to stop sooner.
    changed: Event,
}

impl Stop {
    /// Whether no further request is to be taken.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// What stops the server.
    pub fn handle(self: &Arc<Self>) -> ShutdownHandle {
        ShutdownHandle::new(Arc::clone(self))
    }

    /// Enters a connection; it is open until the returned guard is dropped.
    pub fn enter(self: &Arc<Self>) -> Entry {
        let place = Arc::default();
        let key = self.open().enter(Arc::clone(&place));
        Entry { stop: Arc::clone(self), key, place }
    }

    /// Waits until fewer than `max` connections are open, without those that are leaving, and asks others to leave. `sleep`
    /// waits for a time.
    pub async fn room<S: Future<Output = ()>>(&self, max: usize, sleep: impl Fn(Duration) -> S) {
        loop {
            let changed = self.changed.listen();
            {
                let mut open = self.open();
                if open.has_room(max) || open.make_room(max) {
                    return;
                }
            }
            // Again after a while, because a connection that becomes idle tells nobody.
            or(changed, sleep(Duration::from_millis(20))).await;
        }
    }

    /// Waits until a connection closes, from this call on.
    pub fn one_closes(&self) -> impl Future<Output = ()> + '_ {
        self.changed.listen()
    }

    /// Waits until the server is to stop.
    pub async fn asked(&self) {
        loop {
            let asked = self.asked.listen();
            if self.is_stopping() {
                return;
            }
            asked.await;
        }
    }

    /// Waits until every connection has closed, and cuts off at the deadline those that have not. `sleep` waits for a time.
    pub async fn drain<S: Future<Output = ()>>(&self, sleep: impl Fn(Duration) -> S) {
        loop {
            let changed = self.changed.listen();
            let left = {
                let open = self.open();
                if open.is_empty() {
                    return;
                }
                open.deadline().map(|deadline| deadline.saturating_duration_since(Instant::now()))
            };
            match left {
                Some(Duration::ZERO) => break,
                Some(left) => or(changed, sleep(left)).await,
                None => changed.await,
            }
        }
        self.open().places().for_each(|place| place.cut());
        // A handler that does not come back is not waited for.
        or(self.closed(), sleep(CUT)).await;
    }

    async fn closed(&self) {
        loop {
            let changed = self.changed.listen();
            if self.open().is_empty() {
                return;
            }
            changed.await;
        }
    }

    /// Takes no further connection; what is left after `deadline` is cut off.
    pub(super) fn begin(&self, deadline: Duration) {
        {
            let mut open = self.open();
            open.end_within(deadline);
            self.stopping.store(true, Ordering::Release);
            open.places().for_each(|place| place.wake());
        }
        self.asked.notify(usize::MAX);
        self.changed.notify(usize::MAX);
    }

    /// The open connections.
    pub(super) fn open(&self) -> MutexGuard<'_, Open<Arc<Place>>> {
        // The map is whole even if a thread panicked while it held the lock.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long connections that are cut off are waited for.
const CUT: Duration = Duration::from_secs(1);

/// An open connection's place among the others.
#[derive(Debug)]
pub struct Entry {
    stop: Arc<Stop>,
    key: u64,
    place: Arc<Place>,
}

impl Entry {
    /// Whether the connection is to end at once.
    pub fn is_cut(&self) -> bool {
        self.place.is_cut()
    }

    /// Waits until the connection is to end at once.
    pub fn cut_off(&self) -> impl Future<Output = ()> + use<> {
        let place = Arc::clone(&self.place);
        poll_fn(move |context| place.poll_cut(context))
    }

    /// Whether the connection is to take no further request.
    pub fn is_leaving(&self) -> bool {
        self.stop.is_stopping() || self.place.is_leaving()
    }

    /// When the connection was accepted.
    pub fn begun(&self) -> Instant {
        self.place.begun()
    }

    /// Lets the others know what is waited for from `now` on, a time after it was accepted.
    pub fn set_waits(&self, waits: Waits, now: Duration) {
        self.place.set_waits(waits, now);
    }

    /// Whether there is news; each is told once.
    pub fn poll_news(&self, context: &mut Context<'_>) -> Poll<()> {
        self.place.poll_news(context)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.stop.open().remove(self.key, self.place.is_leaving());
        self.stop.changed.notify(usize::MAX);
    }
}
