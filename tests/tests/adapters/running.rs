//! A server of any adapter that runs in a thread, and what a client does with it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use basehttp_handler::{Handler, Record, Settings};
use basehttp_transport::Listener;

use super::exchanges;

/// Far longer than anything here takes: reaching it is a failure, not a wait.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug)]
pub(crate) enum Adapter {
    Std,
    Tokio,
    Smol,
}

/// How a server is built.
#[derive(Default)]
pub(crate) struct Build {
    pub(crate) settings: Settings,
    pub(crate) max_connections: Option<usize>,
    /// In the place of one on a free port.
    pub(crate) first: Option<Listener>,
    pub(crate) second: Option<TcpListener>,
    pub(crate) path: Option<PathBuf>,
}

/// What is done to a server from elsewhere.
struct Handle {
    graceful: Box<dyn Fn(Duration)>,
    now: Box<dyn Fn()>,
    connections: Box<dyn Fn() -> usize>,
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    handle: Handle,
    thread: Option<JoinHandle<io::Result<()>>>,
}

/// Servers differ in their type and not in their methods.
macro_rules! build {
    ($server:ty, $build:ident, $run:expr) => {{
        let first = $build.first.unwrap_or_else(|| Listener::bind(("127.0.0.1", 0)).unwrap());
        let mut server = <$server>::from_listener(first).unwrap().settings($build.settings);
        if let Some(max) = $build.max_connections {
            server = server.max_connections(max);
        }
        if let Some(listener) = $build.second {
            server = server.and_listener(listener).unwrap();
        }
        if let Some(path) = $build.path {
            server = server.and_listener(Listener::bind_unix(path).unwrap()).unwrap();
        }
        let address = server.local_addr().unwrap();
        let (first, second, third) = (server.shutdown_handle(), server.shutdown_handle(), server.shutdown_handle());
        let handle = Handle {
            graceful: Box::new(move |deadline| first.graceful(deadline)),
            now: Box::new(move || second.now()),
            connections: Box::new(move || third.connections()),
        };
        let thread = thread::spawn(move || $run(server));
        Running { address, handle, thread: Some(thread) }
    }};
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

impl Running {
    pub(crate) fn start(adapter: Adapter, handler: impl Handler + 'static) -> Self {
        Self::start_with(adapter, Build::default(), handler)
    }

    pub(crate) fn start_with(adapter: Adapter, build: Build, handler: impl Handler + 'static) -> Self {
        match adapter {
            Adapter::Std => build!(basehttp_std::Server, build, |server: basehttp_std::Server| server.serve(handler)),
            Adapter::Tokio => {
                build!(basehttp_tokio::Server, build, |server: basehttp_tokio::Server| {
                    runtime().block_on(server.serve(handler))
                })
            }
            Adapter::Smol => {
                build!(basehttp_smol::Server, build, |server: basehttp_smol::Server| {
                    smol::block_on(server.serve(handler))
                })
            }
        }
    }

    /// A server whose handler is the one of [`exchanges`] for this adapter.
    pub(crate) fn exchanging(adapter: Adapter) -> Self {
        Self::exchanging_with(adapter, Build::default())
    }

    pub(crate) fn exchanging_with(adapter: Adapter, build: Build) -> Self {
        match adapter {
            Adapter::Std => build!(basehttp_std::Server, build, |server: basehttp_std::Server| {
                server.serve_exchanges(exchanges::on_std::answer)
            }),
            Adapter::Tokio => build!(basehttp_tokio::Server, build, |server: basehttp_tokio::Server| {
                runtime().block_on(server.serve_exchanges(exchanges::on_tokio::answer))
            }),
            Adapter::Smol => build!(basehttp_smol::Server, build, |server: basehttp_smol::Server| {
                smol::block_on(server.serve_exchanges(exchanges::on_smol::answer))
            }),
        }
    }

    /// A server on tokio whose handler waits in a task; on one thread.
    pub(crate) fn waiting_on_tokio(handler: impl basehttp_tokio::AsyncHandler + 'static) -> Self {
        let build = Build::default();
        build!(basehttp_tokio::Server, build, |server: basehttp_tokio::Server| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(server.serve_async(handler))
        })
    }

    /// The same on smol.
    pub(crate) fn waiting_on_smol(handler: impl basehttp_smol::AsyncHandler + 'static) -> Self {
        let build = Build::default();
        build!(basehttp_smol::Server, build, |server: basehttp_smol::Server| {
            smol::block_on(server.serve_async(handler))
        })
    }

    pub(crate) fn graceful(&self, deadline: Duration) {
        (self.handle.graceful)(deadline);
    }

    pub(crate) fn now(&self) {
        (self.handle.now)();
    }

    /// How many connections are open.
    pub(crate) fn connections(&self) -> usize {
        (self.handle.connections)()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect(self.address)
    }

    /// Sends `request`, ends the sending side, and returns everything that comes back.
    pub(crate) fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        read_all(&mut stream)
    }

    /// Waits for the end of a server that was stopped.
    pub(crate) fn join(mut self) {
        self.thread.take().unwrap().join().unwrap().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.now();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Stops a server gracefully, within this time.
pub(crate) type Stop = Box<dyn Fn(Duration) + Send>;

/// Serves one request of `client`, which is told the address and can stop the server; stopped before that if `stopped`.
pub(crate) fn serve_one(
    adapter: Adapter,
    stopped: bool,
    client: impl FnOnce(SocketAddr, Stop) -> String + Send + 'static,
    handler: impl Handler + 'static,
) -> (io::Result<Option<Record>>, String) {
    macro_rules! serve_one {
        ($server:ty, $run:expr) => {{
            let mut server = <$server>::bind(("127.0.0.1", 0)).unwrap();
            if stopped {
                server.shutdown_handle().now();
            }
            let address = server.local_addr().unwrap();
            let handle = server.shutdown_handle();
            let stop: Stop = Box::new(move |deadline| handle.graceful(deadline));
            let client = thread::spawn(move || client(address, stop));
            let record = $run(&mut server);
            (record, client.join().unwrap())
        }};
    }
    match adapter {
        Adapter::Std => {
            serve_one!(basehttp_std::Server, |server: &mut basehttp_std::Server| server.serve_one(handler))
        }
        Adapter::Tokio => serve_one!(basehttp_tokio::Server, |server: &mut basehttp_tokio::Server| {
            runtime().block_on(server.serve_one(handler))
        }),
        Adapter::Smol => serve_one!(basehttp_smol::Server, |server: &mut basehttp_smol::Server| {
            smol::block_on(server.serve_one(handler))
        }),
    }
}

/// Why a server cannot listen at a path.
pub(crate) fn refused_path(adapter: Adapter, path: &Path) -> Option<io::Error> {
    match adapter {
        Adapter::Std => basehttp_std::Server::bind_unix(path).err(),
        Adapter::Tokio => basehttp_tokio::Server::bind_unix(path).err(),
        Adapter::Smol => basehttp_smol::Server::bind_unix(path).err(),
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

pub(crate) fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

/// Reads up to and with `end`.
pub(crate) fn read_until(stream: &mut impl Read, end: &str) -> String {
    let mut answer = Vec::new();
    let mut octet = [0];
    while !answer.ends_with(end.as_bytes()) {
        assert_eq!(stream.read(&mut octet).unwrap(), 1, "ended after {:?}", String::from_utf8_lossy(&answer));
        answer.push(octet[0]);
    }
    String::from_utf8(answer).unwrap()
}
