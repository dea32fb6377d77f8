//! The readers that basehttp-proto is compared with, as oracles of `basehttp_tests::invariants::differential`.

mod http_net;
mod httparse;

use basehttp_tests::invariants::Oracle;
use basehttp_tests::reference_parser::{Message, Start};

/// All of them.
pub const PEERS: [Oracle; 2] = [httparse::ORACLE, http_net::ORACLE];

/// The reason phrase of a status line, for readers that give none where it is not UTF-8.
fn reason(octets: &[u8]) -> Vec<u8> {
    let line = octets.split(|octet| b"\r\n".contains(octet)).next().unwrap_or_default();
    line.get(13..).unwrap_or_default().to_vec()
}

const FOLDED: &str =
    "RFC 9112 5.2 has a client join the lines of a folded field; these readers refuse it unless told otherwise";

/// Whether a response, of which these are octets, has a line that continues another.
fn is_folded(message: &Message, octets: &[u8]) -> bool {
    let is_response = matches!(message.start, Start::Response { .. });
    is_response && octets.windows(3).any(|three| three == b"\r\n " || three == b"\r\n\t")
}
