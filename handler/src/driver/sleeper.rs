//! A connection that sleeps while it waits for a request, as most connections of a server do most of the time.
//!
//! Law: nobody sees whether it sleeps. What is asked of it wakes it, unless a sleeper can tell.

use std::sync::Arc;
use std::time::Duration;

use basehttp_proto::server::{Connection, Resting};
use basehttp_proto::{CloseReason, Config, State};

/// A connection, whole or at rest. One that was never woken is new.
#[derive(Debug)]
pub(super) struct Sleeper {
    config: Arc<Config>,
    awake: Option<Box<Connection>>,
    resting: Option<Resting>,
}

impl Sleeper {
    pub(super) fn new(config: Arc<Config>) -> Self {
        Self { config, awake: None, resting: None }
    }

    /// The connection, woken if it has to be.
    pub(super) fn awake(&mut self) -> &mut Connection {
        let Self { config, awake, resting } = self;
        awake.get_or_insert_with(|| {
            let woken = resting.take().map(Resting::wake);
            Box::new(woken.unwrap_or_else(|| Connection::new(Arc::clone(config))))
        })
    }

    /// Lets it sleep, if it waits for a request and for nothing else.
    pub(super) fn rest(&mut self) {
        if let Some(resting) = self.awake.as_deref().and_then(Connection::rest) {
            self.resting = Some(resting);
            self.awake = None;
        }
    }

    /// Until when it sleeps, if it does and may.
    pub(super) fn sleeps_until(&self, now: Duration) -> Option<Option<Duration>> {
        let deadline = self.resting.as_ref()?.deadline();
        deadline.is_none_or(|deadline| now < deadline).then_some(deadline)
    }

    /// Whether it waits for a request of which nothing has come.
    pub(super) fn is_idle(&self) -> bool {
        self.awake.as_ref().is_none_or(|connection| connection.state() == State::Idle && !connection.has_input())
    }

    pub(super) fn is_over(&self) -> bool {
        self.awake.as_ref().is_some_and(|connection| connection.state() == State::Closed)
    }

    pub(super) fn requests(&self) -> u32 {
        let resting = || self.resting.as_ref().map_or(0, Resting::requests);
        self.awake.as_ref().map_or_else(resting, |connection| connection.requests())
    }

    pub(super) fn close_reason(&self) -> Option<CloseReason> {
        self.awake.as_ref()?.close_reason()
    }
}
