//! The client's connection: responses received.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::time::Duration;

use super::event::Event;
use crate::connection::Config;
use crate::connection::core::{Core, common_methods};
use crate::connection::cycle::{Signal, State};
use crate::connection::persistence::{CloseReason, Wish};
use crate::connection::timer::Wait;
use crate::error::{ErrorKind, ProtocolError};
use crate::framing::decoder::{Decoder, Piece};
use crate::framing::length::{self, Framing};
use crate::message::{MethodClass, ResponseHead, StatusClass, StatusCode, Version};
use crate::wire::Fault;

/// One connection of a client, without its transport.
///
/// Send with [`send_request`](Self::send_request), [`send_body`](Self::send_body) and [`finish`](Self::finish), write
/// what [`transmit`](Self::transmit) holds, put received octets in with [`recv`](Self::recv), and ask what they mean with
/// [`poll_event`](Self::poll_event). Every call is legal at any time; one that makes no sense says so with a
/// [`UsageError`](crate::UsageError) and changes nothing.
#[derive(Debug)]
pub struct Connection {
    pub(super) core: Core,
    /// The requests that have no complete response yet, the oldest first.
    pub(super) sent: VecDeque<Sent>,
    /// Content is held back until a 100.
    pub(super) continue_due: bool,
    informational: u32,
    /// Where in the server's stream the oldest request's answer starts.
    answer_from: u64,
    /// The last response was in HTTP/1.0.
    pub(super) is_http10: bool,
    /// The server closes after the response in progress.
    is_last: bool,
}

/// What a response has to know of its request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) method: MethodClass,
    pub(super) idempotent: bool,
    /// Whether it asked for another protocol.
    pub(super) upgrade: bool,
    pub(super) finished: bool,
}

impl Connection {
    /// A connection that was just made. Give each the same `Arc<Config>`, or one its own `Config`;
    /// [`Config::client`](crate::Config::client) has defaults for this role.
    pub fn new(config: impl Into<Arc<Config>>) -> Self {
        Self {
            core: Core::new(config.into()),
            sent: VecDeque::new(),
            continue_due: false,
            informational: 0,
            answer_from: 0,
            is_http10: false,
            is_last: false,
        }
    }

    common_methods!();

    /// Whether octets are wanted: read from the transport only then. It is true between requests too, because a server
    /// that closes is best noticed before the next request is sent.
    pub fn wants_read(&self) -> bool {
        let reads = matches!(
            self.state(),
            State::Idle | State::Requesting | State::Waiting | State::Duplex | State::Responding
        );
        reads && !self.core.receive.eof
    }

    /// Takes note that the server ended its stream, which may be the end of a response.
    pub fn recv_eof(&mut self) {
        self.core.receive.eof = true;
    }

    /// Takes note that the transport takes no more octets. What the server has sent is still read: it may be the reason.
    pub fn send_failed(&mut self) {
        self.core.persistence.close(CloseReason::PeerClosed);
        self.core.send.abort();
    }

    /// Whether the connection is idle and clean: another request can be sent, and its response will be its own.
    pub fn is_reusable(&self) -> bool {
        self.core.is_at_rest()
    }

    /// Whether the oldest request without a response can be sent again on another connection: it is idempotent, and
    /// nothing of an answer has come (RFC 9110 9.2.2).
    pub fn is_retriable(&self) -> bool {
        let is_idempotent = self.sent.front().is_some_and(|sent| sent.idempotent);
        is_idempotent && self.core.receive.input.received() == self.answer_from
    }

    /// How many requests have no complete response yet.
    pub fn unanswered(&self) -> usize {
        self.sent.len()
    }

    /// What happened next, `None` when that needs more input, or a request.
    ///
    /// When it returns `None`, first write what [`transmit`](Self::transmit) holds, then read if
    /// [`wants_read`](Self::wants_read) says so.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`] when the server broke the protocol. The connection is over then, and the same error is returned
    /// by each further call.
    pub fn poll_event(&mut self) -> Result<Option<Event>, ProtocolError> {
        loop {
            match self.state() {
                State::Idle if self.has_input() => {
                    let error = self.core.receive.error_at_start(ErrorKind::ResponseUnexpected);
                    return Err(self.fail(error));
                }
                State::Idle if self.core.receive.eof => self.core.close(CloseReason::PeerClosed),
                State::Idle => return Ok(None),
                State::Requesting | State::Waiting => return self.poll_head(),
                State::Duplex | State::Responding => return self.poll_content(),
                // A server that answered early and closes wants no more; nor will it get what waits for a 100.
                State::Answered if self.close_reason().is_some() || self.continue_due => {
                    self.core.send.abort();
                    self.core.close(CloseReason::UnsentContent);
                }
                State::Answered | State::Tunnel => return Ok(None),
                State::Complete => self.complete(),
                State::Closing if !self.core.send.is_flushed() => return Ok(None),
                State::Closing | State::Lingering => {
                    self.core.step(Signal::Over);
                }
                State::Failed | State::Closed => {
                    return self.core.error.map_or(Ok(Some(Event::Closed)), Err);
                }
            }
        }
    }

    #[inline(never)]
    fn poll_head(&mut self) -> Result<Option<Event>, ProtocolError> {
        match self.core.receive.response_head(&self.core.config) {
            Ok(Some((mut head, start))) => match self.respond(&mut head) {
                Ok(event) => Ok(Some(event(head))),
                Err(fault) => {
                    // By the start alone where the fields were mended, which moved them.
                    let is_mended = head.fields().octets().is_empty();
                    let fault = if is_mended { Fault::new(fault.kind, 0) } else { fault };
                    Err(self.fail(fault.in_stream(start)))
                }
            },
            Ok(None) => Ok(None),
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Takes account of a response head; the event that it is.
    fn respond(&mut self, head: &mut ResponseHead) -> Result<fn(ResponseHead) -> Event, Fault> {
        let sent = self.sent.front().copied();
        let (method, upgrade) = sent.map_or((MethodClass::Other, false), |sent| (sent.method, sent.upgrade));
        let status = head.status();
        let is_connected = method == MethodClass::Connect && status.class() == StatusClass::Successful;
        if is_connected || status == StatusCode::SWITCHING_PROTOCOLS {
            let is_switch = (is_connected || upgrade) && self.core.step(Signal::Switch);
            return if is_switch { Ok(Event::Tunnel) } else { Err(Fault::new(ErrorKind::SwitchUnexpected, 0)) };
        }
        if status.is_informational() {
            if self.informational >= self.core.config.limits.informational {
                return Err(Fault::new(ErrorKind::TooManyInformational, 0));
            }
            self.informational = self.informational.saturating_add(1);
            self.continue_due &= status != StatusCode::CONTINUE;
            self.core.step(Signal::Interim);
            return Ok(Event::Informational);
        }
        let Config { limits, policy, .. } = &*self.core.config;
        let version = head.version();
        let (framing, deviations) =
            length::of_received_response(method, version, status, head.fields().view(), limits.content, *policy)?;
        head.deviations = head.deviations.union(deviations);
        // What a head that is refused says of persistence is no reason for the close.
        let wish = Wish::of(head.fields().view());
        self.core.persistence.message(version, wish);
        self.is_http10 = version == Version::Http10;
        self.is_last = wish.close || self.is_http10 && !wish.keep_alive;
        if framing == Framing::UntilClose {
            self.core.persistence.close(CloseReason::UntilClose);
            self.is_last = true;
        }
        self.core.receive.decoder = Decoder::new(framing);
        self.core.step(Signal::ResponseHead);
        Ok(Event::Response)
    }

    fn poll_content(&mut self) -> Result<Option<Event>, ProtocolError> {
        match self.core.content(self.core.config.policy.of_trailers()) {
            Ok(Some(Piece::Data(octets))) => Ok(Some(Event::Body(octets))),
            Ok(Some(Piece::End(len))) => {
                let trailers = self.core.receive.take_trailers(len);
                self.core.step(Signal::ResponseEnd);
                Ok(Some(Event::End(trailers)))
            }
            Ok(None) => Ok(None),
            Err(error) => Err(self.fail(error)),
        }
    }

    /// The oldest request has its response; the next in the pipeline becomes the oldest.
    fn complete(&mut self) {
        self.sent.pop_front();
        self.continue_due = false;
        // Also where nothing more is read here: what is left can be asked again elsewhere.
        self.begin_answer();
        let persists = !self.is_last
            && match self.close_reason() {
                None => true,
                // What keeps this end from further requests does not take the responses from those that are out.
                Some(CloseReason::Asked | CloseReason::RequestLimit | CloseReason::Age | CloseReason::Shutdown) => {
                    !self.sent.is_empty()
                }
                Some(_) => false,
            };
        self.core.step(if persists { Signal::Persist } else { Signal::Close });
        if persists && let Some(next) = self.sent.front().copied() {
            self.core.start();
            if next.finished {
                self.core.step(Signal::RequestEnd);
            }
        }
    }

    /// What is counted for each response starts anew.
    pub(super) fn begin_answer(&mut self) {
        self.informational = 0;
        self.answer_from = self.core.receive.input.offset;
    }

    fn fail(&mut self, error: ProtocolError) -> ProtocolError {
        self.core.send.abort();
        self.core.fault(error, Signal::Abort)
    }

    /// Sends no further request: an idle connection closes at once, any other after its responses.
    pub fn shutdown(&mut self) {
        self.core.persistence.close(CloseReason::Shutdown);
        if self.state() == State::Idle {
            self.core.step(Signal::Close);
        }
    }

    fn waits_for(&self) -> Wait {
        match self.state() {
            State::Idle => Wait::Idle,
            State::Requesting if self.continue_due => Wait::Continue,
            State::Waiting => Wait::Response,
            State::Duplex | State::Responding => Wait::Content,
            _ => Wait::None,
        }
    }

    fn act_on_timeout(&mut self, now: Duration) {
        match self.core.expired(now, self.waits_for()) {
            // A server may ignore the expectation; the content is sent without its leave then (RFC 9110 10.1.1).
            Wait::Continue => self.continue_due = false,
            Wait::Idle => self.core.close(CloseReason::Idle),
            Wait::Response => self.time_out(ErrorKind::ResponseTimeout),
            Wait::Content => self.time_out(ErrorKind::ContentTimeout),
            Wait::None | Wait::Head | Wait::Linger | Wait::Send => {}
        }
    }

    fn time_out(&mut self, kind: ErrorKind) {
        let error = self.core.receive.error_at_end(kind);
        self.fail(error);
    }
}
