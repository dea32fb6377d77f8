//! The server: listeners, a pool of threads, and the handler.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(unix)]
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use basehttp_handler::{Driver, ExchangeError, Handler, LastRecord, Record, Settings};
use basehttp_transport::{Listener, Listeners, descriptors_allow};

use crate::accept::Acceptor;
use crate::connection::{self, Answerer, Connection};
use crate::exchange::{Done, Exchange, ExchangeHandler};
use crate::poller::Poller;
use crate::pool::Pool;
use crate::stop::{ShutdownHandle, Stop};

/// Connections that are open at once unless [`Server::max_connections`] says otherwise; further ones wait in the
/// system's queue: 10,000.
pub const MAX_CONNECTIONS: usize = 10_000;
/// The most threads for handlers of complete requests, unless said. Only a connection that is served has one.
const MAX_THREADS: usize = 256;
/// How soon a full server looks again for one that could make room.
const AGAIN: Duration = Duration::from_millis(20);
/// Whether the system lets one thread wait for many blocking sockets; if not, each connection keeps its thread.
const CAN_PARK: bool = cfg!(unix);

/// A server on blocking sockets.
///
/// Every limit and deadline of [`Settings`] is on. A connection has a thread while it is served; one that waits for its
/// client for longer than a moment has none.
pub struct Server {
    listeners: Listeners,
    poller: Poller,
    settings: Arc<Settings>,
    max_connections: usize,
    max_threads: usize,
    stop: Arc<Stop>,
}

impl Server {
    /// Listens on the first of these addresses that can be had: see [`Listener::bind`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn bind(addresses: impl ToSocketAddrs) -> io::Result<Self> {
        Self::from_listener(Listener::bind(addresses)?)
    }

    /// Listens at a path: see [`Listener::bind_unix`].
    ///
    /// # Errors
    ///
    /// As there.
    #[cfg(unix)]
    pub fn bind_unix(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::from_listener(Listener::bind_unix(path)?)
    }

    /// Takes connections from a [`Listener`], or a socket of the standard library that listens already.
    ///
    /// # Errors
    ///
    /// When the system has no descriptors left.
    pub fn from_listener(listener: impl Into<Listener>) -> io::Result<Self> {
        let poller = Poller::new()?;
        let (settings, stop) = (Arc::default(), Arc::new(Stop::new(poller.waker())));
        let listeners = Listeners::from(listener);
        Ok(Self { listeners, poller, settings, max_connections: MAX_CONNECTIONS, max_threads: MAX_THREADS, stop })
    }

    /// Takes connections from one more.
    ///
    /// # Errors
    ///
    /// As [`from_listener`](Self::from_listener).
    pub fn and_listener(mut self, listener: impl Into<Listener>) -> io::Result<Self> {
        self.listeners.push(listener);
        Ok(self)
    }

    /// Limits, timeouts, error pages, the log.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = Arc::new(settings);
        self
    }

    /// How many connections there are at most, besides those that are about to close; at least one.
    #[must_use]
    pub fn max_connections(mut self, max: usize) -> Self {
        self.max_connections = max.max(1);
        self
    }

    /// How many threads serve connections at most, 256 unless said; at least one. Handlers of exchanges have as many as there are
    /// connections.
    #[must_use]
    pub fn max_threads(mut self, max: usize) -> Self {
        self.max_threads = max.max(1);
        self
    }

    /// The address it listens on; with several, the first.
    ///
    /// # Errors
    ///
    /// What the system says; [`io::ErrorKind::NotFound`] when it listens at paths alone.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listeners.local_addr()
    }

    /// The addresses it listens on, without paths.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addrs(&self) -> io::Result<Vec<SocketAddr>> {
        self.listeners.local_addrs()
    }

    /// What it listens on.
    pub fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    /// What stops it.
    pub fn shutdown_handle(&self) -> ShutdownHandle {
        ShutdownHandle(Arc::clone(&self.stop))
    }

    /// Serves until a [`ShutdownHandle`] stops it, and returns when the last connection has closed or was cut off.
    ///
    /// # Errors
    ///
    /// When the system has no descriptors left for the listeners. After that none: a connection that fails harms no other, and
    /// one that cannot be taken is waited for.
    pub fn serve(self, handler: impl Handler + 'static) -> io::Result<()> {
        self.run(Answerer::<Nobody>::Handler(Arc::new(handler)))
    }

    /// As [`serve`](Self::serve), with a handler that takes content as it comes, sends content as it is made, or hands the
    /// connection over to another protocol. It has a thread while it does; there may be as many as connections.
    ///
    /// # Errors
    ///
    /// As [`serve`](Self::serve).
    pub fn serve_exchanges(self, handler: impl ExchangeHandler + 'static) -> io::Result<()> {
        self.run(Answerer::Exchanges(handler))
    }

    fn run<H: ExchangeHandler + 'static>(mut self, answerer: Answerer<H>) -> io::Result<()> {
        let (answerer, parking) = (Arc::new(answerer), self.poller.parking());
        let mut acceptor = Acceptor::new(&self.listeners, &self.settings, self.poller.registry())?;
        let max = self.max_connections.min(descriptors_allow());
        // A handler of exchanges waits in its thread for its client, which others must not have to wait for.
        let is_waiting = matches!(&*answerer, Answerer::Exchanges(_));
        let pool = Pool::new(if is_waiting { max } else { self.max_threads });
        let resume = |connection| {
            let (answerer, parking, on) = (Arc::clone(&answerer), parking.clone(), pool.clone());
            pool.run(move || connection::run(connection, &answerer, CAN_PARK.then_some((&parking, &on))));
        };
        while !self.stop.is_stopping() {
            let until = if self.stop.has_room(max) {
                if let Some((stream, peer, server)) = acceptor.accept(&self.stop) {
                    let driver = Driver::new(Arc::clone(&self.settings), peer).secured(stream.is_secured()).at(server);
                    let driver = answerer.drives(driver);
                    resume(Connection::new(stream, driver, &self.stop));
                    continue;
                }
                acceptor.paused_until()
            } else {
                if self.stop.may_ask_to_leave(max)
                    && let Some(mut connection) = self.poller.least_wanted()
                {
                    connection.leave();
                    resume(connection);
                    continue;
                }
                // A connection that comes to be one of those that make room tells nobody.
                Instant::now().checked_add(AGAIN)
            };
            self.poller.wait(until, resume);
        }
        drop(acceptor);
        drop(self.listeners);
        self.poller.take_all(resume);
        while let Some(cut_off_at) = self.stop.cut_off_at() {
            if cut_off_at <= Instant::now() {
                self.stop.cut_off();
                break;
            }
            self.poller.wait(Some(cut_off_at), resume);
        }
        Ok(())
    }

    /// Serves one request, of the next connection, and returns what came of it; `None` when that connection brought
    /// none. The calling thread does it.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::Interrupted`] when a [`ShutdownHandle`] stopped the server first; when the system has no descriptors
    /// left for the listeners.
    pub fn serve_one(&mut self, handler: impl Handler + 'static) -> io::Result<Option<Record>> {
        let mut acceptor = Acceptor::new(&self.listeners, &self.settings, self.poller.registry())?;
        let (stream, peer, server) = loop {
            if self.stop.is_stopping() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            match acceptor.accept(&self.stop) {
                Some(accepted) => break accepted,
                None => self.poller.wait(acceptor.paused_until(), drop),
            }
        };
        let last = Arc::new(LastRecord::default());
        let settings = Arc::new(self.settings.and_observer(Arc::clone(&last)));
        let driver = Driver::once(settings, peer).secured(stream.is_secured()).at(server);
        let answerer = Answerer::<Nobody>::Handler(Arc::new(handler));
        connection::run(Connection::new(stream, driver, &self.stop), &answerer, None);
        Ok(last.take())
    }
}

/// The first of its listeners.
#[cfg(unix)]
impl AsFd for Server {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listeners.as_fd()
    }
}

/// Stands where nobody takes exchanges.
enum Nobody {}

impl ExchangeHandler for Nobody {
    fn handle(&self, _: Exchange) -> Result<Done, ExchangeError> {
        match *self {}
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("addresses", &self.local_addrs())
            .field("settings", &self.settings)
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}
