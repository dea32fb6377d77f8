//! Stopping a server from elsewhere: gracefully, or at once.

use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use basehttp_transport::Open;
use mio::Waker;

use crate::stream::Socket;

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
        self.0.cut_off();
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.0.open().len()
    }
}

/// What the waiting thread, the connections and the handles share.
#[derive(Debug)]
pub(crate) struct Stop {
    stopping: AtomicBool,
    /// Open connections are to end at once.
    cut: AtomicBool,
    open: Mutex<Open<Arc<Socket>>>,
    /// Wakes the waiting thread, which is told when something here changes.
    waker: Arc<Waker>,
    /// Whether that thread waits for a connection to close.
    wants_room: AtomicBool,
}

impl Stop {
    pub(crate) fn new(waker: Arc<Waker>) -> Self {
        Self {
            stopping: AtomicBool::new(false),
            cut: AtomicBool::new(false),
            open: Mutex::default(),
            waker,
            wants_room: AtomicBool::new(false),
        }
    }

    /// Whether no further request is to be taken.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Enters a connection; it is open until the returned guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>, socket: &Arc<Socket>) -> Entry {
        let key = self.open().enter(Arc::clone(socket));
        Entry { stop: Arc::clone(self), key, is_leaving: false }
    }

    /// Whether fewer than `max` connections are open, without those that are leaving; if not, the waiting thread is woken
    /// when one closes.
    pub(crate) fn has_room(&self, max: usize) -> bool {
        let has_room = || self.open().has_room(max);
        if has_room() {
            return true;
        }
        self.want_room();
        // One may have closed between the two.
        has_room()
    }

    /// Lets the waiting thread be woken when a connection closes.
    pub(crate) fn want_room(&self) {
        self.wants_room.store(true, Ordering::Release);
    }

    /// Whether none has closed since it was to be woken for that.
    pub(crate) fn wants_room(&self) -> bool {
        self.wants_room.load(Ordering::Acquire)
    }

    /// Whether another connection may be asked to leave.
    pub(crate) fn may_ask_to_leave(&self, max: usize) -> bool {
        self.open().may_leave(max)
    }

    /// When open connections are cut off, once the server is to stop; `None` when all have closed.
    pub(crate) fn cut_off_at(&self) -> Option<Instant> {
        let open = self.open();
        if open.is_empty() { None } else { Some(open.deadline().unwrap_or_else(far)) }
    }

    fn open(&self) -> MutexGuard<'_, Open<Arc<Socket>>> {
        // The map is whole even if a thread panicked while it held the lock.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, deadline: Duration) {
        self.open().end_within(deadline);
        self.stopping.store(true, Ordering::Release);
        self.wake();
    }

    /// Wakes the waiting thread; one that cannot be woken finds out when it next looks.
    fn wake(&self) {
        let _ = self.waker.wake();
    }

    /// Ends every connection: by a reset, because an end in good order could pass for that of a response. Those that wait for
    /// their client stop waiting, and each sees for itself what has become of it.
    pub(crate) fn cut_off(&self) {
        self.cut.store(true, Ordering::Release);
        for socket in self.open().places() {
            socket.reset();
            // A socket that fails here is gone already.
            let _ = socket.shutdown(Shutdown::Read);
        }
    }
}

/// A time that nobody waits for.
fn far() -> Instant {
    let now = Instant::now();
    now.checked_add(Duration::from_secs(3600)).unwrap_or(now)
}

/// An open connection's place among the others.
#[derive(Debug)]
pub(crate) struct Entry {
    stop: Arc<Stop>,
    key: u64,
    is_leaving: bool,
}

impl Entry {
    /// Whether the connection is to take no further request.
    pub(crate) fn is_leaving(&self) -> bool {
        self.is_leaving || self.stop.is_stopping()
    }

    /// Whether the connection is to end at once.
    pub(crate) fn is_cut(&self) -> bool {
        self.stop.cut.load(Ordering::Acquire)
    }

    /// Whether the time is over that open connections were given when the server was stopped.
    pub(crate) fn is_overdue(&self) -> bool {
        self.stop.is_stopping() && self.stop.cut_off_at().is_some_and(|at| at <= Instant::now())
    }

    /// Takes no further request, to make room.
    pub(crate) fn leave(&mut self) {
        if !self.is_leaving {
            self.is_leaving = true;
            self.stop.open().leaves();
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.stop.open().remove(self.key, self.is_leaving);
        if self.stop.is_stopping() || self.stop.wants_room.swap(false, Ordering::AcqRel) {
            self.stop.wake();
        }
    }
}
