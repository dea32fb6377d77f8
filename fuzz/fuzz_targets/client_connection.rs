//! See `basehttp_tests::invariants::client_connection`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| basehttp_tests::invariants::client_connection(octets));
