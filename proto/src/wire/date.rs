//! HTTP dates (RFC 9110 5.6.7): one form written, three read.

use core::fmt;

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const LONG_DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY: u64 = 86_400;
/// The last second of the year 9999, the last the form can show.
const LAST: u64 = 253_402_300_799;

/// A moment, to the second, between the years 1970 and 9999.
///
/// ```
/// use basehttp_proto::HttpDate;
/// let date = HttpDate::from_unix(784_111_777);
/// assert_eq!(date.to_string(), "Sun, 06 Nov 1994 08:49:37 GMT");
/// assert_eq!(HttpDate::parse(b"Sunday, 06-Nov-94 08:49:37 GMT", date), Some(date));
/// assert_eq!(HttpDate::parse(b"Sun Nov  6 08:49:37 1994", date), Some(date));
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
        put(&mut text, 5, &two_digits(day));
        put(&mut text, 8, name(&MONTHS, month.wrapping_sub(1)).as_bytes());
        put(&mut text, 12, &two_digits(year / 100));
        put(&mut text, 14, &two_digits(year % 100));
        put(&mut text, 17, &two_digits(seconds / 3600));
        put(&mut text, 20, &two_digits(seconds / 60 % 60));
        put(&mut text, 23, &two_digits(seconds % 60));
        text
    }

    /// Reads any of the three forms; `None` when `text` is none of them, which a recipient has to treat as if the
    /// field were absent (RFC 9110 13.1.3).
    ///
    /// A two-digit year that would lie more than 50 years after `now` is taken from the century before
    /// (RFC 9110 5.6.7).
    pub fn parse(text: &[u8], now: Self) -> Option<Self> {
        let text = core::str::from_utf8(text).ok()?;
        let (day_name, rest) = text.split_at_checked(text.find([',', ' '])?)?;
        if text.len() == Self::LEN && DAYS.contains(&day_name) {
            let ([day, month, year, time, zone], None) = words(rest.strip_prefix(", ")?, ' ')? else {
                return None;
            };
            return build(number(year, 4)?, month, number(day, 2)?, time, zone);
        }
        if LONG_DAYS.contains(&day_name) {
            let ([date, time, zone], None) = words(rest.strip_prefix(", ")?, ' ')? else { return None };
            let ([day, month, year], None) = words(date, '-')? else { return None };
            let (year, day) = (number(year, 2)?, number(day, 2)?);
            let this_year = civil(now.0 / DAY).0;
            let near = year.wrapping_add(this_year).wrapping_sub(this_year % 100);
            return match build(near, month, day, time, zone) {
                Some(date) if date <= in_50_years(now) => Some(date),
                _ => build(near.checked_sub(100)?, month, day, time, zone),
            };
        }
        if DAYS.contains(&day_name) && text.len() == 24 {
            let (month, rest) = rest.strip_prefix(' ')?.split_once(' ')?;
            let (day, rest) = rest.split_at_checked(2)?;
            let ([time, year], None) = words(rest.strip_prefix(' ')?, ' ')? else { return None };
            let day = day.strip_prefix(' ').map_or_else(|| number(day, 2), |d| number(d, 1))?;
            return build(number(year, 4)?, month, day, time, "GMT");
        }
        None
    }
}

impl fmt::Display for HttpDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.to_imf()).unwrap_or_default())
    }
}

fn build(year: u64, month: &str, day: u64, time: &str, zone: &str) -> Option<HttpDate> {
    let month = MONTHS.iter().zip(1u64..).find(|(name, _)| **name == month)?.1;
    let ([hour, minute, second], None) = words(time, ':')? else { return None };
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    // A leap second is read as the second before it: clocks here have no place for it.
    let second = if second == 60 { 59 } else { second };
    let in_range = zone == "GMT" && (1970..=9999).contains(&year) && hour < 24 && minute < 60 && second < 60;
    if !in_range || day == 0 || day > days_in(year, month) {
        return None;
    }
    let seconds = hour.wrapping_mul(3600).wrapping_add(minute.wrapping_mul(60)).wrapping_add(second);
    Some(HttpDate(days_from_civil(year, month, day).wrapping_mul(DAY).wrapping_add(seconds)))
}

/// Exactly `N` words separated by `separator`, and what comes after them, which callers want to be nothing.
fn words<const N: usize>(text: &str, separator: char) -> Option<([&str; N], Option<&str>)> {
    let mut parts = text.split(separator);
    let mut found = [""; N];
    for word in &mut found {
        *word = parts.next()?;
    }
    Some((found, parts.next()))
}

fn number(digits: &str, len: usize) -> Option<u64> {
    if digits.len() == len && digits.bytes().all(|o| o.is_ascii_digit()) { digits.parse().ok() } else { None }
}

/// The same moment 50 years later, to the second; the 29th of February may become the 1st of March.
fn in_50_years(now: HttpDate) -> HttpDate {
    let (year, month, day) = civil(now.0 / DAY);
    let days = days_from_civil(year.wrapping_add(50), month, day);
    HttpDate(days.wrapping_mul(DAY).wrapping_add(now.0 % DAY))
}

fn is_leap(year: u64) -> bool {
    (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400)
}

fn days_in(year: u64, month: u64) -> u64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days before the first of March of `year`, from a year zero that starts in March: leap days come last then.
fn days_before_march(year: u64) -> u64 {
    year.wrapping_mul(365).wrapping_add(year / 4).wrapping_sub(year / 100).wrapping_add(year / 400)
}

/// Days from the first of March of the year zero to 1970-01-01.
const EPOCH: u64 = 719_468;

fn days_from_civil(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) =
        if month > 2 { (year, month.wrapping_sub(3)) } else { (year.wrapping_sub(1), month.wrapping_add(9)) };
    let day_of_year = month.wrapping_mul(153).wrapping_add(2) / 5;
    days_before_march(year).wrapping_add(day_of_year).wrapping_add(day).wrapping_sub(1).wrapping_sub(EPOCH)
}

/// Year, month and day of a day counted from 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days.wrapping_add(EPOCH);
    // The estimate is never too small and at most one too large.
    let estimate = days.wrapping_mul(400) / 146_097;
    let year = if days_before_march(estimate) > days { estimate.wrapping_sub(1) } else { estimate };
    let year = if days_before_march(year.wrapping_add(1)) <= days { year.wrapping_add(1) } else { year };
    let day_of_year = days.wrapping_sub(days_before_march(year));
    let month = day_of_year.wrapping_mul(5).wrapping_add(2) / 153;
    let day = day_of_year.wrapping_sub(month.wrapping_mul(153).wrapping_add(2) / 5).wrapping_add(1);
    if month < 10 { (year, month.wrapping_add(3), day) } else { (year.wrapping_add(1), month.wrapping_sub(9), day) }
}

fn name<'a>(names: &'a [&'a str], index: u64) -> &'a str {
    usize::try_from(index).ok().and_then(|i| names.get(i)).copied().unwrap_or_default()
}

fn two_digits(number: u64) -> [u8; 2] {
    let digit = |n: u64| u8::try_from(n % 10).unwrap_or(0).wrapping_add(b'0');
    [digit(number / 10), digit(number)]
}

fn put(text: &mut [u8], at: usize, part: &[u8]) {
    if let Some(place) = text.get_mut(at..at.saturating_add(part.len())) {
        place.copy_from_slice(part);
    }
}
