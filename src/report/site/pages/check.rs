//! The page of a check or rule: what it wants, what it rests on, what was seen, what became of it.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{frame, history};
use crate::judge::words::counted;
use crate::report::site::frame::Frame;
use crate::report::site::mark::{Mark, Weight};
use crate::report::site::model::worst;
use crate::report::site::{Kind, View, WITHHELD, clause, path, text};
use crate::report::words::{parameters, remarked, withdrawn};
use crate::scenario::model::{Condition, Scenario};
use crate::verdict::By;
use crate::verdict::results::CheckResult;

/// Writes a page for each check and rule.
#[derive(Debug)]
pub(super) struct Checks;

/// Most instances of one registry that are told in full.
const MOST: usize = 5;

/// Most places, exchanges or digests that are told of one instance.
const MOST_EACH: usize = 8;

impl Kind for Checks {
    fn keys(&self, view: &View<'_>) -> Vec<String> {
        let ids = view.site.check_ids.iter();
        ids.map(|id| (*id).to_owned()).collect()
    }

    fn path(&self, key: &str) -> String {
        path::check(key)
    }

    fn octets(&self, view: &View<'_>, key: &str) -> Vec<u8> {
        let path = self.path(key);
        let frame = frame(view, &path);
        let checks = view
            .site
            .checks
            .get(key)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let content = html! {
            (what(view, &frame, key, checks))
            section { h2 { "Seen" } (seen(view, &frame, checks)) (told(view, &frame, checks)) }
            section { h2 { "Changes" } (history::of_check(view, &frame, key)) }
            (explained(view, key))
            (doubt(view, &frame, key))
        };
        let title = view.site.title_of(key);
        let heading = if title.is_empty() { key } else { title };
        frame.page(&text::line(heading), "", &content).into_bytes()
    }
}

fn what(view: &View<'_>, frame: &Frame<'_>, id: &str, checks: &[&CheckResult]) -> Markup {
    let level = checks.iter().map(|check| check.level).min();
    let item = view.site.items.get(id).and_then(|all| all.first());
    let level = level.or(item.map(|item| item.basis.level));
    let refs = checks.first().map(|check| check.refs.clone());
    let refs = refs.or(item.map(|item| item.basis.refs.clone()));
    let mut scenarios: Vec<&str> = checks.iter().map(|check| check.scenario.as_str()).collect();
    scenarios.sort_unstable();
    scenarios.dedup();
    html! {
        dl.facts {
            div { dt { "Id" } dd { code.id { (text::line(id)) } } }
            @if let Some(level) = level { div { dt { "Level" } dd { b { (level) } ": " (clause::meaning(level)) } } }
            div { dt { "Looked at by" } dd {
                @for (place, scenario) in scenarios.iter().enumerate() {
                    @if place > 0 { ", " }
                    a href=(frame.to(&path::scenario(scenario))) { (text::line(scenario)) }
                }
                @if scenarios.is_empty() { span.dim { "not judged in the newest run" } }
            } }
        }
        section { h2 { "Rests on" } (clause::list(frame, &refs.unwrap_or_default())) }
    }
}

/// Shows the verdict at each registry.
fn seen(view: &View<'_>, frame: &Frame<'_>, checks: &[&CheckResult]) -> Markup {
    html! {
        @if checks.is_empty() { p { "The newest run did not judge it." } }
        @else {
            div.scroll role="region" aria-label="Verdicts" tabindex="0" { table {
                thead { tr { th scope="col" { "Registry" } th scope="col" { "Verdict" } th scope="col" { "Instances" } } }
                tbody {
                    @for registry in view.site.registries {
                        @let id = registry.id.as_str();
                        @if let Some(mark) = worst(checks.iter().copied(), id) {
                            tr {
                                th scope="row" { (frame.registry(id)) }
                                td { (mark) }
                                td { (frame.rests(&behind(checks, id), id, &html! { (instances(checks, id)) })) }
                            }
                        }
                    }
                }
            } }
        }
    }
}

/// Counts the instances of one registry by their words: `3 pass, 1 n/a`.
fn instances(checks: &[&CheckResult], registry: &str) -> String {
    let mut words: BTreeMap<Mark, u64> = BTreeMap::new();
    for check in checks
        .iter()
        .filter(|c| c.registry.as_str() == registry && c.operator.is_registry())
    {
        match &check.sampled {
            Some(sampled) => {
                let number: u64 = sampled.counts.values().sum();
                *words.entry(Mark::of(check)).or_default() += number;
            }
            None => *words.entry(Mark::of(check)).or_default() += 1,
        }
    }
    let parts: Vec<String> = words
        .iter()
        .map(|(mark, number)| format!("{number} {}", mark.word()))
        .collect();
    parts.join(", ")
}

/// Returns the keys of the observations behind the verdicts at a registry, those that did not pass first.
fn behind(checks: &[&CheckResult], registry: &str) -> Vec<String> {
    let own = checks.iter().filter(|c| c.registry.as_str() == registry);
    let mut own: Vec<&CheckResult> = own.copied().collect();
    own.sort_by_key(|check| matches!(Mark::of(check).weight, Weight::Pass | Weight::Na));
    let keys = own.into_iter().flat_map(|check| &check.observations);
    keys.cloned().collect()
}

/// Tells what did not pass, registry by registry, and what others than a registry operate.
fn told(view: &View<'_>, frame: &Frame<'_>, checks: &[&CheckResult]) -> Markup {
    let has_to_be_read =
        |check: &&&CheckResult| !matches!(Mark::of(check).weight, Weight::Pass | Weight::Na);
    let mut by_registry: BTreeMap<(&str, bool), Vec<&CheckResult>> = BTreeMap::new();
    for check in checks.iter().filter(has_to_be_read) {
        let key = (check.registry.as_str(), !check.operator.is_registry());
        by_registry.entry(key).or_default().push(check);
    }
    html! {
        @for ((registry, is_foreign), checks) in &by_registry {
            h3 {
                (text::line(view.site.name_of(registry)))
                @if *is_foreign { span.dim { ", operated by others and counted for no registry" } }
            }
            @for check in checks.iter().take(MOST) { (instance(view, frame, check)) }
            @if checks.len() > MOST { p.dim { "and " (counted(checks.len() - MOST, "more instance")) } }
        }
    }
}

/// Tells one result: what was expected and seen, where, and how to see it again.
pub(super) fn instance(view: &View<'_>, frame: &Frame<'_>, check: &CheckResult) -> Markup {
    let run = &view.site.newest.audit.run;
    html! {
        dl.told {
            div { dt { "verdict" } dd { (Mark::of(check)) " " span.dim { (check.disposition) ", " (check.operator) } } }
            @if !check.parameters.is_empty() { div { dt { "instance" } dd { (text::line(&parameters(&check.parameters))) } } }
            (line("expected", &check.expected))
            (line("seen", &check.seen))
            @if check.expected.is_empty() || check.seen.is_empty() { (line("found", &check.message)) }
            @for place in check.locations.iter().take(MOST_EACH) {
                div { dt { "at" } dd { code { (text::line(&place.pointer)) } ": " (text::excerpt(&place.message)) } }
            }
            @if !check.asked.is_empty() {
                div { dt { "asked" } dd {
                    @for asked in check.asked.iter().take(MOST_EACH) { div { code { (text::line(asked)) } } }
                    @if check.asked.len() > MOST_EACH { span.dim { "and " (check.asked.len() - MOST_EACH) " more" } }
                } }
            }
            @if let Some(waiver) = &check.waiver {
                div { dt { "waiver" } dd { (frame.link("waivers.html", text::line(waiver))) } }
            }
            @for remark in &check.remarks {
                div { dt { "remark" } dd { (text::line(&remarked(view.site.newest.audit, remark))) } }
            }
            @if let Some(erratum) = &check.erratum {
                div { dt { "erratum" } dd { (text::line(&withdrawn(erratum))) } }
            }
            (super::evidence::named(view, frame, check))
            div { dt { "again" } dd { code { (text::line(&run.again(check))) } } }
        }
    }
}

fn line(name: &str, words: &str) -> Markup {
    html! {
        @if words == WITHHELD {
            div { dt { (name) } dd { span.dim { "not for this audience" } } }
        } @else if !words.is_empty() {
            div { dt { (name) } dd { (text::excerpt(words)) } }
        }
    }
}

/// Tells what the suite of today says of an id.
fn explained(view: &View<'_>, id: &str) -> Markup {
    let Some(items) = view.site.items.get(id) else {
        return html! { section { h2 { "How it is judged" } p { "The suite of today does not have this id any more." } } };
    };
    let Some(item) = items.first() else {
        return html! {};
    };
    let scenario = item.scenario;
    html! {
        section {
            h2 { "How it is judged" }
            @if item.by == By::Check && !scenario.why.is_empty() { p { (text::line(&scenario.why)) } }
            dl.told {
                @if item.by == By::Check { (demands(scenario, id)) }
                @if let Some(applies) = &item.basis.applies { div { dt { "applies" } dd { (text::line(applies)) } } }
                @if let Some(cause) = &item.basis.cause { div { dt { "cause" } dd { (text::line(cause)) } } }
                @for covered in item.basis.covers.iter().filter(|covered| covered.as_str() != id) {
                    div { dt { "covers" } dd {
                        code { (text::line(covered)) }
                        @if let Some(entry) = view.site.suite.catalog.entries.get(covered.as_str()) { ": " (text::line(&entry.sentence)) }
                    } }
                }
                @if let Some(since) = &item.basis.since { div { dt { "since" } dd { "release " (text::line(since)) } } }
                @for former in &item.basis.renamed_from { div { dt { "formerly" } dd { code { (text::line(former)) } } } }
                div { dt { "written" } dd { code { (text::line(&item.place.file)) ":" (item.place.line) } } }
                (proved(view, id))
            }
        }
    }
}

fn demands(scenario: &Scenario, id: &str) -> Markup {
    let Some(check) = scenario.checks.iter().find(|check| check.id.as_ref() == id) else {
        return html! {};
    };
    html! {
        @if let Some(when) = &check.when { div { dt { "when" } dd { code { (text::line(when.text())) } } } }
        @match &check.condition {
            Condition::Expect(lines) => {
                @for line in lines { div { dt { "expects" } dd { code { (text::line(&line.text)) } } } }
            }
            Condition::Expression { expression, .. } => div { dt { "expects" } dd { code { (text::line(expression.text())) } } },
        }
        @for required in &check.requires { div { dt { "requires" } dd { code { (text::line(required)) } } } }
        @for need in scenario.needs.iter().chain(&check.needs) { div { dt { "needs" } dd { (text::line(&need.name)) } } }
    }
}

/// Names the faults of the mock world that make it fail: a check that cannot fail is none.
pub(super) fn proved(view: &View<'_>, id: &str) -> Markup {
    let faults = view
        .site
        .proofs
        .get(id)
        .map(Vec::as_slice)
        .unwrap_or_default();
    html! {
        @for fault in faults.iter().take(MOST) {
            div { dt { "proved by" } dd { "fault " code { (text::line(&fault.name)) } ": " (text::line(&fault.title)) } }
        }
        @if faults.len() > MOST { div { dt { "proved by" } dd.dim { (faults.len() - MOST) " more faults" } } }
    }
}

/// Says what to do who thinks that a check is wrong.
pub(super) fn doubt(view: &View<'_>, frame: &Frame<'_>, id: &str) -> Markup {
    let contact = &view.site.about.contact;
    html! {
        section.doubt {
            h2 { "This check may be wrong" }
            p {
                "Tests have mistakes, and documents have two readings. Whoever thinks that this one is wrong names the id "
                code { (text::line(id)) } ", the run and what would be right"
                @if text::address(contact).is_some() { ": " (text::elsewhere(contact, contact.strip_prefix("mailto:").unwrap_or(contact))) "." }
                @else { ", where the suite is kept." }
            }
            p {
                "A registry can answer a finding beside the scenarios: accepted, planned with a date, or disputed. Its words are "
                "printed with the finding, and a disputed one enters no public count. "
                (frame.link("method.html", "How registries are asked and judged"))
            }
        }
    }
}
