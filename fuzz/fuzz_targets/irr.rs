//! Reads any octets as a dump of a routing registry: no panic, bounded time.
#![no_main]

use quintet::inspect::{Tally, irr};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let mut tally = Tally::default();
    let (dump, _) = irr::read(octets, "TEST", &mut tally);
    assert_eq!(dump.octets, octets.len() as u64);
});
