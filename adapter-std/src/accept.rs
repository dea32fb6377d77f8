//! Taking connections from the listeners, with room for them and in spite of errors.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::{UnixListener, UnixStream};
#[cfg(unix)]
use std::path::Path;
use std::time::{Duration, Instant};

use basehttp_handler::Peer;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, Socket, Type};

use crate::stream::Stream;
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

/// The listeners of a server.
#[derive(Debug)]
pub(crate) struct Listeners {
    listeners: Vec<Source>,
    /// The listener to ask first, so that a busy one does not keep the others waiting.
    turn: usize,
    pause: Duration,
    paused_until: Option<Instant>,
}

/// A listener that can be waited for.
#[derive(Debug)]
enum Source {
    Tcp(mio::net::TcpListener),
    #[cfg(unix)]
    Unix {
        listener: mio::net::UnixListener,
        _file: SocketFile,
    },
}

impl Source {
    fn new(listener: Listener, registry: &Registry, token: Token) -> io::Result<Self> {
        match listener {
            Listener::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                let mut listener = mio::net::TcpListener::from_std(listener);
                registry.register(&mut listener, token, Interest::READABLE)?;
                Ok(Self::Tcp(listener))
            }
            #[cfg(unix)]
            Listener::Unix { listener, _file } => {
                listener.set_nonblocking(true)?;
                let mut listener = mio::net::UnixListener::from_std(listener);
                registry.register(&mut listener, token, Interest::READABLE)?;
                Ok(Self::Unix { listener, _file })
            }
        }
    }

    fn accept(&self) -> io::Result<(Stream, Peer)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept()?;
                let stream = TcpStream::from(stream);
                stream.set_nonblocking(false)?;
                Ok((Stream::Tcp(stream), Peer::Ip(peer)))
            }
            #[cfg(unix)]
            Self::Unix { listener, .. } => {
                let stream = UnixStream::from(listener.accept()?.0);
                stream.set_nonblocking(false)?;
                Ok((Stream::Unix(stream), Peer::Unix))
            }
        }
    }

    /// The address, where it has one.
    fn local_addr(&self) -> Option<io::Result<SocketAddr>> {
        match self {
            Self::Tcp(listener) => Some(listener.local_addr()),
            #[cfg(unix)]
            Self::Unix { .. } => None,
        }
    }
}

impl Default for Listeners {
    fn default() -> Self {
        Self { listeners: Vec::new(), turn: 0, pause: PAUSES.0, paused_until: None }
    }
}

impl Listeners {
    pub(crate) fn add(&mut self, listener: Listener, registry: &Registry) -> io::Result<()> {
        self.listeners.push(Source::new(listener, registry, Token(self.listeners.len()))?);
        Ok(())
    }

    pub(crate) fn local_addrs(&self) -> io::Result<Vec<SocketAddr>> {
        self.listeners.iter().filter_map(Source::local_addr).collect()
    }

    /// When a pause ends, if there is one.
    pub(crate) fn paused_until(&self) -> Option<Instant> {
        self.paused_until
    }

    /// The next connection, `None` when there is none now. Never fails: a connection that broke before it was taken is
    /// passed over, and when the system has no room for one, for example, a pause begins.
    pub(crate) fn accept(&mut self) -> Option<(Stream, Peer)> {
        if self.paused_until.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        self.paused_until = None;
        let count = self.listeners.len();
        for turn in (self.turn..count).chain(0..self.turn) {
            loop {
                match self.listeners.get(turn).map(Source::accept) {
                    Some(Ok(accepted)) => {
                        self.pause = PAUSES.0;
                        self.turn = turn.saturating_add(1).checked_rem(count).unwrap_or(0);
                        return Some(accepted);
                    }
                    Some(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Some(Err(error)) if is_passing(&error) => {}
                    Some(Err(_)) => {
                        self.paused_until = Instant::now().checked_add(self.pause);
                        self.pause = self.pause.saturating_mul(2).min(PAUSES.1);
                        return None;
                    }
                    None => break,
                }
            }
        }
        None
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
