//! What RFC 9112 3.2 and RFC 3986 3.2 say of request targets and hosts, written from their grammar.

/// Whether `target`, which holds no octet that no target may hold, has one of the forms that `method` allows.
///
/// The schemes are `http` and `https`, with a host that is not empty (RFC 9110 4.2); CONNECT needs a port (RFC 9110 9.3.6).
#[must_use]
pub fn is_target(method: &[u8], target: &[u8]) -> bool {
    if method == b"CONNECT" {
        return authority(target).is_some_and(|(host, port)| !host.is_empty() && !port.is_empty());
    }
    let starts =
        |scheme: &str| target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()));
    let Some(scheme) = ["http://", "https://"].into_iter().find(|scheme| starts(scheme)) else {
        return target.starts_with(b"/") || (target == b"*" && method == b"OPTIONS");
    };
    let rest = &target[scheme.len()..];
    let end = rest.iter().position(|o| b"/?".contains(o)).unwrap_or(rest.len());
    authority(&rest[..end]).is_some_and(|(host, _)| !host.is_empty())
}

/// Whether `value` is `uri-host [ ":" port ]` (RFC 9110 7.2).
#[must_use]
pub fn is_host(value: &[u8]) -> bool {
    authority(value).is_some()
}

/// `host` and `port` of an authority without user information; the port is at most 65535.
fn authority(value: &[u8]) -> Option<(&[u8], &[u8])> {
    // A colon ends the host unless it stands within an IP literal.
    let literal = value.iter().position(|o| *o == b']').filter(|_| value.starts_with(b"["));
    let from = literal.map_or(0, |end| end + 1);
    let colon = value[from..].iter().position(|o| *o == b':').map(|at| from + at);
    let (host, port) = colon.map_or((value, &b""[..]), |at| (&value[..at], &value[at + 1..]));
    let inside = host.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]"));
    let valid = inside.map_or_else(|| is_name(host), is_ipv6);
    let number = port.iter().try_fold(0u32, |number, digit| {
        digit.is_ascii_digit().then(|| number.saturating_mul(10).saturating_add(u32::from(digit - b'0')))
    })?;
    // A port alone names nothing (RFC 9110 4.2.1).
    let is_whole = colon.is_none() || !host.is_empty();
    (valid && is_whole && number <= 65535).then_some((host, port))
}

/// `reg-name`, which `IPv4address` is one of, without the comma: two Hosts joined to a list would be one name.
fn is_name(host: &[u8]) -> bool {
    let mut rest = host;
    while let [octet, after @ ..] = rest {
        rest = match (octet, after) {
            (b'%', [a, b, after @ ..]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => after,
            (o, after) if o.is_ascii_alphanumeric() || b"-._~!$&'()*+;=".contains(o) => after,
            _ => return false,
        };
    }
    true
}

/// `IPv6address` (RFC 3986 3.2.2): eight groups, or fewer with one `::` in the place of one or more.
fn is_ipv6(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    match text.split_once("::") {
        Some((before, after)) => match (groups(before, false), groups(after, true)) {
            (Some(before), Some(after)) => before + after <= 7,
            _ => false,
        },
        None => groups(text, true) == Some(8),
    }
}

/// How many groups of 16 bits `text` has; the last two may be an IPv4 address where `with_ipv4`.
fn groups(text: &str, with_ipv4: bool) -> Option<usize> {
    if text.is_empty() {
        return Some(0);
    }
    let parts: Vec<&str> = text.split(':').collect();
    let is_group = |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|o| o.is_ascii_hexdigit());
    match parts.split_last()? {
        (last, before) if with_ipv4 && is_ipv4(last) => {
            before.iter().all(|part| is_group(part)).then_some(before.len() + 2)
        }
        _ => parts.iter().all(|part| is_group(part)).then_some(parts.len()),
    }
}

/// `dec-octet "." dec-octet "." dec-octet "." dec-octet`
fn is_ipv4(text: &str) -> bool {
    let is_octet = |part: &str| {
        let plain = part.len() == 1 || !part.starts_with('0');
        plain && part.bytes().all(|o| o.is_ascii_digit()) && part.parse::<u8>().is_ok()
    };
    text.split('.').count() == 4 && text.split('.').all(is_octet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_the_rfc() {
        for host in ["", "a", "a:", "a:80", "[::1]", "[::1]:65535", "127.0.0.1", "%41", "[1:2:3:4:5:6:7::]"] {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for host in [
            "a:65536",
            ":80",
            ":",
            "a:b",
            "[::1",
            "::1",
            "[:::]",
            "[1:2:3:4:5:6:7:8::]",
            "%4",
            "a b",
            "u@a",
            "a,b",
            "[]",
        ] {
            assert!(!is_host(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn targets_of_the_rfc() {
        for (method, target) in
            [("GET", "/"), ("OPTIONS", "*"), ("CONNECT", "a:1"), ("GET", "HTTP://a?b"), ("GET", "https://a/")]
        {
            assert!(is_target(method.as_bytes(), target.as_bytes()), "{method} {target}");
        }
        for (method, target) in
            [("GET", "*"), ("CONNECT", "a"), ("CONNECT", "/"), ("GET", "http:///"), ("GET", "ftp://a/")]
        {
            assert!(!is_target(method.as_bytes(), target.as_bytes()), "{method} {target}");
        }
    }
}
