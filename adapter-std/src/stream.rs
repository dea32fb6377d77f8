//! What a connection runs over.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::Duration;

use socket2::SockRef;

/// Octets that the system takes beyond what it has sent.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 << 10;

/// The stream of a connection. It is read and written through a shared reference too, as its kinds are.
#[derive(Debug)]
pub enum Stream {
    /// Over TCP.
    Tcp(TcpStream),
    /// Over a Unix socket.
    #[cfg(unix)]
    Unix(UnixStream),
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
        let _ = stream.set_nodelay(true);
        // Otherwise the system takes megabytes for a slow reader, and tells of its progress once in a while only.
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(stream).set_tcp_notsent_lowat(UNSENT);
    }

    /// How long a read waits, `None` for ever.
    pub(crate) fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        each!(self, stream => stream.set_read_timeout(timeout))
    }

    /// How long a write waits, `None` for ever.
    pub(crate) fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        each!(self, stream => stream.set_write_timeout(timeout))
    }

    /// Ends one direction, or both.
    pub(crate) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        each!(self, stream => stream.shutdown(how))
    }

    /// Makes the close a reset. The peer learns of it at once: without this one that goes on sending may find a full window,
    /// and wait for it. A socket that fails here is gone already.
    pub(crate) fn reset(&self) {
        let _ = each!(self, stream => SockRef::from(stream).set_linger(Some(Duration::ZERO)));
    }
}

#[cfg(unix)]
impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        each!(self, stream => stream.as_fd())
    }
}

impl Read for &Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        each!(*self, stream => (&*stream).read(buffer))
    }
}

impl Write for &Stream {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        each!(*self, stream => (&*stream).write(octets))
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        each!(*self, stream => (&*stream).write_vectored(parts))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
