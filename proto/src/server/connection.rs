//! The server's connection: the halves, the cycle and the clocks put together.

use alloc::sync::Arc;
use core::time::Duration;

use bytes::{BufMut, Bytes};

use super::event::Event;
use super::request;
use crate::connection::Config;
use crate::connection::cycle::{Cycle, Signal, State};
use crate::connection::expect;
use crate::connection::persistence::{CloseReason, Persistence};
use crate::connection::recv::{RawRequest, Receive};
use crate::connection::send::Send;
use crate::connection::timer::{Clock, Wait, earlier};
use crate::error::{ErrorKind, ProtocolError, UsageError};
use crate::framing::decoder::Piece;
use crate::framing::length;
use crate::message::{Method, RequestHead, RequestLine, Version};
use crate::wire::Fault;

/// One connection of a server, without its transport.
///
/// Put received octets in with [`recv`](Self::recv), ask what they mean with [`poll_event`](Self::poll_event), answer
/// with [`send_response`](Self::send_response), [`send_body`](Self::send_body) and [`finish`](Self::finish), and write
/// what [`transmit`](Self::transmit) holds. Every call is legal at any time; one that makes no sense says so with a
/// [`UsageError`] and changes nothing.
#[derive(Debug)]
pub struct Connection {
    pub(super) config: Arc<Config>,
    pub(super) receive: Receive,
    pub(super) send: Send,
    pub(super) cycle: Cycle,
    pub(super) persistence: Persistence,
    /// What the response has to know of its request.
    pub(super) method: Method,
    pub(super) version: Version,
    /// The peer holds its content back until a 100.
    pub(super) continue_due: bool,
    requests: u32,
    pub(super) error: Option<ProtocolError>,
    /// A timeout that came after the response had begun.
    untold: Option<ProtocolError>,
    /// The start of the head that was refused.
    refused: Bytes,
    born: Option<Duration>,
    receive_clock: Clock,
    send_clock: Clock,
}

impl Connection {
    /// A connection that was just accepted. Give each the same `Arc<Config>`, or one its own `Config`.
    pub fn new(config: impl Into<Arc<Config>>) -> Self {
        Self {
            config: config.into(),
            receive: Receive::new(),
            send: Send::new(),
            cycle: Cycle::new(),
            persistence: Persistence::default(),
            method: Method::GET,
            version: Version::Http11,
            continue_due: false,
            requests: 0,
            error: None,
            untold: None,
            refused: Bytes::new(),
            born: None,
            receive_clock: Clock::default(),
            send_clock: Clock::default(),
        }
    }

    /// Where the exchange stands.
    pub fn state(&self) -> State {
        self.cycle.state()
    }

    /// Why the connection will close, once that is decided.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.persistence.reason()
    }

    /// How many requests have begun.
    pub fn requests(&self) -> u32 {
        self.requests
    }

    /// The start of the head that was refused, as it came, at most 256 octets: for a log that shows it escaped. Empty
    /// unless a head was refused.
    pub fn refused(&self) -> &[u8] {
        &self.refused
    }

    // Octets in.

    /// Whether octets are wanted: read from the transport only then. It is false while a request is being answered, so
    /// that a peer cannot fill memory with the requests after it.
    pub fn wants_read(&self) -> bool {
        let reads = matches!(
            self.state(),
            State::Idle | State::Receiving | State::Duplex | State::Draining | State::Lingering
        );
        reads && !self.receive.ended()
    }

    /// Whether something of the next message has come, or lies unread.
    pub fn has_input(&self) -> bool {
        self.receive.in_head()
    }

    /// Takes octets that were received. They are copied; an idle connection holds no buffer for them.
    ///
    /// # Errors
    ///
    /// [`UsageError::NotReading`] when [`wants_read`](Self::wants_read) is false; nothing is taken.
    pub fn recv(&mut self, octets: &[u8]) -> Result<(), UsageError> {
        if !self.wants_read() {
            return Err(UsageError::NotReading);
        }
        self.receive.push(octets);
        Ok(())
    }

    /// Room for at most `limit` octets, to be received without a copy; none unless
    /// [`wants_read`](Self::wants_read) is true.
    pub fn recv_buf(&mut self, limit: usize) -> impl BufMut + '_ {
        let limit = if self.wants_read() { limit } else { 0 };
        self.receive.room(limit)
    }

    /// Takes note that the peer ended its stream. A request that is complete is still answered: a peer may close its
    /// sending side and go on reading.
    pub fn recv_eof(&mut self) {
        self.receive.end();
    }

    // Events.

    /// What happened next, `None` when that needs more input, or an answer from the caller.
    ///
    /// When it returns `None`, first write what [`transmit`](Self::transmit) holds, then read if
    /// [`wants_read`](Self::wants_read) says so.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`] when the peer broke the protocol. The same error is returned until it is answered by
    /// [`send_error`](Self::send_error) or by a response of the caller's own, which closes the connection. An error
    /// that comes after a response has begun is returned once; finish that response or [`abort`](Self::abort).
    pub fn poll_event(&mut self) -> Result<Option<Event>, ProtocolError> {
        loop {
            match self.state() {
                State::Idle => {
                    if let Some(event) = self.poll_head()? {
                        return Ok(Some(event));
                    }
                    if self.state() == State::Idle {
                        return Ok(None);
                    }
                }
                State::Receiving | State::Duplex => return self.poll_content(),
                // Content is drained to keep the connection; one that closes need not wait for it.
                State::Draining if self.persistence.reason().is_some() => {
                    self.cycle.step(Signal::Close);
                }
                State::Draining => {
                    if !self.drain() {
                        return Ok(None);
                    }
                }
                State::Complete => self.complete(),
                State::Waiting => return Ok(None),
                State::Answering => return self.untold.take().map_or(Ok(None), Err),
                State::Failed => return self.error.map_or(Ok(None), Err),
                State::Closing if !self.send.is_flushed() => return Ok(None),
                State::Closing => return Ok(Some(self.flushed())),
                State::Lingering => {
                    self.receive.discard();
                    if !self.receive.ended() {
                        return Ok(None);
                    }
                    self.cycle.step(Signal::Over);
                }
                State::Closed => return Ok(Some(Event::Closed)),
            }
        }
    }

    fn poll_head(&mut self) -> Result<Option<Event>, ProtocolError> {
        let error = match self.receive.request_head(&self.config.limits) {
            Ok(Some(raw)) => match self.begin(&raw) {
                Ok(line) => return Ok(Some(Event::Request(RequestHead::new(line, raw.fields)))),
                Err(fault) => {
                    self.refused = excerpt(raw.octets());
                    // Even a refusal depends on the method: to HEAD it has no content.
                    (self.method, self.version) = request::asked(&raw.line, raw.octets());
                    raw.error(fault)
                }
            },
            Ok(None) => {
                if self.receive.ended() {
                    self.close(CloseReason::PeerClosed);
                }
                return Ok(None);
            }
            Err(error) => {
                self.refused = excerpt(self.receive.unread());
                error
            }
        };
        Err(self.fail(error))
    }

    fn begin(&mut self, raw: &RawRequest) -> Result<RequestLine, Fault> {
        let line = request::validate(raw)?;
        (self.method, self.version) = (line.method, line.version);
        let decoder = length::of_request(line.version, &raw.fields, self.config.limits.content)?;
        let waits = expect::waits_for_continue(line.version, &raw.fields)?;
        self.continue_due = waits && decoder.remaining() != Some(0);
        self.receive.start_content(decoder);
        self.persistence.message(line.version, &raw.fields);
        self.requests = self.requests.saturating_add(1);
        if self.requests >= self.config.limits.requests {
            self.persistence.close(CloseReason::RequestLimit);
        }
        self.cycle.step(Signal::RequestHead);
        Ok(line)
    }

    fn poll_content(&mut self) -> Result<Option<Event>, ProtocolError> {
        match self.receive.content(&self.config.limits) {
            Ok(Some(Piece::Data(octets))) => {
                // Whoever sends content does not wait for permission any more.
                self.continue_due = false;
                Ok(Some(Event::Body(octets)))
            }
            Ok(Some(Piece::End(trailers))) => {
                self.cycle.step(Signal::RequestEnd);
                Ok(Some(Event::End(trailers)))
            }
            Ok(None) => Ok(None),
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Drops content that nobody will read; false when that needs more input.
    fn drain(&mut self) -> bool {
        match self.receive.content(&self.config.limits) {
            // No more than Limits::drain: a connection with more to come closes.
            Ok(Some(Piece::Data(_))) => true,
            Ok(Some(Piece::End(_))) => self.cycle.step(Signal::RequestEnd),
            Ok(None) => false,
            Err(error) => {
                // The response is complete, so nobody is left to be told.
                self.fail(error);
                true
            }
        }
    }

    /// Both messages are complete: go on, or end.
    fn complete(&mut self) {
        self.continue_due = false;
        if self.persistence.reason().is_some() {
            self.cycle.step(Signal::Close);
        } else {
            self.cycle.step(Signal::Persist);
            // A head that cannot be read is answered as a GET of today.
            (self.method, self.version) = (Method::GET, Version::Http11);
        }
    }

    fn flushed(&mut self) -> Event {
        let is_heard = self.receive.in_head() || self.receive.content_remaining() != Some(0);
        if !self.receive.ended() && (is_heard || self.persistence.surprises_peer()) {
            self.cycle.step(Signal::Flushed);
            Event::Shutdown
        } else {
            self.cycle.step(Signal::Over);
            Event::Closed
        }
    }

    fn fail(&mut self, error: ProtocolError) -> ProtocolError {
        if let Some(line) = self.receive.start_line() {
            (self.method, self.version) = request::asked(line, self.receive.unread());
        }
        self.error = Some(error);
        self.persistence.close(CloseReason::Fault(error.kind()));
        self.cycle.step(Signal::Fault);
        error
    }

    fn close(&mut self, reason: CloseReason) {
        self.persistence.close(reason);
        self.cycle.step(Signal::Close);
    }

    // The end.

    /// Takes no further request: an idle connection closes at once, any other after its response.
    pub fn shutdown(&mut self) {
        self.persistence.close(CloseReason::Shutdown);
        if self.state() == State::Idle && !self.receive.in_head() {
            self.cycle.step(Signal::Close);
        }
    }

    /// Gives the connection up: nothing queued is sent any more. A peer that was promised more content learns by it
    /// that the response is incomplete.
    pub fn abort(&mut self) {
        self.persistence.close(CloseReason::Aborted);
        self.send.abort();
        self.cycle.step(Signal::Abort);
    }

    // Time.

    /// The time of the next deadline, `None` when nothing of the peer is waited for. `now` is the time since the
    /// connection was accepted, or any clock that only moves on.
    ///
    /// Call it before each wait, wait no longer than that, and call [`handle_timeout`](Self::handle_timeout) after it.
    pub fn poll_timeout(&mut self, now: Duration) -> Option<Duration> {
        let timeouts = &self.config.timeouts;
        let born = *self.born.get_or_insert(now);
        if now.saturating_sub(born) >= timeouts.age {
            self.persistence.close(CloseReason::Age);
        }
        let receive =
            self.receive_clock.arm(now, self.waits_for(), self.requests, self.receive.received(), timeouts);
        let send = self.send_clock.arm(now, self.waits_to_send(), 0, self.send.sent(), timeouts);
        earlier(receive, send)
    }

    fn waits_to_send(&self) -> Wait {
        if self.send.is_flushed() { Wait::None } else { Wait::Send }
    }

    fn waits_for(&self) -> Wait {
        match self.state() {
            State::Idle if self.requests == 0 || self.receive.in_head() => Wait::Head,
            State::Idle => Wait::Idle,
            State::Receiving | State::Duplex | State::Draining => Wait::Content,
            State::Lingering => Wait::Linger,
            _ => Wait::None,
        }
    }

    /// Acts on the deadlines that have passed by `now`, and on nothing else.
    pub fn handle_timeout(&mut self, now: Duration) {
        if self.send_clock.has_expired(now, self.waits_to_send(), 0) {
            self.persistence.close(CloseReason::SendTimeout);
            self.abort();
        }
        let wait = self.waits_for();
        if !self.receive_clock.has_expired(now, wait, self.requests) {
            return;
        }
        match wait {
            // Empty lines are no request that could be answered.
            Wait::Head if !self.receive.unread().is_empty() => self.time_out(ErrorKind::HeadTimeout),
            Wait::Head | Wait::Idle => self.close(CloseReason::Idle),
            Wait::Content => self.time_out(ErrorKind::ContentTimeout),
            Wait::Linger => {
                self.cycle.step(Signal::Over);
            }
            Wait::Send | Wait::None => {}
        }
    }

    fn time_out(&mut self, kind: ErrorKind) {
        let error = self.receive.error_at_end(kind);
        if self.state() == State::Duplex {
            self.untold = Some(error);
        }
        self.fail(error);
    }
}

/// Copied, so that it does not keep the receive buffer alive.
fn excerpt(octets: &[u8]) -> Bytes {
    Bytes::copy_from_slice(octets.get(..256).unwrap_or(octets))
}
