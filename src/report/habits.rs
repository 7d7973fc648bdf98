//! Habits side by side: how registries do what no rule decides, one row each, by scenario.

use std::collections::BTreeMap;

use super::words::{parameters, short, word_of};
use crate::audit::Audit;
use crate::judge::words::put;
use crate::verdict::Mark;
use crate::verdict::results::ComparisonResult;

/// The habits that one scenario observes.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// The scenario's id.
    pub(super) scenario: &'a str,
    /// Its title; empty if it is not known.
    pub(super) title: &'a str,
    /// Rows in the order in which they are written.
    pub(super) rows: Vec<Row<'a>>,
}

/// One habit.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// The id without the scenario's.
    pub(super) id: &'a str,
    /// What is observed, with the values of axes that are held fixed.
    pub(super) name: String,
    /// Whether registries differ in it.
    pub(super) differs: bool,
    /// What each registry of the run does, in words.
    pub(super) cells: Vec<String>,
}

/// What stands for a registry whose habit could not be seen.
pub(super) const UNSEEN: &str = "–";

/// What stands for a registry that has nothing of the kind.
pub(super) const NOT_OFFERED: &str = "not offered";

/// Iterates over the comparisons that are habits.
pub(super) fn habits_of(audit: &Audit) -> impl Iterator<Item = &ComparisonResult> {
    let all = audit.results.comparisons.iter();
    all.filter(|comparison| comparison.is_habit())
}

/// Returns the habits, grouped by scenario.
pub(super) fn groups(audit: &Audit) -> Vec<Group<'_>> {
    let mut scenarios: BTreeMap<&str, Vec<&ComparisonResult>> = BTreeMap::new();
    for comparison in habits_of(audit) {
        let own = scenarios.entry(&comparison.scenario).or_default();
        own.push(comparison);
    }
    let mut groups = Vec::new();
    for (scenario, mut all) in scenarios {
        all.sort_by_key(|c| (&c.source, &c.parameters));
        groups.push(Group {
            scenario,
            title: audit.scenarios.get(scenario).map_or("", String::as_str),
            rows: all.into_iter().map(|c| row(audit, c)).collect(),
        });
    }
    groups
}

fn row<'a>(audit: &'a Audit, comparison: &'a ComparisonResult) -> Row<'a> {
    let mut name = word_of(&comparison.title);
    if !comparison.parameters.is_empty() {
        put!(name, " ({})", parameters(&comparison.parameters));
    }
    let cell = |registry: &str| {
        let mark = comparison.marks.get(registry);
        match mark {
            Some(Mark::Same | Mark::Differs) => {
                let own = |group: &&crate::verdict::results::Group| {
                    group.members.iter().any(|member| member == registry)
                };
                let group = comparison.groups.iter().find(own);
                let value = group.map_or("", |group| group.value.as_str());
                word_of(value.trim_matches('`'))
            }
            Some(Mark::NotOffered) => NOT_OFFERED.to_owned(),
            Some(Mark::Unobservable) | None => UNSEEN.to_owned(),
        }
    };
    let registries = audit.results.registries.iter();
    Row {
        id: short(&comparison.id, &comparison.scenario),
        name,
        differs: comparison.marks.values().any(|m| *m == Mark::Differs),
        cells: registries.map(|r| cell(r.id.as_str())).collect(),
    }
}
