//! A message with everything in it, for messages that nobody vouches for.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::record::{Denial, Ds, Key, Signature, Soa};
use super::signed::{absence, set};
use super::wire::{Message, Record, WireError, kind};

/// Reads a message, the data of its records, and what its signatures and proofs are worth with the keys in
/// it: returns how many records could be read.
///
/// # Errors
///
/// [`WireError`] if it is no message; a record whose data cannot be read is not counted.
pub fn examine(octets: &[u8]) -> Result<usize, WireError> {
    let message = Message::read(octets)?;
    let sections = [&message.answers, &message.authority, &message.additional];
    let mut read = 0;
    let mut keys = Vec::new();
    for record in sections.into_iter().flatten() {
        read += usize::from(is_read(record));
        if record.kind == kind::DNSKEY {
            keys.extend(Key::read(&record.data));
        }
    }
    for records in sections {
        let mut seen = BTreeSet::new();
        for record in records.iter().filter(|record| record.kind == kind::RRSIG) {
            let Ok(signature) = Signature::read(&record.data) else {
                continue;
            };
            if seen.insert((record.name.clone(), signature.covered))
                && let Some(set) = set(records, &record.name, signature.covered)
            {
                // What comes of it does not matter, only that it comes.
                drop(set.verify(&signature.signer, &keys, Timestamp::UNIX_EPOCH));
            }
        }
    }
    if let Some((name, wanted)) = &message.question {
        let zone = name.above().unwrap_or_else(|| name.clone());
        drop(absence(
            &message,
            name,
            *wanted,
            &zone,
            &keys,
            Timestamp::UNIX_EPOCH,
        ));
    }
    Ok(read)
}

/// Says whether the data of a record is that of its type.
fn is_read(record: &Record) -> bool {
    let data = &record.data;
    match record.kind {
        kind::SOA => Soa::read(data).is_ok(),
        kind::DNSKEY => Key::read(data).is_ok_and(|key| key.algorithm > 12 || key.bits().is_some()),
        kind::DS => Ds::read(data).is_ok_and(|ds| !ds.text().is_empty()),
        kind::RRSIG => Signature::read(data).is_ok(),
        other => Denial::read(other, data).is_none_or(|denial| denial.is_ok()),
    }
}
