//! Options of a connection's socket. One that cannot be set costs speed and nothing else.

use std::time::Duration;

use socket2::SockRef;

/// Octets that the system takes beyond what it has sent.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 << 10;

/// Sets what a connection over TCP needs.
pub fn prepare(socket: SockRef<'_>) {
    // Otherwise the last part of an answer could wait for the peer's acknowledgement of the one before.
    let _ = socket.set_tcp_nodelay(true);
    // Otherwise the system takes megabytes for a slow reader, and tells of its progress once in a while only.
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_notsent_lowat(UNSENT);
}

/// Makes the close of a socket a reset. The peer learns of it at once: without this one that goes on sending may find a full
/// window, and wait for it. A socket that fails here is gone already.
pub fn reset(socket: SockRef<'_>) {
    let _ = socket.set_linger(Some(Duration::ZERO));
}
