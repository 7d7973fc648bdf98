//! Reads any octets as an OpenPGP signature and as a key: no panic, bounded time.
#![no_main]

use quintet::inspect::openpgp::{Fingerprint, PublicKey, Signature};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    drop(Signature::read(octets));
    let wanted = Fingerprint::parse("0000000000000000000000000000000000000000");
    drop(PublicKey::find(octets, wanted.expect("forty digits")));
});
