//! What registries say of findings, and verdicts that were taken back.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::{frame, only};
use crate::decide::RemarkState;
use crate::report::site::frame::Frame;
use crate::report::site::{Audience, Kind, View, text};
use crate::verdict::note::Erratum;

/// Writes the page.
#[derive(Debug)]
pub(super) struct Remarks;

/// Most ids that are named beside one remark or erratum.
const MOST: usize = 20;

impl Kind for Remarks {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "remarks.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "remarks.html");
        let content = html! {
            section {
                h2 { "Remarks of registries" }
                p.note { "In a registry’s own words. A remark changes no verdict; a finding that is disputed is in no public count." }
                (remarks(view, &frame))
            }
            section {
                h2 { "Verdicts that were withdrawn" }
                p.note { "A verdict that was wrong stays where it was, with the reason beside it, and counts no more." }
                (errata(view, &frame))
            }
        };
        frame
            .page(
                "Remarks and errata",
                "What registries answer to findings, and what was wrong with verdicts of ours.",
                &content,
            )
            .into_bytes()
    }
}

fn remarks(view: &View<'_>, frame: &Frame<'_>) -> Markup {
    let all = &view.site.newest.audit.remarks;
    let mut beside: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for check in &view.site.newest.audit.results.checks {
        for remark in &check.remarks {
            beside.entry(&remark.id).or_default().insert(&check.id);
        }
    }
    html! {
        @if all.is_empty() { p { "No registry has remarked on anything of this target." } }
        @for state in all {
            @let ids = beside.get(state.remark.id.as_str());
            (remark(view, frame, state, ids))
        }
    }
}

fn remark(
    view: &View<'_>,
    frame: &Frame<'_>,
    state: &RemarkState,
    ids: Option<&BTreeSet<&str>>,
) -> Markup {
    let remark = &state.remark;
    html! {
        div.panel {
            p.what {
                (frame.registry(remark.registry.as_str())) ": " b { (text::line(&remark.stance_words())) }
                @if state.overdue { " " span.mark.known { "! that day has passed" } }
            }
            p { (text::excerpt(&remark.text)) }
            dl.told {
                div { dt { "said" } dd {
                    (remark.on)
                    @if view.site.about.audience != Audience::Public { ", by " (text::line(&remark.by)) }
                    ", " code { (text::line(&remark.id)) }
                } }
                @if !remark.url.is_empty() { div { dt { "more" } dd { (text::elsewhere(&remark.url, &remark.url)) } } }
                div { dt { "stands beside" } dd {
                    @if let Some(ids) = ids { (checks(frame, ids)) } @else { "no finding of the newest run" }
                } }
            }
        }
    }
}

fn checks(frame: &Frame<'_>, ids: &BTreeSet<&str>) -> Markup {
    html! {
        @for (place, id) in ids.iter().take(MOST).enumerate() {
            @if place > 0 { ", " }
            @if frame.site.check_ids.contains(id) { (frame.check(id)) } @else { (frame.comparison(id)) }
        }
        @if ids.len() > MOST { " and " (ids.len() - MOST) " more" }
    }
}

fn errata(view: &View<'_>, frame: &Frame<'_>) -> Markup {
    let mut all: BTreeMap<&str, (&Erratum, BTreeSet<&str>)> = BTreeMap::new();
    for run in &view.site.runs {
        let results = &run.audit.results;
        let checks = results.checks.iter().map(|c| (&c.id, &c.erratum));
        let compared = results.comparisons.iter().map(|c| (&c.id, &c.erratum));
        for (id, erratum) in checks.chain(compared) {
            if let Some(erratum) = erratum {
                let own = all.entry(&erratum.id).or_insert((erratum, BTreeSet::new()));
                own.1.insert(id);
            }
        }
    }
    let mut all: Vec<_> = all.into_values().collect();
    all.sort_by(|(a, _), (b, _)| (b.on, &b.id).cmp(&(a.on, &a.id)));
    html! {
        @if all.is_empty() { p { "None of the verdicts of this site was withdrawn." } }
        @for (erratum, ids) in all {
            div.panel {
                p { (text::excerpt(&erratum.reason)) }
                dl.told {
                    div { dt { "withdrawn" } dd { (erratum.on) ", " code { (text::line(&erratum.id)) } } }
                    @if !erratum.url.is_empty() { div { dt { "more" } dd { (text::elsewhere(&erratum.url, &erratum.url)) } } }
                    div { dt { "about" } dd { (checks(frame, &ids)) } }
                }
            }
        }
    }
}
