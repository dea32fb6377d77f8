//! Waiting for a time.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use smol::Timer;

/// A time that a connection waits for, besides its socket.
///
/// Deadlines move later with nearly every request. One that is set already is left where it is as long as it is not too
/// late: it rings too early then, once in a while, which costs less than to set it each time.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    timer: Option<Timer>,
    at: Option<Instant>,
}

impl Alarm {
    /// Rings at `at` or earlier; `None` for no time in particular.
    pub(crate) fn set(&mut self, at: Option<Instant>) {
        let Some(at) = at.filter(|at| self.at.is_none_or(|set| set > *at)) else { return };
        self.at = Some(at);
        match &mut self.timer {
            Some(timer) => timer.set_at(at),
            None => self.timer = Some(Timer::at(at)),
        }
    }

    /// Whether it rings.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let (Some(_), Some(timer)) = (self.at, &mut self.timer) else { return Poll::Pending };
        ready!(Pin::new(timer).poll(context));
        self.at = None;
        Poll::Ready(())
    }
}

/// Waits for so long.
pub(crate) async fn sleep(time: Duration) {
    Timer::after(time).await;
}
