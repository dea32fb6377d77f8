//! A connection that sleeps while it waits for a request, as most connections of a server do most of the time.
//!
//! Law: nobody sees whether it sleeps. What is asked of it wakes it, unless a sleeper can tell.

use std::cell::Cell;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use basehttp_proto::server::{Connection, Resting};
use basehttp_proto::{CloseReason, Config, State};

use super::Exchange;

thread_local! {
    /// What the last connection has left that went to sleep on this thread: the next to wake finds its buffers, so that a
    /// busy one costs no memory each time.
    static SPARE: Cell<Option<Box<Awake>>> = const { Cell::new(None) };
}

/// A connection, and the exchange in progress.
#[derive(Debug)]
struct Awake {
    connection: Connection,
    exchange: Exchange,
}

/// A connection, whole or asleep; one that is asleep has no exchange.
#[derive(Debug)]
pub(super) struct Sleeper {
    awake: Option<Box<Awake>>,
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
        &mut self.whole().connection
    }

    #[inline]
    fn whole(&mut self) -> &mut Awake {
        let Self { awake, resting } = self;
        awake.get_or_insert_with(|| wake(resting))
    }

    /// The exchange in progress.
    #[inline]
    pub(super) fn exchange(&self) -> &Exchange {
        self.awake.as_ref().map_or(&Exchange::None, |awake| &awake.exchange)
    }

    /// The exchange in progress, to be changed.
    #[inline]
    pub(super) fn exchange_mut(&mut self) -> &mut Exchange {
        &mut self.whole().exchange
    }

    /// Takes the exchange in progress out; none is left.
    #[inline]
    pub(super) fn take_exchange(&mut self) -> Exchange {
        self.awake.as_mut().map_or(Exchange::None, |awake| mem::take(&mut awake.exchange))
    }

    /// Goes on with this exchange.
    #[inline]
    pub(super) fn set_exchange(&mut self, exchange: Exchange) {
        *self.exchange_mut() = exchange;
    }

    /// Lets it sleep, if it waits for a request and for nothing else.
    pub(super) fn rest(&mut self) {
        let Some(awake) = &self.awake else { return };
        if matches!(awake.exchange, Exchange::None) && self.resting.keep(&awake.connection) {
            let awake = self.awake.take();
            let _ = SPARE.try_with(|spare| spare.set(awake));
        }
    }

    /// Until when it sleeps, if it does and may.
    pub(super) fn sleeps_until(&self, now: Duration) -> Option<Duration> {
        self.resting.deadline().filter(|deadline| self.awake.is_none() && now < *deadline)
    }

    /// Whether it waits for a request of which nothing has come.
    pub(super) fn is_idle(&self) -> bool {
        self.awake.as_ref().is_none_or(|awake| awake.connection.state() == State::Idle && !awake.connection.has_input())
    }

    pub(super) fn is_over(&self) -> bool {
        self.awake.as_ref().is_some_and(|awake| awake.connection.state() == State::Closed)
    }

    pub(super) fn requests(&self) -> u32 {
        self.awake.as_ref().map_or(self.resting.requests(), |awake| awake.connection.requests())
    }

    pub(super) fn close_reason(&self) -> Option<CloseReason> {
        self.awake.as_ref()?.connection.close_reason()
    }
}

#[cold]
fn wake(resting: &Resting) -> Box<Awake> {
    let spare = SPARE.try_with(Cell::take).ok().flatten();
    let fresh = || Box::new(Awake { connection: Connection::new(Config::default()), exchange: Exchange::None });
    let mut awake = spare.unwrap_or_else(fresh);
    let is_woken = resting.wake_in(&mut awake.connection);
    debug_assert!(is_woken, "a spare connection is at rest");
    awake
}
