//! A connection that sleeps while it waits for a request, as most connections of a server do most of the time.
//!
//! Law: nobody sees whether it sleeps. What is asked of it wakes it, unless a sleeper can tell.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use basehttp_proto::server::{Connection, Resting};
use basehttp_proto::{CloseReason, Config, State};

thread_local! {
    /// What the last connection has left that went to sleep on this thread: the next to wake finds its buffers, so that a
    /// busy one costs no memory each time.
    static SPARE: Cell<Option<Box<Connection>>> = const { Cell::new(None) };
}

/// A connection, whole or asleep.
#[derive(Debug)]
pub(super) struct Sleeper {
    awake: Option<Box<Connection>>,
    /// What it was when it fell asleep.
    resting: Resting,
}

impl Sleeper {
    /// One that was just accepted.
    pub(super) fn new(config: Arc<Config>) -> Self {
        Self { awake: None, resting: Resting::new(config) }
    }

    /// The connection, woken if it has to be.
    #[inline]
    pub(super) fn awake(&mut self) -> &mut Connection {
        let Self { awake, resting } = self;
        awake.get_or_insert_with(|| wake(resting))
    }

    /// Lets it sleep, if it waits for a request and for nothing else.
    pub(super) fn rest(&mut self) {
        if self.awake.as_deref().is_some_and(|connection| self.resting.keep(connection)) {
            let connection = self.awake.take();
            let _ = SPARE.try_with(|spare| spare.set(connection));
        }
    }

    /// Until when it sleeps, if it does and may.
    pub(super) fn sleeps_until(&self, now: Duration) -> Option<Duration> {
        self.resting.deadline().filter(|deadline| self.awake.is_none() && now < *deadline)
    }

    /// Whether it waits for a request of which nothing has come.
    pub(super) fn is_idle(&self) -> bool {
        self.awake.as_ref().is_none_or(|connection| connection.state() == State::Idle && !connection.has_input())
    }

    pub(super) fn is_over(&self) -> bool {
        self.awake.as_ref().is_some_and(|connection| connection.state() == State::Closed)
    }

    pub(super) fn requests(&self) -> u32 {
        self.awake.as_ref().map_or(self.resting.requests(), |connection| connection.requests())
    }

    pub(super) fn close_reason(&self) -> Option<CloseReason> {
        self.awake.as_ref()?.close_reason()
    }
}

#[cold]
fn wake(resting: &Resting) -> Box<Connection> {
    let spare = SPARE.try_with(Cell::take).ok().flatten();
    let mut connection = spare.unwrap_or_else(|| Box::new(Connection::new(Config::default())));
    let is_woken = resting.wake_in(&mut connection);
    debug_assert!(is_woken, "a spare connection is at rest");
    connection
}
