//! A connection that waits for a request, in little memory.
//!
//! Law: rest is not seen from outside. What comes after it is what would have come without it.

use alloc::sync::Arc;
use core::time::Duration;

use super::connection::Connection;
use crate::connection::Config;
use crate::connection::timer::{Clock, from_micros};

/// What is kept of a connection that waits for a request: some 80 octets in the place of some 500.
///
/// ```
/// use std::time::Duration;
///
/// use basehttp_proto::server::{Connection, Resting};
/// use basehttp_proto::Config;
///
/// let mut connection = Connection::new(Config::default());
/// let mut resting = Resting::new(Config::default());
/// let deadline = connection.poll_timeout(Duration::ZERO);
/// assert!(resting.keep(&connection));
/// assert_eq!(resting.deadline(), deadline);
/// // Something has come for it: any connection that is at rest itself will do.
/// assert!(resting.wake_in(&mut connection));
/// connection.recv(b"GET / HTTP/1.1\r\n")?;
/// assert!(!resting.keep(&connection));
/// # Ok::<(), basehttp_proto::UsageError>(())
/// ```
#[derive(Debug)]
pub struct Resting {
    config: Arc<Config>,
    clock: Clock,
    old_at: u64,
    offset: u64,
    requests: u32,
    exchange: u16,
}

impl Resting {
    /// A connection that was just accepted.
    pub fn new(config: impl Into<Arc<Config>>) -> Self {
        Self { config: config.into(), clock: Clock::new(), old_at: 0, offset: 0, requests: 0, exchange: 0 }
    }

    /// Keeps what there is of a connection, if that is all: `false` for one that has a request, has received something, has
    /// something to send, or comes to its end. Ask [`Connection::poll_timeout`] before, so that there is a deadline. Drop that
    /// connection, or let another wake in it, which finds its buffers.
    pub fn keep(&mut self, connection: &Connection) -> bool {
        if !connection.core.is_at_rest() {
            return false;
        }
        let core = &connection.core;
        if !Arc::ptr_eq(&self.config, &core.config) {
            self.config = Arc::clone(&core.config);
        }
        self.clock = core.receive_clock.clone();
        (self.old_at, self.offset) = (core.old_at, core.receive.input.offset);
        (self.requests, self.exchange) = (core.requests, core.exchange);
        true
    }

    /// Makes a connection go on as the one that was kept; `false`, and nothing is done, for one that is not at rest itself. The
    /// date is not kept: tell it [`Connection::set_date`] again.
    pub fn wake_in(&self, connection: &mut Connection) -> bool {
        if !connection.core.is_at_rest() {
            return false;
        }
        let core = &mut connection.core;
        if !Arc::ptr_eq(&self.config, &core.config) {
            core.config = Arc::clone(&self.config);
        }
        (core.receive_clock, core.send_clock) = (self.clock.clone(), Clock::new());
        core.receive.input.offset = self.offset;
        (core.old_at, core.requests, core.exchange) = (self.old_at, self.requests, self.exchange);
        true
    }

    /// When it is to be woken although nothing has come: see [`Connection::poll_timeout`].
    pub fn deadline(&self) -> Option<Duration> {
        from_micros(self.clock.deadline)
    }

    /// How many requests have begun.
    pub fn requests(&self) -> u32 {
        self.requests
    }
}
