//! Services of tower over real sockets: routers of axum, and services made for what those do not do.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod requests;
mod responses;
mod running;
