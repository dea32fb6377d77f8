//! How long everything may take. Time is an input: `now` is a `Duration` on the caller's clock, which only moves on.
//!
//! Law: no octet a peer sends moves the deadline of a head, and every default stands here with its reason.

use core::time::Duration;

/// The deadlines of a connection.
///
/// No deadline can be switched off by a zero, which means at once; [`Duration::MAX`] means never.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the accepted connection, or the first octet of a later request, to the end of the head; then 408, or a
    /// silent close when nothing came. It does not restart: 10 s.
    pub head: Duration,
    /// From the end of an exchange to the first octet of the next request; then a silent close: 15 s.
    pub idle: Duration,
    /// Without any content of a request; then 408: 30 s.
    pub content: Duration,
    /// From the end of a request to the head of its response, however many informational ones precede it; then an error of
    /// the client's connection: 30 s.
    pub response: Duration,
    /// How long a client holds content back for a `100 Continue`; then it is sent: 1 s.
    pub continue_wait: Duration,
    /// Without the peer taking any octet of a response; then an abort: 30 s.
    pub send: Duration,
    /// Octets a second that content, and a response on its way, must make on average: 500.
    pub rate: u32,
    /// How long the rate is not asked for: 10 s.
    pub rate_grace: Duration,
    /// After the last response, without an octet from a peer that goes on sending; then the close: 2 s.
    pub linger_idle: Duration,
    /// After the last response, however much the peer goes on sending: 10 s.
    pub linger: Duration,
    /// The age at which a connection takes no further request: 1 h.
    pub age: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            idle: Duration::from_secs(15),
            content: Duration::from_secs(30),
            response: Duration::from_secs(30),
            continue_wait: Duration::from_secs(1),
            send: Duration::from_secs(30),
            rate: 500,
            rate_grace: Duration::from_secs(10),
            linger_idle: Duration::from_secs(2),
            linger: Duration::from_secs(10),
            age: Duration::from_secs(3600),
        }
    }
}

/// What is being waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Nothing of the peer.
    #[default]
    None,
    Head,
    Idle,
    Content,
    Linger,
    Continue,
    Response,
    Send,
}

/// The clock of one direction. Times are kept in microseconds, which halves an idle connection's clocks.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    wait: Wait,
    /// Which exchange the wait belongs to: the same wait in the next one starts anew.
    exchange: u16,
    since: u64,
    /// When octets last moved, and how many had by then.
    moved: u64,
    octets: u64,
    /// How many octets had moved when the wait began.
    from: u64,
    /// [`NEVER`] when there is none.
    pub(crate) deadline: u64,
}

/// No time at all.
const NEVER: u64 = u64::MAX;

pub(crate) fn micros(time: Duration) -> u64 {
    time.as_secs().saturating_mul(1_000_000).saturating_add(time.subsec_micros().into())
}

/// The time that a clock keeps, `None` for [`NEVER`].
pub(crate) fn from_micros(time: u64) -> Option<Duration> {
    (time != NEVER).then(|| Duration::from_micros(time))
}

impl Clock {
    pub(crate) const fn new() -> Self {
        Self { wait: Wait::None, exchange: 0, since: 0, moved: 0, octets: 0, from: 0, deadline: NEVER }
    }

    /// Takes account of the time: what is waited for, in which exchange, after how many octets. Returns the deadline,
    /// [`NEVER`] when there is none.
    #[inline(always)]
    pub(crate) fn arm(&mut self, now: u64, wait: Wait, exchange: u16, octets: u64, timeouts: &Timeouts) -> u64 {
        if wait == Wait::None {
            (self.wait, self.deadline) = (wait, NEVER);
            return NEVER;
        }
        self.arm_for(now, wait, exchange, octets, timeouts)
    }

    /// As [`arm`](Self::arm), for something that is waited for.
    fn arm_for(&mut self, now: u64, wait: Wait, exchange: u16, octets: u64, timeouts: &Timeouts) -> u64 {
        // A deadline that passed without being handled means that the caller was away, not that the peer was slow.
        // Only a head is the peer's affair from beginning to end.
        let away = wait != Wait::Head && self.deadline < now;
        if self.wait != wait || self.exchange != exchange || away {
            *self = Self { wait, exchange, since: now, moved: now, octets, from: octets, deadline: NEVER };
        } else if self.octets != octets {
            self.moved = now;
            self.octets = octets;
        }
        let since = |time: Duration| self.since.saturating_add(micros(time));
        let moved = |time: Duration| self.moved.saturating_add(micros(time));
        self.deadline = match wait {
            Wait::None => NEVER,
            Wait::Head => since(timeouts.head),
            Wait::Idle => since(timeouts.idle),
            Wait::Continue => since(timeouts.continue_wait),
            Wait::Response => since(timeouts.response),
            Wait::Content => moved(timeouts.content).min(self.rate_deadline(timeouts)),
            Wait::Send => moved(timeouts.send).min(self.rate_deadline(timeouts)),
            Wait::Linger => moved(timeouts.linger_idle).min(since(timeouts.linger)),
        };
        self.deadline
    }

    /// Takes note that the caller was away for this long, in microseconds: the peer had no chance, unless with a head, which is
    /// its affair from beginning to end.
    pub(crate) fn put_off(&mut self, time: u64) {
        if self.wait != Wait::Head {
            for at in [&mut self.since, &mut self.moved, &mut self.deadline] {
                *at = at.saturating_add(time);
            }
        }
    }

    /// Whether `wait` in `exchange` was in vain because its deadline has passed; it is told once. The deadline of another
    /// wait, which is over, means nothing.
    pub(crate) fn has_expired(&mut self, now: u64, wait: Wait, exchange: u16) -> bool {
        let is_over = self.wait != wait || self.exchange != exchange;
        if is_over || self.deadline == NEVER || self.deadline > now {
            return false;
        }
        self.deadline = NEVER;
        true
    }

    /// When the octets that moved will have fallen behind the rate: they buy time, so that one formula serves.
    fn rate_deadline(&self, timeouts: &Timeouts) -> u64 {
        let octets = self.octets.saturating_sub(self.from);
        let bought = octets.saturating_mul(1_000_000).checked_div(u64::from(timeouts.rate)).unwrap_or(NEVER);
        self.since.saturating_add(micros(timeouts.rate_grace)).saturating_add(bought)
    }
}
