//! One connection: what the driver says, done with a blocking socket.

use std::cell::RefCell;
use std::io::{self, IoSlice, Read, Write};
use std::net::Shutdown;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use basehttp_handler::dispatch::handle_caught;
use basehttp_handler::{Driver, ExchangeError, FileSlice, Handler, Request, Step};
use basehttp_proto::RequestHead;
use bytes::Buf;
use mio::Interest;

use crate::exchange::{Exchange, ExchangeHandler, Home};
use crate::files;
use crate::poller::{Parked, Parking};
use crate::pool::Pool;
use crate::socket;
use crate::stop::{Entry, Stop};
use crate::stream::Stream;

/// Octets read at once.
const READ: usize = 16 << 10;
/// Parts written at once.
const PARTS: usize = 16;
/// The longest a handler's socket is waited for before the time is looked at again.
const TICK: Duration = Duration::from_secs(1);
/// How long a connection keeps its thread while it waits: on a busy one, what it waits for comes sooner.
const GRACE: Duration = Duration::from_millis(5);
/// The system takes a zero as for ever.
const SHORTEST: Duration = Duration::from_millis(1);

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

/// Serves a connection until it is over, or has to wait: then it is left at `parking`. Without that the thread waits.
pub(crate) fn run<H: ExchangeHandler>(
    mut connection: Box<Connection>,
    answerer: &Answerer<H>,
    parking: Option<(&Parking, &Pool)>,
) {
    loop {
        connection.heed_stop();
        let step = connection.driver.step(connection.now());
        let done = match (step, answerer) {
            (Step::Call(request), Answerer::Handler(handler)) => {
                connection.call(&**handler, request);
                Ok(())
            }
            (Step::Begin(head), Answerer::Exchanges(handler)) => {
                let Some(back) = exchange(connection, head, handler) else { return };
                connection = back;
                Ok(())
            }
            (Step::Close, _) => return connection.close(),
            (step, _) => {
                let waits = parking.zip(step_waits(&step));
                let patience = match parking {
                    Some((_, pool)) if pool.is_short() => Duration::ZERO,
                    Some(_) => GRACE,
                    None => TICK,
                };
                match (connection.act(step, patience), waits) {
                    (Ok(Acted::Late), Some(((parking, _), (interest, deadline)))) => {
                        return parking.leave(connection.parked(interest, deadline));
                    }
                    (done, _) => done.map(|_| ()),
                }
            }
        };
        if done.is_err() {
            connection.driver.abort();
        }
    }
}

/// What a step waits for, and until when.
fn step_waits(step: &Step) -> Option<(Interest, Option<Duration>)> {
    match step {
        Step::Read(deadline) => Some((Interest::READABLE, *deadline)),
        Step::Write(deadline) | Step::SendFile(_, deadline) => Some((Interest::WRITABLE, *deadline)),
        _ => None,
    }
}

/// Lets a handler have a connection for one exchange; `None` when it does not come back.
fn exchange(connection: Box<Connection>, head: RequestHead, handler: &impl ExchangeHandler) -> Option<Box<Connection>> {
    let home = Home::default();
    let exchange = Exchange::new(connection, head, Arc::clone(&home));
    // A handler that fails or panics has given its exchange back by then, and the driver answers for it.
    let _ = catch_unwind(AssertUnwindSafe(|| handler.handle(exchange)));
    let mut connection = home.lock().unwrap_or_else(PoisonError::into_inner).take()?;
    connection.stream.as_ref()?;
    connection.driver.handled();
    Some(connection)
}

/// A connection's driver and socket, and the timeouts that the socket was last given, so that the system is told only of
/// changes: on a busy connection there are none.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) driver: Driver,
    /// There until it is handed over to another protocol.
    stream: Option<Arc<Stream>>,
    entry: Entry,
    begun: Instant,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
    /// The driver knows that no further request is to be taken.
    has_heeded: bool,
}

impl Connection {
    pub(crate) fn new(stream: Stream, driver: Driver, stop: &Arc<Stop>) -> Box<Self> {
        stream.prepare();
        let stream = Arc::new(stream);
        let (entry, begun) = (stop.enter(&stream), Instant::now());
        let (read_timeout, write_timeout) = (None, None);
        Box::new(Self { driver, stream: Some(stream), entry, begun, read_timeout, write_timeout, has_heeded: false })
    }

    /// The time on the driver's clock.
    pub(crate) fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// The stream, without the timeouts it had here.
    pub(crate) fn take_stream(&mut self) -> io::Result<Arc<Stream>> {
        let stream = self.stream.take().ok_or(io::ErrorKind::NotConnected)?;
        stream.set_read_timeout(None)?;
        stream.set_write_timeout(None)?;
        Ok(stream)
    }

    pub(crate) fn socket(&self) -> io::Result<&Stream> {
        self.stream.as_deref().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Lets the driver know if no further request is to be taken; a response says so, if it is known before.
    pub(crate) fn heed_stop(&mut self) {
        if self.is_leaving() {
            self.driver.shutdown();
            self.has_heeded = true;
        }
    }

    /// A response that is not complete must not look as if it were.
    fn close(&self) {
        if let (true, Some(stream)) = (self.driver.is_cut_short(), &self.stream) {
            stream.reset();
        }
    }

    /// Whether the server was stopped since the driver was last told.
    pub(crate) fn has_news(&self) -> bool {
        self.is_leaving() && !self.has_heeded
    }

    /// Makes room for another.
    pub(crate) fn leave(&mut self) {
        self.entry.leave();
    }

    /// The connection, to be left until its socket is ready.
    fn parked(mut self: Box<Self>, interest: Interest, deadline: Option<Duration>) -> Parked {
        if self.driver.is_idle() {
            self.driver.release();
        }
        let deadline = deadline.and_then(|deadline| self.begun.checked_add(deadline));
        Parked { connection: self, interest, deadline }
    }

    /// Does what the driver says, or waits for it: until its deadline, and no longer than `patience`.
    pub(crate) fn act(&mut self, step: Step, patience: Duration) -> io::Result<Acted> {
        let now = self.now();
        let tick = |deadline: Option<Duration>| deadline.map_or(patience, |at| at.saturating_sub(now).min(patience));
        let done = match step {
            Step::Read(deadline) => self.read(tick(deadline)),
            Step::Write(deadline) => self.write(tick(deadline)),
            Step::SendFile(slice, deadline) => self.send_file(&slice, tick(deadline)),
            Step::Shutdown => self.socket()?.shutdown(Shutdown::Write),
            // Done by the loop.
            Step::Call(_) | Step::Begin(_) | Step::Close => Ok(()),
        };
        match done {
            Err(error) if is_wait_over(&error) => Ok(Acted::Late),
            done => done.map(|()| Acted::Done),
        }
    }

    /// As [`act`](Self::act), for a handler that waits for it. A socket that fails once is not asked again.
    pub(crate) fn act_patiently(&mut self, step: Step) -> io::Result<()> {
        self.act(step, TICK).map(|_| ()).inspect_err(|_| self.driver.abort())
    }

    /// Writes everything that is queued, for `all`, and else what is too much to keep.
    pub(crate) fn flush(&mut self, all: bool) -> Result<(), ExchangeError> {
        let ask = self.driver.ask(self.now());
        while let Some(step) = self.driver.outflow(&ask, self.now(), all) {
            self.act_patiently(step)?;
        }
        if self.driver.is_over() { Err(ExchangeError::Closed) } else { Ok(()) }
    }

    /// Whether no further request is to be taken.
    fn is_leaving(&self) -> bool {
        self.entry.is_leaving()
    }

    fn call(&mut self, handler: &dyn Handler, request: Request) {
        let response = handle_caught(handler, request);
        self.heed_stop();
        self.driver.respond(response);
    }

    fn read(&mut self, patience: Duration) -> io::Result<()> {
        let timeout = patience.max(SHORTEST);
        if !patience.is_zero() && self.read_timeout != Some(timeout) {
            self.socket()?.set_read_timeout(Some(timeout))?;
            self.read_timeout = Some(timeout);
        }
        let mut stream = self.stream.as_deref().ok_or(io::ErrorKind::NotConnected)?;
        SCRATCH.with_borrow_mut(|scratch| {
            let len = if patience.is_zero() { socket::read_now(stream, scratch)? } else { stream.read(scratch)? };
            match scratch.get(..len).unwrap_or_default() {
                [] => self.driver.recv_eof(),
                octets => self.driver.recv(octets).map_err(io::Error::other)?,
            }
            Ok(())
        })
    }

    fn write(&mut self, patience: Duration) -> io::Result<()> {
        self.wait_to_write(patience)?;
        let mut stream = self.stream.as_deref().ok_or(io::ErrorKind::NotConnected)?;
        let transmit = self.driver.transmit();
        let mut parts = [IoSlice::new(&[]); PARTS];
        let written = match transmit.chunks_vectored(&mut parts) {
            0 | 1 => stream.write(transmit.chunk())?,
            count => stream.write_vectored(parts.get(..count).unwrap_or_default())?,
        };
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        transmit.consume(written);
        Ok(())
    }

    fn send_file(&mut self, slice: &FileSlice, patience: Duration) -> io::Result<()> {
        self.wait_to_write(patience)?;
        match files::send(self.socket()?, &slice.file, slice.offset, slice.len)? {
            // The file has become shorter than the response said.
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            sent => {
                self.driver.file_sent(sent);
                Ok(())
            }
        }
    }

    fn wait_to_write(&mut self, patience: Duration) -> io::Result<()> {
        let timeout = patience.max(SHORTEST);
        if self.write_timeout != Some(timeout) {
            self.socket()?.set_write_timeout(Some(timeout))?;
            self.write_timeout = Some(timeout);
        }
        Ok(())
    }
}

/// Whether an error only says that the socket was not ready in time; the next step knows if that was too long.
fn is_wait_over(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}
