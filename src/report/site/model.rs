//! What all pages look at: the runs of a site, oldest first, and what the suite says of each id.

use std::collections::{BTreeMap, BTreeSet};

use super::mark::Mark;
use super::{About, Source};
use crate::audit::Audit;
use crate::plan::{Item, items_of};
use crate::scenario::suite::{FaultNote, Suite};
use crate::verdict::results::{CheckResult, ComparisonResult, RegistryName};

/// Everything that a page may show.
#[derive(Debug)]
pub(super) struct Site<'a> {
    /// Who publishes, for whom.
    pub(super) about: &'a About,
    /// Audits as the audience may read them, oldest first; at least one.
    pub(super) runs: Vec<Run<'a>>,
    /// The newest run.
    pub(super) newest: Run<'a>,
    /// What judges today.
    pub(super) suite: &'a Suite,
    /// Registries of the newest run, alphabetically.
    pub(super) registries: &'a [RegistryName],
    /// Uses of each id by scenarios of the suite.
    pub(super) items: BTreeMap<&'a str, Vec<Item<'a>>>,
    /// Faults that prove an id.
    pub(super) proofs: BTreeMap<&'a str, Vec<&'a FaultNote>>,
    /// Results of the newest run by id.
    pub(super) checks: BTreeMap<&'a str, Vec<&'a CheckResult>>,
    /// Comparisons of the newest run by id.
    pub(super) comparisons: BTreeMap<&'a str, Vec<&'a ComparisonResult>>,
    /// Ids of checks and rules that have a page: judged in any run of the site.
    pub(super) check_ids: BTreeSet<&'a str>,
    /// Ids of comparisons that have a page: compared in any run of the site.
    pub(super) comparison_ids: BTreeSet<&'a str>,
    /// Ids of scenarios that have a page, with their titles.
    pub(super) scenarios: BTreeMap<&'a str, &'a str>,
}

/// One run of a site.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'a> {
    /// Name of its page: its time, `20261121T100000Z`.
    pub(super) name: &'a str,
    /// What was found, as the audience may read it.
    pub(super) audit: &'a Audit,
    /// Digest of `results.json` before anything was taken out.
    pub(super) digest: &'a str,
}

impl<'a> Site<'a> {
    /// Looks at sources, oldest first; `None` without any.
    pub(super) fn of(about: &'a About, sources: &'a [Source], suite: &'a Suite) -> Option<Self> {
        let runs: Vec<Run<'a>> = sources
            .iter()
            .map(|source| Run {
                name: &source.name,
                audit: &source.audit,
                digest: &source.digest,
            })
            .collect();
        let newest = *runs.last()?;
        let mut items: BTreeMap<&str, Vec<Item<'_>>> = BTreeMap::new();
        for scenario in &suite.scenarios {
            for item in items_of(suite, scenario) {
                items.entry(item.id.as_ref()).or_default().push(item);
            }
        }
        let mut proofs: BTreeMap<&str, Vec<&FaultNote>> = BTreeMap::new();
        for fault in &suite.faults {
            for id in fault.fail.iter().chain(&fault.divergent) {
                proofs.entry(id).or_default().push(fault);
            }
        }
        let mut checks: BTreeMap<&str, Vec<&CheckResult>> = BTreeMap::new();
        for check in &newest.audit.results.checks {
            checks.entry(&check.id).or_default().push(check);
        }
        let mut comparisons: BTreeMap<&str, Vec<&ComparisonResult>> = BTreeMap::new();
        for comparison in &newest.audit.results.comparisons {
            comparisons
                .entry(&comparison.id)
                .or_default()
                .push(comparison);
        }
        let judged = runs.iter().flat_map(|run| &run.audit.results.checks);
        let compared = runs.iter().flat_map(|run| &run.audit.results.comparisons);
        Some(Self {
            about,
            check_ids: judged.map(|check| check.id.as_str()).collect(),
            comparison_ids: compared.map(|comparison| comparison.id.as_str()).collect(),
            scenarios: titles(&runs),
            registries: &newest.audit.results.registries,
            runs,
            newest,
            suite,
            items,
            proofs,
            checks,
            comparisons,
        })
    }

    /// Returns the run before the newest; `None` if there is only one.
    pub(super) fn previous(&self) -> Option<Run<'a>> {
        self.runs.iter().rev().nth(1).copied()
    }

    /// Returns the display name of a participant, or what stands for it in results.
    pub(super) fn name_of<'s>(&'s self, id: &'s str) -> &'s str {
        self.registries
            .iter()
            .find(|registry| registry.id.as_str() == id)
            .map_or(id, |registry| registry.name.as_str())
    }

    /// Returns the title of an id: as judged, or as the suite says it.
    pub(super) fn title_of(&self, id: &str) -> &'a str {
        if let Some(check) = self.checks.get(id).and_then(|all| all.first()) {
            return &check.title;
        }
        if let Some(comparison) = self.comparisons.get(id).and_then(|all| all.first()) {
            return &comparison.title;
        }
        self.items
            .get(id)
            .and_then(|all| all.first())
            .map_or("", |item| item.title)
    }
}

/// Returns all ids of scenarios of runs, with their titles; empty where no run says one.
fn titles<'a>(runs: &[Run<'a>]) -> BTreeMap<&'a str, &'a str> {
    let mut all = BTreeMap::new();
    for run in runs {
        let results = &run.audit.results;
        let checks = results.checks.iter().map(|c| c.scenario.as_str());
        for id in checks.chain(results.comparisons.iter().map(|c| c.scenario.as_str())) {
            all.entry(id).or_insert("");
        }
        for (id, title) in &run.audit.scenarios {
            all.insert(id.as_str(), title.as_str());
        }
    }
    all
}

/// Returns the weightiest mark of results of the registry's own doing; `None` if there is none.
pub(super) fn worst<'c>(
    checks: impl IntoIterator<Item = &'c CheckResult>,
    registry: &str,
) -> Option<Mark> {
    checks
        .into_iter()
        .filter(|check| check.operator.is_registry() && check.registry.as_str() == registry)
        .map(Mark::of)
        .min()
}

/// Returns the first part of a scenario's id: the area it belongs to.
pub(super) fn area(scenario: &str) -> &str {
    scenario.split('.').next().unwrap_or(scenario)
}
