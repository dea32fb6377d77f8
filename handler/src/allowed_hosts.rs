//! Which hosts a server answers for (RFC 9110 7.4).
//!
//! A page of any web site can make a browser send requests to a server on the same machine, under a name of its own
//! that leads there (DNS rebinding). A server that answers only for its own names gives such a page nothing.

use std::net::IpAddr;

use basehttp_proto::StatusCode;

use crate::{Handler, Request, Response};

/// The names a server answers for; any other is answered 421.
#[derive(Clone, Debug, Default)]
pub struct AllowedHosts {
    names: Vec<String>,
    loopback: bool,
}

impl AllowedHosts {
    /// The names and addresses of this machine itself: `localhost`, what ends in `.localhost`, and loopback addresses.
    pub fn loopback() -> Self {
        Self { names: Vec::new(), loopback: true }
    }

    /// Allows one more name or address, without a port. A leading `*.` stands for every name below the rest.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.names.push(name.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase());
        self
    }

    /// Whether `host`, as it stands in Host, is allowed; its port, its case and a final dot do not matter.
    pub fn allows(&self, host: &str) -> bool {
        let name = without_port(host).trim_end_matches('.').to_ascii_lowercase();
        if self.loopback && is_loopback(&name) {
            return true;
        }
        self.names.iter().any(|allowed| match allowed.strip_prefix("*.") {
            Some(domain) => name.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            None => *allowed == name,
        })
    }

    /// A handler that passes on the requests for allowed hosts. A request without a host, which HTTP/1.0 permits, is
    /// passed on: no browser sends one.
    pub fn guard(self, handler: impl Handler) -> impl Handler {
        Guarded { hosts: self, handler }
    }
}

/// A handler that gets the requests for allowed hosts alone.
struct Guarded<H> {
    hosts: AllowedHosts,
    handler: H,
}

impl<H: Handler> Handler for Guarded<H> {
    fn handle(&self, request: Request) -> Response {
        match request.host() {
            Some(host) if !self.hosts.allows(host) => Response::error(StatusCode::MISDIRECTED_REQUEST)
                .explain("This server does not answer for the host that was asked for."),
            _ => self.handler.handle(request),
        }
    }

    fn blocks(&self) -> bool {
        self.handler.blocks()
    }
}

/// The host without brackets and port.
fn without_port(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(literal) => literal.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

fn is_loopback(name: &str) -> bool {
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| match address {
            IpAddr::V4(v4) => v4.is_loopback(),
            IpAddr::V6(v6) => v6.is_loopback() || v6.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback()),
        })
}
