//! What verdicts and values of a scenario rest on at one registry, as far as an export tells.

use maud::{Markup, html};

use super::frame;
use crate::judge::words::counted;
use crate::report::site::evidence::{Answered, Observed, anchor};
use crate::report::site::frame::Frame;
use crate::report::site::{Kind, View, path, text};

/// Writes a page for each scenario and registry of which an export tells what was asked.
#[derive(Debug)]
pub(super) struct Pages;

impl Kind for Pages {
    fn keys(&self, view: &View<'_>) -> Vec<String> {
        let pages = view.rests.pages();
        pages
            .map(|(scenario, subject)| format!("{}:{scenario}{subject}", scenario.len()))
            .collect()
    }

    fn path(&self, key: &str) -> String {
        let (scenario, subject) = parts(key);
        path::observations(scenario, subject)
    }

    fn octets(&self, view: &View<'_>, key: &str) -> Vec<u8> {
        let path = self.path(key);
        let frame = frame(view, &path);
        let (scenario, subject) = parts(key);
        let (listed, beyond) = view.rests.page(scenario, subject);
        let content = html! {
            dl.facts {
                div { dt { "Scenario" } dd { (scenario_of(view, &frame, scenario)) } }
                div { dt { "At" } dd { (at(view, &frame, subject)) } }
                div { dt { "Asked" } dd { (counted(listed.len() + beyond, "observation")) } }
            }
            div.scroll role="region" aria-label="What was asked and what came" tabindex="0" { table.observed {
                thead { tr {
                    th scope="col" { "Observation" } th scope="col" { "Asked" } th scope="col" { "When" }
                    th scope="col" { "Octets" } th scope="col" { "Digest of the original" }
                } }
                @for (key, observed) in &listed { (rows(view, &frame, key, observed)) }
            } }
            @if beyond > 0 { p.dim { "and " (beyond) " more, in export.json" } }
        };
        frame
            .page(
                &format!("What {} rests on", text::line(scenario)),
                "Who was asked, when, and what came. The originals are kept in the bundle of the run; a digest says which one is meant.",
                &content,
            )
            .into_bytes()
    }
}

/// Returns scenario and subject of a key; how long the first is stands before it, since a stranger's
/// export may have any text in either.
fn parts(key: &str) -> (&str, &str) {
    let parts = key.split_once(':').and_then(|(length, both)| {
        let length = length.parse().ok()?;
        both.split_at_checked(length)
    });
    parts.unwrap_or_default()
}

fn scenario_of(view: &View<'_>, frame: &Frame<'_>, scenario: &str) -> Markup {
    html! {
        @if view.site.scenarios.contains_key(scenario) {
            a.id href=(frame.to(&path::scenario(scenario))) { (text::line(scenario)) }
        } @else {
            code.id { (text::line(scenario)) }
        }
    }
}

/// Names whom observations are about: a registry, two of them, or all alike.
fn at(view: &View<'_>, frame: &Frame<'_>, subject: &str) -> Markup {
    match subject.split_once('>') {
        Some((source, recipient)) => {
            let (source, recipient) = (view.site.name_of(source), view.site.name_of(recipient));
            html! { (text::line(source)) " to " (text::line(recipient)) }
        }
        None if subject == "shared" => html! { "all alike" },
        None => frame.registry(subject),
    }
}

fn rows(view: &View<'_>, frame: &Frame<'_>, key: &str, observed: &Observed) -> Markup {
    let lines = observed.answers.len() + usize::from(observed.more > 0);
    html! {
        tbody id=(anchor(key)) {
            @for (place, answered) in observed.answers.iter().enumerate() {
                tr {
                    @if place == 0 { th scope="rowgroup" rowspan=(lines) { (name(view, observed)) } }
                    td { (asked(answered)) }
                    td { time datetime=(answered.asked_at) { (answered.asked_at.strftime("%Y-%m-%d %H:%M:%S UTC")) } }
                    td.num { @if answered.original.is_some() { (answered.bytes) } @else { span.dim { "–" } } }
                    td { (original(view, frame, answered)) }
                }
            }
            @if observed.more > 0 { tr { td colspan="4" { span.dim { "and " (observed.more) " more questions" } } } }
        }
    }
}

/// Says which observation it is: the probe's name, and what tells it from others of the scenario.
fn name(view: &View<'_>, observed: &Observed) -> Markup {
    html! {
        code { (text::line(&observed.probe)) }
        @if !observed.instance.is_empty() { " " span.dim { (text::line(&observed.instance)) } }
        @if let Some(asked) = &observed.asked { " " span.dim { "asked of " (text::line(view.site.name_of(asked))) } }
        @if observed.tick > 0 { " " span.dim { "tick " (observed.tick) } }
        @if observed.vantage != view.site.newest.audit.run.vantage { " " span.dim { "from " (text::line(&observed.vantage)) } }
    }
}

fn asked(answered: &Answered) -> Markup {
    html! {
        (text::line(&answered.by)) " "
        @if !answered.host.is_empty() { code { (text::line(&answered.host)) } }
        @if let Some(status) = answered.status { ", " (status) }
        @if let Some(failure) = &answered.failure { ", " (text::line(failure)) }
    }
}

fn original(view: &View<'_>, frame: &Frame<'_>, answered: &Answered) -> Markup {
    html! {
        @match &answered.original {
            None if answered.failure.is_none() => span.dim { "none: what came stands in the journal of the run" },
            None => span.dim { "nothing came" },
            Some(digest) if view.exported.exhibit(digest).is_some() => {
                a.digest href=(frame.to(&path::evidence(digest))) { (text::line(digest)) }
            }
            Some(digest) => code.digest { (text::line(digest)) },
        }
    }
}
