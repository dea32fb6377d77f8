//! How many connections there may be, and what to do when none can be taken.

use std::io;
use std::time::{Duration, Instant};

/// How many connections the limit on descriptors has room for, each with a file: more would be accepted, and then find
/// that no file can be opened for them.
pub fn descriptors_allow() -> usize {
    #[cfg(unix)]
    {
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        (limit.saturating_sub(16) / 2).max(1)
    }
    #[cfg(not(unix))]
    usize::MAX
}

/// Whether an error is about the one connection that was to be taken, so that there may be others behind it. After any other,
/// for want of descriptors or memory for one, the same would happen again at once.
pub fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionReset, HostUnreachable, Interrupted, NetworkDown, NetworkUnreachable, TimedOut,
    };
    matches!(
        error.kind(),
        ConnectionAborted
            | ConnectionReset
            | HostUnreachable
            | Interrupted
            | NetworkDown
            | NetworkUnreachable
            | TimedOut
    )
}

/// The first and the longest pause after no connection could be taken.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

/// How long nobody is told again that none can be taken: those who come and go could make it many times a second.
const QUIET: Duration = Duration::from_secs(10);

/// How long to wait after no connection could be taken: longer each time, until one can.
#[derive(Debug)]
pub struct AcceptPause {
    next: Duration,
    told: Option<Instant>,
}

impl AcceptPause {
    /// Takes note that a connection was taken.
    pub fn end(&mut self) {
        self.next = PAUSES.0;
    }

    /// Takes note that none could be taken now: how long to wait, and whether somebody is to be told, which is the first time since
    /// one was, and not within ten seconds of the last time.
    pub fn begin(&mut self, now: Instant) -> (Duration, bool) {
        let pause = self.next;
        self.next = pause.saturating_mul(2).min(PAUSES.1);
        let is_told = pause == PAUSES.0 && self.told.is_none_or(|told| now.saturating_duration_since(told) >= QUIET);
        if is_told {
            self.told = Some(now);
        }
        (pause, is_told)
    }
}

impl Default for AcceptPause {
    fn default() -> Self {
        Self { next: PAUSES.0, told: None }
    }
}
