//! What is offered: what documents say of each registry, beside what was measured.

use maud::{Markup, html};

use super::{frame, only};
use crate::judge::words::joined;
use crate::report::checklists::{held, notes, reading, value};
use crate::report::site::frame::Frame;
use crate::report::site::{Kind, View, path, text};
use crate::verdict::ClaimState;
use crate::verdict::checklist::{ChecklistCell, ChecklistRow, ChecklistTable, Claim};

/// Writes the page.
#[derive(Debug)]
pub(super) struct Offered;

impl Kind for Offered {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "offered.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "offered.html");
        let lists = &view.site.newest.audit.results.checklists;
        let content = html! {
            @if lists.is_empty() { p { "The newest run has no part in any checklist." } }
            @for list in lists { (whole(view, &frame, list)) }
        };
        frame
            .page(
                "What is offered",
                "What documents say stands in quotation marks with its source. What has none was measured by the newest run.",
                &content,
            )
            .into_bytes()
    }
}

/// Symbol and class of a claim; it is no verdict, so it has no color of one.
const fn symbol(state: ClaimState) -> &'static str {
    match state {
        ClaimState::Yes => "●",
        ClaimState::No => "○",
        ClaimState::TestOnly => "◌",
        ClaimState::Planned => "◔",
        ClaimState::Partial => "◐",
        ClaimState::Unknown => "?",
    }
}

fn claimed(claim: &Claim) -> Markup {
    html! { span.claim { (symbol(claim.state)) " “" (claim.state) "”" } }
}

fn whole(view: &View<'_>, frame: &Frame<'_>, list: &ChecklistTable) -> Markup {
    let mut sources: Vec<&Claim> = Vec::new();
    html! {
        section id=(path::slug(&list.id)) {
            h2 { (text::line(&list.title)) }
            @if !list.note.is_empty() { p.note { (text::line(&list.note)) } }
            p.note { (reading(view.site.newest.audit, list)) }
            div.scroll role="region" aria-label=(text::line(&list.title)) tabindex="0" { table.values {
                thead { tr {
                    th scope="col" { "Feature" }
                    @for registry in view.site.registries { th scope="col" { (frame.registry(registry.id.as_str())) } }
                } }
                tbody { @for row in &list.rows { (self::row(view, frame, row, &mut sources)) } }
            } }
            @if !sources.is_empty() {
                details { summary { "Sources" } ol.sources { @for (place, claim) in sources.iter().enumerate() {
                    li id={ "source-" (path::slug(&list.id)) "-" (place + 1) } { (source(claim)) }
                } } }
            }
        }
    }
}

fn row<'a>(
    view: &View<'_>,
    frame: &Frame<'_>,
    row: &'a ChecklistRow,
    sources: &mut Vec<&'a Claim>,
) -> Markup {
    html! {
        tr {
            th scope="row" {
                (text::line(&row.title))
                @if !row.class.is_empty() { " " span.dim { (text::line(&row.class)) } }
                @for (words, registries) in alike(view, row) {
                    br; span.note { (text::line(&joined(&registries))) ": " (text::line(&words)) }
                }
            }
            @for registry in view.site.registries {
                td { @if let Some(own) = row.cells.get(registry.id.as_str()) { (cell(view, frame, row, registry.id.as_str(), own, sources)) } @else { span.dim { "–" } } }
            }
        }
    }
}

/// Returns notes with the names of those whom each is about.
fn alike<'v>(view: &'v View<'_>, row: &'v ChecklistRow) -> Vec<(String, Vec<&'v str>)> {
    let mut alike: Vec<(String, Vec<&str>)> = Vec::new();
    for (registry, words) in notes(row) {
        let name = view.site.name_of(registry);
        match alike.iter_mut().find(|(own, _)| *own == words) {
            Some((_, names)) => names.push(name),
            None => alike.push((words, vec![name])),
        }
    }
    alike
}

fn cell<'a>(
    view: &View<'_>,
    frame: &Frame<'_>,
    row: &ChecklistRow,
    registry: &str,
    cell: &'a ChecklistCell,
    sources: &mut Vec<&'a Claim>,
) -> Markup {
    let number = cell.attested.as_ref().map(|claim| numbered(claim, sources));
    html! {
        @if let (Some(claim), Some(number)) = (&cell.attested, number) { div { (claimed(claim)) " " span.dim { "[" (number) "]" } } }
        @for (words, measured) in &cell.measured {
            div {
                span.dim { (text::line(words)) " " }
                (frame.rests(behind(view, row, words), registry, &html! { span.num { (text::line(&value(measured))) } }))
            }
        }
        @if let Some(judged) = cell.judged { div { span.dim { "checks " } (held(judged)) } }
    }
}

/// Returns the keys of the observations behind a value of a row, by the words for it.
fn behind<'v>(view: &'v View<'_>, row: &ChecklistRow, words: &str) -> &'v [String] {
    let id = row.shows.get(words).map_or("", String::as_str);
    let all = view.site.comparisons.get(id).map(Vec::as_slice);
    let mut all = all.unwrap_or_default().iter();
    let whole = all.find(|comparison| comparison.parameters.is_empty());
    whole.map_or(&[], |comparison| &comparison.observations)
}

/// Returns the number of a claim's source, which is added where it is new.
fn numbered<'a>(claim: &'a Claim, sources: &mut Vec<&'a Claim>) -> usize {
    let is_same = |other: &&Claim| {
        other.source == claim.source
            && other.url == claim.url
            && other.read == claim.read
            && other.dated == claim.dated
    };
    if let Some(place) = sources.iter().position(is_same) {
        return place + 1;
    }
    sources.push(claim);
    sources.len()
}

fn source(claim: &Claim) -> Markup {
    html! {
        (text::line(&claim.source))
        @if let Some(dated) = claim.dated { ", of " (dated) }
        ", read on " (claim.read)
        @if !claim.url.is_empty() { ", " (text::elsewhere(&claim.url, &claim.url)) }
    }
}

/// Shows on the first page which features each registry is said to have.
pub(super) fn brief(view: &View<'_>, frame: &Frame<'_>) -> Markup {
    let lists = &view.site.newest.audit.results.checklists;
    let attested = |list: &&ChecklistTable| {
        let mut cells = list.rows.iter().flat_map(|row| row.cells.values());
        cells.any(|cell| cell.attested.is_some())
    };
    let lists: Vec<&ChecklistTable> = lists.iter().filter(attested).collect();
    html! {
        section {
            h2 { "What is offered" }
            @if lists.is_empty() { p { "No document was read on what registries of this target offer." } }
            @for list in lists {
                h3 { a href={ (frame.to("offered.html")) "#" (path::slug(&list.id)) } { (text::line(&list.title)) } }
                (states(view, frame, list))
            }
        }
    }
}

fn states(view: &View<'_>, frame: &Frame<'_>, list: &ChecklistTable) -> Markup {
    let has_claim = |row: &&ChecklistRow| row.cells.values().any(|cell| cell.attested.is_some());
    html! {
        div.scroll role="region" aria-label=(text::line(&list.title)) tabindex="0" { table.values.brief {
            thead { tr {
                th scope="col" { "Feature" }
                @for registry in view.site.registries { th scope="col" { (frame.registry(registry.id.as_str())) } }
            } }
            tbody { @for row in list.rows.iter().filter(has_claim) { tr {
                th scope="row" { (text::line(&row.title)) }
                @for registry in view.site.registries {
                    @let claim = row.cells.get(registry.id.as_str()).and_then(|cell| cell.attested.as_ref());
                    td { @if let Some(claim) = claim { (claimed(claim)) } @else { span.dim { "–" } } }
                }
            } } }
        } }
    }
}
