//! Heads out of a buffer of one's own, without a connection: the grammar alone.
//!
//! Whether a head makes a valid request, by its Host and its framing fields for example, only a
//! [`server::Connection`](crate::server::Connection) decides. This is for measuring, for tools that look at heads, and
//! for transports that bring a message in one piece.

use core::ops::Range;

use crate::connection::limits::Limits;
use crate::error::{ErrorKind, ProtocolError};
use crate::message::section::Section;
use crate::message::{Method, Policy, StatusCode, Version};
use crate::wire::request_line::{self, RequestLine};
use crate::wire::status_line::{self, StatusLine};
use crate::wire::{Fault, octet};

/// Reads heads, one after the other. It keeps its place between calls: a buffer that has grown is not looked at again
/// from its start.
///
/// ```
/// use basehttp_proto::parse::HeadParser;
/// let mut parser = HeadParser::default();
/// let mut buffer = b"GET /path HTTP/1.1\r\nHo".to_vec();
/// assert!(parser.request(&buffer)?.is_none());
/// buffer.extend_from_slice(b"st: a\r\n\r\nand more");
/// let head = parser.request(&buffer)?.expect("it is complete");
/// assert_eq!((head.method(), head.target(), head.len()), (&b"GET"[..], &b"/path"[..], 31));
/// assert_eq!(head.fields().collect::<Vec<_>>(), [(&b"Host"[..], &b"a"[..])]);
/// # Ok::<(), basehttp_proto::ProtocolError>(())
/// ```
#[derive(Debug, Default)]
pub struct HeadParser {
    limits: Limits,
    section: Section,
    request: Option<RequestLine>,
    status: Option<StatusLine>,
}

/// The head of a request in the buffer it was found in.
#[derive(Debug)]
pub struct RequestParts<'a> {
    line: RequestLine,
    fields: Lines<'a>,
    len: usize,
}

/// The head of a response in the buffer it was found in.
#[derive(Debug)]
pub struct ResponseParts<'a> {
    line: StatusLine,
    fields: Lines<'a>,
    len: usize,
}

#[derive(Clone, Copy, Debug)]
struct Lines<'a> {
    buffer: &'a [u8],
    section: &'a Section,
}

impl HeadParser {
    /// A parser with these limits.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// The head of a request at the start of `buffer`, `None` while it is not complete. The octets of the last call have
    /// to be there again until it is.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`] as a connection gives it, with the offset in `buffer`; the parser starts anew then.
    #[inline]
    pub fn request<'a>(&'a mut self, buffer: &'a [u8]) -> Result<Option<RequestParts<'a>>, ProtocolError> {
        if self.request.is_none() {
            self.begin();
            let (window, too_long) = self.limits.request_line_window();
            let usual =
                if self.section.is_new() { request_line::parse_usual(buffer, Method::MAX) } else { None };
            self.request = match usual {
                Some((line, end)) if end <= window => {
                    self.section.skip_start_line(end);
                    Some(line)
                }
                _ => match self.line(buffer, window, too_long)? {
                    Some(place) => {
                        let line = buffer.get(place).unwrap_or_default();
                        Some(
                            request_line::parse(line, Method::MAX, false)
                                .map_err(|fault| self.fail(fault))?,
                        )
                    }
                    None => return Ok(None),
                },
            };
        }
        let Some(len) = self.section(buffer)? else { return Ok(None) };
        let fields = Lines { buffer, section: &self.section };
        Ok(self.request.take().map(|line| RequestParts { line, fields, len }))
    }

    /// The head of a response at the start of `buffer`; as [`request`](Self::request).
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    #[inline]
    pub fn response<'a>(&'a mut self, buffer: &'a [u8]) -> Result<Option<ResponseParts<'a>>, ProtocolError> {
        if self.status.is_none() {
            self.begin();
            let window = self.limits.head_window();
            let Some(place) = self.line(buffer, window, ErrorKind::HeadTooLarge)? else { return Ok(None) };
            let line = buffer.get(place).unwrap_or_default();
            self.status = Some(status_line::parse(line).map_err(|fault| self.fail(fault))?);
        }
        let Some(len) = self.section(buffer)? else { return Ok(None) };
        let fields = Lines { buffer, section: &self.section };
        Ok(self.status.take().map(|line| ResponseParts { line, fields, len }))
    }

    /// A head begins: what was kept of the last one goes.
    fn begin(&mut self) {
        if self.section.is_complete() {
            self.section.clear();
        }
    }

    fn line(
        &mut self,
        buffer: &[u8],
        window: usize,
        too_long: ErrorKind,
    ) -> Result<Option<Range<usize>>, ProtocolError> {
        self.section.start_line(buffer, window, too_long, Policy::strict()).map_err(|fault| self.fail(fault))
    }

    fn section(&mut self, buffer: &[u8]) -> Result<Option<usize>, ProtocolError> {
        let limits = self.limits.section(Policy::strict());
        self.section.read(buffer, &limits).map_err(|fault| self.fail(fault))
    }

    #[cold]
    fn fail(&mut self, fault: Fault) -> ProtocolError {
        self.section.clear();
        (self.request, self.status) = (None, None);
        ProtocolError::new(fault.kind, fault.at as u64, fault.octet)
    }
}

impl<'a> Lines<'a> {
    fn iter(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.section.lines(self.buffer).map(|(name, value)| (name, octet::trim_ows(value)))
    }
}

impl<'a> RequestParts<'a> {
    /// The method.
    pub fn method(&self) -> &'a [u8] {
        self.fields.buffer.get(..self.line.method()).unwrap_or_default()
    }

    /// The request target.
    pub fn target(&self) -> &'a [u8] {
        self.fields.buffer.get(self.line.target()).unwrap_or_default()
    }

    /// The version.
    pub fn version(&self) -> Version {
        Version::of_minor(self.line.minor)
    }

    /// The field lines, in order: names as spelled, values without the white space around them.
    pub fn fields(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.fields.iter()
    }

    /// How many octets the head has, its empty line included.
    #[expect(clippy::len_without_is_empty, reason = "a head is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }
}

impl<'a> ResponseParts<'a> {
    /// The status.
    pub fn status(&self) -> StatusCode {
        StatusCode::literal(self.line.code)
    }

    /// The reason phrase.
    pub fn reason(&self) -> &'a [u8] {
        self.fields.buffer.get(self.line.reason()).unwrap_or_default()
    }

    /// The version.
    pub fn version(&self) -> Version {
        Version::of_minor(self.line.minor)
    }

    /// The field lines, in order: names as spelled, values without the white space around them.
    pub fn fields(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.fields.iter()
    }

    /// How many octets the head has, its empty line included.
    #[expect(clippy::len_without_is_empty, reason = "a head is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }
}
