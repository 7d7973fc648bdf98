//! What a fault changed, and what is wrong with what its file says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use quintet::mock::fault::Fault;
use quintet::scenario::glob;
use quintet::scenario::suite::FaultNote;
use quintet::verdict::results::Results;
use quintet::verdict::{Agreement, DriftClass, Level, Outcome};

use crate::whole_suite::{Cell, Said, Verdicts};

/// What a fault changed.
#[derive(Debug, Default)]
pub(super) struct Difference {
    pub(super) fail: BTreeSet<String>,
    pub(super) divergent: BTreeSet<String>,
    /// Checks with a value that is not as it is accepted.
    pub(super) drift: BTreeSet<String>,
    /// Ids that were judged in the baseline and are not any more.
    pub(super) unjudged: BTreeSet<String>,
    /// Ids that end with an error of ours.
    pub(super) broken: BTreeSet<String>,
    /// Ids that are judged at another registry than the fault's in another way than before.
    pub(super) elsewhere: BTreeSet<String>,
    /// Ids that pass at the fault's registry everywhere, as before.
    pub(super) kept: BTreeSet<String>,
    /// Why there is no verdict.
    pub(super) causes: BTreeSet<String>,
    /// One line for each verdict that differs.
    pub(super) lines: Vec<String>,
}

impl Difference {
    /// Compares verdicts. Two things are no difference: whatever a check at level `observe` says,
    /// since it has no verdict; and a check that begins to apply and passes, or that does not
    /// apply for another reason.
    pub(super) fn between(before: &BTreeMap<&Cell, Said>, after: &Verdicts, fault: &Fault) -> Self {
        let mut kept = passing_in(after);
        let own = [fault.registry.as_str(), ""].map(|registry| kept.remove(registry));
        let mut difference = Self {
            kept: own.into_iter().flatten().flatten().collect(),
            ..Self::default()
        };
        let gone = before
            .keys()
            .copied()
            .filter(|cell| !after.contains_key(*cell));
        let cells = after.keys().chain(gone);
        for cell in cells {
            let (was, is) = (before.get(cell).copied(), after.get(cell).copied());
            if was == is {
                continue;
            }
            let id = cell.1.clone();
            let (set, words) = match (was, is) {
                (
                    Some(Said::Check(_, Level::Observe)) | None,
                    Some(Said::Check(_, Level::Observe)) | None,
                )
                | (Some(Said::Check(_, Level::Observe)), _) => continue,
                (_, Some(Said::Check(Outcome::Fail, _))) => (&mut difference.fail, "fail"),
                (_, Some(Said::Check(Outcome::Error, _))) => (&mut difference.broken, "error"),
                (_, Some(Said::Check(Outcome::Inconclusive, _))) => {
                    (&mut difference.unjudged, "inconclusive")
                }
                (Some(Said::Check(Outcome::Pass, _)), Some(Said::Check(outcome, _))) => {
                    (&mut difference.unjudged, outcome.as_str())
                }
                (_, Some(Said::Check(..))) => continue,
                (_, Some(Said::Comparison(Agreement::Divergent, _))) => {
                    (&mut difference.divergent, "divergent")
                }
                (
                    _,
                    Some(
                        Said::Comparison(_, Level::Observe)
                        | Said::Comparison(Agreement::Consistent, _),
                    ),
                ) => {
                    continue;
                }
                (_, Some(Said::Comparison(agreement, _))) => {
                    (&mut difference.unjudged, agreement.as_str())
                }
                // Whose value is not seen any more has a verdict that says why.
                (Some(Said::Drift(_)), None) | (_, Some(Said::Drift(DriftClass::Unchanged))) => {
                    continue;
                }
                (_, Some(Said::Drift(change))) => (&mut difference.drift, change.as_str()),
                (Some(_), None) => (&mut difference.unjudged, "gone"),
            };
            set.insert(id);
            let (scenario, id, registry, parameters, _) = cell;
            if !registry.is_empty() && *registry != fault.registry {
                difference.elsewhere.insert(id.clone());
            }
            let line = format!("{id} at {registry} in {scenario} {parameters:?}: {words}");
            difference.lines.push(line);
        }
        difference
    }

    /// Says what a fault expects otherwise; empty if it is right.
    pub(super) fn wrong(&self, expects: &FaultNote) -> String {
        let mut wrong = String::new();
        let sets = [&self.fail, &self.divergent, &self.drift, &self.unjudged];
        let seen_nothing = sets.iter().all(|set| set.is_empty());
        let mut exact = |what: &str, seen: &BTreeSet<String>, named: &[String]| {
            let named: BTreeSet<String> = named.iter().cloned().collect();
            let not_named: Vec<_> = seen.difference(&named).collect();
            let not_seen: Vec<_> = named.difference(seen).collect();
            if !not_named.is_empty() {
                writeln!(wrong, "  {what}, but not named: {not_named:?}").unwrap();
            }
            if !not_seen.is_empty() {
                writeln!(wrong, "  named in `{what}`, but not seen: {not_seen:?}").unwrap();
            }
        };
        exact("fail", &self.fail, &expects.fail);
        exact("divergent", &self.divergent, &expects.divergent);
        exact("drift", &self.drift, &expects.drift);
        exact("error", &self.broken, &[]);
        exact("causes", &self.causes, &expects.causes);
        if seen_nothing {
            writeln!(wrong, "  nobody notices it").unwrap();
        }
        let globs = &expects.inconclusive;
        for id in &self.unjudged {
            if !globs.iter().any(|g| glob::matches(g, id)) {
                writeln!(wrong, "  not judged, but not named: {id}").unwrap();
            }
        }
        for unused in globs
            .iter()
            .filter(|g| !self.unjudged.iter().any(|id| glob::matches(g, id)))
        {
            writeln!(wrong, "  named in `inconclusive`, but all judged: {unused}").unwrap();
        }
        for wide in globs {
            let mut kept = self.kept.iter().filter(|id| glob::matches(wide, id));
            if let Some(id) = kept.next() {
                let more = kept.count();
                writeln!(wrong, "  `{wide}` is too wide: {id} and {more} others pass").unwrap();
            }
        }
        let elsewhere = &expects.elsewhere;
        let reasons: Vec<&String> = elsewhere.iter().flat_map(|e| &e.ids).collect();
        for id in &self.elsewhere {
            if !reasons.iter().any(|g| glob::matches(g, id)) {
                writeln!(
                    wrong,
                    "  no reason why it changes at another registry: {id}"
                )
                .unwrap();
            }
        }
        for unused in reasons
            .iter()
            .filter(|g| !self.elsewhere.iter().any(|id| glob::matches(g, id)))
        {
            writeln!(
                wrong,
                "  named in `elsewhere`, but not seen there: {unused}"
            )
            .unwrap();
        }
        wrong
    }
}

/// Returns the ids that pass by registry, whatever the parameters; those of comparisons that agree have none.
pub(super) fn passing_in(verdicts: &Verdicts) -> BTreeMap<String, BTreeSet<String>> {
    let mut passing: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ((_, id, registry, ..), said) in verdicts {
        let (passes, level) = match said {
            Said::Check(outcome, level) => (*outcome == Outcome::Pass, level),
            Said::Comparison(agreement, level) => (*agreement == Agreement::Consistent, level),
            // It is no verdict.
            Said::Drift(_) => continue,
        };
        if passes && *level != Level::Observe {
            let own = passing.entry(registry.clone()).or_default();
            own.insert(id.clone());
        }
    }
    passing
}

/// Returns why verdicts are inconclusive.
pub(super) fn causes(results: &Results) -> BTreeSet<String> {
    let open = results.checks.iter().filter(|c| c.level != Level::Observe);
    open.filter_map(|c| Some(c.cause?.as_str().to_owned()))
        .collect()
}
