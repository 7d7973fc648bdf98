//! Delegated statistics: what a registry says, day by day, that it has delegated.
//!
//! A file is text: comments, a version line, summary lines, and one record a line with fields
//! separated by `|`. One lenient reader takes the old format (seven fields), the extended one
//! (eight) and the NRO's combined one (nine), with every habit of the five producers; what is
//! wrong is found by rules, each finding with line and field, and the rest is still read.
//!
//! Source: NRO extended allocation and assignment reports, format of
//! `nro-extended-stats-readme5.txt`; RIR statistics exchange format.

mod census;
mod fields;
mod model;
mod names;
mod pair;
mod read;
mod row;
mod rule;
mod rules;
mod write;

pub use census::{Census, Serial, unlike};
pub use model::{Format, Stats, Summary, Version};
pub use names::{HolderId, Names};
pub use pair::{Change, change};
pub use read::{Reader, read};
pub use row::{Country, Date, Kind, Row, Source, Status};
pub use rule::{Rule, Tally};
pub use rules::look;
pub use write::{write, write_row};

#[cfg(test)]
mod tests;
