//! One connection: what was received, what is to be sent, and whose turn it is (RFC 9112 9).
//!
//! Nothing here knows which side it is on; the faces of the two roles are built over these parts.

pub(crate) mod core;
pub(crate) mod cycle;
pub(crate) mod expect;
pub(crate) mod persistence;
pub(crate) mod recv;
pub(crate) mod send;
pub(crate) mod timer;
pub(crate) mod transmit;

use crate::message::{Limits, Policy, Products};
use timer::Timeouts;

/// The settings of a connection; share one between all connections of a server through an `Arc`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Which deviations are put up with.
    pub policy: Policy,
    /// How much of everything is accepted.
    pub limits: Limits,
    /// How long everything may take.
    pub timeouts: Timeouts,
    /// What Server says in final responses that have none of their own, and in a 101; nothing unless given.
    pub server: Option<Products>,
}

impl Config {
    /// The defaults of a client.
    pub fn client() -> Self {
        Self { limits: Limits::client(), ..Self::default() }
    }
}
