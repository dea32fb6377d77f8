//! Which peers are believed when they say for whom they speak.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use crate::Peer;

/// A list of places from which proxies connect. Nobody is on it unless named.
///
/// ```
/// use basehttp_handler::{Peer, Trusted};
///
/// let proxies: Trusted = "10.0.0.0/8, 2001:db8::/32, unix".parse()?;
/// assert!(proxies.contains(Peer::Ip("10.1.2.3:4567".parse()?)));
/// assert!(!proxies.contains(Peer::Ip("192.0.2.1:4567".parse()?)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trusted {
    networks: Vec<IpNet>,
    unix: bool,
}

/// What is no place of a [`Trusted`] list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedError(String);

impl Trusted {
    /// Whether a peer is on the list. An IPv4 address written as one of IPv6 is what it is.
    pub fn contains(&self, peer: Peer) -> bool {
        match peer {
            Peer::Ip(address) => self.contains_ip(address.ip()),
            Peer::Unix => self.unix,
            Peer::Unknown => false,
        }
    }

    fn contains_ip(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.networks.iter().any(|network| network.contains(&ip))
    }
}

/// Addresses, networks such as `10.0.0.0/8`, and `unix` for those who connect to a Unix socket, with commas between them.
impl FromStr for Trusted {
    type Err = TrustedError;

    fn from_str(list: &str) -> Result<Self, TrustedError> {
        let mut trusted = Self::default();
        for place in list.split(',').map(str::trim).filter(|place| !place.is_empty()) {
            if place == "unix" {
                trusted.unix = true;
                continue;
            }
            let network = place.parse().or_else(|_| place.parse::<IpAddr>().map(IpNet::from));
            trusted.networks.push(canonical(network.map_err(|_| TrustedError(place.to_owned()))?));
        }
        Ok(trusted)
    }
}

/// A network of IPv4 addresses that is written as one of IPv6 is what it is, as its addresses are.
fn canonical(network: IpNet) -> IpNet {
    match (network.addr().to_canonical(), network.prefix_len().checked_sub(96)) {
        (IpAddr::V4(address), Some(len)) if network.addr().is_ipv6() => {
            IpNet::new(address.into(), len).unwrap_or(network)
        }
        _ => network,
    }
}

impl fmt::Display for TrustedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is no address, no network such as 10.0.0.0/8, and not the word unix", self.0)
    }
}

impl Error for TrustedError {}
