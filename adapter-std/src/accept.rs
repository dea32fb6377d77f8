//! Taking connections from the listeners, with room for them and in spite of errors.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, Socket, Type};

/// Connections that the system holds while none is taken.
const BACKLOG: i32 = 1024;
/// The first and the longest pause after the system had no descriptors or memory for a connection.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

/// A socket that listens on the first of the addresses that can be had.
pub(crate) fn listen(addresses: impl ToSocketAddrs) -> io::Result<TcpListener> {
    let mut last = io::Error::new(io::ErrorKind::InvalidInput, "no address to listen on");
    for address in addresses.to_socket_addrs()? {
        match listen_on(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
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
    listeners: Vec<mio::net::TcpListener>,
    /// The listener to ask first, so that a busy one does not keep the others waiting.
    turn: usize,
    pause: Duration,
    paused_until: Option<Instant>,
}

impl Default for Listeners {
    fn default() -> Self {
        Self { listeners: Vec::new(), turn: 0, pause: PAUSES.0, paused_until: None }
    }
}

impl Listeners {
    pub(crate) fn add(&mut self, listener: TcpListener, registry: &Registry) -> io::Result<()> {
        listener.set_nonblocking(true)?;
        let mut listener = mio::net::TcpListener::from_std(listener);
        registry.register(&mut listener, Token(self.listeners.len()), Interest::READABLE)?;
        self.listeners.push(listener);
        Ok(())
    }

    pub(crate) fn local_addrs(&self) -> io::Result<Vec<SocketAddr>> {
        self.listeners.iter().map(mio::net::TcpListener::local_addr).collect()
    }

    /// When a pause ends, if there is one.
    pub(crate) fn paused_until(&self) -> Option<Instant> {
        self.paused_until
    }

    /// The next connection, `None` when there is none now. Never fails: a connection that broke before it was taken is
    /// passed over, and when the system has no room for one, a pause begins.
    pub(crate) fn accept(&mut self) -> Option<(TcpStream, SocketAddr)> {
        if self.paused_until.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        self.paused_until = None;
        let count = self.listeners.len();
        for turn in (self.turn..count).chain(0..self.turn) {
            loop {
                match self.listeners.get(turn).map(mio::net::TcpListener::accept) {
                    Some(Ok((stream, peer))) => {
                        self.pause = PAUSES.0;
                        self.turn = turn.saturating_add(1).checked_rem(count).unwrap_or(0);
                        let stream = TcpStream::from(stream);
                        if stream.set_nonblocking(false).is_ok() {
                            return Some((stream, peer));
                        }
                    }
                    Some(Err(error)) if is_exhaustion(&error) => {
                        self.paused_until = Instant::now().checked_add(self.pause);
                        self.pause = self.pause.saturating_mul(2).min(PAUSES.1);
                        return None;
                    }
                    Some(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => break,
                    // The connection was gone before it was taken; there may be others behind it.
                    Some(Err(_)) => {}
                    None => break,
                }
            }
        }
        None
    }
}

/// Whether the system had no descriptors or memory: the same connection would fail again at once.
fn is_exhaustion(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        let exhausted = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
        Errno::from_io_error(error).is_some_and(|errno| exhausted.contains(&errno))
    }
    #[cfg(not(unix))]
    {
        error.kind() == io::ErrorKind::OutOfMemory || error.raw_os_error() == Some(10024)
    }
}
