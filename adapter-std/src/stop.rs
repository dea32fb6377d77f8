//! Stopping a server from elsewhere: gracefully, or at once.

use std::collections::HashMap;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mio::Waker;
use socket2::SockRef;

/// Stops the server it was taken from; cloned at will.
#[derive(Clone, Debug)]
pub struct ShutdownHandle(pub(crate) Arc<Stop>);

impl ShutdownHandle {
    /// Takes no further connection, answers the requests that have begun with `Connection: close`, and closes idle
    /// connections within a second, in which a request that was already on its way is still answered. What is left after
    /// `deadline` is cut off.
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
        self.0.open().streams.len()
    }
}

/// What the accepting thread, the connections and the handles share.
#[derive(Debug)]
pub(crate) struct Stop {
    stopping: AtomicBool,
    open: Mutex<Open>,
    /// Signalled when a connection closes, or the deadline changes.
    changed: Condvar,
    /// Wakes the accepting thread.
    waker: Waker,
    /// Whether that thread waits for a connection to close.
    wants_room: AtomicBool,
}

#[derive(Debug, Default)]
pub(crate) struct Open {
    pub(crate) streams: HashMap<u64, Arc<TcpStream>>,
    next: u64,
    /// When open connections are cut off.
    deadline: Option<Instant>,
}

impl Stop {
    pub(crate) fn new(waker: Waker) -> Self {
        Self {
            stopping: AtomicBool::new(false),
            open: Mutex::default(),
            changed: Condvar::new(),
            waker,
            wants_room: AtomicBool::new(false),
        }
    }

    /// Whether no further request is to be taken.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Enters a connection; it is open until the returned guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>, stream: &Arc<TcpStream>) -> Entry {
        let mut open = self.open();
        let key = open.next;
        open.next = key.wrapping_add(1);
        open.streams.insert(key, Arc::clone(stream));
        Entry { stop: Arc::clone(self), key }
    }

    /// Whether fewer than `max` connections are open; if not, the accepting thread is woken when one closes.
    pub(crate) fn has_room(&self, max: usize) -> bool {
        if self.open().streams.len() < max {
            return true;
        }
        self.wants_room.store(true, Ordering::Release);
        // One may have closed between the two.
        self.open().streams.len() < max
    }

    pub(crate) fn open(&self) -> MutexGuard<'_, Open> {
        // The map is whole even if a thread panicked while it held the lock.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a connection may be waiting for one of the open ones to close.
    pub(crate) fn wants_room(&self) -> bool {
        self.wants_room.load(Ordering::Acquire)
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
        }
        self.changed.notify_all();
        self.wake();
    }

    /// Wakes the accepting thread; one that cannot be woken finds out when it next looks.
    fn wake(&self) {
        let _ = self.waker.wake();
    }

    fn cut_off(&self) {
        for stream in self.open().streams.values() {
            // The peer learns of it at once when the socket is closed: without this one that goes on sending may find a full
            // window, and wait for it. A socket that fails here is gone already.
            let _ = SockRef::from(&**stream).set_linger(Some(Duration::ZERO));
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Waits until every connection has closed, and cuts off at the deadline those that have not.
    pub(crate) fn drain(&self) {
        let mut open = self.open();
        while !open.streams.is_empty() {
            let left = open.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                drop(open);
                self.cut_off();
                return;
            }
            let left = left.unwrap_or(Duration::MAX).min(Duration::from_secs(3600));
            open = self.changed.wait_timeout(open, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// An open connection's place among the others.
#[derive(Debug)]
pub(crate) struct Entry {
    stop: Arc<Stop>,
    key: u64,
}

impl Entry {
    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.stop.open().streams.remove(&self.key);
        self.stop.changed.notify_all();
        if self.stop.wants_room.swap(false, Ordering::AcqRel) {
            self.stop.wake();
        }
    }
}
