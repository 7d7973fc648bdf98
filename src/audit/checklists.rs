//! Checklists: claims of the suite beside what the run found, row by row.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Run;
use crate::registry::{PerRegistry, RegistryId};
use crate::scenario::glob;
use crate::scenario::model::{Registry, TargetKind};
use crate::scenario::suite::{Checklist, ChecklistLine, Suite};
use crate::verdict::Outcome;
use crate::verdict::checklist::{ChecklistCell, ChecklistRow, ChecklistTable, Judged, Measured};
use crate::verdict::results::{CheckResult, ComparisonResult};

/// What a run found.
pub(super) struct Found<'a> {
    /// Verdicts of rules and checks.
    pub(super) checks: &'a [CheckResult],
    /// Comparisons.
    pub(super) comparisons: &'a [ComparisonResult],
}

/// Returns the checklists that the run has a part in: of which it judged or measured anything.
pub(super) fn checklists(
    suite: &Suite,
    registries: &PerRegistry<Arc<Registry>>,
    run: &Run,
    found: &Found<'_>,
) -> Vec<ChecklistTable> {
    let mut by_id: ById<'_> = BTreeMap::new();
    for check in found.checks {
        by_id.entry(&check.id).or_default().push(check);
    }
    let tables = suite.checklists.values().map(|list| ChecklistTable {
        id: list.id.clone(),
        title: list.title.clone(),
        note: list.note.clone(),
        rows: rows(suite, list, registries, run, &by_id, found.comparisons),
    });
    tables.filter(has_part).collect()
}

/// Says whether anything of a checklist was judged or measured.
fn has_part(table: &ChecklistTable) -> bool {
    let mut cells = table.rows.iter().flat_map(|row| row.cells.values());
    cells.any(|cell| !cell.measured.is_empty() || cell.judged.is_some() || cell.document.is_some())
}

/// Verdicts by the id of their rule or check.
type ById<'a> = BTreeMap<&'a str, Vec<&'a CheckResult>>;

fn rows(
    suite: &Suite,
    list: &Checklist,
    registries: &PerRegistry<Arc<Registry>>,
    run: &Run,
    by_id: &ById<'_>,
    comparisons: &[ComparisonResult],
) -> Vec<ChecklistRow> {
    let is_live = run.kind == TargetKind::Live;
    let row = |line: &ChecklistLine| {
        let counts = |id: &str| line.counts.iter().any(|p| glob::matches(p, id));
        let counted: Vec<&CheckResult> = by_id
            .iter()
            .filter(|(id, _)| counts(id))
            .flat_map(|(_, checks)| checks)
            .copied()
            .filter(|c| c.operator.is_registry())
            .collect();
        let cells = registries.ids().filter_map(|id| {
            let claims = suite.claims(&list.id, id, &run.target, is_live);
            let cell = ChecklistCell {
                attested: claims.and_then(|c| c.get(&line.key)).cloned(),
                document: asked_for(&line.document, id, by_id),
                measured: measured(line, id, comparisons),
                judged: judged(&counted, id),
            };
            (!cell.is_empty()).then(|| (id.to_string(), cell))
        });
        ChecklistRow {
            id: line.id.clone(),
            title: line.title.clone(),
            class: line.class.clone(),
            shows: line.shows.clone(),
            counts: line.counts.clone(),
            document: line.document.clone(),
            cells: cells.collect(),
        }
    };
    list.rows.iter().map(row).collect()
}

/// Returns the values of a registry, by the words for them; what differs from run to run is left out.
fn measured(
    line: &ChecklistLine,
    registry: &RegistryId,
    comparisons: &[ComparisonResult],
) -> BTreeMap<String, Measured> {
    let value = |id: &str| {
        let its = |c: &&ComparisonResult| c.id == id && c.parameters.is_empty() && !c.volatile;
        let groups = &comparisons.iter().find(its)?.groups;
        let own = |m: &String| m == registry.as_str();
        let group = groups.iter().find(|g| g.members.iter().any(own))?;
        Some(Measured {
            value: group.value.clone(),
            measure: group.measure.clone(),
        })
    };
    let all = line.shows.iter();
    all.filter_map(|(words, id)| Some((words.clone(), value(id)?)))
        .collect()
}

/// Returns what the check of a document found; `None` if the document was not asked for.
fn asked_for(check: &str, registry: &RegistryId, by_id: &ById<'_>) -> Option<Outcome> {
    let mut own = by_id.get(check)?.iter();
    let outcome = own.find(|c| c.registry == *registry)?.outcome;
    (!matches!(outcome, Outcome::NotApplicable | Outcome::Skipped)).then_some(outcome)
}

/// Counts verdicts of a registry; `None` if nothing was judged.
fn judged(counted: &[&CheckResult], registry: &RegistryId) -> Option<Judged> {
    let mut judged = Judged::default();
    for check in counted.iter().filter(|c| c.registry == *registry) {
        match check.outcome {
            Outcome::Pass => judged.pass += 1,
            Outcome::Fail => judged.fail += 1,
            Outcome::Inconclusive | Outcome::Error => judged.open += 1,
            Outcome::NotApplicable | Outcome::Skipped => {}
        }
    }
    (judged.all() > 0).then_some(judged)
}
