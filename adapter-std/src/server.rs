//! The server: listeners, a pool of threads, and the handler.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
#[cfg(unix)]
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use basehttp_handler::{Driver, ExchangeError, Handler, LastRecord, Record, Settings};

use crate::accept::Listener;
use crate::connection::{self, Answerer, Connection};
use crate::exchange::{Done, Exchange, ExchangeHandler};
use crate::poller::Poller;
use crate::pool::Pool;
use crate::stop::{ShutdownHandle, Stop};

/// Connections that are open at once unless [`Server::max_connections`] says otherwise; further ones wait in the
/// system's queue: 10,000.
pub const MAX_CONNECTIONS: usize = 10_000;
/// The most threads for handlers of complete requests. Only a connection that is served has one.
const MAX_THREADS: usize = 256;
/// Whether the system lets one thread wait for many blocking sockets; if not, each connection keeps its thread.
const CAN_PARK: bool = cfg!(unix);

/// A server on blocking sockets.
///
/// Every limit and deadline of [`Settings`] is on. A connection has a thread while it is served; one that waits for its
/// client for longer than a moment has none.
pub struct Server {
    poller: Poller,
    settings: Arc<Settings>,
    max_connections: usize,
    stop: Arc<Stop>,
}

impl Server {
    /// Listens on the first of these addresses that can be had; port 0 takes a free one, which
    /// [`local_addr`](Self::local_addr) tells.
    ///
    /// # Errors
    ///
    /// What the system says of the last address: in use, not permitted, not of this machine.
    pub fn bind(addresses: impl ToSocketAddrs) -> io::Result<Self> {
        Self::from(Listener::on(addresses)?)
    }

    /// Listens at a path, on a Unix socket that its owner and group may connect to. A file that a server left there which is
    /// gone is replaced; this one is removed at the end.
    ///
    /// # Errors
    ///
    /// What the system says: in use, not permitted, no such folder.
    #[cfg(unix)]
    pub fn bind_unix(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::from(Listener::at(path.as_ref())?)
    }

    /// Takes connections from a socket that listens already.
    ///
    /// # Errors
    ///
    /// When the system has no descriptors left.
    pub fn from_listener(listener: TcpListener) -> io::Result<Self> {
        Self::from(Listener::Tcp(listener))
    }

    fn from(listener: Listener) -> io::Result<Self> {
        let poller = Poller::new()?;
        let stop = Arc::new(Stop::new(poller.waker()));
        let server = Self { poller, settings: Arc::default(), max_connections: MAX_CONNECTIONS, stop };
        server.and(listener)
    }

    /// Listens on one more address.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub fn and_bind(self, addresses: impl ToSocketAddrs) -> io::Result<Self> {
        self.and(Listener::on(addresses)?)
    }

    /// Listens at one more path.
    ///
    /// # Errors
    ///
    /// As [`bind_unix`](Self::bind_unix).
    #[cfg(unix)]
    pub fn and_unix(self, path: impl AsRef<Path>) -> io::Result<Self> {
        self.and(Listener::at(path.as_ref())?)
    }

    /// Takes connections from one more socket that listens already.
    ///
    /// # Errors
    ///
    /// As [`from_listener`](Self::from_listener).
    pub fn and_listener(self, listener: TcpListener) -> io::Result<Self> {
        self.and(Listener::Tcp(listener))
    }

    fn and(mut self, listener: Listener) -> io::Result<Self> {
        self.poller.add(listener)?;
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

    /// The address it listens on; with several, the first.
    ///
    /// # Errors
    ///
    /// What the system says; [`io::ErrorKind::NotFound`] when it listens at paths alone.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.local_addrs()?.first().copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// The addresses it listens on, without paths.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addrs(&self) -> io::Result<Vec<SocketAddr>> {
        self.poller.local_addrs()
    }

    /// What stops it.
    pub fn shutdown_handle(&self) -> ShutdownHandle {
        ShutdownHandle(Arc::clone(&self.stop))
    }

    /// Serves until a [`ShutdownHandle`] stops it, and returns when the last connection has closed or was cut off.
    ///
    /// # Errors
    ///
    /// None today: a connection that fails harms no other, and one that cannot be taken is waited for.
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
        let max = self.max_connections.min(descriptors_allow());
        // A handler of exchanges waits in its thread for its client, which others must not have to wait for.
        let is_waiting = matches!(&*answerer, Answerer::Exchanges(_));
        let pool = Pool::new(if is_waiting { max } else { MAX_THREADS });
        let resume = |connection| {
            let (answerer, parking, on) = (Arc::clone(&answerer), parking.clone(), pool.clone());
            pool.run(move || connection::run(connection, &answerer, CAN_PARK.then_some((&parking, &on))));
        };
        while !self.stop.is_stopping() {
            if self.stop.has_room(max) {
                if let Some((stream, peer)) = self.poller.accept() {
                    let driver = Driver::new(Arc::clone(&self.settings), peer);
                    let driver = answerer.drives(driver);
                    resume(Connection::new(stream, driver, &self.stop));
                    continue;
                }
            } else if self.stop.may_ask_to_leave(max)
                && let Some(mut connection) = self.poller.least_wanted()
            {
                connection.leave();
                resume(connection);
                continue;
            }
            self.poller.wait(None, resume);
        }
        self.poller.close_listeners();
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
    /// [`io::ErrorKind::Interrupted`] when a [`ShutdownHandle`] stopped the server first.
    pub fn serve_one(&mut self, handler: impl Handler + 'static) -> io::Result<Option<Record>> {
        let (stream, peer) = loop {
            if self.stop.is_stopping() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            match self.poller.accept() {
                Some(accepted) => break accepted,
                None => self.poller.wait(None, drop),
            }
        };
        let last = Arc::new(LastRecord::default());
        let settings = Arc::new(self.settings.and_observer(Arc::clone(&last)));
        let driver = Driver::once(settings, peer);
        let answerer = Answerer::<Nobody>::Handler(Arc::new(handler));
        connection::run(Connection::new(stream, driver, &self.stop), &answerer, None);
        Ok(last.take())
    }
}

/// How many connections the limit on descriptors has room for, each with a file: more would be accepted, and then find
/// that no file can be opened for them.
fn descriptors_allow() -> usize {
    #[cfg(unix)]
    {
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        (limit.saturating_sub(16) / 2).max(1)
    }
    #[cfg(not(unix))]
    usize::MAX
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
