//! TLS, by rustls: the server's side of a connection, and the certificate, which can be changed while it serves.

use std::fmt;
use std::fs;
use std::io::{self, IoSlice, Read, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

use crate::stack::Blocked;

/// A certificate and its key; cloned at will, and all clones change together.
#[derive(Clone)]
pub struct Tls(Arc<RwLock<Current>>);

struct Current {
    config: Arc<ServerConfig>,
    files: Option<Files>,
}

/// Where a certificate came from, and what the files were then.
#[derive(Clone)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    stamp: Option<Stamp>,
}

/// What changes when a file does.
type Stamp = [(SystemTime, u64); 2];

impl Tls {
    /// The certificate and those that lead to its authority, and the private key, in PEM.
    ///
    /// # Errors
    ///
    /// What the system says of the files, naming them; [`io::ErrorKind::InvalidData`] when one holds nothing of the kind, or
    /// the two do not belong together.
    pub fn from_pem_files(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> io::Result<Self> {
        let mut files = Files { certificate: certificate.into(), key: key.into(), stamp: None };
        files.stamp = files.stamp_now().ok();
        let config = files.read()?;
        Ok(Self(Arc::new(RwLock::new(Current { config, files: Some(files) }))))
    }

    /// As [`from_pem_files`](Self::from_pem_files), from memory.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> io::Result<Self> {
        Ok(Self::from_config(config(certificate, key).map_err(invalid)?))
    }

    /// Everything as rustls can have it. Offer `http/1.1` alone, if any protocol at all.
    pub fn from_config(config: impl Into<Arc<ServerConfig>>) -> Self {
        Self(Arc::new(RwLock::new(Current { config: config.into(), files: None })))
    }

    /// Reads the files again. Connections that are accepted from now on have what is there; those that are open keep what
    /// they have.
    ///
    /// # Errors
    ///
    /// As [`from_pem_files`](Self::from_pem_files), and everything stays as it was; [`io::ErrorKind::Unsupported`] when it
    /// did not come from files.
    pub fn reload(&self) -> io::Result<()> {
        let files = self.0.read().unwrap_or_else(PoisonError::into_inner).files.clone();
        let mut files =
            files.ok_or_else(|| io::Error::new(io::ErrorKind::Unsupported, "the certificate is no file"))?;
        files.stamp = files.stamp_now().ok();
        let read = files.read();
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // What is there now has been looked at, whatever came of it.
        current.files = Some(files);
        current.config = read?;
        Ok(())
    }

    /// As [`reload`](Self::reload), if a file has changed since it was last read; whether one had.
    ///
    /// # Errors
    ///
    /// As there; once for each change.
    pub fn reload_if_changed(&self) -> io::Result<bool> {
        let files = self.0.read().unwrap_or_else(PoisonError::into_inner).files.clone();
        let Some(files) = files else { return Ok(false) };
        // A file that is away for a moment is being replaced.
        if files.stamp_now().ok().is_none_or(|now| files.stamp == Some(now)) {
            return Ok(false);
        }
        self.reload().map(|()| true)
    }

    pub(crate) fn session(&self) -> io::Result<Session> {
        let config = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).config);
        let connection = ServerConnection::new(config).map_err(io::Error::other)?;
        Ok(Session { connection: Box::new(connection), held: 0, first: None })
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Files {
    fn stamp_now(&self) -> io::Result<Stamp> {
        let stamp = |path: &Path| fs::metadata(path).and_then(|file| Ok((file.modified()?, file.len())));
        Ok([stamp(&self.certificate)?, stamp(&self.key)?])
    }

    fn read(&self) -> io::Result<Arc<ServerConfig>> {
        let read = |path: &Path| {
            fs::read(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
        };
        let (certificate, key) = (read(&self.certificate)?, read(&self.key)?);
        config(&certificate, &key).map(Arc::new).map_err(|problem| {
            let path = match problem {
                Problem::Certificate(_) => &self.certificate,
                Problem::Key(_) => &self.key,
            };
            io::Error::new(io::ErrorKind::InvalidData, format!("{}: {problem}", path.display()))
        })
    }
}

/// What is wrong with a certificate or its key.
enum Problem {
    Certificate(String),
    Key(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(text) | Self::Key(text) => f.write_str(text),
        }
    }
}

fn invalid(problem: Problem) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem.to_string())
}

fn config(certificate: &[u8], key: &[u8]) -> Result<ServerConfig, Problem> {
    let chain = CertificateDer::pem_slice_iter(certificate).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| {
        Problem::Certificate(format!(
            "not a certificate in PEM: {error}; one in DER becomes one by openssl x509 -inform der"
        ))
    })?;
    if chain.is_empty() {
        return Err(Problem::Certificate(
            "holds no certificate in PEM, which begins with BEGIN CERTIFICATE".to_owned(),
        ));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| {
        Problem::Key(format!(
            "holds no private key in PEM: {error}; one that is encrypted becomes one that is not by openssl pkey"
        ))
    })?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| Problem::Certificate(error.to_string()))?;
    let config = builder.with_no_client_auth().with_single_cert(chain, key);
    let mut config = config.map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => Problem::Key(
            "is not the key of the certificate: give the one that the certificate was asked for with".to_owned(),
        ),
        error => Problem::Certificate(format!("cannot be used: {error}")),
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// What one is told who speaks HTTP here without TLS; no record of TLS starts with a letter.
const NOT_SECURED: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 54\r\n\
    Connection: close\r\n\r\nThis port speaks HTTPS alone: use https:// in the URL\n";

/// How often something is read of a request that is not answered otherwise: 256 KiB in all.
const REST: usize = 64;

/// One connection's TLS. The handshake is part of the first read.
pub(crate) struct Session {
    connection: Box<ServerConnection>,
    /// Octets that were taken, and not yet told to be.
    held: usize,
    /// The first octet that came.
    first: Option<u8>,
}

impl Session {
    /// Reads what was decrypted. The end of the peer's stream is one whether or not the peer announced it: a request tells
    /// its own end.
    pub(crate) fn read(
        &mut self,
        socket: &mut (impl Read + Write),
        buffer: &mut [u8],
        blocked: &mut Blocked,
    ) -> io::Result<usize> {
        loop {
            match self.flush(&mut *socket) {
                // What does not belong to the handshake can wait for the next write.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && !self.connection.is_handshaking() => {}
                Err(error) => {
                    *blocked = Blocked::Write;
                    return Err(error);
                }
                Ok(()) => {}
            }
            match self.connection.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                read => return read,
            }
            *blocked = Blocked::Read;
            let mut first = First { octet: &mut self.first, socket: &mut *socket };
            if self.connection.read_tls(&mut first)? == 0 && self.connection.is_handshaking() {
                return Ok(0);
            }
            if let Err(error) = self.connection.process_new_packets() {
                // The peer is told why, as far as the socket takes it.
                let _ = match self.first {
                    Some(b'A'..=b'Z') if self.connection.is_handshaking() => refuse(socket),
                    _ => self.flush(socket),
                };
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
        }
    }

    /// Writes octets, and tells them to be taken when the socket has taken all of them.
    pub(crate) fn write(&mut self, socket: impl Write, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.held == 0 {
            self.held = self.connection.writer().write_vectored(parts)?;
        }
        self.flush(socket)?;
        Ok(mem::take(&mut self.held))
    }

    /// Takes octets if the socket has taken those before.
    pub(crate) fn write_behind(&mut self, mut socket: impl Write, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.flush(&mut socket)?;
        let taken = self.connection.writer().write_vectored(parts)?;
        match self.flush(socket) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(taken),
        }
    }

    /// Whether octets were taken that were not told to be.
    pub(crate) fn holds(&self) -> bool {
        self.held > 0
    }

    pub(crate) fn flush(&mut self, mut socket: impl Write) -> io::Result<()> {
        while self.connection.wants_write() {
            if self.connection.write_tls(&mut socket)? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }

    pub(crate) fn shutdown(&mut self, socket: impl Write) -> io::Result<()> {
        if !self.connection.is_handshaking() {
            self.connection.send_close_notify();
        }
        self.flush(socket)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("handshaking", &self.connection.is_handshaking()).finish_non_exhaustive()
    }
}

/// Tells one who speaks HTTP here to use TLS, and takes what has come of the request: what lies unread at the close makes the
/// system throw the answer away.
fn refuse(socket: &mut (impl Read + Write)) -> io::Result<()> {
    socket.write_all(NOT_SECURED)?;
    let mut rest = [0; 4096];
    for _ in 0..REST {
        if socket.read(&mut rest)? == 0 {
            break;
        }
    }
    Ok(())
}

/// A socket whose first octet is noted.
struct First<'a, S> {
    octet: &'a mut Option<u8>,
    socket: S,
}

impl<S: Read> Read for First<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.socket.read(buffer)?;
        if len > 0 && self.octet.is_none() {
            *self.octet = buffer.first().copied();
        }
        Ok(len)
    }
}
