//! How much of everything is accepted. Every default stands here, with its reason.

use super::Policy;
use super::section::SectionLimits;
use crate::error::ErrorKind;
use crate::wire::line::Window;

/// How much a peer may send; going past a limit is answered, never cut off silently.
///
/// A zero means zero. What has no limit says so with [`Limits::UNLIMITED`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Empty lines before a request line; more are answered 400. RFC 9112 2.2 asks for at least one: 4.
    pub empty_lines: u32,
    /// Octets of a request line without its line end; more are answered 414. RFC 9112 3 asks for at least 8,000: 8,192.
    pub request_line: u32,
    /// Octets of a head from its first to its empty line; more are answered 431. Browsers stay below 16 KiB even with
    /// full cookie jars: 32 KiB. At most 16 MiB is used.
    pub head: u32,
    /// Field lines of a head; more are answered 431: 100.
    pub fields: u32,
    /// Octets of content; more are answered 413, before any is read where Content-Length tells:
    /// [`Limits::UNLIMITED`], because content is handed on as it comes and never collected here.
    pub content: u64,
    /// Octets of one chunk line without its line end; more are answered 400: 256.
    pub chunk_line: u32,
    /// Octets of chunk lines in excess of 16 a chunk and twice its data; more are answered 400: 16 KiB.
    pub chunk_overhead: u32,
    /// Octets of a trailer section with its empty line; more are answered 431: 8 KiB.
    pub trailers: u32,
    /// Field lines of a trailer section; more are answered 431: 32.
    pub trailer_fields: u32,
    /// Informational responses before a final one; more are an error of the client's connection: 8.
    pub informational: u32,
    /// Requests of a client that wait for their responses at once; more than 1 is pipelining, which not every server
    /// withstands: 1.
    pub pipelined: u32,
    /// Octets of unread content that are drained to keep a connection; beyond it closes: 256 KiB.
    pub drain: u64,
    /// Requests on one connection; the last is answered with `Connection: close`: 1,000.
    pub requests: u32,
}

impl Limits {
    /// No limit, for the limits that count 64 bits.
    pub const UNLIMITED: u64 = u64::MAX;

    /// The defaults of a client: heads of up to 64 KiB and 128 field lines, because servers set many cookies at once, and
    /// any number of requests.
    pub fn client() -> Self {
        Self { head: 64 << 10, fields: 128, requests: u32::MAX, ..Self::default() }
    }

    /// The most octets of a head, whatever [`Limits::head`] says: places within it are kept in 32 bits.
    const HEAD_CEILING: u32 = 16 << 20;

    /// Within which a head has to end.
    pub(crate) fn head_window(&self) -> Window {
        (self.head.min(Self::HEAD_CEILING) as usize, ErrorKind::HeadTooLarge)
    }

    /// Within which the request line has to end.
    pub(crate) fn request_line_window(&self) -> Window {
        let line = (self.request_line as usize).saturating_add(2);
        let head = self.head_window();
        if line <= head.0 { (line, ErrorKind::RequestLineTooLong) } else { head }
    }

    /// The limits of a head's section, with what is put up with in it.
    pub(crate) fn section(&self, policy: Policy) -> SectionLimits {
        SectionLimits { window: self.head_window(), lines: self.fields as usize, trailers: false, policy }
    }

    /// The limits of a trailer section, with what is put up with in it.
    pub(crate) fn trailer_section(&self, policy: Policy) -> SectionLimits {
        let window = (self.trailers.min(Self::HEAD_CEILING) as usize, ErrorKind::TrailersTooLarge);
        SectionLimits { window, lines: self.trailer_fields as usize, trailers: true, policy }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            empty_lines: 4,
            request_line: 8192,
            head: 32 << 10,
            fields: 100,
            content: Self::UNLIMITED,
            chunk_line: 256,
            chunk_overhead: 16 << 10,
            trailers: 8 << 10,
            trailer_fields: 32,
            informational: 8,
            pipelined: 1,
            drain: 256 << 10,
            requests: 1000,
        }
    }
}
