//! What holds for every input: each law once, as a function of octets.
//!
//! The functions named here are called with generated octets by `tests/invariants.rs`, with the committed corpora by
//! `tests/corpora.rs`, and with whatever a fuzzer finds by the targets in `fuzz/`. They panic where a law is broken.

pub mod agreement;
pub mod asking;
pub mod choices;
mod chunked;
mod client;
pub mod differential;
mod duplex;
mod fields;
mod heads;
mod reply;
mod server;
pub mod splitting;

pub use chunked::chunked;
pub use client::client_connection;
pub use differential::{Content, Head, Oracle, Verdict, differential};
pub use duplex::duplex;
pub use fields::fields_roundtrip;
pub use heads::{request_head, response_head};
pub use server::server_connection;

/// A law, called with any octets.
pub type Law = fn(&[u8]);

/// Every law by the name of its fuzz target and of its corpus.
pub const LAWS: &[(&str, Law)] = &[
    ("request_head", request_head),
    ("response_head", response_head),
    ("chunked", chunked),
    ("server_connection", server_connection),
    ("client_connection", client_connection),
    ("duplex", duplex),
    ("fields_roundtrip", fields_roundtrip),
    ("differential", |octets| differential(octets, &[])),
];
