//! What the server does, in the model.

use basehttp_proto::{CloseReason as Why, State};

use super::{DRAIN, Model};

impl Model {
    /// The head of a response of unknown length; whether one is due.
    pub fn send_response(&mut self) -> bool {
        let is_due = matches!(self.state, State::Requesting | State::Waiting | State::Failed);
        if is_due {
            self.open = Some(!self.ask.is_http10);
            if self.ask.is_http10 {
                self.close(Why::UntilClose);
            }
            if self.left.is_none_or(|left| left > if self.waits { 0 } else { DRAIN }) {
                self.close(Why::UnreadContent);
            }
            self.is_queued = true;
            self.state = if self.state == State::Requesting { State::Duplex } else { State::Responding };
        }
        is_due
    }

    pub fn send_body(&mut self) -> bool {
        self.is_queued |= self.open.is_some();
        self.open.is_some()
    }

    pub fn finish(&mut self) -> bool {
        let open = self.open.take();
        self.is_queued |= open == Some(true);
        match self.state {
            State::Duplex => self.state = State::Answered,
            State::Responding => self.state = State::Complete,
            _ => {}
        }
        open.is_some()
    }

    pub fn send_continue(&mut self) {
        if self.waits && self.state == State::Requesting {
            (self.is_queued, self.waits) = (true, false);
        }
    }

    pub fn shutdown(&mut self) {
        self.close(Why::Shutdown);
        if self.state == State::Idle && self.input.is_empty() {
            self.state = State::Closing;
        }
    }

    pub fn abort(&mut self, why: Why) {
        self.close(why);
        (self.is_queued, self.open, self.state) = (false, None, State::Closed);
    }
}
