//! What the servers that are measured have in common.

use std::env;

pub mod floor;

/// The content of `/`.
pub const HELLO: &str = "Hello, World!";
/// Its type.
pub const TEXT: &str = "text/plain";
/// The type of what `/echo` sends back.
pub const OCTETS: &str = "application/octet-stream";
/// What peers call themselves: as long as the name that ours have.
pub const SERVER: &str = "measured";
/// Where the servers are told how many threads they have, and floors and peers look.
pub const WORKERS: &str = "TOKIO_WORKER_THREADS";

/// Where to listen: the first argument.
pub fn address() -> String {
    env::args().nth(1).expect("the address to listen on")
}

/// What is about to be measured: the second argument.
pub fn scenario() -> String {
    env::args().nth(2).expect("the scenario")
}

/// How many threads may answer, where a peer does not read [`WORKERS`] itself.
pub fn workers() -> usize {
    env::var(WORKERS).ok().and_then(|number| number.parse().ok()).unwrap_or(2)
}
