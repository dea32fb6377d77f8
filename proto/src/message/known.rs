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
    /// TE or If-Range: that one of them is there is all that is noted.
    ClientRules,
}

/// Of how many it is noted where they stand.
const COUNT: usize = Known::ClientRules as usize;

/// The first four octets of the one name that has a certain length, 0 where there is none.
const STARTS: [u32; 18] = {
    let mut starts = [0; 18];
    starts["host".len()] = u32::from_le_bytes(*b"host");
    starts["expect".len()] = u32::from_le_bytes(*b"expe");
    starts["upgrade".len()] = u32::from_le_bytes(*b"upgr");
    starts["if-range".len()] = u32::from_le_bytes(*b"if-r");
    starts["connection".len()] = u32::from_le_bytes(*b"conn");
    starts["content-length".len()] = u32::from_le_bytes(*b"cont");
    starts["transfer-encoding".len()] = u32::from_le_bytes(*b"tran");
    starts
};

/// Those of the second name that has the length of Host.
const DATE: u32 = u32::from_le_bytes(*b"date");

impl Known {
    /// Which of them `name` is.
    #[inline(always)]
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        let Some(start) = name.first_chunk() else { return Self::compare(name) };
        // Of the octets that a token may hold, this bit takes only letters to letters. One comparison tells that a name is
        // none of them, as most are not.
        let start = u32::from_le_bytes(*start) | 0x2020_2020;
        let is_likely = STARTS.get(name.len()) == Some(&start) || (start == DATE && name.len() == 4);
        if is_likely { Self::compare(name) } else { None }
    }

    #[inline(never)]
    fn compare(name: &[u8]) -> Option<Self> {
        let (known, whole): (_, &[u8]) = match name {
            [_, _] => (Self::ClientRules, b"te"),
            [b'd' | b'D', _, _, _] => (Self::Date, b"date"),
            [_, _, _, _] => (Self::Host, b"host"),
            [b'e' | b'E', ..] => (Self::Expect, b"expect"),
            [b'u' | b'U', ..] => (Self::Upgrade, b"upgrade"),
            [b'i' | b'I', ..] => (Self::ClientRules, b"if-range"),
            [b't' | b'T', ..] => (Self::TransferEncoding, b"transfer-encoding"),
            _ if name.len() == 10 => (Self::Connection, b"connection"),
            _ => (Self::ContentLength, b"content-length"),
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
    /// One more than where the first line of each starts: 0 where there is none, [`FAR`] where it has to be searched for.
    first: [u16; COUNT],
    /// A bit for each that has further lines, or whose place is not noted.
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

    pub(crate) const fn has_client_rules(&self) -> bool {
        self.repeated & Known::ClientRules.bit() != 0
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, known: Known, start: usize) {
        match self.first.get_mut(known as usize) {
            Some(first) if *first == 0 => *first = u16::try_from(start.saturating_add(1)).unwrap_or(FAR),
            _ => self.repeated |= known.bit(),
        }
    }
}
