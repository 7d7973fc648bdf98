//! The difference of two targets that were asked the same at the same moment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::difference::Difference;
use super::routes::RouteChanges;
use super::{Audit, Run};
use crate::compare::Twins;
use crate::verdict::Change;
use crate::verdict::twin::{ExpectedChange, FactChange, Unanswered};

/// The version of this schema; raised when a reader of the old one would err.
pub const FORMAT: u32 = 1;

/// Name of the file with a twin's difference in the folder of a judging.
pub const TWIN: &str = "twin.json";

/// Name of the folder with the judging of the first target.
pub const FIRST: &str = "first";

/// Name of the folder with the judging of the second target.
pub const SECOND: &str = "second";

/// The fact that holds the payloads of a tree.
const PAYLOADS: &str = "vrps.set";

/// What two targets answer in different ways.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Twin {
    /// [`FORMAT`] of the writer.
    pub format: u32,
    /// The first target's run.
    pub first: Run,
    /// The second target's.
    pub second: Run,
    /// Whether the run ended before everything planned was observed.
    pub partial: bool,
    /// Pairs of observations that were compared.
    pub compared: u64,
    /// Facts that differ, in the order of scenarios, probes, registries and instances.
    pub changes: Vec<FactChange>,
    /// Pairs without two answers.
    pub unanswered: Vec<Unanswered>,
    /// Declared changes, with the number of places that each explains.
    pub expected: Vec<Explained>,
    /// Routes whose validity differs; absent if no list was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routes: Option<RouteChanges>,
    /// What the rules say of the two: the first target before, the second after.
    pub difference: Difference,
}

/// A declared change with what it explains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// The declaration.
    pub change: ExpectedChange,
    /// Places that it explains; none means that the change did not come.
    pub places: u64,
}

/// What one registry's payloads gained and lost, at one probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadChange<'a> {
    /// The change of the fact.
    pub change: &'a FactChange,
    /// Number of payloads that only the first target has, of those that are kept.
    pub gone: usize,
    /// Number that only the second has.
    pub new: usize,
}

impl Twin {
    /// Puts together what was found. What differs from run to run by nature is left out of the verdicts.
    pub fn of(
        mut first: Audit,
        mut second: Audit,
        twins: Twins,
        expected: &[ExpectedChange],
        routes: Option<RouteChanges>,
    ) -> Self {
        first.results.forget_volatile();
        second.results.forget_volatile();
        let mut explained: BTreeMap<usize, u64> = twins.explained.into_iter().enumerate().collect();
        let expected = expected
            .iter()
            .enumerate()
            .map(|(place, change)| Explained {
                change: change.clone(),
                places: explained.remove(&place).unwrap_or_default(),
            });
        Self {
            format: FORMAT,
            difference: Difference::of(&first, &second),
            partial: first.results.partial,
            compared: twins.compared,
            changes: twins.changes,
            unanswered: twins.unanswered,
            expected: expected.collect(),
            routes,
            first: first.run,
            second: second.run,
        }
    }

    /// Iterates over the facts that differ at places nobody declared.
    pub fn unexpected(&self) -> impl Iterator<Item = &FactChange> {
        self.changes.iter().filter(|change| !change.is_expected())
    }

    /// Iterates over what payloads gained and lost.
    pub fn payloads(&self) -> impl Iterator<Item = PayloadChange<'_>> {
        let sets = self.changes.iter().filter(|change| change.fact == PAYLOADS);
        sets.map(|change| PayloadChange {
            change,
            gone: change.places.iter().filter(|p| p.first.is_some()).count(),
            new: change.places.iter().filter(|p| p.second.is_some()).count(),
        })
    }

    /// Says whether something changed that nobody declared, or a rule fails at the second target
    /// only: exit code 1.
    pub fn has_failed(&self) -> bool {
        let regressed = |class: Change, counts: bool| class == Change::Regressed && counts;
        self.unexpected().next().is_some()
            || self
                .difference
                .checks
                .iter()
                .any(|c| regressed(c.class, c.counts()))
            || self
                .difference
                .comparisons
                .iter()
                .any(|c| regressed(c.class, c.counts()))
    }

    /// Says whether some of it could not be compared: exit code 3 if nothing failed.
    pub fn cannot_vouch(&self) -> bool {
        self.partial || !self.unanswered.is_empty()
    }
}
