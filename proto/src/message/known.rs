//! The fields that the protocol itself acts on, noted while a section is indexed so that none is searched for again.

use crate::wire::octet;

/// A field that decides framing, persistence, routing or the course of an exchange, or is added where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Connection,
    ContentLength,
    Expect,
    Host,
    TransferEncoding,
    Upgrade,
    // Of these it is noted only that they are there.
    Date,
    IfRange,
    Server,
    Te,
}

/// How the names start, and whose they are, each at the [`place`] of its length and first letter: no two have the same.
static NAMES: [(u32, Option<Known>); 32] = {
    use Known::{Connection, ContentLength, Date, Expect, Host, IfRange, Server, TransferEncoding, Upgrade};
    let all = [Connection, ContentLength, Date, Expect, Host, IfRange, Server, TransferEncoding, Upgrade];
    let mut names = [(0, None); 32];
    let mut at = 0;
    #[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
    while at < all.len() {
        let name = all[at].name();
        let start = u32::from_le_bytes([name[0], name[1], name[2], name[3]]);
        let place = place(name.len(), start);
        assert!(names[place].1.is_none(), "two names have the same place");
        names[place] = (start, Some(all[at]));
        at += 1;
    }
    names
};

/// Where a name of this length that starts like this stands among [`NAMES`].
#[inline(always)]
const fn place(len: usize, start: u32) -> usize {
    (len ^ start as usize) & 31
}

impl Known {
    /// Which of them `name` is, which is a token.
    #[inline(always)]
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        let Some(first) = name.first_chunk() else {
            return name.eq_ignore_ascii_case(Self::Te.name()).then_some(Self::Te);
        };
        let start = octet::lower(*first);
        let (known_start, known) = NAMES.get(place(name.len(), start))?;
        // One comparison tells that a name is none of them, as most are not.
        if start == *known_start { known.filter(|known| octet::is_word(name, known.name())) } else { None }
    }

    /// Its name, in small letters.
    pub(super) const fn name(self) -> &'static [u8] {
        match self {
            Self::Connection => b"connection",
            Self::ContentLength => b"content-length",
            Self::Date => b"date",
            Self::Expect => b"expect",
            Self::Host => b"host",
            Self::IfRange => b"if-range",
            Self::Server => b"server",
            Self::Te => b"te",
            Self::TransferEncoding => b"transfer-encoding",
            Self::Upgrade => b"upgrade",
        }
    }

    /// Its bit in a set of known fields.
    pub(super) const fn bit(self) -> u16 {
        1u16.wrapping_shl(self as u32)
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
