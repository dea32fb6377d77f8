//! Counters that can be read at any time: how much a server has done, and what it is doing.

use std::sync::atomic::{AtomicU64, Ordering};

use basehttp_proto::{RequestHead, StatusClass};

use crate::access_log::Record;
use crate::observer::{Closed, Observer, Refusal};
use crate::request::Peer;

/// Counts what a server does. Give one, in an `Arc`, to [`Settings::observer`](crate::Settings::observer) or
/// [`Settings::and_observer`](crate::Settings::and_observer), and keep a clone to read it.
///
/// ```
/// use std::sync::Arc;
/// use basehttp_handler::{Counters, Settings};
/// let counters = Arc::new(Counters::default());
/// let settings = Settings::default().observer(Arc::clone(&counters));
/// assert_eq!(counters.read().responses, 0);
/// ```
#[derive(Debug, Default)]
pub struct Counters {
    opened: AtomicU64,
    closed: AtomicU64,
    requests: AtomicU64,
    responses: AtomicU64,
    client_errors: AtomicU64,
    server_errors: AtomicU64,
    refused: AtomicU64,
    unfinished: AtomicU64,
    content_octets: AtomicU64,
}

/// What was counted so far. Each number is right by itself; they were not all read at the same moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Connections that were opened.
    pub opened: u64,
    /// Connections that are open.
    pub open: u64,
    /// Requests whose head was there and valid.
    pub requests: u64,
    /// Requests that were answered, those that were refused among them.
    pub responses: u64,
    /// Responses of the class 4xx.
    pub client_errors: u64,
    /// Responses of the class 5xx, and beyond.
    pub server_errors: u64,
    /// Connections on which the peer broke the protocol.
    pub refused: u64,
    /// Responses that were not sent to their end.
    pub unfinished: u64,
    /// Octets of content that were sent.
    pub content_octets: u64,
}

impl Counters {
    /// What was counted so far.
    pub fn read(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        // In this order: a connection that closes between the two is not counted as closed and never opened.
        let closed = read(&self.closed);
        let opened = read(&self.opened);
        Counts {
            opened,
            open: opened.saturating_sub(closed),
            requests: read(&self.requests),
            responses: read(&self.responses),
            client_errors: read(&self.client_errors),
            server_errors: read(&self.server_errors),
            refused: read(&self.refused),
            unfinished: read(&self.unfinished),
            content_octets: read(&self.content_octets),
        }
    }
}

impl Observer for Counters {
    fn on_open(&self, _: Peer) {
        add(&self.opened, 1);
    }

    fn on_request(&self, _: Peer, _: &RequestHead) {
        add(&self.requests, 1);
    }

    fn on_refused(&self, _: &Refusal<'_>) {
        add(&self.refused, 1);
    }

    fn on_response(&self, record: &Record) {
        add(&self.responses, 1);
        match record.status.class() {
            StatusClass::ClientError => add(&self.client_errors, 1),
            StatusClass::ServerError | StatusClass::Unregistered => add(&self.server_errors, 1),
            _ => {}
        }
        add(&self.unfinished, u64::from(record.is_cut_short()));
        add(&self.content_octets, record.content_octets.unwrap_or(0));
    }

    fn on_close(&self, _: &Closed) {
        add(&self.closed, 1);
    }
}

fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}
