//! The fields that the protocol itself acts on, noted while a section is indexed so that none is searched for again.

use crate::wire::octet;

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
    /// TE or If-Range: that one of them is there is all that is noted.
    ClientRules,
}

/// Of how many it is noted where they stand.
const COUNT: usize = Known::ClientRules as usize;

/// The names longer than four octets, each of a length that no other has.
const LONG: [(Known, &str); 6] = [
    (Known::Connection, "connection"),
    (Known::ContentLength, "content-length"),
    (Known::Expect, "expect"),
    (Known::TransferEncoding, "transfer-encoding"),
    (Known::Upgrade, "upgrade"),
    (Known::ClientRules, "if-range"),
];

/// How each of them starts, by its length; 0 where there is none of that length.
const STARTS: [u32; 18] = {
    let mut starts = [0; 18];
    let mut at = 0;
    #[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
    while at < LONG.len() {
        let name = LONG[at].1.as_bytes();
        starts[name.len()] = u32::from_le_bytes([name[0], name[1], name[2], name[3]]);
        at += 1;
    }
    starts
};

impl Known {
    /// Which of them `name` is, which is a token.
    #[inline(always)]
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        let Some(first) = name.first_chunk() else {
            return name.eq_ignore_ascii_case(b"te").then_some(Self::ClientRules);
        };
        let start = octet::lower(*first);
        if name.len() == first.len() {
            return match &start.to_le_bytes() {
                b"host" => Some(Self::Host),
                b"date" => Some(Self::Date),
                _ => None,
            };
        }
        // One comparison tells that a name is none of them, as most are not.
        if STARTS.get(name.len()) == Some(&start) { Self::long(name) } else { None }
    }

    fn long(name: &[u8]) -> Option<Self> {
        let (known, whole) = LONG.iter().find(|(_, whole)| whole.len() == name.len())?;
        octet::is_word(name, whole.as_bytes()).then_some(*known)
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
            Self::ClientRules => 0,
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
    /// Where the first line of each starts, [`FAR`] where it has to be searched for.
    first: [u16; COUNT],
    /// A bit for each that is there.
    present: u8,
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
        if self.present & known.bit() == 0 {
            return None;
        }
        let start = self.first.get(known as usize).filter(|first| **first != FAR);
        Some(Note { start: start.map(|start| usize::from(*start)), is_repeated: self.repeated & known.bit() != 0 })
    }

    pub(crate) const fn has_client_rules(&self) -> bool {
        self.present & Known::ClientRules.bit() != 0
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, known: Known, start: usize) {
        if self.present & known.bit() == 0 {
            self.present |= known.bit();
            if let Some(first) = self.first.get_mut(known as usize) {
                *first = u16::try_from(start).unwrap_or(FAR);
            }
        } else {
            self.repeated |= known.bit();
        }
    }
}
