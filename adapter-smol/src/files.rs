//! Sending a file to a stream, in the way that costs least.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use basehttp_handler::FileSlice;
use basehttp_transport::Blocked;
use futures_lite::io::AsyncWrite;

use crate::stream::{Socket, Stream};

/// The most octets asked for at once: enough to be cheap, little enough that other tasks of the thread do not wait long.
const AT_ONCE: u64 = 256 << 10;
/// The most octets read at once, where they have to be.
const READ: u64 = 16 << 10;

/// Sends octets of a part of a file, from its start on; tells how many the stream took, 0 at the end of the file.
pub(crate) fn poll_send(stream: &mut Stream, slice: &FileSlice, context: &mut Context<'_>) -> Poll<io::Result<u64>> {
    let Some(socket) = stream.bare().filter(|_| cfg!(target_os = "linux")) else {
        let is_held = stream.holds();
        let part = if is_held { Vec::new() } else { slice.read_part(READ)? };
        if part.is_empty() && !is_held {
            return Poll::Ready(Ok(0));
        }
        return Pin::new(stream).poll_write(context, &part).map_ok(|sent| sent as u64);
    };
    loop {
        match send(socket, slice) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                ready!(socket.poll_ready(Blocked::Write, context))?;
            }
            sent => return Poll::Ready(sent),
        }
    }
}

#[cfg(target_os = "linux")]
fn send(socket: &Socket, slice: &FileSlice) -> io::Result<u64> {
    let count = usize::try_from(slice.len.min(AT_ONCE)).unwrap_or(usize::MAX);
    let mut offset = slice.offset;
    let sent = rustix::fs::sendfile(socket, &*slice.file, Some(&mut offset), count)?;
    Ok(sent as u64)
}

#[cfg(not(target_os = "linux"))]
fn send(_: &Socket, _: &FileSlice) -> io::Result<u64> {
    Err(io::ErrorKind::Unsupported.into())
}
