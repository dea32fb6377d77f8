//! The server that a request came to, as its handler sees it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A server: what CGI calls SERVER_NAME, SERVER_PORT and SERVER_SOFTWARE (RFC 3875 4.1.14, 4.1.15 and 4.1.17).
///
/// Nothing of it is what a client says: see [`Request::host`](crate::Request::host) for that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerInfo {
    // Each request of a service has a copy of it.
    name: Arc<str>,
    port: Option<u16>,
    software: Arc<str>,
}

impl ServerInfo {
    /// A server that listens on `local`, unless that is no address. Nobody is asked for the name of an address.
    pub(crate) fn new(name: Option<&str>, local: Option<SocketAddr>, software: &str) -> Self {
        let address = |local: SocketAddr| match local.ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        let name = name.map(Arc::from).or_else(|| local.map(|local| address(local).into())).unwrap_or_default();
        Self { name, port: local.map(|local| local.port()), software: software.into() }
    }

    /// Its name by [`Settings::server_name`](crate::Settings::server_name), or else the address it listens on, one of IPv6 in
    /// brackets; empty without either.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The port it listens on; `None` for a path.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// What it says of itself in Server, empty for nothing.
    pub fn software(&self) -> &str {
        &self.software
    }
}
