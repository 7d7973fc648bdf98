//! The ids of a suite that can have a verdict.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::basis::unknown_id;
use super::decode::Decoder;
use super::glob;
use super::kept;
use super::shelf::Broken;
use super::suite::Suite;
use crate::verdict::By;
use crate::verdict::results::Place;
use crate::yaml::Span;

/// An id that can have a verdict.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What stands behind it.
    pub by: By,
    /// Whether it can fail or diverge against a registry.
    pub can_fail: bool,
    /// Whether it keeps values beside a baseline.
    pub keeps: bool,
    /// Where it is written: a rule in the catalogue, anything else in its scenario.
    pub place: Place,
}

/// Ids that can have a verdict.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What is known of each id.
    pub verdicts: BTreeMap<String, Verdict>,
    /// Checks and comparisons that cover an id of the catalogue.
    pub covering: BTreeMap<String, Vec<String>>,
    /// Ids that had mistakes.
    pub(super) broken: Broken,
    /// Patterns that were looked for, and whether an id matches: faults repeat the same few hundred.
    patterns: RefCell<BTreeMap<String, bool>>,
}

impl Known {
    /// Collects the ids of rules that are used, checks and comparisons.
    pub fn of(suite: &Suite) -> Self {
        let mut verdicts: BTreeMap<String, Verdict> = BTreeMap::new();
        for scenario in &suite.scenarios {
            for check in &scenario.checks {
                let verdict = Verdict {
                    by: By::Check,
                    can_fail: check.basis.level.can_fail(),
                    keeps: kept::keeps(&check.condition),
                    place: check.place.clone(),
                };
                verdicts.insert(check.id.to_string(), verdict);
            }
            for comparison in &scenario.compare {
                let verdict = Verdict {
                    by: By::Comparison,
                    can_fail: comparison.basis.level.can_fail(),
                    keeps: false,
                    place: comparison.place.clone(),
                };
                verdicts.insert(comparison.id.to_string(), verdict);
            }
            for (rule, basis) in scenario.rules.iter().flat_map(|u| &u.rules) {
                let place = suite.catalog.entries.get(rule).map(|e| e.place.clone());
                let verdict = verdicts.entry(rule.to_string()).or_insert(Verdict {
                    by: By::Rule,
                    can_fail: false,
                    keeps: false,
                    place: place.unwrap_or_default(),
                });
                verdict.can_fail |= basis.level.can_fail();
            }
        }
        let mut covering: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for scenario in &suite.scenarios {
            let checks = scenario.checks.iter().map(|c| (&c.id, &c.basis));
            let comparisons = scenario.compare.iter().map(|c| (&c.id, &c.basis));
            for (id, basis) in checks.chain(comparisons) {
                for covered in &basis.covers {
                    covering
                        .entry(covered.clone())
                        .or_default()
                        .push(format!("`{id}`"));
                }
            }
        }
        Self {
            verdicts,
            covering,
            broken: Broken::default(),
            patterns: RefCell::default(),
        }
    }

    /// Says whether an id matches a pattern.
    pub(super) fn is_matched(&self, pattern: &str) -> bool {
        if self.verdicts.contains_key(pattern) {
            return true;
        }
        if let Some(found) = self.patterns.borrow().get(pattern) {
            return *found;
        }
        let found = self.verdicts.keys().any(|id| glob::matches(pattern, id));
        self.patterns.borrow_mut().insert(pattern.to_owned(), found);
        found
    }

    fn ids(&self) -> Vec<&str> {
        self.verdicts.keys().map(String::as_str).collect()
    }

    /// Reports a pattern that matches nothing, not even what has mistakes of its own.
    pub(super) fn unmatched(&self, decoder: Decoder<'_>, span: Span, pattern: &str) {
        if !self.broken.matches(pattern) {
            unknown_id(decoder, span, "id", pattern, &self.ids());
        }
    }
}
