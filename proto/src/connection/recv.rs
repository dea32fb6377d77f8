//! The receive half: octets to heads and content (RFC 9112 2.2).

use alloc::boxed::Box;
use core::mem;

use bytes::{BufMut, Bytes, BytesMut};

use super::Config;
use super::limits::Limits;
use crate::error::{ErrorKind, ProtocolError};
use crate::framing::decoder::{Decoder, Piece};
use crate::framing::input::Input;
use crate::framing::length::Framing;
use crate::message::section::Section;
use crate::message::{
    Deviation, Deviations, Fields, FieldsView, Method, MethodClass, Policy, RequestHead, ResponseHead, Version,
};
use crate::wire::Fault;
use crate::wire::request_line::{self, RequestLine};
use crate::wire::status_line::{self, StatusLine};
use crate::wire::target::Parts;

/// What was received: heads, and then their content.
#[derive(Debug)]
pub(crate) struct Receive {
    input: Input,
    eof: bool,
    empty_lines: u32,
    start_line: StartLine,
    /// What reads heads and trailers; boxed, because an idle connection has no use for it.
    section: Option<Box<Section>>,
    decoder: Decoder,
}

/// The start line of a head in progress.
#[derive(Debug)]
enum StartLine {
    None,
    Request(RequestLine),
    Status(StatusLine),
}

impl StartLine {
    fn take(&mut self) -> Self {
        mem::replace(self, Self::None)
    }
}

/// The head of a request that is well formed, where it was received.
#[derive(Clone, Copy)]
pub(crate) struct Candidate<'a> {
    pub(crate) octets: &'a [u8],
    pub(crate) line: RequestLine,
    pub(crate) fields: FieldsView<'a>,
}

impl Candidate<'_> {
    pub(crate) fn method(&self) -> &[u8] {
        self.octets.get(..self.line.method()).unwrap_or_default()
    }

    pub(crate) fn version(&self) -> Version {
        Version::of_minor(self.line.minor)
    }
}

impl Receive {
    pub(crate) fn new() -> Self {
        Self {
            input: Input::default(),
            eof: false,
            empty_lines: 0,
            start_line: StartLine::None,
            section: None,
            decoder: Decoder::Done,
        }
    }

    /// Takes note of how many octets of the stream came before.
    pub(crate) fn begin_at(&mut self, offset: u64) {
        self.input.begin_at(offset);
    }

    pub(crate) fn push(&mut self, octets: &[u8]) {
        self.input.push(octets);
    }

    /// The buffer, to be filled by at most `limit` octets.
    pub(crate) fn room(&mut self, limit: usize) -> impl BufMut + '_ {
        // Without this a full buffer grows by 64 octets, and a read takes no more than that.
        self.input.buffer.reserve(limit);
        (&mut self.input.buffer).limit(limit)
    }

    pub(crate) fn end(&mut self) {
        self.eof = true;
    }

    pub(crate) const fn ended(&self) -> bool {
        self.eof
    }

    /// How many octets the peer has sent.
    pub(crate) fn received(&self) -> u64 {
        self.input.received()
    }

    /// Whether octets are waiting to be looked at, or a part of a head was.
    pub(crate) fn in_head(&self) -> bool {
        !self.input.buffer.is_empty() || self.empty_lines > 0
    }

    /// Gives back memory that is much for a connection on which nothing has come.
    pub(crate) fn shrink(&mut self) {
        self.input.release();
    }

    /// What was received and not consumed.
    pub(crate) fn unread(&self) -> &[u8] {
        &self.input.buffer
    }

    /// What the request line of a head in progress says of the answer it wants.
    pub(crate) fn asked(&self) -> Option<(MethodClass, Version)> {
        match &self.start_line {
            StartLine::Request(line) => {
                let token = self.input.buffer.get(..line.method()).unwrap_or_default();
                Some((MethodClass::of(token), Version::of_minor(line.minor)))
            }
            _ => None,
        }
    }

    /// Drops what was received and not looked at.
    pub(crate) fn discard(&mut self) {
        self.input.clear();
    }

    /// Whether the next head of a request is there.
    #[inline(always)]
    pub(crate) fn read_request_head(&mut self, config: &Config) -> Result<bool, ProtocolError> {
        match self.head_end(config) {
            Ok(Some(_)) => Ok(true),
            // Empty lines begin no message, so the stream may end after them.
            Ok(None) if self.eof && !self.input.buffer.is_empty() => Err(self.incomplete()),
            Ok(None) => Ok(false),
            Err(fault) => Err(self.input.error(fault)),
        }
    }

    /// The head that is there, well formed but not known to be valid. It stays until it is taken or refused.
    #[inline(always)]
    pub(crate) fn candidate(&self) -> Option<Candidate<'_>> {
        let (StartLine::Request(line), Some(section)) = (&self.start_line, &self.section) else { return None };
        let octets = self.input.buffer.get(..section.len()).unwrap_or_default();
        Some(Candidate { octets, line: *line, fields: section.fields(octets) })
    }

    /// Takes out the head that was found valid.
    #[inline(always)]
    pub(crate) fn take_request_head(
        &mut self,
        line: RequestLine,
        target: Parts,
        deviations: Deviations,
    ) -> RequestHead {
        self.start_line = StartLine::None;
        let section = self.section.get_or_insert_default();
        let has_empty_lines = mem::take(&mut self.empty_lines) > 0;
        let deviations = if has_empty_lines { deviations.with(Deviation::EmptyLine) } else { deviations };
        // A request's fields are never mended.
        let fields = Fields::received(self.input.take(section.len()), section.take_index());
        RequestHead::received(line, target, fields, deviations)
    }

    /// Drops the head in which there is a fault, and names that. It is counted from the start of the head.
    pub(crate) fn refuse(&mut self, fault: Fault) -> ProtocolError {
        let error = self.input.error(fault);
        self.start_line = StartLine::None;
        self.empty_lines = 0;
        let section = self.section.get_or_insert_default();
        self.input.skip(section.len());
        section.clear();
        error
    }

    fn head_end(&mut self, config: &Config) -> Result<Option<usize>, Fault> {
        let Config { limits, policy, .. } = config;
        let section = self.section.get_or_insert_default();
        if section.is_new()
            && let Some((line, end)) = request_line::parse_usual(&self.input.buffer, Method::MAX)
            && end <= limits.request_line_window().0
        {
            self.start_line = StartLine::Request(line);
            section.skip_start_line(end);
        }
        while let StartLine::None = self.start_line {
            request_line::first_octet(&self.input.buffer)?;
            let (window, too_long) = limits.request_line_window();
            let strict = Policy::strict();
            let Some(line) = section.start_line(&self.input.buffer, window, too_long, strict)? else {
                return Ok(None);
            };
            if line.is_empty() {
                if self.empty_lines >= limits.empty_lines || !policy.allows(Deviation::EmptyLine) {
                    return Err(Fault::new(ErrorKind::EmptyLines, line.start));
                }
                self.empty_lines = self.empty_lines.saturating_add(1);
                self.input.skip(2);
                section.restart();
            } else {
                let octets = self.input.buffer.get(line).unwrap_or_default();
                self.start_line =
                    StartLine::Request(request_line::parse(octets, Method::MAX, policy.allows(Deviation::RawTarget))?);
            }
        }
        section.read(&self.input.buffer, &limits.section(Policy::strict()))
    }

    /// The next head of a response, and where it starts in the stream; `None` when it needs more input.
    pub(crate) fn response_head(&mut self, config: &Config) -> Result<Option<(ResponseHead, u64)>, ProtocolError> {
        let end = self.response_head_end(config).map_err(|fault| self.input.error(fault))?;
        let Some((end, StartLine::Status(line))) = end.map(|end| (end, self.start_line.take())) else {
            return if self.eof { Err(self.incomplete()) } else { Ok(None) };
        };
        let start = self.input.offset();
        let octets = self.input.take(end);
        let section = self.section.get_or_insert_default();
        let own = section.is_mended().then(|| octets.get(line.reason()).unwrap_or_default().into());
        let (fields, mut deviations) = section.take_fields(octets);
        if line.is_short {
            deviations = deviations.with(Deviation::ReasonMissing);
        }
        if line.minor > 1 {
            deviations = deviations.with(Deviation::MinorVersion);
        }
        Ok(Some((ResponseHead::received(&line, fields, own, deviations), start)))
    }

    fn response_head_end(&mut self, config: &Config) -> Result<Option<usize>, Fault> {
        let Config { limits, policy, .. } = config;
        let section = self.section.get_or_insert_default();
        let window = limits.head_window();
        if section.is_new()
            && let Some((line, end)) = status_line::parse_usual(&self.input.buffer)
            && end <= window
            && line.minor <= 1
        {
            self.start_line = StartLine::Status(line);
            section.skip_start_line(end);
        }
        if let StartLine::None = self.start_line {
            let Some(line) = section.start_line(&self.input.buffer, window, ErrorKind::HeadTooLarge, *policy)? else {
                return Ok(None);
            };
            let octets = self.input.buffer.get(line).unwrap_or_default();
            let status_line = status_line::parse(octets)?;
            if status_line.minor > 1 && !policy.allows(Deviation::MinorVersion) {
                return Err(Fault::octet(ErrorKind::VersionUnsupported, octets, 7));
            }
            if status_line.is_short && !policy.allows(Deviation::ReasonMissing) {
                return Err(Fault::new(ErrorKind::StatusLine, 12));
            }
            self.start_line = StartLine::Status(status_line);
        }
        section.read(&self.input.buffer, &limits.section(*policy))
    }

    /// Begins to read content.
    pub(crate) fn start_content(&mut self, framing: Framing) {
        self.decoder = Decoder::new(framing);
    }

    /// The next piece of content, `None` when it needs more input.
    pub(crate) fn content(&mut self, limits: &Limits, trailers: Policy) -> Result<Option<Piece>, ProtocolError> {
        // Most messages have no content, or had it all.
        let end = self.decoder.take_end();
        if end.is_some() {
            return Ok(end);
        }
        let limits = || limits.decoder(trailers);
        let section = self.section.get_or_insert_default();
        match self.decoder.next(&mut self.input, section, limits)? {
            None if self.eof && self.decoder.end() => self.decoder.next(&mut self.input, section, limits),
            None if self.eof => Err(self.incomplete()),
            piece => Ok(piece),
        }
    }

    /// The trailers of a message that is complete: `len` octets, which are dropped when they hold none.
    #[inline(always)]
    pub(crate) fn take_trailers(&mut self, len: usize) -> Fields {
        match &mut self.section {
            Some(section) if len > 0 && section.has_lines() => section.take_fields(self.input.take(len)).0,
            Some(section) if len > 0 => {
                section.clear();
                self.input.skip(len);
                Fields::new()
            }
            _ => Fields::new(),
        }
    }

    /// The octets of content still to come, if that is known.
    pub(crate) fn content_remaining(&self) -> Option<u64> {
        self.decoder.remaining()
    }

    /// Gives back the memory that an idle connection has no use for.
    pub(crate) fn release(&mut self) {
        if self.input.buffer.is_empty() {
            self.input.buffer = BytesMut::new();
            self.section = None;
        }
    }

    /// Takes out what was received and not consumed.
    pub(crate) fn take_unread(&mut self) -> Bytes {
        self.input.take(self.input.buffer.len())
    }

    /// How many octets were consumed.
    pub(crate) const fn consumed(&self) -> u64 {
        self.input.offset()
    }

    /// Names a fault in the head that was taken last. It is counted from where that starts.
    pub(crate) fn error_in_head(fault: Fault, start: u64) -> ProtocolError {
        ProtocolError::new(fault.kind, start.saturating_add(fault.at as u64), fault.octet)
    }

    /// A fault of the first octet that was not consumed.
    pub(crate) fn error_at_start(&self, kind: ErrorKind) -> ProtocolError {
        // Not by `Fault::octet`: a CR may stand where nothing may stand, and is not bare for that.
        self.input.error(Fault { kind, at: 0, octet: self.input.buffer.first().copied() })
    }

    /// A fault at the end of what was received: something is missing there.
    pub(crate) fn error_at_end(&self, kind: ErrorKind) -> ProtocolError {
        ProtocolError::new(kind, self.received(), None)
    }

    fn incomplete(&self) -> ProtocolError {
        self.error_at_end(ErrorKind::Incomplete)
    }
}
