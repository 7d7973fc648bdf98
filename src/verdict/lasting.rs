//! How `results.json` is written: whole, or without what differs between two runs that saw the same.
//!
//! One verdict after the other is copied and stripped, so that the results are never in memory twice.

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::Weight;
use super::baseline::Drift;
use super::case::CaseResult;
use super::results::{CheckResult, ComparisonResult, Results};

/// Results without values of times and spreads of capture times.
#[derive(Clone, Copy, Debug)]
pub struct Lasting<'r>(&'r Results);

impl Results {
    /// Returns what is written of the results where equal runs shall be equal octet for octet.
    pub const fn lasting(&self) -> Lasting<'_> {
        Lasting(self)
    }

    /// Removes what differs between two runs that saw the same: values of times, spreads of capture times.
    pub fn forget_volatile(&mut self) {
        let volatile: Vec<CheckResult> =
            self.checks.iter().filter(|c| c.volatile).cloned().collect();
        self.checks.iter_mut().for_each(forget_check);
        self.comparisons.iter_mut().for_each(forget_comparison);
        self.drifts.iter_mut().for_each(forget_drift);
        for case in &mut self.cases {
            forget_case(&volatile, case);
        }
    }
}

impl Serialize for Results {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self, serializer, false)
    }
}

impl Serialize for Lasting<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self.0, serializer, true)
    }
}

/// Items that are written one by one, each after it was stripped.
struct Each<'r, T, F> {
    all: &'r [T],
    strip: Option<F>,
}

impl<T: Clone + Serialize, F: Fn(&mut T)> Serialize for Each<'_, T, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(strip) = &self.strip else {
            return serializer.collect_seq(self.all);
        };
        serializer.collect_seq(self.all.iter().map(|item| {
            let mut item = item.clone();
            strip(&mut item);
            item
        }))
    }
}

fn write<S: Serializer>(
    results: &Results,
    serializer: S,
    lasting: bool,
) -> Result<S::Ok, S::Error> {
    fn each<T, F>(all: &[T], strip: F, lasting: bool) -> Each<'_, T, F> {
        let strip = lasting.then_some(strip);
        Each { all, strip }
    }
    // All members; one that has nothing to say is left out.
    let Results {
        format,
        suite,
        target,
        partial,
        planned,
        registries,
        checks,
        comparisons,
        drifts,
        baselines,
        peers,
        cases,
        expiries,
        checklists,
        summary,
    } = results;
    let mut file = serializer.serialize_struct("Results", 15)?;
    file.serialize_field("format", format)?;
    file.serialize_field("suite", suite)?;
    file.serialize_field("target", target)?;
    file.serialize_field("partial", partial)?;
    file.serialize_field("planned", planned)?;
    file.serialize_field("registries", registries)?;
    file.serialize_field("checks", &each(checks, forget_check, lasting))?;
    file.serialize_field(
        "comparisons",
        &each(comparisons, forget_comparison, lasting),
    )?;
    if !drifts.is_empty() {
        file.serialize_field("drifts", &each(drifts, forget_drift, lasting))?;
    }
    if !baselines.is_empty() {
        file.serialize_field("baselines", baselines)?;
    }
    if peers.is_some() {
        file.serialize_field("peers", peers)?;
    }
    if !cases.is_empty() {
        let strip = |case: &mut CaseResult| forget_case(checks, case);
        file.serialize_field("cases", &each(cases, strip, lasting))?;
    }
    if !expiries.is_empty() {
        file.serialize_field("expiries", expiries)?;
    }
    if !checklists.is_empty() {
        file.serialize_field("checklists", checklists)?;
    }
    file.serialize_field("summary", summary)?;
    file.end()
}

fn forget_check(check: &mut CheckResult) {
    check.gate = Weight::None;
    if !check.volatile {
        return;
    }
    check.seen.clear();
    check.message.clear();
    for location in &mut check.locations {
        location.message.clear();
    }
    for shown in check.sampled.iter_mut().flat_map(|s| &mut s.shown) {
        shown.message.clear();
    }
}

fn forget_comparison(comparison: &mut ComparisonResult) {
    comparison.gate = Weight::None;
    comparison.spread_seconds = None;
    if comparison.volatile {
        comparison.groups.clear();
        comparison.message.clear();
        comparison.absent.clear();
    }
}

fn forget_drift(drift: &mut Drift) {
    if drift.volatile {
        drift.before.clear();
        drift.after.clear();
        drift.places.clear();
        drift.seen = None;
    }
}

fn forget_case(checks: &[CheckResult], case: &mut CaseResult) {
    for part in &mut case.parts {
        let mut own = checks.iter().filter(|c| c.id == part.id && c.volatile);
        if own.any(|check| check.parameters == case.parameters) {
            part.message.clear();
        }
    }
}
