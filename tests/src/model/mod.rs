//! A model of one server connection, written from its documentation: what it tells, where it stands and how long it
//! waits after every thing that can happen to it. It knows no octets: the peer's stream is a list of [`Symbol`]s.
//!
//! It is a second opinion, and so it shares nothing with the library but the names of states and reasons. Calls have the
//! names of those that they model.
#![expect(missing_docs, reason = "named as in the library")]

mod clock;
mod symbol;

use State::{Answered, Closed, Closing, Complete, Duplex, Failed, Idle, Lingering, Requesting, Responding, Waiting};
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
    input: Vec<Symbol>,
    is_ended: bool,
    /// The request; of its content what is still to come, and whether the peer waits still.
    ask: Ask,
    untold: bool,
    requests: u32,
    received: u64,
    waits: clock::Waits,
}

impl Model {
    #[expect(clippy::new_without_default, reason = "there is one way to begin")]
    pub fn new() -> Self {
        Self {
            state: Idle,
            reason: None,
            is_queued: false,
            input: Vec::new(),
            is_ended: false,
            ask: Ask::GET,
            untold: false,
            requests: 0,
            received: 0,
            waits: clock::Waits::default(),
        }
    }

    pub fn wants_read(&self) -> bool {
        !self.is_ended && matches!(self.state, Idle | Requesting | Duplex | Answered | Lingering)
    }

    pub fn recv(&mut self, symbol: Symbol) {
        self.input.push(symbol);
        self.received += 1;
    }

    pub fn recv_eof(&mut self) {
        self.is_ended = true;
    }

    /// Goes where one of the moves leads from here; whether one does.
    fn step(&mut self, moves: &[(State, State)]) -> bool {
        let to = moves.iter().find(|(from, _)| *from == self.state).map(|(_, to)| *to);
        self.state = to.unwrap_or(self.state);
        to.is_some()
    }

    /// Takes note of a reason to close, the first of which stands. It ends a connection on which nothing is going on.
    fn close(&mut self, why: Option<Why>) {
        self.reason = self.reason.or(why);
        if self.reason.is_some() && self.state == Idle && self.input.is_empty() {
            self.state = Closing;
        }
    }

    /// A fault of the peer: an answer is due unless one has begun.
    fn fault(&mut self) -> Told {
        self.close(Some(Why::Fault(ErrorKind::Incomplete)));
        self.step(&[(Idle, Failed), (Requesting, Failed), (Duplex, Responding), (Answered, Closing)]);
        Told::Error
    }

    pub fn poll_event(&mut self) -> Told {
        // What nobody reads is drained without a word.
        while self.state == Answered && self.reason.is_none() && self.content() != Told::Nothing {}
        loop {
            match self.state {
                Idle => match self.input[..] {
                    [Symbol::Head(ask), ..] => return self.begin(ask, 1),
                    [Symbol::Half, Symbol::Rest, ..] => return self.begin(Ask::GET, 2),
                    [] | [Symbol::Half] if !self.is_ended => return Told::Nothing,
                    [] => self.close(Some(Why::PeerClosed)),
                    _ => return self.fault(),
                },
                Requesting | Duplex => return self.content(),
                Answered | Complete if self.reason.is_some() => self.state = Closing,
                Complete => self.state = Idle,
                Responding if std::mem::take(&mut self.untold) => return Told::Error,
                Failed => return Told::Error,
                Closing if !self.is_queued => return self.end(),
                Lingering if self.is_ended => self.state = Closed,
                Closed => return Told::Closed,
                Waiting | Responding | Answered | Closing | Lingering | State::Tunnel => return Told::Nothing,
            }
        }
    }

    fn begin(&mut self, ask: Ask, symbols: usize) -> Told {
        self.input.drain(..symbols);
        self.requests += 1;
        self.ask = Ask { waits: ask.waits && !ask.is_http10 && ask.content != Some(0), ..ask };
        self.state = Requesting;
        self.close(ask.closes.then_some(Why::PeerAsked));
        self.close(ask.is_http10.then_some(Why::Http10));
        self.close((self.requests == REQUESTS).then_some(Why::RequestLimit));
        Told::Request
    }

    /// As much content as there is, then its end or what is wrong with it.
    fn content(&mut self) -> Told {
        let mut octets = 0;
        while let (Some(Symbol::Octet | Symbol::Chunk), Some(1..) | None) = (self.input.first(), self.ask.content) {
            self.input.remove(0);
            self.ask.content = self.ask.content.map(|left| left - 1);
            octets += 1;
        }
        match (self.ask.content, self.input.first()) {
            _ if octets > 0 => {
                self.ask.waits = false;
                return Told::Body(octets);
            }
            (Some(0), _) => {}
            (None, Some(Symbol::Last)) => drop(self.input.remove(0)),
            (_, None) if !self.is_ended => return Told::Nothing,
            _ => return self.fault(),
        }
        self.ask.content = Some(0);
        self.step(&[(Requesting, Waiting), (Duplex, Responding), (Answered, Complete)]);
        Told::End
    }

    /// Everything is sent: a peer that may still be sending is told so, and listened to for a while.
    fn end(&mut self) -> Told {
        let is_sending = !self.input.is_empty() || self.ask.content != Some(0);
        let expects_it = matches!(self.reason, Some(Why::PeerAsked | Why::Http10 | Why::PeerClosed | Why::Idle));
        let lingers = !self.is_ended && (is_sending || (self.received > 0 && !expects_it));
        self.state = if lingers { Lingering } else { Closed };
        if lingers { Told::Shutdown } else { Told::Closed }
    }

    /// The head of a response of unknown length; whether one is due.
    pub fn send_response(&mut self) -> bool {
        let is_due = self.step(&[(Requesting, Duplex), (Waiting, Responding), (Failed, Responding)]);
        if is_due {
            self.is_queued = true;
            self.close(self.ask.is_http10.then_some(Why::UntilClose));
            let worth = if self.ask.waits { 0 } else { DRAIN };
            let is_left = self.ask.content.is_none_or(|left| left > worth);
            self.close(is_left.then_some(Why::UnreadContent));
        }
        is_due
    }

    pub fn send_body(&mut self) -> bool {
        let is_due = matches!(self.state, Duplex | Responding);
        self.is_queued |= is_due;
        is_due
    }

    /// The end of a response, which shows in chunks alone; whether one is due.
    pub fn finish(&mut self) -> bool {
        let is_due = self.step(&[(Duplex, Answered), (Responding, Complete)]);
        self.is_queued |= is_due && !self.ask.is_http10;
        is_due
    }

    pub fn send_continue(&mut self) {
        if self.ask.waits && self.state == Requesting {
            (self.is_queued, self.ask.waits) = (true, false);
        }
    }

    pub fn shutdown(&mut self) {
        self.close(Some(Why::Shutdown));
    }

    pub fn abort(&mut self, why: Why) {
        self.close(Some(why));
        (self.is_queued, self.state) = (false, Closed);
    }
}
