//! The server: listeners, a task for each connection, and the handler.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(unix)]
use std::path::Path;
use std::sync::Arc;

use basehttp_handler::{Driver, ExchangeError, Handler, LastRecord, Record, Settings};
use basehttp_transport::{Listener, Listeners, descriptors_allow};
use futures_lite::future::or;

use crate::accept::Acceptor;
use crate::async_handler::{AsyncHandler, Collected};
use crate::connection::{self, Answerer, Connection};
use crate::exchange::{Done, Exchange, ExchangeHandler};
use crate::stop::{ShutdownHandle, Stop};
use crate::timer;

/// Connections that are open at once unless [`Server::max_connections`] says otherwise; further ones wait in the
/// system's queue: 10,000.
pub const MAX_CONNECTIONS: usize = 10_000;

/// A server on tokio.
///
/// Every limit and deadline of [`Settings`] is on. A connection is a task.
pub struct Server {
    listeners: Listeners,
    settings: Arc<Settings>,
    max_connections: usize,
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
        let (settings, stop) = (Arc::default(), Arc::default());
        let listeners = Listeners::from(listener);
        Ok(Self { listeners, settings, max_connections: MAX_CONNECTIONS, stop })
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
        self.stop.handle()
    }

    /// Serves until a [`ShutdownHandle`] stops it, and returns when the last connection has closed or was cut off.
    ///
    /// # Errors
    ///
    /// When the runtime cannot take the listeners. After that none: a connection that fails harms no other, and one that
    /// cannot be taken is waited for.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime that has its I/O and time drivers.
    pub async fn serve(self, handler: impl Handler + 'static) -> io::Result<()> {
        self.run(Answerer::<Nobody>::Handler(Arc::new(handler))).await
    }

    /// As [`serve`](Self::serve), with a handler that waits without a thread.
    ///
    /// # Errors
    ///
    /// As [`serve`](Self::serve).
    ///
    /// # Panics
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
    ///
    /// # Panics
    ///
    /// As [`serve`](Self::serve).
    pub async fn serve_exchanges(self, handler: impl ExchangeHandler + 'static) -> io::Result<()> {
        self.run(Answerer::Exchanges(handler)).await
    }

    async fn run<H: ExchangeHandler + 'static>(self, answerer: Answerer<H>) -> io::Result<()> {
        let answerer = Arc::new(answerer);
        let mut acceptor = Acceptor::new(&self.listeners, &self.settings)?;
        let max = self.max_connections.min(descriptors_allow());
        loop {
            let stopped = async {
                self.stop.asked().await;
                None
            };
            let accepted = async {
                self.stop.room(max, timer::sleep).await;
                Some(acceptor.accept(&self.stop).await)
            };
            let Some((stream, peer, server)) = or(stopped, accepted).await else { break };
            let driver = Driver::new(Arc::clone(&self.settings), peer).secured(stream.is_secured()).at(server);
            let driver = answerer.drives(driver);
            let connection = Connection::new(stream, driver, self.stop.enter());
            let answerer = Arc::clone(&answerer);
            tokio::spawn(async move { connection::run(connection, &answerer).await });
        }
        drop(acceptor);
        drop(self.listeners);
        self.stop.drain(timer::sleep).await;
        Ok(())
    }

    /// Serves one request, of the next connection, and returns what came of it; `None` when that connection brought
    /// none.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::Interrupted`] when a [`ShutdownHandle`] stopped the server first; when the runtime cannot take the
    /// listeners.
    ///
    /// # Panics
    ///
    /// As [`serve`](Self::serve).
    pub async fn serve_one(&mut self, handler: impl Handler + 'static) -> io::Result<Option<Record>> {
        let answerer = Answerer::<Nobody>::Handler(Arc::new(handler));
        let mut acceptor = Acceptor::new(&self.listeners, &self.settings)?;
        let stopped = async {
            self.stop.asked().await;
            Err(io::Error::from(io::ErrorKind::Interrupted))
        };
        let (stream, peer, server) = or(stopped, async { Ok(acceptor.accept(&self.stop).await) }).await?;
        let last = Arc::new(LastRecord::default());
        let settings = Arc::new(self.settings.and_observer(Arc::clone(&last)));
        let driver = Driver::once(settings, peer).secured(stream.is_secured()).at(server);
        let connection = Connection::new(stream, driver, self.stop.enter());
        let cut_off = async {
            self.stop.asked().await;
            self.stop.drain(timer::sleep).await;
        };
        or(connection::run(connection, &answerer), cut_off).await;
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
