//! Reads any octets as each kind of document of the RPKI: no panic, bounded time.
#![no_main]

use quintet::inspect::rpki::{Context, Kind, Object, Tally, look};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let mut tally = Tally::default();
    for kind in Kind::ALL {
        let object = Object::read(*kind, octets);
        look(&object, "rsync://a/b/c", &Context::default(), &mut tally);
    }
    drop(tally.finish());
});
