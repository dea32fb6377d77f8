//! TLS between a server's layers and a real client's, over a socket in memory that takes and gives little at a time.

#![cfg(feature = "tls")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::VecDeque;
use std::fs;
use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use basehttp_handler::Peer;
use basehttp_transport::{Blocked, Listener, Stack, Tls};
use rcgen::{CertificateParams, CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

/// Octets of one direction, and how many more are taken and given at once.
#[derive(Default)]
struct Pipe {
    octets: VecDeque<u8>,
    is_ended: bool,
}

/// One end of a connection in memory.
struct End<'a> {
    from: &'a mut Pipe,
    to: &'a mut Pipe,
    at_once: usize,
    room: usize,
}

impl Read for End<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = buffer.len().min(self.at_once).min(self.from.octets.len());
        if len == 0 && !self.from.is_ended {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.from.octets.read_exact(&mut buffer[..len])?;
        Ok(len)
    }
}

impl Write for End<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let len = octets.len().min(self.at_once).min(self.room.saturating_sub(self.to.octets.len()));
        if len == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.to.octets.extend(&octets[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A client and a server, and what is on its way between them.
struct Duplex {
    client: ClientConnection,
    stack: Box<Stack>,
    up: Pipe,
    down: Pipe,
    at_once: usize,
    room: usize,
}

impl Duplex {
    fn new(at_once: usize, room: usize) -> Self {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let tls = Tls::from_pem(cert.pem().as_bytes(), signing_key.serialize_pem().as_bytes()).unwrap();
        let listener = Listener::bind(("127.0.0.1", 0)).unwrap().tls(tls);
        let stack = listener.stack(Peer::Unknown).unwrap().unwrap();
        let (client, up, down) = (client(&cert.pem(), "localhost"), Pipe::default(), Pipe::default());
        Self { client, stack, up, down, at_once, room }
    }

    fn server(&mut self) -> (&mut Stack, End<'_>) {
        let end = End { from: &mut self.up, to: &mut self.down, at_once: self.at_once, room: self.room };
        (&mut self.stack, end)
    }

    /// Lets the client do what it can.
    fn turn(&mut self) {
        let mut end = End { from: &mut self.down, to: &mut self.up, at_once: usize::MAX, room: usize::MAX };
        while self.client.wants_write() {
            self.client.write_tls(&mut end).unwrap();
        }
        while self.client.read_tls(&mut end).is_ok_and(|len| len > 0) {
            self.client.process_new_packets().unwrap();
        }
        while self.client.wants_write() {
            self.client.write_tls(&mut end).unwrap();
        }
    }

    /// What the server reads next, however long it takes.
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut buffer = [0; 1000];
        for _ in 0..100_000 {
            self.turn();
            let (stack, end) = self.server();
            match stack.read(end, &mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read.map(|len| buffer[..len].to_vec()),
            }
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    /// Lets the server write everything, and returns what the client has read of it.
    fn write(&mut self, content: &[u8]) -> Vec<u8> {
        let (mut written, mut seen) = (0, Vec::new());
        for _ in 0..100_000 {
            if written < content.len() {
                let (stack, end) = self.server();
                match stack.write(end, &[IoSlice::new(&content[written..])]) {
                    Ok(len) => written += len,
                    Err(error) => {
                        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                        assert_eq!(self.stack.blocked(), Blocked::Write);
                    }
                }
            }
            self.turn();
            let mut buffer = [0; 4096];
            while let Ok(len @ 1..) = self.client.reader().read(&mut buffer) {
                seen.extend_from_slice(&buffer[..len]);
            }
            if seen.len() == content.len() {
                break;
            }
        }
        assert_eq!(written, content.len(), "what the client has read was told to be taken");
        seen
    }
}

fn client(trusted: &str, name: &str) -> ClientConnection {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    ClientConnection::new(Arc::new(config), ServerName::try_from(name.to_owned()).unwrap()).unwrap()
}

/// How much a socket takes and gives at once, and how much it holds.
const SOCKETS: [(usize, usize); 4] = [(usize::MAX, usize::MAX), (1, usize::MAX), (7, 64), (1000, 1500)];

#[test]
fn octets_pass_both_ways() {
    for (at_once, room) in SOCKETS {
        let mut duplex = Duplex::new(at_once, room);
        assert!(duplex.stack.is_secured() && !duplex.stack.is_transparent());
        duplex.client.writer().write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        assert_eq!(duplex.read().unwrap(), b"GET / HTTP/1.1\r\n\r\n");
        let content: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[1]).collect();
        assert_eq!(duplex.write(&content), content);
    }
}

#[test]
fn what_is_told_to_be_taken_has_left() {
    let mut duplex = Duplex::new(usize::MAX, usize::MAX);
    duplex.client.writer().write_all(b"x").unwrap();
    duplex.read().unwrap();
    duplex.room = duplex.down.octets.len() + 10;
    let (stack, end) = duplex.server();
    let error = stack.write(end, &[IoSlice::new(b"answer")]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    duplex.room = usize::MAX;
    let (stack, end) = duplex.server();
    // More may have come to what is written; what was taken before is told first.
    assert_eq!(stack.write(end, &[IoSlice::new(b"answer and more")]).unwrap(), 6);
}

#[test]
fn what_is_written_behind_leaves_by_a_flush() {
    let mut duplex = Duplex::new(usize::MAX, usize::MAX);
    duplex.client.writer().write_all(b"x").unwrap();
    duplex.read().unwrap();
    duplex.room = duplex.down.octets.len() + 10;
    let (stack, end) = duplex.server();
    assert_eq!(stack.write_behind(end, &[IoSlice::new(b"answer")]).unwrap(), 6);
    let (stack, end) = duplex.server();
    let error = stack.write_behind(end, &[IoSlice::new(b"more")]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock, "nothing is taken before that has left");
    duplex.room = usize::MAX;
    let (stack, end) = duplex.server();
    stack.flush(end).unwrap();
    duplex.turn();
    let mut seen = [0; 6];
    duplex.client.reader().read_exact(&mut seen).unwrap();
    assert_eq!(&seen, b"answer");
}

#[test]
fn an_end_is_an_end_announced_or_not() {
    for is_announced in [true, false] {
        let mut duplex = Duplex::new(usize::MAX, usize::MAX);
        duplex.client.writer().write_all(b"x").unwrap();
        duplex.read().unwrap();
        if is_announced {
            duplex.client.send_close_notify();
        } else {
            duplex.turn();
            duplex.up.is_ended = true;
        }
        assert_eq!(duplex.read().unwrap(), b"");
    }
}

#[test]
fn the_server_announces_its_end() {
    let mut duplex = Duplex::new(usize::MAX, usize::MAX);
    duplex.client.writer().write_all(b"x").unwrap();
    duplex.read().unwrap();
    let (stack, end) = duplex.server();
    stack.shutdown(end).unwrap();
    duplex.turn();
    assert_eq!(duplex.client.reader().read(&mut [0; 10]).unwrap(), 0, "without an announcement this is an error");
}

#[test]
fn one_who_speaks_http_without_tls_is_told() {
    let mut duplex = Duplex::new(usize::MAX, usize::MAX);
    duplex.up.octets.extend(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let (stack, end) = duplex.server();
    assert_eq!(stack.read(end, &mut [0; 100]).unwrap_err().kind(), io::ErrorKind::InvalidData);
    let answer: Vec<u8> = duplex.down.octets.into_iter().collect();
    let answer = String::from_utf8(answer).unwrap();
    let (head, content) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{head}");
    assert!(head.contains(&format!("Content-Length: {}\r\n", content.len())), "{head}");
    assert!(content.contains("https://"), "{content}");
}

#[test]
fn what_is_no_tls_ends_with_an_alert() {
    let mut duplex = Duplex::new(usize::MAX, usize::MAX);
    duplex.up.octets.extend([0xff; 100]);
    let (stack, end) = duplex.server();
    assert_eq!(stack.read(end, &mut [0; 100]).unwrap_err().kind(), io::ErrorKind::InvalidData);
    assert_eq!(duplex.down.octets.front(), Some(&21), "the record of an alert (RFC 8446 5.1)");
}

/// New keys cost the server work and say nothing: whoever asks for them again and again, and sends nothing else, is left, and what
/// is owed to them does not grow.
#[test]
fn a_flood_of_new_keys_ends_the_connection() {
    let mut duplex = Duplex::new(usize::MAX, usize::MAX);
    duplex.client.writer().write_all(b"GET / HTTP/1.1").unwrap();
    assert_eq!(duplex.read().unwrap(), b"GET / HTTP/1.1");
    duplex.turn();
    let before = duplex.down.octets.len();
    for asked in 1.. {
        duplex.client.refresh_traffic_keys().unwrap();
        // What the server says to it is not read, as by one who means harm.
        let mut end = End { from: &mut duplex.down, to: &mut duplex.up, at_once: usize::MAX, room: usize::MAX };
        while duplex.client.wants_write() {
            duplex.client.write_tls(&mut end).unwrap();
        }
        let (stack, end) = duplex.server();
        match stack.read(end, &mut [0; 1000]) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => assert!(asked < 100, "{asked} times"),
            read => {
                assert_eq!(read.unwrap_err().kind(), io::ErrorKind::InvalidData);
                break;
            }
        }
    }
    let owed = duplex.down.octets.len() - before;
    assert!(owed < 1000, "{owed} octets");
}

#[test]
fn a_certificate_is_changed_while_it_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    let write = |name: &str, age: u64| {
        let signing_key = KeyPair::generate().unwrap();
        let cert = CertificateParams::new([name.to_owned()]).unwrap().self_signed(&signing_key).unwrap();
        fs::write(&certificate, cert.pem()).unwrap();
        fs::write(&key, signing_key.serialize_pem()).unwrap();
        // The clock of a file system may be too slow for two changes in a row.
        let file = fs::File::options().write(true).open(&key).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
        cert.pem()
    };
    let first = write("first.test", 100);
    let tls = Tls::from_pem_files(&certificate, &key).unwrap();
    let listener = Listener::bind(("127.0.0.1", 0)).unwrap().tls(tls.clone());
    let shakes_hands = |trusted: &str, name: &str| {
        let (up, down) = (Pipe::default(), Pipe::default());
        let stack = listener.stack(Peer::Unknown).unwrap().unwrap();
        let client = client(trusted, name);
        let mut duplex = Duplex { client, stack, up, down, at_once: usize::MAX, room: usize::MAX };
        duplex.client.writer().write_all(b"x").unwrap();
        duplex.read().unwrap() == b"x"
    };
    assert!(shakes_hands(&first, "first.test"));
    assert!(!tls.reload_if_changed().unwrap(), "nothing has changed");
    let second = write("second.test", 50);
    assert!(tls.reload_if_changed().unwrap());
    assert!(shakes_hands(&second, "second.test"));
    // One that cannot be used changes nothing, and is told of once.
    fs::write(&certificate, "nothing").unwrap();
    let error = tls.reload_if_changed().unwrap_err().to_string();
    let none = "holds no certificate in PEM, which begins with BEGIN CERTIFICATE";
    assert!(error.ends_with(&format!("certificate.pem: {none}")), "{error}");
    assert!(!tls.reload_if_changed().unwrap());
    assert!(shakes_hands(&second, "second.test"));
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_by_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["a.test".to_owned()]).unwrap();
    fs::write(path("certificate"), cert.pem()).unwrap();
    fs::write(path("key"), signing_key.serialize_pem()).unwrap();
    fs::write(path("other"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let error = |certificate: &str, key: &str| {
        let error = Tls::from_pem_files(path(certificate), path(key)).unwrap_err();
        error.to_string().replace(&format!("{}/", folder.path().display()), "")
    };
    assert_eq!(
        error("certificate", "other"),
        "other: is not the key of the certificate: give the one that the certificate was asked for with"
    );
    assert_eq!(error("key", "key"), "key: holds no certificate in PEM, which begins with BEGIN CERTIFICATE");
    assert!(error("certificate", "certificate").starts_with("certificate: holds no private key in PEM"));
    assert!(error("missing", "key").starts_with("missing: "));
    assert!(Tls::from_pem_files(path("certificate"), path("key")).is_ok());
}
