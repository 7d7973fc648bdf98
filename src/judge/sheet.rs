//! Judges all cases of one scenario.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rayon::iter::ParallelIterator as _;
use rayon::slice::ParallelSlice as _;

use super::case::Case;
use super::check::{self, Verdict};
use super::demand::{Demand, demands_of};
use super::kept::Kept;
use super::observed::Observed;
use super::rules::{self, Ground};
use super::share::{Others, Share};
use crate::plan::PlannedScenario;
use crate::registry::{PerRegistry, RegistryId};
use crate::scenario::model::{Registry, Scenario};
use crate::scenario::suite::Catalog;
use crate::verdict::Outcome;
use crate::verdict::baseline::Baselines;
use crate::verdict::results::{CheckResult, Part};

/// Instances that one thread judges at a time: they cost more than handing them over.
const BATCH: usize = 64;

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
    /// What was accepted on the target.
    pub baselines: &'a Baselines,
    /// The runs that were merged into this one; empty for a run of its own.
    pub parts: &'a [Part],
}

impl Question<'_> {
    /// Returns the time by which what was seen of a registry from a place is judged.
    ///
    /// Of several parts of one place it is that of the first: they are of one moment.
    pub fn now_of(&self, vantage: &str, registry: &RegistryId) -> Timestamp {
        let own = self.parts.iter().filter(|part| {
            part.vantage == vantage
                && (part.registries.is_empty() || part.registries.contains(registry))
        });
        own.map(|part| part.started).min().unwrap_or(self.now)
    }
}

/// What was judged of one scenario.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Verdicts, ordered by registry, vantage and instance, and within these as written.
    pub checks: Vec<CheckResult>,
    /// Values that are compared with a baseline, in the same order.
    pub kept: Vec<Kept>,
}

/// Judges everything one scenario demands, over its observations.
///
/// `Disposition::Expected` stands in all results until `decide` has looked.
pub fn judge(
    question: &Question<'_>,
    planned: &PlannedScenario,
    observed: &Observed<'_>,
) -> Judged {
    let scenario: &Scenario = &planned.scenario;
    let demands = demands_of(scenario);
    let mut judged = Judged::default();
    for (id, instances) in planned.instances.iter() {
        let Some(registry) = question.registries.of(id.as_str()) else {
            continue;
        };
        let wanted: Vec<bool> = demands
            .iter()
            .map(|demand| planned.selects(id, demand.id()))
            .collect();
        for vantage in vantages_of(question, observed, id) {
            let shares: Vec<Share<'_>> = instances
                .par_chunks(BATCH)
                .map(|batch| {
                    let mut share = Share::default();
                    for instance in batch {
                        let mut case =
                            Case::new(scenario, registry, instance, vantage, observed, question);
                        let (verdicts, others) = judge_case(&mut case, &demands);
                        let side = case.side();
                        let stated = demands.iter().zip(verdicts).zip(&wanted);
                        let stated = stated.map(|((demand, verdict), wanted)| {
                            let is_here = demand.side().is_none_or(|own| side == Some(own));
                            (*wanted && is_here).then_some((demand, verdict))
                        });
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
            judged.kept.append(&mut all.kept);
            let results = all.finish(question, scenario, registry, vantage, &demands);
            judged.checks.extend(results);
        }
    }
    judged
}

/// Returns the places of observation; the run's own where nothing was observed.
fn vantages<'a>(question: &Question<'a>, observed: &Observed<'a>) -> Vec<&'a str> {
    let seen = observed.vantages();
    if seen.is_empty() {
        vec![question.vantage]
    } else {
        seen
    }
}

/// Returns the places from which a registry was observed; all of them where none has anything of its own.
///
/// Parts of a merge may each have asked other registries: what a place did not ask is not judged there.
pub fn vantages_of<'a>(
    question: &Question<'a>,
    observed: &Observed<'a>,
    registry: &RegistryId,
) -> Vec<&'a str> {
    let all = vantages(question, observed);
    if all.len() < 2 {
        return all;
    }
    let own: Vec<&str> = all
        .iter()
        .copied()
        .filter(|vantage| observed.is_from(registry.as_str(), vantage))
        .collect();
    if own.is_empty() { all } else { own }
}

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
