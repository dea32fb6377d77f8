//! The server's answers: informational responses, heads, content and ends.

use bytes::Bytes;

use super::connection::Connection;
use crate::connection::cycle::{Signal, State};
use crate::connection::persistence::{CloseReason, Wish};
use crate::error::{ProtocolError, UsageError};
use crate::framing::encoder::Encoder;
use crate::framing::length::{self, BodyLength};
use crate::message::known::Known;
use crate::message::{Fields, HttpDate, ListElements, MethodClass, ResponseHead, StatusClass, StatusCode, Version};

impl Connection {
    /// Sets the date that responses carry from now on: the crate has no clock. Without it they carry none, as RFC 9110
    /// 6.6.1 asks of a server without a clock.
    pub fn set_date(&mut self, date: HttpDate) {
        self.core.send.set_date(date);
    }

    /// Whether the client waits for `100 Continue` before it sends content (RFC 9110 10.1.1): send that, or a final
    /// response.
    pub fn expects_continue(&self) -> bool {
        self.continue_due && self.state() == State::Requesting
    }

    /// Sends `100 Continue` if the client waits for it, and nothing otherwise.
    pub fn send_continue(&mut self) {
        if self.expects_continue() {
            // It can be sent: what is asked for in HTTP/1.0 is not due.
            let _ = self.send_informational(StatusCode::CONTINUE, &Fields::new());
        }
    }

    /// Sends an informational response; any number may precede the final one (RFC 9110 15.2).
    ///
    /// # Errors
    ///
    /// [`UsageError::StatusClass`] unless `status` is 1xx and not 101; [`UsageError::InformationalVersion`] for an
    /// HTTP/1.0 client; [`UsageError::NoResponseDue`] unless a request waits for its response;
    /// [`UsageError::FramingField`] for fields that frame content, because there is none.
    pub fn send_informational(&mut self, status: StatusCode, fields: &Fields) -> Result<(), UsageError> {
        if !status.is_informational() || status == StatusCode::SWITCHING_PROTOCOLS {
            return Err(UsageError::StatusClass);
        }
        if self.core.state.after(Signal::Interim).is_none() {
            return Err(UsageError::NoResponseDue);
        }
        if self.version == Version::Http10 {
            return Err(UsageError::InformationalVersion);
        }
        if length::is_framed(fields) {
            return Err(UsageError::FramingField);
        }
        if status == StatusCode::CONTINUE {
            (self.continue_due, self.continue_owed) = (false, false);
        }
        let upgrade = upgrade_option(fields, Wish::of(fields.view()));
        self.core.send.informational(status, fields, upgrade);
        self.core.step(Signal::Interim);
        Ok(())
    }

    /// Sends the head of the final response. Content follows by [`send_body`](Self::send_body) and ends by
    /// [`finish`](Self::finish), also where there is none.
    ///
    /// A `Connection: close` among the fields closes after this response. When content of the request is still unread
    /// and more than is worth draining, the response says that the connection closes.
    ///
    /// # Errors
    ///
    /// [`UsageError::NoResponseDue`] unless a request waits for its response; [`UsageError::StatusClass`] for 1xx; the
    /// rules of framing in [`UsageError`].
    pub fn send_response(&mut self, head: &ResponseHead, length: BodyLength) -> Result<(), UsageError> {
        let encoder = self.queue_head(head, length)?;
        self.core.send.open(encoder);
        Ok(())
    }

    /// Queues the head of the final response; how its content is to be sent.
    #[inline(always)]
    fn queue_head(&mut self, head: &ResponseHead, length: BodyLength) -> Result<Encoder, UsageError> {
        if head.status().is_informational() {
            return Err(UsageError::StatusClass);
        }
        if self.core.state.after(Signal::ResponseHead).is_none() {
            return Err(UsageError::NoResponseDue);
        }
        let framing = length::of_response(self.method, self.version, head.status(), head.fields(), length)?;
        let wish = Wish::of(head.fields().view());
        if wish.close {
            self.core.persistence.close(CloseReason::Asked);
        }
        if framing.0 == Encoder::UntilClose {
            self.core.persistence.close(CloseReason::UntilClose);
        }
        if self.leaves_content_unread() {
            self.core.persistence.close(CloseReason::UnreadContent);
        }
        let persistence = match (self.core.persistence.reason().is_some(), self.version) {
            (true, _) if !wish.close => Some("close"),
            (false, Version::Http10) if !wish.keep_alive => Some("keep-alive"),
            // The version says enough.
            _ => None,
        };
        let options = upgrade_option(head.fields(), wish).into_iter().chain(persistence);
        self.core.send.response_head(head, self.core.config.server.as_ref(), framing, options);
        self.core.step(Signal::ResponseHead);
        Ok(framing.0)
    }

    /// Whether content is still to come that is too much, or of unknown length, or may never come because the client
    /// waits for a 100: the next request could then not be told from it.
    fn leaves_content_unread(&self) -> bool {
        let limit = if self.continue_due { 0 } else { self.core.config.limits.drain };
        self.core.receive.decoder.remaining().is_none_or(|left| left > limit)
    }

    /// Hands the connection over to another protocol: by 101, to a request with Upgrade (RFC 9110 7.8), or by a 2xx answer
    /// to CONNECT (RFC 9110 9.3.6). Wait for the end of the request first. `Connection: upgrade` is added to a 101.
    ///
    /// Write what [`transmit`](Self::transmit) holds, take what has come of the new protocol with
    /// [`take_tunnel`](Self::take_tunnel), and then the transport.
    ///
    /// # Errors
    ///
    /// [`UsageError::NoResponseDue`] unless a complete request waits for its response; [`UsageError::SwitchNotAsked`]
    /// when it did not ask for this, or `head` is a 101 whose Upgrade is missing or names what was not offered.
    pub fn send_switch(&mut self, head: &ResponseHead) -> Result<(), UsageError> {
        let upgrades = head.status() == StatusCode::SWITCHING_PROTOCOLS;
        let connects = self.method == MethodClass::Connect && head.status().class() == StatusClass::Successful;
        if !(connects || upgrades && self.offers(head.fields())) {
            return Err(UsageError::SwitchNotAsked);
        }
        if length::is_framed(head.fields()) {
            return Err(UsageError::FramingField);
        }
        if !self.core.step(Signal::Switch) {
            return Err(UsageError::NoResponseDue);
        }
        if upgrades && self.continue_owed {
            self.core.send.informational(StatusCode::CONTINUE, &Fields::new(), None);
        }
        let upgrade = Some("upgrade").filter(|_| upgrades && !Wish::of(head.fields().view()).upgrade);
        self.core.send.response_head(head, self.core.config.server.as_ref(), (Encoder::Suppressed, None), upgrade);
        Ok(())
    }

    /// Whether the client offered every protocol that Upgrade among `fields` names, and there is one.
    fn offers(&self, fields: &Fields) -> bool {
        let Some(offered) = &self.upgrade else { return false };
        let is_offered = |protocol: &[u8]| ListElements::new(offered).any(|o| o.eq_ignore_ascii_case(protocol));
        fields.list("upgrade").next().is_some() && fields.list("upgrade").all(is_offered)
    }

    /// Ends the response. Trailers are sent after chunked content; without any, pass `&Fields::new()`.
    ///
    /// # Errors
    ///
    /// [`UsageError::ContentShort`] when less content was sent than announced; [`UsageError::TrailersNotChunked`] and
    /// [`UsageError::TrailerForbidden`] for trailers that cannot be sent; [`UsageError::NoContentDue`] outside a
    /// response; [`UsageError::ExternalContentDue`] while that is to be sent.
    pub fn finish(&mut self, trailers: &Fields) -> Result<(), UsageError> {
        self.core.send.finish(trailers)?;
        self.core.step(Signal::ResponseEnd);
        Ok(())
    }

    /// Sends a complete response: head, content and end.
    ///
    /// # Errors
    ///
    /// As [`send_response`](Self::send_response).
    pub fn respond(&mut self, head: &ResponseHead, content: impl Into<Bytes>) -> Result<(), UsageError> {
        let content = content.into();
        let encoder = self.queue_head(head, BodyLength::Known(content.len() as u64))?;
        self.core.send.whole(encoder, content);
        self.core.step(Signal::ResponseEnd);
        Ok(())
    }

    /// Answers a [`ProtocolError`]: its status, and its text as plain text.
    ///
    /// # Errors
    ///
    /// [`UsageError::NoResponseDue`] when a response has begun already.
    pub fn send_error(&mut self, error: &ProtocolError) -> Result<(), UsageError> {
        let head = ResponseHead::new(error.status()).field("Content-Type", "text/plain")?;
        self.respond(&head, alloc::format!("{error}\n"))
    }
}

/// The option that Connection lacks: who sends Upgrade names it, so that no intermediary hands it on (RFC 9110 7.8).
#[inline(always)]
fn upgrade_option(fields: &Fields, wish: Wish) -> Option<&'static str> {
    (fields.has(Known::Upgrade) && !wish.upgrade).then_some("upgrade")
}
