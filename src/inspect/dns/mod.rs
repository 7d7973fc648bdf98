//! DNS messages, zones and their signatures.
//!
//! Messages are read octet by octet, since signatures are about octets; the chain of trust is
//! followed from an anchor at a given time. Rules are about one zone: its delegation at the
//! parent, its servers, and what is signed.
//!
//! Sources: RFC 1034 and 1035 (messages, delegation), RFC 4033 to 4035 and 5155 (DNSSEC), RFC 6605 and
//! 8080 (algorithms on curves).

mod chain;
mod examine;
mod name;
mod record;
mod rules;
mod sight;
mod signed;
mod wire;

pub use chain::{Anchor, Link, State, Trust, follow};
pub use examine::examine;
pub use name::Name;
pub use record::{Denial, Ds, Key, Signature, Soa, is_later};
pub use rules::{RULES, Rule, denial_word, look};
pub use sight::{ABSENT, Asked, OWN, Server, Sight, Way};
pub use signed::{Absent, Refusal, Set, absence, set};
pub use wire::{IN, Message, Record, WireError, kind};
