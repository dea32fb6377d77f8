//! A connection that waits for its next request, in little memory.
//!
//! Law: rest is not seen from outside. What comes after it is what would have come without it.

use alloc::sync::Arc;
use core::time::Duration;

use super::connection::Connection;
use crate::connection::Config;
use crate::connection::core::Core;
use crate::connection::cycle::State;
use crate::connection::timer::Clock;

/// What is kept of a connection that waits for a request: some 80 octets in the place of some 500.
#[derive(Debug)]
pub struct Resting {
    config: Arc<Config>,
    clock: Clock,
    born: u64,
    offset: u64,
    requests: u32,
    exchange: u16,
}

impl Connection {
    /// What has to be kept of this connection while it waits for a request, to be woken when something comes, or its
    /// deadline has: drop the connection then. `None` when there is more to it: a request, something received or to be sent, or
    /// the end. Ask [`poll_timeout`](Self::poll_timeout) before, so that there is a deadline.
    pub fn rest(&self) -> Option<Resting> {
        let core = &self.core;
        let is_waiting = self.state() == State::Idle && !self.has_input() && !core.receive.ended();
        if !is_waiting || !core.send.is_flushed() || self.close_reason().is_some() {
            return None;
        }
        Some(Resting {
            config: Arc::clone(&core.config),
            clock: core.receive_clock.clone(),
            born: core.born,
            offset: core.receive.consumed(),
            requests: core.requests,
            exchange: core.exchange,
        })
    }
}

impl Resting {
    /// The connection again, as it was.
    pub fn wake(self) -> Connection {
        let mut connection = Connection::new(self.config);
        let core: &mut Core = &mut connection.core;
        core.receive.begin_at(self.offset);
        core.receive_clock = self.clock;
        core.born = self.born;
        core.requests = self.requests;
        core.exchange = self.exchange;
        connection
    }

    /// When it is to be woken although nothing has come: see [`Connection::poll_timeout`].
    pub fn deadline(&self) -> Option<Duration> {
        self.clock.deadline()
    }

    /// How many requests have begun.
    pub fn requests(&self) -> u32 {
        self.requests
    }
}
