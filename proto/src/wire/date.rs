//! HTTP dates as they are written (RFC 9110 5.6.7).

use core::fmt;

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY: u64 = 86_400;
/// The last second of the year 9999, the last the form can show.
const LAST: u64 = 253_402_300_799;

/// A moment, to the second, between the years 1970 and 9999. Those that a peer sends are read by `basehttp-handler`.
///
/// ```
/// use basehttp_proto::HttpDate;
/// let date = HttpDate::from_unix(784_111_777);
/// assert_eq!(date.to_string(), "Sun, 06 Nov 1994 08:49:37 GMT");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpDate(u64);

impl HttpDate {
    /// Octets of the form that is written.
    pub const LEN: usize = 29;

    /// From seconds since 1970-01-01 00:00:00 UTC; later than the year 9999 is taken as its end.
    pub const fn from_unix(seconds: u64) -> Self {
        Self(if seconds > LAST { LAST } else { seconds })
    }

    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub const fn as_unix(self) -> u64 {
        self.0
    }

    /// As IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`.
    pub fn to_imf(self) -> [u8; Self::LEN] {
        let (year, month, day) = civil(self.0 / DAY);
        let seconds = self.0 % DAY;
        // 1970-01-01 was a Thursday.
        let weekday = (self.0 / DAY).wrapping_add(4) % 7;
        let mut text = *b"Sun, 06 Nov 1994 08:49:37 GMT";
        put(&mut text, 0, name(&DAYS, weekday).as_bytes());
        put(&mut text, 8, name(&MONTHS, month.wrapping_sub(1)).as_bytes());
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        for (at, number) in [(5, day), (12, year / 100), (14, year % 100), (17, hour), (20, minute), (23, second)] {
            let digit = |n: u64| u8::try_from(n % 10).unwrap_or(0).wrapping_add(b'0');
            put(&mut text, at, &[digit(number / 10), digit(number)]);
        }
        text
    }
}

impl fmt::Display for HttpDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.to_imf()).unwrap_or_default())
    }
}

/// Days from the first of March of the year zero to 1970-01-01.
const EPOCH: u64 = 719_468;

/// Year, month and day of a day counted from 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days.wrapping_add(EPOCH);
    // From a year zero that starts in March: leap days come last then. The estimate is never too small and, up to LAST, at most
    // one too large.
    let before = |y: u64| y.wrapping_mul(365).wrapping_add(y / 4).wrapping_sub(y / 100).wrapping_add(y / 400);
    let estimate = days.wrapping_add(2).wrapping_mul(400) / 146_097;
    let year = if before(estimate) > days { estimate.wrapping_sub(1) } else { estimate };
    let day_of_year = days.wrapping_sub(before(year));
    let month = day_of_year.wrapping_mul(5).wrapping_add(2) / 153;
    let day = day_of_year.wrapping_sub(month.wrapping_mul(153).wrapping_add(2) / 5).wrapping_add(1);
    if month < 10 { (year, month.wrapping_add(3), day) } else { (year.wrapping_add(1), month.wrapping_sub(9), day) }
}

fn name<'a>(names: &'a [&'a str], index: u64) -> &'a str {
    usize::try_from(index).ok().and_then(|i| names.get(i)).copied().unwrap_or_default()
}

fn put(text: &mut [u8], at: usize, part: &[u8]) {
    if let Some(place) = text.get_mut(at..at.saturating_add(part.len())) {
        place.copy_from_slice(part);
    }
}
