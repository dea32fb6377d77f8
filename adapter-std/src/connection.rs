//! One connection: what the driver says, done with a blocking socket.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use basehttp_handler::dispatch::handle_caught;
use basehttp_handler::{Driver, ExchangeError, FileSlice, Handler, Request, Step};
use basehttp_proto::RequestHead;
use bytes::Buf;

use crate::exchange::{Exchange, ExchangeHandler, Home};
use crate::files;
use crate::stop::{Entry, Stop};

/// Octets read at once.
const READ: usize = 8 << 10;
/// Parts written at once.
const PARTS: usize = 16;
/// The longest a socket is waited for before the time, and whether the server stops, are looked at again.
const TICK: Duration = Duration::from_secs(1);
/// The system takes a zero as for ever.
const SHORTEST: Duration = Duration::from_millis(1);

/// Who answers the requests of a server.
pub(crate) enum Answerer<H> {
    /// By complete requests and responses.
    Handler(Arc<dyn Handler>),
    /// By exchanges.
    Exchanges(H),
}

/// Serves a connection until it is over.
pub(crate) fn run<H: ExchangeHandler>(mut connection: Box<Connection>, answerer: &Answerer<H>) {
    loop {
        if connection.is_leaving() {
            connection.driver.shutdown();
        }
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
            (Step::Close, _) => return,
            (step, _) => connection.act(step),
        };
        if done.is_err() {
            connection.driver.abort();
        }
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
pub(crate) struct Connection {
    pub(crate) driver: Driver,
    /// There until it is handed over to another protocol.
    stream: Option<Arc<TcpStream>>,
    entry: Entry,
    begun: Instant,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
    /// Where what is read goes first.
    scratch: Vec<u8>,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, driver: Driver, stop: &Arc<Stop>) -> Box<Self> {
        // Without it the last part of an answer could wait for the peer's acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        let stream = Arc::new(stream);
        let (entry, begun) = (stop.enter(&stream), Instant::now());
        let (read_timeout, write_timeout) = (None, None);
        let scratch = Vec::new();
        Box::new(Self { driver, stream: Some(stream), entry, begun, read_timeout, write_timeout, scratch })
    }

    /// The time on the driver's clock.
    pub(crate) fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// The stream, without the timeouts it had here.
    pub(crate) fn take_stream(&mut self) -> io::Result<Arc<TcpStream>> {
        let stream = self.stream.take().ok_or(io::ErrorKind::NotConnected)?;
        stream.set_read_timeout(None)?;
        stream.set_write_timeout(None)?;
        Ok(stream)
    }

    /// Does what the driver says, or waits for as long as it says; who asks next knows which.
    pub(crate) fn act(&mut self, step: Step) -> io::Result<()> {
        let left = |deadline: Option<Duration>| deadline.map(|at| at.saturating_sub(self.now()));
        let done = match step {
            Step::Read(deadline) => self.read(left(deadline)),
            Step::Write(deadline) => self.write(left(deadline)),
            Step::SendFile(slice, deadline) => self.send_file(&slice, left(deadline)),
            Step::Shutdown => self.stream()?.shutdown(Shutdown::Write),
            // Done by the loop.
            Step::Call(_) | Step::Begin(_) | Step::Close => Ok(()),
        };
        done.or_else(|error| if is_wait_over(&error) { Ok(()) } else { Err(error) })
    }

    /// Writes everything that is queued, for `all`, and else what is too much to keep.
    pub(crate) fn flush(&mut self, all: bool) -> Result<(), ExchangeError> {
        while let Some(step) = self.driver.outflow(self.now(), all) {
            self.act(step)?;
        }
        if self.driver.is_over() { Err(ExchangeError::Closed) } else { Ok(()) }
    }

    /// Whether no further request is to be taken. An idle connection makes room for one that waits; it had its answers.
    fn is_leaving(&self) -> bool {
        let stop = self.entry.stop();
        stop.is_stopping() || (stop.wants_room() && self.driver.is_between_requests())
    }

    fn stream(&self) -> io::Result<&TcpStream> {
        self.stream.as_deref().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    fn call(&mut self, handler: &dyn Handler, request: Request) {
        let response = handle_caught(handler, request);
        // The response is to say so if the server was stopped meanwhile.
        if self.entry.stop().is_stopping() {
            self.driver.shutdown();
        }
        self.driver.respond(response);
    }

    fn read(&mut self, left: Option<Duration>) -> io::Result<()> {
        let timeout = tick(left);
        if self.read_timeout != Some(timeout) {
            self.stream()?.set_read_timeout(Some(timeout))?;
            self.read_timeout = Some(timeout);
        }
        if self.scratch.len() < READ {
            self.scratch.resize(READ, 0);
        }
        let mut stream = self.stream.as_deref().ok_or(io::ErrorKind::NotConnected)?;
        let len = stream.read(&mut self.scratch)?;
        match self.scratch.get(..len).unwrap_or_default() {
            [] => self.driver.recv_eof(),
            octets => self.driver.recv(octets).map_err(io::Error::other)?,
        }
        Ok(())
    }

    fn write(&mut self, left: Option<Duration>) -> io::Result<()> {
        self.wait_to_write(left)?;
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

    fn send_file(&mut self, slice: &FileSlice, left: Option<Duration>) -> io::Result<()> {
        self.wait_to_write(left)?;
        let stream = self.stream.as_deref().ok_or(io::ErrorKind::NotConnected)?;
        match files::send(stream, &slice.file, slice.offset, slice.len, &mut self.scratch)? {
            // The file has become shorter than the response said.
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            sent => {
                self.driver.file_sent(sent);
                Ok(())
            }
        }
    }

    fn wait_to_write(&mut self, left: Option<Duration>) -> io::Result<()> {
        let timeout = tick(left);
        if self.write_timeout != Some(timeout) {
            self.stream()?.set_write_timeout(Some(timeout))?;
            self.write_timeout = Some(timeout);
        }
        Ok(())
    }
}

/// Whether an error only says that the socket was not ready in time; the next step knows if that was too long.
fn is_wait_over(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

/// How long to wait for the socket when a deadline is `left` away.
fn tick(left: Option<Duration>) -> Duration {
    left.unwrap_or(TICK).clamp(SHORTEST, TICK)
}
