//! The NRO's merge of delegated statistics, done again.
//!
//! Each day a program of the NRO makes five files of the registries' statistics, IANA's and its own
//! of the day before: the combined rows, the same with neighbors joined, conflicts, what nobody
//! lists, and what is listed beyond what IANA gave. [`merge`] makes the same five from the same
//! inputs, so that what is published can be compared row by row.
//!
//! This is not how we say who is right: a conflict is settled here as the program settles it, by
//! the day before, by IANA, or by the order of files. What follows from the statistics themselves
//! is the matter of checks.
//!
//! Source: RIPE-NCC/nro-delegated-stats, commit 994e494, read on 2026-11-29; written anew.
//! Differences that are left are in `docs/merge.md`.

mod combine;
mod iana;
mod pieces;
mod published;
mod row;
mod rules;
mod siblings;
mod sticky;
mod write;

pub use combine::{Inputs, Merged, PROGRAM_ORDER, merge};
pub use iana::iana_rows;
pub use published::{Difference, Differences, conflicts_differ, differences};
pub use row::{Conflict, Numbers, Row, Rows, Unreadable, read};
pub use rules::{RULES, Rule, day_of, look};
pub use siblings::join_siblings;
pub use sticky::{conflicts_of, stays};
pub use write::{write_conflicts, write_records, write_rows};

#[cfg(test)]
mod real {
    /// Reads a file of the program's own tests; `None`, told, where they are not.
    pub(super) fn testdata(name: &str) -> Option<String> {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../shared/data/registry/nro-delegated-stats/testdata"
        );
        let text = std::fs::read_to_string(std::path::Path::new(folder).join(name)).ok();
        if text.is_none() {
            eprintln!("skipped: `{name}` of the NRO's program is not beside the crate");
        }
        text
    }
}

#[cfg(test)]
mod tests;
