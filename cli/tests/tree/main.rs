//! A real tree of files, served by the real program.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;

mod changing;
mod files;
mod large;
mod names;
mod outside;
mod ranges;
