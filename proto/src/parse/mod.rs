//! Heads out of a buffer of one's own, without a connection: the grammar alone.
//!
//! Whether a head makes a valid request, by its Host and its framing fields for example, only a
//! [`server::Connection`](crate::server::Connection) decides. This is for measuring, for tools that look at heads, and
//! for transports that bring a message in one piece.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use crate::connection::limits::Limits;
use crate::error::{ErrorKind, ProtocolError};
use crate::message::index::Index;
use crate::message::section::{Section, Visitor};
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
    lines: Vec<Line>,
    request: Option<RequestLine>,
    status: Option<StatusLine>,
}

/// The places of a field line's parts; those of the value are without the white space around it.
#[derive(Clone, Copy, Debug)]
struct Line {
    name: u32,
    name_end: u32,
    value: u32,
    value_end: u32,
}

/// The head of a request in the buffer it was found in.
#[derive(Clone, Copy)]
pub struct RequestParts<'p, 'b> {
    line: &'p RequestLine,
    parser: &'p HeadParser,
    buffer: &'b [u8],
}

/// The head of a response in the buffer it was found in.
#[derive(Clone, Copy)]
pub struct ResponseParts<'p, 'b> {
    line: &'p StatusLine,
    parser: &'p HeadParser,
    buffer: &'b [u8],
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
    pub fn request<'p, 'b>(&'p mut self, buffer: &'b [u8]) -> Result<Option<RequestParts<'p, 'b>>, ProtocolError> {
        let is_complete = self.read_request(buffer)?;
        let (parser, line) = (&*self, self.request.as_ref().filter(|_| is_complete));
        Ok(line.map(|line| RequestParts { line, parser, buffer }))
    }

    /// The head of a response at the start of `buffer`; as [`request`](Self::request).
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    #[inline]
    pub fn response<'p, 'b>(&'p mut self, buffer: &'b [u8]) -> Result<Option<ResponseParts<'p, 'b>>, ProtocolError> {
        let is_complete = self.read_response(buffer)?;
        let (parser, line) = (&*self, self.status.as_ref().filter(|_| is_complete));
        Ok(line.map(|line| ResponseParts { line, parser, buffer }))
    }

    // These tell no more than whether the head is complete: that fits in registers, and what was found stays where it is.

    #[inline(never)]
    fn read_request(&mut self, buffer: &[u8]) -> Result<bool, ProtocolError> {
        self.begin();
        if self.request.is_none() {
            let (window, too_long) = self.limits.request_line_window();
            let usual = if self.section.is_new() { request_line::parse_usual(buffer, Method::MAX) } else { None };
            self.request = match usual {
                Some((line, end)) if end <= window => {
                    self.section.skip_start_line(end);
                    Some(line)
                }
                _ => match self.line(buffer, window, too_long)? {
                    Some(place) => {
                        let line = buffer.get(place).unwrap_or_default();
                        Some(request_line::parse(line, Method::MAX, false).map_err(|fault| self.fail(fault))?)
                    }
                    None => return Ok(false),
                },
            };
        }
        self.section(buffer)
    }

    #[inline(never)]
    fn read_response(&mut self, buffer: &[u8]) -> Result<bool, ProtocolError> {
        self.begin();
        if self.status.is_none() {
            let window = self.limits.head_window();
            let usual = if self.section.is_new() { status_line::parse_usual(buffer) } else { None };
            self.status = match usual {
                Some((line, end)) if end <= window => {
                    self.section.skip_start_line(end);
                    Some(line)
                }
                _ => match self.line(buffer, window, ErrorKind::HeadTooLarge)? {
                    Some(place) => {
                        let line = buffer.get(place).unwrap_or_default();
                        Some(status_line::parse(line).map_err(|fault| self.fail(fault))?)
                    }
                    None => return Ok(false),
                },
            };
        }
        self.section(buffer)
    }

    /// What was kept of a head that is complete goes, and the next begins.
    #[inline(always)]
    fn begin(&mut self) {
        if self.section.is_complete() {
            self.clear();
        }
    }

    fn clear(&mut self) {
        self.section.clear();
        self.lines.clear();
        (self.request, self.status) = (None, None);
    }

    fn line(
        &mut self,
        buffer: &[u8],
        window: usize,
        too_long: ErrorKind,
    ) -> Result<Option<Range<usize>>, ProtocolError> {
        self.section.start_line(buffer, window, too_long, Policy::strict()).map_err(|fault| self.fail(fault))
    }

    #[inline(always)]
    fn section(&mut self, buffer: &[u8]) -> Result<bool, ProtocolError> {
        let limits = self.limits.section(Policy::strict());
        let lines = &mut self.lines;
        let read = self.section.read_with(buffer, &limits, &mut Places(lines));
        read.map(|end| end.is_some()).map_err(|fault| self.fail(fault))
    }

    #[cold]
    fn fail(&mut self, fault: Fault) -> ProtocolError {
        self.clear();
        ProtocolError::new(fault.kind, fault.at as u64, fault.octet)
    }
}

/// Keeps the places of all parts of all lines.
struct Places<'a>(&'a mut Vec<Line>);

impl Visitor for Places<'_> {
    #[inline(always)]
    fn field(&mut self, buffer: &[u8], _: &mut Index, place: Range<usize>, name_end: usize) {
        self.0.push(Line::new(buffer, &place, name_end));
    }
}

impl Line {
    #[inline(always)]
    fn new(buffer: &[u8], place: &Range<usize>, name_end: usize) -> Self {
        let value = match buffer.get(name_end..place.end) {
            // As nearly all values stand: after one space, and up to the end of the line.
            Some([b':', b' ', first, ..]) if *first > b' ' && ends_in_text(buffer, place.end) => {
                name_end.wrapping_add(2)..place.end
            }
            _ => trimmed(buffer, name_end.wrapping_add(1)..place.end),
        };
        Self {
            name: narrow(place.start),
            name_end: narrow(name_end),
            value: narrow(value.start),
            value_end: narrow(value.end),
        }
    }
}

fn ends_in_text(buffer: &[u8], end: usize) -> bool {
    buffer.get(end.wrapping_sub(1)).is_some_and(|last| *last > b' ')
}

/// The place of a value without the white space around it.
#[inline(never)]
fn trimmed(buffer: &[u8], place: Range<usize>) -> Range<usize> {
    let value = buffer.get(place.clone()).unwrap_or_default();
    let leading = value.iter().take_while(|o| matches!(o, b' ' | b'\t')).count();
    let start = place.start.saturating_add(leading);
    start..start.saturating_add(octet::trim_ows(value).len())
}

#[expect(clippy::cast_possible_truncation, reason = "limits keep a head far below 4 GiB")]
fn narrow(place: usize) -> u32 {
    place as u32
}

/// Shows places and not octets: credentials may be among them.
macro_rules! debug {
    ($parts:ident) => {
        impl fmt::Debug for $parts<'_, '_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({} octets, {} fields)", stringify!($parts), self.len(), self.parser.lines.len())
            }
        }
    };
}

debug!(RequestParts);
debug!(ResponseParts);

/// What heads of both kinds tell in the same way.
macro_rules! common {
    () => {
        /// The version.
        pub fn version(&self) -> Version {
            Version::of_minor(self.line.minor)
        }

        /// The field lines, in order: names as spelled, values without the white space around them.
        pub fn fields(&self) -> impl ExactSizeIterator<Item = (&'b [u8], &'b [u8])> + use<'p, 'b> {
            let buffer = self.buffer;
            let part = move |start: u32, end: u32| buffer.get(start as usize..end as usize).unwrap_or_default();
            let lines = self.parser.lines.iter();
            lines.map(move |line| (part(line.name, line.name_end), part(line.value, line.value_end)))
        }

        /// How many octets the head has, its empty line included.
        #[expect(clippy::len_without_is_empty, reason = "a head is never empty")]
        pub fn len(&self) -> usize {
            self.parser.section.len()
        }
    };
}

impl<'p, 'b> RequestParts<'p, 'b> {
    /// The method.
    pub fn method(&self) -> &'b [u8] {
        self.buffer.get(..self.line.method()).unwrap_or_default()
    }

    /// The request target.
    pub fn target(&self) -> &'b [u8] {
        self.buffer.get(self.line.target()).unwrap_or_default()
    }

    common!();
}

impl<'p, 'b> ResponseParts<'p, 'b> {
    /// The status.
    pub fn status(&self) -> StatusCode {
        StatusCode::literal(self.line.code)
    }

    /// The reason phrase.
    pub fn reason(&self) -> &'b [u8] {
        self.buffer.get(self.line.reason()).unwrap_or_default()
    }

    common!();
}
