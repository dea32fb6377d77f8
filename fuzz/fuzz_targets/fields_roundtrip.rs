//! See `basehttp_tests::invariants::fields_roundtrip`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| basehttp_tests::invariants::fields_roundtrip(octets));
