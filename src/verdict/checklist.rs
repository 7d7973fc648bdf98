//! Checklists as results: what is attested and what was measured, side by side, row by row.
//!
//! An attestation is what somebody says, with its source and the day it was read. It is never
//! evidence of behavior, so it stands apart from what the same run measured.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::measure::Measure;
use super::{ClaimState, Outcome};

/// A checklist with one cell for each row and registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChecklistTable {
    /// Its id, such as `rpki-features`.
    pub id: String,
    /// What it lists.
    pub title: String,
    /// Where the rows come from, and what a reader must know; empty for nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Rows in the order of the file.
    pub rows: Vec<ChecklistRow>,
}

/// A row of a checklist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChecklistRow {
    /// Its id within the checklist, such as `F04`.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// The group it belongs to, such as `core`; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub class: String,
    /// Parameters that are shown, by the words for them: `customers with an ASPA` → an id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shows: BTreeMap<String, String>,
    /// Ids of checks and rules that are counted, with `*` and `**`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<String>,
    /// The check that looks whether documents still say what is attested; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub document: String,
    /// What is known of each registry; one of which nothing is known has no cell.
    pub cells: BTreeMap<String, ChecklistCell>,
}

/// What is known of one registry.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChecklistCell {
    /// What somebody says; absent if nobody was read on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attested: Option<Claim>,
    /// Whether the document still says so; absent if it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Outcome>,
    /// What this run measured, by the words for it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measured: BTreeMap<String, Measured>,
    /// How many checks of this run hold; absent if none was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<Judged>,
}

impl ChecklistCell {
    /// Says whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.attested.is_none() && self.measured.is_empty() && self.judged.is_none()
    }
}

/// What somebody says about one feature of one registry: no evidence, but words with a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// What is said.
    pub state: ClaimState,
    /// The day the source was read.
    pub read: Date,
    /// The day of the source itself; absent if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dated: Option<Date>,
    /// Document, page or file that says it.
    pub source: String,
    /// Where that can be read; empty if it is not public or its address is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Words that stand on that page; empty if none were noted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub says: String,
    /// Since when it is so, as the source says it; empty if it does not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub since: String,
    /// For when it is planned, as the source says it; empty if it is not planned.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub planned: String,
    /// What a reader should know; empty for nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A value that this run measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// In words.
    pub value: String,
    /// As data, where it is a quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
}

/// How many checks were judged; those that do not apply are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// Those that pass.
    pub pass: u64,
    /// Those that fail.
    pub fail: u64,
    /// Those without a verdict.
    pub open: u64,
}

impl Judged {
    /// Returns how many there are.
    pub const fn all(self) -> u64 {
        self.pass + self.fail + self.open
    }
}
