//! Sending a file to a socket, in the way that costs least.

use std::fs::File;
use std::io;

use crate::stream::Stream;

/// The most octets asked for at once: enough to be cheap, little enough that the time is looked at.
const AT_ONCE: u64 = 1 << 20;

/// Sends octets of a file from `offset` on, at most `len`; returns how many the socket took, 0 at the end of the file.
#[cfg(target_os = "linux")]
pub(crate) fn send(stream: &Stream, file: &File, offset: u64, len: u64) -> io::Result<u64> {
    let mut offset = offset;
    let count = usize::try_from(len.min(AT_ONCE)).unwrap_or(usize::MAX);
    let sent = rustix::fs::sendfile(stream, file, Some(&mut offset), count)?;
    Ok(sent as u64)
}

/// Sends octets of a file from `offset` on, at most `len`; returns how many the socket took, 0 at the end of the file.
#[cfg(not(target_os = "linux"))]
pub(crate) fn send(mut stream: &Stream, file: &File, offset: u64, len: u64) -> io::Result<u64> {
    use std::io::Write;
    let count = usize::try_from(len.min(AT_ONCE)).unwrap_or(usize::MAX).min(64 << 10);
    let buffer = &mut *vec![0; count];
    #[cfg(unix)]
    let read = std::os::unix::fs::FileExt::read_at(file, buffer, offset)?;
    #[cfg(windows)]
    let read = std::os::windows::fs::FileExt::seek_read(file, buffer, offset)?;
    let sent = stream.write(buffer.get(..read).unwrap_or_default())?;
    Ok(sent as u64)
}
