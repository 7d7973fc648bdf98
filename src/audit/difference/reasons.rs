//! What may explain a change: everything that differs between two judgings and has a part in it.

use std::collections::{BTreeMap, BTreeSet};

use super::pairs::{Pair, Renames, vantages};
use super::{Audit, ValueChange};
use crate::verdict::results::{CheckResult, ComparisonResult};
use crate::verdict::{By, Change, Outcome, Reason};

/// What differs between two judgings as a whole.
#[derive(Debug)]
pub(super) struct Ground<'a> {
    pub(super) before: &'a Audit,
    pub(super) after: &'a Audit,
    renames: &'a Renames<'a>,
    /// What has a part in every result.
    everywhere: BTreeSet<Reason>,
    /// Whether both judgings say what their suites are made of.
    is_known: bool,
    /// Scenarios of the first suite, by the names of today.
    scenarios: BTreeMap<&'a str, &'a str>,
    /// Rules of the first suite, by the names of today.
    rules: BTreeMap<&'a str, &'a str>,
    /// Scenarios that the first judging judged, by the names of today.
    judged: BTreeSet<&'a str>,
}

impl<'a> Ground<'a> {
    pub(super) fn of(before: &'a Audit, after: &'a Audit, renames: &'a Renames<'a>) -> Self {
        let (then, now) = (&before.provenance, &after.provenance);
        let today = |all: &'a BTreeMap<String, String>| {
            let names = all.iter();
            let names = names.map(|(id, digest)| (renames.scenario(id), digest.as_str()));
            names.collect::<BTreeMap<&str, &str>>()
        };
        let is_known = !then.editions.targets.is_empty() && !now.editions.targets.is_empty();
        let mut everywhere = BTreeSet::new();
        let other_suite = before.results.suite != after.results.suite;
        if other_suite && !is_known {
            everywhere.insert(Reason::Suite);
        }
        let edition = |audit: &'a Audit| {
            let targets = &audit.provenance.editions.targets;
            targets.get(&audit.run.target)
        };
        if before.run.target != after.run.target || (is_known && edition(before) != edition(after))
        {
            everywhere.insert(Reason::Target);
        }
        if before.run.faults != after.run.faults {
            everywhere.insert(Reason::Fault);
        }
        if vantages(before) != vantages(after) {
            everywhere.insert(Reason::Vantage);
        }
        let other = |then: &str, now: &str| !then.is_empty() && !now.is_empty() && then != now;
        if other(&then.asked_by, &now.asked_by) || other(&then.judged_by, &now.judged_by) {
            everywhere.insert(Reason::Harness);
        }
        let judged = before.scenarios.keys();
        Self {
            before,
            after,
            renames,
            everywhere,
            is_known,
            scenarios: today(&then.editions.scenarios),
            rules: today(&then.editions.rules),
            judged: judged.map(|id| renames.scenario(id)).collect(),
        }
    }

    /// Returns what may explain the change of a verdict; nothing for what still fails as it did.
    pub(super) fn of_check(
        &self,
        class: Change,
        pair: &Pair<'_, CheckResult>,
        same_evidence: Option<bool>,
    ) -> Vec<Reason> {
        let Some(shown) = pair.after.or(pair.before) else {
            return Vec::new();
        };
        let still = pair
            .both()
            .is_some_and(|(b, a)| super::values::is_same_check(b, a));
        if class == Change::StillFailing && still {
            return Vec::new();
        }
        let mut reasons = self.everywhere.clone();
        let scenario = self.renames.scenario(&shown.scenario);
        self.suite(scenario, &mut reasons);
        if shown.by == By::Rule {
            let id = self.renames.scenario(&shown.id);
            let now = self.after.provenance.editions.rules.get(id);
            if self.is_known && self.rules.get(id).copied() != now.map(String::as_str) {
                reasons.insert(Reason::Rule);
            }
        }
        let registry = shown.registry.as_str();
        self.registry(registry, &mut reasons);
        if pair.both().is_none() {
            self.presence(scenario, registry, pair.after.is_some(), &mut reasons);
        }
        let is_left_out = |check: Option<&CheckResult>, audit: &Audit| {
            audit.results.partial && check.is_none_or(|c| c.outcome == Outcome::Skipped)
        };
        if is_left_out(pair.before, self.before) || is_left_out(pair.after, self.after) {
            reasons.insert(Reason::Partial);
        }
        self.close(reasons, same_evidence)
    }

    /// Returns what may explain the change of a comparison.
    pub(super) fn of_comparison(
        &self,
        class: Change,
        pair: &Pair<'_, ComparisonResult>,
        changed: &[ValueChange],
    ) -> Vec<Reason> {
        let Some(shown) = pair.after.or(pair.before) else {
            return Vec::new();
        };
        let same = pair
            .both()
            .is_some_and(|(b, a)| b.agreement == a.agreement && b.message == a.message);
        if class == Change::StillFailing && same && changed.is_empty() {
            return Vec::new();
        }
        let mut reasons = self.everywhere.clone();
        let scenario = self.renames.scenario(&shown.scenario);
        self.suite(scenario, &mut reasons);
        let names = self.after.results.registries.iter();
        for registry in names.chain(&self.before.results.registries) {
            self.registry(registry.id.as_str(), &mut reasons);
        }
        if self.before.results.registries != self.after.results.registries {
            reasons.insert(Reason::Selection);
        }
        if pair.both().is_none() {
            self.presence(scenario, "", pair.after.is_some(), &mut reasons);
        }
        if self.before.results.partial || self.after.results.partial {
            reasons.insert(Reason::Partial);
        }
        self.close(reasons, None)
    }

    fn suite(&self, scenario: &str, reasons: &mut BTreeSet<Reason>) {
        let now = self.after.provenance.editions.scenarios.get(scenario);
        let then = self.scenarios.get(scenario).copied();
        if self.is_known && then != now.map(String::as_str) {
            reasons.insert(Reason::Scenario);
        }
    }

    fn registry(&self, registry: &str, reasons: &mut BTreeSet<Reason>) {
        let edition = |audit: &'a Audit| audit.provenance.editions.registries.get(registry);
        if self.is_known && edition(self.before) != edition(self.after) {
            reasons.insert(Reason::RegistryData);
        }
    }

    /// Says why a result is in one judging only, as far as its scenario and registry were left out of the other.
    fn presence(&self, scenario: &str, registry: &str, is_new: bool, found: &mut BTreeSet<Reason>) {
        let (other, was_judged) = if is_new {
            (self.before, self.judged.contains(scenario))
        } else {
            let now = &self.after.scenarios;
            (self.after, now.contains_key(scenario))
        };
        let known = &other.results.registries;
        let has_registry = registry.is_empty() || known.iter().any(|r| r.id.as_str() == registry);
        let other_filters = self.before.provenance.filters != self.after.provenance.filters;
        if !has_registry || ((!was_judged || other_filters) && !found.contains(&Reason::Scenario)) {
            found.insert(Reason::Selection);
        }
    }

    /// Names the service where nothing of ours explains it, or where what it answered changed too.
    fn close(&self, mut reasons: BTreeSet<Reason>, same_evidence: Option<bool>) -> Vec<Reason> {
        if reasons.is_empty() || same_evidence == Some(false) {
            reasons.insert(Reason::Service);
        }
        // Bodies are not all of an answer: its status and how long it took are none.
        if reasons.len() == 1
            && reasons.contains(&Reason::Service)
            && same_evidence == Some(true)
            && self.before.run.started != self.after.run.started
        {
            reasons.insert(Reason::Time);
        }
        reasons.into_iter().collect()
    }
}
