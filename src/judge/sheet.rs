//! Judges all cases of one scenario and rolls sampled instances up.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rayon::iter::ParallelIterator as _;
use rayon::slice::ParallelSlice as _;

use super::case::{Case, Observed, parameters};
use super::check::{self, Verdict};
use super::rules::{self, Ground, RuleOf};
use super::words;
use crate::fact::Observation;
use crate::plan::{Instance, PlannedScenario};
use crate::registry::PerRegistry;
use crate::scenario::model::{Basis, Check, Registry, Scenario};
use crate::scenario::suite::Catalog;
use crate::verdict::results::{CheckResult, Place, Sampled, SampledInstance};
use crate::verdict::{By, Disposition, Operator, Outcome};

/// Instances that one thread judges at a time: they cost more than handing them over.
const BATCH: usize = 64;

/// Most instances of a sampled axis that are shown.
const MAX_SHOWN: usize = 100;

/// What is the same for all scenarios of one judging.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The registries of the run, the target's overlay applied.
    pub registries: &'a PerRegistry<Arc<Registry>>,
    /// The catalogue, for what rules demand.
    pub catalog: &'a Catalog,
    /// The target's name.
    pub target: &'a str,
    /// The place of observation where no observation says it.
    pub vantage: &'a str,
    /// The run's clock: when the run started.
    pub now: Timestamp,
    /// Whether the run ended before everything planned was observed.
    pub partial: bool,
}

/// Something a scenario demands: a check, or a rule on its documents.
enum Demand<'a> {
    Check(&'a Check),
    Rule(RuleOf<'a>, &'a Place),
}

impl<'a> Demand<'a> {
    fn id(&self) -> &'a Arc<str> {
        match self {
            Self::Check(check) => &check.id,
            Self::Rule(rule, _) => rule.id,
        }
    }

    fn basis(&self) -> &'a Basis {
        match self {
            Self::Check(check) => &check.basis,
            Self::Rule(rule, _) => rule.basis,
        }
    }

    fn place(&self) -> &'a Place {
        match self {
            Self::Check(check) => &check.place,
            Self::Rule(_, place) => place,
        }
    }

    const fn by(&self) -> By {
        match self {
            Self::Check(_) => By::Check,
            Self::Rule(_, _) => By::Rule,
        }
    }

    fn title(&self, catalog: &Catalog) -> String {
        match self {
            Self::Check(check) => check.title.clone(),
            Self::Rule(rule, _) => catalog
                .entries
                .get(rule.id)
                .map_or_else(String::new, |entry| entry.sentence.clone()),
        }
    }
}

/// Judges everything one scenario demands, over its observations.
///
/// Results are ordered by registry, vantage and instance, and within these as written;
/// [`Disposition::Expected`] stands in all of them until `decide` has looked.
pub fn judge(
    question: &Question<'_>,
    planned: &PlannedScenario,
    observed: &Observed<'_>,
) -> Vec<CheckResult> {
    let scenario: &Scenario = &planned.scenario;
    let demands = demands_of(scenario);
    let mut results = Vec::new();
    for (id, instances) in planned.instances.iter() {
        let Some(registry) = question.registries.of(id.as_str()) else {
            continue;
        };
        let wanted: Vec<bool> = demands
            .iter()
            .map(|demand| planned.selects(id, demand.id()))
            .collect();
        for vantage in vantages(question, observed) {
            let shares: Vec<Share<'_>> = instances
                .par_chunks(BATCH)
                .map(|batch| {
                    let mut share = Share::default();
                    for instance in batch {
                        let mut case =
                            Case::new(scenario, registry, instance, vantage, observed, question);
                        let (verdicts, others) = judge_case(&mut case, &demands);
                        let stated = demands.iter().zip(verdicts).zip(&wanted);
                        let stated = stated.map(|(stated, wanted)| wanted.then_some(stated));
                        share.add(question, &case, stated);
                        let others = demands.iter().zip(others).zip(&wanted);
                        let others = others.filter_map(|(other, wanted)| wanted.then_some(other));
                        share.add_others(question, &case, others);
                    }
                    share
                })
                .collect();
            let mut all = Share::default();
            shares.into_iter().for_each(|share| all.append(share));
            results.append(&mut all.results);
            for (fixed, tallies) in all.tallies {
                for (demand, tally) in demands.iter().zip(tallies) {
                    let Some(tally) = tally else { continue };
                    let mut result = blank(question, scenario, registry, vantage, demand);
                    result.parameters.clone_from(&fixed);
                    tally.state(&mut result, demand);
                    results.push(result);
                }
            }
        }
    }
    results
}

/// What some instances of a scenario add to the results of one registry.
#[derive(Default)]
struct Share<'a> {
    /// Results of instances that stand for themselves.
    results: Vec<CheckResult>,
    /// Counts over sampled instances, by the values of the other axes; in the order of demands.
    tallies: BTreeMap<BTreeMap<String, String>, Vec<Option<Tally<'a>>>>,
}

impl<'a> Share<'a> {
    /// Adds an instance; `None` for what was not asked for.
    fn add<'d>(
        &mut self,
        question: &Question<'_>,
        case: &Case<'a>,
        stated: impl Iterator<Item = Option<(&'d Demand<'a>, Verdict<'a>)>>,
    ) where
        'a: 'd,
    {
        let (scenario, instance) = (case.scenario, case.instance);
        if instance.sampled {
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
            state(&mut result, demand, verdict);
            self.results.push(result);
        }
    }

    /// Adds what others than the registry operate; each instance stands for itself.
    fn add_others<'d>(
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
                state(&mut result, demand, verdict);
                self.results.push(result);
            }
        }
    }

    /// Adds what later instances add.
    fn append(&mut self, mut later: Self) {
        self.results.append(&mut later.results);
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

fn demands_of(scenario: &Scenario) -> Vec<Demand<'_>> {
    let place = |rule: &RuleOf<'_>| {
        rule.uses
            .first()
            .and_then(|number| scenario.rules.get(*number))
            .map_or(&scenario.place, |rule_use| &rule_use.place)
    };
    scenario
        .checks
        .iter()
        .map(Demand::Check)
        .chain(rules::rules_of(scenario).into_iter().map(|rule| {
            let place = place(&rule);
            Demand::Rule(rule, place)
        }))
        .collect()
}

/// Returns the places of observation; the run's own where nothing was observed.
pub fn vantages<'a>(question: &Question<'a>, observed: &Observed<'a>) -> Vec<&'a str> {
    let seen = observed.vantages();
    if seen.is_empty() {
        vec![question.vantage]
    } else {
        seen
    }
}

/// Verdicts on what others than the registry operate, in the order of demands; empty if there are none at all.
type Others<'a> = Vec<BTreeMap<Operator, Verdict<'a>>>;

/// Judges everything that one case demands: what was not selected may be required by what was.
fn judge_case<'a>(case: &mut Case<'a>, demands: &[Demand<'a>]) -> (Vec<Verdict<'a>>, Others<'a>) {
    if let Some(ended) = case.lacks(&case.scenario.needs) {
        return (vec![Verdict::ended(ended); demands.len()], Vec::new());
    }
    let grounds: Vec<Ground<'a>> = case
        .scenario
        .rules
        .iter()
        .map(|rule_use| rules::ground(case, rule_use))
        .collect();
    let mut verdicts: Vec<Verdict<'a>> = Vec::with_capacity(demands.len());
    for demand in demands {
        verdicts.push(match demand {
            Demand::Check(check) => check::judge(case, check),
            Demand::Rule(rule, _) => rules::judge(case, rule, &grounds),
        });
    }
    hold_back(demands, &mut verdicts);
    let mut others = Vec::new();
    if grounds.iter().any(Ground::has_others) {
        others.extend(demands.iter().map(|demand| match demand {
            Demand::Check(_) => BTreeMap::new(),
            Demand::Rule(rule, _) => rules::judge_others(case, rule, &grounds),
        }));
    }
    (verdicts, others)
}

/// Skips the checks whose required checks did not pass, in turn.
fn hold_back(demands: &[Demand<'_>], verdicts: &mut [Verdict<'_>]) {
    let is_required = |demand: &Demand<'_>| match demand {
        Demand::Check(check) => !check.requires.is_empty(),
        Demand::Rule(_, _) => false,
    };
    if !demands.iter().any(is_required) {
        return;
    }
    // One round for each link of the longest chain; lint refuses circles, and a circle ends here too.
    for _ in 0..demands.len() {
        let outcomes: BTreeMap<&str, Outcome> = demands
            .iter()
            .zip(verdicts.iter())
            .map(|(demand, verdict)| (demand.id().as_ref(), verdict.outcome))
            .collect();
        let mut changed = false;
        for (demand, verdict) in demands.iter().zip(verdicts.iter_mut()) {
            let Demand::Check(check) = demand else {
                continue;
            };
            if verdict.outcome == Outcome::Skipped || verdict.outcome == Outcome::NotApplicable {
                continue;
            }
            let unmet = check.requires.iter().find_map(|id| {
                let outcome = outcomes.get(id.as_ref())?;
                (*outcome != Outcome::Pass).then_some((id, outcome))
            });
            if let Some((id, outcome)) = unmet {
                let mut skipped = Verdict::of(Outcome::Skipped);
                skipped.say().message = format!("requires `{id}`, which is {outcome}");
                skipped.rests_on = std::mem::take(&mut verdict.rests_on);
                *verdict = skipped;
                changed = true;
            }
        }
        if !changed {
            return;
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
        flaky: false,
        volatile: false,
    }
}

/// Writes a verdict into a result.
fn state(result: &mut CheckResult, demand: &Demand<'_>, mut verdict: Verdict<'_>) {
    result.outcome = verdict.outcome;
    result.cause = verdict.cause;
    result.findings = verdict.findings;
    result.flaky = verdict.flaky;
    result.volatile = verdict.volatile;
    if let Some(said) = verdict.take_said() {
        result.message = said.message;
        result.expected = said.expected;
        result.seen = said.seen;
        result.locations = said.locations;
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
            state(result, demand, worst);
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
