//! Reads any octets as a whois answer: no panic, bounded time.
#![no_main]

use quintet::inspect::whois::Reply;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| drop(Reply::read(octets)));
