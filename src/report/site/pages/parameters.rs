//! Operational parameters: quantities of each registry beside each other, as a table and as plots.

use maud::{Markup, html};

use super::{frame, only};
use crate::report::parameters::{Group, Row, groups, line, missing};
use crate::report::site::frame::Frame;
use crate::report::site::plot::range::{Lane, range};
use crate::report::site::{Kind, View, path, text};
use crate::verdict::measure::Amount;

/// Writes the page.
#[derive(Debug)]
pub(super) struct Parameters;

impl Kind for Parameters {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "parameters.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "parameters.html");
        let all = groups(view.site.newest.audit);
        let content = html! {
            @if all.is_empty() { p { "The newest run measured no quantities." } }
            @else {
                p.note {
                    "A dot is a number; a line spans all samples, its bar the middle nine tenths, its mark the median. "
                    "A ring is what the registry declares. Axes are logarithmic where values are far apart; what is the same everywhere has no plot. "
                    "Nothing here is a verdict."
                }
            }
            @if all.len() > 1 { (on_this_page(&all)) }
            @for group in &all { (whole(view, &frame, group)) }
            (absent(view))
        };
        frame
            .page(
                "Operational parameters",
                "How long things hold, how large they are, how many there are: measured, shown side by side, not judged.",
                &content,
            )
            .into_bytes()
    }
}

/// Returns what a group is called: the title of its scenario.
fn title<'g>(group: &'g Group<'_>) -> &'g str {
    if group.title.is_empty() {
        group.scenario
    } else {
        group.title
    }
}

fn on_this_page(all: &[Group<'_>]) -> Markup {
    html! {
        nav.contents aria-label="On this page" { ul { @for group in all {
            li { a href={ "#" (path::slug(group.scenario)) } { (text::line(title(group))) } }
        } } }
    }
}

fn whole(view: &View<'_>, frame: &Frame<'_>, group: &Group<'_>) -> Markup {
    html! {
        section id=(path::slug(group.scenario)) {
            h2 { (text::line(title(group))) }
            p { a.id href=(frame.to(&path::scenario(group.scenario))) { (text::line(group.scenario)) } }
            (table(view, frame, group))
            div.plots { @for (number, row) in group.rows.iter().enumerate() {
                @if !is_same(row) { (plot(view, frame, group, number, row)) }
            } }
        }
    }
}

fn table(view: &View<'_>, frame: &Frame<'_>, group: &Group<'_>) -> Markup {
    html! {
        div.scroll role="region" aria-label=(text::line(group.scenario)) tabindex="0" { table.values {
            thead { tr {
                th scope="col" { "Parameter" }
                @for registry in view.site.registries { th scope="col" { (frame.registry(registry.id.as_str())) } }
            } }
            tbody { @for row in &group.rows { tr {
                th scope="row" { a href=(frame.to(&path::comparison(&whole_id(group, row)))) { (text::line(&row.name)) } }
                @for (registry, cell) in view.site.registries.iter().zip(&row.cells) { td {
                    @if let Some(measured) = cell.measured {
                        (frame.rests(row.observations, registry.id.as_str(), &html! { span.num { (line(measured)) } }))
                    } @else { span.dim { "–" } }
                    @if let Some((sign, declared)) = cell.declared() { br; span.dim.num { (sign) " " (declared) " declared" } }
                } }
            } } }
        } }
    }
}

/// Says whether all have the same number and none declares another: there is nothing to see in a plot.
fn is_same(row: &Row<'_>) -> bool {
    let mut measured = row.cells.iter().map(|cell| cell.measured);
    let first = measured.next().flatten();
    let is_number = first.is_some_and(|m| matches!(m.amount, Amount::Number(_)));
    is_number
        && measured.all(|other| other == first)
        && row.cells.iter().all(|cell| cell.declared.is_none())
}

fn whole_id(group: &Group<'_>, row: &Row<'_>) -> String {
    format!("{}/{}", group.scenario, row.id)
}

fn plot(
    view: &View<'_>,
    frame: &Frame<'_>,
    group: &Group<'_>,
    number: usize,
    row: &Row<'_>,
) -> Markup {
    let lanes: Vec<Lane<'_>> = view
        .site
        .registries
        .iter()
        .zip(&row.cells)
        .map(|(registry, cell)| Lane {
            name: &registry.name,
            measured: cell.measured,
            declared: cell.declared,
        })
        .collect();
    let mut measures = row
        .cells
        .iter()
        .filter_map(|cell| cell.measured.or(cell.declared));
    let Some(unit) = measures.next().map(|measure| measure.unit) else {
        return html! {};
    };
    let id = format!("plot-{}-{number}", path::slug(group.scenario));
    html! {
        figure.plot.small {
            figcaption { a href=(frame.to(&path::comparison(&whole_id(group, row)))) { (text::line(&row.name)) } }
            (range(&id, &row.name, unit, &lanes))
        }
    }
}

/// Says why registries have no values.
fn absent(view: &View<'_>) -> Markup {
    let all = missing(view.site.newest.audit);
    html! {
        @if !all.is_empty() {
            section {
                h2 { "Where there is no value" }
                dl.told { @for missing in &all {
                    div {
                        dt {
                            @for (place, id) in missing.who.iter().enumerate() {
                                @if place > 0 { ", " }
                                (text::line(view.site.name_of(id)))
                            }
                        }
                        dd {
                            (text::excerpt(missing.why)) " "
                            span.dim { @for id in &missing.what { code { (text::line(id)) } " " } }
                        }
                    }
                } }
            }
        }
    }
}
