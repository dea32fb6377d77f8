//! Where to listen, and under which URLs that can be reached.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::args::{Options, Runtime};
use crate::problem::Problem;
use crate::server::Server;

const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// A server that listens where the options say.
pub(crate) fn open(options: &Options) -> Result<Server, Problem> {
    let mut paths = options.paths.iter();
    let mut server = match paths.next().filter(|_| options.bind.is_empty()) {
        Some(first) => Server::bind_unix(options.runtime, first).map_err(|error| Problem::path(first, &error))?,
        None => {
            paths = options.paths.iter();
            open_addresses(options)?
        }
    };
    for path in paths {
        server = server.and_unix(path).map_err(|error| Problem::path(path, &error))?;
    }
    Ok(server)
}

fn open_addresses(options: &Options) -> Result<Server, Problem> {
    let mut addresses = options.bind.iter().map(|ip| SocketAddr::new(*ip, options.port));
    let Some(first) = addresses.next() else {
        return open_loopback(options.runtime, options.port);
    };
    let mut server = Server::bind(options.runtime, first).map_err(|error| Problem::listen(first, &error))?;
    // With port 0 all addresses share the one that was found.
    let port = port(&server)?;
    for address in addresses {
        let address = SocketAddr::new(address.ip(), port);
        server = server.and_bind(address).map_err(|error| Problem::listen(address, &error))?;
    }
    Ok(server)
}

/// Both loopback addresses, as far as the machine has them.
fn open_loopback(runtime: Runtime, port: u16) -> Result<Server, Problem> {
    let [v4, v6] = LOOPBACK;
    let first = SocketAddr::new(v4, port);
    let server = match Server::bind(runtime, first) {
        Ok(server) => server,
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
            let second = SocketAddr::new(v6, port);
            return Server::bind(runtime, second).map_err(|error| Problem::listen(second, &error));
        }
        Err(error) => return Err(Problem::listen(first, &error)),
    };
    let second = SocketAddr::new(v6, self::port(&server)?);
    match std::net::TcpListener::bind(second) {
        Ok(listener) => server.and_listener(listener).map_err(|error| Problem::listen(second, &error)),
        // Somebody else there would be taken for this server by a browser that tries it first.
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && port != 0 => Err(Problem::listen(second, &error)),
        // A machine without IPv6.
        Err(_) => Ok(server),
    }
}

fn port(server: &Server) -> Result<u16, Problem> {
    let address = server.local_addr().map_err(|error| Problem::system("cannot tell the port", &error))?;
    Ok(address.port())
}

/// Whether every address is one of this machine alone.
pub(crate) fn is_loopback(addresses: &[SocketAddr]) -> bool {
    // An IPv4 address in the clothes of an IPv6 one is what it is.
    addresses.iter().all(|address| address.ip().to_canonical().is_loopback())
}

/// The URLs under which the addresses can be reached: an address that stands for all networks is told as those.
pub(crate) fn urls(addresses: &[SocketAddr]) -> Vec<String> {
    let mut urls = Vec::new();
    for address in addresses {
        let ips = if address.ip().is_unspecified() { interfaces(address.is_ipv4()) } else { vec![address.ip()] };
        urls.extend(ips.into_iter().map(|ip| format!("http://{}/", SocketAddr::new(ip, address.port()))));
    }
    urls
}

/// The addresses of this machine that others can use, or the loopback one where there are none.
fn interfaces(v4: bool) -> Vec<IpAddr> {
    // A link-local address needs a zone, which a URL for a browser cannot have.
    let is_usable = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => v4 && !ip.is_loopback() && !ip.is_link_local(),
        IpAddr::V6(ip) => !v4 && !ip.is_loopback() && !ip.is_unicast_link_local(),
    };
    let all = if_addrs::get_if_addrs().unwrap_or_default();
    let found: Vec<IpAddr> = all.iter().map(if_addrs::Interface::ip).filter(is_usable).collect();
    let [loopback4, loopback6] = LOOPBACK;
    if found.is_empty() { vec![if v4 { loopback4 } else { loopback6 }] } else { found }
}
