//! A transfer log of any octets: read, judged, replayed, kept in short and compared with itself.
#![no_main]

use quintet::inspect::transfers::{History, Short, Tally, compare, read};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let mut tally = Tally::new();
    let log = read(|| Ok(octets), &mut tally);
    drop(History::of([(log.registry(), &log)]).holdings());
    let at = "2026-11-21T10:00:00Z".parse().unwrap();
    let short = Short::of("https://a.example/log", at, &log);
    let again = Short::read(&short.to_octets()).unwrap();
    assert_eq!(again, short);
    let changes = compare(&log, &again, &mut tally);
    assert!(changes.new.is_empty() && changes.gone.is_empty() && changes.changed.is_empty());
});
