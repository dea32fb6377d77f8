//! What holds for every input: properties, tried with generated ones.
//!
//! `PROPTEST_CASES` sets how many are tried; a nightly run tries a million.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking; proptest shrinks the input that made it"
)]

mod calls;
mod strategies;
mod streams;
mod values;

use proptest::test_runner::Config;

/// 1,024 cases unless the environment says otherwise; a failure is printed in full instead of being kept in a file.
fn config() -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1024);
    Config { cases, failure_persistence: None, ..Config::default() }
}
