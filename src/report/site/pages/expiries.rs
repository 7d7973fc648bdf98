//! What expires when: a line in time, and a table for each registry.

use jiff::Timestamp;
use maud::{Markup, html};
use serde_json::Number;

use super::{frame, only};
use crate::report::parameters::number;
use crate::report::site::frame::Frame;
use crate::report::site::plot::timeline::{Event, timeline};
use crate::report::site::{Kind, View, text};
use crate::report::words::expiring;
use crate::verdict::measure::Unit;
use crate::verdict::results::Expiry;

/// Writes the page.
#[derive(Debug)]
pub(super) struct Expiries;

/// Most items of one registry that are shown; all are in the calendar.
const MOST: usize = 40;

/// Most items that the first page shows.
const MOST_SOON: usize = 8;

/// Days that are soon, for items that somebody must renew by hand.
const SOON: i64 = 30;

impl Kind for Expiries {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "expiries.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "expiries.html");
        let all = &view.site.newest.audit.results.expiries;
        let content = html! {
            @if all.is_empty() { p { "The newest run saw nothing that has an end." } }
            @else {
                (plot(view))
                p { "The same as a " (frame.link("expiry.ics", "calendar")) "." }
                @for registry in view.site.registries {
                    @let own: Vec<&Expiry> = all.iter().filter(|e| e.registry == registry.id).collect();
                    @if !own.is_empty() {
                        section { h2 { (text::line(&registry.name)) } (table(view, &frame, &own, MOST)) }
                    }
                }
            }
        };
        frame
            .page(
                "What expires when",
                "Certificates, manifests and CRLs signed by hand, and TLS certificates, counted from the time of the run.",
                &content,
            )
            .into_bytes()
    }
}

fn plot(view: &View<'_>) -> Markup {
    let run = view.site.newest.audit;
    let events: Vec<Event<'_>> = run
        .results
        .expiries
        .iter()
        .map(|expiry| Event {
            lane: view.site.name_of(expiry.registry.as_str()),
            seconds: until(view, expiry.at),
        })
        .collect();
    timeline(
        "expiries",
        "Time left until things expire, by registry",
        &events,
    )
}

fn until(view: &View<'_>, at: Timestamp) -> i64 {
    at.duration_since(view.site.newest.audit.run.started)
        .as_secs()
}

/// Returns how long something still holds, or for how long it has not.
fn left(view: &View<'_>, at: Timestamp) -> Markup {
    let seconds = until(view, at);
    let length = number(Unit::Seconds, &Number::from(seconds.unsigned_abs()));
    html! {
        @if seconds < 0 { span.mark.fail { "✗ over for " (length) } } @else { (length) }
    }
}

fn table(view: &View<'_>, frame: &Frame<'_>, all: &[&Expiry], most: usize) -> Markup {
    html! {
        div.scroll role="region" aria-label="What expires" tabindex="0" { table {
            thead { tr { th scope="col" { "When" } th scope="col" { "Left" } th scope="col" { "What" } th scope="col" { "Where" } } }
            tbody { @for expiry in all.iter().take(most) { tr {
                @let when = html! { time datetime=(expiry.at) { (expiry.at.strftime("%Y-%m-%d %H:%M UTC")) } };
                td { (frame.rests(std::slice::from_ref(&expiry.observation), expiry.registry.as_str(), &when)) }
                td { (left(view, expiry.at)) }
                td { (text::line(&expiring(expiry))) }
                td { code.uri { (text::line(&expiry.uri)) } }
            } } }
        } }
        @if all.len() > most { p.dim { "and " (all.len() - most) " later, in the calendar" } }
    }
}

/// Shows what of one registry ends.
pub(super) fn of(view: &View<'_>, frame: &Frame<'_>, registry: &str) -> Markup {
    let all = view.site.newest.audit.results.expiries.iter();
    let own: Vec<&Expiry> = all.filter(|e| e.registry.as_str() == registry).collect();
    html! {
        @if !own.is_empty() {
            section {
                h2 { "What expires" }
                (table(view, frame, &own, MOST_SOON))
                p { (frame.link("expiries.html", "Everything that expires")) }
            }
        }
    }
}

/// Shows what ends next, over all registries; what is renewed every day by a machine is left out.
pub(super) fn soon(view: &View<'_>, frame: &Frame<'_>) -> Markup {
    let all = view.site.newest.audit.results.expiries.iter();
    let is_daily =
        |e: &Expiry| matches!(e.what.as_str(), "manifest" | "crl") && e.tier != "trust-anchor";
    let mut soon: Vec<&Expiry> = all
        .filter(|e| !is_daily(e) && until(view, e.at) < SOON * 86_400)
        .collect();
    soon.sort_by_key(|e| (e.at, &e.registry));
    html! {
        section {
            h2 { "What ends within " (SOON) " days" }
            @if soon.is_empty() { p { "Nothing that is renewed by hand." } }
            @else {
                ul.plain { @for expiry in soon.iter().take(MOST_SOON) { li {
                    time datetime=(expiry.at) { (expiry.at.strftime("%Y-%m-%d")) } " "
                    (frame.registry(expiry.registry.as_str())) ": " (text::line(&expiring(expiry)))
                    " " span.dim { "in " (left(view, expiry.at)) }
                } } }
            }
            p { (frame.link("expiries.html", "Everything that expires")) }
        }
    }
}
