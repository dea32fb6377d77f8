//! Observers see what happens on every connection; [`LogObserver`] writes them to a log, [`LastRecord`] keeps the last.
//!
//! Law: a log never delays or fails a request. What a slow or broken sink cannot take is dropped, counted and reported.

use std::fmt;
use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use basehttp_proto::{CloseReason, ProtocolError, RequestHead};

use crate::access_log::{LogFormat, MAX_VALUE, Record, escaped};
use crate::request::Peer;
use crate::zone::Zone;

/// Sees every connection, every request, and what came of it. A closure that takes a [`Record`] is one. What it does should be
/// done soon: a connection waits for it.
///
/// On a connection the calls come in this order: it opens; then, for each request, its head is there, and its response was
/// sent; it closes. A request that is refused with its head has a refusal and a response; one whose content is at fault has
/// the refusal between the two. A request that is given up before it is answered has no response. A fault in content that
/// nobody takes any more, because the response is complete, is told as the reason of the close alone.
pub trait Observer: Send + Sync {
    /// Called when no connection can be taken for a while, for want of descriptors for one, with what the system says: once
    /// until one can be taken again, and not within ten seconds of the last time.
    fn on_pause(&self, error: &io::Error) {
        let _ = error;
    }

    /// Called when a connection was accepted.
    fn on_open(&self, peer: Peer) {
        let _ = peer;
    }

    /// Called when the head of a request is there and valid.
    fn on_request(&self, peer: Peer, head: &RequestHead) {
        let _ = (peer, head);
    }

    /// Called when the peer broke the protocol, at most once on a connection: it closes after the response.
    fn on_refused(&self, refusal: &Refusal<'_>) {
        let _ = refusal;
    }

    /// Called when a response was sent, or sending it failed: see [`Record::is_cut_short`]. What is left of it then is in memory,
    /// and waits for the client for as long as [`Timeouts`](basehttp_proto::Timeouts) allow, where nobody waits for it.
    fn on_response(&self, record: &Record) {
        let _ = record;
    }

    /// Called when a connection is over.
    fn on_close(&self, closed: &Closed) {
        let _ = closed;
    }
}

/// How a peer broke the protocol, and with what.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Refusal<'a> {
    /// Who broke it.
    pub peer: Peer,
    /// Which rule, where, and the status that answers it unless a response had begun.
    pub error: ProtocolError,
    line: &'a [u8],
}

impl<'a> Refusal<'a> {
    pub(crate) fn new(peer: Peer, error: ProtocolError, line: &'a [u8]) -> Self {
        Self { peer, error, line }
    }

    /// The first line of the message at fault, the request line if it is one, in visible ASCII and escaped as log lines are: at
    /// most [`MAX_VALUE`] octets of it, and no credentials. Empty when nothing of it came.
    pub fn excerpt(&self) -> String {
        escaped(self.line, MAX_VALUE)
    }
}

/// A connection that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {
    /// Who was at the other end.
    pub peer: Peer,
    /// Why it closed; `None` when it was cut off, or handed over to another protocol.
    pub reason: Option<CloseReason>,
    /// How many requests had begun on it.
    pub requests: u32,
}

impl<O: Observer + ?Sized> Observer for Arc<O> {
    fn on_pause(&self, error: &io::Error) {
        (**self).on_pause(error);
    }

    fn on_open(&self, peer: Peer) {
        (**self).on_open(peer);
    }

    fn on_request(&self, peer: Peer, head: &RequestHead) {
        (**self).on_request(peer, head);
    }

    fn on_refused(&self, refusal: &Refusal<'_>) {
        (**self).on_refused(refusal);
    }

    fn on_response(&self, record: &Record) {
        (**self).on_response(record);
    }

    fn on_close(&self, closed: &Closed) {
        (**self).on_close(closed);
    }
}

/// Two observers: the first is told first.
pub(crate) struct Both<A, B>(pub(crate) A, pub(crate) B);

impl<A: Observer, B: Observer> Observer for Both<A, B> {
    fn on_pause(&self, error: &io::Error) {
        self.0.on_pause(error);
        self.1.on_pause(error);
    }

    fn on_open(&self, peer: Peer) {
        self.0.on_open(peer);
        self.1.on_open(peer);
    }

    fn on_request(&self, peer: Peer, head: &RequestHead) {
        self.0.on_request(peer, head);
        self.1.on_request(peer, head);
    }

    fn on_refused(&self, refusal: &Refusal<'_>) {
        self.0.on_refused(refusal);
        self.1.on_refused(refusal);
    }

    fn on_response(&self, record: &Record) {
        self.0.on_response(record);
        self.1.on_response(record);
    }

    fn on_close(&self, closed: &Closed) {
        self.0.on_close(closed);
        self.1.on_close(closed);
    }
}

impl<F: Fn(&Record) + Send + Sync> Observer for F {
    fn on_response(&self, record: &Record) {
        self(record);
    }
}

/// Keeps the record of the last response.
#[derive(Debug, Default)]
pub struct LastRecord(Mutex<Option<Record>>);

impl LastRecord {
    /// Takes the record out; `None` when there was no response since.
    pub fn take(&self) -> Option<Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Observer for LastRecord {
    fn on_response(&self, record: &Record) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(record.clone());
    }
}

/// Records that wait for the sink at most.
const QUEUE_RECORDS: usize = 4096;
/// Octets that wait for the sink at most: hostile requests make long lines.
const QUEUE_OCTETS: usize = 4 << 20;
/// How long dropping an observer waits for lines to be written.
const DRAIN: Duration = Duration::from_secs(1);

/// Writes log lines to a sink from a thread of its own.
///
/// At most 4,096 records or 4 MiB wait for the sink; more are dropped, and a later line says how many were. A sink
/// that fails loses lines in the same way. Dropping the observer waits up to a second for the queue to be written.
pub struct LogObserver {
    format: LogFormat,
    zone: Zone,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// Signalled when there is something for the writer to do.
    work: Condvar,
    /// Signalled when the writer has nothing left to do.
    idle: Condvar,
}

#[derive(Default)]
struct Queue {
    lines: String,
    records: usize,
    /// Lines that were lost and not yet reported.
    dropped: u64,
    /// Whether the writer is busy with lines that it took out.
    writing: bool,
    closing: bool,
    finished: bool,
}

impl LogObserver {
    /// An observer that writes to `sink`, in this form and zone.
    ///
    /// # Errors
    ///
    /// The system's error when no thread can be started.
    pub fn new(format: LogFormat, zone: Zone, sink: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let writer = Arc::clone(&shared);
        let sink = Sink { inner: sink, torn: false };
        thread::Builder::new().name("access-log".to_owned()).spawn(move || writer.run(sink))?;
        Ok(Self { format, zone, shared })
    }

    /// Waits until everything logged so far was handed to the sink, for at most `timeout`; tells whether it was.
    pub fn flush(&self, timeout: Duration) -> bool {
        self.shared.wait(timeout, |queue| !queue.writing && queue.lines.is_empty())
    }

    /// How many lines were lost and not yet reported in the log.
    pub fn dropped(&self) -> u64 {
        self.shared.lock().dropped
    }
}

impl Observer for LogObserver {
    fn on_response(&self, record: &Record) {
        let lines = self.format.format(record, &self.zone);
        let mut queue = self.shared.lock();
        if queue.records >= QUEUE_RECORDS || queue.lines.len().saturating_add(lines.len()) > QUEUE_OCTETS {
            queue.dropped = queue.dropped.saturating_add(count_lines(lines.as_bytes()));
            return;
        }
        queue.lines.push_str(&lines);
        queue.records = queue.records.saturating_add(1);
        drop(queue);
        self.shared.work.notify_one();
    }
}

impl Drop for LogObserver {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.work.notify_one();
        // The thread is not joined: a sink may block for ever.
        self.shared.wait(DRAIN, |queue| queue.finished);
    }
}

impl fmt::Debug for LogObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogObserver").field("format", &self.format).finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // The queue is whole between any two statements, so a panic elsewhere does not spoil it.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, timeout: Duration, done: impl Fn(&Queue) -> bool) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let mut queue = self.lock();
        while !done(&queue) {
            let left = deadline.map_or(timeout, |d| d.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return false;
            }
            queue = self.idle.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// The life of the writer.
    fn run(&self, mut sink: Sink<impl Write>) {
        let mut lines = String::new();
        loop {
            let (dropped, closing) = self.take(&mut lines);
            let lost = sink.deliver(dropped, lines.as_bytes());
            let mut queue = self.lock();
            queue.dropped = queue.dropped.saturating_add(lost);
            queue.writing = false;
            queue.finished = closing;
            drop(queue);
            self.idle.notify_all();
            if closing {
                return;
            }
        }
    }

    /// Moves the queue into `lines` once there is something in it or the observer is gone. Returns how many lines were
    /// lost before, and whether these are the last.
    fn take(&self, lines: &mut String) -> (u64, bool) {
        lines.clear();
        let mut queue = self.lock();
        while queue.lines.is_empty() && !queue.closing {
            queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        mem::swap(lines, &mut queue.lines);
        queue.records = 0;
        queue.writing = true;
        (mem::take(&mut queue.dropped), queue.closing)
    }
}

struct Sink<W> {
    inner: W,
    /// Whether the last thing written was a part of a line.
    torn: bool,
}

impl<W: Write> Sink<W> {
    /// Writes lines, after a report of those lost before them; returns how many are lost now.
    fn deliver(&mut self, dropped: u64, lines: &[u8]) -> u64 {
        let whole_loss = dropped.saturating_add(count_lines(lines));
        if self.torn && self.write(b"\n") == 0 {
            return whole_loss;
        }
        if dropped > 0 {
            let report = format!("access log: {dropped} lines were dropped because the log could not take them\n");
            if self.write(report.as_bytes()) < report.len() {
                return whole_loss;
            }
        }
        let written = self.write(lines);
        let _ = self.inner.flush();
        count_lines(lines.get(written..).unwrap_or_default())
    }

    /// Writes what the sink takes; returns how many octets that were.
    fn write(&mut self, octets: &[u8]) -> usize {
        let mut written = 0usize;
        while let Some(rest) = octets.get(written..).filter(|rest| !rest.is_empty()) {
            match self.inner.write(rest) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break,
                Ok(n) => {
                    written = written.saturating_add(n);
                    self.torn = octets.get(written.saturating_sub(1)) != Some(&b'\n');
                }
            }
        }
        written
    }
}

fn count_lines(octets: &[u8]) -> u64 {
    u64::try_from(octets.iter().filter(|&&octet| octet == b'\n').count()).unwrap_or(u64::MAX)
}
