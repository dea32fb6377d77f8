//! How long the model waits, by the defaults of `Timeouts` and without a rate.

use std::time::Duration;

use basehttp_proto::{CloseReason as Why, State};

use super::Model;

impl Model {
    pub fn poll_timeout(&mut self, now: Duration) -> Option<Duration> {
        let wait = match self.state {
            State::Idle if self.requests == 0 || !self.input.is_empty() => 'h',
            State::Idle => 'i',
            State::Requesting | State::Duplex | State::Answered if self.left != Some(0) => 'c',
            State::Lingering => 'l',
            _ => ' ',
        };
        if (self.wait.0, self.wait.1) != (wait, self.requests) {
            self.wait = (wait, self.requests, now, now, self.received);
        } else if self.wait.4 != self.received {
            (self.wait.3, self.wait.4) = (now, self.received);
        }
        self.unsent = self.is_queued.then(|| self.unsent.unwrap_or(now));
        [self.deadline(), self.unsent.map(|since| since + Duration::from_secs(30))].into_iter().flatten().min()
    }

    fn deadline(&self) -> Option<Duration> {
        let (wait, _, since, moved, _) = self.wait;
        let secs = Duration::from_secs;
        match wait {
            'h' => Some(since + secs(10)),
            'i' => Some(since + secs(15)),
            'c' => Some(moved + secs(30)),
            'l' => Some((moved + secs(2)).min(since + secs(10))),
            _ => None,
        }
    }

    pub fn handle_timeout(&mut self, now: Duration) {
        let is_over = self.deadline().is_some_and(|deadline| deadline <= now);
        let wait = self.wait.0;
        if self.unsent.is_some_and(|since| since + Duration::from_secs(30) <= now) {
            self.abort(Why::SendTimeout);
        }
        match wait {
            _ if !is_over || self.state == State::Closed => {}
            'h' if !self.input.is_empty() => drop(self.fault()),
            'h' | 'i' => {
                self.close(Why::Idle);
                self.state = State::Closing;
            }
            'c' => {
                self.untold = self.state == State::Duplex;
                self.fault();
            }
            _ => self.state = State::Closed,
        }
    }
}
