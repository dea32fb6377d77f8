//! Heads out of a buffer of one's own, without a connection: the grammar alone.
//!
//! Whether a head makes a valid request, by its Host and its framing fields for example, only a
//! [`server::Connection`](crate::server::Connection) decides. This is for measuring, for tools that look at heads, and
//! for transports that bring a message in one piece.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use crate::error::ProtocolError;
use crate::message::index::Index;
use crate::message::section::{Section, Visitor};
use crate::message::{Limits, Policy, StatusCode, Version};
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
        if self.section.len() > 0 {
            self.clear();
        }
        if self.request.is_none() {
            let (window, strict) = (self.limits.request_line_window(), Policy::strict());
            // Not handed on as they are, which would keep them from being inlined.
            let usual = |buffer: &[u8]| request_line::parse_usual(buffer);
            let parse = |line: &[u8]| request_line::parse(line, false);
            let line = self.section.start_line(buffer, window, strict, usual, parse);
            self.request = line.map_err(|fault| self.fail(fault))?;
        }
        if self.request.is_some() { self.section(buffer) } else { Ok(false) }
    }

    #[inline(never)]
    fn read_response(&mut self, buffer: &[u8]) -> Result<bool, ProtocolError> {
        if self.section.len() > 0 {
            self.clear();
        }
        if self.status.is_none() {
            let (window, strict) = (self.limits.head_window(), Policy::strict());
            let usual = |buffer: &[u8]| status_line::parse_usual(buffer);
            let line = self.section.start_line(buffer, window, strict, usual, status_line::parse);
            self.status = line.map_err(|fault| self.fail(fault))?;
        }
        if self.status.is_some() { self.section(buffer) } else { Ok(false) }
    }

    /// What was kept of a head goes, and the next begins.
    fn clear(&mut self) {
        self.section.clear();
        self.lines.clear();
        (self.request, self.status) = (None, None);
    }

    #[inline(always)]
    fn section(&mut self, buffer: &[u8]) -> Result<bool, ProtocolError> {
        let limits = self.limits.section(Policy::strict());
        self.section.read_with(buffer, &limits, &mut self.lines).map_err(|fault| self.fail(fault))
    }

    #[cold]
    fn fail(&mut self, fault: Fault) -> ProtocolError {
        self.clear();
        fault.in_stream(0)
    }
}

/// Keeps the places of all parts of all lines.
impl Visitor for Vec<Line> {
    #[inline(always)]
    fn field(&mut self, _: &mut Index, buffer: &[u8], place: Range<usize>, colon: usize) {
        self.push(Line::new(buffer, &place, colon));
    }
}

impl Line {
    #[inline(always)]
    fn new(buffer: &[u8], place: &Range<usize>, name_end: usize) -> Self {
        let is_text = |octet: Option<&u8>| octet.is_some_and(|octet| *octet > b' ');
        let value = match buffer.get(name_end..place.end) {
            // As nearly all values stand: after one space, and up to the end of the line.
            Some([b':', b' ', first, ..]) if *first > b' ' && is_text(buffer.get(place.end.wrapping_sub(1))) => {
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

/// The place of a value without the white space around it.
#[inline(never)]
fn trimmed(buffer: &[u8], place: Range<usize>) -> Range<usize> {
    let value = buffer.get(place.clone()).unwrap_or_default();
    let leading = value.iter().take_while(|o| octet::is_ows(o)).count();
    let start = place.start.saturating_add(leading);
    start..start.saturating_add(octet::trim_ows(value).len())
}

#[expect(clippy::cast_possible_truncation, reason = "limits keep a head far below 4 GiB")]
fn narrow(place: usize) -> u32 {
    place as u32
}

/// A head, and what heads of both kinds tell in the same way.
macro_rules! head {
    ($(#[$doc:meta])* $parts:ident of $line:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $parts<'p, 'b> {
            line: &'p $line,
            parser: &'p HeadParser,
            buffer: &'b [u8],
        }

        impl<'p, 'b> $parts<'p, 'b> {
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
        }

        /// Shows places and not octets: credentials may be among them.
        impl fmt::Debug for $parts<'_, '_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({} octets, {} fields)", stringify!($parts), self.len(), self.parser.lines.len())
            }
        }
    };
}

head! {
    /// The head of a request in the buffer it was found in.
    RequestParts of RequestLine
}

head! {
    /// The head of a response in the buffer it was found in.
    ResponseParts of StatusLine
}

impl<'b> RequestParts<'_, 'b> {
    /// The method.
    pub fn method(&self) -> &'b [u8] {
        self.buffer.get(..self.line.method()).unwrap_or_default()
    }

    /// The request target.
    pub fn target(&self) -> &'b [u8] {
        self.buffer.get(self.line.target()).unwrap_or_default()
    }
}

impl<'b> ResponseParts<'_, 'b> {
    /// The status.
    pub fn status(&self) -> StatusCode {
        StatusCode::literal(self.line.code)
    }

    /// The reason phrase.
    pub fn reason(&self) -> &'b [u8] {
        self.buffer.get(self.line.reason()).unwrap_or_default()
    }
}
