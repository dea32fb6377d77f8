//! What is a credential, and what is told of a request that was refused: its first line, without them.
//!
//! The line need not be a request line: when a peer and this end disagree about where a message ends, it is any part of one.

use bytes::Bytes;

/// Octets that are kept of what was refused; what has as many may have gone on.
const KEPT: usize = 256;
const REDACTED: &[u8] = b"(redacted)";

/// Whether values of this field are credentials.
pub(crate) fn is_credential(name: &[u8]) -> bool {
    ["authorization", "cookie", "proxy-authorization", "set-cookie"]
        .iter()
        .any(|secret| name.eq_ignore_ascii_case(secret.as_bytes()))
}

/// The first line of what a refused peer sent.
pub(crate) fn first_line(octets: &[u8]) -> Bytes {
    let line = octets.split(|o| matches!(o, b'\r' | b'\n')).next().unwrap_or_default();
    match secret(line) {
        Some((before, after)) => [before, REDACTED, after].concat().into(),
        None => Bytes::copy_from_slice(line),
    }
}

/// What stands before and after the credentials in a line, if there are any.
fn secret(line: &[u8]) -> Option<(&[u8], &[u8])> {
    if let Some(colon) = line.iter().position(|o| *o == b':') {
        let (name, _) = line.split_at_checked(colon)?;
        if is_credential(name.trim_ascii()) {
            return Some((line.get(..=colon)?, &[]));
        }
    }
    user_information(line)
}

/// User information of a target that names a host (RFC 9110 4.2.4); one that is a path has none.
fn user_information(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let target = line.iter().position(|o| *o == b' ')?.saturating_add(1);
    let rest = line.get(target..).filter(|rest| rest.first() != Some(&b'/'))?;
    let scheme = rest.windows(3).position(|octets| octets == b"://").map_or(0, |at| at.saturating_add(3));
    let (before, rest) = line.split_at_checked(target.saturating_add(scheme))?;
    let end = rest.iter().position(|o| matches!(o, b'/' | b'?' | b' '));
    match rest.get(..end.unwrap_or(rest.len()))?.iter().rposition(|o| *o == b'@') {
        Some(at) => Some((before, rest.get(at..)?)),
        // Where it was cut off it could be anything.
        None => (end.is_none() && line.len() >= KEPT).then_some((before, &[][..])),
    }
}
