//! For whom a proxy speaks: Forwarded (RFC 7239), or the fields that came before it.
//!
//! Law: a field is believed as far as trusted proxies wrote it. Each adds to the end of a list, so it is read from the end,
//! up to the first hop that is not trusted; what stands before that anybody may have written.

use std::net::{IpAddr, SocketAddr};

use basehttp_proto::Fields;

use crate::{Peer, Trusted};

/// Which fields the proxies write. There is one answer: a proxy that writes one kind passes on the other as a client sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardedBy {
    /// Forwarded.
    Forwarded,
    /// X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host.
    XForwarded,
}

/// Who sent a request, as far as trusted proxies tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Who it is; [`Peer::Unknown`] when a proxy keeps it to itself.
    pub peer: Peer,
    /// Whether the connection to the first proxy was secured; `None` when none says.
    pub secured: Option<bool>,
    /// The host that the client asked for, with its port if it gave one; `None` when no proxy says. It is what a client wrote:
    /// check it before it is used.
    pub host: Option<String>,
}

impl Client {
    /// Who sent a request with these fields, on a connection from `peer`.
    pub fn new(peer: Peer, fields: &Fields, by: ForwardedBy, trusted: &Trusted) -> Self {
        let direct = Self { peer, secured: None, host: None };
        if !trusted.contains(peer) {
            return direct;
        }
        match by {
            ForwardedBy::Forwarded => forwarded(direct, fields, trusted),
            ForwardedBy::XForwarded => x_forwarded(direct, fields, trusted),
        }
    }
}

fn forwarded(mut client: Client, fields: &Fields, trusted: &Trusted) -> Client {
    let elements: Vec<&[u8]> = fields.list("Forwarded").collect();
    for element in elements.into_iter().rev() {
        if !trusted.contains(client.peer) {
            break;
        }
        let Some(hop) = hop(element) else {
            client.peer = Peer::Unknown;
            break;
        };
        client = Client { peer: hop.peer, secured: hop.secured.or(client.secured), host: hop.host.or(client.host) };
    }
    client
}

/// One element of Forwarded; `None` when it is none.
fn hop(element: &[u8]) -> Option<Client> {
    let mut hop = Client { peer: Peer::Unknown, secured: None, host: None };
    let mut names = Vec::new();
    let mut rest = std::str::from_utf8(element).ok()?.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = value(after)?;
        let name = name.trim().to_ascii_lowercase();
        match name.as_str() {
            // No parameter may come twice (RFC 7239 4).
            _ if names.contains(&name) => return None,
            "for" => hop.peer = node(&value),
            "proto" => hop.secured = scheme(&value),
            "host" => hop.host = Some(value),
            _ => {}
        }
        names.push(name);
        let after = after.trim_start();
        rest = match after.strip_prefix(';') {
            Some(more) => more.trim_start(),
            None if after.is_empty() => after,
            None => return None,
        };
    }
    Some(hop)
}

/// A token or quoted string, and what comes after it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ' ', '\t', '"', '=']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (!value.is_empty()).then(|| (value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut octets = quoted.char_indices();
    while let Some((at, octet)) = octets.next() {
        match octet {
            '"' => return quoted.get(at.saturating_add(1)..).map(|rest| (value, rest)),
            '\\' => value.push(octets.next()?.1),
            other => value.push(other),
        }
    }
    None
}

fn x_forwarded(mut client: Client, fields: &Fields, trusted: &Trusted) -> Client {
    for hop in elements(fields, "X-Forwarded-For").into_iter().rev() {
        if !trusted.contains(client.peer) {
            break;
        }
        client.peer = node(hop);
    }
    // Only the last was certainly written by the proxy that is connected.
    let last = |name| elements(fields, name).last().copied();
    client.secured = last("X-Forwarded-Proto").and_then(scheme);
    client.host = last("X-Forwarded-Host").map(str::to_owned);
    client
}

/// The parts between commas: these fields know no quotes. One that is not text hides itself.
fn elements<'a>(fields: &'a Fields, name: &'a str) -> Vec<&'a str> {
    let lines = fields.get_all(name).flat_map(|line| line.split(|octet| *octet == b','));
    lines.map(|part| std::str::from_utf8(part).unwrap_or_default().trim()).collect()
}

fn scheme(text: &str) -> Option<bool> {
    match text {
        text if text.eq_ignore_ascii_case("https") => Some(true),
        text if text.eq_ignore_ascii_case("http") => Some(false),
        _ => None,
    }
}

/// A node (RFC 7239 6): an address, with a port or without; IPv6 in brackets, or as X-Forwarded-For has it, bare. What hides
/// itself, by `unknown` or a name with an underscore, is not known.
fn node(text: &str) -> Peer {
    let address = || -> Option<SocketAddr> {
        if let Ok(address) = text.parse() {
            return Some(address);
        }
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return Some(SocketAddr::new(ip, 0));
        }
        // A port may hide itself too.
        let (ip, _hidden) = text.rsplit_once(":_")?;
        let ip = ip.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(ip);
        Some(SocketAddr::new(ip.parse().ok()?, 0))
    };
    address().map_or(Peer::Unknown, Peer::Ip)
}
