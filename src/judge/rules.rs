//! Judges inspector rules: what was found in the documents of one case.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _};

use super::case::Case;
use super::check::{Verdict, document_of, not_due};
use super::evidence::{self, unavailable};
use super::matcher::MAX_PLACES;
use super::words;
use crate::fact::{Finding, Inspected, Observation};
use crate::scenario::model::{Basis, RuleUse, Scenario};
use crate::verdict::results::Location;
use crate::verdict::{Level, Operator, Outcome};

/// A rule as one scenario uses it, on one or several documents.
#[derive(Debug)]
pub(super) struct RuleOf<'a> {
    /// The rule's id.
    pub(super) id: &'a Arc<str>,
    /// What it rests on, in its first use.
    pub(super) basis: &'a Basis,
    /// What is said where there is nothing to look at and a verdict says nothing.
    pub(super) nothing: String,
    /// Numbers of the uses, in the order written.
    pub(super) uses: Vec<usize>,
}

/// Returns the rules of a scenario, each once, in the order of their first use.
pub(super) fn rules_of(scenario: &Scenario) -> Vec<RuleOf<'_>> {
    let mut rules: Vec<RuleOf<'_>> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (number, rule_use) in scenario.rules.iter().enumerate() {
        for (id, basis) in &rule_use.rules {
            if let Some(rule) = known.get(id.as_ref()).and_then(|at| rules.get_mut(*at)) {
                rule.uses.push(number);
            } else {
                known.insert(id, rules.len());
                rules.push(RuleOf {
                    id,
                    basis,
                    nothing: match &basis.applies {
                        Some(applies) => format!("nothing to look at; this applies {applies}"),
                        None => "nothing to look at".to_owned(),
                    },
                    uses: vec![number],
                });
            }
        }
    }
    rules
}

/// What one use of rules has to look at in one case.
#[derive(Debug)]
pub(super) enum Ground<'a> {
    /// Nothing can be said of any rule.
    Settled(Verdict<'a>),
    /// A document with what was found in it.
    Document(Document<'a>),
}

impl Ground<'_> {
    /// Says whether somebody else than the registry operates a part of it.
    pub(super) fn has_others(&self) -> bool {
        matches!(self, Self::Document(document) if !document.others.is_empty())
    }
}

/// What was found in one document, by rule.
#[derive(Debug)]
pub(super) struct Document<'a> {
    observation: &'a Observation,
    /// What the registry operates; `None` if no inspector read it.
    own: Option<Part<'a>>,
    /// What others operate.
    others: Vec<(Operator, Part<'a>)>,
}

/// What was found in those parts of a document that have one operator.
#[derive(Debug)]
struct Part<'a> {
    inspected: &'a Inspected,
    /// Findings by rule; rules without any are not listed.
    found: HashMap<&'a str, Vec<&'a Finding>>,
}

impl<'a> Part<'a> {
    fn of(inspected: &'a Inspected) -> Self {
        let mut found: HashMap<&str, Vec<&Finding>> = HashMap::new();
        for finding in &inspected.findings {
            found.entry(&finding.rule).or_default().push(finding);
        }
        Self { inspected, found }
    }
}

/// Prepares a use of rules for one case.
pub(super) fn ground<'a>(case: &Case<'a>, rule_use: &'a RuleUse) -> Ground<'a> {
    if let Some(verdict) = rule_use.when.as_ref().and_then(|when| not_due(case, when)) {
        return Ground::Settled(verdict);
    }
    let observation = match case.observation(&rule_use.of) {
        Ok(observation) => observation,
        Err(ended) => return Ground::Settled(Verdict::ended(ended)),
    };
    let ended = unavailable(observation).or_else(|| evidence::refused(observation));
    if let Some(ended) = ended {
        let announced = (ended.outcome == Outcome::Inconclusive)
            .then(|| evidence::maintenance(case.registry, observation))
            .flatten();
        let mut verdict = Verdict::ended(announced.unwrap_or(ended));
        verdict.rests_on.push(observation);
        return Ground::Settled(verdict);
    }
    let inspected = observation.inspected.as_ref();
    let others = inspected.iter().flat_map(|inspected| &inspected.others);
    Ground::Document(Document {
        observation,
        own: inspected.map(Part::of),
        others: others.map(|(who, part)| (*who, Part::of(part))).collect(),
    })
}

/// Judges one rule over all documents it is used on; the weightiest outcome holds.
pub(super) fn judge<'a>(case: &Case<'a>, rule: &RuleOf<'a>, grounds: &[Ground<'a>]) -> Verdict<'a> {
    let mut kept: Option<Verdict<'a>> = None;
    for ground in rule.uses.iter().filter_map(|number| grounds.get(*number)) {
        let verdict = match ground {
            Ground::Settled(verdict) => verdict.clone(),
            Ground::Document(document) => {
                found(case, rule, document.observation, document.own.as_ref())
            }
        };
        kept = Some(match kept {
            None => verdict,
            Some(kept) => merge(kept, verdict),
        });
    }
    kept.unwrap_or_else(|| Verdict::of(Outcome::NotApplicable))
}

/// Judges one rule on what others than the registry operate, by operator; nothing where it had nothing to look at.
pub(super) fn judge_others<'a>(
    case: &Case<'a>,
    rule: &RuleOf<'a>,
    grounds: &[Ground<'a>],
) -> BTreeMap<Operator, Verdict<'a>> {
    let mut all: BTreeMap<Operator, Verdict<'a>> = BTreeMap::new();
    for ground in rule.uses.iter().filter_map(|number| grounds.get(*number)) {
        let Ground::Document(document) = ground else {
            continue;
        };
        for (who, part) in &document.others {
            if !part.inspected.looked.contains(rule.id) {
                continue;
            }
            let verdict = found(case, rule, document.observation, Some(part));
            let joined = match all.remove(who) {
                Some(kept) => merge(kept, verdict),
                None => verdict,
            };
            all.insert(*who, joined);
        }
    }
    all
}

/// Joins verdicts of one rule on two documents: findings add up, the weightiest outcome holds.
fn merge<'a>(mut a: Verdict<'a>, mut b: Verdict<'a>) -> Verdict<'a> {
    if b.outcome < a.outcome {
        std::mem::swap(&mut a, &mut b);
    }
    a.rests_on.append(&mut b.rests_on);
    if a.outcome == b.outcome {
        a.findings += b.findings;
        let findings = a.findings;
        if let Some(other) = b.take_said() {
            let said = a.say();
            said.locations.extend(other.locations);
            said.locations.truncate(MAX_PLACES);
            // One of two that do not apply may say why.
            if said.message.is_empty() {
                said.message = other.message;
            }
        }
        if a.outcome == Outcome::Fail {
            let said = a.say();
            said.message = message(&said.locations, findings);
        }
    }
    a
}

fn found<'a>(
    case: &Case<'a>,
    rule: &RuleOf<'a>,
    observation: &'a Observation,
    part: Option<&Part<'a>>,
) -> Verdict<'a> {
    let Some(part) = part.filter(|part| part.inspected.looked.contains(rule.id)) else {
        let mut verdict = Verdict::of(Outcome::NotApplicable);
        verdict.rests_on.push(observation);
        return verdict;
    };
    let mut verdict = Verdict::of(Outcome::Pass);
    verdict.rests_on.push(observation);
    let Some(findings) = part.found.get(rule.id.as_ref()) else {
        return verdict;
    };
    if let Some(ended) = evidence::maintenance(case.registry, observation) {
        verdict.soften(ended);
        return verdict;
    }
    let name = document_of(observation);
    let locations: Vec<Location> = findings
        .iter()
        .take(MAX_PLACES)
        .map(|finding| Location {
            document: name.clone(),
            pointer: finding.location.clone(),
            message: words::shortened(words::plain(&finding.message)),
        })
        .collect();
    let kept = u64::try_from(findings.len()).unwrap_or(u64::MAX);
    let beyond = part.inspected.beyond.get(rule.id).copied();
    verdict.findings = beyond.unwrap_or(kept).max(kept);
    let message = message(&locations, verdict.findings);
    let said = verdict.say();
    (said.message, said.locations) = (message, locations);
    verdict.outcome = Outcome::Fail;
    if rule.basis.level == Level::Observe {
        verdict.only_observe();
    }
    verdict
}

/// Words some findings: the first, and how many more.
fn message(locations: &[Location], findings: u64) -> String {
    let first = locations
        .first()
        .map_or("", |location| location.message.as_str());
    match findings {
        0 | 1 => first.to_owned(),
        2 => format!("{first}, and at 1 more place"),
        many => format!("{first}, and at {} more places", many - 1),
    }
}
