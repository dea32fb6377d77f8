//! The program as its users meet it: its command line, its words, and its end.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;

mod echo;
mod errors;
mod hosts;
mod log;
mod start;
mod stop;
