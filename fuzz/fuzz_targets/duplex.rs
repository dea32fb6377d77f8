//! See `basehttp_tests::invariants::duplex`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| basehttp_tests::invariants::duplex(octets));
