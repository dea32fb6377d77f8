//! A server of a service that runs in a thread, and what a client does with it.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::http::{Request, Response};
use basehttp_handler::Settings;
use basehttp_tokio::{RequestBody, Server, ShutdownHandle};
use http_body::Body;
use tower_service::Service;

/// Far longer than anything here takes: reaching it is a failure, not a wait.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Running {
    address: SocketAddr,
    handle: ShutdownHandle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn start<S, B>(service: S) -> Self
    where
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        S::Future: Send,
        B: Body + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        Self::start_with(Settings::default(), service)
    }

    pub(crate) fn start_with<S, B>(settings: Settings, service: S) -> Self
    where
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        S::Future: Send,
        B: Body + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let server = Server::bind(("127.0.0.1", 0)).unwrap().settings(settings);
        let (address, handle) = (server.local_addr().unwrap(), server.shutdown_handle());
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(server.serve_service(service)).unwrap();
        });
        Self { address, handle, thread: Some(thread) }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends `request`, ends the sending side, and returns everything that comes back.
    pub(crate) fn ask(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_ref()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        read_all(&mut stream)
    }

    /// As [`ask`](Self::ask), for a response that is cut off: what came before that.
    pub(crate) fn ask_and_be_cut_off(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let end = stream.read_to_end(&mut answer);
        assert!(end.is_err(), "an orderly end after {}", answer.escape_ascii());
        String::from_utf8(answer).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.now();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

pub(crate) fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

/// Reads up to the first time that what came ends so.
pub(crate) fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut answer = Vec::new();
    let mut octet = [0];
    while !answer.ends_with(end.as_bytes()) {
        assert_eq!(stream.read(&mut octet).unwrap(), 1, "the end after {}", answer.escape_ascii());
        answer.extend_from_slice(&octet);
    }
    String::from_utf8(answer).unwrap()
}

/// A request with this content.
pub(crate) fn post(path: &str, content: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{content}", content.len())
}

pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// The content of a response in chunks.
pub(crate) fn unchunked(answer: &str) -> String {
    let mut rest = answer.split_once("\r\n\r\n").unwrap().1;
    let mut content = String::new();
    loop {
        let (size, after) = rest.split_once("\r\n").unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        content.push_str(&after[..size]);
        if size == 0 {
            return content;
        }
        rest = after[size..].strip_prefix("\r\n").unwrap();
    }
}
