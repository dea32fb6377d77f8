//! What RFC 9112 3.2 and RFC 3986 3.2 say of request targets and hosts, written from their grammar.

use std::net::Ipv6Addr;

use crate::reference_message::number;

/// Whether `target`, which holds no octet that no target may hold, has one of the forms that `method` allows.
///
/// The schemes are `http` and `https`, with a host that is not empty (RFC 9110 4.2); CONNECT needs a port (RFC 9110 9.3.6).
pub fn is_target(method: &[u8], target: &[u8]) -> bool {
    if method == b"CONNECT" {
        return port(target).is_some_and(|port| !port.is_empty());
    }
    let target = target.to_ascii_lowercase();
    let after_scheme = ["http://", "https://"].iter().find_map(|scheme| target.strip_prefix(scheme.as_bytes()));
    match after_scheme.and_then(|rest| rest.split(|o| b"/?".contains(o)).next()) {
        Some(authority) => port(authority).is_some(),
        None => target.starts_with(b"/") || (target == b"*" && method == b"OPTIONS"),
    }
}

/// Whether `value` is `uri-host [ ":" port ]`, or nothing at all (RFC 9110 7.2).
pub fn is_host(value: &[u8]) -> bool {
    value.is_empty() || port(value).is_some()
}

/// The port of an authority, empty where there is none. It is at most 65535, and a port alone names nothing (RFC 9110
/// 4.2.1); there is no user information.
fn port(authority: &[u8]) -> Option<&str> {
    let text = str::from_utf8(authority).ok()?;
    // The last colon ends the host unless it stands within an IP literal.
    let (host, port) = text.rsplit_once(':').filter(|_| !text.ends_with(']')).unwrap_or((text, ""));
    let literal = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_valid = literal.map_or_else(|| is_name(host), |address| address.parse::<Ipv6Addr>().is_ok());
    let is_port = port.is_empty() || number::<u16>(port.as_bytes()).is_some();
    (is_valid && is_port && !host.is_empty()).then_some(port)
}

/// `reg-name`, which `IPv4address` is one of, without the comma: two Hosts joined to a list would be one name.
fn is_name(host: &str) -> bool {
    let is_plain = |part: &str| part.bytes().all(|o| o.is_ascii_alphanumeric() || b"-._~!$&'()*+;=".contains(&o));
    let is_escape = |part: &str| part.len() > 1 && part.bytes().take(2).all(|o| o.is_ascii_hexdigit());
    host.split('%').all(is_plain) && host.split('%').skip(1).all(is_escape)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTS: &str = "|a|a:|a:80|[::1]|[::1]:65535|127.0.0.1|%41|[1:2:3:4:5:6:7::]";
    const NO_HOSTS: &str = "a:65536|:80|:|a:b|[::1|::1|[:::]|[1:2:3:4:5:6:7:8::]|%4|a b|u@a|a,b|[]";

    #[test]
    fn hosts_of_the_rfc() {
        HOSTS.split('|').for_each(|host| assert!(is_host(host.as_bytes()), "{host}"));
        NO_HOSTS.split('|').for_each(|host| assert!(!is_host(host.as_bytes()), "{host}"));
    }

    const TARGETS: &str = "GET /|OPTIONS *|CONNECT a:1|GET HTTP://a?b|GET https://a/";
    const NO_TARGETS: &str = "GET *|CONNECT a|CONNECT /|GET http:///|GET ftp://a/";

    #[test]
    fn targets_of_the_rfc() {
        let is_valid = |line: &str| line.split_once(' ').is_some_and(|(m, t)| is_target(m.as_bytes(), t.as_bytes()));
        TARGETS.split('|').for_each(|line| assert!(is_valid(line), "{line}"));
        NO_TARGETS.split('|').for_each(|line| assert!(!is_valid(line), "{line}"));
    }
}
