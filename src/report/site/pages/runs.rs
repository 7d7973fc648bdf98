//! Runs: which there are, and what one of them was and brought.

use maud::{Markup, html};

use super::{frame, only};
use crate::decide::Mode;
use crate::report::site::frame::{Frame, time};
use crate::report::site::model::Run;
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
    html! {
        @match view.past.brought(number) {
            None => span.dim { "the first" },
            Some(difference) => (super::difference::counted(difference)),
        }
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
    html! {
        section {
            h2 { "What it brought" }
            @if let Some(page) = super::difference::page_of(view, number) {
                p { a href=(frame.to(&page)) { "Beside the run before it" } ": " (changes(view, number)) }
            } @else {
                p { "It is the first run of this site." }
            }
        }
    }
}
