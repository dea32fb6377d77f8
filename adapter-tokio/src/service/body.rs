//! The content of a request in the hands of a service, which may keep it, drop it or give it to another task.
//!
//! The exchange stays with the task of its connection. The body asks there for its next part, and gets it through a slot: so
//! there is one part in memory at most, and nothing is read that nobody asked for.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use basehttp_handler::ExchangeError;
use basehttp_handler::interop::ToHttp;
use basehttp_proto::RequestHead;
use bytes::Bytes;
use futures_lite::future::{or, poll_fn, poll_once};
use http_body::{Body, Frame, SizeHint};

use crate::exchange::Exchange;

/// The content of a request, as it comes: parts of data, and then trailers if there are any.
///
/// A client that waits for it is told to go on when it is first polled (RFC 9110 10.1.1), or when the response begins while
/// somebody has it. Each part is read when it is asked for. It can leave for another task; there it fails with
/// [`ExchangeError::Closed`] once the response has ended. Its fault fails it with [`ExchangeError::Protocol`].
#[derive(Debug)]
pub struct RequestBody {
    shared: Arc<Shared>,
    /// Octets that are still to come, where that is known.
    left: Option<u64>,
    is_over: bool,
}

type Part = Result<Frame<Bytes>, ExchangeError>;

#[derive(Debug, Default)]
struct Shared(Mutex<Slot>);

#[derive(Debug, Default)]
struct Slot {
    /// The body waits for a part.
    is_asked: bool,
    part: Option<Part>,
    /// What comes after that, once it is known.
    end: Option<End>,
    /// There is no body any more.
    is_dropped: bool,
    /// Who waits for a part.
    body: Option<Waker>,
    /// Who waits to be asked for one.
    feed: Option<Waker>,
}

/// Why nothing more is put into the slot.
#[derive(Clone, Copy, Debug)]
enum End {
    /// That was all.
    Whole,
    /// The exchange is over.
    Cut,
}

/// The side of the slot where parts are put in.
pub(super) struct Feed(Arc<Shared>);

/// The content of a request, and where it is fed.
pub(super) fn of(head: &RequestHead) -> (RequestBody, Feed) {
    let fields = head.fields();
    let left = match fields.get_str("Content-Length") {
        Some(length) => length.parse().ok(),
        None => (!fields.contains("Transfer-Encoding")).then_some(0),
    };
    let shared = Arc::new(Shared::default());
    (RequestBody { shared: Arc::clone(&shared), left, is_over: false }, Feed(shared))
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        // The slot is whole between any two statements.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = ExchangeError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Part>> {
        if self.is_end_stream() {
            return Poll::Ready(None);
        }
        let mut slot = self.shared.lock();
        let part = match (slot.part.take(), slot.end) {
            (Some(part), _) => Some(part),
            (None, Some(End::Whole)) => None,
            (None, Some(End::Cut)) => Some(Err(ExchangeError::Closed)),
            (None, None) => {
                slot.is_asked = true;
                slot.body = Some(context.waker().clone());
                let feed = slot.feed.take();
                drop(slot);
                wake(feed);
                return Poll::Pending;
            }
        };
        drop(slot);
        match &part {
            Some(Ok(frame)) => {
                let len = frame.data_ref().map_or(0, Bytes::len);
                self.left = self.left.map(|left| left.saturating_sub(len as u64));
            }
            Some(Err(_)) | None => self.is_over = true,
        }
        Poll::Ready(part)
    }

    fn is_end_stream(&self) -> bool {
        self.is_over || self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        let mut slot = self.shared.lock();
        slot.is_dropped = true;
        let feed = slot.feed.take();
        drop(slot);
        wake(feed);
    }
}

impl Feed {
    /// Does something, and takes content of the request in the meantime, part by part, whenever the body asks for it.
    pub(super) async fn during<T>(&self, exchange: &mut Exchange, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            let asked = async {
                poll_fn(|context| self.poll(context, |slot| slot.is_asked && !slot.is_dropped)).await;
                None
            };
            if let Some(done) = or(async { Some(work.as_mut().await) }, asked).await {
                return done;
            }
            // What is not wanted any more is not waited for: that the client is slow then is no fault.
            let dropped = async {
                poll_fn(|context| self.poll(context, |slot| slot.is_dropped)).await;
                None
            };
            let taken = or(async { Some(exchange.content().await) }, dropped);
            let done = or(async { Err(work.as_mut().await) }, async { Ok(taken.await) }).await;
            match done {
                Err(done) => return done,
                Ok(Some(content)) => self.put(content, exchange),
                Ok(None) => {}
            }
        }
    }

    /// Takes content that the body asks for, if there is any by now: for work that never waits.
    pub(super) async fn catch_up(&self, exchange: &mut Exchange) {
        let is_asked = {
            let slot = self.0.lock();
            slot.is_asked && !slot.is_dropped
        };
        if is_asked && let Some(content) = poll_once(exchange.content()).await {
            self.put(content, exchange);
        }
    }

    /// Whether there is no body any more that could ask for content.
    pub(super) fn is_dropped(&self) -> bool {
        self.0.lock().is_dropped
    }

    fn poll(&self, context: &Context<'_>, is_so: impl Fn(&Slot) -> bool) -> Poll<()> {
        let mut slot = self.0.lock();
        if is_so(&slot) {
            return Poll::Ready(());
        }
        slot.feed = Some(context.waker().clone());
        Poll::Pending
    }

    fn put(&self, content: Result<Option<Bytes>, ExchangeError>, exchange: &Exchange) {
        let trailers = || exchange.trailers().filter(|trailers| !trailers.is_empty())?.to_http().ok();
        let (part, end) = match content {
            Ok(Some(octets)) => (Some(Ok(Frame::data(octets))), None),
            Ok(None) => (trailers().map(|trailers| Ok(Frame::trailers(trailers))), Some(End::Whole)),
            Err(error) => (Some(Err(error)), Some(End::Whole)),
        };
        let mut slot = self.0.lock();
        (slot.part, slot.end, slot.is_asked) = (part, end, false);
        let body = slot.body.take();
        drop(slot);
        wake(body);
    }
}

/// The exchange is over: a body that somebody has is told so, unless it has all.
impl Drop for Feed {
    fn drop(&mut self) {
        let mut slot = self.0.lock();
        slot.end.get_or_insert(End::Cut);
        let body = slot.body.take();
        drop(slot);
        wake(body);
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
