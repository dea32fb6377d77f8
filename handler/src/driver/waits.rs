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
/// The same for a further one: those who ask one thing after the other need less.
const PAUSE: Duration = Duration::from_millis(100);

impl Waits {
    /// The place of a connection that has waited for so long among those that can make room for another, the lowest first: one
    /// that has sent nothing for a second, then one whose requests have all been answered for a tenth of one. `None` for one that
    /// is not closed for others: a request of it may be on its way.
    pub fn rank(self, waited: Duration) -> Option<u8> {
        match self {
            Self::First if waited >= SILENCE => Some(0),
            Self::Next if waited >= PAUSE => Some(1),
            Self::First | Self::Next | Self::No => None,
        }
    }
}
