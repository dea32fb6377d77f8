//! What a connection runs over.

use std::io::{self, IoSlice};
use std::net::{Shutdown, TcpStream};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_lite::io::{AsyncRead, AsyncWrite};
use smol::Async;
use socket2::SockRef;

/// Octets that the system takes beyond what it has sent.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 << 10;

/// The stream of a connection.
#[derive(Debug)]
pub enum Stream {
    /// Over TCP.
    Tcp(Async<TcpStream>),
    /// Over a Unix socket.
    #[cfg(unix)]
    Unix(Async<UnixStream>),
}

/// The same for every kind of stream.
macro_rules! each {
    ($self:expr, $stream:ident => $what:expr) => {
        match $self {
            Stream::Tcp($stream) => $what,
            #[cfg(unix)]
            Stream::Unix($stream) => $what,
        }
    };
}

impl Stream {
    /// Sets what a connection needs. An option that cannot be set costs speed and nothing else.
    pub(crate) fn prepare(&self) {
        let Self::Tcp(stream) = self else { return };
        // Otherwise the last part of an answer could wait for the peer's acknowledgement of the one before.
        let _ = stream.get_ref().set_nodelay(true);
        // Otherwise the system takes megabytes for a slow reader, and tells of its progress once in a while only.
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(stream.get_ref()).set_tcp_notsent_lowat(UNSENT);
    }

    /// Makes the close a reset. The peer learns of it at once: without this one that goes on sending may find a full window,
    /// and wait for it. A socket that fails here is gone already.
    pub(crate) fn reset(&self) {
        let _ = each!(self, stream => SockRef::from(stream.get_ref()).set_linger(Some(Duration::ZERO)));
    }

    pub(crate) fn poll_write_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => stream.poll_writable(context))
    }

    fn shutdown(&self) -> io::Result<()> {
        each!(self, stream => stream.get_ref().shutdown(Shutdown::Write))
    }
}

#[cfg(unix)]
impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        each!(self, stream => stream.as_fd())
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_read(context, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_write(context, octets))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_write_vectored(context, parts))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_flush(context))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.shutdown())
    }
}
