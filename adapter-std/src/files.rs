//! Sending a file to a stream, in the way that costs least.

use std::io::{self, Write};

use basehttp_handler::FileSlice;

use crate::stream::{Socket, Stream};

/// The most octets asked for at once: enough to be cheap, little enough that the time is looked at.
const AT_ONCE: u64 = 1 << 20;
/// The most octets read at once, where they have to be.
const READ: u64 = 16 << 10;

/// Sends octets of a part of a file, from its start on; returns how many the stream took, 0 at the end of the file.
pub(crate) fn send(stream: &mut Stream, slice: &FileSlice) -> io::Result<u64> {
    if let Some(socket) = stream.bare().filter(|_| cfg!(target_os = "linux")) {
        return send_itself(socket, slice);
    }
    let is_held = stream.holds();
    let part = if is_held { Vec::new() } else { slice.read_part(READ)? };
    if part.is_empty() && !is_held { Ok(0) } else { stream.write(&part).map(|sent| sent as u64) }
}

#[cfg(target_os = "linux")]
fn send_itself(socket: &Socket, slice: &FileSlice) -> io::Result<u64> {
    let count = usize::try_from(slice.len.min(AT_ONCE)).unwrap_or(usize::MAX);
    let mut offset = slice.offset;
    let sent = rustix::fs::sendfile(socket, &*slice.file, Some(&mut offset), count)?;
    Ok(sent as u64)
}

#[cfg(not(target_os = "linux"))]
fn send_itself(_: &Socket, _: &FileSlice) -> io::Result<u64> {
    Err(io::ErrorKind::Unsupported.into())
}
