//! The send half: heads and content to octets (RFC 9112 4 to 7).

use alloc::vec::Vec;

use bytes::Bytes;

use super::transmit::Transmit;
use crate::error::UsageError;
use crate::framing::encoder::Encoder;
use crate::framing::length::FramingField;
use crate::message::known::Known;
use crate::message::{Fields, HttpDate, Products, RequestHead, ResponseHead, StatusCode, Version};
use crate::wire::write;

/// Octets of the line that Date is.
const DATE_LINE: usize = 37;

/// What is to be sent: the queue, and the message in progress.
#[derive(Debug)]
pub(crate) struct Send {
    pub(crate) transmit: Transmit,
    /// `None` between messages.
    encoder: Option<Encoder>,
    /// Octets of content that the caller is to send itself before anything else leaves.
    external: u64,
    /// Octets of content of the last message that were queued, or sent by the caller.
    content: u64,
    /// The date, and its line.
    date: Option<(HttpDate, [u8; DATE_LINE])>,
}

/// What Connection says in a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionField {
    /// Nothing: the version says enough.
    None,
    Close,
    KeepAlive,
}

impl Send {
    pub(crate) fn new() -> Self {
        Self { transmit: Transmit::default(), encoder: None, external: 0, content: 0, date: None }
    }

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

    /// Octets that the caller is to send itself.
    pub(crate) const fn external(&self) -> u64 {
        self.external
    }

    /// Whether everything has left.
    pub(crate) fn is_flushed(&self) -> bool {
        self.transmit.is_empty() && self.external == 0
    }

    /// How often everything has left: what the peer is waited for after that is not what it was waited for before.
    pub(crate) const fn flushes(&self) -> u16 {
        self.transmit.flushes()
    }

    /// How many octets have left.
    pub(crate) fn sent(&self) -> u64 {
        self.transmit.total()
    }

    /// How many octets of content the last message has so far.
    pub(crate) const fn content_octets(&self) -> u64 {
        self.content
    }

    /// Queues the head of a switch of protocols, which has no content and ends what is sent here.
    pub(crate) fn switch(&mut self, head: &ResponseHead, server: Option<&Products>, upgrade: bool) {
        let tail = self.response_start(head, server);
        tail.extend_from_slice(if upgrade { b"Connection: upgrade\r\n\r\n" } else { b"\r\n" });
    }

    pub(crate) fn informational(&mut self, status: StatusCode, fields: &Fields, upgrade: bool) {
        self.status_line(status, None);
        let tail = self.transmit.tail();
        tail.extend_from_slice(fields.wire_image());
        tail.extend_from_slice(if upgrade { b"Connection: upgrade\r\n\r\n" } else { b"\r\n" });
    }

    /// Queues a head.
    #[inline(always)]
    pub(crate) fn response_head(
        &mut self,
        head: &ResponseHead,
        server: Option<&Products>,
        framing: FramingField,
        connection: ConnectionField,
        upgrade: bool,
    ) {
        let tail = self.response_start(head, server);
        framing_field(tail, framing);
        // Who sends Upgrade names it, so that no intermediary hands it on (RFC 9110 7.8).
        if upgrade {
            tail.extend_from_slice(b"Connection: upgrade\r\n");
        }
        match connection {
            ConnectionField::None => {}
            ConnectionField::Close => tail.extend_from_slice(b"Connection: close\r\n"),
            ConnectionField::KeepAlive => tail.extend_from_slice(b"Connection: keep-alive\r\n"),
        }
        tail.extend_from_slice(b"\r\n");
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
            tail.extend_from_slice(server.server_line());
        }
        tail.extend_from_slice(head.fields().wire_image());
        tail
    }

    /// The status is sent with HTTP/1.1 whatever the client speaks: it names what this end can do (RFC 9110 2.5).
    fn status_line(&mut self, status: StatusCode, reason: Option<&[u8]>) {
        let tail = self.transmit.tail();
        if let (Some(line), None) = (status.line(), reason) {
            return tail.extend_from_slice(line);
        }
        tail.extend_from_slice(b"HTTP/1.1 ");
        write::decimal(tail, u64::from(status.as_u16()));
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
        encoder: Encoder,
        framing: FramingField,
    ) {
        let tail = self.transmit.tail();
        tail.extend_from_slice(head.method_and_target());
        match head.version() {
            Version::Http10 => tail.extend_from_slice(b" HTTP/1.0\r\n"),
            Version::Http11 => tail.extend_from_slice(b" HTTP/1.1\r\n"),
        }
        if let Some(host) = host {
            tail.extend_from_slice(b"Host: ");
            tail.extend_from_slice(host.as_bytes());
            tail.extend_from_slice(b"\r\n");
        }
        tail.extend_from_slice(head.fields().wire_image());
        framing_field(tail, framing);
        for option in options {
            tail.extend_from_slice(b"Connection: ");
            tail.extend_from_slice(option.as_bytes());
            tail.extend_from_slice(b"\r\n");
        }
        tail.extend_from_slice(b"\r\n");
        self.open(encoder);
    }

    /// Opens the content of the message whose head was queued.
    pub(crate) fn open(&mut self, encoder: Encoder) {
        self.encoder = Some(encoder);
        self.content = 0;
    }

    /// Queues the content of the message whose head was queued, whole: of the length that the head was framed by.
    #[inline(always)]
    pub(crate) fn whole(&mut self, encoder: Encoder, octets: Bytes) {
        let is_sent = encoder != Encoder::Suppressed;
        self.content = if is_sent { octets.len() as u64 } else { 0 };
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
        self.transmit.count_external(len);
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
            self.content = self.content.saturating_add(len);
        }
        Ok(is_sent.then_some(encoder))
    }

    fn chunk_line(&mut self, len: u64) {
        let tail = self.transmit.tail();
        write::hexadecimal(tail, len);
        tail.extend_from_slice(b"\r\n");
    }
}

fn framing_field(tail: &mut Vec<u8>, field: FramingField) {
    match field {
        FramingField::None => {}
        FramingField::ContentLength(length) => write::line(tail, b"Content-Length: ", length),
        FramingField::Chunked => tail.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
    }
}
