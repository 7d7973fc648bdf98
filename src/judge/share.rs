//! Results of cases: each for itself, or sampled instances rolled up.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::case::{Case, parameters};
use super::check::Verdict;
use super::demand::Demand;
use super::kept::{Kept, KeptValue};
use super::sheet::Question;
use super::words;
use crate::fact::Observation;
use crate::plan::Instance;
use crate::scenario::model::{Registry, Scenario};
use crate::verdict::results::{CheckResult, Sampled, SampledInstance};
use crate::verdict::{Disposition, Operator, Outcome, Weight};

/// Most instances of a sampled axis that are shown.
const MAX_SHOWN: usize = 100;

/// Verdicts on what others than the registry operate, in the order of demands; empty if there are none at all.
pub(super) type Others<'a> = Vec<BTreeMap<Operator, Verdict<'a>>>;

/// What some instances of a scenario add to the results of one registry.
#[derive(Default)]
pub(super) struct Share<'a> {
    /// Results of instances that stand for themselves.
    results: Vec<CheckResult>,
    /// Values of such instances that are compared with a baseline.
    pub(super) kept: Vec<Kept>,
    /// Counts over sampled instances, by the values of the other axes; in the order of demands.
    tallies: BTreeMap<BTreeMap<String, String>, Vec<Option<Tally<'a>>>>,
}

impl<'a> Share<'a> {
    /// Adds an instance; `None` for what was not asked for.
    pub(super) fn add<'d>(
        &mut self,
        question: &Question<'_>,
        case: &Case<'a>,
        stated: impl Iterator<Item = Option<(&'d Demand<'a>, Verdict<'a>)>>,
    ) where
        'a: 'd,
    {
        let (scenario, instance) = (case.scenario, case.instance);
        // Each case of a pair of registries stands for itself, wherever it was found.
        if instance.sampled && scenario.pair.is_none() {
            let own = self.tallies.entry(fixed(scenario, instance)).or_default();
            for (at, stated) in stated.enumerate() {
                if own.len() <= at {
                    own.push(None);
                }
                if let (Some((_, verdict)), Some(tally)) = (stated, own.get_mut(at)) {
                    let tally = tally.get_or_insert_default();
                    tally.add(scenario, instance, verdict);
                }
            }
            return;
        }
        for (demand, verdict) in stated.flatten() {
            let mut result = blank(question, scenario, case.registry, case.vantage, demand);
            result.parameters = parameters(scenario, instance);
            let kept = state(&mut result, demand, verdict);
            self.kept.extend(kept.into_iter().map(|value| Kept {
                id: Arc::clone(demand.id()),
                registry: result.registry.clone(),
                vantage: result.vantage.clone(),
                parameters: result.parameters.clone(),
                value,
            }));
            self.results.push(result);
        }
    }

    /// Adds what others than the registry operate; each instance stands for itself.
    pub(super) fn add_others<'d>(
        &mut self,
        question: &Question<'_>,
        case: &Case<'a>,
        others: impl Iterator<Item = (&'d Demand<'a>, BTreeMap<Operator, Verdict<'a>>)>,
    ) where
        'a: 'd,
    {
        for (demand, by_operator) in others {
            for (operator, verdict) in by_operator {
                let scenario = case.scenario;
                let mut result = blank(question, scenario, case.registry, case.vantage, demand);
                result.parameters = parameters(scenario, case.instance);
                result.operator = operator;
                drop(state(&mut result, demand, verdict));
                self.results.push(result);
            }
        }
    }

    /// Returns the results, sampled instances rolled up.
    pub(super) fn finish(
        self,
        question: &Question<'_>,
        scenario: &Scenario,
        registry: &Registry,
        vantage: &str,
        demands: &[Demand<'_>],
    ) -> Vec<CheckResult> {
        let mut results = self.results;
        for (fixed, tallies) in self.tallies {
            for (demand, tally) in demands.iter().zip(tallies) {
                let Some(tally) = tally else { continue };
                let mut result = blank(question, scenario, registry, vantage, demand);
                result.parameters.clone_from(&fixed);
                tally.state(&mut result, demand);
                results.push(result);
            }
        }
        results
    }

    /// Adds what later instances add.
    pub(super) fn append(&mut self, mut later: Self) {
        self.results.append(&mut later.results);
        self.kept.append(&mut later.kept);
        for (fixed, tallies) in later.tallies {
            let own = self.tallies.entry(fixed).or_default();
            own.resize_with(own.len().max(tallies.len()), || None);
            for (own, tally) in own.iter_mut().zip(tallies) {
                match (own, tally) {
                    (_, None) => {}
                    (own @ None, tally) => *own = tally,
                    (Some(own), Some(tally)) => own.append(tally),
                }
            }
        }
    }
}

/// Returns the values of the axes that are not sampled.
fn fixed(scenario: &Scenario, instance: &Instance) -> BTreeMap<String, String> {
    let mut all = parameters(scenario, instance);
    for axis in scenario
        .matrix
        .iter()
        .filter(|axis| axis.values.is_sampled())
    {
        all.remove(&axis.name);
    }
    all
}

/// Returns a result of which only the verdict is missing.
fn blank(
    question: &Question<'_>,
    scenario: &Scenario,
    registry: &Registry,
    vantage: &str,
    demand: &Demand<'_>,
) -> CheckResult {
    let basis = demand.basis();
    CheckResult {
        id: demand.id().as_ref().to_owned(),
        by: demand.by(),
        scenario: scenario.id.as_ref().to_owned(),
        title: demand.title(question.catalog),
        registry: registry.id.clone(),
        parameters: BTreeMap::new(),
        vantage: vantage.to_owned(),
        outcome: Outcome::Pass,
        cause: None,
        level: basis.level,
        operator: basis.operator,
        disposition: Disposition::Expected,
        waiver: None,
        gate: Weight::None,
        remarks: Vec::new(),
        erratum: None,
        vantages: [].into(),
        same_cause: basis.cause.clone(),
        since: basis.since.clone(),
        refs: basis.refs.clone(),
        message: String::new(),
        expected: String::new(),
        seen: String::new(),
        locations: Vec::new(),
        findings: 0,
        source: demand.place().clone(),
        observations: Vec::new(),
        evidence: Vec::new(),
        asked: Vec::new(),
        sampled: None,
        series: None,
        flaky: false,
        volatile: false,
    }
}

/// Writes a verdict into a result; returns what is compared with a baseline.
fn state(
    result: &mut CheckResult,
    demand: &Demand<'_>,
    mut verdict: Verdict<'_>,
) -> Vec<KeptValue> {
    let mut kept = Vec::new();
    result.outcome = verdict.outcome;
    result.cause = verdict.cause;
    result.findings = verdict.findings;
    result.flaky = verdict.flaky;
    result.volatile = verdict.volatile;
    result.series = verdict.take_series();
    if let Some(said) = verdict.take_said() {
        result.message = said.message;
        result.expected = said.expected;
        result.seen = said.seen;
        result.locations = said.locations;
        kept = said.kept;
        if let Some(place) = said.place {
            result.source = place;
        }
    } else if let (Outcome::NotApplicable, Demand::Rule(rule, _)) = (verdict.outcome, demand) {
        result.message.clone_from(&rule.nothing);
    }
    result.observations = verdict.rests_on.iter().map(|o| o.key.to_string()).collect();
    result.evidence = evidence(&verdict.rests_on);
    if verdict.outcome != Outcome::Pass {
        for line in verdict.rests_on.iter().flat_map(|o| &o.asked) {
            if !result.asked.contains(line) {
                result.asked.push(line.clone());
            }
        }
    }
    kept
}

fn evidence(observations: &[&Observation]) -> Vec<String> {
    let mut all = Vec::new();
    for digest in observations.iter().flat_map(|o| &o.evidence) {
        if !all.iter().any(|known: &String| known == digest.as_str()) {
            all.push(digest.as_str().to_owned());
        }
    }
    all
}

/// Counts over the instances of a sampled axis.
#[derive(Default)]
struct Tally<'a> {
    counts: BTreeMap<Outcome, u64>,
    shown: Vec<SampledInstance>,
    /// The first verdict of the weightiest outcome.
    worst: Option<Verdict<'a>>,
    findings: u64,
    flaky: bool,
    volatile: bool,
}

impl<'a> Tally<'a> {
    fn add(&mut self, scenario: &Scenario, instance: &Instance, verdict: Verdict<'a>) {
        *self.counts.entry(verdict.outcome).or_default() += 1;
        self.findings += verdict.findings;
        self.flaky |= verdict.flaky;
        self.volatile |= verdict.volatile;
        let is_wrong = matches!(
            verdict.outcome,
            Outcome::Error | Outcome::Fail | Outcome::Inconclusive
        );
        if is_wrong && self.shown.len() < MAX_SHOWN {
            self.shown.push(SampledInstance {
                parameters: parameters(scenario, instance),
                outcome: verdict.outcome,
                message: verdict
                    .said()
                    .map_or_else(String::new, |said| said.message.clone()),
                evidence: evidence(&verdict.rests_on),
            });
        }
        if self
            .worst
            .as_ref()
            .is_none_or(|worst| verdict.outcome < worst.outcome)
        {
            self.worst = Some(verdict);
        }
    }

    /// Adds what later instances count.
    fn append(&mut self, later: Self) {
        for (outcome, count) in later.counts {
            *self.counts.entry(outcome).or_default() += count;
        }
        self.findings += later.findings;
        self.flaky |= later.flaky;
        self.volatile |= later.volatile;
        self.shown.extend(later.shown);
        self.shown.truncate(MAX_SHOWN);
        let lighter = |worst: &Verdict<'_>| {
            let later = later.worst.as_ref();
            later.is_some_and(|later| later.outcome < worst.outcome)
        };
        if self.worst.as_ref().is_none_or(lighter) {
            self.worst = later.worst;
        }
    }

    fn state(self, result: &mut CheckResult, demand: &Demand<'_>) {
        let all: u64 = self.counts.values().sum();
        if let Some(worst) = self.worst {
            let number = self.counts.get(&worst.outcome).copied().unwrap_or_default();
            let outcome = worst.outcome;
            drop(state(result, demand, worst));
            if outcome != Outcome::Pass && !result.message.is_empty() {
                result.message = words::shortened(format!(
                    "{outcome} in {} of {}, first: {}",
                    words::grouped(number),
                    words::grouped(all),
                    result.message
                ));
            }
        }
        result.findings = self.findings;
        result.flaky = self.flaky;
        result.volatile = self.volatile;
        result.sampled = Some(Sampled {
            counts: self.counts,
            shown: self.shown,
        });
    }
}
