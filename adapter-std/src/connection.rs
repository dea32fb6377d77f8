//! One connection: what the driver says, done with a blocking socket.

use std::cell::RefCell;
use std::io::{self, IoSlice, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use basehttp_handler::dispatch::handle_caught;
use basehttp_handler::{Driver, ExchangeError, FileSlice, Handler, Request, Step};
use basehttp_proto::RequestHead;
use basehttp_transport::Blocked;
use bytes::Buf;
use mio::Interest;

use crate::exchange::{Exchange, ExchangeHandler, Home};
use crate::files;
use crate::poller::{Parked, Parking};
use crate::pool::Pool;
use crate::stop::{Entry, Stop};
use crate::stream::{Socket, Stream};

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
    let mut now = connection.now();
    loop {
        // Where nobody else looks at the time that was given, the connection does.
        if connection.entry.is_cut() || parking.is_none() && connection.entry.is_overdue() {
            return connection.reset();
        }
        if connection.is_leaving() {
            connection.take_what_came();
            connection.heed_stop();
        }
        match connection.driver.step(now) {
            Step::Call(request) => {
                if connection.call(answerer, request) {
                    now = connection.now();
                }
            }
            Step::Begin(head) => {
                let Some(back) = exchange(connection, head, answerer) else { return };
                connection = back;
                now = connection.now();
            }
            Step::Close => return connection.close(),
            ref step => {
                let patience = match parking {
                    Some((_, pool)) if pool.is_short() => Duration::ZERO,
                    Some(_) => GRACE,
                    None => TICK,
                };
                let acted = connection.act(step, now, patience);
                if let Ok(Acted::Late) = acted {
                    connection.driver.rest();
                }
                match (acted, parking.zip(step_waits(step))) {
                    (Ok(Acted::Late), Some(((parking, _), (interest, deadline)))) => {
                        let interest = connection.blocked().unwrap_or(interest);
                        return parking.leave(connection.parked(interest, deadline));
                    }
                    // What was written whole has hardly waited.
                    (Ok(Acted::Done), _) if connection.has_written(step) => {}
                    (Ok(_), _) => now = connection.now(),
                    (Err(_), _) => connection.driver.abort(),
                }
            }
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
fn exchange<H: ExchangeHandler>(
    connection: Box<Connection>,
    head: RequestHead,
    answerer: &Answerer<H>,
) -> Option<Box<Connection>> {
    // A driver hands out what it was told that these handlers take.
    let Answerer::Exchanges(handler) = answerer else { return None };
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
    stream: Option<Stream>,
    entry: Entry,
    begun: Instant,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
    /// The driver knows that no further request is to be taken.
    has_heeded: bool,
}

impl Connection {
    pub(crate) fn new(stream: Stream, driver: Driver, stop: &Arc<Stop>) -> Box<Self> {
        let (entry, begun) = (stop.enter(stream.socket()), Instant::now());
        let (read_timeout, write_timeout) = (None, None);
        Box::new(Self { driver, stream: Some(stream), entry, begun, read_timeout, write_timeout, has_heeded: false })
    }

    /// The time on the driver's clock.
    pub(crate) fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    pub(crate) fn take_stream(&mut self) -> Option<Stream> {
        self.stream.take()
    }

    pub(crate) fn socket(&self) -> io::Result<&Socket> {
        let stream = self.stream.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        Ok(stream.socket())
    }

    fn stream(&mut self) -> io::Result<&mut Stream> {
        self.stream.as_mut().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Lets the driver know if no further request is to be taken; a response says so, if it is known before.
    pub(crate) fn heed_stop(&mut self) {
        if self.is_leaving() {
            self.driver.shutdown();
            self.has_heeded = true;
        }
    }

    /// Before one that is to leave closes: a request that has come is still answered.
    fn take_what_came(&mut self) {
        if self.driver.is_between_requests() {
            let _ = self.read(Duration::ZERO);
        }
    }

    /// A response that is not complete must not look as if it were.
    fn close(&mut self) {
        match &mut self.stream {
            Some(stream) if self.driver.is_cut_short() => stream.socket().reset(),
            Some(stream) => stream.end(),
            None => {}
        }
    }

    fn reset(&self) {
        if let Some(stream) = &self.stream {
            stream.socket().reset();
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

    /// What the socket was not ready for, where that may be something else than what a step was about.
    fn blocked(&self) -> Option<Interest> {
        self.stream.as_ref()?.blocked().map(|blocked| match blocked {
            Blocked::Read => Interest::READABLE,
            Blocked::Write => Interest::WRITABLE,
        })
    }

    /// The connection, to be left until its socket is ready.
    fn parked(self: Box<Self>, interest: Interest, deadline: Option<Duration>) -> Parked {
        let deadline = deadline.and_then(|deadline| self.begun.checked_add(deadline));
        Parked { connection: self, interest, since: Instant::now(), deadline }
    }

    /// Does what the driver says, or waits for it: until its deadline, and no longer than `patience`.
    fn act(&mut self, step: &Step, now: Duration, patience: Duration) -> io::Result<Acted> {
        let tick = |deadline: &Option<Duration>| match deadline {
            Some(at) if *at < now.saturating_add(patience) => at.saturating_sub(now),
            _ => patience,
        };
        let done = match step {
            Step::Read(deadline) => self.read(tick(deadline)),
            Step::Write(deadline) => self.write(tick(deadline)),
            Step::SendFile(slice, deadline) => self.send_file(slice, tick(deadline)),
            Step::Shutdown => self.stream()?.shutdown(),
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
        let acted = self.act(&step, self.now(), TICK).map(|_| ());
        let acted = if self.entry.is_cut() { Err(io::ErrorKind::ConnectionAborted.into()) } else { acted };
        acted.inspect_err(|_| self.driver.abort())
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

    /// Lets a handler answer; whether that may have taken a while.
    fn call<H>(&mut self, answerer: &Answerer<H>, request: Request) -> bool {
        // A driver hands out what it was told that these handlers take.
        let Answerer::Handler(handler) = answerer else { return false };
        let response = handle_caught(&**handler, request);
        self.heed_stop();
        self.driver.respond(response);
        handler.blocks()
    }

    /// Whether a step was to write, and nothing is left of what was to be written.
    fn has_written(&mut self, step: &Step) -> bool {
        matches!(step, Step::Write(_)) && self.driver.transmit().is_empty()
    }

    fn read(&mut self, patience: Duration) -> io::Result<()> {
        let timeout = patience.max(SHORTEST);
        if !patience.is_zero() && self.read_timeout != Some(timeout) {
            self.socket()?.set_read_timeout(Some(timeout))?;
            self.read_timeout = Some(timeout);
        }
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        SCRATCH.with_borrow_mut(|scratch| {
            let read = if patience.is_zero() { stream.read_now(scratch) } else { stream.read(scratch) };
            if let Some(peer) = stream.take_told() {
                self.driver.set_peer(peer);
            }
            let len = read?;
            match scratch.get(..len).unwrap_or_default() {
                [] => self.driver.recv_eof(),
                octets => self.driver.recv(octets).map_err(io::Error::other)?,
            }
            Ok(())
        })
    }

    fn write(&mut self, patience: Duration) -> io::Result<()> {
        self.wait_to_write(patience)?;
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        let transmit = self.driver.transmit();
        let written = if transmit.chunk().len() == transmit.len() {
            stream.write(transmit.chunk())?
        } else {
            let mut parts = [IoSlice::new(&[]); PARTS];
            let count = transmit.chunks_vectored(&mut parts);
            stream.write_vectored(parts.get(..count).unwrap_or_default())?
        };
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        transmit.consume(written);
        Ok(())
    }

    fn send_file(&mut self, slice: &FileSlice, patience: Duration) -> io::Result<()> {
        self.wait_to_write(patience)?;
        match files::send(self.stream()?, slice)? {
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
