//! The PROXY protocol, versions 1 and 2: what a proxy says before the first octet of a connection about whom it speaks for
//! (<https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt>).
//!
//! Law: whatever is not a header to the letter ends the connection. A server that guessed here would take a stranger's word
//! for an address.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str;

use basehttp_handler::Peer;

/// What version 2 starts with.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// What version 1 starts with.
const PROXY: &[u8] = b"PROXY ";
/// The longest line of version 1, with its line end.
const LINE: usize = 107;
/// Octets of version 2 before the addresses.
const FIXED: usize = 16;
/// Octets of addresses and of what else a proxy tells that are put up with.
const REST: usize = 4096;

/// A header that has arrived whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyHeader {
    /// How many octets it takes.
    pub len: usize,
    /// Whom the proxy speaks for; `None` when it speaks for itself.
    pub peer: Option<Peer>,
}

/// Why there is no header. Nothing can be answered: the connection is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyError {
    /// The octet at this place begins something else.
    Signature(usize),
    /// The line of version 1 is longer than 107 octets.
    LineTooLong,
    /// The line of version 1 is not one of `PROXY UNKNOWN` or `PROXY TCP4` or `TCP6`, two addresses and two ports, each
    /// after one space.
    Line,
    /// Octet 12 of version 2: neither version 2 nor one of the commands LOCAL and PROXY.
    Command(u8),
    /// Octets 14 and 15 of version 2: fewer octets than the addresses need, or more than 4,096.
    Length(u16),
}

impl ProxyHeader {
    /// Reads the header that `octets` starts with; `None` when there may be one but not all of it has arrived.
    ///
    /// # Errors
    ///
    /// [`ProxyError`] as soon as there can be none.
    pub fn parse(octets: &[u8]) -> Result<Option<Self>, ProxyError> {
        let is_text = octets.first() == PROXY.first();
        let start: &[u8] = if is_text { PROXY } else { SIGNATURE };
        if let Some(at) = octets.iter().zip(start).position(|(octet, expected)| octet != expected) {
            return Err(ProxyError::Signature(at));
        }
        if octets.len() < start.len() {
            return Ok(None);
        }
        if is_text { line(octets) } else { binary(octets) }
    }
}

/// Version 1.
fn line(octets: &[u8]) -> Result<Option<ProxyHeader>, ProxyError> {
    let within = octets.get(..LINE).unwrap_or(octets);
    let Some(end) = within.iter().position(|octet| *octet == b'\n') else {
        return if octets.len() >= LINE { Err(ProxyError::LineTooLong) } else { Ok(None) };
    };
    let line = octets.get(..end).and_then(|line| line.strip_suffix(b"\r")).ok_or(ProxyError::Line)?;
    let line = str::from_utf8(line).map_err(|_| ProxyError::Line)?;
    let parts: Vec<&str> = line.split(' ').collect();
    let peer = match *parts.as_slice() {
        ["PROXY", "UNKNOWN", ..] => None,
        ["PROXY", family, from, to, from_port, to_port] => {
            // Where it was sent to is of no use here, but has to be right.
            address(family, to)?;
            port(to_port)?;
            Some(Peer::Ip(SocketAddr::new(address(family, from)?, port(from_port)?)))
        }
        _ => return Err(ProxyError::Line),
    };
    Ok(Some(ProxyHeader { len: end.saturating_add(1), peer }))
}

fn address(family: &str, text: &str) -> Result<IpAddr, ProxyError> {
    let address = match family {
        "TCP4" => text.parse().map(IpAddr::V4).ok(),
        "TCP6" => text.parse().map(IpAddr::V6).ok(),
        _ => None,
    };
    address.ok_or(ProxyError::Line)
}

fn port(text: &str) -> Result<u16, ProxyError> {
    // What Rust reads as a number besides: a sign, and zeros before it.
    let is_plain = text.bytes().all(|octet| octet.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_plain).ok_or(ProxyError::Line)
}

/// Version 2.
fn binary(octets: &[u8]) -> Result<Option<ProxyHeader>, ProxyError> {
    let rest = octets.get(SIGNATURE.len()..).unwrap_or_default();
    let is_local = match rest.first() {
        None => return Ok(None),
        Some(0x20) => true,
        Some(0x21) => false,
        Some(other) => return Err(ProxyError::Command(*other)),
    };
    let &[_, family, high, low, ref rest @ ..] = rest else { return Ok(None) };
    let len = u16::from_be_bytes([high, low]);
    let needed = match (is_local, family) {
        (false, 0x11) => 12,
        (false, 0x21) => 36,
        (false, 0x31) => 216,
        // What a proxy says of a family that is not known, and of itself, is passed over.
        _ => 0,
    };
    if usize::from(len) < needed || usize::from(len) > REST {
        return Err(ProxyError::Length(len));
    }
    let Some(addresses) = rest.get(..usize::from(len)) else { return Ok(None) };
    let peer = match (needed, addresses) {
        (12, &[a, b, c, d, _, _, _, _, high, low, ..]) => Some(ip(Ipv4Addr::new(a, b, c, d), high, low)),
        (36, addresses) => addresses.split_first_chunk::<16>().and_then(|(from, rest)| match rest.get(16..18) {
            Some(&[high, low]) => Some(ip(Ipv6Addr::from(*from), high, low)),
            _ => None,
        }),
        (216, _) => Some(Peer::Unix),
        _ => None,
    };
    Ok(Some(ProxyHeader { len: FIXED.saturating_add(usize::from(len)), peer }))
}

fn ip(address: impl Into<IpAddr>, high: u8, low: u8) -> Peer {
    Peer::Ip(SocketAddr::new(address.into(), u16::from_be_bytes([high, low])))
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature(at) => write!(
                f,
                "octet {at} of the connection begins no header of the PROXY protocol, which this peer has to send first; \
                 let it, or do not trust it"
            ),
            Self::LineTooLong => write!(f, "the line of the PROXY protocol is longer than {LINE} octets"),
            Self::Line => f.write_str(
                "the line of the PROXY protocol is neither PROXY UNKNOWN nor PROXY TCP4 or TCP6, two addresses and two \
                 ports, each after one space, ended by CR LF",
            ),
            Self::Command(octet) => {
                write!(
                    f,
                    "octet 12 of the connection, {octet:#04x}, is not the version and command of the PROXY protocol: 0x20 or 0x21"
                )
            }
            Self::Length(len) => {
                write!(
                    f,
                    "octets 14 and 15 of the connection tell {len} octets of addresses, too few for their family or more than {REST}"
                )
            }
        }
    }
}

impl Error for ProxyError {}
