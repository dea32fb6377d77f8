//! Octets of a file, for sockets that cannot be given the file itself.

use std::fs::File;
use std::io;

/// Octets of a file from `offset` on, at most `len` and no more than one read gives; none at its end.
///
/// # Errors
///
/// What the system says.
pub fn read_at(file: &File, offset: u64, len: u64) -> io::Result<Vec<u8>> {
    let mut octets = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
    #[cfg(unix)]
    let read = std::os::unix::fs::FileExt::read_at(file, &mut octets, offset)?;
    #[cfg(windows)]
    let read = std::os::windows::fs::FileExt::seek_read(file, &mut octets, offset)?;
    octets.truncate(read);
    Ok(octets)
}
