//! Transfer logs: what each registry says of the resources that changed hands.
//!
//! A log is a JSON document of version 4.0 of the registries' common format, or of a draft
//! after it. It is read leniently, for the data: everything that leaves no doubt is taken,
//! however it is written, and each [`Deviation`] is noted. Beside that strict rules ([`Rule`])
//! say what the format does not allow, by the version that the log declares.
//!
//! A finding's location is a JSON Pointer, or line and column where the octets are no JSON.
//!
//! Source: `transfer_log.jcr` and its README, version 4.0; draft "Regional Internet Registry
//! (RIR) Transfer Log" of 2026-05-20 for version 4.1, and of 2026-04-22 for the withdrawn 5.0.

mod at;
mod entry;
mod history;
mod mended;
mod metadata;
mod moment;
mod node;
mod pairs;
mod read_entry;
mod read_set;
mod rules;
mod short;
mod spans;
mod stream;
#[cfg(test)]
mod tests;
mod whole;
mod words;

pub use entry::{Entry, List, Log, Order, Organization, Producer, Stopped};
pub use history::{Break, History, Step};
pub use pairs::{APART, Broken, Counted, Difference, Differs, Missing, Pairs, Told, pairs};
pub use rules::{Rule, Tally};
pub use short::{Changes, Line, Short, compare};
pub use stream::read;
pub use words::{Deviation, Kind, Rir, Stage, Version};

use crate::fact::Inspected;

/// Applies every rule to the octets of a log.
pub fn inspect(octets: &[u8]) -> Inspected {
    let mut tally = Tally::new();
    read(|| Ok(octets), &mut tally);
    tally.finish()
}
