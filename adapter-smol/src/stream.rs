//! What a connection runs over.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use basehttp_handler::Peer;
use basehttp_transport::{Blocked, Stack};
use futures_lite::io::{AsyncRead, AsyncWrite};
use smol::Async;
use socket2::SockRef;

/// The stream of a connection: a socket, and what lies between it and HTTP, such as TLS.
#[derive(Debug)]
pub struct Stream {
    socket: Socket,
    stack: Option<Box<Stack>>,
    /// Whoever writes comes again with the same octets until they are taken.
    is_exact: bool,
    /// The socket has nothing more to be read, so that it is not asked again before the system says that it has.
    awaits: bool,
}

/// The socket of a connection.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(Async<TcpStream>),
    #[cfg(unix)]
    Unix(Async<UnixStream>),
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
            basehttp_transport::prepare(SockRef::from(socket.get_ref()));
        }
        Self { socket, stack, is_exact: true, awaits: false }
    }

    /// Whether it is secured, by TLS.
    pub fn is_secured(&self) -> bool {
        self.stack.as_ref().is_some_and(|stack| stack.is_secured())
    }

    /// The stream for a user of another protocol.
    pub(crate) fn handed_over(mut self) -> Self {
        self.is_exact = false;
        self
    }

    /// Whom a proxy speaks for, once it has said so; told once.
    pub(crate) fn take_told(&mut self) -> Option<Peer> {
        let told = self.stack.as_mut()?.take_told();
        if self.stack.as_ref().is_some_and(|stack| stack.is_transparent()) {
            self.stack = None;
        }
        told
    }

    /// Makes the close a reset.
    pub(crate) fn reset(&self) {
        basehttp_transport::reset(each!(&self.socket, socket => SockRef::from(socket.get_ref())));
    }

    /// Tells the peer that this is the end, as far as the socket takes it at once.
    pub(crate) fn end(&mut self) {
        if let Some(stack) = &mut self.stack {
            let _ = stack.shutdown(Now(&self.socket));
        }
    }

    /// Ends the sending direction, without waiting for the socket.
    pub(crate) fn poll_end(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.end();
        Poll::Ready(self.socket.shutdown())
    }

    /// Whether octets were taken for which the socket is not ready yet: they need not be given again.
    pub(crate) fn holds(&self) -> bool {
        self.stack.as_ref().is_some_and(|stack| stack.holds())
    }

    /// The socket, if what is sent is what goes over it.
    pub(crate) fn bare(&self) -> Option<&Socket> {
        self.stack.is_none().then_some(&self.socket)
    }

    /// Does something with the layers, as soon as the socket is ready for it.
    fn poll_stack<R>(
        &mut self,
        context: &mut Context<'_>,
        mut what: impl FnMut(&mut Stack, Now<'_>) -> io::Result<R>,
    ) -> Poll<io::Result<Option<R>>> {
        let Some(stack) = &mut self.stack else { return Poll::Ready(Ok(None)) };
        loop {
            match what(stack, Now(&self.socket)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.socket.poll_ready(stack.blocked(), context))?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return Poll::Ready(done.map(Some)),
            }
        }
    }

    fn poll_read_socket(&mut self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            if self.awaits {
                ready!(self.socket.poll_ready(Blocked::Read, context))?;
                self.awaits = false;
            }
            match Now(&self.socket).read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.awaits = true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => {
                    // What was less than there was room for was all there was.
                    self.awaits = done.as_ref().is_ok_and(|len| *len > 0 && *len < buffer.len());
                    return Poll::Ready(done);
                }
            }
        }
    }

    fn poll_write_stack(
        &mut self,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<Option<usize>>> {
        let is_exact = self.is_exact;
        self.poll_stack(context, |stack, socket| match is_exact {
            true => stack.write(socket, parts),
            false => stack.write_behind(socket, parts),
        })
    }
}

impl Socket {
    pub(crate) fn poll_ready(&self, blocked: Blocked, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match blocked {
            Blocked::Read => each!(self, socket => socket.poll_readable(context)),
            Blocked::Write => each!(self, socket => socket.poll_writable(context)),
        }
    }

    fn shutdown(&self) -> io::Result<()> {
        each!(self, socket => socket.get_ref().shutdown(Shutdown::Write))
    }
}

/// A socket that does what it can do now.
struct Now<'a>(&'a Socket);

impl Read for Now<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        each!(self.0, socket => socket.get_ref().read(buffer))
    }
}

impl Write for Now<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        each!(self.0, socket => socket.get_ref().write(octets))
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
        if !self.is_exact {
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

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match ready!(this.poll_stack(context, |stack, socket| stack.read(socket, buffer)))? {
            Some(len) => Poll::Ready(Ok(len)),
            None => this.poll_read_socket(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match ready!(this.poll_write_stack(context, &[IoSlice::new(octets)]))? {
            Some(len) => Poll::Ready(Ok(len)),
            None => each!(&mut this.socket, socket => Pin::new(socket).poll_write(context, octets)),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match ready!(this.poll_write_stack(context, parts))? {
            Some(len) => Poll::Ready(Ok(len)),
            None => each!(&mut this.socket, socket => Pin::new(socket).poll_write_vectored(context, parts)),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_stack(context, |stack, socket| stack.flush(socket)).map_ok(|_| ())
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_stack(context, |stack, socket| stack.shutdown(socket)))?;
        Poll::Ready(this.socket.shutdown())
    }
}
