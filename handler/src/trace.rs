//! What an observer is told, as events of `tracing`.

use basehttp_proto::RequestHead;
use tracing::{debug, info, warn};

use crate::access_log::{MAX_REQUEST_LINE, MAX_VALUE, Record, escaped};
use crate::observer::{Closed, Observer, Refusal};
use crate::request::Peer;

/// Emits an event of the crate `tracing` for everything that happens, with the target `basehttp`. Nothing is worked out for an
/// event that no subscriber wants.
///
/// | Event | Level | Fields |
/// |---|---|---|
/// | `connection opened` | debug | `peer` |
/// | `request` | debug | `peer`, `method`, `target`, `version` |
/// | `refused` | warn | `peer`, `status`, `code`, `clause`, `offset`, `found`, `excerpt` |
/// | `response` | info | `peer`, `method`, `target`, `status`, `octets`, `duration_us`, `cut_short` |
/// | `connection closed` | debug | `peer`, `reason`, `requests` |
///
/// `octets` are those of the content that was sent, and missing where it was not sent to its end; `duration_us` is the time
/// from the head of the request to the end of the response, in microseconds. `code` and `clause` name the rule that the peer broke
/// ([`ErrorKind`](basehttp_proto::ErrorKind)), `offset` and `found` the octet. What a peer sent is escaped as in log lines, and
/// as long at most. A query may hold what is private: filter the events, or write an observer, where that is not to be kept.
///
/// ```
/// use basehttp_handler::{Settings, TracingObserver};
/// let settings = Settings::default().observer(TracingObserver);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingObserver;

impl Observer for TracingObserver {
    fn on_open(&self, peer: Peer) {
        debug!(target: "basehttp", %peer, "connection opened");
    }

    fn on_request(&self, peer: Peer, head: &RequestHead) {
        debug!(
            target: "basehttp",
            %peer,
            method = %head.method(),
            target = escaped(head.target().as_bytes(), MAX_REQUEST_LINE),
            version = %head.version(),
            "request"
        );
    }

    fn on_refused(&self, refusal: &Refusal<'_>) {
        let Refusal { peer, error, .. } = refusal;
        warn!(
            target: "basehttp",
            %peer,
            status = error.status().as_u16(),
            code = error.kind().code(),
            clause = error.clause(),
            offset = error.offset(),
            found = error.found(),
            excerpt = refusal.excerpt(),
            "refused"
        );
    }

    fn on_response(&self, record: &Record) {
        info!(
            target: "basehttp",
            peer = %record.peer,
            method = part(record, 0, MAX_VALUE),
            target = part(record, 1, MAX_REQUEST_LINE),
            status = record.status.as_u16(),
            octets = record.content_octets,
            duration_us = u64::try_from(record.duration.as_micros()).unwrap_or(u64::MAX),
            cut_short = record.is_cut_short(),
            "response"
        );
    }

    fn on_close(&self, closed: &Closed) {
        let Closed { peer, reason, requests } = closed;
        debug!(target: "basehttp", %peer, reason = reason.map(tracing::field::debug), requests, "connection closed");
    }
}

/// The method, or the target, of a request line; `None` when it is none.
fn part(record: &Record, index: usize, max: usize) -> Option<String> {
    let parts: Vec<_> = record.request_line.as_ref()?.split(|octet| *octet == b' ').collect();
    Some(escaped(parts.get(index).filter(|_| parts.len() == 3)?, max))
}
