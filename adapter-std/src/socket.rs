//! What the poller does with a connection's socket.

use std::io;

use mio::{Interest, Registry, Token};

use crate::stream::Socket;

/// Waits for a socket from now on; one that is ready already is told of too.
#[cfg(unix)]
pub(crate) fn register(registry: &Registry, socket: &Socket, token: Token, interest: Interest) -> io::Result<()> {
    use std::os::fd::{AsFd, AsRawFd};
    registry.register(&mut mio::unix::SourceFd(&socket.as_fd().as_raw_fd()), token, interest)
}

/// Waits for a socket no longer.
#[cfg(unix)]
pub(crate) fn deregister(registry: &Registry, socket: &Socket) -> io::Result<()> {
    use std::os::fd::{AsFd, AsRawFd};
    registry.deregister(&mut mio::unix::SourceFd(&socket.as_fd().as_raw_fd()))
}

/// Reads what is there; an error of the kind [`io::ErrorKind::WouldBlock`] when that is nothing.
#[cfg(unix)]
pub(crate) fn read_now(socket: &Socket, buffer: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::net::recv(socket, buffer, rustix::net::RecvFlags::DONTWAIT)?.1)
}

/// Writes what there is room for; an error of the kind [`io::ErrorKind::WouldBlock`] when that is nothing.
#[cfg(unix)]
pub(crate) fn write_now(socket: &Socket, octets: &[u8]) -> io::Result<usize> {
    use rustix::net::SendFlags;
    Ok(rustix::net::send(socket, octets, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)?)
}

// Elsewhere there is no way to wait for a blocking socket: a connection keeps its thread.

#[cfg(not(unix))]
pub(crate) fn register(_: &Registry, _: &Socket, _: Token, _: Interest) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
pub(crate) fn deregister(_: &Registry, _: &Socket) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn read_now(socket: &Socket, buffer: &mut [u8]) -> io::Result<usize> {
    let Socket::Tcp(mut socket) = socket;
    io::Read::read(&mut socket, buffer)
}

#[cfg(not(unix))]
pub(crate) fn write_now(socket: &Socket, octets: &[u8]) -> io::Result<usize> {
    let Socket::Tcp(mut socket) = socket;
    io::Write::write(&mut socket, octets)
}
