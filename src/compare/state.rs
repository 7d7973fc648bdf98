//! Compares everything one scenario compares, and states the results.

use std::collections::BTreeMap;

use super::entries::{Entered, Entries, wanted};
use super::marks::marks;
use super::measure::{declared, measure, unit};
use super::participants::Participant;
use super::rule::{self, Holder, Ruling};
use crate::fact::{Digest, Value};
use crate::judge::look::json_of;
use crate::judge::sets::Members;
use crate::judge::words::put;
use crate::judge::{Observed, Question, canonical, words};
use crate::plan::PlannedScenario;
use crate::scenario::model::{Attribute, CompareRule, Comparison, Missing, Scenario};
use crate::verdict::measure::{Measure, Unit};
use crate::verdict::results::{ComparisonResult, Group, Participants};
use crate::verdict::{Agreement, Disposition, Role, Weight};

/// Compares everything one scenario compares, over its observations.
///
/// Results are ordered as written, then by what is held fixed; on sampled axes a
/// comparison has one result, that of the first instance with the weightiest outcome.
pub fn compare(
    question: &Question<'_>,
    planned: &PlannedScenario,
    observed: &Observed<'_>,
) -> Vec<ComparisonResult> {
    Entries::gather(question, planned, observed, |_| true).conclude(planned)
}

impl Entries {
    /// States the results of everything that one scenario compares, as it was planned when these were
    /// gathered.
    pub fn conclude(self, planned: &PlannedScenario) -> Vec<ComparisonResult> {
        let scenario: &Scenario = &planned.scenario;
        let wanted = wanted(planned);
        let mut results = Vec::new();
        for (comparison, entered) in wanted.into_iter().zip(self.united()) {
            let Entered {
                sets,
                series,
                union,
            } = entered;
            let state = |fixed, participants| {
                state(scenario, comparison, fixed, participants, union.as_ref())
            };
            let mut own = Vec::new();
            if let Some(over) = &comparison.over_time {
                for (fixed, ticks) in series {
                    let of_tick = |participants| state(fixed.clone(), participants);
                    own.extend(ticks.state(scenario, over, of_tick));
                }
            }
            for (fixed, participants) in sets {
                own.push(state(fixed, participants));
            }
            if own.is_empty() {
                own.push(state(BTreeMap::new(), Vec::new()));
            }
            results.extend(roll_up(scenario, own));
        }
        results
    }
}

/// States the result of one comparison with everything but the axes fixed.
fn state(
    scenario: &Scenario,
    comparison: &Comparison,
    fixed: BTreeMap<String, String>,
    mut all: Vec<Participant>,
    union: Option<&Members>,
) -> ComparisonResult {
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let holders: Vec<Holder<'_>> = all
        .iter()
        .filter_map(|p| {
            Some(Holder {
                name: &p.name,
                value: p.value.as_ref().ok()?,
            })
        })
        .collect();
    let ruling = rule::rule(
        &comparison.rule,
        &holders,
        comparison.tolerance.as_ref(),
        union,
    );
    let verdict = weigh(comparison, &all, holders.len(), &ruling);
    let unit = unit(comparison, &holders);
    let mut observations: Vec<String> = all
        .iter()
        .flat_map(|p| p.observations.iter().cloned())
        .collect();
    observations.sort_unstable();
    observations.dedup();
    ComparisonResult {
        id: comparison.id.as_ref().to_owned(),
        scenario: scenario.id.as_ref().to_owned(),
        title: comparison.title.clone(),
        rule: comparison.rule.as_str().to_owned(),
        parameters: fixed,
        agreement: verdict.agreement,
        level: comparison.basis.level,
        operator: comparison.basis.operator,
        disposition: Disposition::Expected,
        waiver: None,
        gate: Weight::None,
        remarks: Vec::new(),
        erratum: None,
        vantages: [].into(),
        since: comparison.basis.since.clone(),
        grace_seconds: comparison
            .grace
            .and_then(|g| u64::try_from(g.as_secs()).ok()),
        refs: comparison.basis.refs.clone(),
        message: verdict.message,
        groups: stated(&holders),
        series: None,
        declared: unit.map_or_else(BTreeMap::new, |unit| declared_by(&all, unit)),
        unit,
        absent: absent(comparison, &all),
        marks: marks(comparison, &all),
        volatile: all.iter().any(|p| p.volatile),
        roles: verdict.roles,
        attributed: verdict.attributed,
        participants: Participants {
            need: need(comparison),
            have: u64::try_from(holders.len()).unwrap_or(u64::MAX),
        },
        spread_seconds: spread(&all),
        source: comparison.place.clone(),
        observations,
    }
}

/// Returns the groups of equal values in words.
fn stated(holders: &[Holder<'_>]) -> Vec<Group> {
    let group = |group: Vec<Holder<'_>>| {
        let value = group.first().map(|holder| holder.value);
        Group {
            value: value.map_or_else(String::new, words::value),
            measure: value.and_then(measure),
            digest: value.map_or_else(String::new, digest),
            members: group.iter().map(|h| h.name.to_owned()).collect(),
        }
    };
    rule::groups(holders).into_iter().map(group).collect()
}

/// Returns a short digest of a value that words do not say whole, so that a later run can tell
/// whether it is the same; empty for all others.
fn digest(value: &Value) -> String {
    const DIGITS: usize = 16;
    if words::says_all(value) {
        return String::new();
    }
    let digest = Digest::of(canonical(&json_of(value)).as_bytes());
    digest.hex().chars().take(DIGITS).collect()
}

/// Says of everybody without a value in a report why; other rules tell it in their message.
fn absent(comparison: &Comparison, all: &[Participant]) -> BTreeMap<String, String> {
    if !matches!(comparison.rule, CompareRule::Report) {
        return BTreeMap::new();
    }
    let without = all.iter().filter_map(|participant| {
        let ended = participant.value.as_ref().err()?;
        let why = words::shortened(ended.message.clone());
        Some((participant.name.clone(), why))
    });
    without.collect()
}

/// Returns what participants declare the value to be.
fn declared_by(all: &[Participant], unit: Unit) -> BTreeMap<String, Measure> {
    let declaring = all.iter().filter_map(|participant| {
        let measure = declared(participant.declared.as_ref()?, unit)?;
        Some((participant.name.clone(), measure))
    });
    declaring.collect()
}

/// Returns the fewest participants with a value; a report shows whoever has one.
fn need(comparison: &Comparison) -> u64 {
    match &comparison.rule {
        CompareRule::Report => 1,
        CompareRule::Quorum { of: Some(of), .. } => comparison.min_participants.max(*of),
        CompareRule::Quorum { of: None, .. }
        | CompareRule::Equal
        | CompareRule::OneOf(_)
        | CompareRule::WithinRatio(_)
        | CompareRule::WithinAbs { .. }
        | CompareRule::Ordered { .. }
        | CompareRule::Disjoint
        | CompareRule::ExactlyOne
        | CompareRule::AtMostOne
        | CompareRule::SubsetOfCommon
        | CompareRule::UnionCovers { .. } => comparison.min_participants,
    }
}

/// Returns the seconds between the first and the last capture; `None` for fewer than two.
fn spread(all: &[Participant]) -> Option<u64> {
    let with_value = || all.iter().filter(|p| p.value.is_ok()).flat_map(|p| &p.at);
    let (first, last) = (with_value().min()?, with_value().max()?);
    (with_value().count() > 1)
        .then(|| u64::try_from(last.duration_since(*first).as_secs()).ok())
        .flatten()
}

/// What a comparison comes to.
struct Weighed {
    agreement: Agreement,
    roles: BTreeMap<String, Role>,
    attributed: bool,
    message: String,
}

fn weigh(comparison: &Comparison, all: &[Participant], have: usize, ruling: &Ruling) -> Weighed {
    let missing: Vec<&Participant> = all
        .iter()
        .filter(|p| p.value.is_err() && !p.is_excluded())
        .collect();
    let agreement = agreement(comparison, have, ruling, !missing.is_empty());
    let missing_stand_apart = comparison.missing == Missing::Outlier && !missing.is_empty();
    // Who is an outlier is decided by a clause, and only where the rule points at somebody.
    let attributed = agreement == Agreement::Divergent
        && comparison.attribute == Attribute::Outlier
        && comparison.basis.level.can_fail()
        && !comparison.basis.refs.is_empty()
        && (!ruling.apart.is_empty() || missing_stand_apart);
    let is_symmetric = matches!(
        comparison.rule,
        CompareRule::Equal | CompareRule::WithinRatio(_) | CompareRule::Quorum { .. }
    ) || ruling.apart.is_empty();
    let roles = all
        .iter()
        .map(|participant| {
            let is_apart = ruling.apart.contains(&participant.name);
            let role = if participant.is_excluded() {
                Role::Excluded
            } else if participant.value.is_err() && attributed && missing_stand_apart {
                Role::Outlier
            } else if participant.value.is_err() {
                Role::Absent
            } else {
                match agreement {
                    Agreement::Divergent if attributed && is_apart => Role::Outlier,
                    Agreement::Divergent if attributed => Role::Agrees,
                    Agreement::Divergent if ruling.holds == Some(false) && is_symmetric => {
                        Role::Differs
                    }
                    Agreement::Divergent | Agreement::Consistent if is_apart => Role::Differs,
                    Agreement::Divergent
                    | Agreement::Consistent
                    | Agreement::Insufficient
                    | Agreement::NotComparable => Role::Agrees,
                }
            };
            (participant.name.clone(), role)
        })
        .collect();
    Weighed {
        agreement,
        roles,
        attributed,
        message: message(comparison, agreement, have, ruling, &missing),
    }
}

/// Words what differs or why nothing was compared, and who has no value.
fn message(
    comparison: &Comparison,
    agreement: Agreement,
    have: usize,
    ruling: &Ruling,
    missing: &[&Participant],
) -> String {
    let mut message = match agreement {
        Agreement::Consistent => return String::new(),
        Agreement::Divergent | Agreement::NotComparable => ruling.message.clone(),
        Agreement::Insufficient => format!(
            "{have} of {} needed participants have a value",
            need(comparison)
        ),
    };
    for participant in missing {
        if let Err(ended) = &participant.value {
            let lead = if message.is_empty() { "" } else { "; " };
            let (name, why) = (&participant.name, &ended.message);
            put!(message, "{lead}no value from {name}: {why}");
        }
    }
    words::shortened(message)
}

fn agreement(comparison: &Comparison, have: usize, ruling: &Ruling, is_missing: bool) -> Agreement {
    if u64::try_from(have).unwrap_or(u64::MAX) < need(comparison) {
        return Agreement::Insufficient;
    }
    let is_report = matches!(comparison.rule, CompareRule::Report);
    match (ruling.holds, comparison.missing) {
        (None, _) => Agreement::NotComparable,
        (Some(_), Missing::Outlier) if is_missing && !is_report => Agreement::Divergent,
        // What is already broken stays broken, whatever the missing ones would say.
        (Some(false), Missing::Inconclusive) if is_missing && !ruling.proven => {
            Agreement::NotComparable
        }
        (Some(true), Missing::Inconclusive) if is_missing && !is_report => Agreement::NotComparable,
        (Some(true), _) => Agreement::Consistent,
        (Some(false), _) => Agreement::Divergent,
    }
}

/// Rolls the results of a sampled axis up into one for each set of other values.
fn roll_up(scenario: &Scenario, results: Vec<ComparisonResult>) -> Vec<ComparisonResult> {
    let sampled: Vec<&str> = scenario
        .matrix
        .iter()
        .filter(|axis| axis.values.is_sampled())
        .map(|axis| axis.name.as_str())
        .collect();
    if sampled.is_empty() || scenario.pair.is_some() {
        return results;
    }
    let weight = |agreement: Agreement| match agreement {
        Agreement::Divergent => 0,
        Agreement::Consistent => 1,
        Agreement::NotComparable => 2,
        Agreement::Insufficient => 3,
    };
    let mut rolled: BTreeMap<BTreeMap<String, String>, (ComparisonResult, u64, u64)> =
        BTreeMap::new();
    for result in results {
        let mut fixed = result.parameters.clone();
        fixed.retain(|axis, _| !sampled.contains(&axis.as_str()));
        match rolled.get_mut(&fixed) {
            None => {
                rolled.insert(fixed, (result, 1, 1));
            }
            Some((kept, all, same)) => {
                *all += 1;
                if result.agreement == kept.agreement {
                    *same += 1;
                } else if weight(result.agreement) < weight(kept.agreement) {
                    (*kept, *same) = (result, 1);
                }
            }
        }
    }
    rolled
        .into_iter()
        .map(|(fixed, (mut result, all, same))| {
            let first: Vec<String> = result
                .parameters
                .iter()
                .filter(|(axis, _)| sampled.contains(&axis.as_str()))
                .map(|(axis, value)| format!("{axis}={value}"))
                .collect();
            let lead = format!(
                "{} in {} of {}",
                result.agreement,
                words::grouped(same),
                words::grouped(all)
            );
            result.message = words::shortened(if result.agreement == Agreement::Divergent {
                format!("{lead}, first {}: {}", first.join(","), result.message)
            } else {
                lead
            });
            result.parameters = fixed;
            // One instance of many is no parameter of a registry.
            result.unit = None;
            result
        })
        .collect()
}
