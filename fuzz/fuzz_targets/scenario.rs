//! Reads any text as a scenario file: no panic, bounded time.
#![no_main]

use quintet::scenario::{SuiteFile, read};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let text = String::from_utf8_lossy(octets);
    drop(read(&[SuiteFile::new("rdap/fuzz.yaml", "fuzz.yaml", &text)]));
});
