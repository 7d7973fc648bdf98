//! Provenance: what a judging rests on beside what was seen.

use serde::{Deserialize, Serialize};

use crate::bundle::{ClockRecord, Filters, RunRecord};
use crate::scenario::Editions;

/// What a judging rests on beside what was seen, so that the difference of two can say why.
///
/// A judging of an older program has none of it: all is empty then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// The run's id.
    pub run: String,
    /// The program that asked, such as `quintet 0.1.0`.
    pub asked_by: String,
    /// The program that judged.
    pub judged_by: String,
    /// The clock of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockRecord>,
    /// What was selected.
    pub filters: Filters,
    /// Digests of the parts of the suite that judged.
    pub editions: Editions,
}

impl Provenance {
    /// Returns that of a run which this program judges by the suite of these editions.
    pub fn of(record: &RunRecord, editions: &Editions) -> Self {
        Self {
            run: record.id.clone(),
            asked_by: format!("{} {}", record.tool.name, record.tool.version),
            judged_by: concat!("quintet ", env!("CARGO_PKG_VERSION")).to_owned(),
            clock: Some(record.clock.clone()),
            filters: record.filters.clone(),
            editions: editions.clone(),
        }
    }
}
