//! Stopping a server from elsewhere.

use std::sync::Arc;
use std::time::Duration;

use super::Stop;

/// Stops the server it was taken from; cloned at will.
#[derive(Clone, Debug)]
pub struct ShutdownHandle(Arc<Stop>);

impl ShutdownHandle {
    pub(super) fn new(stop: Arc<Stop>) -> Self {
        Self(stop)
    }

    /// Takes no further connection, answers the requests that have begun with `Connection: close`, and closes idle
    /// connections. What is left after `deadline` is cut off.
    pub fn graceful(&self, deadline: Duration) {
        self.0.begin(deadline);
    }

    /// Stops at once: open connections are cut off, whatever they are doing.
    pub fn now(&self) {
        self.0.begin(Duration::ZERO);
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.0.open().len()
    }
}
