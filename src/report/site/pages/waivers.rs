//! Waivers: known failures that somebody answers for, with an end.

use jiff::civil::Date;
use maud::{Markup, html};

use super::{frame, only};
use crate::decide::WaiverState;
use crate::report::site::frame::Frame;
use crate::report::site::{Audience, Kind, View, path, text};
use crate::report::words::waived;
use crate::scenario::suite::{Waiver, WaiverScope};

/// Writes the page.
#[derive(Debug)]
pub(super) struct Waivers;

/// Days ahead in which the end of a waiver is told.
const SOON: i32 = 30;

impl Kind for Waivers {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "waivers.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "waivers.html");
        let all: Vec<&Waiver> = own(view).collect();
        let content = html! {
            @if all.is_empty() { p { "Nobody has asked for a waiver for this target." } }
            @for waiver in all { (whole(view, &frame, waiver)) }
        };
        frame
            .page(
                "Waivers",
                "A waiver changes how a failure is taken, never what was seen. It has an owner, a reason and an end.",
                &content,
            )
            .into_bytes()
    }
}

/// Iterates over the waivers for the target of the site.
fn own<'v>(view: &'v View<'_>) -> impl Iterator<Item = &'v Waiver> {
    let target = &view.site.newest.audit.run.target;
    let all = view.site.suite.waivers.iter();
    all.filter(move |waiver| waiver.matches.target == *target)
}

fn whole(view: &View<'_>, frame: &Frame<'_>, waiver: &Waiver) -> Markup {
    let state = view
        .site
        .newest
        .audit
        .waivers
        .iter()
        .find(|state| state.id == waiver.id);
    html! {
        section id=(path::slug(&waiver.id)) {
            h2 { (text::line(&waiver.id)) }
            p { (text::line(&waiver.reason)) }
            dl.told {
                div { dt { "matches" } dd {
                    code { (text::line(&waiver.matches.check)) } " "
                    @for id in &waiver.matches.registries { (frame.registry(id.as_str())) " " }
                } }
                (who(view, waiver))
                div { dt { "good for" } dd { (scope(waiver.scope)) } }
                div { dt { "discussed" } dd { (text::elsewhere(&waiver.issue, &waiver.issue)) } }
                div { dt { "from, to" } dd { (waiver.issued) " to " (waiver.expires) } }
                @if let Some(state) = state { div { dt { "in this run" } dd { (standing(state)) } } }
            }
        }
    }
}

/// Names who answers for a waiver; the public reads who approved it, and no person's name.
fn who(view: &View<'_>, waiver: &Waiver) -> Markup {
    let body = waiver
        .approved_by
        .split(':')
        .next()
        .unwrap_or_default()
        .trim();
    html! {
        @if view.site.about.audience == Audience::Public {
            div { dt { "approved by" } dd { (text::line(body)) } }
        } @else {
            div { dt { "owner" } dd { (text::line(&waiver.owner)) } }
            div { dt { "approved by" } dd { (text::line(&waiver.approved_by)) } }
        }
    }
}

const fn scope(scope: WaiverScope) -> &'static str {
    match scope {
        WaiverScope::Gate => "release gates",
        WaiverScope::Audit => "audits",
        WaiverScope::Both => "gates and audits",
    }
}

fn standing(state: &WaiverState) -> Markup {
    let parts = waived(state);
    html! {
        (state.outlook.words())
        @for part in &parts { ", " (text::line(part)) }
    }
}

/// Returns the days from the run to the end of a waiver; negative if it has ended.
fn days_left(view: &View<'_>, expires: Date) -> Option<i32> {
    let started = view.site.newest.audit.run.started;
    let day = started.to_zoned(jiff::tz::TimeZone::UTC).date();
    day.until(expires).ok().map(|span| span.get_days())
}

/// Shows waivers that end soon or have ended; nothing where there are none.
pub(super) fn soon(view: &View<'_>, frame: &Frame<'_>) -> Markup {
    let ending: Vec<(&Waiver, i32)> = own(view)
        .filter_map(|waiver| Some((waiver, days_left(view, waiver.expires)?)))
        .filter(|(_, days)| *days < SOON)
        .collect();
    html! {
        @if !ending.is_empty() {
            section {
                h2 { "Waivers that end" }
                ul.plain { @for (waiver, days) in ending { li {
                    (waiver.expires) " " a href={ (frame.to("waivers.html")) "#" (path::slug(&waiver.id)) } { (text::line(&waiver.id)) }
                    @if days < 0 { " " span.mark.fail { "✗ ended" } }
                } } }
            }
        }
    }
}

/// Shows the waivers of one registry; nothing where there are none.
pub(super) fn of(view: &View<'_>, frame: &Frame<'_>, registry: &str) -> Markup {
    let its = |waiver: &&Waiver| {
        waiver
            .matches
            .registries
            .iter()
            .any(|id| id.as_str() == registry)
    };
    let all: Vec<&Waiver> = own(view).filter(its).collect();
    html! {
        @if !all.is_empty() {
            section {
                h2 { "Its waivers" }
                ul.plain { @for waiver in all { li {
                    a href={ (frame.to("waivers.html")) "#" (path::slug(&waiver.id)) } { (text::line(&waiver.id)) }
                    ", until " (waiver.expires) ": " (text::line(&waiver.reason))
                } } }
            }
        }
    }
}
