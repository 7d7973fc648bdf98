//! Reads any octets as the file tree that a program left: no panic, bounded time and memory.
#![no_main]

use bytes::Bytes;
use quintet::fact::Digest;
use quintet::transport::program::Tree;
use quintet::transport::{Body, Content};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let body = Body {
        digest: Digest::of(octets),
        bytes: octets.len() as u64,
        content: Content::Memory(Bytes::copy_from_slice(octets)),
    };
    if let Ok(tree) = Tree::open(&body, 10_000) {
        for entry in &tree.entries {
            drop(tree.read(entry));
        }
    }
});
