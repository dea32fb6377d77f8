//! The server's connection: the halves, the cycle and the clocks put together.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::event::Event;
use super::request::{self, Verdict};
use crate::connection::Config;
use crate::connection::core::{Core, common_methods};
use crate::connection::cycle::{Signal, State};
use crate::connection::persistence::CloseReason;
use crate::connection::timer::Wait;
use crate::error::{ErrorKind, ProtocolError};
use crate::framing::decoder::{Decoder, Piece};
use crate::framing::length::Framing;
use crate::message::{FieldsView, MethodClass, Policy, Version};

/// One connection of a server, without its transport.
///
/// Put received octets in with [`recv`](Self::recv), ask what they mean with [`poll_event`](Self::poll_event), answer
/// with [`send_response`](Self::send_response), [`send_body`](Self::send_body) and [`finish`](Self::finish), and write
/// what [`transmit`](Self::transmit) holds. Every call is legal at any time; one that makes no sense says so with a
/// [`UsageError`](crate::UsageError) and changes nothing.
#[derive(Debug)]
pub struct Connection {
    pub(super) core: Core,
    /// What the response has to know of its request.
    pub(super) method: MethodClass,
    pub(super) version: Version,
    /// The protocols that the request offers to change to.
    pub(super) upgrade: Option<Box<[u8]>>,
    /// The request asks for a 100, and none was sent: one that changes the protocol comes after it (RFC 9110 7.8).
    pub(super) continue_owed: bool,
    /// The peer holds its content back until a 100.
    pub(super) continue_due: bool,
    /// A fault that came to light outside `poll_event`, after the response had begun.
    untold: Option<ProtocolError>,
    /// The start of the head that was refused.
    refused: Option<Excerpt>,
}

impl Connection {
    /// A connection that was just accepted. Give each the same `Arc<Config>`, or one its own `Config`.
    pub fn new(config: impl Into<Arc<Config>>) -> Self {
        Self {
            core: Core::new(config.into()),
            method: MethodClass::Other,
            version: Version::Http11,
            upgrade: None,
            continue_owed: false,
            continue_due: false,
            untold: None,
            refused: None,
        }
    }

    common_methods!();

    /// The start of the head that was refused, as it came, at most 256 octets: for a log that shows it escaped. Empty
    /// unless a head was refused.
    pub fn refused(&self) -> &[u8] {
        self.refused.as_ref().map_or(&[], |excerpt| &excerpt.0)
    }

    // Octets in.

    /// Whether octets are wanted: read from the transport only then. It is false while a request is being answered, so
    /// that a peer cannot fill memory with the requests after it.
    pub fn wants_read(&self) -> bool {
        let reads = matches!(
            self.state(),
            State::Idle | State::Requesting | State::Duplex | State::Answered | State::Lingering
        );
        reads && !self.core.receive.eof
    }

    /// Takes note that the peer ended its stream. A request that is complete is still answered: a peer may close its
    /// sending side and go on reading.
    pub fn recv_eof(&mut self) {
        self.core.receive.eof = true;
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
                // Most often asked when there is nothing yet.
                State::Idle if !self.has_input() && !self.core.receive.eof => {
                    self.core.receive.input.release();
                    return Ok(None);
                }
                State::Idle => return self.poll_head(),
                State::Requesting | State::Duplex => return self.poll_content(),
                // Content is drained to keep the connection; one that closes need not wait for it.
                State::Answered if self.core.persistence.reason().is_some() => {
                    self.core.step(Signal::Close);
                }
                // No more than Limits::drain. Of a fault nobody is left to be told: the response is complete.
                State::Answered => {
                    if let Ok(None) = self.poll_content() {
                        return Ok(None);
                    }
                }
                State::Complete => self.complete(),
                State::Waiting | State::Tunnel => return Ok(None),
                State::Responding => return self.untold.take().map_or(Ok(None), Err),
                State::Failed => return self.core.error.map_or(Ok(None), Err),
                State::Closing if !self.core.send.is_flushed() => return Ok(None),
                State::Closing => return Ok(Some(self.flushed())),
                State::Lingering => {
                    self.core.receive.input.skip(usize::MAX);
                    if !self.core.receive.eof {
                        return Ok(None);
                    }
                    self.core.step(Signal::Over);
                }
                State::Closed => return Ok(Some(Event::Closed)),
            }
        }
    }

    #[inline(never)]
    fn poll_head(&mut self) -> Result<Option<Event>, ProtocolError> {
        let config = &self.core.config;
        match self.core.receive.read_request_head(config) {
            Ok(true) => {}
            Ok(false) if self.core.receive.eof => {
                self.core.close(CloseReason::PeerClosed);
                return self.poll_event();
            }
            Ok(false) => return Ok(None),
            Err(error) => {
                self.refused = excerpt(&self.core.receive.input.buffer);
                return Err(self.fail(error));
            }
        }
        let Some(head) = self.core.receive.candidate() else { return Ok(None) };
        // Even a refusal depends on them: to HEAD it has no content.
        (self.method, self.version) = (MethodClass::of(head.method()), head.version());
        let line = head.line;
        match request::judge(&head, config) {
            Ok(verdict) => {
                self.upgrade = if verdict.upgrades { offered(head.fields) } else { None };
                self.continue_due = verdict.expects_continue && verdict.framing != Framing::Length(0);
                self.continue_owed = verdict.expects_continue;
                self.core.persistence.message(self.version, verdict.wish);
                self.core.receive.decoder = Decoder::new(verdict.framing);
                self.core.count();
                self.core.start();
                let Verdict { target, deviations, .. } = verdict;
                Ok(Some(Event::Request(self.core.receive.take_request_head(line, target, deviations))))
            }
            Err(fault) => {
                self.refused = excerpt(head.octets);
                let error = self.core.receive.refuse(fault);
                Err(self.fail(error))
            }
        }
    }

    #[inline(always)]
    fn poll_content(&mut self) -> Result<Option<Event>, ProtocolError> {
        match self.core.content(Policy::strict()) {
            Ok(Some(Piece::Data(octets))) => {
                // Whoever sends content does not wait for permission any more.
                self.continue_due = false;
                Ok(Some(Event::Body(octets)))
            }
            Ok(Some(Piece::End(len))) => {
                self.core.step(Signal::RequestEnd);
                Ok(Some(Event::End(self.core.receive.take_trailers(len))))
            }
            Ok(None) => Ok(None),
            Err(error) => Err(self.fail(error)),
        }
    }

    fn complete(&mut self) {
        self.continue_due = false;
        self.upgrade = None;
        let persists = self.close_reason().is_none();
        self.core.step(if persists { Signal::Persist } else { Signal::Close });
        if persists {
            // A head that cannot be read is answered as if to GET in HTTP/1.1.
            (self.method, self.version) = (MethodClass::Other, Version::Http11);
        }
    }

    fn flushed(&mut self) -> Event {
        let is_heard = !self.core.receive.input.buffer.is_empty() || self.core.receive.decoder.remaining() != Some(0);
        // One that has sent nothing was sent nothing, which could be lost.
        let is_surprised = self.core.persistence.surprises_peer() && self.core.receive.input.received() > 0;
        if !self.core.receive.eof && (is_heard || is_surprised) {
            self.core.step(Signal::Flushed);
            Event::Shutdown
        } else {
            self.core.step(Signal::Over);
            Event::Closed
        }
    }

    fn fail(&mut self, error: ProtocolError) -> ProtocolError {
        if let Some(asked) = self.core.receive.asked() {
            (self.method, self.version) = asked;
        }
        self.core.fault(error, Signal::Fault)
    }

    // The end.

    /// Takes no further request: an idle connection closes at once, any other after its response.
    pub fn shutdown(&mut self) {
        self.core.persistence.close(CloseReason::Shutdown);
        if self.state() == State::Idle && !self.core.receive.in_head() {
            self.core.step(Signal::Close);
        }
    }

    // Time.

    #[inline]
    fn waits_for(&self) -> Wait {
        match self.state() {
            State::Idle if self.core.requests == 0 || self.core.receive.in_head() => Wait::Head,
            State::Idle => Wait::Idle,
            // A request that is complete may not have been asked for its end.
            State::Requesting | State::Duplex | State::Answered if self.core.receive.decoder.remaining() == Some(0) => {
                Wait::None
            }
            State::Requesting | State::Duplex | State::Answered => Wait::Content,
            State::Lingering => Wait::Linger,
            _ => Wait::None,
        }
    }

    /// Takes note that the caller had other things to do from `since` to `now`, and neither read nor wrote: that time is not
    /// the peer's, and moves every deadline but that of a head. Call it before [`handle_timeout`](Self::handle_timeout).
    pub fn put_off(&mut self, since: Duration, now: Duration) {
        self.core.put_off(since, now);
    }

    fn act_on_timeout(&mut self, now: Duration) {
        match self.core.expired(now, self.waits_for()) {
            // Empty lines are no request that could be answered.
            Wait::Head if !self.core.receive.input.buffer.is_empty() => self.time_out(ErrorKind::HeadTimeout),
            Wait::Head | Wait::Idle => self.core.close(CloseReason::Idle),
            Wait::Content => self.time_out(ErrorKind::ContentTimeout),
            Wait::Linger => {
                self.core.step(Signal::Over);
            }
            Wait::None | Wait::Continue | Wait::Response | Wait::Send => {}
        }
    }

    fn time_out(&mut self, kind: ErrorKind) {
        let error = self.core.receive.error_at_end(kind);
        if self.state() == State::Duplex {
            self.untold = Some(error);
        }
        self.fail(error);
    }
}

/// The protocols in Upgrade, as one list.
#[cold]
fn offered(fields: FieldsView<'_>) -> Option<Box<[u8]>> {
    let protocols: Vec<&[u8]> = fields.list(b"upgrade").collect();
    Some(protocols.join(&b", "[..]).into())
}

/// Copied, so that it does not keep the receive buffer alive.
fn excerpt(octets: &[u8]) -> Option<Excerpt> {
    Some(Excerpt(octets.get(..256).unwrap_or(octets).into()))
}

/// The start of a head.
struct Excerpt(Box<[u8]>);

/// Shows how much there is and not what: there may be credentials in it.
impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets", self.0.len())
    }
}
