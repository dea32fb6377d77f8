//! What a connection runs over.

use std::io::{self, IoSlice, Read, Write};
use std::mem;
use std::net::{Shutdown, TcpStream};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use basehttp_handler::Peer;
use basehttp_transport::{Blocked, Stack};
use socket2::SockRef;

use crate::socket;

/// How long a peer that takes nothing is waited for at the end.
const SOON: Duration = Duration::from_millis(100);

/// The stream of a connection: a socket, and what lies between it and HTTP, such as TLS.
#[derive(Debug)]
pub struct Stream {
    socket: Arc<Socket>,
    stack: Option<Box<Stack>>,
    /// Whoever writes comes again with the same octets until they are taken.
    is_exact: bool,
}

/// The socket of a connection.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// The same for every kind of socket.
macro_rules! each {
    ($self:expr, $socket:ident => $what:expr) => {
        match $self {
            Socket::Tcp($socket) => $what,
            #[cfg(unix)]
            Socket::Unix($socket) => $what,
        }
    };
}

impl Stream {
    pub(crate) fn new(socket: Socket, stack: Option<Box<Stack>>) -> Self {
        if let Socket::Tcp(socket) = &socket {
            basehttp_transport::prepare(SockRef::from(socket));
        }
        Self { socket: Arc::new(socket), stack, is_exact: true }
    }

    /// Whether it is secured, by TLS.
    pub fn is_secured(&self) -> bool {
        self.stack.as_ref().is_some_and(|stack| stack.is_secured())
    }

    /// The same stream once more, so that one thread can read and another write.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::Unsupported`] for one that is secured: reading and writing have their state in common there.
    pub fn try_clone(&self) -> io::Result<Self> {
        match &self.stack {
            None => Ok(Self { socket: Arc::clone(&self.socket), stack: None, is_exact: self.is_exact }),
            Some(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// The stream for a user of another protocol, who waits for as long as it takes.
    pub(crate) fn handed_over(mut self) -> io::Result<Self> {
        self.socket.set_read_timeout(None)?;
        self.socket.set_write_timeout(None)?;
        self.is_exact = false;
        Ok(self)
    }

    /// Whom a proxy speaks for, once it has said so; told once.
    pub(crate) fn take_told(&mut self) -> Option<Peer> {
        let told = self.stack.as_mut()?.take_told();
        if self.stack.as_ref().is_some_and(|stack| stack.is_transparent()) {
            self.stack = None;
        }
        told
    }

    /// What the socket was not ready for, where that may be something else than what was tried.
    pub(crate) fn blocked(&self) -> Option<Blocked> {
        self.stack.as_ref().map(|stack| stack.blocked())
    }

    /// Tells the peer that this is the end, as far as the socket takes it soon.
    pub(crate) fn end(&mut self) {
        if let Some(stack) = &mut self.stack {
            let _ = stack.shutdown(Now { socket: &self.socket, is_patient: true });
        }
    }

    /// Ends the sending direction.
    pub(crate) fn shutdown(&mut self) -> io::Result<()> {
        self.end();
        self.socket.shutdown(Shutdown::Write)
    }

    /// Reads what is there; an error of the kind [`io::ErrorKind::WouldBlock`] when that is nothing.
    pub(crate) fn read_now(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_as(false, buffer)
    }

    pub(crate) fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }

    /// Whether octets were taken for which the socket is not ready yet: they need not be given again.
    pub(crate) fn holds(&self) -> bool {
        self.stack.as_ref().is_some_and(|stack| stack.holds())
    }

    /// The socket, if what is sent is what goes over it.
    pub(crate) fn bare(&self) -> Option<&Socket> {
        self.stack.is_none().then_some(&*self.socket)
    }

    fn read_as(&mut self, is_patient: bool, buffer: &mut [u8]) -> io::Result<usize> {
        let mut now = Now { socket: &self.socket, is_patient };
        match &mut self.stack {
            Some(stack) => stack.read(now, buffer),
            None => now.read(buffer),
        }
    }

    fn write_parts(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut now = Now { socket: &self.socket, is_patient: true };
        match &mut self.stack {
            Some(stack) if self.is_exact => stack.write(now, parts),
            Some(stack) => stack.write_behind(now, parts),
            None => now.write_vectored(parts),
        }
    }
}

impl Socket {
    /// How long a read waits, `None` for ever.
    pub(crate) fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        each!(self, socket => socket.set_read_timeout(timeout))
    }

    /// How long a write waits, `None` for ever.
    pub(crate) fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        each!(self, socket => socket.set_write_timeout(timeout))
    }

    /// Ends one direction, or both.
    pub(crate) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        each!(self, socket => socket.shutdown(how))
    }

    /// Makes the close a reset.
    pub(crate) fn reset(&self) {
        basehttp_transport::reset(each!(self, socket => SockRef::from(socket)));
    }
}

/// A socket that waits once for as long as it was told, or not at all: a peer that feeds it octet by octet does not keep whoever
/// uses it from looking at the time.
struct Now<'a> {
    socket: &'a Socket,
    is_patient: bool,
}

impl Read for Now<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match mem::take(&mut self.is_patient) {
            true => each!(self.socket, socket => (&*socket).read(buffer)),
            false => socket::read_now(self.socket, buffer),
        }
    }
}

impl Write for Now<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match mem::take(&mut self.is_patient) {
            true => each!(self.socket, socket => (&*socket).write(octets)),
            false => socket::write_now(self.socket, octets),
        }
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        each!(self.socket, socket => (&*socket).write_vectored(parts))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        each!(self, socket => socket.as_fd())
    }
}

/// Whoever had it need not think of saying that this is the end.
impl Drop for Stream {
    fn drop(&mut self) {
        if !self.is_exact && self.stack.is_some() {
            let _ = self.socket.set_write_timeout(Some(SOON));
            self.end();
        }
    }
}

#[cfg(unix)]
impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_as(true, buffer)
    }
}

impl Write for Stream {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self.bare() {
            Some(socket) => Now { socket, is_patient: true }.write(octets),
            None => self.write_parts(&[IoSlice::new(octets)]),
        }
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_parts(parts)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.stack {
            Some(stack) => stack.flush(Now { socket: &self.socket, is_patient: true }),
            None => Ok(()),
        }
    }
}
