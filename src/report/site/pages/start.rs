//! The first page, by topic: what changed, where registries differ, what is offered, what ends soon.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{frame, only};
use crate::report::site::frame::{Frame, time};
use crate::report::site::mark::Weight;
use crate::report::site::model::area;
use crate::report::site::{Kind, View, panel, path, text};
use crate::verdict::results::ComparisonResult;
use crate::verdict::{Agreement, Cause, Outcome};

/// Writes the first page.
#[derive(Debug)]
pub(super) struct Start;

/// Most divergences of one area that are told where there are few areas; all are on the page of the area.
const MOST_DIFFERENT: usize = 8;

/// Divergences that are told of all areas together, so that the first page stays below 100 KB.
const ALL_DIFFERENT: usize = 32;

impl Kind for Start {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "index.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "index.html");
        let run = view.site.newest;
        let content = html! {
            (facts(view, &frame))
            (super::difference::brief(view, &frame))
            (different(view, &frame))
            (super::offered::brief(view, &frame))
            (super::expiries::soon(view, &frame))
            (super::waivers::soon(view, &frame))
            (unseen(view))
        };
        let lead = format!(
            "What {} registries answered on {}: what changed, where they differ, what is offered.",
            number_word(view.site.registries.len()),
            run.audit.run.started.strftime("%-d %B %Y")
        );
        frame
            .page(&view.site.about.title, &lead, &content)
            .into_bytes()
    }
}

fn facts(view: &View<'_>, frame: &Frame<'_>) -> Markup {
    let run = view.site.newest;
    let planned = &run.audit.results.planned;
    html! {
        dl.facts {
            div { dt { "Observed" } dd { a href=(frame.to(&path::run(run.name))) { (time(run)) } } }
            div { dt { "Before that" } dd {
                @if let Some(before) = view.site.previous() { a href=(frame.to(&path::run(before.name))) { (time(before)) } }
                @else { "no earlier run" }
            } }
            div { dt { "Target" } dd { (text::line(&run.audit.run.target)) ", from " (text::line(&run.audit.run.vantage)) } }
            div { dt { "Observations" } dd { (planned.observed) " of " (planned.observations) " planned" } }
            div { dt { "Suite" } dd { (text::line(&run.audit.release)) } }
        }
    }
}

fn different(view: &View<'_>, frame: &Frame<'_>) -> Markup {
    let mut areas: BTreeMap<&str, Vec<&ComparisonResult>> = BTreeMap::new();
    let all = &view.site.newest.audit.results.comparisons;
    for comparison in all {
        if comparison.agreement == Agreement::Divergent {
            areas
                .entry(area(&comparison.scenario))
                .or_default()
                .push(comparison);
        }
    }
    let name = number_word(view.site.registries.len());
    let most = (ALL_DIFFERENT / areas.len().max(1)).clamp(2, MOST_DIFFERENT);
    html! {
        section {
            h2 { "Where the " (name) " differ" }
            p.note {
                "A difference is not a fault. Only where a document decides is one of the values named as the one that is off; "
                "elsewhere registries with the same value share a letter."
            }
            @if areas.is_empty() { p { "All compared values agree." } }
            @for (area, mut comparisons) in areas {
                @let () = comparisons.sort_by_key(|c| !c.level.can_fail());
                h3 { a href=(frame.to(&path::area(area))) { (area) } }
                @for comparison in comparisons.iter().take(most) { (panel::whole(frame, comparison)) }
                @if comparisons.len() > most {
                    p { a href=(frame.to(&path::area(area))) { "and " (comparisons.len() - most) " more" } }
                }
            }
            p { (frame.link("compare/index.html", "All values side by side")) " · " (frame.link("parameters.html", "Operational parameters")) }
        }
    }
}

fn number_word(number: usize) -> String {
    const WORDS: [&str; 7] = ["none", "one", "two", "three", "four", "five", "six"];
    WORDS
        .get(number)
        .map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

/// Shows what was asked and could not be judged, over all registries: no fault of theirs.
fn unseen(view: &View<'_>) -> Markup {
    let mut causes: BTreeMap<&str, usize> = BTreeMap::new();
    for check in &view.site.newest.audit.results.checks {
        let cause = match check.outcome {
            Outcome::Error => "our error",
            Outcome::Inconclusive => check.cause.map_or("no verdict", Cause::as_str),
            Outcome::Skipped => "not asked by choice",
            Outcome::Pass | Outcome::Fail | Outcome::NotApplicable => continue,
        };
        *causes.entry(cause).or_default() += 1;
    }
    html! {
        section {
            h2 { "What could not be seen" }
            @if causes.is_empty() { p { "Everything that was asked could be judged." } }
            @else {
                p.note { "What Quintet did not see is nobody’s failure. Each registry’s page says what it is there." }
                ul.plain { @for (cause, number) in &causes {
                    li { span class={ "mark " (Weight::Open.class()) } { "? " (cause) } " " (number) " results" }
                } }
            }
        }
    }
}
