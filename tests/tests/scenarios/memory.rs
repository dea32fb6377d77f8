//! The driver without sockets and without waiting: an adapter for a [`Wire`].

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

use super::document::Scenario;
use super::exchange::{self, Seen};
use super::orders::{self, Kind};
use super::wire::{Wire, lock};

/// What is left of the driver's part: what its adapters do with sockets, done with a wire.
struct Connection<'s> {
    driver: Driver,
    wire: Arc<Mutex<Wire<'s>>>,
    is_tunnel: bool,
}

/// Runs a scenario; everything that came, or what was wrong.
pub(crate) fn run(
    scenario: &Scenario,
    kind: Kind,
    at_once: usize,
    settings: Settings,
    seen: &Seen,
) -> Result<Vec<u8>, String> {
    let wire = Arc::new(Mutex::new(Wire::new(scenario, at_once)));
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
                // Nobody sees whether it sleeps, so it does each time.
                self.driver.rest();
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
