//! The matrix: each check and each registry, with a box that filters rows.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{frame, only};
use crate::report::site::frame::Frame;
use crate::report::site::mark::{Mark, Weight};
use crate::report::site::model::worst;
use crate::report::site::{Kind, View, path, text};
use crate::report::words::short;
use crate::verdict::Level;
use crate::verdict::results::CheckResult;

/// Writes the matrix.
#[derive(Debug)]
pub(super) struct Matrix;

impl Kind for Matrix {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "matrix.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "matrix.html");
        let content = html! {
            (filter())
            (table(view, &frame))
            p { "The same as " (frame.link("data/checks.csv", "CSV")) " and " (frame.link("data/checks.json", "JSON")) "." }
        };
        frame
            .page(
                "Matrix",
                "Every check beside every registry. A row is the weightiest of its instances; its page tells them all.",
                &content,
            )
            .into_bytes()
    }
}

/// Shows the box; the script unhides it, as nothing is filtered without one.
fn filter() -> Markup {
    html! {
        form.filter id="filter" role="search" hidden {
            label for="query" { "Filter" }
            input id="query" type="search" autocomplete="off" spellcheck="false" aria-describedby="hint"
                placeholder="rdap.help level:must outcome:fail";
            output id="shown" role="status" {}
            p.note id="hint" {
                "Words are looked for in ids and titles. " code { "outcome:fail" } ", " code { "level:must" } ", "
                code { "apnic:fail" } ", " code { "-outcome:pass" } " narrow further; the address keeps what is typed. Press "
                kbd { "/" } " to come here, " kbd { "Esc" } " to clear."
            }
        }
    }
}

/// A row: the checks of one id in one scenario.
type Rows<'a> = BTreeMap<&'a str, BTreeMap<(&'a str, &'a str), Vec<&'a CheckResult>>>;

fn table(view: &View<'_>, frame: &Frame<'_>) -> Markup {
    let mut scenarios: Rows<'_> = BTreeMap::new();
    for check in &view.site.newest.audit.results.checks {
        if check.operator.is_registry() {
            let rows = scenarios.entry(&check.scenario).or_default();
            let id = short(&check.id, &check.scenario);
            rows.entry((id, &check.id)).or_default().push(check);
        }
    }
    let columns = view.site.registries.len() + 2;
    html! {
        div.sheet role="region" aria-label="Matrix" tabindex="0" {
            table.matrix id="matrix" {
                thead { tr {
                    th scope="col" { "Check" }
                    th scope="col" { "Level" }
                    @for registry in view.site.registries {
                        th scope="col" data-id=(registry.id) { (frame.registry(registry.id.as_str())) }
                    }
                } }
                @for (scenario, rows) in &scenarios {
                    tbody {
                        tr.scenario { th colspan=(columns) scope="rowgroup" {
                            a href=(frame.to(&path::scenario(scenario))) { (text::line(scenario)) }
                            " " span.dim { (text::line(view.site.newest.audit.scenarios.get(*scenario).map_or("", String::as_str))) }
                        } }
                        @for ((id, whole), checks) in rows { (row(view, frame, id, whole, checks)) }
                    }
                }
            }
        }
    }
}

fn row(
    view: &View<'_>,
    frame: &Frame<'_>,
    id: &str,
    whole: &str,
    checks: &[&CheckResult],
) -> Markup {
    let level = checks.iter().map(|check| check.level).min();
    let title = checks.first().map_or("", |check| check.title.as_str());
    html! {
        tr {
            th scope="row" title=(text::line(title)) { a href=(frame.to(&path::check(whole))) { (text::line(id)) } }
            td { (level.map_or("", Level::as_str)) }
            @for registry in view.site.registries {
                (cell(worst(checks.iter().copied(), registry.id.as_str()).as_ref()))
            }
        }
    }
}

/// Shows a cell; what does not apply is said by its symbol alone, and the legend tells it.
fn cell(mark: Option<&Mark>) -> Markup {
    html! {
        @match mark {
            None => td {},
            Some(mark) if mark.weight == Weight::Na => td.na { "– n/a" },
            Some(mark) => td class=(mark.weight.class()) { (mark.text()) },
        }
    }
}
