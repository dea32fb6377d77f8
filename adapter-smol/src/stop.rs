//! Stopping a server from elsewhere, gracefully or at once, and making room in a full one.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use basehttp_handler::Waits;
use basehttp_transport::{Open, Place};
use event_listener::Event;
use futures_lite::future::or;

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
        self.0.open().len()
    }
}

/// What the accepting task, the connections and the handles share.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    stopping: AtomicBool,
    open: Mutex<Open<Arc<Place>>>,
    /// Told when the server is to stop.
    asked: Event,
    /// Told when a connection closes, or the server is to stop sooner.
    changed: Event,
}

impl Stop {
    /// Whether no further request is to be taken.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Enters a connection; it is open until the returned guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>) -> Entry {
        let place = Arc::default();
        let key = self.open().enter(Arc::clone(&place));
        Entry { stop: Arc::clone(self), key, place }
    }

    /// Waits until fewer than `max` connections are open, without those that are leaving, and asks others to leave.
    pub(crate) async fn room(&self, max: usize) {
        loop {
            let changed = self.changed.listen();
            {
                let mut open = self.open();
                if open.has_room(max) || open.make_room(max) {
                    return;
                }
            }
            // Again after a while, because a connection that becomes idle tells nobody.
            or(changed, timer::sleep(Duration::from_millis(20))).await;
        }
    }

    /// Waits until a connection closes, from this call on.
    pub(crate) fn one_closes(&self) -> impl Future<Output = ()> + '_ {
        self.changed.listen()
    }

    /// Waits until the server is to stop.
    pub(crate) async fn asked(&self) {
        loop {
            let asked = self.asked.listen();
            if self.is_stopping() {
                return;
            }
            asked.await;
        }
    }

    /// Waits until every connection has closed, and cuts off at the deadline those that have not.
    pub(crate) async fn drain(&self) {
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
                Some(left) => or(changed, timer::sleep(left)).await,
                None => changed.await,
            }
        }
        self.open().places().for_each(|place| place.cut());
        // A handler that does not come back is not waited for.
        or(self.closed(), timer::sleep(CUT)).await;
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

    fn begin(&self, deadline: Duration) {
        {
            let mut open = self.open();
            open.end_within(deadline);
            self.stopping.store(true, Ordering::Release);
            open.places().for_each(|place| place.wake());
        }
        self.asked.notify(usize::MAX);
        self.changed.notify(usize::MAX);
    }

    fn open(&self) -> MutexGuard<'_, Open<Arc<Place>>> {
        // The map is whole even if a thread panicked while it held the lock.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long connections that are cut off are waited for.
const CUT: Duration = Duration::from_secs(1);

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
        self.place.is_cut()
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
        self.place.begun()
    }

    /// Lets the others know what is waited for from `now` on, a time after it was accepted.
    pub(crate) fn set_waits(&self, waits: Waits, now: Duration) {
        self.place.set_waits(waits, now);
    }

    /// Whether there is news; each is told once.
    pub(crate) fn poll_news(&self, context: &mut Context<'_>) -> Poll<()> {
        self.place.poll_news(context)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.stop.open().remove(self.key, self.place.is_leaving());
        self.stop.changed.notify(usize::MAX);
    }
}
