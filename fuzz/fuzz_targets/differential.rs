//! See `basehttp_tests::invariants::differential`, and the peers of this crate.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| basehttp_tests::invariants::differential(octets, &basehttp_fuzz::PEERS));
