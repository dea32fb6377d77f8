//! Where to listen, and under which URLs that can be reached.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use basehttp_transport::Listener;

use crate::args::Options;
use crate::problem::Problem;
use crate::server::Server;
use crate::tls;

const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// A server that listens where the options say, and the paths that it listens at.
pub(crate) fn open(options: &Options) -> Result<(Server, Vec<PathBuf>), Problem> {
    let mut listeners = Vec::new();
    if options.inherited {
        listeners.extend(inherited()?);
    }
    if !options.bind.is_empty() {
        listeners.extend(addresses(&options.bind, options.port)?);
    }
    for path in &options.paths {
        listeners.push(at_path(path)?);
    }
    if listeners.is_empty() {
        listeners.extend(loopback(options.port)?);
    }
    if let Some((certificate, key)) = &options.tls {
        let tls = tls::open(certificate, key)?;
        listeners = listeners.into_iter().map(|listener| listener.tls(tls.clone())).collect();
    }
    let paths = paths(&listeners);
    let none = || Problem::Environment("there is nowhere to listen".to_owned());
    let mut listeners = listeners.into_iter();
    let first = listeners.next().ok_or_else(none)?;
    let server = Server::new(options.runtime, first).and_then(|server| listeners.try_fold(server, Server::and));
    server.map(|server| (server, paths)).map_err(|error| Problem::system("cannot serve", &error))
}

fn addresses(bind: &[IpAddr], mut port: u16) -> Result<Vec<Listener>, Problem> {
    let mut listeners = Vec::new();
    for ip in bind {
        let address = SocketAddr::new(*ip, port);
        let listener = Listener::bind(address).map_err(|error| Problem::listen(address, &error))?;
        // With port 0 all addresses share the one that was found.
        port = port_of(&listener)?;
        listeners.push(listener);
    }
    Ok(listeners)
}

/// Both loopback addresses, as far as the machine has them.
fn loopback(port: u16) -> Result<Vec<Listener>, Problem> {
    let [v4, v6] = LOOPBACK;
    let first = SocketAddr::new(v4, port);
    let listener = match Listener::bind(first) {
        Ok(listener) => listener,
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => return addresses(&[v6], port),
        Err(error) => return Err(Problem::listen(first, &error)),
    };
    let second = SocketAddr::new(v6, port_of(&listener)?);
    match Listener::bind(second) {
        Ok(other) => Ok(vec![listener, other]),
        // Somebody else there would be taken for this server by a browser that tries it first.
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && port != 0 => Err(Problem::listen(second, &error)),
        // A machine without IPv6.
        Err(_) => Ok(vec![listener]),
    }
}

fn port_of(listener: &Listener) -> Result<u16, Problem> {
    match listener.local_addr() {
        Some(Ok(address)) => Ok(address.port()),
        Some(Err(error)) => Err(Problem::system("cannot tell the port", &error)),
        None => Ok(0),
    }
}

#[cfg(unix)]
fn paths(listeners: &[Listener]) -> Vec<PathBuf> {
    listeners.iter().filter_map(Listener::local_path).collect()
}

#[cfg(unix)]
fn at_path(path: &Path) -> Result<Listener, Problem> {
    Listener::bind_unix(path).map_err(|error| Problem::path(path, &error))
}

#[cfg(unix)]
fn inherited() -> Result<Vec<Listener>, Problem> {
    let listeners =
        Listener::inherited().map_err(|error| Problem::system("cannot take the sockets passed in", &error))?;
    if listeners.is_empty() {
        let text =
            "no socket was passed in (LISTEN_FDS); start it by a socket unit of systemd, or leave --bind systemd away";
        return Err(Problem::Environment(text.to_owned()));
    }
    Ok(listeners)
}

// The command line takes neither there.

#[cfg(not(unix))]
fn paths(_: &[Listener]) -> Vec<PathBuf> {
    Vec::new()
}

#[cfg(not(unix))]
fn at_path(path: &Path) -> Result<Listener, Problem> {
    Err(Problem::path(path, &io::ErrorKind::Unsupported.into()))
}

#[cfg(not(unix))]
fn inherited() -> Result<Vec<Listener>, Problem> {
    Err(Problem::system("cannot take sockets", &io::ErrorKind::Unsupported.into()))
}

/// Whether every address is one of this machine alone.
pub(crate) fn is_loopback(addresses: &[SocketAddr]) -> bool {
    // An IPv4 address in the clothes of an IPv6 one is what it is.
    !addresses.is_empty() && addresses.iter().all(|address| address.ip().to_canonical().is_loopback())
}

/// The URLs under which the addresses can be reached: an address that stands for all networks is told as those.
pub(crate) fn urls(addresses: &[SocketAddr], is_secured: bool) -> Vec<String> {
    let scheme = if is_secured { "https" } else { "http" };
    let mut urls = Vec::new();
    for address in addresses {
        let ips = if address.ip().is_unspecified() { interfaces(address.is_ipv4()) } else { vec![address.ip()] };
        urls.extend(ips.into_iter().map(|ip| format!("{scheme}://{}/", SocketAddr::new(ip, address.port()))));
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
