//! Places of observation: what each saw, and where they do not agree, so that there is no verdict.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::{frame, only};
use crate::report::site::frame::Frame;
use crate::report::site::{Kind, View, text};
use crate::report::words::{parameters, symbol};
use crate::verdict::results::{CheckResult, ComparisonResult};
use crate::verdict::{Agreement, Cause, Outcome};

/// Writes the page.
#[derive(Debug)]
pub(super) struct Vantages;

impl Kind for Vantages {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "vantages.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "vantages.html");
        let audit = view.site.newest.audit;
        let checks: Vec<&CheckResult> = audit
            .results
            .checks
            .iter()
            .filter(|check| check.cause == Some(Cause::VantagesDisagree))
            .collect();
        let comparisons: Vec<&ComparisonResult> = audit
            .results
            .comparisons
            .iter()
            .filter(|c| c.agreement == Agreement::NotComparable && !c.vantages.is_empty())
            .collect();
        let content = html! {
            (parts(view, &frame))
            section {
                h2 { "Where they do not agree" }
                @if checks.is_empty() && comparisons.is_empty() {
                    p { "No verdict of the newest run is missing because places of observation saw different things." }
                }
                @if !checks.is_empty() { (disagreeing(&frame, &checks)) }
                @for comparison in comparisons {
                    p { (frame.comparison(&comparison.id)) " " (text::line(&comparison.message)) }
                }
            }
        };
        frame
            .page(
                "Places of observation",
                "What fails from two places is confirmed. Where one place sees a pass and another a failure, there is no verdict: it may be the way there.",
                &content,
            )
            .into_bytes()
    }
}

/// Shows which runs the newest one was merged from.
fn parts(view: &View<'_>, frame: &Frame<'_>) -> Markup {
    let run = &view.site.newest.audit.run;
    html! {
        @if run.parts.is_empty() {
            p { "Everything was seen from one place: " (text::line(&run.vantage)) "." }
        } @else {
            div.scroll role="region" aria-label="Places of observation" tabindex="0" { table {
                thead { tr { th scope="col" { "Place" } th scope="col" { "Began" } th scope="col" { "Registries" } th scope="col" { "Run" } } }
                tbody { @for part in &run.parts { tr {
                    th scope="row" { (text::line(&part.vantage)) }
                    td { time datetime=(part.started) { (part.started.strftime("%Y-%m-%d %H:%M UTC")) } }
                    td { @for id in &part.registries { (frame.registry(id.as_str())) " " } }
                    td { code { (text::line(&part.run)) } }
                } } }
            } }
        }
    }
}

fn disagreeing(frame: &Frame<'_>, checks: &[&CheckResult]) -> Markup {
    let all = checks.iter().flat_map(|check| check.vantages.keys());
    let places: BTreeSet<&str> = all.map(String::as_str).collect();
    html! {
        div.scroll role="region" aria-label="Verdicts by place" tabindex="0" { table {
            thead { tr {
                th scope="col" { "Check" } th scope="col" { "Registry" }
                @for place in &places { th scope="col" { (text::line(place)) } }
            } }
            tbody { @for check in checks { tr {
                th scope="row" {
                    (frame.check(&check.id))
                    @if !check.parameters.is_empty() { " " (text::line(&parameters(&check.parameters))) }
                }
                td { (frame.registry(check.registry.as_str())) }
                @for place in &places { td { (said(check.vantages.get(*place).copied())) } }
            } } }
        } }
    }
}

fn said(outcome: Option<Outcome>) -> Markup {
    html! {
        @match outcome {
            Some(outcome) => { (symbol(outcome)) " " (outcome.as_str()) }
            None => { span.dim { "not asked" } }
        }
    }
}
