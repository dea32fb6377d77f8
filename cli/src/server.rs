//! One server, on the runtime that was asked for.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use basehttp_handler::{Handler, Settings};

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
}

#[expect(clippy::large_enum_variant, reason = "there is one of it")]
pub(crate) enum Server {
    Std(basehttp_std::Server),
    Tokio(basehttp_tokio::Server),
    Smol(basehttp_smol::Server),
}

impl Server {
    pub(crate) fn bind(runtime: Runtime, addresses: impl ToSocketAddrs) -> io::Result<Self> {
        match runtime {
            Runtime::Std => basehttp_std::Server::bind(addresses).map(Self::Std),
            Runtime::Tokio => basehttp_tokio::Server::bind(addresses).map(Self::Tokio),
            Runtime::Smol => basehttp_smol::Server::bind(addresses).map(Self::Smol),
        }
    }

    #[cfg(unix)]
    pub(crate) fn bind_unix(runtime: Runtime, path: &Path) -> io::Result<Self> {
        match runtime {
            Runtime::Std => basehttp_std::Server::bind_unix(path).map(Self::Std),
            Runtime::Tokio => basehttp_tokio::Server::bind_unix(path).map(Self::Tokio),
            Runtime::Smol => basehttp_smol::Server::bind_unix(path).map(Self::Smol),
        }
    }

    #[cfg(unix)]
    pub(crate) fn and_unix(self, path: &Path) -> io::Result<Self> {
        match self {
            Self::Std(server) => server.and_unix(path).map(Self::Std),
            Self::Tokio(server) => server.and_unix(path).map(Self::Tokio),
            Self::Smol(server) => server.and_unix(path).map(Self::Smol),
        }
    }

    // The command line takes no paths there.

    #[cfg(not(unix))]
    pub(crate) fn bind_unix(_: Runtime, _: &Path) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    #[cfg(not(unix))]
    pub(crate) fn and_unix(self, _: &Path) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn and_bind(self, addresses: impl ToSocketAddrs) -> io::Result<Self> {
        match self {
            Self::Std(server) => server.and_bind(addresses).map(Self::Std),
            Self::Tokio(server) => server.and_bind(addresses).map(Self::Tokio),
            Self::Smol(server) => server.and_bind(addresses).map(Self::Smol),
        }
    }

    pub(crate) fn and_listener(self, listener: TcpListener) -> io::Result<Self> {
        match self {
            Self::Std(server) => server.and_listener(listener).map(Self::Std),
            Self::Tokio(server) => server.and_listener(listener).map(Self::Tokio),
            Self::Smol(server) => server.and_listener(listener).map(Self::Smol),
        }
    }

    pub(crate) fn settings(self, settings: Settings) -> Self {
        match self {
            Self::Std(server) => Self::Std(server.settings(settings)),
            Self::Tokio(server) => Self::Tokio(server.settings(settings)),
            Self::Smol(server) => Self::Smol(server.settings(settings)),
        }
    }

    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        each!(self, server => server.local_addr())
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

    pub(crate) fn serve(self, handler: impl Handler + 'static) -> io::Result<()> {
        match self {
            Self::Std(server) => server.serve(handler),
            Self::Tokio(server) => {
                let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
                runtime.block_on(server.serve(handler))
            }
            Self::Smol(server) => smol::block_on(server.serve(handler)),
        }
    }
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
