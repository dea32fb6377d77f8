//! See `basehttp_tests::invariants::response_head`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| basehttp_tests::invariants::response_head(octets));
