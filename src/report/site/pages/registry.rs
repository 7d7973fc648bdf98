//! The page of one registry, for its own engineers: counts, what has to be read, what ends, how to see it again.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{check, frame, only};
use crate::judge::words::counted;
use crate::report::site::frame::Frame;
use crate::report::site::mark::{Mark, Weight};
use crate::report::site::{Kind, View, panel, path, text};
use crate::verdict::results::CheckResult;
use crate::verdict::{Agreement, Cause, Level, Outcome, Role};

/// Writes the list of registries, which has no counts: nobody is ranked.
#[derive(Debug)]
pub(super) struct Index;

/// Writes a page for each registry.
#[derive(Debug)]
pub(super) struct Registries;

/// Most results of one kind that are told in full.
const MOST: usize = 50;

impl Kind for Index {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "registries/index.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "registries/index.html");
        let content = html! {
            ul.plain.large { @for registry in view.site.registries { li { (frame.registry(registry.id.as_str())) } } }
        };
        frame
            .page(
                "Registries",
                "One page each, alphabetically, for those who run its services. Counts stand there and nowhere else.",
                &content,
            )
            .into_bytes()
    }
}

impl Kind for Registries {
    fn keys(&self, view: &View<'_>) -> Vec<String> {
        let all = view.site.registries.iter();
        all.map(|registry| registry.id.to_string()).collect()
    }

    fn path(&self, key: &str) -> String {
        path::registry(key)
    }

    fn octets(&self, view: &View<'_>, key: &str) -> Vec<u8> {
        let path = self.path(key);
        let frame = frame(view, &path);
        let own: Vec<&CheckResult> = view
            .site
            .newest
            .audit
            .results
            .checks
            .iter()
            .filter(|check| check.registry.as_str() == key)
            .collect();
        let content = html! {
            (counts(view, key))
            (taken(&frame, key))
            (failures(view, &frame, &own))
            (unjudged(&frame, &own))
            (alone(view, &frame, key))
            (foreign(view, &frame, &own))
            (super::expiries::of(view, &frame, key))
            (super::waivers::of(view, &frame, key))
        };
        frame
            .page(&text::line(view.site.name_of(key)), "", &content)
            .into_bytes()
    }
}

/// Shows counts by level; what is proposed or only observed stands apart.
fn counts(view: &View<'_>, registry: &str) -> Markup {
    let summary = &view.site.newest.audit.results.summary;
    let Some(levels) = summary.by_registry.of(registry) else {
        return html! {};
    };
    let causes = summary.causes.of(registry).copied().unwrap_or_default();
    let of = |level: Level, outcome: Outcome| {
        let outcomes = levels.get(&level);
        outcomes
            .and_then(|o| o.get(&outcome))
            .copied()
            .unwrap_or_default()
    };
    let rows = Level::ALL
        .iter()
        .copied()
        .filter(|level| levels.contains_key(level));
    html! {
        section {
            h2 { "Counts" }
            div.scroll role="region" aria-label="Counts" tabindex="0" { table.counts {
                thead { tr {
                    th scope="col" { "Level" } th scope="col" { "Judged" } th scope="col" { "Pass" } th scope="col" { "Fail" }
                    th scope="col" { "No verdict" } th scope="col" { "Not asked" } th scope="col" { "Does not apply" }
                } }
                tbody {
                    @for level in rows {
                        @let (pass, fail) = (of(level, Outcome::Pass), of(level, Outcome::Fail));
                        tr {
                            th scope="row" { (level) @if !level.counts() { span.dim { ", not counted" } } }
                            td.num { (pass + fail) } td.num { (pass) } td.num { (fail) }
                            td.num { (of(level, Outcome::Inconclusive) + of(level, Outcome::Error)) }
                            td.num { (of(level, Outcome::Skipped)) }
                            td.num { (of(level, Outcome::NotApplicable)) }
                        }
                    }
                }
            } }
            p.note { "Failures that count: " (counted(count(causes), "distinct cause")) "." }
        }
    }
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Names what a registry may take from here to its own pages and readers.
fn taken(frame: &Frame<'_>, registry: &str) -> Markup {
    html! {
        p.note {
            (frame.link(&path::feed(registry), "Feed of its changes")) " · badge as "
            (frame.link(&path::badge(registry, "svg"), "image")) " and " (frame.link(&path::badge(registry, "json"), "JSON"))
        }
    }
}

fn failures(view: &View<'_>, frame: &Frame<'_>, own: &[&CheckResult]) -> Markup {
    let failing = |counted: bool| {
        own.iter()
            .copied()
            .filter(move |c| {
                c.operator.is_registry()
                    && c.outcome == Outcome::Fail
                    && c.level.counts() == counted
            })
            .collect::<Vec<_>>()
    };
    let (counted, proposed) = (failing(true), failing(false));
    html! {
        section {
            h2 { "What fails" }
            @if counted.is_empty() { p { "Nothing that counts." } }
            (told(view, frame, &counted))
            @if !proposed.is_empty() {
                h3 { "Proposed, never counted" }
                (told(view, frame, &proposed))
            }
        }
    }
}

fn told(view: &View<'_>, frame: &Frame<'_>, checks: &[&CheckResult]) -> Markup {
    html! {
        @for check in checks.iter().take(MOST) {
            div.panel {
                p.what { (Mark::of(check)) " " (frame.check(&check.id)) " " span.dim { (check.level) } }
                p { (text::line(&check.title)) }
                (check::instance(view, frame, check))
            }
        }
        @if checks.len() > MOST { p.dim { "and " (checks.len() - MOST) " more" } }
    }
}

fn unjudged(frame: &Frame<'_>, own: &[&CheckResult]) -> Markup {
    let mut reasons: BTreeMap<(Weight, &str, &str), Vec<&str>> = BTreeMap::new();
    for check in own.iter().filter(|check| check.operator.is_registry()) {
        let (weight, cause) = match check.outcome {
            Outcome::Error => (Weight::Error, "our error"),
            Outcome::Inconclusive => (
                Weight::Open,
                check.cause.map_or("no verdict", Cause::as_str),
            ),
            Outcome::Skipped => (Weight::Skipped, "not asked"),
            Outcome::Pass | Outcome::Fail | Outcome::NotApplicable => continue,
        };
        let ids = reasons
            .entry((weight, cause, check.message.as_str()))
            .or_default();
        if ids.last() != Some(&check.id.as_str()) {
            ids.push(&check.id);
        }
    }
    html! {
        section {
            h2 { "What could not be judged" }
            @if reasons.is_empty() { p { "Everything was judged." } }
            @else {
                p.note { "None of this counts against the registry." }
                dl.told { @for ((weight, cause, message), ids) in &reasons {
                    div {
                        dt { span class={ "mark " (weight.class()) } { (cause) } }
                        dd {
                            (text::excerpt(message)) " "
                            @for id in ids.iter().take(MOST) { (frame.check(id)) " " }
                        }
                    }
                } }
            }
        }
    }
}

/// Lists comparisons in which the registry is alone with its value, or named an outlier by a clause.
fn alone(view: &View<'_>, frame: &Frame<'_>, registry: &str) -> Markup {
    let all = view.site.newest.audit.results.comparisons.iter();
    let alone: Vec<_> = all
        .filter(|c| {
            let is_outlier = c.roles.get(registry) == Some(&Role::Outlier);
            // A rule such as `exactly_one` agrees where one has another value than all others.
            let is_alone = c.agreement == Agreement::Divergent
                && !c.is_parameter()
                && c.groups
                    .iter()
                    .any(|g| g.members.len() == 1 && g.members.iter().any(|m| m == registry));
            is_outlier || is_alone
        })
        .collect();
    html! {
        @if !alone.is_empty() {
            section {
                h2 { "Where it is alone with its value" }
                p.note { "Being alone is not being wrong; where a document decides, the value is called an outlier." }
                @for comparison in alone { (panel::whole(frame, comparison)) }
            }
        }
    }
}

/// Tells what others operate below the registry: counted under their own name, for no registry.
fn foreign(view: &View<'_>, frame: &Frame<'_>, own: &[&CheckResult]) -> Markup {
    let foreign: Vec<&CheckResult> = own
        .iter()
        .copied()
        .filter(|c| !c.operator.is_registry() && c.outcome == Outcome::Fail)
        .collect();
    html! {
        @if !foreign.is_empty() {
            section {
                h2 { "What others operate" }
                p.note { "Counted for no registry." }
                (told(view, frame, &foreign))
            }
        }
    }
}
