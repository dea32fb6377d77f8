//! Which connection of a full server makes room for another.

use std::time::Duration;

/// What of its client a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// Nothing, or the rest of a request.
    No,
    /// Any octet of its first request.
    First,
    /// Any octet of a further request.
    Next,
}

/// How long a client may take over its first request before it makes room for others.
const SILENCE: Duration = Duration::from_secs(1);

impl Waits {
    /// The place of a connection of this age among those that can make room for another, the lowest first: one that has been
    /// silent for a second, then one whose requests are all answered. `None` for one that is not closed for others: the request
    /// of one that is new may be on its way.
    pub fn rank(self, age: Duration) -> Option<u8> {
        match self {
            Self::First if age >= SILENCE => Some(0),
            Self::Next => Some(1),
            Self::First | Self::No => None,
        }
    }
}
