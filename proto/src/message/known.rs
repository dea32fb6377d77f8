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
    Upgrade,
}

/// How many there are.
const COUNT: usize = 7;

/// A bit for each length that one of their names has.
const LENGTHS: u32 = 1 << 4 | 1 << 6 | 1 << 7 | 1 << 10 | 1 << 14 | 1 << 17;

impl Known {
    /// Which of them `name` is.
    #[inline(always)]
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        // Most names are told apart by their length, without a jump that would be hard to predict.
        let length = u32::try_from(name.len()).ok()?;
        if LENGTHS.checked_shr(length)? & 1 == 0 { None } else { Self::compare(name) }
    }

    fn compare(name: &[u8]) -> Option<Self> {
        // Of the octets that a token may hold, this bit takes only letters to letters: four of them tell most names apart,
        // and comparing them one after the other costs less than a jump that is hard to predict.
        let start = u32::from_le_bytes(*name.first_chunk()?) | 0x2020_2020;
        let is = |text: &[u8; 4]| start == u32::from_le_bytes(*text);
        let (known, whole): (_, &[u8]) = if is(b"host") {
            (Self::Host, b"host")
        } else if is(b"conn") {
            (Self::Connection, b"connection")
        } else if is(b"cont") {
            (Self::ContentLength, b"content-length")
        } else if is(b"tran") {
            (Self::TransferEncoding, b"transfer-encoding")
        } else if is(b"expe") {
            (Self::Expect, b"expect")
        } else if is(b"date") {
            (Self::Date, b"date")
        } else if is(b"upgr") {
            (Self::Upgrade, b"upgrade")
        } else {
            return None;
        };
        name.eq_ignore_ascii_case(whole).then_some(known)
    }

    /// Octets of its name.
    pub(crate) const fn name_len(self) -> usize {
        match self {
            Self::Date | Self::Host => 4,
            Self::Expect => 6,
            Self::Upgrade => 7,
            Self::Connection => 10,
            Self::ContentLength => 14,
            Self::TransferEncoding => 17,
        }
    }

    const fn bit(self) -> u8 {
        1u8.wrapping_shl(self as u32)
    }

    /// Whether a field may stand in a trailer section (RFC 9110 6.5.1): not when it frames or routes the message,
    /// authenticates, modifies the request, or says how the content is to be understood.
    pub(crate) fn may_trail(name: &[u8]) -> bool {
        const FORBIDDEN: &str = "age authorization cache-control connection content-encoding content-length content-range \
            content-type cookie date expect expires host if-match if-modified-since if-none-match \
            if-range if-unmodified-since keep-alive location max-forwards pragma proxy-authenticate \
            proxy-authorization range retry-after set-cookie te trailer transfer-encoding \
            www-authenticate";
        !FORBIDDEN.split(' ').any(|field| name.eq_ignore_ascii_case(field.as_bytes()))
    }
}

/// Where the known fields stand.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Notes {
    /// One more than where the first line of each starts: 0 where there is none, [`FAR`] where it has to be searched for.
    first: [u16; COUNT],
    /// A bit for each that has further lines.
    repeated: u8,
}

/// What stands for a line that starts too far away to be noted.
const FAR: u16 = u16::MAX;

/// What is noted of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note {
    /// Where the first line starts, `None` where that is further away than a note can tell.
    pub(crate) start: Option<usize>,
    pub(crate) is_repeated: bool,
}

impl Notes {
    #[inline(always)]
    pub(crate) fn get(&self, known: Known) -> Option<Note> {
        let first = self.first.get(known as usize).copied().filter(|first| *first > 0)?;
        let start = if first == FAR { None } else { Some(usize::from(first.wrapping_sub(1))) };
        Some(Note { start, is_repeated: self.repeated & known.bit() != 0 })
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, known: Known, start: usize) {
        match self.first.get_mut(known as usize) {
            Some(first) if *first == 0 => *first = u16::try_from(start.saturating_add(1)).unwrap_or(FAR),
            _ => self.repeated |= known.bit(),
        }
    }
}
