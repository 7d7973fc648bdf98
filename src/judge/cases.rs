//! Cases of scenarios about two registries: what their checks and comparisons come to together.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::case::{Case, parameters};
use super::{Observed, Question, vantages_of};
use crate::plan::{PlannedScenario, Surroundings};
use crate::registry::RegistryId;
use crate::verdict::case::{CasePart, CaseResult};
use crate::verdict::results::{CheckResult, ComparisonResult};
use crate::verdict::{Agreement, Outcome, Punctuality};

/// When each tick began at the side that was first, by its number.
type Began = BTreeMap<u32, Timestamp>;

/// Sums up each case of a scenario; nothing of one without `pair`.
///
/// `checks` and `comparisons` are what was judged of the scenario. What cannot fail is no part
/// of a case. Cases are ordered by their parameters.
pub fn cases(
    question: &Question<'_>,
    planned: &PlannedScenario,
    observed: &Observed<'_>,
    checks: &[CheckResult],
    comparisons: &[ComparisonResult],
) -> Vec<CaseResult> {
    let scenario = &planned.scenario;
    if scenario.pair.is_none() {
        return Vec::new();
    }
    let mut found: BTreeMap<BTreeMap<String, String>, (CaseResult, Began)> = BTreeMap::new();
    for (id, instances) in planned.instances.iter() {
        let Some(registry) = question.registries.of(id.as_str()) else {
            continue;
        };
        for instance in instances {
            let around = Surroundings::new(scenario, registry, instance, question.now);
            let Some((source, recipient)) = ends(&around) else {
                continue;
            };
            let own = parameters(scenario, instance);
            let new = || CaseResult {
                scenario: scenario.id.as_ref().to_owned(),
                parameters: own.clone(),
                source,
                recipient,
                verdict: Punctuality::Clean,
                reason: String::new(),
                ticks: Vec::new(),
                stages: BTreeMap::new(),
                parts: Vec::new(),
            };
            let (result, began) =
                { found.entry(own.clone()) }.or_insert_with(|| (new(), Began::new()));
            for vantage in vantages_of(question, observed, id) {
                let mut case = Case::new(scenario, registry, instance, vantage, observed, question);
                let reached = case.stages().map(|(name, at)| (name.to_owned(), at));
                for (name, at) in reached {
                    let first = result.stages.entry(name).or_insert(at);
                    *first = at.min(*first);
                }
                for place in 0..case.ticks() {
                    case.show_tick(place);
                    if let Some((number, at)) = case.tick().and_then(|t| Some((t.number, t.at?))) {
                        let first = began.entry(number).or_insert(at);
                        *first = at.min(*first);
                    }
                }
            }
        }
    }
    let mut all = Vec::with_capacity(found.len());
    for (mut case, began) in found.into_values() {
        case.ticks = began.into_values().collect();
        let own = checks.iter().filter(|c| c.parameters == case.parameters);
        case.parts.extend(own.filter_map(of_check));
        let own = { comparisons.iter() }.filter(|c| c.parameters == case.parameters);
        case.parts.extend(own.filter_map(of_comparison));
        (case.verdict, case.reason) = verdict(&case.parts);
        let last = scenario.stages.last();
        let ahead = last.filter(|stage| !case.stages.contains_key(stage.name.as_ref()));
        let told = matches!(case.verdict, Punctuality::Clean | Punctuality::Unobservable);
        if let Some(stage) = ahead.filter(|_| told && !case.ticks.is_empty()) {
            case.verdict = Punctuality::Open;
            case.reason = format!("stage `{}` was not reached", stage.name);
        }
        all.push(case);
    }
    all
}

fn ends(around: &Surroundings<'_>) -> Option<(RegistryId, RegistryId)> {
    let (source, recipient) = around.pair()?;
    Some((
        RegistryId::parse(&source).ok()?,
        RegistryId::parse(&recipient).ok()?,
    ))
}

fn of_check(check: &CheckResult) -> Option<CasePart> {
    check.level.can_fail().then(|| CasePart {
        id: check.id.clone(),
        registry: Some(check.registry.clone()),
        level: check.level,
        outcome: check.outcome,
        message: check.message.clone(),
        series: check.series.clone(),
        observations: check.observations.clone(),
    })
}

fn of_comparison(comparison: &ComparisonResult) -> Option<CasePart> {
    let outcome = match comparison.agreement {
        Agreement::Consistent => Outcome::Pass,
        Agreement::Divergent => Outcome::Fail,
        Agreement::Insufficient | Agreement::NotComparable => Outcome::Inconclusive,
    };
    comparison.level.can_fail().then(|| CasePart {
        id: comparison.id.clone(),
        registry: None,
        level: comparison.level,
        outcome,
        message: comparison.message.clone(),
        series: comparison.series.clone(),
        observations: comparison.observations.clone(),
    })
}

/// Says what parts come to together, and why.
fn verdict(parts: &[CasePart]) -> (Punctuality, String) {
    let weighed = |part: &CasePart| Some((part.punctuality()?, weight(part.punctuality()?)));
    let worst = { parts.iter() }
        .filter_map(weighed)
        .max_by_key(|(_, weight)| *weight);
    let Some((worst, _)) = worst else {
        let why = parts.iter().find(|part| !part.message.is_empty());
        let why = why.map_or_else(
            || "nothing that is looked at applies".to_owned(),
            |part| part.message.clone(),
        );
        return (Punctuality::Unobservable, why);
    };
    if worst == Punctuality::Clean {
        return (worst, String::new());
    }
    let same = |part: &&CasePart| part.punctuality() == Some(worst);
    let mut ids: Vec<&str> = { parts.iter() }
        .filter(same)
        .map(|p| p.id.as_str())
        .collect();
    ids.dedup();
    let reason = match worst {
        Punctuality::Unobservable | Punctuality::Open => {
            let first = parts.iter().find(same);
            let why = first.map_or("", |part| part.message.as_str());
            format!("{}: {why}", ids.join(", "))
        }
        Punctuality::Clean | Punctuality::Late | Punctuality::Violated => ids.join(", "),
    };
    (worst, reason)
}

/// Says which of two verdicts on parts is that of a case: the greater.
const fn weight(punctuality: Punctuality) -> u8 {
    match punctuality {
        Punctuality::Clean => 0,
        Punctuality::Unobservable => 1,
        Punctuality::Open => 2,
        Punctuality::Late => 3,
        Punctuality::Violated => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Level;

    #[track_caller]
    fn check(outcomes: &[Outcome], expected: Punctuality) {
        let part = |outcome: &Outcome| CasePart {
            id: format!("s/{outcome}"),
            registry: None,
            level: Level::Proposed,
            outcome: *outcome,
            message: "why".to_owned(),
            series: None,
            observations: Vec::new(),
        };
        let parts: Vec<CasePart> = outcomes.iter().map(part).collect();
        let (verdict, reason) = verdict(&parts);
        assert_eq!(verdict, expected);
        assert_eq!(reason.is_empty(), expected == Punctuality::Clean);
    }

    #[test]
    fn the_worst_part_is_the_verdict_of_a_case() {
        use Outcome::{Fail, Inconclusive, NotApplicable, Pass, Skipped};
        check(&[Pass, NotApplicable], Punctuality::Clean);
        check(&[Pass, Inconclusive], Punctuality::Unobservable);
        check(&[Inconclusive, Skipped, Pass], Punctuality::Open);
        check(&[Skipped, Fail, Pass], Punctuality::Violated);
        check(&[NotApplicable], Punctuality::Unobservable);
        check(&[], Punctuality::Unobservable);
    }
}
