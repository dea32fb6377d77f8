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

/// The clock of one direction.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    wait: Wait,
    /// Which exchange the wait belongs to: the same wait in the next one starts anew.
    exchange: u32,
    since: Duration,
    /// When octets last moved, and how many had by then.
    moved: Duration,
    octets: u64,
    /// How many octets had moved when the wait began.
    from: u64,
    deadline: Option<Duration>,
}

impl Clock {
    /// Takes account of the time: what is waited for, in which exchange, after how many octets. Returns the deadline.
    pub(crate) fn arm(
        &mut self,
        now: Duration,
        wait: Wait,
        exchange: u32,
        octets: u64,
        timeouts: &Timeouts,
    ) -> Option<Duration> {
        // A deadline that passed without being handled means that the caller was away, not that the peer was slow.
        // Only a head is the peer's affair from beginning to end.
        let away = wait != Wait::Head && self.deadline.is_some_and(|deadline| deadline < now);
        if self.wait != wait || self.exchange != exchange || away {
            *self = Self { wait, exchange, since: now, moved: now, octets, from: octets, deadline: None };
        } else if self.octets != octets {
            self.moved = now;
            self.octets = octets;
        }
        self.deadline = match wait {
            Wait::None => None,
            Wait::Head => self.since.checked_add(timeouts.head),
            Wait::Idle => self.since.checked_add(timeouts.idle),
            Wait::Continue => self.since.checked_add(timeouts.continue_wait),
            Wait::Response => self.since.checked_add(timeouts.response),
            Wait::Content => earlier(self.moved.checked_add(timeouts.content), self.rate_deadline(timeouts)),
            Wait::Send => earlier(self.moved.checked_add(timeouts.send), self.rate_deadline(timeouts)),
            Wait::Linger => {
                earlier(self.moved.checked_add(timeouts.linger_idle), self.since.checked_add(timeouts.linger))
            }
        };
        self.deadline
    }

    /// Whether `wait` in `exchange` was in vain because its deadline has passed; it is told once. The deadline of another
    /// wait, which is over, means nothing.
    pub(crate) fn has_expired(&mut self, now: Duration, wait: Wait, exchange: u32) -> bool {
        let is_over = self.wait != wait || self.exchange != exchange;
        if is_over || self.deadline.is_none_or(|deadline| deadline > now) {
            return false;
        }
        self.deadline = None;
        true
    }

    /// When the octets that moved will have fallen behind the rate: they buy time, so that one formula serves.
    fn rate_deadline(&self, timeouts: &Timeouts) -> Option<Duration> {
        let octets = self.octets.saturating_sub(self.from);
        let bought = octets.saturating_mul(1000).checked_div(u64::from(timeouts.rate))?;
        self.since.checked_add(timeouts.rate_grace)?.checked_add(Duration::from_millis(bought))
    }
}

/// The earlier of two deadlines, where `None` is never.
pub(crate) fn earlier(a: Option<Duration>, b: Option<Duration>) -> Option<Duration> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
