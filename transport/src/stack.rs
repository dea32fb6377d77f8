//! What lies between a socket and HTTP: first what a proxy says, then TLS.
//!
//! It works on any socket that says by [`io::ErrorKind::WouldBlock`] that it is not ready; what it was not ready for,
//! [`Stack::blocked`] tells.

use std::io::{self, IoSlice, Read, Write};

use basehttp_handler::Peer;

use crate::proxy::ProxyHeader;
#[cfg(feature = "tls")]
use crate::tls::Session;

/// Octets of a header of the PROXY protocol that are read at once.
const HEADER: usize = 256;

/// What a socket was not ready for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Blocked {
    /// To be read.
    #[default]
    Read,
    /// To be written.
    Write,
}

/// The layers of one connection.
#[derive(Debug)]
pub struct Stack {
    /// What has come of the header that a proxy has to send; `None` once it is there.
    preface: Option<Vec<u8>>,
    /// What came together with the header and belongs to the next layer.
    early: Early,
    /// What the header said.
    told: Option<Peer>,
    #[cfg(feature = "tls")]
    session: Option<Session>,
    blocked: Blocked,
}

impl Stack {
    pub(crate) fn new(is_proxied: bool, #[cfg(feature = "tls")] session: Option<Session>) -> Self {
        Self {
            preface: is_proxied.then(Vec::new),
            early: Early::default(),
            told: None,
            #[cfg(feature = "tls")]
            session,
            blocked: Blocked::Read,
        }
    }

    /// Whether it has nothing to do any more: octets pass as they are.
    pub fn is_transparent(&self) -> bool {
        self.preface.is_none() && self.early.0.is_empty() && !self.is_secured()
    }

    /// Whether the connection is secured.
    pub fn is_secured(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.session.is_some();
        #[cfg(not(feature = "tls"))]
        false
    }

    /// What the socket was not ready for, when that was the last error.
    pub fn blocked(&self) -> Blocked {
        self.blocked
    }

    /// Whom a proxy speaks for, once it has said so; told once.
    pub fn take_told(&mut self) -> Option<Peer> {
        self.told.take()
    }

    /// Reads what the peer sent, 0 at the end.
    ///
    /// # Errors
    ///
    /// The socket's; [`io::ErrorKind::InvalidData`] for a header or TLS that is not right.
    pub fn read(&mut self, mut socket: impl Read + Write, buffer: &mut [u8]) -> io::Result<usize> {
        self.blocked = Blocked::Read;
        if self.preface.is_some() && !self.take_header(&mut socket)? {
            return Ok(0);
        }
        let mut socket = self.early.over(socket);
        #[cfg(feature = "tls")]
        if let Some(session) = &mut self.session {
            return session.read(&mut socket, buffer, &mut self.blocked);
        }
        socket.read(buffer)
    }

    /// Writes what the socket takes. What it has taken is told when all of it is with the system; until then the same octets
    /// have to be given again, which are not taken twice.
    ///
    /// # Errors
    ///
    /// The socket's.
    pub fn write(&mut self, mut socket: impl Write, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.blocked = Blocked::Write;
        #[cfg(feature = "tls")]
        if let Some(session) = &mut self.session {
            return session.write(socket, parts);
        }
        socket.write_vectored(parts)
    }

    /// Whether [`write`](Self::write) has taken octets that it has not told of: it need not be given them again.
    pub fn holds(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.session.as_ref().is_some_and(Session::holds);
        #[cfg(not(feature = "tls"))]
        false
    }

    /// As [`write`](Self::write), for one who may not come again with the same octets: they are taken although the socket
    /// is not ready for them, and leave by [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// The socket's, when it has not taken what was written before.
    pub fn write_behind(&mut self, mut socket: impl Write, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.blocked = Blocked::Write;
        #[cfg(feature = "tls")]
        if let Some(session) = &mut self.session {
            return session.write_behind(socket, parts);
        }
        socket.write_vectored(parts)
    }

    /// Writes what was taken already.
    ///
    /// # Errors
    ///
    /// The socket's.
    pub fn flush(&mut self, socket: impl Write) -> io::Result<()> {
        self.blocked = Blocked::Write;
        #[cfg(feature = "tls")]
        if let Some(session) = &mut self.session {
            return session.flush(socket);
        }
        let _ = socket;
        Ok(())
    }

    /// Says that nothing more will be written. The socket is to be shut down after that.
    ///
    /// # Errors
    ///
    /// The socket's.
    pub fn shutdown(&mut self, socket: impl Write) -> io::Result<()> {
        self.blocked = Blocked::Write;
        #[cfg(feature = "tls")]
        if let Some(session) = &mut self.session {
            return session.shutdown(socket);
        }
        let _ = socket;
        Ok(())
    }

    /// Reads on until the header is there; `false` when the peer ended its stream before.
    fn take_header(&mut self, socket: &mut impl Read) -> io::Result<bool> {
        let Some(octets) = &mut self.preface else { return Ok(true) };
        loop {
            let mut buffer = [0; HEADER];
            let len = socket.read(&mut buffer)?;
            if len == 0 {
                return Ok(false);
            }
            octets.extend_from_slice(buffer.get(..len).unwrap_or_default());
            let header =
                ProxyHeader::parse(octets).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            if let Some(header) = header {
                self.early = Early(octets.split_off(header.len.min(octets.len())));
                self.told = header.peer;
                self.preface = None;
                return Ok(true);
            }
        }
    }
}

/// What was read already and comes before what the socket has.
#[derive(Debug, Default)]
struct Early(Vec<u8>);

impl Early {
    fn over<S>(&mut self, socket: S) -> Over<'_, S> {
        Over { early: self, socket }
    }
}

/// A socket with what was read of it already.
struct Over<'a, S> {
    early: &'a mut Early,
    socket: S,
}

impl<S: Read> Read for Over<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.early.0.is_empty() {
            return self.socket.read(buffer);
        }
        let len = self.early.0.as_slice().read(buffer)?;
        self.early.0.drain(..len);
        Ok(len)
    }
}

impl<S: Write> Write for Over<'_, S> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.socket.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}
