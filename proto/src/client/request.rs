//! The client's requests: heads, content and ends.

use super::connection::{Connection, Sent};
use super::rules;
use crate::connection::cycle::{Signal, State};
use crate::connection::expect;
use crate::connection::persistence::{CloseReason, Wish};
use crate::error::UsageError;
use crate::framing::length::{self, BodyLength};
use crate::message::known::Known;
use crate::message::{Fields, MethodClass, RequestHead, Version};

impl Connection {
    /// Sends the head of a request. Content follows by [`send_body`](Self::send_body) and ends by
    /// [`finish`](Self::finish), also where there is none.
    ///
    /// A further request can follow before the response to this one only if
    /// [`Limits::pipelined`](crate::Limits::pipelined) says so, and then both are idempotent and the further one has no
    /// content (RFC 9112 9.3.2).
    ///
    /// # Errors
    ///
    /// [`UsageError::NoRequestDue`] while a request is unanswered, or the connection will close;
    /// [`UsageError::HostMissing`] without Host, unless the target names the host; [`UsageError::LengthRequired`] for
    /// content of unknown length in HTTP/1.0, or to a server that answered in it; the other rules in [`UsageError`].
    pub fn send_request(&mut self, head: &RequestHead, length: BodyLength) -> Result<(), UsageError> {
        let is_idempotent = head.method().is_idempotent();
        let pipelined = is_idempotent && self.may_pipeline(length);
        if self.close_reason().is_some()
            || self.has_input()
            || !(pipelined || self.core.state.after(Signal::RequestHead).is_some())
        {
            return Err(UsageError::NoRequestDue);
        }
        let host = rules::host(head)?;
        rules::check(head, length)?;
        let version = if self.is_http10 { Version::Http10 } else { head.version() };
        let framing = length::of_sent_request(head.token(), version, head.fields(), length)?;
        let wish = Wish::of(head.fields().view());
        if wish.close {
            self.core.persistence.close(CloseReason::Asked);
        }
        // The last request says so: the server need not keep the connection for more (RFC 9112 9.6).
        let is_last = self.core.count() && !wish.close;
        let has_content = length != BodyLength::Known(0);
        self.continue_due =
            has_content && expect::waits_for_continue(head.version(), head.fields().view()).unwrap_or(false);
        let options = rules::options(head.fields()).chain(is_last.then_some("close"));
        self.core.send.request_head(head, host, options, framing);
        // A server ignores it in HTTP/1.0, so that nothing is asked by it (RFC 9110 7.8).
        let upgrade = head.version() == Version::Http11 && head.fields().has(Known::Upgrade);
        self.sent.push_back(Sent {
            method: MethodClass::of(head.token()),
            idempotent: is_idempotent,
            upgrade,
            finished: false,
        });
        if !pipelined {
            self.begin_answer();
            self.core.start();
        }
        Ok(())
    }

    /// Whether an idempotent request may follow others that have no response yet.
    fn may_pipeline(&self, length: BodyLength) -> bool {
        let room = self.sent.len() < self.core.config.limits.pipelined as usize;
        let others = self.sent.iter().all(|sent| sent.finished && !sent.upgrade && sent.idempotent);
        let open = matches!(self.state(), State::Waiting | State::Responding);
        open && room && others && length == BodyLength::Known(0)
    }

    /// Whether content is to be held back because the server was asked to say `100 Continue` first (RFC 9110 10.1.1).
    /// It is false again when the server has, or after [`Timeouts::continue_wait`](crate::Timeouts::continue_wait).
    pub fn awaits_continue(&self) -> bool {
        self.continue_due && self.state() == State::Requesting
    }

    /// Ends the request. Trailers are sent after chunked content; without any, pass `&Fields::new()`.
    ///
    /// # Errors
    ///
    /// [`UsageError::ContentShort`] when less content was sent than announced;
    /// [`UsageError::TrailersNotChunked`] and [`UsageError::TrailerForbidden`] for trailers that cannot be sent;
    /// [`UsageError::NoContentDue`] outside a request; [`UsageError::ExternalContentDue`] while that is to be sent.
    pub fn finish(&mut self, trailers: &Fields) -> Result<(), UsageError> {
        self.core.send.finish(trailers)?;
        if let Some(last) = self.sent.back_mut() {
            last.finished = true;
        }
        if self.sent.len() == 1 {
            self.core.step(Signal::RequestEnd);
        }
        Ok(())
    }

    /// Sends a complete request: head, content and end.
    ///
    /// # Errors
    ///
    /// As [`send_request`](Self::send_request).
    pub fn request(&mut self, head: &RequestHead, content: impl Into<bytes::Bytes>) -> Result<(), UsageError> {
        let content = content.into();
        self.send_request(head, BodyLength::Known(content.len() as u64))?;
        self.send_body(content)?;
        self.finish(&Fields::new())
    }
}
