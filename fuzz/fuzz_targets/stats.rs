//! Reads any octets as delegated statistics, looks at them and writes them again: no panic, bounded
//! time, and what was written is read as the same records.
#![no_main]

use quintet::inspect::stats::{Census, look, read, write};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let (stats, mut tally, _) = read(octets);
    look(&stats, &mut tally);
    drop(Census::of(&stats));
    let mut written = Vec::new();
    write(&stats, &mut written).expect("a vector takes everything");
    let (again, ..) = read(written.as_slice());
    assert_eq!(stats.rows.len(), again.rows.len());
});
