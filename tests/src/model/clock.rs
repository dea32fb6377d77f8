//! How long the model waits, by the defaults of `Timeouts` and without a rate.

use std::time::Duration;

use basehttp_proto::{CloseReason as Why, State};

use super::Model;

/// How many seconds something may take, what tells it from the same at another time, and since when it goes on: the
/// peer as a whole, the peer since its last octet, and the sending.
pub(super) type Waits = [((Option<u64>, u32, u64), Duration); 3];

impl Model {
    pub fn poll_timeout(&mut self, now: Duration) -> Option<Duration> {
        let (whole, pause) = match self.state {
            State::Idle if self.requests == 0 || !self.input.is_empty() => (Some(10), None),
            State::Idle => (Some(15), None),
            State::Requesting | State::Duplex | State::Answered if self.ask.content != Some(0) => (None, Some(30)),
            State::Lingering => (Some(10), Some(2)),
            _ => (None, None),
        };
        let unsent = self.is_queued.then_some(30);
        let waits = [(whole, self.requests, 0), (pause, self.requests, self.received), (unsent, 0, 0)];
        for (known, wait) in self.waits.iter_mut().zip(waits).filter(|(known, wait)| known.0 != *wait) {
            *known = (wait, now);
        }
        self.deadlines().into_iter().flatten().min()
    }

    fn deadlines(&self) -> [Option<Duration>; 3] {
        self.waits.map(|((seconds, ..), since)| Some(since + Duration::from_secs(seconds?)))
    }

    /// Acts on the deadlines that were told last.
    pub fn handle_timeout(&mut self, now: Duration) {
        let [whole, pause, unsent] = self.deadlines().map(|deadline| deadline.is_some_and(|at| at <= now));
        match self.state {
            _ if unsent => self.abort(Why::SendTimeout),
            _ if !whole && !pause => {}
            State::Idle if self.input.is_empty() => self.close(Some(Why::Idle)),
            State::Lingering => self.state = State::Closed,
            state => {
                self.untold = state == State::Duplex;
                self.fault();
            }
        }
    }
}
