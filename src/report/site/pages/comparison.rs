//! The page of a comparison: who has which value, and what became of it.

use maud::{Markup, html};

use super::{check, frame, history};
use crate::report::site::frame::Frame;
use crate::report::site::mark::Mark;
use crate::report::site::{Kind, View, clause, panel, path, text};
use crate::report::words::parameters;
use crate::verdict::results::ComparisonResult;

/// Writes a page for each comparison.
#[derive(Debug)]
pub(super) struct Comparisons;

impl Kind for Comparisons {
    fn keys(&self, view: &View<'_>) -> Vec<String> {
        let ids = view.site.comparison_ids.iter();
        ids.map(|id| (*id).to_owned()).collect()
    }

    fn path(&self, key: &str) -> String {
        path::comparison(key)
    }

    fn octets(&self, view: &View<'_>, key: &str) -> Vec<u8> {
        let path = self.path(key);
        let frame = frame(view, &path);
        let all = view
            .site
            .comparisons
            .get(key)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let content = html! {
            @if let Some(first) = all.first() { (what(&frame, first)) }
            section {
                h2 { "Values" }
                @if all.is_empty() { p { "The newest run did not compare it." } }
                @for comparison in all { (values(&frame, comparison)) }
            }
            section { h2 { "Changes" } (history::of_comparison(view, &frame, key)) }
            (explained(view, key))
            (check::doubt(view, &frame, key))
        };
        let title = view.site.title_of(key);
        let heading = if title.is_empty() { key } else { title };
        frame.page(&text::line(heading), "", &content).into_bytes()
    }
}

fn what(frame: &Frame<'_>, comparison: &ComparisonResult) -> Markup {
    html! {
        dl.facts {
            div { dt { "Id" } dd { code.id { (text::line(&comparison.id)) } } }
            div { dt { "Level" } dd { b { (comparison.level) } ": " (clause::meaning(comparison.level)) } }
            div { dt { "Rule" } dd { (text::line(&comparison.rule)) } }
            div { dt { "Compared by" } dd {
                a href=(frame.to(&path::scenario(&comparison.scenario))) { (text::line(&comparison.scenario)) }
            } }
        }
        @if !comparison.refs.is_empty() { section { h2 { "Rests on" } (clause::list(frame, &comparison.refs)) } }
    }
}

fn values(frame: &Frame<'_>, comparison: &ComparisonResult) -> Markup {
    html! {
        @if !comparison.parameters.is_empty() { h3 { (text::line(&parameters(&comparison.parameters))) } }
        p {
            (Mark::of_comparison(comparison)) " "
            span.dim {
                (comparison.participants.have) " of at least " (comparison.participants.need) " participants have a value"
                @if let Some(spread) = comparison.spread_seconds.filter(|s| *s > 0) { ", captured within " (spread) " s" }
                @if comparison.volatile { "; times and how long things took differ from run to run" }
            }
        }
        @if !comparison.message.is_empty() { p { (text::excerpt(&comparison.message)) } }
        (panel::groups(frame, comparison))
    }
}

fn explained(view: &View<'_>, id: &str) -> Markup {
    let Some(item) = view.site.items.get(id).and_then(|all| all.first()) else {
        return html! { section { h2 { "How it is compared" } p { "The suite of today does not have this id any more." } } };
    };
    let comparison = item.scenario.compare.iter().find(|c| c.id.as_ref() == id);
    html! {
        section {
            h2 { "How it is compared" }
            @if !item.scenario.why.is_empty() { p { (text::line(&item.scenario.why)) } }
            dl.told {
                @if let Some(comparison) = comparison {
                    div { dt { "compares" } dd { code { (text::line(comparison.value.text())) } } }
                    @if let Some(when) = &comparison.when { div { dt { "when" } dd { code { (text::line(when.text())) } } } }
                    @if let Some(axis) = &comparison.across { div { dt { "across" } dd { (text::line(axis)) ", within each registry" } } }
                }
                div { dt { "written" } dd { code { (text::line(&item.place.file)) ":" (item.place.line) } } }
                (check::proved(view, id))
            }
        }
    }
}
