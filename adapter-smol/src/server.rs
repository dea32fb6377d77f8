//! The server: listeners, a task for each connection, and the handler.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
#[cfg(unix)]
use std::path::Path;
use std::sync::Arc;

use basehttp_handler::{Driver, ExchangeError, Handler, LastRecord, Record, Settings};
use futures_lite::future::or;

use crate::accept::{Acceptor, Listener};
use crate::async_handler::{AsyncHandler, Collected};
use crate::connection::{self, Answerer, Connection};
use crate::exchange::{Done, Exchange, ExchangeHandler};
use crate::stop::{ShutdownHandle, Stop};

/// Connections that are open at once unless [`Server::max_connections`] says otherwise; further ones wait in the
/// system's queue: 10,000.
pub const MAX_CONNECTIONS: usize = 10_000;

/// A server on smol.
///
/// Every limit and deadline of [`Settings`] is on. A connection is a task.
pub struct Server {
    listeners: Vec<Listener>,
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
        let (settings, stop) = (Arc::default(), Arc::default());
        let server = Self { listeners: Vec::new(), settings, max_connections: MAX_CONNECTIONS, stop };
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
        self.listeners.iter().filter_map(Listener::local_addr).collect()
    }

    /// What stops it.
    pub fn shutdown_handle(&self) -> ShutdownHandle {
        ShutdownHandle(Arc::clone(&self.stop))
    }

    /// Serves until a [`ShutdownHandle`] stops it, and returns when the last connection has closed or was cut off.
    ///
    /// # Errors
    ///
    /// When the runtime cannot take the listeners. After that none: a connection that fails harms no other, and one that
    /// cannot be taken is waited for.
    pub async fn serve(self, handler: impl Handler + 'static) -> io::Result<()> {
        self.run(Answerer::<Nobody>::Handler(Arc::new(handler))).await
    }

    /// As [`serve`](Self::serve), with a handler that waits without a thread.
    ///
    /// # Errors
    ///
    /// As [`serve`](Self::serve).
    pub async fn serve_async(self, handler: impl AsyncHandler + 'static) -> io::Result<()> {
        self.run(Answerer::Exchanges(Collected(handler))).await
    }

    /// As [`serve`](Self::serve), with a handler that takes content as it comes, sends content as it is made, or hands the
    /// connection over to another protocol.
    ///
    /// # Errors
    ///
    /// As [`serve`](Self::serve).
    pub async fn serve_exchanges(self, handler: impl ExchangeHandler + 'static) -> io::Result<()> {
        self.run(Answerer::Exchanges(handler)).await
    }

    async fn run<H: ExchangeHandler + 'static>(self, answerer: Answerer<H>) -> io::Result<()> {
        let answerer = Arc::new(answerer);
        let mut acceptor = Acceptor::new(&self.listeners)?;
        let max = self.max_connections.min(descriptors_allow());
        loop {
            let stopped = async {
                self.stop.asked().await;
                None
            };
            let accepted = async {
                self.stop.room(max).await;
                Some(acceptor.accept().await)
            };
            let Some((stream, peer)) = or(stopped, accepted).await else { break };
            let driver = Driver::new(Arc::clone(&self.settings), peer);
            let driver = answerer.drives(driver);
            let connection = Connection::new(stream, driver, self.stop.enter());
            let answerer = Arc::clone(&answerer);
            smol::spawn(async move { connection::run(connection, &answerer).await }).detach();
        }
        drop((acceptor, self.listeners));
        self.stop.drain().await;
        Ok(())
    }

    /// Serves one request, of the next connection, and returns what came of it; `None` when that connection brought
    /// none.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::Interrupted`] when a [`ShutdownHandle`] stopped the server first; when the runtime cannot take the
    /// listeners.
    pub async fn serve_one(&mut self, handler: impl Handler + 'static) -> io::Result<Option<Record>> {
        let answerer = Answerer::<Nobody>::Handler(Arc::new(handler));
        let mut acceptor = Acceptor::new(&self.listeners)?;
        let stopped = async {
            self.stop.asked().await;
            Err(io::Error::from(io::ErrorKind::Interrupted))
        };
        let (stream, peer) = or(stopped, async { Ok(acceptor.accept().await) }).await?;
        let last = Arc::new(LastRecord::default());
        let settings = Arc::new(self.settings.and_observer(Arc::clone(&last)));
        let driver = Driver::once(settings, peer);
        connection::run(Connection::new(stream, driver, self.stop.enter()), &answerer).await;
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
    async fn handle(&self, _: Exchange) -> Result<Done, ExchangeError> {
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
