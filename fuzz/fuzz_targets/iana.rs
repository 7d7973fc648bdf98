//! Reads any octets as a number registry of IANA, and applies its rules: no panic, bounded time.
#![no_main]

use quintet::inspect::Tally;
use quintet::inspect::iana::{look, read};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let mut tally = Tally::default();
    look(&read(octets), "", &mut tally);
    drop(tally.finish());
});
