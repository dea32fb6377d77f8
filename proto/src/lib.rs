#![doc = include_str!("../README.md")]
#![no_std]
#![deny(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::cast_possible_truncation
)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod client;
mod connection;
mod error;
mod framing;
mod message;
pub mod parse;
pub mod server;
mod wire;

#[cfg(feature = "steps")]
pub use wire::steps::steps;

pub use connection::Config;
pub use connection::cycle::{Signal, State, TABLE as TRANSITIONS};
pub use connection::persistence::CloseReason;
pub use connection::timer::Timeouts;
pub use connection::transmit::Transmit;
pub use error::{ErrorKind, ProtocolError, UsageError};
pub use framing::length::BodyLength;
pub use message::{
    Deviation, Deviations, FieldLines, Fields, HttpDate, Limits, ListElements, Method, Policy, Products, RequestHead,
    ResponseHead, StatusClass, StatusCode, TargetForm, Version,
};
