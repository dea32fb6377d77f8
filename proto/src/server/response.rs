//! The server's answers: informational responses, heads, content and ends.

use bytes::Bytes;

use super::connection::Connection;
use crate::connection::cycle::{Signal, State};
use crate::connection::persistence::{CloseReason, Wish};
use crate::connection::send::ConnectionField;
use crate::connection::transmit::Transmit;
use crate::error::{ProtocolError, UsageError};
use crate::framing::encoder::Encoder;
use crate::framing::length::{self, BodyLength};
use crate::message::known::Known;
use crate::message::{Fields, HttpDate, ResponseHead, StatusCode, Version};

impl Connection {
    /// Sets the date that responses carry from now on: the crate has no clock. Without it they carry none, as RFC 9110
    /// 6.6.1 asks of a server without a clock.
    pub fn set_date(&mut self, date: HttpDate) {
        self.send.set_date(date);
    }

    /// Whether the client waits for `100 Continue` before it sends content (RFC 9110 10.1.1): send that, or a final
    /// response.
    pub fn expects_continue(&self) -> bool {
        self.continue_due && self.state() == State::Receiving
    }

    /// Sends `100 Continue` if the client waits for it, and nothing otherwise.
    pub fn send_continue(&mut self) {
        if self.expects_continue() {
            self.send.informational(StatusCode::CONTINUE, &Fields::new());
            self.continue_due = false;
        }
    }

    /// Sends an informational response; any number may precede the final one (RFC 9110 15.2).
    ///
    /// # Errors
    ///
    /// [`UsageError::StatusClass`] unless `status` is 1xx and not 101; [`UsageError::InformationalVersion`] for an
    /// HTTP/1.0 client; [`UsageError::NoResponseDue`] unless a request waits for its response;
    /// [`UsageError::FramingField`] and [`UsageError::ContentLengthMismatch`] for fields that frame content, because
    /// there is none.
    pub fn send_informational(&mut self, status: StatusCode, fields: &Fields) -> Result<(), UsageError> {
        if !status.is_informational() || status == StatusCode::SWITCHING_PROTOCOLS {
            return Err(UsageError::StatusClass);
        }
        if !self.cycle.allows(Signal::Interim) {
            return Err(UsageError::NoResponseDue);
        }
        if self.version == Version::Http10 {
            return Err(UsageError::InformationalVersion);
        }
        if fields.known(Known::TransferEncoding).is_some() {
            return Err(UsageError::FramingField);
        }
        if fields.known(Known::ContentLength).is_some() {
            return Err(UsageError::ContentLengthMismatch);
        }
        if status == StatusCode::CONTINUE {
            self.continue_due = false;
        }
        self.send.informational(status, fields);
        self.cycle.step(Signal::Interim);
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
        if head.status().is_informational() {
            return Err(UsageError::StatusClass);
        }
        if !self.cycle.allows(Signal::ResponseHead) {
            return Err(UsageError::NoResponseDue);
        }
        let outgoing = length::of_response(self.method, self.version, head.status(), head.fields(), length)?;
        let wish = Wish::of(head.fields());
        if wish.close {
            self.persistence.close(CloseReason::Asked);
        }
        if outgoing.encoder == Encoder::UntilClose {
            self.persistence.close(CloseReason::UntilClose);
        }
        if self.leaves_content_unread() {
            self.persistence.close(CloseReason::UnreadContent);
        }
        let field = match (self.persistence.reason().is_some(), self.version) {
            (true, _) if !wish.close => ConnectionField::Close,
            (false, Version::Http10) if !wish.keep_alive => ConnectionField::KeepAlive,
            _ => ConnectionField::None,
        };
        self.send.response_head(head, outgoing.encoder, outgoing.field, field);
        self.cycle.step(Signal::ResponseHead);
        Ok(())
    }

    /// Whether content is still to come that is too much, or of unknown length, or may never come because the client
    /// waits for a 100: the next request could then not be told from it.
    fn leaves_content_unread(&self) -> bool {
        let limit = if self.continue_due { 0 } else { self.config.limits.drain };
        self.receive.content_remaining().is_none_or(|left| left > limit)
    }

    /// Sends a part of the content. To a HEAD request, and for 304, it is counted and not sent.
    ///
    /// # Errors
    ///
    /// [`UsageError::NoContentDue`] outside a response; [`UsageError::ContentOverrun`] beyond the length given;
    /// [`UsageError::ExternalContentDue`] while that is to be sent. Nothing is sent then.
    pub fn send_body(&mut self, octets: impl Into<Bytes>) -> Result<(), UsageError> {
        self.send.content(octets.into())
    }

    /// Announces `len` octets of content that the caller sends itself, by sendfile for one: once
    /// [`transmit`](Self::transmit) is empty, send [`external`](Self::external) octets and tell it with
    /// [`external_sent`](Self::external_sent).
    ///
    /// # Errors
    ///
    /// As [`send_body`](Self::send_body).
    pub fn send_body_external(&mut self, len: u64) -> Result<(), UsageError> {
        self.send.external_content(len)
    }

    /// How many octets the caller has to send itself once [`transmit`](Self::transmit) is empty.
    pub fn external(&self) -> u64 {
        self.send.external()
    }

    /// Takes note that the caller sent `len` of the external octets.
    pub fn external_sent(&mut self, len: u64) {
        self.send.external_sent(len);
    }

    /// How many octets of content the response in progress has so far, or the last one had: none for HEAD, 204, 205 and
    /// 304, whatever was given.
    pub fn content_sent(&self) -> u64 {
        self.send.content_octets()
    }

    /// Ends the response. Trailers are sent after chunked content; without any, pass `&Fields::new()`.
    ///
    /// # Errors
    ///
    /// [`UsageError::ContentShort`] when less content was sent than announced; [`UsageError::TrailersNotChunked`] and
    /// [`UsageError::TrailerForbidden`] for trailers that cannot be sent; [`UsageError::NoContentDue`] outside a
    /// response; [`UsageError::ExternalContentDue`] while that is to be sent.
    pub fn finish(&mut self, trailers: &Fields) -> Result<(), UsageError> {
        self.send.finish(trailers)?;
        self.cycle.step(Signal::ResponseEnd);
        Ok(())
    }

    /// Sends a complete response: head, content and end.
    ///
    /// # Errors
    ///
    /// As [`send_response`](Self::send_response).
    pub fn respond(&mut self, head: &ResponseHead, content: impl Into<Bytes>) -> Result<(), UsageError> {
        let content = content.into();
        self.send_response(head, BodyLength::Known(content.len() as u64))?;
        self.send_body(content)?;
        self.finish(&Fields::new())
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

    /// The octets to be written to the transport.
    pub fn transmit(&mut self) -> &mut Transmit {
        &mut self.send.transmit
    }
}
