//! What the tests of this workspace share: one way to feed octets, one reader of golden cases, one independent reader
//! of responses, and grammar tables written out by hand.
//!
//! Nothing here asks `basehttp-proto` what is right: expectations come from the documents in `cases/`, from
//! [`grammar`] and from [`mod@reference`], which were written from the RFCs.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, with a text that names the case"
)]

pub mod case;
pub mod chunks;
pub mod client_case;
pub mod client_split;
pub mod diagram;
pub mod drain;
pub mod duplex;
pub mod escape;
pub mod grammar;
pub mod invariants;
pub mod model;
pub mod observation;
pub mod random;
pub mod reference;
pub mod reference_message;
pub mod reference_parser;
pub mod reference_uri;
pub mod script;
pub mod split;

/// The examples of the README, compiled as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
