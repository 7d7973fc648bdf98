//! Runs: which there are, and what one of them was and brought.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{frame, history, only};
use crate::decide::Mode;
use crate::report::site::frame::{Frame, time};
use crate::report::site::model::Run;
use crate::report::site::past::{Step, Turn};
use crate::report::site::{Kind, View, path, text};

/// Writes the list of runs, newest first.
#[derive(Debug)]
pub(super) struct Index;

/// Writes a page for each run.
#[derive(Debug)]
pub(super) struct Runs;

impl Kind for Index {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "runs/index.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "runs/index.html");
        let content = html! {
            div.scroll role="region" aria-label="Runs" tabindex="0" { table {
                thead { tr {
                    th scope="col" { "Run" } th scope="col" { "From" } th scope="col" { "Observations" } th scope="col" { "Suite" }
                    th scope="col" { "Changes" }
                } }
                tbody { @for (number, run) in view.site.runs.iter().enumerate().rev() { tr {
                    th scope="row" { a href=(frame.to(&path::run(run.name))) { (time(*run)) } }
                    td { (text::line(&run.audit.run.vantage)) }
                    td { (observed(*run)) }
                    td { (text::line(&run.audit.release)) " " code.digest { (short(&run.audit.results.suite)) } }
                    td { (changes(view, number)) }
                } } }
            } }
        };
        frame
            .page(
                "Runs",
                "Everything on this site comes from these runs. A partial run says so first.",
                &content,
            )
            .into_bytes()
    }
}

fn observed(run: Run<'_>) -> Markup {
    let planned = &run.audit.results.planned;
    html! {
        (planned.observed) " of " (planned.observations)
        @if run.audit.results.partial { " " span.mark.open { "? partial" } }
    }
}

fn short(digest: &str) -> String {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    hex.chars().take(12).collect()
}

fn changes(view: &View<'_>, number: usize) -> Markup {
    let (steps, shifts) = (
        view.past.steps_of(number).count(),
        view.past.shifts_of(number).count(),
    );
    html! {
        @if number == 0 { span.dim { "the first" } }
        @else if steps + shifts == 0 { "none" }
        @else { (steps) " verdicts, " (shifts) " comparisons" }
    }
}

impl Kind for Runs {
    fn keys(&self, view: &View<'_>) -> Vec<String> {
        let all = view.site.runs.iter();
        all.map(|run| run.name.to_owned()).collect()
    }

    fn path(&self, key: &str) -> String {
        path::run(key)
    }

    fn octets(&self, view: &View<'_>, key: &str) -> Vec<u8> {
        let path = self.path(key);
        let frame = frame(view, &path);
        let mut found = view.site.runs.iter().enumerate();
        let Some((number, run)) = found.find(|(_, run)| run.name == key) else {
            return Vec::new();
        };
        let content = html! {
            (facts(*run))
            (brought(view, &frame, number))
        };
        let title = format!(
            "Run of {}",
            run.audit.run.started.strftime("%Y-%m-%d %H:%M UTC")
        );
        frame.page(&title, "", &content).into_bytes()
    }
}

fn facts(run: Run<'_>) -> Markup {
    let audit = run.audit;
    html! {
        @if audit.results.partial { p.banner { strong { "Partial run." } " What is missing is skipped, not passed." } }
        dl.facts {
            div { dt { "Target" } dd { (text::line(&audit.run.target)) } }
            div { dt { "Seen from" } dd { (text::line(&audit.run.vantage)) } }
            div { dt { "Scenarios" } dd { (audit.results.planned.scenarios) } }
            div { dt { "Observations" } dd { (observed(run)) } }
            div { dt { "Judged as" } dd { @match audit.mode { Mode::Audit => "audit", Mode::Gate => "gate" } ", policy " (text::line(&audit.policy)) } }
            div { dt { "Suite" } dd { (text::line(&audit.release)) " " code.digest { (text::line(&audit.results.suite)) } } }
            div { dt { "Results" } dd { code.digest { (text::line(run.digest)) } } }
            @for fault in &audit.run.faults { div { dt { "With fault" } dd { code { (text::line(fault)) } } } }
            div { dt { "Again" } dd { code { (text::line(&audit.run.reproduce)) } } }
        }
    }
}

fn brought(view: &View<'_>, frame: &Frame<'_>, number: usize) -> Markup {
    if number == 0 {
        return html! { section { h2 { "What it brought" } p { "It is the first run of this site." } } };
    }
    let mut turns: BTreeMap<Option<Turn>, Vec<&Step<'_>>> = BTreeMap::new();
    for step in view.past.steps_of(number) {
        turns.entry(step.turn()).or_default().push(step);
    }
    let shifts: Vec<_> = view.past.shifts_of(number).cloned().collect();
    html! {
        section {
            h2 { "What it brought" }
            p.dim { (history::beside(view, number)) }
            @if turns.is_empty() { p { "No verdict is another than in the run before." } }
            @for turn in Turn::ALL { @if let Some(steps) = turns.get(&Some(turn)) {
                h3 { (turn.words()) }
                (list(frame, steps))
            } }
            @if let Some(steps) = turns.get(&None) {
                h3 { "judged in one of the two runs only" }
                (list(frame, steps))
            }
        }
        section { h2 { "Comparisons and values" } (history::shifts(view, frame, &shifts)) }
    }
}

fn list(frame: &Frame<'_>, steps: &[&Step<'_>]) -> Markup {
    html! {
        ul.changes { @for step in steps { li {
            div { (frame.check(step.id)) }
            p { (frame.registry(step.registry)) " " (history::turned(step.before.as_ref(), step.after.as_ref())) }
        } } }
    }
}
