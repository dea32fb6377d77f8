//! HTTP dates as they are received (RFC 9110 5.6.7): three forms are read, of which [`HttpDate`] writes one.

use basehttp_proto::HttpDate;
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const LONG_DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// Reads any of the three forms; `None` when `text` is none of them, which a recipient has to treat as if the field were
/// absent (RFC 9110 13.1.3).
///
/// A two-digit year that would lie more than 50 years after `now` is taken from the century before (RFC 9110 5.6.7).
///
/// ```
/// use basehttp_handler::date;
/// use basehttp_proto::HttpDate;
/// let moment = HttpDate::from_unix(784_111_777);
/// assert_eq!(date::parse(b"Sun, 06 Nov 1994 08:49:37 GMT", moment), Some(moment));
/// assert_eq!(date::parse(b"Sunday, 06-Nov-94 08:49:37 GMT", moment), Some(moment));
/// assert_eq!(date::parse(b"Sun Nov  6 08:49:37 1994", moment), Some(moment));
/// ```
pub fn parse(text: &[u8], now: HttpDate) -> Option<HttpDate> {
    let text = str::from_utf8(text).ok()?;
    let (day_name, rest) = text.split_at_checked(text.find([',', ' '])?)?;
    if text.len() == HttpDate::LEN && DAYS.contains(&day_name) {
        let [day, month, year, time, "GMT"] = words(rest.strip_prefix(", ")?, ' ')? else { return None };
        return moment(number(year, 4)?, month, number(day, 2)?, time).and_then(date);
    }
    if LONG_DAYS.contains(&day_name) {
        let [date, time, "GMT"] = words(rest.strip_prefix(", ")?, ' ')? else { return None };
        let [day, month, year] = words(date, '-')?;
        return year_of_two_digits(number(year, 2)?, month, number(day, 2)?, time, civil(now)?);
    }
    if DAYS.contains(&day_name) && text.len() == 24 {
        let (month, rest) = rest.strip_prefix(' ')?.split_once(' ')?;
        let (day, rest) = rest.split_at_checked(2)?;
        let [time, year] = words(rest.strip_prefix(' ')?, ' ')?;
        let day = day.strip_prefix(' ').map_or_else(|| number(day, 2), |day| number(day, 1))?;
        return moment(number(year, 4)?, month, day, time).and_then(date);
    }
    None
}

/// The moment in this century, or in the one before where that is more than 50 years ahead.
fn year_of_two_digits(year: i16, month: &str, day: i16, time: &str, now: DateTime) -> Option<HttpDate> {
    let near = now.year() - now.year() % 100 + year;
    // Not by adding years to `now`: few years have a 29th of February.
    let is_near = |moment: &DateTime| {
        let of_year = |moment: &DateTime| (moment.month(), moment.day(), moment.time());
        (moment.year() - 50, of_year(moment)) <= (now.year(), of_year(&now))
    };
    let moment = |year| moment(year, month, day, time);
    moment(near).filter(is_near).or_else(|| moment(near - 100)).and_then(date)
}

fn moment(year: i16, month: &str, day: i16, time: &str) -> Option<DateTime> {
    let month = MONTHS.iter().zip(1..).find(|(name, _)| **name == month)?.1;
    let [hour, minute, second] = words(time, ':')?;
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    // A leap second is read as the second before it: clocks here have no place for it.
    let second = if second == 60 { 59 } else { second };
    let date = Date::new(year, month, day.try_into().ok()?).ok()?;
    let time = Time::new(hour.try_into().ok()?, minute.try_into().ok()?, second.try_into().ok()?, 0).ok()?;
    Some(date.to_datetime(time))
}

/// A moment from 1970 on.
fn date(moment: DateTime) -> Option<HttpDate> {
    let seconds = moment.duration_since(EPOCH).as_secs();
    seconds.try_into().ok().map(HttpDate::from_unix)
}

fn civil(date: HttpDate) -> Option<DateTime> {
    EPOCH.checked_add(SignedDuration::from_secs(date.as_unix().try_into().ok()?)).ok()
}

/// Exactly `N` words separated by `separator`.
fn words<const N: usize>(text: &str, separator: char) -> Option<[&str; N]> {
    let mut parts = text.split(separator);
    let mut found = [""; N];
    for word in &mut found {
        *word = parts.next()?;
    }
    parts.next().is_none().then_some(found)
}

fn number(digits: &str, len: usize) -> Option<i16> {
    if digits.len() == len && digits.bytes().all(|o| o.is_ascii_digit()) { digits.parse().ok() } else { None }
}
