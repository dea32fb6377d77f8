//! Taking connections from the listeners, in spite of errors.

use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::UnixListener;
#[cfg(unix)]
use std::path::Path;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use basehttp_handler::Peer;
use socket2::{Domain, Protocol, Socket, Type};

use crate::stream::Stream;
use crate::timer;
#[cfg(unix)]
use crate::unix::SocketFile;

/// Connections that the system holds while none is taken.
pub(crate) const BACKLOG: i32 = 1024;
/// The first and the longest pause after no connection could be taken.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

/// What connections come from.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix {
        listener: UnixListener,
        /// It goes with the listener.
        _file: SocketFile,
    },
}

impl Listener {
    /// A socket that listens on the first of the addresses that can be had.
    pub(crate) fn on(addresses: impl ToSocketAddrs) -> io::Result<Self> {
        let mut last = io::Error::new(io::ErrorKind::InvalidInput, "no address to listen on");
        for address in addresses.to_socket_addrs()? {
            match listen_on(address) {
                Ok(listener) => return Ok(Self::Tcp(listener)),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// A socket that listens at a path.
    #[cfg(unix)]
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        SocketFile::listen(path).map(|(listener, file)| Self::Unix { listener, _file: file })
    }

    /// The address, where it has one.
    pub(crate) fn local_addr(&self) -> Option<io::Result<SocketAddr>> {
        match self {
            Self::Tcp(listener) => Some(listener.local_addr()),
            #[cfg(unix)]
            Self::Unix { .. } => None,
        }
    }
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // On Windows the option would let two servers share a port.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // `::` leaves IPv4 to a listener of its own, whatever the system's default is.
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// A listener that can be waited for.
#[derive(Debug)]
enum Source {
    Tcp(tokio::net::TcpListener),
    #[cfg(unix)]
    Unix(tokio::net::UnixListener),
}

impl Source {
    fn new(listener: &Listener) -> io::Result<Self> {
        match listener {
            Listener::Tcp(listener) => {
                let listener = listener.try_clone()?;
                listener.set_nonblocking(true)?;
                tokio::net::TcpListener::from_std(listener).map(Self::Tcp)
            }
            #[cfg(unix)]
            Listener::Unix { listener, .. } => {
                let listener = listener.try_clone()?;
                listener.set_nonblocking(true)?;
                tokio::net::UnixListener::from_std(listener).map(Self::Unix)
            }
        }
    }

    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<(Stream, Peer)>> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = ready!(listener.poll_accept(context))?;
                Poll::Ready(Ok((Stream::Tcp(stream), Peer::Ip(peer))))
            }
            #[cfg(unix)]
            Self::Unix(listener) => {
                let (stream, _) = ready!(listener.poll_accept(context))?;
                Poll::Ready(Ok((Stream::Unix(stream), Peer::Unix)))
            }
        }
    }
}

/// The listeners of a server that serves.
#[derive(Debug)]
pub(crate) struct Acceptor {
    listeners: Vec<Source>,
    /// The listener to ask first, so that a busy one does not keep the others waiting.
    turn: usize,
    pause: Duration,
}

impl Acceptor {
    pub(crate) fn new(listeners: &[Listener]) -> io::Result<Self> {
        let listeners = listeners.iter().map(Source::new).collect::<io::Result<_>>()?;
        Ok(Self { listeners, turn: 0, pause: PAUSES.0 })
    }

    /// The next connection. Never fails: a connection that broke before it was taken is passed over, and when the system
    /// has no room for one, for example, it is asked again after a pause.
    pub(crate) async fn accept(&mut self) -> (Stream, Peer) {
        loop {
            match poll_fn(|context| self.poll_accept(context)).await {
                Ok(accepted) => {
                    self.pause = PAUSES.0;
                    return accepted;
                }
                Err(error) if is_passing(&error) => {}
                Err(_) => {
                    timer::sleep(self.pause).await;
                    self.pause = self.pause.saturating_mul(2).min(PAUSES.1);
                }
            }
        }
    }

    fn poll_accept(&mut self, context: &mut Context<'_>) -> Poll<io::Result<(Stream, Peer)>> {
        let count = self.listeners.len();
        for turn in (self.turn..count).chain(0..self.turn) {
            let Some(listener) = self.listeners.get(turn) else { continue };
            if let Poll::Ready(accepted) = listener.poll_accept(context) {
                self.turn = turn.saturating_add(1).checked_rem(count).unwrap_or(0);
                return Poll::Ready(accepted);
            }
        }
        Poll::Pending
    }
}

/// Whether an error is about the one connection that was to be taken, so that there may be others behind it. After any other,
/// for want of descriptors or memory for one, the same would happen again at once.
fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionReset, HostUnreachable, Interrupted, NetworkDown, NetworkUnreachable, TimedOut,
    };
    matches!(
        error.kind(),
        ConnectionAborted
            | ConnectionReset
            | HostUnreachable
            | Interrupted
            | NetworkDown
            | NetworkUnreachable
            | TimedOut
    )
}
