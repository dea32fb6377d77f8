//! One connection: what the driver says, done with a socket of the runtime.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use basehttp_handler::dispatch::handle_caught;
use basehttp_handler::{Driver, ExchangeError, FileSlice, Handler, Request, Response, Step, Waits};
use basehttp_proto::RequestHead;
use bytes::Buf;
use futures_lite::FutureExt;
use futures_lite::future::or;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::exchange::{Exchange, ExchangeHandler, Home};
use crate::files;
use crate::stop::Entry;
use crate::stream::Stream;
use crate::timer::Alarm;

/// Octets read at once.
const READ: usize = 16 << 10;
/// Parts written at once.
const PARTS: usize = 16;
/// How long a connection is idle before it gives its memory back: on a busy one it would be asked for again at once.
const GRACE: Duration = Duration::from_secs(1);

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

impl<H> Answerer<H> {
    /// A driver that hands requests out as these handlers take them.
    pub(crate) fn drives(&self, driver: Driver) -> Driver {
        match self {
            Self::Handler(handler) => driver.prompt(handler.blocks()),
            Self::Exchanges(_) => driver.streaming(),
        }
    }
}

/// Serves a connection until it is over.
pub(crate) async fn run<H: ExchangeHandler>(mut connection: Box<Connection>, answerer: &Answerer<H>) {
    loop {
        if connection.entry.is_cut() {
            return connection.reset();
        }
        connection.heed_stop();
        let step = connection.driver.step(connection.now());
        // What a connection does seldom, or needs much memory for, is boxed: all of them hold what they need to wait.
        let done = match (step, answerer) {
            (Step::Read(deadline), _) => connection.read(deadline).await,
            (Step::Write(deadline), _) => connection.wait(deadline, write).await,
            (Step::Call(request), Answerer::Handler(handler)) if handler.blocks() => {
                Box::pin(connection.call_elsewhere(Arc::clone(handler), request)).await
            }
            (Step::Call(request), Answerer::Handler(handler)) => {
                connection.respond(handle_caught(&**handler, request));
                Ok(())
            }
            (Step::Begin(head), Answerer::Exchanges(handler)) => {
                let Some(back) = Box::pin(exchange(connection, head, handler)).await else { return };
                connection = back;
                Ok(())
            }
            (Step::Close, _) => return connection.close(),
            (step, _) => Box::pin(connection.act(step)).await,
        };
        if done.is_err() {
            connection.driver.abort();
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
    begun: Instant,
    alarm: Alarm,
    /// It has been idle for long enough to have given its memory back.
    is_released: bool,
}

impl Connection {
    pub(crate) fn new(stream: Stream, driver: Driver, entry: Entry) -> Box<Self> {
        stream.prepare();
        let (begun, alarm) = (Instant::now(), Alarm::default());
        Box::new(Self { driver, stream: Some(stream), entry, begun, alarm, is_released: false })
    }

    /// The time on the driver's clock.
    pub(crate) fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    fn reset(&self) {
        if let Some(stream) = &self.stream {
            stream.reset();
        }
    }

    /// A response that is not complete must not look as if it were.
    fn close(&self) {
        if self.driver.is_cut_short() {
            self.reset();
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

    /// Does what the driver says, or waits for as long as it says.
    async fn act(&mut self, step: Step) -> io::Result<()> {
        match step {
            Step::Read(deadline) => self.read(deadline).await,
            Step::Write(deadline) => self.wait(deadline, write).await,
            Step::SendFile(slice, deadline) => self.send_file(&slice, deadline).await,
            Step::Shutdown => match &mut self.stream {
                Some(stream) => poll_fn(|context| Pin::new(&mut *stream).poll_shutdown(context)).await,
                None => Ok(()),
            },
            // Done by the loop.
            Step::Call(_) | Step::Begin(_) | Step::Close => Ok(()),
        }
    }

    /// As [`act`](Self::act), for a handler that waits for it. A socket that fails once is not asked again.
    pub(crate) async fn act_patiently(&mut self, step: Step) -> io::Result<()> {
        self.act(step).await.inspect_err(|_| self.driver.abort())
    }

    /// Writes everything that is queued, for `all`, and else what is too much to keep.
    pub(crate) async fn flush(&mut self, all: bool) -> Result<(), ExchangeError> {
        let ask = self.driver.ask(self.now());
        while let Some(step) = self.driver.outflow(&ask, self.now(), all) {
            self.act_patiently(step).await?;
        }
        if self.driver.is_over() { Err(ExchangeError::Closed) } else { Ok(()) }
    }

    async fn read(&mut self, deadline: Option<Duration>) -> io::Result<()> {
        let waits = self.driver.waits();
        self.entry.set_waits(waits);
        let release_at = (waits != Waits::No && !self.is_released).then(|| self.now().saturating_add(GRACE));
        let deadline = [deadline, release_at].into_iter().flatten().min();
        let mut has_come = false;
        let done = self.wait(deadline, |stream, driver, context| read(stream, driver, &mut has_come, context)).await;
        if has_come {
            self.entry.set_waits(Waits::No);
            self.is_released = false;
        } else if release_at.is_some_and(|at| at <= self.now()) {
            self.driver.release();
            self.is_released = true;
        }
        done
    }

    async fn send_file(&mut self, slice: &FileSlice, deadline: Option<Duration>) -> io::Result<()> {
        let send = |stream: &mut Stream, driver: &mut Driver, context: &mut Context<'_>| {
            match ready!(files::poll_send(stream, &slice.file, slice.offset, slice.len, context))? {
                // The file has become shorter than the response said.
                0 => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                sent => {
                    driver.file_sent(sent);
                    Poll::Ready(Ok(()))
                }
            }
        };
        self.wait(deadline, send).await
    }

    /// Waits until `io` is done, the deadline has come, or there is news; whoever asks next knows which.
    async fn wait(
        &mut self,
        deadline: Option<Duration>,
        mut io: impl FnMut(&mut Stream, &mut Driver, &mut Context<'_>) -> Poll<io::Result<()>>,
    ) -> io::Result<()> {
        let at = deadline.and_then(|deadline| self.begun.checked_add(deadline));
        let Self { driver, stream, entry, alarm, .. } = self;
        if entry.is_cut() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let stream = stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        poll_fn(|context| {
            if let Poll::Ready(done) = io(stream, driver, context) {
                return Poll::Ready(done);
            }
            // Only what has to wait needs to be woken in time.
            alarm.set(at);
            let rings = alarm.poll(context).is_ready();
            if entry.poll_news(context).is_ready() || rings { Poll::Ready(Ok(())) } else { Poll::Pending }
        })
        .await
    }

    fn respond(&mut self, response: Response) {
        self.heed_stop();
        self.driver.respond(response);
    }

    /// Lets a handler answer that may block.
    async fn call_elsewhere(&mut self, handler: Arc<dyn Handler>, request: Request) -> io::Result<()> {
        let mut call = tokio::task::spawn_blocking(move || handle_caught(&*handler, request));
        let response = poll_fn(|context| {
            if let Poll::Ready(response) = Pin::new(&mut call).poll(context) {
                // It fails when the runtime is shut down, and then nobody is left to be told.
                return Poll::Ready(response.ok());
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
        self.respond(response.ok_or(io::ErrorKind::ConnectionAborted)?);
        Ok(())
    }
}

fn read(
    stream: &mut Stream,
    driver: &mut Driver,
    has_come: &mut bool,
    context: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    SCRATCH.with_borrow_mut(|scratch| {
        let mut buffer = ReadBuf::new(scratch);
        ready!(Pin::new(stream).poll_read(context, &mut buffer))?;
        *has_come = true;
        match buffer.filled() {
            [] => driver.recv_eof(),
            octets => driver.recv(octets).map_err(io::Error::other)?,
        }
        Poll::Ready(Ok(()))
    })
}

fn write(stream: &mut Stream, driver: &mut Driver, context: &mut Context<'_>) -> Poll<io::Result<()>> {
    let transmit = driver.transmit();
    let mut parts = [IoSlice::new(&[]); PARTS];
    let written = match transmit.chunks_vectored(&mut parts) {
        0 | 1 => ready!(Pin::new(stream).poll_write(context, transmit.chunk()))?,
        count => ready!(Pin::new(stream).poll_write_vectored(context, parts.get(..count).unwrap_or_default()))?,
    };
    if written == 0 {
        return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
    }
    transmit.consume(written);
    Poll::Ready(Ok(()))
}
