//! See `basehttp_tests::invariants::server_connection`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| basehttp_tests::invariants::server_connection(octets));
