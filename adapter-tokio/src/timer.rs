//! Waiting for a time.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::time::Sleep;

/// A time that a connection waits for, besides its socket.
///
/// Deadlines move later with nearly every request. One that is set already is left where it is as long as it is not too
/// late: it rings too early then, once in a while, which costs less than to set it each time.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    sleep: Option<Pin<Box<Sleep>>>,
    at: Option<Instant>,
}

impl Alarm {
    /// Rings at `at` or earlier; `None` for no time in particular.
    pub(crate) fn set(&mut self, at: Option<Instant>) {
        let Some(at) = at.filter(|at| self.at.is_none_or(|set| set > *at)) else { return };
        self.at = Some(at);
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().reset(at.into()),
            None => self.sleep = Some(Box::pin(tokio::time::sleep_until(at.into()))),
        }
    }

    /// Whether it rings.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let (Some(_), Some(sleep)) = (self.at, &mut self.sleep) else { return Poll::Pending };
        ready!(sleep.as_mut().poll(context));
        self.at = None;
        Poll::Ready(())
    }
}

/// Waits for so long.
pub(crate) async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}
