//! Merges any octets as statistics: no panic, bounded time, every number at most once, and what was
//! written is read as the same records. Files are apart by a line `----`; the last is that of the
//! day before, the last but one IANA's.
#![no_main]

use quintet::inspect::merge::{Inputs, Numbers, conflicts_of, merge, read};
use quintet::inspect::merge::{write_conflicts, write_records};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let text = String::from_utf8_lossy(octets);
    let mut files: Vec<_> = text.split("----\n").map(|file| read(file).0).collect();
    let previous = files.pop();
    let iana = files.pop().unwrap_or_default();
    let registries = files;
    let inputs = Inputs {
        registries,
        iana,
        previous,
    };
    let merged = merge(&inputs);
    for numbers in Numbers::ALL {
        let rows = merged.combined.of(numbers);
        assert!(rows.windows(2).all(|two| two[0].last < two[1].first));
    }
    assert!(merged.joined().len() <= merged.combined.len());
    let mut written = Vec::new();
    write_records(&mut written, &merged.combined, "20261121").expect("a vector takes everything");
    let written = String::from_utf8(written).expect("text stays text");
    assert_eq!(read(&written).0.len(), merged.combined.len());
    let mut written = Vec::new();
    write_conflicts(&mut written, &merged.conflicts, "20261121").expect("likewise");
    let written = String::from_utf8(written).expect("likewise");
    assert_eq!(conflicts_of(&written).0.len(), merged.conflicts.len());
});
