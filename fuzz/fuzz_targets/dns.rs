//! Reads any octets as a DNS message with everything that is in it: no panic, bounded time.
#![no_main]

use quintet::inspect::dns::examine;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| drop(examine(octets)));
