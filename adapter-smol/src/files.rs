//! Sending a file to a socket, in the way that costs least.

use std::fs::File;
use std::io;
use std::task::{Context, Poll, ready};

use crate::stream::Stream;

/// The most octets asked for at once: enough to be cheap, little enough that other tasks of the thread do not wait long.
const AT_ONCE: u64 = 256 << 10;

/// Sends octets of a file from `offset` on, at most `len`; tells how many the socket took, 0 at the end of the file.
pub(crate) fn poll_send(
    stream: &Stream,
    file: &File,
    offset: u64,
    len: u64,
    context: &mut Context<'_>,
) -> Poll<io::Result<u64>> {
    loop {
        match send(stream, file, offset, len) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(stream.poll_write_ready(context))?,
            sent => return Poll::Ready(sent),
        }
    }
}

#[cfg(target_os = "linux")]
fn send(stream: &Stream, file: &File, mut offset: u64, len: u64) -> io::Result<u64> {
    let count = usize::try_from(len.min(AT_ONCE)).unwrap_or(usize::MAX);
    let sent = rustix::fs::sendfile(stream, file, Some(&mut offset), count)?;
    Ok(sent as u64)
}

#[cfg(not(target_os = "linux"))]
fn send(stream: &Stream, file: &File, offset: u64, len: u64) -> io::Result<u64> {
    let count = usize::try_from(len.min(AT_ONCE)).unwrap_or(usize::MAX).min(64 << 10);
    let mut buffer = vec![0; count];
    #[cfg(unix)]
    let read = std::os::unix::fs::FileExt::read_at(file, &mut buffer, offset)?;
    #[cfg(windows)]
    let read = std::os::windows::fs::FileExt::seek_read(file, &mut buffer, offset)?;
    let Stream::Tcp(stream) = stream;
    let sent = socket2::SockRef::from(stream.get_ref()).send(buffer.get(..read).unwrap_or_default())?;
    Ok(sent as u64)
}
