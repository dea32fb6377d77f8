//! A client and a server of the library, wired to each other in memory: a virtual clock, a line of limited capacity, and
//! segments of random sizes.
//!
//! A [`Script`] says what both sides do; [`converse`] lets them, and tells what each side saw of the other.

mod pair;
mod script;

use std::fmt;

use basehttp_proto::{CloseReason, Config, ErrorKind, Fields, State, StatusCode, UsageError, client, server};

pub use pair::Pair;
pub use script::{Content, Exchange, Script};

use crate::escape::escape;
use crate::split::lines;

/// A side adds content only while less than this is queued.
pub const WINDOW: usize = 32 << 10;

/// A message as one side saw it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Method and target, or the status.
    pub start: String,
    /// The value of `X-Number`.
    pub number: Option<String>,
    /// Informational responses before it.
    pub interim: u8,
    /// Its content.
    pub content: Vec<u8>,
    /// The value of its trailer.
    pub trailer: Option<String>,
    /// Whether its end came.
    pub is_complete: bool,
}

/// What became of a conversation.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The requests that the server was told.
    pub requests: Vec<Told>,
    /// The responses that the client was told.
    pub responses: Vec<Told>,
    /// How many requests were begun.
    pub asked: usize,
    /// What the server and the client were told to be faults.
    pub faults: (Option<ErrorKind>, Option<ErrorKind>),
    /// What came to the server and to the client after the hand-over.
    pub tunneled: (Vec<u8>, Vec<u8>),
    /// Whether the client may send another request.
    pub is_reusable: bool,
    /// Whether the server waits for another request.
    pub is_waiting: bool,
    /// Why the server and the client close.
    pub reasons: (Option<CloseReason>, Option<CloseReason>),
    /// The most that was queued on either side.
    pub backlog: usize,
}

/// Holds a conversation, until it is over or nothing of it is left to do.
///
/// # Panics
///
/// When one side is refused what it has to be able to do, or the conversation does not end.
#[must_use]
pub fn converse(script: &Script) -> Outcome {
    let mut config = Config::client();
    config.limits.pipelined = script.pipelined;
    let mut talk = Talk {
        pair: Pair::new(config, Config::default(), script.seed),
        script,
        seen: Outcome::default(),
        interim: 0,
        sending: None,
        answering: None,
    };
    // A poll that tells of nothing may still have moved a side on, so rest is what lasts for more than one round.
    let mut still = 0;
    for _ in 0..2_000_000 {
        let mut moves = talk.ask();
        moves |= talk.answer();
        moves |= talk.pair.travel();
        moves |= talk.serve();
        moves |= talk.hear();
        let queued = talk.pair.client.transmit().len().max(talk.pair.server.transmit().len());
        talk.seen.backlog = talk.seen.backlog.max(queued);
        let is_idle = talk.pair.client.state() == State::Idle && talk.pair.server.state() == State::Idle;
        let is_over = [talk.pair.client.state(), talk.pair.server.state()]
            .iter()
            .all(|state| matches!(state, State::Closed | State::Tunnel));
        let is_done = talk.seen.asked == script.exchanges.len() && talk.sending.is_none();
        still = if moves { 0 } else { still + 1 };
        let rests = still > 2;
        if rests && (is_over || is_idle && is_done) {
            return talk.outcome();
        }
        assert!(talk.pair.time(rests) || !rests, "nothing will ever happen again: {script:?}\n{:?}", talk.pair);
    }
    panic!("it does not end: {script:?}\n{:?}", talk.pair);
}

struct Talk<'s> {
    pair: Pair,
    script: &'s Script,
    seen: Outcome,
    interim: u8,
    /// The exchange whose request is being sent, and the next piece of it.
    sending: Option<(usize, usize)>,
    /// The exchange whose response is being sent, and the next piece of it.
    answering: Option<(usize, usize)>,
}

impl Talk<'_> {
    /// The client's caller moves on.
    fn ask(&mut self) -> bool {
        let Pair { client, up, .. } = &mut self.pair;
        let Some((place, piece)) = self.sending else {
            let Some(exchange) = self.script.exchanges.get(self.seen.asked) else { return false };
            match client.send_request(&exchange.request_head(self.seen.asked), exchange.request.length()) {
                Ok(()) => self.sending = Some((self.seen.asked, 0)),
                Err(UsageError::NoRequestDue) => return false,
                Err(error) => panic!("{error}: {exchange:?}"),
            }
            self.seen.asked += 1;
            return true;
        };
        let content = &self.script.exchanges[place].request;
        if client.awaits_continue() || client.transmit().len() >= WINDOW {
            return false;
        }
        let sent = match content.pieces.get(piece) {
            Some(octets) => client.send_body(octets.clone()),
            None => client.finish(&content.trailers()),
        };
        // A server that answered and closes wants no more.
        let goes_on = sent.is_ok() && piece < content.pieces.len();
        assert!(sent.is_ok() || client.close_reason().is_some(), "{sent:?}: {content:?}");
        self.sending = goes_on.then_some((place, piece + 1));
        if let (Some((octets, _)), false) = (&self.script.exchanges[place].tunnel, goes_on) {
            // Optimistic, and so left over behind the request.
            while up.fill(client.transmit(), usize::MAX) {}
            up.octets.extend(octets);
        }
        true
    }

    /// The server's caller moves on with a response.
    fn answer(&mut self) -> bool {
        let Some((place, piece)) = self.answering else { return false };
        let Pair { server, down, .. } = &mut self.pair;
        let exchange = &self.script.exchanges[place];
        if server.transmit().len() >= WINDOW {
            return false;
        }
        assert!(!matches!(server.state(), State::Responding) || !server.wants_read(), "no request meanwhile");
        if let Some((_, octets)) = &exchange.tunnel {
            server.send_switch(&exchange.response_head()).expect("it was asked for");
            while down.fill(server.transmit(), usize::MAX) {}
            down.octets.extend(octets);
            self.answering = None;
            return true;
        }
        let sent = match (piece, exchange.response.pieces.get(piece.wrapping_sub(1))) {
            (0, _) => server.send_response(&exchange.response_head(), exchange.response.length()),
            (_, Some(octets)) => server.send_body(octets.clone()),
            (_, None) => server.finish(&exchange.response.trailers()),
        };
        sent.unwrap_or_else(|error| panic!("{error}: {exchange:?}"));
        self.answering = (piece <= exchange.response.pieces.len()).then_some((place, piece + 1));
        true
    }

    /// The server is told something.
    fn serve(&mut self) -> bool {
        let server = &mut self.pair.server;
        let place = self.seen.requests.len();
        match server.poll_event() {
            Ok(None) => return false,
            Ok(Some(server::Event::Request(head))) => {
                let exchange = &self.script.exchanges[place];
                let start = format!("{} {}", head.method(), head.target());
                let number = head.fields().get_str("x-number").map(str::to_owned);
                self.seen.requests.push(Told { start, number, ..Told::default() });
                for _ in 0..exchange.interim {
                    server.send_informational(StatusCode::EARLY_HINTS, &Fields::new()).expect("HTTP/1.1");
                }
                if exchange.is_early {
                    self.answering = Some((place, 0));
                    while self.answer() && self.answering == Some((place, 0)) {}
                } else if exchange.expect == Some(true) {
                    server.send_continue();
                }
            }
            Ok(Some(server::Event::Body(octets))) => {
                self.seen.requests[place - 1].content.extend_from_slice(&octets);
            }
            Ok(Some(server::Event::End(trailers))) => {
                let told = &mut self.seen.requests[place - 1];
                (told.trailer, told.is_complete) = (trailer(&trailers), true);
                if !self.script.exchanges[place - 1].is_early {
                    self.answering = Some((place - 1, 0));
                }
            }
            Ok(Some(server::Event::Shutdown)) => self.pair.server_ends(false),
            Ok(Some(server::Event::Closed)) => {
                let is_news = !self.pair.down.is_ended || !self.pair.up.is_ended;
                self.pair.server_ends(true);
                self.pair.up.is_ended = true;
                return is_news;
            }
            Err(error) => {
                let is_news = self.seen.faults.0.is_none();
                self.seen.faults.0 = Some(error.kind());
                let _ = server.send_error(&error);
                return is_news;
            }
        }
        true
    }

    /// The client is told something.
    fn hear(&mut self) -> bool {
        match self.pair.client.poll_event() {
            Ok(None) => return false,
            Ok(Some(client::Event::Informational(head))) => {
                // Only the hints are counted: a 100 is sent where it is waited for.
                self.interim += u8::from(head.status() == StatusCode::EARLY_HINTS);
            }
            Ok(Some(client::Event::Response(head) | client::Event::Tunnel(head))) => {
                let (start, interim) = (head.status().as_u16().to_string(), std::mem::take(&mut self.interim));
                self.seen.responses.push(Told { start, interim, ..Told::default() });
            }
            Ok(Some(client::Event::Body(octets))) => {
                let told = self.seen.responses.last_mut().expect("a response has begun");
                told.content.extend_from_slice(&octets);
            }
            Ok(Some(client::Event::End(trailers))) => {
                let told = self.seen.responses.last_mut().expect("a response has begun");
                (told.trailer, told.is_complete) = (trailer(&trailers), true);
            }
            Ok(Some(client::Event::Closed)) => return self.client_is_over(),
            Err(error) => {
                self.seen.faults.1 = Some(error.kind());
                return self.client_is_over();
            }
        }
        true
    }

    fn client_is_over(&mut self) -> bool {
        self.sending = None;
        !std::mem::replace(&mut self.pair.up.is_ended, true)
    }

    fn outcome(mut self) -> Outcome {
        let Pair { client, server, up, down, .. } = &mut self.pair;
        let mut seen = self.seen;
        if server.state() == State::Tunnel {
            seen.tunneled.0 = server.take_tunnel().into_iter().chain(up.octets.drain(..)).collect();
        }
        if client.state() == State::Tunnel {
            seen.tunneled.1 = client.take_tunnel().into_iter().chain(down.octets.drain(..)).collect();
        }
        seen.is_reusable = client.is_reusable();
        seen.is_waiting = server.state() == State::Idle && server.close_reason().is_none();
        seen.reasons = (server.close_reason(), client.close_reason());
        seen
    }
}

fn trailer(fields: &Fields) -> Option<String> {
    let found = lines(fields);
    assert!(found.len() <= 1, "one trailer was sent: {found:?}");
    found.first().map(|(_, value)| String::from_utf8_lossy(value).into_owned())
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, number, interim, content, trailer, is_complete } = self;
        let end = if *is_complete { "complete" } else { "incomplete" };
        write!(f, "{start} {number:?} {interim} {} {trailer:?} {end}", escape(content))
    }
}
