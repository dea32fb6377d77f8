//! The time zone that log lines are written in.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// A time zone. Its rules are read once, so that no request waits for a zone file.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone of this system; UTC where it cannot be found out.
    pub fn system() -> Self {
        Self(TimeZone::system())
    }

    /// A fixed number of seconds east of UTC; `None` beyond 25 hours and 59 minutes.
    pub fn fixed(seconds: i32) -> Option<Self> {
        Offset::from_seconds(seconds).ok().map(|offset| Self(TimeZone::fixed(offset)))
    }

    /// The date and time that clocks in the zone show, and how far the zone is from UTC then.
    ///
    /// A time before the year -9999 or after 9999 is taken as 1970-01-01.
    pub(crate) fn local(&self, time: SystemTime) -> (DateTime, Offset) {
        let timestamp = Timestamp::try_from(time).unwrap_or(Timestamp::UNIX_EPOCH);
        let offset = self.0.to_offset(timestamp);
        (offset.to_datetime(timestamp), offset)
    }
}
