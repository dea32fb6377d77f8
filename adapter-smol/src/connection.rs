//! One connection: what the driver says, done with a socket of the runtime.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use basehttp_handler::dispatch::handle_caught;
use basehttp_handler::{Driver, ExchangeError, FileSlice, Handler, Request, Response, Step, Waits};
use basehttp_proto::RequestHead;
use bytes::Buf;
use futures_lite::FutureExt;
use futures_lite::future::or;
use futures_lite::io::{AsyncRead, AsyncWrite};

use crate::exchange::{Exchange, ExchangeHandler, Home};
use crate::files;
use crate::stop::Entry;
use crate::stream::Stream;
use crate::timer::Alarm;

/// Octets read at once.
const READ: usize = 16 << 10;
/// Parts written at once.
const PARTS: usize = 16;
/// How often a connection reads or writes before others have their turn.
const TURN: u8 = 16;

thread_local! {
    /// What is read goes here first, so that a connection that waits holds no memory for it.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

/// Who answers the requests of a server.
pub(crate) enum Answerer<H> {
    /// By complete requests and responses.
    Handler(Arc<dyn Handler>),
    /// By exchanges.
    Exchanges(H),
}

/// Whether the socket was ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acted {
    Done,
    /// It was not, within the time for it.
    Late,
}

impl<H> Answerer<H> {
    /// A driver that hands requests out as these handlers take them.
    pub(crate) fn drives(&self, driver: Driver) -> Driver {
        match self {
            Self::Handler(handler) => driver.prompt(handler.blocks()),
            Self::Exchanges(_) => driver.streaming(),
        }
    }
}

/// What a connection cannot go on without. Small, because a task has room for it as long as it lives.
enum Due {
    /// A handler that may block.
    Call(Arc<dyn Handler>, Box<Request>),
    /// A handler of exchanges.
    Begin(Box<RequestHead>),
    /// Nothing: it is over.
    Over,
}

/// Serves a connection until it is over.
pub(crate) async fn run<H: ExchangeHandler>(mut connection: Box<Connection>, answerer: &Answerer<H>) {
    // What a connection waits for is in itself, and what a handler needs is boxed: nothing else is held by all of them.
    loop {
        match poll_fn(|context| connection.poll_due(answerer, context)).await {
            Due::Call(handler, request) => Box::pin(connection.call_elsewhere(handler, *request)).await,
            Due::Begin(head) => {
                let Answerer::Exchanges(handler) = answerer else { return };
                let Some(back) = Box::pin(exchange(connection, *head, handler)).await else { return };
                connection = back;
            }
            Due::Over => return,
        }
    }
}

/// Lets a handler have a connection for one exchange; `None` when it does not come back.
async fn exchange(
    connection: Box<Connection>,
    head: RequestHead,
    handler: &impl ExchangeHandler,
) -> Option<Box<Connection>> {
    let home = Home::default();
    let cut = connection.entry.cut_off();
    let exchange = Exchange::new(connection, head, Arc::clone(&home));
    // A handler that fails, panics or is cut off has given its exchange back by then, and the driver answers for it.
    let handled = AssertUnwindSafe(async { drop(handler.handle(exchange).await) }).catch_unwind();
    or(async { drop(handled.await) }, cut).await;
    let mut connection = home.lock().unwrap_or_else(PoisonError::into_inner).take()?;
    connection.stream.as_ref()?;
    connection.driver.handled();
    Some(connection)
}

/// A connection's driver and socket, and what else it waits for.
pub(crate) struct Connection {
    pub(crate) driver: Driver,
    /// There until it is handed over to another protocol.
    stream: Option<Stream>,
    entry: Entry,
    alarm: Alarm,
    /// How often the socket was ready without a wait.
    ready_in_turn: u8,
}

impl Connection {
    pub(crate) fn new(stream: Stream, driver: Driver, entry: Entry) -> Box<Self> {
        let alarm = Alarm::default();
        Box::new(Self { driver, stream: Some(stream), entry, alarm, ready_in_turn: 0 })
    }

    /// The time on the driver's clock.
    pub(crate) fn now(&self) -> Duration {
        self.entry.begun().elapsed()
    }

    fn reset(&self) {
        if let Some(stream) = &self.stream {
            stream.reset();
        }
    }

    /// Before one that is to leave closes: a request that has come is still answered.
    fn take_what_came(&mut self, context: &mut Context<'_>) {
        if let (true, Some(stream)) = (self.driver.is_between_requests(), self.stream.as_mut()) {
            let _ = read(stream, &mut self.driver, context);
        }
    }

    /// A response that is not complete must not look as if it were.
    fn close(&mut self) {
        match &mut self.stream {
            Some(stream) if self.driver.is_cut_short() => stream.reset(),
            Some(stream) => stream.end(),
            None => {}
        }
    }

    pub(crate) fn take_stream(&mut self) -> Option<Stream> {
        self.stream.take()
    }

    /// Lets the driver know if no further request is to be taken; a response says so, if it is known before.
    pub(crate) fn heed_stop(&mut self) {
        if self.entry.is_leaving() {
            self.driver.shutdown();
        }
    }

    /// Does what the driver says until a handler has to be waited for.
    fn poll_due<H>(&mut self, answerer: &Answerer<H>, context: &mut Context<'_>) -> Poll<Due> {
        let mut now = self.now();
        loop {
            if self.entry.is_cut() {
                self.reset();
                return Poll::Ready(Due::Over);
            }
            if self.entry.is_leaving() {
                self.take_what_came(context);
                self.heed_stop();
            }
            match self.driver.step(now) {
                Step::Call(request) => {
                    // A driver hands out what it was told that these handlers take.
                    let Answerer::Handler(handler) = answerer else { return Poll::Ready(Due::Over) };
                    if handler.blocks() {
                        return Poll::Ready(Due::Call(Arc::clone(handler), Box::new(request)));
                    }
                    self.respond(handle_caught(&**handler, request));
                }
                Step::Begin(head) => return Poll::Ready(Due::Begin(Box::new(head))),
                Step::Close => {
                    self.close();
                    return Poll::Ready(Due::Over);
                }
                ref step => match ready!(self.poll_act(step, now, context)) {
                    // What is done at once takes no time.
                    Ok(Acted::Done) => {}
                    Ok(Acted::Late) => now = self.now(),
                    Err(_) => self.driver.abort(),
                },
            }
        }
    }

    /// Does what the driver says, or waits for as long as it says.
    fn poll_act(&mut self, step: &Step, now: Duration, context: &mut Context<'_>) -> Poll<io::Result<Acted>> {
        match step {
            Step::Read(deadline) => self.poll_read(*deadline, now, context),
            Step::Write(deadline) => self.poll_io(*deadline, context, write),
            Step::SendFile(slice, deadline) => {
                self.poll_io(*deadline, context, |stream, driver, context| send_file(stream, driver, slice, context))
            }
            Step::Shutdown => match &mut self.stream {
                Some(stream) => stream.poll_end(context).map_ok(|()| Acted::Done),
                None => Poll::Ready(Ok(Acted::Done)),
            },
            // For others to do.
            Step::Call(_) | Step::Begin(_) | Step::Close => Poll::Ready(Ok(Acted::Done)),
        }
    }

    /// Does what the driver says, for a handler that waits for it. A socket that fails once is not asked again.
    pub(crate) async fn act_patiently(&mut self, step: Step) -> io::Result<()> {
        let acted = poll_fn(|context| self.poll_act(&step, self.now(), context)).await;
        acted.map(|_| ()).inspect_err(|_| self.driver.abort())
    }

    /// Writes everything that is queued, for `all`, and else what is too much to keep.
    pub(crate) async fn flush(&mut self, all: bool) -> Result<(), ExchangeError> {
        let ask = self.driver.ask(self.now());
        while let Some(step) = self.driver.outflow(&ask, self.now(), all) {
            self.act_patiently(step).await?;
        }
        if self.driver.is_over() { Err(ExchangeError::Closed) } else { Ok(()) }
    }

    fn poll_read(
        &mut self,
        deadline: Option<Duration>,
        now: Duration,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Acted>> {
        let mut has_come = false;
        let done = self.poll_io(deadline, context, |stream, driver, context| {
            let done = ready!(read(stream, driver, context));
            has_come = true;
            Poll::Ready(done)
        });
        if has_come {
            self.entry.set_waits(Waits::No, now);
        } else {
            self.entry.set_waits(self.driver.waits(), now);
            self.driver.rest();
        }
        done
    }

    /// Waits until `io` is done, the deadline has come, or there is news; whoever asks next knows which.
    fn poll_io(
        &mut self,
        deadline: Option<Duration>,
        context: &mut Context<'_>,
        io: impl FnOnce(&mut Stream, &mut Driver, &mut Context<'_>) -> Poll<io::Result<()>>,
    ) -> Poll<io::Result<Acted>> {
        if self.entry.is_cut() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        // A peer that is always ready must not keep the thread from the others; the executor does not count for it.
        self.ready_in_turn = self.ready_in_turn.wrapping_add(1);
        if self.ready_in_turn.is_multiple_of(TURN) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Poll::Ready(done) = io(stream, &mut self.driver, context) {
            return Poll::Ready(done.map(|()| Acted::Done));
        }
        self.ready_in_turn = 0;
        // Only what has to wait needs to be woken in time.
        self.alarm.set(deadline.and_then(|deadline| self.entry.begun().checked_add(deadline)));
        let rings = self.alarm.poll(context).is_ready();
        if self.entry.poll_news(context).is_ready() || rings { Poll::Ready(Ok(Acted::Late)) } else { Poll::Pending }
    }

    fn respond(&mut self, response: Response) {
        self.heed_stop();
        self.driver.respond(response);
    }

    /// Lets a handler answer that may block.
    async fn call_elsewhere(&mut self, handler: Arc<dyn Handler>, request: Request) {
        let mut call = smol::unblock(move || handle_caught(&*handler, request));
        let response = poll_fn(|context| {
            if let Poll::Ready(response) = Pin::new(&mut call).poll(context) {
                return Poll::Ready(Some(response));
            }
            // Other news are taken note of when the response is there.
            while self.entry.poll_news(context).is_ready() {
                if self.entry.is_cut() {
                    return Poll::Ready(None);
                }
            }
            Poll::Pending
        })
        .await;
        match response {
            Some(response) => self.respond(response),
            None => self.driver.abort(),
        }
    }
}

fn read(stream: &mut Stream, driver: &mut Driver, context: &mut Context<'_>) -> Poll<io::Result<()>> {
    SCRATCH.with_borrow_mut(|scratch| {
        let read = Pin::new(&mut *stream).poll_read(context, scratch);
        if let Some(peer) = stream.take_told() {
            driver.set_peer(peer);
        }
        let len = ready!(read)?;
        match scratch.get(..len).unwrap_or_default() {
            [] => driver.recv_eof(),
            octets => driver.recv(octets).map_err(io::Error::other)?,
        }
        Poll::Ready(Ok(()))
    })
}

fn write(stream: &mut Stream, driver: &mut Driver, context: &mut Context<'_>) -> Poll<io::Result<()>> {
    let transmit = driver.transmit();
    let written = if transmit.chunk().len() == transmit.len() {
        ready!(Pin::new(stream).poll_write(context, transmit.chunk()))?
    } else {
        let mut parts = [IoSlice::new(&[]); PARTS];
        let count = transmit.chunks_vectored(&mut parts);
        ready!(Pin::new(stream).poll_write_vectored(context, parts.get(..count).unwrap_or_default()))?
    };
    if written == 0 {
        return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
    }
    transmit.consume(written);
    Poll::Ready(Ok(()))
}

fn send_file(
    stream: &mut Stream,
    driver: &mut Driver,
    slice: &FileSlice,
    context: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    match ready!(files::poll_send(stream, slice, context))? {
        // The file has become shorter than the response said.
        0 => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
        sent => {
            driver.file_sent(sent);
            Poll::Ready(Ok(()))
        }
    }
}
