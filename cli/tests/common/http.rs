//! A raw client: it sends exactly the octets it is told to, and takes nothing on trust of what comes back.

use std::fmt;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::PATIENCE;

/// A connection.
#[derive(Debug)]
pub(crate) struct Client(BufReader<TcpStream>);

/// An answer.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) content: Vec<u8>,
}

/// Sends one request on a connection of its own, which has to end after the answer.
pub(crate) fn request(address: SocketAddr, method: &str, target: &str, fields: &[(&str, &str)]) -> Answer {
    let mut client = Client::connect(address);
    client.request(method, target, &[fields, &[("Connection", "close")]].concat());
    let answer = client.answer(method);
    assert_eq!(client.rest(), b"", "octets after the answer to {method} {target}");
    answer
}

pub(crate) fn get(address: SocketAddr, target: &str) -> Answer {
    request(address, "GET", target, &[])
}

/// Sends octets and returns all that comes back until the connection ends, in any way.
pub(crate) fn raw(address: SocketAddr, octets: &[u8]) -> Vec<u8> {
    let mut client = Client::connect(address);
    client.send(octets);
    client.rest()
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::of(TcpStream::connect(address).expect("a connection"))
    }

    pub(crate) fn of(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self(BufReader::with_capacity(64 << 10, stream))
    }

    pub(crate) fn send(&mut self, octets: &[u8]) {
        self.0.get_ref().write_all(octets).expect("the server takes a request");
    }

    /// Sends the head of a request for `localhost`.
    pub(crate) fn request(&mut self, method: &str, target: &str, fields: &[(&str, &str)]) {
        let lines: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        self.send(format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n").as_bytes());
    }

    /// The head of an answer, without its content.
    pub(crate) fn head(&mut self) -> Answer {
        let status = self.line();
        let mut parts = status.splitn(3, ' ');
        assert_eq!(parts.next(), Some("HTTP/1.1"), "{status:?}");
        let code = parts.next().filter(|code| code.len() == 3).and_then(|code| code.parse().ok());
        assert!(parts.next().is_some(), "a space before the reason: {status:?}");
        let mut answer = Answer {
            status: code.unwrap_or_else(|| panic!("no status: {status:?}")),
            fields: Vec::new(),
            content: Vec::new(),
        };
        loop {
            let line = self.line();
            if line.is_empty() {
                return answer;
            }
            let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("not a field: {line:?}"));
            assert!(name.bytes().all(|o| o.is_ascii_alphanumeric() || o == b'-'), "not a name: {line:?}");
            assert!(!value.contains(|c: char| c.is_ascii_control()), "not a value: {line:?}");
            answer.fields.push((name.to_owned(), value.to_owned()));
        }
    }

    /// A whole answer to a request with this method.
    pub(crate) fn answer(&mut self, method: &str) -> Answer {
        let mut answer = self.head();
        answer.content = vec![0; answer.length_after(method)];
        self.0.read_exact(&mut answer.content).expect("the whole content");
        answer
    }

    /// Reads content and compares it on the way, so that a large file is never kept twice.
    pub(crate) fn expect_content(&mut self, expected: &[u8]) {
        let mut rest = expected;
        while !rest.is_empty() {
            let octets = self.0.fill_buf().expect("more content");
            assert!(!octets.is_empty(), "the content ends {} octets too early", rest.len());
            let count = octets.len().min(rest.len());
            let at = expected.len() - rest.len();
            assert!(octets[..count] == rest[..count], "the content differs from octet {at} on, or soon after");
            self.0.consume(count);
            rest = &rest[count..];
        }
    }

    /// Everything up to the end of the connection; a connection that was cut off counts as ended.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut octets = Vec::new();
        match self.0.read_to_end(&mut octets) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => panic!("the connection does not end: {error}"),
        }
        octets
    }

    /// A line, ended by CR LF and nothing else.
    fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line).expect("a line");
        let line = String::from_utf8(line).expect("a head in ASCII");
        let text = line.strip_suffix("\r\n").unwrap_or_else(|| panic!("not a line: {line:?}"));
        assert!(!text.contains('\r') && text.is_ascii(), "not a line: {line:?}");
        text.to_owned()
    }
}

impl Answer {
    /// The value of a field, which is there at most once.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} twice: {self:?}");
        value
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.content.clone()).expect("text")
    }

    /// Octets of content after this head (RFC 9112 6.3). No answer of this server needs another framing.
    fn length_after(&self, method: &str) -> usize {
        assert_eq!(self.field("Transfer-Encoding"), None);
        if method == "HEAD" || self.status == 204 || self.status == 304 {
            return 0;
        }
        self.field("Content-Length").and_then(|length| length.parse().ok()).expect("a length")
    }
}

/// As it stands on the wire, with the beginning of the content.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = &self.content[..self.content.len().min(200)];
        write!(f, "{} {:?} {} octets: {}", self.status, self.fields, self.content.len(), start.escape_ascii())
    }
}
