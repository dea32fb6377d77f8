//! The send half: heads and content to octets (RFC 9112 4 to 7).

use alloc::vec::Vec;

use bytes::Bytes;

use super::transmit::Transmit;
use crate::error::UsageError;
use crate::framing::encoder::Encoder;
use crate::framing::length::Outgoing;
use crate::message::known::Known;
use crate::message::{Fields, HttpDate, Products, RequestHead, ResponseHead, StatusCode, Version};
use crate::wire::write;

/// Octets of the line that Date is.
const DATE_LINE: usize = 37;

/// What is to be sent: the queue, and the message in progress.
#[derive(Debug, Default)]
pub(crate) struct Send {
    pub(crate) transmit: Transmit,
    /// `None` between messages.
    encoder: Option<Encoder>,
    /// Octets of content that the caller is to send itself before anything else leaves.
    pub(crate) external: u64,
    /// Octets of content of the last message that were queued, or sent by the caller.
    pub(crate) content_len: u64,
    /// The date, and its line.
    date: Option<(HttpDate, [u8; DATE_LINE])>,
}

impl Send {
    /// Sets what Date will say.
    pub(crate) fn set_date(&mut self, date: HttpDate) {
        if self.date.is_none_or(|(known, _)| known != date) {
            let mut line = *b"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
            if let Some(text) = line.get_mut(6..35) {
                text.copy_from_slice(&date.to_imf());
            }
            self.date = Some((date, line));
        }
    }

    /// Whether everything has left.
    pub(crate) fn is_flushed(&self) -> bool {
        self.transmit.is_empty() && self.external == 0
    }

    /// Queues the head of an informational response, with `option` in Connection.
    pub(crate) fn informational(&mut self, status: StatusCode, fields: &Fields, option: Option<&str>) {
        self.status_line(status, None);
        let tail = self.transmit.tail();
        tail.extend_from_slice(fields.wire_image());
        end_head(tail, option);
    }

    /// Queues the head of a final response, or of a switch of protocols, with `options` in Connection.
    #[inline(always)]
    pub(crate) fn response_head<'o>(
        &mut self,
        head: &ResponseHead,
        server: Option<&Products>,
        framing: Outgoing,
        options: impl IntoIterator<Item = &'o str>,
    ) {
        let tail = self.response_start(head, server);
        framing_field(tail, framing);
        end_head(tail, options);
    }

    /// Queues what responses start with: the status line, Date and Server unless the head has its own, and its fields.
    fn response_start(&mut self, head: &ResponseHead, server: Option<&Products>) -> &mut Vec<u8> {
        self.status_line(head.status(), head.own_reason());
        let tail = self.transmit.tail();
        if let Some((_, date)) = &self.date
            && !head.fields().has(Known::Date)
        {
            tail.extend_from_slice(date);
        }
        if let Some(server) = server
            && !head.fields().has(Known::Server)
        {
            tail.extend_from_slice(&server.line);
        }
        tail.extend_from_slice(head.fields().wire_image());
        tail
    }

    /// The status is sent with HTTP/1.1 whatever the client speaks: it names what this end can do (RFC 9110 2.5).
    fn status_line(&mut self, status: StatusCode, reason: Option<&[u8]>) {
        let tail = self.transmit.tail();
        if status == StatusCode::OK && reason.is_none() {
            // As most are: what has a known length is copied at once.
            return tail.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
        }
        if let (Some(line), None) = (status.line(), reason) {
            return tail.extend_from_slice(line);
        }
        tail.extend_from_slice(b"HTTP/1.1 ");
        write::number(tail, status.as_u16().into(), 10);
        // The space stands even before an empty reason (RFC 9112 4).
        tail.push(b' ');
        tail.extend_from_slice(reason.unwrap_or_default());
        tail.extend_from_slice(b"\r\n");
    }

    /// Queues the head of a request and opens its content. `host` is sent first if the fields have none, and `options`
    /// in Connection beside those that the fields have.
    pub(crate) fn request_head<'o>(
        &mut self,
        head: &RequestHead,
        host: Option<&str>,
        options: impl Iterator<Item = &'o str>,
        framing: Outgoing,
    ) {
        let tail = self.transmit.tail();
        tail.extend_from_slice(head.method_and_target());
        tail.extend_from_slice(match head.version() {
            Version::Http10 => b" HTTP/1.0\r\n",
            Version::Http11 => b" HTTP/1.1\r\n",
        });
        if let Some(host) = host {
            line(tail, b"Host: ", host);
        }
        tail.extend_from_slice(head.fields().wire_image());
        framing_field(tail, framing);
        end_head(tail, options);
        self.open(framing.0);
    }

    /// Opens the content of the message whose head was queued.
    pub(crate) fn open(&mut self, encoder: Encoder) {
        self.encoder = Some(encoder);
        self.content_len = 0;
    }

    /// Queues the content of the message whose head was queued, whole: of the length that the head was framed by.
    #[inline(always)]
    pub(crate) fn whole(&mut self, encoder: Encoder, octets: Bytes) {
        let is_sent = encoder != Encoder::Suppressed;
        self.content_len = if is_sent { octets.len() as u64 } else { 0 };
        if is_sent {
            self.transmit.push(octets);
        }
    }

    /// Queues content.
    pub(crate) fn content(&mut self, octets: Bytes) -> Result<(), UsageError> {
        let encoder = self.account(octets.len() as u64)?;
        // An empty chunk would end the content.
        let Some(encoder) = encoder.filter(|_| !octets.is_empty()) else { return Ok(()) };
        if encoder == Encoder::Chunked {
            self.chunk_line(octets.len() as u64);
            self.transmit.push(octets);
            self.transmit.tail().extend_from_slice(b"\r\n");
        } else {
            self.transmit.push(octets);
        }
        Ok(())
    }

    /// Announces content that the caller sends itself once the queue is empty.
    pub(crate) fn external_content(&mut self, len: u64) -> Result<(), UsageError> {
        let encoder = self.account(len)?;
        let Some(encoder) = encoder.filter(|_| len > 0) else { return Ok(()) };
        if encoder == Encoder::Chunked {
            self.chunk_line(len);
        }
        self.external = len;
        Ok(())
    }

    /// Takes note of `len` octets sent by the caller.
    pub(crate) fn external_sent(&mut self, len: u64) {
        let before = self.external;
        self.external = before.saturating_sub(len);
        self.transmit.total = self.transmit.total.saturating_add(len);
        if before > 0 && self.external == 0 && self.encoder == Some(Encoder::Chunked) {
            self.transmit.tail().extend_from_slice(b"\r\n");
        }
    }

    /// Ends the content.
    pub(crate) fn finish(&mut self, trailers: &Fields) -> Result<(), UsageError> {
        let encoder = self.open_encoder()?;
        encoder.finish()?;
        if !trailers.is_empty() && encoder != Encoder::Suppressed {
            if encoder != Encoder::Chunked {
                return Err(UsageError::TrailersNotChunked);
            }
            if trailers.iter().any(|(name, _)| !Known::may_trail(name)) {
                return Err(UsageError::TrailerForbidden);
            }
        }
        if encoder == Encoder::Chunked {
            let tail = self.transmit.tail();
            tail.extend_from_slice(b"0\r\n");
            tail.extend_from_slice(trailers.wire_image());
            tail.extend_from_slice(b"\r\n");
        }
        self.encoder = None;
        Ok(())
    }

    /// Gives up what is queued.
    pub(crate) fn abort(&mut self) {
        self.transmit.clear();
        self.encoder = None;
        self.external = 0;
    }

    /// The encoder of the message in progress.
    fn open_encoder(&self) -> Result<Encoder, UsageError> {
        if self.external > 0 {
            return Err(UsageError::ExternalContentDue);
        }
        self.encoder.ok_or(UsageError::NoContentDue)
    }

    /// Accounts for content; the encoder when the content is to be sent.
    fn account(&mut self, len: u64) -> Result<Option<Encoder>, UsageError> {
        let mut encoder = self.open_encoder()?;
        let is_sent = encoder.content(len)?;
        self.encoder = Some(encoder);
        if is_sent {
            self.content_len = self.content_len.saturating_add(len);
        }
        Ok(is_sent.then_some(encoder))
    }

    fn chunk_line(&mut self, len: u64) {
        let tail = self.transmit.tail();
        write::number(tail, len, 16);
        tail.extend_from_slice(b"\r\n");
    }
}

fn framing_field(tail: &mut Vec<u8>, framing: Outgoing) {
    match framing {
        (_, Some(length)) => write::line(tail, b"Content-Length: ", length),
        (Encoder::Chunked, None) => tail.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
        _ => {}
    }
}

/// Queues what heads end with: Connection with each of `options`, and the empty line.
#[inline(always)]
fn end_head<'o>(tail: &mut Vec<u8>, options: impl IntoIterator<Item = &'o str>) {
    for option in options {
        line(tail, b"Connection: ", option);
    }
    tail.extend_from_slice(b"\r\n");
}

fn line(tail: &mut Vec<u8>, name: &[u8], value: &str) {
    for part in [name, value.as_bytes(), b"\r\n"] {
        tail.extend_from_slice(part);
    }
}
