//! The page of a scenario: why, what is asked, what is judged, what is compared.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::frame;
use crate::report::site::frame::Frame;
use crate::report::site::model::worst;
use crate::report::site::{Kind, View, clause, panel, path, text};
use crate::report::words::short;
use crate::verdict::Level;
use crate::verdict::results::{CheckResult, ComparisonResult};

/// Writes a page for each scenario.
#[derive(Debug)]
pub(super) struct Scenarios;

impl Kind for Scenarios {
    fn keys(&self, view: &View<'_>) -> Vec<String> {
        let ids = view.site.scenarios.keys();
        ids.map(|id| (*id).to_owned()).collect()
    }

    fn path(&self, key: &str) -> String {
        path::scenario(key)
    }

    fn octets(&self, view: &View<'_>, key: &str) -> Vec<u8> {
        let path = self.path(key);
        let frame = frame(view, &path);
        let title = view.site.scenarios.get(key).copied().unwrap_or_default();
        let title = if title.is_empty() { key } else { title };
        let content = html! {
            (what(view, key))
            (checks(view, &frame, key))
            (comparisons(view, &frame, key))
            (clauses(view, &frame, key))
        };
        frame.page(&text::line(title), "", &content).into_bytes()
    }
}

fn what(view: &View<'_>, id: &str) -> Markup {
    let scenario = view
        .site
        .suite
        .scenarios
        .iter()
        .find(|s| s.id.as_ref() == id);
    html! {
        @if let Some(scenario) = scenario {
            @if !scenario.why.is_empty() { p.lead { (text::line(&scenario.why)) } }
            dl.facts {
                div { dt { "Id" } dd { code.id { (text::line(id)) } } }
                @if !scenario.tags.is_empty() { div { dt { "Tags" } dd { (text::line(&scenario.tags.join(", "))) } } }
                div { dt { "Written" } dd { code { (text::line(&scenario.place.file)) } } }
            }
            section {
                h2 { "What is asked" }
                dl.told {
                    @for probe in &scenario.probes {
                        div { dt { (text::line(&probe.name)) } dd { (probe.kind.name) " " code { (text::line(probe.subject.text())) } } }
                    }
                }
            }
        } @else {
            p { "The suite of today does not have this scenario any more." }
        }
    }
}

fn checks(view: &View<'_>, frame: &Frame<'_>, id: &str) -> Markup {
    let mut rows: BTreeMap<&str, Vec<&CheckResult>> = BTreeMap::new();
    for check in &view.site.newest.audit.results.checks {
        if check.scenario == id && check.operator.is_registry() {
            rows.entry(&check.id).or_default().push(check);
        }
    }
    html! {
        section {
            h2 { "What is judged" }
            @if rows.is_empty() { p { "The newest run judged nothing here." } }
            @else {
                div.scroll role="region" aria-label="Verdicts" tabindex="0" { table {
                    thead { tr {
                        th scope="col" { "Check" } th scope="col" { "Level" }
                        @for registry in view.site.registries { th scope="col" { (frame.registry(registry.id.as_str())) } }
                    } }
                    tbody { @for (check, results) in &rows { (row(view, frame, id, check, results)) } }
                } }
            }
        }
    }
}

fn row(
    view: &View<'_>,
    frame: &Frame<'_>,
    scenario: &str,
    id: &str,
    checks: &[&CheckResult],
) -> Markup {
    let level = checks.iter().map(|check| check.level).min();
    html! {
        tr {
            th scope="row" {
                a.id href=(frame.to(&path::check(id))) { (text::line(short(id, scenario))) }
                br;
                span.dim { (text::line(checks.first().map_or("", |check| &check.title))) }
            }
            td { (level.map_or("", Level::as_str)) }
            @for registry in view.site.registries {
                td { @if let Some(mark) = worst(checks.iter().copied(), registry.id.as_str()) { (mark) } }
            }
        }
    }
}

fn comparisons(view: &View<'_>, frame: &Frame<'_>, id: &str) -> Markup {
    let all = &view.site.newest.audit.results.comparisons;
    let own: Vec<&ComparisonResult> = all.iter().filter(|c| c.scenario == id).collect();
    html! {
        @if !own.is_empty() {
            section { h2 { "What is compared" } (side_by_side(frame, &own)) }
        }
    }
}

/// Shows comparisons: those with short values in one table, the others each by itself.
pub(super) fn side_by_side(frame: &Frame<'_>, comparisons: &[&ComparisonResult]) -> Markup {
    let (short, long): (Vec<&ComparisonResult>, Vec<&ComparisonResult>) = comparisons
        .iter()
        .copied()
        .partition(|c| panel::is_short(frame, c));
    html! {
        @if !short.is_empty() {
            div.scroll role="region" aria-label="Values" tabindex="0" { table.values {
                (panel::head(frame, "What"))
                tbody { @for comparison in &short { (panel::row(frame, comparison)) } }
            } }
        }
        @for comparison in &long { (panel::whole(frame, comparison)) }
    }
}

fn clauses(view: &View<'_>, frame: &Frame<'_>, id: &str) -> Markup {
    let checks = view.site.newest.audit.results.checks.iter();
    let refs: BTreeSet<&String> = checks
        .filter(|c| c.scenario == id)
        .flat_map(|c| &c.refs)
        .collect();
    let refs: Vec<String> = refs.into_iter().cloned().collect();
    html! {
        @if !refs.is_empty() { section { h2 { "What it rests on" } (clause::list(frame, &refs)) } }
    }
}
