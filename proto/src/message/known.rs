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
pub(crate) struct Notes([Note; COUNT]);

/// The first line of one known field, and how many there are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Note {
    /// Its place in the index; meaningful when `count` is not 0.
    pub(crate) first: u32,
    pub(crate) count: u32,
}

impl Notes {
    #[inline]
    #[expect(clippy::indexing_slicing, reason = "the array has an entry for each variant")]
    pub(crate) fn get(&self, known: Known) -> Note {
        self.0[known as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "the array has an entry for each variant")]
    pub(crate) fn add(&mut self, known: Known, place: usize) {
        let note = &mut self.0[known as usize];
        if note.count == 0 {
            note.first = u32::try_from(place).unwrap_or(u32::MAX);
        }
        note.count = note.count.saturating_add(1);
    }
}
