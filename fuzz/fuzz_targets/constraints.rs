//! Reads any octets as a constraints file: no panic, bounded time.
#![no_main]

use quintet::inspect::constraints::read;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| drop(read(octets)));
