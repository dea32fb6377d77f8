//! See `basehttp_tests::invariants::chunked`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| basehttp_tests::invariants::chunked(octets));
