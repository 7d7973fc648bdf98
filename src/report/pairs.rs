//! Cases by ordered pair of registries: how many ended how, and how long each part took.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::audit::Audit;
use crate::verdict::case::CaseResult;
use crate::verdict::{Counts, Punctuality};

/// What the cases from one registry to another came to.
#[derive(Debug, Serialize)]
pub(super) struct Pair<'a> {
    /// Id of the registry that gives.
    pub(super) source: &'a str,
    /// Id of the registry that takes.
    pub(super) recipient: &'a str,
    /// How many cases came to what; what none came to is not listed.
    pub(super) verdicts: BTreeMap<Punctuality, u64>,
    /// What was timed, by id.
    pub(super) timed: Vec<Timed<'a>>,
    /// How long cases that are open have been followed, in seconds, ascending.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) open_seconds: Vec<u64>,
    /// The cases, by parameters.
    #[serde(skip)]
    pub(super) cases: Vec<&'a CaseResult>,
}

/// How long one part took in the cases of a pair, by what is certain.
#[derive(Debug, Serialize)]
pub(super) struct Timed<'a> {
    /// The id of the check or comparison.
    pub(super) id: &'a str,
    /// What the seconds count.
    pub(super) counts: Counts,
    /// Number of cases with a figure.
    pub(super) cases: usize,
    /// The figure in the middle, the lower of two.
    pub(super) median_seconds: u64,
    /// The greatest.
    pub(super) worst_seconds: u64,
    /// The time there is; absent where it has to hold at every tick.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) window_seconds: Option<u64>,
}

/// Returns the pairs of an audit, by source and recipient.
pub(super) fn pairs(audit: &Audit) -> Vec<Pair<'_>> {
    let mut all: BTreeMap<(&str, &str), Vec<&CaseResult>> = BTreeMap::new();
    for case in &audit.results.cases {
        let ends = (case.source.as_str(), case.recipient.as_str());
        all.entry(ends).or_default().push(case);
    }
    let pair = |((source, recipient), cases): ((_, _), Vec<_>)| Pair {
        source,
        recipient,
        verdicts: verdicts(&cases),
        timed: timed(&cases),
        open_seconds: open(&cases),
        cases,
    };
    all.into_iter().map(pair).collect()
}

fn verdicts(cases: &[&CaseResult]) -> BTreeMap<Punctuality, u64> {
    let mut verdicts = BTreeMap::new();
    for case in cases {
        *verdicts.entry(case.verdict).or_default() += 1;
    }
    verdicts
}

fn open(cases: &[&CaseResult]) -> Vec<u64> {
    let open = cases.iter().filter(|c| c.verdict == Punctuality::Open);
    let lengths = open.filter_map(|case| {
        let last = case.ticks.last()?;
        u64::try_from(last.duration_since(case.began()?).as_secs()).ok()
    });
    let mut lengths: Vec<u64> = lengths.collect();
    lengths.sort_unstable();
    lengths
}

fn timed<'a>(cases: &[&'a CaseResult]) -> Vec<Timed<'a>> {
    type Figures = (Counts, Option<u64>, Vec<u64>);
    let mut all: BTreeMap<&str, Figures> = BTreeMap::new();
    for part in cases.iter().flat_map(|case| &case.parts) {
        if let Some(series) = &part.series {
            let new = || (series.counts, series.window_seconds, Vec::new());
            let (.., figures) = all.entry(&part.id).or_insert_with(new);
            figures.push(series.least_seconds);
        }
    }
    let row = |(id, (counts, window_seconds, mut figures)): (_, Figures)| {
        figures.sort_unstable();
        let middle = figures.len().saturating_sub(1) / 2;
        Some(Timed {
            id,
            counts,
            cases: figures.len(),
            median_seconds: *figures.get(middle)?,
            worst_seconds: *figures.last()?,
            window_seconds,
        })
    };
    all.into_iter().filter_map(row).collect()
}

/// Says how many cases came to what: `3 clean, 1 late`.
pub(super) fn counted(pair: &Pair<'_>) -> String {
    let each = pair.verdicts.iter();
    let each: Vec<String> = each.map(|(word, n)| format!("{n} {word}")).collect();
    each.join(", ")
}
