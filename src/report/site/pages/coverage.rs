//! Which requirements are tested, by what, and why the others are not.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{frame, only};
use crate::report::site::coverage::{Line, lines};
use crate::report::site::frame::Frame;
use crate::report::site::{Kind, View, path, text};

/// Writes the page.
#[derive(Debug)]
pub(super) struct Coverage;

impl Kind for Coverage {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "coverage.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "coverage.html");
        let mut areas: BTreeMap<&str, Vec<Line<'_>>> = BTreeMap::new();
        for line in lines(view.site.suite, &view.site.items) {
            areas.entry(line.area).or_default().push(line);
        }
        let content = html! {
            (sums(&areas))
            @for (area, lines) in &areas { (whole(view, &frame, area, lines)) }
            p { (frame.link("data/coverage.csv", "The same as CSV")) }
        };
        frame
            .page(
                "What is tested, and what not",
                "Every requirement that the suite knows, with what tests it or the reason why nothing does.",
                &content,
            )
            .into_bytes()
    }
}

fn sums(areas: &BTreeMap<&str, Vec<Line<'_>>>) -> Markup {
    let all: usize = areas.values().map(Vec::len).sum();
    html! {
        p { (tested(areas.values().flatten())) " of " (all) " requirements are tested." }
        nav.contents aria-label="Areas" { ul { @for (area, lines) in areas { li {
            a href={ "#" (path::slug(area)) } { (text::line(area)) } " "
            span.dim { (tested(lines.iter())) " of " (lines.len()) }
        } } } }
    }
}

fn tested<'l>(lines: impl Iterator<Item = &'l Line<'l>>) -> usize {
    lines.filter(|line| line.not_tested.is_none()).count()
}

fn whole(view: &View<'_>, frame: &Frame<'_>, area: &str, lines: &[Line<'_>]) -> Markup {
    let (without, tested): (Vec<&Line<'_>>, Vec<&Line<'_>>) =
        lines.iter().partition(|line| line.not_tested.is_some());
    html! {
        section id=(path::slug(area)) {
            h2 { (text::line(area)) }
            @if !without.is_empty() {
                h3 { "Not tested, because" }
                dl.told.wide { @for line in &without {
                    div {
                        dt { code { (text::line(&line.entry.id)) } " " span.dim { (line.entry.level) } }
                        dd { (text::line(&line.entry.sentence)) br; span.dim { (text::line(line.not_tested.unwrap_or_default())) } }
                    }
                } }
            }
            @if !tested.is_empty() {
                details {
                    summary { "Tested: " (tested.len()) }
                    dl.told.wide { @for line in &tested {
                        div {
                            dt { code { (text::line(&line.entry.id)) } " " span.dim { (line.entry.level) } }
                            dd { (text::line(&line.entry.sentence)) br; span.dim { "by " (by(view, frame, line)) } }
                        }
                    } }
                }
            }
        }
    }
}

fn by(view: &View<'_>, frame: &Frame<'_>, line: &Line<'_>) -> Markup {
    html! {
        @if line.tested_by.is_empty() { "nothing yet" }
        @for (place, id) in line.tested_by.iter().enumerate() {
            @if place > 0 { ", " }
            @if view.site.checks.contains_key(id) { (frame.check(id)) }
            @else if view.site.comparisons.contains_key(id) { (frame.comparison(id)) }
            @else { code { (text::line(id)) } }
        }
    }
}
