//! Requests as a connection reads them, and trees of files to serve.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use basehttp_handler::{Body, Driver, Peer, Request, Response};
use basehttp_proto::server::{Connection, Event};
use basehttp_proto::{Config, Fields, ProtocolError};
use bytes::Bytes;

/// A request from its head as it stands on the wire.
pub(crate) fn request(head: &[u8]) -> Request {
    let mut connection = Connection::new(Config::default());
    connection.recv(head).unwrap();
    match connection.poll_event() {
        Ok(Some(Event::Request(head))) => Request::new(head, Bytes::new(), Fields::new(), Peer::Unknown),
        other => panic!("{other:?} for {}", head.escape_ascii()),
    }
}

pub(crate) fn with(method: &str, target: &str, fields: &[(&str, &str)]) -> Request {
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: example.com\r\n");
    for (name, value) in fields {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    request((head + "\r\n").as_bytes())
}

pub(crate) fn get(target: &str) -> Request {
    with("GET", target, &[])
}

/// What the protocol says of a head that breaks it.
pub(crate) fn refused(head: &[u8]) -> ProtocolError {
    let mut connection = Connection::new(Config::default());
    connection.recv(head).unwrap();
    connection.poll_event().unwrap_err()
}

pub(crate) fn fields(lines: &[(&str, &str)]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in lines {
        fields.append(name, value).unwrap();
    }
    fields
}

/// The content of a response; of an error page nothing.
pub(crate) fn content(response: &Response) -> Vec<u8> {
    match response.body() {
        Body::Full(content) => content.to_vec(),
        Body::File(slice) => {
            let mut content = vec![0; usize::try_from(slice.len).unwrap()];
            slice.file.read_exact_at(&mut content, slice.offset).unwrap();
            content
        }
        Body::Error(_) => Vec::new(),
    }
}

pub(crate) fn field(response: &Response, name: &str) -> Option<String> {
    response.fields().get_str(name).map(str::to_owned)
}

/// A moment long past, in whole seconds.
pub(crate) fn past() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

/// Writes a file that was last changed at [`past`].
pub(crate) fn write_old(path: &Path, content: impl AsRef<[u8]>) {
    fs::write(path, content).unwrap();
    File::options().write(true).open(path).unwrap().set_modified(past()).unwrap();
}

/// Takes what is queued.
pub(crate) fn written(driver: &mut Driver) -> String {
    let mut octets = Vec::new();
    while !driver.transmit().is_empty() {
        octets.extend_from_slice(driver.transmit().chunk());
        let len = driver.transmit().chunk().len();
        driver.transmit().consume(len);
    }
    String::from_utf8(octets).unwrap()
}
