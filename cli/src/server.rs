//! One server, on the runtime that was asked for.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use basehttp_handler::{Handler, Settings};
use basehttp_transport::Listener;

use crate::args::Runtime;

/// The types of the adapters have the same methods; which one it is shows here and nowhere else.
macro_rules! each {
    ($self:expr, $server:ident => $what:expr) => {
        match $self {
            Server::Std($server) => $what,
            Server::Tokio($server) => $what,
            Server::Smol($server) => $what,
        }
    };
    ($self:expr, $server:ident -> $what:expr) => {
        match $self {
            Server::Std($server) => $what.map(Server::Std),
            Server::Tokio($server) => $what.map(Server::Tokio),
            Server::Smol($server) => $what.map(Server::Smol),
        }
    };
}

pub(crate) enum Server {
    Std(basehttp_std::Server),
    Tokio(basehttp_tokio::Server),
    Smol(basehttp_smol::Server),
}

impl Server {
    pub(crate) fn new(runtime: Runtime, listener: Listener) -> io::Result<Self> {
        match runtime {
            Runtime::Std => basehttp_std::Server::from_listener(listener).map(Self::Std),
            Runtime::Tokio => basehttp_tokio::Server::from_listener(listener).map(Self::Tokio),
            Runtime::Smol => basehttp_smol::Server::from_listener(listener).map(Self::Smol),
        }
    }

    pub(crate) fn and(self, listener: Listener) -> io::Result<Self> {
        each!(self, server -> server.and_listener(listener))
    }

    pub(crate) fn settings(self, settings: Settings) -> Self {
        match self {
            Self::Std(server) => Self::Std(server.settings(settings)),
            Self::Tokio(server) => Self::Tokio(server.settings(settings)),
            Self::Smol(server) => Self::Smol(server.settings(settings)),
        }
    }

    pub(crate) fn local_addrs(&self) -> io::Result<Vec<SocketAddr>> {
        each!(self, server => server.local_addrs())
    }

    pub(crate) fn shutdown_handle(&self) -> Handle {
        match self {
            Self::Std(server) => Handle::Std(server.shutdown_handle()),
            Self::Tokio(server) => Handle::Tokio(server.shutdown_handle()),
            Self::Smol(server) => Handle::Smol(server.shutdown_handle()),
        }
    }

    /// Serves on so many threads, or as many as the runtime likes.
    pub(crate) fn serve(self, workers: Option<NonZeroUsize>, handler: impl Handler + 'static) -> io::Result<()> {
        match (self, workers) {
            (Self::Std(server), Some(workers)) => server.max_threads(workers.get()).serve(handler),
            (Self::Std(server), None) => server.serve(handler),
            (Self::Tokio(server), workers) => {
                let mut runtime = tokio::runtime::Builder::new_multi_thread();
                if let Some(workers) = workers {
                    runtime.worker_threads(workers.get());
                }
                runtime.enable_all().build()?.block_on(server.serve(handler))
            }
            (Self::Smol(server), workers) => serve_on_smol(server, workers, handler),
        }
    }
}

/// Serves on an executor of so many threads, or of one for each processor.
fn serve_on_smol(
    server: basehttp_smol::Server,
    workers: Option<NonZeroUsize>,
    handler: impl Handler + 'static,
) -> io::Result<()> {
    let workers = workers.map_or_else(thread::available_parallelism, Ok).map_or(1, NonZeroUsize::get);
    let executor = Arc::new(smol::Executor::new());
    // The threads end when this does.
    let (serving, served) = smol::channel::bounded::<()>(1);
    for number in 1..workers {
        let (executor, served) = (Arc::clone(&executor), served.clone());
        let work = move || {
            // Closing it is an error for those who wait, and what they wait for.
            let _ = smol::block_on(executor.run(served.recv()));
        };
        thread::Builder::new().name(format!("smol-{number}")).spawn(work)?;
    }
    let server = server.executor(Arc::clone(&executor));
    let outcome = smol::block_on(executor.run(server.serve(handler)));
    drop(serving);
    outcome
}

/// What stops a server.
pub(crate) enum Handle {
    Std(basehttp_std::ShutdownHandle),
    Tokio(basehttp_tokio::ShutdownHandle),
    Smol(basehttp_smol::ShutdownHandle),
}

impl Handle {
    pub(crate) fn graceful(&self, deadline: Duration) {
        match self {
            Self::Std(handle) => handle.graceful(deadline),
            Self::Tokio(handle) => handle.graceful(deadline),
            Self::Smol(handle) => handle.graceful(deadline),
        }
    }

    pub(crate) fn connections(&self) -> usize {
        match self {
            Self::Std(handle) => handle.connections(),
            Self::Tokio(handle) => handle.connections(),
            Self::Smol(handle) => handle.connections(),
        }
    }
}
