//! See `basehttp_tests::invariants::request_head`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| basehttp_tests::invariants::request_head(octets));
