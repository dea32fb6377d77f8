//! What a connection of either role is made of: the halves, the cycle and the clocks.

use alloc::sync::Arc;
use core::time::Duration;

use super::Config;
use super::cycle::{Signal, State};
use super::persistence::{CloseReason, Persistence};
use super::recv::Receive;
use super::send::Send;
use super::timer::{Clock, Wait, from_micros, micros};
use crate::error::ProtocolError;
use crate::framing::decoder::Piece;
use crate::message::Policy;

/// The parts, and what is done to them in the same way by both roles.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) config: Arc<Config>,
    pub(crate) receive: Receive,
    pub(crate) send: Send,
    pub(crate) state: State,
    pub(crate) persistence: Persistence,
    /// The first fault of the peer.
    pub(crate) error: Option<ProtocolError>,
    /// How many requests have begun.
    pub(crate) requests: u32,
    /// Which exchange the clocks are about: a client's requests may begin before it comes to them.
    pub(crate) exchange: u16,
    /// When the connection is too old for another request, in microseconds; 0 until a time was told.
    pub(crate) old_at: u64,
    pub(crate) receive_clock: Clock,
    pub(crate) send_clock: Clock,
}

impl Core {
    pub(crate) fn new(config: Arc<Config>) -> Self {
        Self {
            config,
            receive: Receive::default(),
            send: Send::default(),
            state: State::Idle,
            persistence: Persistence::default(),
            error: None,
            requests: 0,
            exchange: 0,
            old_at: 0,
            receive_clock: Clock::new(),
            send_clock: Clock::new(),
        }
    }

    /// Moves on by `signal`; stays where it is, and says so, when that is not legal.
    pub(crate) fn step(&mut self, signal: Signal) -> bool {
        let next = self.state.after(signal);
        if let Some(next) = next {
            self.state = next;
        }
        next.is_some()
    }

    /// Whether the connection waits for a request, and there is nothing else to it.
    pub(crate) fn is_at_rest(&self) -> bool {
        let is_waiting = self.state == State::Idle && !self.receive.in_head() && !self.receive.eof;
        is_waiting && self.send.is_flushed() && self.persistence.reason().is_none()
    }

    /// Counts a request that begins; whether it is the last.
    pub(crate) fn count(&mut self) -> bool {
        self.requests = self.requests.saturating_add(1);
        let is_last = self.requests >= self.config.limits.requests;
        if is_last {
            self.persistence.close(CloseReason::RequestLimit);
        }
        is_last
    }

    /// Begins an exchange.
    pub(crate) fn start(&mut self) {
        self.exchange = self.exchange.wrapping_add(1);
        self.step(Signal::RequestHead);
    }

    /// The next piece of content; `trailers` is what is put up with after it.
    pub(crate) fn content(&mut self, trailers: Policy) -> Result<Option<Piece>, ProtocolError> {
        self.receive.content(&self.config.limits, trailers)
    }

    /// Takes note of a fault of the peer.
    pub(crate) fn fault(&mut self, error: ProtocolError, signal: Signal) -> ProtocolError {
        self.error = Some(error);
        self.persistence.close(CloseReason::Fault(error.kind()));
        self.step(signal);
        error
    }

    pub(crate) fn close(&mut self, reason: CloseReason) {
        self.persistence.close(reason);
        self.step(Signal::Close);
    }

    pub(crate) fn abort(&mut self, reason: CloseReason) {
        self.persistence.close(reason);
        self.send.abort();
        self.step(Signal::Abort);
    }

    /// Arms the clocks for what is waited for, and returns the earlier deadline.
    pub(crate) fn arm(&mut self, now: Duration, wait: Wait) -> Option<Duration> {
        let now = micros(now);
        self.grow_old(now);
        let timeouts = &self.config.timeouts;
        let receive = self.receive_clock.arm(now, wait, self.exchange, self.receive.input.received(), timeouts);
        let (flushes, sent) = (self.send.transmit.flushes, self.send.transmit.total);
        let send = self.send_clock.arm(now, self.waits_to_send(), flushes, sent, timeouts);
        from_micros(receive.min(send))
    }

    /// Takes note that the caller was away from `since` to `now`.
    pub(crate) fn put_off(&mut self, since: Duration, now: Duration) {
        let time = micros(now.saturating_sub(since));
        self.receive_clock.put_off(time);
        self.send_clock.put_off(time);
    }

    /// Whether nothing is due by `now`, as nearly always.
    #[inline(always)]
    pub(crate) fn is_in_time(&self, now: Duration) -> bool {
        let now = micros(now);
        now < self.old_at && now < self.receive_clock.deadline && now < self.send_clock.deadline
    }

    /// `wait` if it was in vain; a peer that takes nothing ends the connection.
    pub(crate) fn expired(&mut self, now: Duration, wait: Wait) -> Wait {
        let now = micros(now);
        // Before the next request is answered, so that its response can say that it is the last.
        self.grow_old(now);
        if self.send_clock.has_expired(now, self.waits_to_send(), self.send.transmit.flushes) {
            self.abort(CloseReason::SendTimeout);
        }
        if self.receive_clock.has_expired(now, wait, self.exchange) { wait } else { Wait::None }
    }

    fn grow_old(&mut self, now: u64) {
        if self.old_at == 0 {
            self.old_at = now.saturating_add(micros(self.config.timeouts.age));
        }
        if now >= self.old_at {
            self.persistence.close(CloseReason::Age);
        }
    }

    fn waits_to_send(&self) -> Wait {
        if self.send.is_flushed() { Wait::None } else { Wait::Send }
    }
}

/// The methods that both roles have, which differ in nothing.
macro_rules! common_methods {
    () => {
        /// Where the exchange stands.
        pub fn state(&self) -> crate::connection::cycle::State {
            self.core.state
        }

        /// Why the connection will close, once that is decided.
        pub fn close_reason(&self) -> Option<crate::connection::persistence::CloseReason> {
            self.core.persistence.reason()
        }

        /// How many requests have begun.
        pub fn requests(&self) -> u32 {
            self.core.requests
        }

        /// Whether something of the next message has come, or lies unread.
        pub fn has_input(&self) -> bool {
            self.core.receive.in_head()
        }

        /// The octets that are left of the content of the message that is being received, those that were not asked for yet among
        /// them; `None` when only its end will tell, and 0 between messages.
        pub fn content_remaining(&self) -> Option<u64> {
            self.core.receive.decoder.remaining()
        }

        /// Takes octets that were received. They are copied; an idle connection holds no buffer for them.
        ///
        /// # Errors
        ///
        /// [`UsageError::NotReading`](crate::error::UsageError::NotReading) when [`wants_read`](Self::wants_read) is false;
        /// nothing is taken.
        pub fn recv(&mut self, octets: &[u8]) -> Result<(), crate::error::UsageError> {
            if !self.wants_read() {
                return Err(crate::error::UsageError::NotReading);
            }
            self.core.receive.input.push(octets);
            Ok(())
        }

        /// Room for at most `limit` octets, to be received without a copy; none unless
        /// [`wants_read`](Self::wants_read) is true.
        pub fn recv_buf(&mut self, limit: usize) -> impl bytes::BufMut + '_ {
            let limit = if self.wants_read() { limit } else { 0 };
            self.core.receive.room(limit)
        }

        /// The octets to be written to the transport.
        pub fn transmit(&mut self) -> &mut crate::connection::transmit::Transmit {
            &mut self.core.send.transmit
        }

        /// Sends a part of the content. Where the message has none, to a HEAD request for one, it is counted and not
        /// sent.
        ///
        /// # Errors
        ///
        /// [`UsageError::NoContentDue`](crate::error::UsageError::NoContentDue) outside a message;
        /// [`UsageError::ContentOverrun`](crate::error::UsageError::ContentOverrun) beyond the length given;
        /// [`UsageError::ExternalContentDue`](crate::error::UsageError::ExternalContentDue) while that is to be sent. Nothing
        /// is sent then.
        pub fn send_body(&mut self, octets: impl Into<bytes::Bytes>) -> Result<(), crate::error::UsageError> {
            self.core.send.content(octets.into())
        }

        /// Announces `len` octets of content that the caller sends itself, by sendfile for one: once
        /// [`transmit`](Self::transmit) is empty, send [`external`](Self::external) octets and tell it with
        /// [`external_sent`](Self::external_sent).
        ///
        /// # Errors
        ///
        /// As [`send_body`](Self::send_body).
        pub fn send_body_external(&mut self, len: u64) -> Result<(), crate::error::UsageError> {
            self.core.send.external_content(len)
        }

        /// How many octets the caller has to send itself once [`transmit`](Self::transmit) is empty.
        pub fn external(&self) -> u64 {
            self.core.send.external
        }

        /// Takes note that the caller sent `len` of the external octets.
        pub fn external_sent(&mut self, len: u64) {
            self.core.send.external_sent(len);
        }

        /// How many octets of content the message in progress has so far, or the last one had: none where content is
        /// counted and not sent.
        pub fn content_sent(&self) -> u64 {
            self.core.send.content_len
        }

        /// Gives back the memory that an idle connection has no use for, and that the next message will ask for again: for
        /// one that is likely to stay idle. Without effect on octets that are waiting.
        pub fn release(&mut self) {
            self.core.receive.release();
            self.core.send.transmit.release();
        }

        /// After the hand-over to another protocol: the octets of it that have come already. The transport is the
        /// caller's from then on.
        pub fn take_tunnel(&mut self) -> bytes::Bytes {
            let is_tunnel = self.state() == crate::connection::cycle::State::Tunnel;
            self.core.receive.input.take(if is_tunnel { usize::MAX } else { 0 })
        }

        /// Gives the connection up: nothing queued is sent any more. A peer that was promised more content learns by
        /// it that the message is incomplete.
        pub fn abort(&mut self) {
            self.core.abort(crate::connection::persistence::CloseReason::Aborted);
        }

        /// The time of the next deadline, `None` when nothing of the peer is waited for. `now` is the time since the
        /// connection began, or any clock that only moves on.
        ///
        /// Call it before each wait, wait no longer than that, and call [`handle_timeout`](Self::handle_timeout) after
        /// it.
        pub fn poll_timeout(&mut self, now: core::time::Duration) -> Option<core::time::Duration> {
            let wait = self.waits_for();
            self.core.arm(now, wait)
        }

        /// Acts on the deadlines that have passed by `now`, and on nothing else.
        #[inline]
        pub fn handle_timeout(&mut self, now: core::time::Duration) {
            if !self.core.is_in_time(now) {
                self.act_on_timeout(now);
            }
        }
    };
}

pub(crate) use common_methods;
