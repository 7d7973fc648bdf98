//! Reads any octets as an RRDP file of each kind: no panic, bounded time and memory.
#![no_main]

use std::sync::atomic::AtomicBool;

use quintet::inspect::rrdp::{Limits, Reading, Tally, read_delta, read_notification, read_snapshot};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let cancel = AtomicBool::new(false);
    let reading = Reading {
        url: "https://rrdp.test/notification.xml",
        limits: Limits {
            object_bytes: 1_000_000,
            ..Limits::DEFAULT
        },
        authorities: &[],
        cancel: &cancel,
    };
    let mut tally = Tally::new();
    drop(read_notification(octets, &reading, &mut tally));
    drop(read_snapshot(octets, &reading, &mut (), &mut tally));
    drop(read_delta(octets, &reading, &mut (), &mut tally));
    drop(tally.finish());
});
