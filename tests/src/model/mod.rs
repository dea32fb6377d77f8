//! A model of one server connection, written from its documentation: what it tells, where it stands and how long it
//! waits after every thing that can happen to it. It knows no octets: the peer's stream is a queue of [`Symbol`]s.
//!
//! It is a second opinion, and so it shares nothing with the library but the names of states and reasons. Calls have the
//! names of those that they model.
#![expect(missing_docs, reason = "named as in the library")]

mod calls;
mod clock;
mod symbol;

use std::collections::VecDeque;
use std::time::Duration;

use basehttp_proto::{CloseReason as Why, ErrorKind, State};

pub use symbol::{Ask, Symbol, Told};

/// The requests that a connection takes, and the octets of content that are worth draining.
pub const REQUESTS: u32 = 3;
pub const DRAIN: u64 = 2;

#[derive(Debug)]
pub struct Model {
    pub state: State,
    /// Why it closes; which fault it was is not modelled.
    pub reason: Option<Why>,
    pub is_queued: bool,
    /// A response has begun and not ended; whether its end is sent.
    open: Option<bool>,
    input: VecDeque<Symbol>,
    is_ended: bool,
    ask: Ask,
    /// Content of the request still to come, `None` in chunks.
    left: Option<u64>,
    waits: bool,
    untold: bool,
    requests: u32,
    received: u64,
    /// What of the peer is waited for, since when, and when how much had last come.
    wait: (char, u32, Duration, Duration, u64),
    unsent: Option<Duration>,
}

impl Model {
    #[expect(clippy::new_without_default, reason = "there is one way to begin")]
    pub fn new() -> Self {
        Self {
            state: State::Idle,
            reason: None,
            is_queued: false,
            open: None,
            input: VecDeque::new(),
            is_ended: false,
            ask: Ask::GET,
            left: Some(0),
            waits: false,
            untold: false,
            requests: 0,
            received: 0,
            wait: (' ', 0, Duration::ZERO, Duration::ZERO, 0),
            unsent: None,
        }
    }

    pub fn wants_read(&self) -> bool {
        use State::{Answered, Duplex, Idle, Lingering, Requesting};
        !self.is_ended && matches!(self.state, Idle | Requesting | Duplex | Answered | Lingering)
    }

    pub fn recv(&mut self, symbol: Symbol) {
        self.input.push_back(symbol);
        self.received += 1;
    }

    pub fn recv_eof(&mut self) {
        self.is_ended = true;
    }

    fn close(&mut self, why: Why) {
        self.reason.get_or_insert(why);
    }

    /// A fault of the peer: an answer is due unless one has begun.
    fn fault(&mut self) -> Told {
        self.close(Why::Fault(ErrorKind::Incomplete));
        self.state = match self.state {
            State::Duplex => State::Responding,
            State::Answered => State::Closing,
            _ => State::Failed,
        };
        Told::Error
    }

    pub fn poll_event(&mut self) -> Told {
        loop {
            match self.state {
                State::Idle => match (self.input.front().copied(), self.input.get(1)) {
                    (Some(Symbol::Head(ask)), _) => return self.begin(ask, 1),
                    (Some(Symbol::Half), Some(Symbol::Rest)) => return self.begin(Ask::GET, 2),
                    (Some(Symbol::Half), None) if !self.is_ended => return Told::Nothing,
                    (None, _) if !self.is_ended => return Told::Nothing,
                    (None, _) => {
                        self.close(Why::PeerClosed);
                        self.state = State::Closing;
                    }
                    _ => return self.fault(),
                },
                State::Requesting | State::Duplex => return self.content(),
                State::Answered if self.reason.is_some() => self.state = State::Closing,
                // What nobody reads is drained without a word.
                State::Answered => {
                    if self.content() == Told::Nothing {
                        return Told::Nothing;
                    }
                }
                State::Complete if self.reason.is_some() => self.state = State::Closing,
                State::Complete => self.state = State::Idle,
                State::Responding if std::mem::take(&mut self.untold) => return Told::Error,
                State::Failed => return Told::Error,
                State::Closing if !self.is_queued => return self.end(),
                State::Lingering => {
                    self.input.clear();
                    if !self.is_ended {
                        return Told::Nothing;
                    }
                    self.state = State::Closed;
                }
                State::Closed => return Told::Closed,
                State::Waiting | State::Responding | State::Closing | State::Tunnel => return Told::Nothing,
            }
        }
    }

    fn begin(&mut self, ask: Ask, symbols: usize) -> Told {
        self.input.drain(..symbols);
        (self.ask, self.left, self.requests) = (ask, ask.content, self.requests + 1);
        self.waits = ask.waits && !ask.is_http10 && ask.content != Some(0);
        let reasons = [
            (ask.closes, Why::PeerAsked),
            (ask.is_http10, Why::Http10),
            (self.requests == REQUESTS, Why::RequestLimit),
        ];
        reasons.into_iter().filter(|(is_so, _)| *is_so).for_each(|(_, why)| self.close(why));
        self.state = State::Requesting;
        Told::Request
    }

    /// As much content as there is, then its end or what is wrong with it.
    fn content(&mut self) -> Told {
        let mut octets = 0;
        while let (Some(Symbol::Octet | Symbol::Chunk), Some(1..) | None) = (self.input.front(), self.left) {
            self.input.pop_front();
            self.left = self.left.map(|left| left - 1);
            octets += 1;
        }
        let is_last = self.left.is_none() && self.input.front() == Some(&Symbol::Last);
        if octets > 0 {
            self.waits &= self.state == State::Answered;
            return Told::Body(octets);
        } else if !is_last && self.left != Some(0) {
            return if self.is_ended || !self.input.is_empty() { self.fault() } else { Told::Nothing };
        } else if is_last {
            self.input.pop_front();
        }
        self.left = Some(0);
        self.state = match self.state {
            State::Requesting => State::Waiting,
            State::Duplex => State::Responding,
            _ => State::Complete,
        };
        Told::End
    }

    /// Everything is sent: a peer that may still be sending is told so, and listened to for a while.
    fn end(&mut self) -> Told {
        use Why::{Http10, Idle, PeerAsked, PeerClosed};
        let expects_it = self.received == 0 || matches!(self.reason, Some(PeerAsked | Http10 | PeerClosed | Idle));
        let is_sending = !self.input.is_empty() || self.left != Some(0);
        let lingers = !self.is_ended && (is_sending || !expects_it);
        self.state = if lingers { State::Lingering } else { State::Closed };
        if lingers { Told::Shutdown } else { Told::Closed }
    }
}
