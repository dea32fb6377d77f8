//! The driver without sockets and without waiting: both ends of a connection in memory, on a clock that jumps.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use basehttp_handler::dispatch::handle_caught;
use basehttp_handler::{
    Content, Driver, ExchangeError, FileSlice, Inflow, Peer, Request, Response, Settings, Step as Todo,
};
use basehttp_proto::{BodyLength, Fields, RequestHead, ResponseHead, StatusCode};
use bytes::{Buf, Bytes};

use super::client::{Client, Line, Received};
use super::document::{Scenario, UNIT};
use super::exchange::{self, Seen};
use super::orders::{self, Kind};

/// Octets on their way in one direction at most.
const WINDOW: usize = 128 << 10;

/// The two directions of a connection.
#[derive(Default)]
struct Pipes {
    now: Duration,
    to_server: VecDeque<u8>,
    to_client: VecDeque<u8>,
    /// The client ended its sending side, or reset the connection.
    is_ended: bool,
    is_gone: bool,
    /// The server ended its sending side, closed, or reset the connection.
    is_answered: bool,
    is_closed: bool,
    is_reset: bool,
}

impl Line for Pipes {
    fn now(&self) -> Duration {
        self.now
    }

    fn send(&mut self, octets: &[u8]) -> io::Result<usize> {
        if self.is_reset || self.is_closed {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let taken = octets.len().min(WINDOW - self.to_server.len());
        self.to_server.extend(&octets[..taken]);
        Ok(taken)
    }

    fn receive(&mut self, most: usize) -> Received {
        let len = most.min(self.to_client.len());
        match len {
            0 if self.is_reset => Received::Reset,
            0 if self.is_answered => Received::Closed,
            0 => Received::Nothing,
            _ => Received::Octets(self.to_client.drain(..len).collect()),
        }
    }

    fn eof(&mut self) {
        self.is_ended = true;
    }

    fn reset(&mut self) {
        self.is_gone = true;
    }
}

/// A connection between a client and a server, and the time.
struct Wire<'s> {
    client: Client<'s>,
    pipes: Pipes,
    /// The most octets that are read at once.
    at_once: usize,
}

impl Wire<'_> {
    /// Lets the client do what it can; one that is done goes.
    fn settle(&mut self) {
        self.client.advance(&mut self.pipes);
        if self.client.is_done() {
            self.pipes.is_ended = true;
        }
    }

    /// Lets time pass until the client does something or the deadline has come; whether that came.
    fn wait(&mut self, deadline: Option<Duration>) -> bool {
        let client = self.client.wakes().filter(|_| !self.client.is_done());
        let Some(next) = [client, deadline].into_iter().flatten().min() else {
            self.client.fail("both sides wait for ever");
            self.pipes.is_gone = true;
            return false;
        };
        self.pipes.now = self.pipes.now.max(next);
        self.settle();
        deadline.is_some_and(|deadline| deadline <= self.pipes.now)
    }

    fn sleep(&mut self, units: u32) {
        let until = self.pipes.now + UNIT * units;
        while !self.wait(Some(until)) {}
    }

    /// What has come, nothing at the end; `None` when the deadline came first.
    fn read(&mut self, most: usize, deadline: Option<Duration>) -> io::Result<Option<Vec<u8>>> {
        loop {
            self.settle();
            let len = most.min(self.at_once).min(self.pipes.to_server.len());
            if len > 0 {
                return Ok(Some(self.pipes.to_server.drain(..len).collect()));
            } else if self.pipes.is_gone {
                return Err(io::ErrorKind::ConnectionReset.into());
            } else if self.pipes.is_ended {
                return Ok(Some(Vec::new()));
            } else if self.wait(deadline) && self.pipes.to_server.is_empty() {
                return Ok(None);
            }
        }
    }

    /// How many octets were taken; none when the deadline came first.
    fn write(&mut self, octets: &[u8], deadline: Option<Duration>) -> io::Result<usize> {
        loop {
            self.settle();
            let room = self.at_once.max(1000).min(WINDOW - self.pipes.to_client.len()).min(octets.len());
            if self.pipes.is_gone {
                return Err(io::ErrorKind::BrokenPipe.into());
            } else if room > 0 {
                self.pipes.to_client.extend(&octets[..room]);
                self.settle();
                return Ok(room);
            } else if self.wait(deadline) && self.pipes.to_client.len() == WINDOW {
                return Ok(0);
            }
        }
    }

    /// Ends the connection, and lets the client do what is left.
    fn close(&mut self, is_reset: bool) {
        // A close with octets unread is a reset, as the system has it. Reads of one octet leave more of them than others do.
        self.pipes.is_reset |= is_reset || self.at_once > 1 && !self.pipes.to_server.is_empty();
        (self.pipes.is_answered, self.pipes.is_closed) = (true, true);
        self.settle();
        while let Some(next) = self.client.wakes().filter(|_| !self.client.is_done()) {
            self.pipes.now = self.pipes.now.max(next);
            self.settle();
        }
        if !self.client.is_done() {
            self.client.fail("the server has closed");
        }
    }
}

/// What is left of the driver's part: what its adapters do with sockets, done with a wire.
struct Connection<'s> {
    driver: Driver,
    wire: Arc<Mutex<Wire<'s>>>,
    is_tunnel: bool,
}

fn lock<'w, 's>(wire: &'w Mutex<Wire<'s>>) -> MutexGuard<'w, Wire<'s>> {
    wire.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a scenario; everything that came, or what was wrong.
pub(crate) fn run(
    scenario: &Scenario,
    kind: Kind,
    at_once: usize,
    settings: Settings,
    seen: &Seen,
) -> Result<Vec<u8>, String> {
    let client = Client::new(scenario, true);
    let wire = Wire { client, pipes: Pipes::default(), at_once };
    let wire = Arc::new(Mutex::new(wire));
    let driver = Driver::new(Arc::new(settings), Peer::Unknown);
    let driver = match kind {
        Kind::Handler => driver.prompt(!scenario.is_inline),
        Kind::Exchange => driver.streaming(),
    };
    let mut connection = Connection { driver, wire: Arc::clone(&wire), is_tunnel: false };
    connection.serve(scenario, seen);
    drop(connection);
    let wire = Arc::into_inner(wire).unwrap();
    wire.into_inner().unwrap_or_else(PoisonError::into_inner).client.result()
}

impl<'s> Connection<'s> {
    fn wire(&self) -> MutexGuard<'_, Wire<'s>> {
        lock(&self.wire)
    }

    fn now(&self) -> Duration {
        self.wire().pipes.now
    }

    fn serve(&mut self, scenario: &Scenario, seen: &Seen) {
        loop {
            let step = self.driver.step(self.now());
            let done = match step {
                Todo::Call(request) => {
                    let orders = orders::of(&scenario.handler, request.path());
                    let wire = Arc::clone(&self.wire);
                    let sleep = move |units| lock(&wire).sleep(units);
                    let handler = |request: Request| orders::simple(orders, &request, &sleep);
                    let response = handle_caught(&handler, request);
                    self.driver.respond(response);
                    Ok(())
                }
                Todo::Begin(head) => {
                    let exchange = Exchange { connection: self, head, trailers: None };
                    let handled = || smol::block_on(exchange::answer(exchange, scenario, seen));
                    let _ = catch_unwind(AssertUnwindSafe(handled));
                    if self.is_tunnel {
                        return self.wire().close(false);
                    }
                    self.driver.handled();
                    Ok(())
                }
                Todo::Close => {
                    let is_reset = self.driver.is_cut_short();
                    return self.wire().close(is_reset);
                }
                step => self.act(step),
            };
            if done.is_err() {
                self.driver.abort();
            }
        }
    }

    fn act(&mut self, step: Todo) -> io::Result<()> {
        let mut wire = lock(&self.wire);
        match step {
            Todo::Read(deadline) => {
                match wire.read(16 << 10, deadline)? {
                    None => {}
                    Some(octets) if octets.is_empty() => self.driver.recv_eof(),
                    Some(octets) => self.driver.recv(&octets).map_err(io::Error::other)?,
                }
                Ok(())
            }
            Todo::Write(deadline) => {
                let written = wire.write(self.driver.transmit().chunk(), deadline)?;
                self.driver.transmit().consume(written);
                Ok(())
            }
            Todo::SendFile(slice, deadline) => {
                let there = slice.file.metadata()?.len().saturating_sub(slice.offset);
                let part = FileSlice { len: slice.len.min(there).min(1 << 20), ..slice }.read()?;
                if part.is_empty() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                let sent = wire.write(&part, deadline)?;
                self.driver.file_sent(sent as u64);
                Ok(())
            }
            Todo::Shutdown => {
                wire.pipes.is_answered = true;
                wire.settle();
                Ok(())
            }
            Todo::Call(_) | Todo::Begin(_) | Todo::Close => Ok(()),
        }
    }

    fn act_patiently(&mut self, step: Todo) -> io::Result<()> {
        self.act(step).inspect_err(|_| self.driver.abort())
    }

    fn flush(&mut self, all: bool) -> Result<(), ExchangeError> {
        let ask = self.driver.ask(self.now());
        while let Some(step) = self.driver.outflow(&ask, self.now(), all) {
            self.act_patiently(step)?;
        }
        if self.driver.is_over() { Err(ExchangeError::Closed) } else { Ok(()) }
    }
}

/// As the exchange of an adapter.
struct Exchange<'c, 's> {
    connection: &'c mut Connection<'s>,
    head: RequestHead,
    trailers: Option<Fields>,
}

impl<'c, 's> exchange::Exchange for Exchange<'c, 's> {
    type Body = Self;
    type Tunnel = Tunnel<'s>;
    type Done = ();

    fn head(&self) -> &RequestHead {
        &self.head
    }

    async fn sleep(&self, units: u32) {
        self.connection.wire().sleep(units);
    }

    async fn content(&mut self) -> Result<Option<Bytes>, ExchangeError> {
        if self.trailers.is_some() {
            return Ok(None);
        }
        let connection = &mut *self.connection;
        let ask = connection.driver.ask(connection.now());
        loop {
            match connection.driver.content(&ask, connection.now())? {
                Inflow::Content(octets) => return Ok(Some(octets)),
                Inflow::End(trailers) => {
                    self.trailers = Some(trailers);
                    return Ok(None);
                }
                Inflow::Wait(step) => connection.act_patiently(step)?,
            }
        }
    }

    async fn collect(&mut self) -> Result<Request, ExchangeError> {
        let declared = self.head.fields().get_str("Content-Length").and_then(|length| length.parse().ok());
        self.connection.driver.allows_collected(declared.unwrap_or(0))?;
        let mut content = Content::default();
        while let Some(octets) = self.content().await? {
            self.connection.driver.allows_collected(content.len().saturating_add(octets.len()))?;
            content.push(octets);
        }
        let trailers = self.trailers.clone().unwrap_or_default();
        Ok(Request::new(self.head.clone(), content.into_bytes(), trailers, Peer::Unknown))
    }

    async fn inform(&mut self, status: StatusCode, fields: &Fields) -> Result<(), ExchangeError> {
        self.connection.driver.inform(status, fields)?;
        self.connection.flush(true)
    }

    async fn respond(self, response: Response) -> Result<(), ExchangeError> {
        self.connection.driver.respond(response);
        if self.connection.driver.is_over() { Err(ExchangeError::Closed) } else { Ok(()) }
    }

    async fn start(self, head: ResponseHead, length: BodyLength) -> Result<Self, ExchangeError> {
        self.connection.driver.start(head, length)?;
        Ok(self)
    }

    async fn switch(mut self, head: ResponseHead) -> Result<(Tunnel<'s>, ()), ExchangeError> {
        while self.content().await?.is_some() {}
        self.connection.driver.switch(head)?;
        self.connection.flush(true)?;
        self.connection.is_tunnel = true;
        let early = self.connection.driver.take_tunnel();
        Ok((Tunnel { early, wire: Arc::clone(&self.connection.wire) }, ()))
    }
}

impl exchange::Body for Exchange<'_, '_> {
    type Done = ();

    async fn sleep(&self, units: u32) {
        self.connection.wire().sleep(units);
    }

    async fn content(&mut self) -> Result<Option<Bytes>, ExchangeError> {
        exchange::Exchange::content(self).await
    }

    fn trailers(&self) -> Fields {
        self.trailers.clone().unwrap_or_default()
    }

    async fn write(&mut self, octets: Bytes) -> Result<(), ExchangeError> {
        self.connection.driver.send_content(octets)?;
        self.connection.flush(false)
    }

    async fn flush(&mut self) -> Result<(), ExchangeError> {
        self.connection.flush(true)
    }

    async fn finish(self, trailers: &Fields) -> Result<(), ExchangeError> {
        Ok(self.connection.driver.finish(trailers)?)
    }
}

/// A wire that speaks another protocol.
struct Tunnel<'s> {
    early: Bytes,
    wire: Arc<Mutex<Wire<'s>>>,
}

impl exchange::Tunnel for Tunnel<'_> {
    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        if !self.early.is_empty() {
            return Ok(std::mem::take(&mut self.early).to_vec());
        }
        Ok(lock(&self.wire).read(16, None)?.unwrap_or_default())
    }

    async fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        let mut rest = octets;
        while !rest.is_empty() {
            let sent = lock(&self.wire).write(rest, None)?;
            rest = &rest[sent..];
        }
        Ok(())
    }
}
