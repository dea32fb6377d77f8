//! Clients that others wrote: curl, Python and a browser.
//!
//! One that is not installed is skipped, and says so; with `BASEHTTP_REQUIRE_CLIENTS` set, it is a failure.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;

mod chromium;
mod curl;
mod python;
mod tls;

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use common::tree::{odd_names, write_large, write_names};
use common::{Ended, Program};

/// Octets of an upload that is larger than the server takes, and than the buffers on the way.
const UPLOAD: usize = 3 << 20;

/// A tree of odd names and a large file, and a server of it.
fn start() -> (tempfile::TempDir, Program) {
    let root = tempfile::tempdir().unwrap();
    write_names(root.path(), &odd_names());
    write_large(root.path());
    let program = Program::serve(root.path());
    (root, program)
}

/// The first of these programs that is installed.
fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories: Vec<_> = std::env::split_paths(&path).collect();
    let candidates = names.iter().flat_map(|name| directories.iter().map(move |directory| directory.join(name)));
    let found = candidates.into_iter().find(|path| fs::metadata(path).is_ok_and(|facts| facts.is_file()));
    if found.is_none() {
        assert!(std::env::var_os("BASEHTTP_REQUIRE_CLIENTS").is_none(), "not installed: {names:?}");
        println!("skipped: none of {names:?} is installed");
    }
    found
}

/// Runs a client to its end, which has to be a good one.
fn run<A: AsRef<OsStr>>(client: &PathBuf, args: impl IntoIterator<Item = A>) -> Ended {
    let ended = Program::spawn(Command::new(client).args(args).stdin(Stdio::null())).finish();
    assert!(ended.status.success(), "{ended:?}");
    ended
}
