//! The fields that the protocol itself acts on, noted while a section is indexed so that none is searched for again.

/// A field that decides framing, persistence, routing or the course of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Connection,
    ContentLength,
    Date,
    Expect,
    Host,
    TransferEncoding,
}

/// How many there are.
const COUNT: usize = 6;

impl Known {
    /// Which of them `name` is.
    #[inline]
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        let (text, known): (&[u8], _) = match (name.len(), name.first()? | 0x20) {
            (4, b'd') => (b"date", Self::Date),
            (4, b'h') => (b"host", Self::Host),
            (6, b'e') => (b"expect", Self::Expect),
            (10, b'c') => (b"connection", Self::Connection),
            (14, b'c') => (b"content-length", Self::ContentLength),
            (17, b't') => (b"transfer-encoding", Self::TransferEncoding),
            _ => return None,
        };
        name.eq_ignore_ascii_case(text).then_some(known)
    }

    const fn bit(self) -> u8 {
        1u8.wrapping_shl(self as u32)
    }

    /// Whether a field may stand in a trailer section (RFC 9110 6.5.1): not when it frames or routes the message,
    /// authenticates, modifies the request, or says how the content is to be understood.
    pub(crate) fn may_trail(name: &[u8]) -> bool {
        const FORBIDDEN: [&str; 31] = [
            "age",
            "authorization",
            "cache-control",
            "connection",
            "content-encoding",
            "content-length",
            "content-range",
            "content-type",
            "cookie",
            "date",
            "expect",
            "expires",
            "host",
            "if-match",
            "if-modified-since",
            "if-none-match",
            "if-range",
            "if-unmodified-since",
            "keep-alive",
            "location",
            "max-forwards",
            "pragma",
            "proxy-authenticate",
            "proxy-authorization",
            "range",
            "retry-after",
            "set-cookie",
            "te",
            "trailer",
            "transfer-encoding",
            "www-authenticate",
        ];
        !FORBIDDEN.iter().any(|field| name.eq_ignore_ascii_case(field.as_bytes()))
    }
}

/// Where the known fields stand in an index.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Notes {
    /// The first line of each, counted from 1; 0 when there is none.
    first: [u16; COUNT],
    /// A bit for each that has further lines.
    repeated: u8,
}

impl Notes {
    /// The first line with this name, and whether there are more.
    #[inline]
    pub(crate) fn get(&self, known: Known) -> Option<(usize, bool)> {
        let first = self.first.get(known as usize).copied().unwrap_or(0);
        let line = usize::from(first.checked_sub(1)?);
        Some((line, self.repeated & known.bit() != 0))
    }

    pub(crate) fn add(&mut self, known: Known, line: usize) {
        match self.first.get_mut(known as usize) {
            Some(first @ 0) => *first = u16::try_from(line.saturating_add(1)).unwrap_or(u16::MAX),
            _ => self.repeated |= known.bit(),
        }
    }
}
