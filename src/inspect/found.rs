//! What rules found: counted exactly, kept up to a limit, and handed over in one shape.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::fact::{Finding, Inspected, Looked, shared};

/// Most findings that are kept for one rule; beyond them only the number.
pub const MAX_FINDINGS: usize = 1_000;

/// What one rule found in any number of documents: the exact number, and the first [`MAX_FINDINGS`].
#[derive(Clone, Debug, Default)]
pub struct Found {
    count: u64,
    kept: Vec<(String, String)>,
}

impl Found {
    /// Counts a finding; place and message are made only if it is kept.
    pub fn find(&mut self, place: impl FnOnce() -> String, message: impl FnOnce() -> String) {
        self.count = self.count.saturating_add(1);
        if self.kept.len() < MAX_FINDINGS {
            self.kept.push((place(), message()));
        }
    }

    /// Adds what was found in later documents.
    pub fn merge(&mut self, later: Self) {
        self.count = self.count.saturating_add(later.count);
        let room = MAX_FINDINGS.saturating_sub(self.kept.len());
        self.kept.extend(later.kept.into_iter().take(room));
    }

    /// Returns the exact number of findings.
    pub const fn count(&self) -> u64 {
        self.count
    }
}

/// A rule with its id in the catalogue.
pub trait RuleId: Copy + Ord {
    /// Returns the id.
    fn id(self) -> &'static str;
}

impl RuleId for &'static str {
    fn id(self) -> &'static str {
        self
    }
}

/// What the rules of an inspector found so far, by id or by rule; its size is bounded, whatever is read.
#[derive(Clone, Debug)]
pub struct Tally<R = &'static str>(BTreeMap<R, Found>);

impl<R> Default for Tally<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R> Tally<R> {
    /// Returns an empty tally.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }
}

impl<R: RuleId> Tally<R> {
    /// Returns what a rule found; it had something to look at.
    pub fn seen(&mut self, rule: R) -> &mut Found {
        self.0.entry(rule).or_default()
    }

    /// Says that a rule had something to look at.
    pub fn look(&mut self, rule: R) {
        self.seen(rule);
    }

    /// Counts a finding; place and message are made only if it is kept.
    pub fn find(
        &mut self,
        rule: R,
        place: impl FnOnce() -> String,
        message: impl FnOnce() -> String,
    ) {
        self.seen(rule).find(place, message);
    }

    /// Adds what a rule with something to look at found.
    pub fn add(&mut self, rule: R, found: Found) {
        self.seen(rule).merge(found);
    }

    /// Returns the number of findings of a rule.
    pub fn count(&self, rule: R) -> u64 {
        self.0.get(&rule).map_or(0, Found::count)
    }

    /// Says whether a rule had something to look at.
    pub fn has_looked(&self, rule: R) -> bool {
        self.0.contains_key(&rule)
    }

    /// Adds what another tally has found after this one.
    pub fn merge(&mut self, other: Self) {
        for (rule, more) in other.0 {
            self.add(rule, more);
        }
    }

    /// Returns everything that was found.
    pub fn finish(self) -> Inspected {
        inspected(self.0.into_iter().map(|(rule, found)| (rule.id(), found)))
    }
}

/// Hands over what rules with something to look at found, in the order of the inspector's list.
pub fn inspected(rules: impl IntoIterator<Item = (&'static str, Found)>) -> Inspected {
    let mut inspected = Inspected::default();
    let mut looked = Vec::new();
    for (rule, found) in rules {
        looked.push(rule);
        if found.count == 0 {
            continue;
        }
        let id = shared(rule);
        if found.count > u64::try_from(found.kept.len()).unwrap_or(u64::MAX) {
            inspected.beyond.insert(Arc::clone(&id), found.count);
        }
        let kept = found.kept.into_iter();
        inspected
            .findings
            .extend(kept.map(|(location, message)| Finding {
                rule: Arc::clone(&id),
                location,
                message,
            }));
    }
    inspected.looked = Looked::of(looked);
    inspected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_kept_and_all_are_counted() {
        let mut first = Found::default();
        for number in 0..700 {
            first.find(|| number.to_string(), String::new);
        }
        let later = first.clone();
        first.merge(later);
        assert_eq!(first.count(), 1_400);
        first.find(|| panic!("beyond the limit nothing is worded"), String::new);
        let inspected = inspected([("a.quiet", Found::default()), ("a.loud", first)]);
        assert!(inspected.looked.contains("a.quiet") && inspected.looked.contains("a.loud"));
        assert_eq!(inspected.findings.len(), MAX_FINDINGS);
        assert_eq!(inspected.findings[700].location, "0");
        assert_eq!(inspected.beyond.get("a.loud"), Some(&1_401));
    }
}
