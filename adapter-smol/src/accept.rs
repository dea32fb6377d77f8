//! Taking connections from the listeners, in spite of errors.

use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use smol::Async;
use socket2::{Domain, Protocol, Socket, Type};

use crate::timer;

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

/// The listeners of a server that serves.
#[derive(Debug)]
pub(crate) struct Acceptor {
    listeners: Vec<Async<TcpListener>>,
    /// The listener to ask first, so that a busy one does not keep the others waiting.
    turn: usize,
    pause: Duration,
}

impl Acceptor {
    pub(crate) fn new(listeners: &[TcpListener]) -> io::Result<Self> {
        let taken = |listener: &TcpListener| Async::new(listener.try_clone()?);
        let listeners = listeners.iter().map(taken).collect::<io::Result<_>>()?;
        Ok(Self { listeners, turn: 0, pause: PAUSES.0 })
    }

    /// The next connection. Never fails: a connection that broke before it was taken is passed over, and when the system
    /// has no room for one, it is asked again after a pause.
    pub(crate) async fn accept(&mut self) -> (Async<TcpStream>, SocketAddr) {
        loop {
            match poll_fn(|context| self.poll_accept(context)).await {
                Ok(accepted) => {
                    self.pause = PAUSES.0;
                    return accepted;
                }
                Err(error) if is_exhaustion(&error) => {
                    timer::sleep(self.pause).await;
                    self.pause = self.pause.saturating_mul(2).min(PAUSES.1);
                }
                // The connection was gone before it was taken; there may be others behind it.
                Err(_) => {}
            }
        }
    }

    fn poll_accept(&mut self, context: &mut Context<'_>) -> Poll<io::Result<(Async<TcpStream>, SocketAddr)>> {
        let count = self.listeners.len();
        for turn in (self.turn..count).chain(0..self.turn) {
            let Some(listener) = self.listeners.get(turn) else { continue };
            if let Poll::Ready(accepted) = accept_from(listener, context) {
                self.turn = turn.saturating_add(1).checked_rem(count).unwrap_or(0);
                return Poll::Ready(accepted);
            }
        }
        Poll::Pending
    }
}

fn accept_from(
    listener: &Async<TcpListener>,
    context: &mut Context<'_>,
) -> Poll<io::Result<(Async<TcpStream>, SocketAddr)>> {
    loop {
        match listener.get_ref().accept() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(listener.poll_readable(context))?,
            accepted => {
                let (stream, peer) = accepted?;
                return Poll::Ready(Async::new(stream).map(|stream| (stream, peer)));
            }
        }
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
