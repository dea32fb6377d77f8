//! The receive half: octets to heads and content (RFC 9112 2.2).

use alloc::boxed::Box;
use core::mem;

use bytes::{BufMut, BytesMut};

use super::Config;
use crate::error::{ErrorKind, ProtocolError};
use crate::framing::decoder::{Decoder, Piece};
use crate::framing::input::Input;
use crate::message::section::Section;
use crate::message::{
    Deviation, Deviations, Fields, FieldsView, Limits, MethodClass, Policy, RequestHead, ResponseHead, Version,
};
use crate::wire::Fault;
use crate::wire::request_line::{self, RequestLine};
use crate::wire::status_line::{self, StatusLine};
use crate::wire::target::Parts;

/// What was received: heads, and then their content.
#[derive(Debug, Default)]
pub(crate) struct Receive {
    pub(crate) input: Input,
    /// Whether the peer ended its stream.
    pub(crate) eof: bool,
    empty_lines: u32,
    start_line: StartLine,
    /// What reads heads and trailers; boxed, because an idle connection has no use for it.
    section: Option<Box<Section>>,
    pub(crate) decoder: Decoder,
}

/// The start line of a head in progress.
#[derive(Debug, Default)]
enum StartLine {
    #[default]
    None,
    Request(RequestLine),
    Status(StatusLine),
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
    /// The buffer, to be filled by at most `limit` octets.
    pub(crate) fn room(&mut self, limit: usize) -> impl BufMut + '_ {
        // Without this a full buffer grows by 64 octets, and a read takes no more than that.
        self.input.buffer.reserve(limit);
        (&mut self.input.buffer).limit(limit)
    }

    /// Whether octets are waiting to be looked at, or a part of a head was.
    pub(crate) fn in_head(&self) -> bool {
        !self.input.buffer.is_empty() || self.empty_lines > 0
    }

    /// What the request line of a head in progress says of the answer it wants.
    pub(crate) fn asked(&self) -> Option<(MethodClass, Version)> {
        let StartLine::Request(line) = &self.start_line else { return None };
        let token = self.input.buffer.get(..line.method()).unwrap_or_default();
        Some((MethodClass::of(token), Version::of_minor(line.minor)))
    }

    /// Whether the next head of a request is there.
    #[inline(always)]
    pub(crate) fn read_request_head(&mut self, config: &Config) -> Result<bool, ProtocolError> {
        match self.read_request(config) {
            // Empty lines begin no message, so the stream may end after them.
            Ok(false) if self.eof && !self.input.buffer.is_empty() => Err(self.incomplete()),
            Ok(is_complete) => Ok(is_complete),
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

    fn read_request(&mut self, config: &Config) -> Result<bool, Fault> {
        let Config { limits, policy, .. } = config;
        let section = self.section.get_or_insert_default();
        let window = limits.request_line_window();
        if let Some(line) = section.usual_start_line(&self.input.buffer, window, request_line::parse_usual) {
            self.start_line = StartLine::Request(line);
        }
        let empty_lines = if policy.allows(Deviation::EmptyLine) { limits.empty_lines } else { 0 };
        while let StartLine::None = self.start_line {
            request_line::first_octet(&self.input.buffer)?;
            let parse = |line: &[u8]| match line {
                [] => Err(Fault::new(ErrorKind::EmptyLines, 0)),
                line => request_line::parse(line, policy.allows(Deviation::RawTarget)),
            };
            match section.start_line(&self.input.buffer, window, Policy::strict(), |_| None, parse) {
                Ok(Some(line)) => self.start_line = StartLine::Request(line),
                Ok(None) => return Ok(false),
                Err(fault) if fault.kind == ErrorKind::EmptyLines && self.empty_lines < empty_lines => {
                    self.empty_lines = self.empty_lines.saturating_add(1);
                    self.input.skip(2);
                    section.restart();
                }
                Err(fault) => return Err(fault),
            }
        }
        section.read(&self.input.buffer, &limits.section(Policy::strict()))
    }

    /// The next head of a response, and where it starts in the stream; `None` when it needs more input.
    pub(crate) fn response_head(&mut self, config: &Config) -> Result<Option<(ResponseHead, u64)>, ProtocolError> {
        let is_complete = self.read_response(config).map_err(|fault| self.input.error(fault))?;
        let (StartLine::Status(line), Some(section), true) = (&self.start_line, &mut self.section, is_complete) else {
            return if self.eof { Err(self.incomplete()) } else { Ok(None) };
        };
        let start = self.input.offset;
        let octets = self.input.take(section.len());
        let own = section.is_mended().then(|| octets.get(line.reason()).unwrap_or_default().into());
        let (fields, mut deviations) = section.take_fields(octets);
        if line.is_short {
            deviations = deviations.with(Deviation::ReasonMissing);
        }
        if line.minor > 1 {
            deviations = deviations.with(Deviation::MinorVersion);
        }
        let head = ResponseHead::received(line, fields, own, deviations);
        self.start_line = StartLine::None;
        Ok(Some((head, start)))
    }

    fn read_response(&mut self, config: &Config) -> Result<bool, Fault> {
        let Config { limits, policy, .. } = config;
        let section = self.section.get_or_insert_default();
        if let StartLine::None = self.start_line {
            let usual = |buffer: &[u8]| status_line::parse_usual(buffer).filter(|(line, _)| line.minor <= 1);
            let parse = |octets: &[u8]| match status_line::parse(octets)? {
                line if line.minor > 1 && !policy.allows(Deviation::MinorVersion) => {
                    Err(Fault::octet(ErrorKind::VersionUnsupported, octets, 7))
                }
                line if line.is_short && !policy.allows(Deviation::ReasonMissing) => {
                    Err(Fault::new(ErrorKind::StatusLine, 12))
                }
                line => Ok(line),
            };
            let window = limits.head_window();
            let line = section.start_line(&self.input.buffer, window, *policy, usual, parse)?;
            let Some(line) = line else { return Ok(false) };
            self.start_line = StartLine::Status(line);
        }
        section.read(&self.input.buffer, &limits.section(*policy))
    }

    /// The next piece of content, `None` when it needs more input.
    pub(crate) fn content(&mut self, limits: &Limits, trailers: Policy) -> Result<Option<Piece>, ProtocolError> {
        // Most messages have no content, or had it all.
        let end = self.decoder.take_end();
        if end.is_some() {
            return Ok(end);
        }
        let section = self.section.get_or_insert_default();
        match self.decoder.next(&mut self.input, section, limits, trailers)? {
            None if self.eof && matches!(self.decoder, Decoder::UntilClose(_)) => {
                self.decoder = Decoder::Done;
                Ok(Some(Piece::End(0)))
            }
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

    /// Gives back the memory that an idle connection has no use for.
    pub(crate) fn release(&mut self) {
        if self.input.buffer.is_empty() {
            self.input.buffer = BytesMut::new();
            self.section = None;
        }
    }

    /// A fault of the first octet that was not consumed.
    pub(crate) fn error_at_start(&self, kind: ErrorKind) -> ProtocolError {
        // Not by `Fault::octet`: a CR may stand where nothing may stand, and is not bare for that.
        self.input.error(Fault { kind, at: 0, octet: self.input.buffer.first().copied() })
    }

    /// A fault at the end of what was received: something is missing there.
    pub(crate) fn error_at_end(&self, kind: ErrorKind) -> ProtocolError {
        ProtocolError::new(kind, self.input.received(), None)
    }

    fn incomplete(&self) -> ProtocolError {
        self.error_at_end(ErrorKind::Incomplete)
    }
}
