//! The dark clock: what of each registry's payloads would still be valid if nothing were published any more.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{frame, only};
use crate::report::parameters::line;
use crate::report::site::plot::steps::{Series, steps};
use crate::report::site::{Kind, View, text};
use crate::report::words::short;
use crate::verdict::measure::{Amount, Measure};
use crate::verdict::results::ComparisonResult;

/// Writes the page.
#[derive(Debug)]
pub(super) struct Dark;

impl Kind for Dark {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "dark.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "dark.html");
        let hours = hours(view);
        let content = html! {
            @if hours.is_empty() { p { "The newest run did not look below a trust anchor, so there is nothing to count down." } }
            @else { (plot(view, &hours)) (table(view, &frame, &hours)) }
            section {
                h2 { "How to read it" }
                p {
                    "If a repository stopped publishing at the time of the run, manifests and CRLs would run out one after the other, and with "
                    "them what they hold. The clock counts which share of validated payloads would be gone after how long. A share says nothing "
                    "of how likely that is; short windows are quick to take back what is wrong, long ones are patient with an outage."
                }
            }
        };
        frame
            .page(
                "Dark clock",
                "Which share of payloads would be gone, and after how long, if nothing were published any more.",
                &content,
            )
            .into_bytes()
    }
}

/// Comparisons that tell a share after a number of hours: `dark-24h`.
fn hours<'v>(view: &'v View<'_>) -> BTreeMap<i64, &'v ComparisonResult> {
    let all = view.site.newest.audit.results.comparisons.iter();
    all.filter_map(|comparison| {
        let name = short(&comparison.id, &comparison.scenario);
        let hours = name.strip_prefix("dark-")?.strip_suffix('h')?;
        Some((hours.parse().ok()?, comparison))
    })
    .collect()
}

fn share(measure: &Measure) -> Option<f64> {
    match &measure.amount {
        Amount::Number(number) => number.as_f64(),
        Amount::Samples(_) => None,
    }
}

fn plot(view: &View<'_>, hours: &BTreeMap<i64, &ComparisonResult>) -> Markup {
    let series: Vec<Series<'_>> = view
        .site
        .registries
        .iter()
        .map(|registry| Series {
            name: &registry.name,
            points: hours
                .iter()
                .filter_map(|(hour, comparison)| {
                    let measure = comparison.measured(registry.id.as_str())?;
                    Some((*hour * 3_600, share(measure)?))
                })
                .collect(),
        })
        .collect();
    steps(
        "dark",
        "Share of payloads that would be gone, by time without publication",
        &series,
    )
}

fn table(
    view: &View<'_>,
    frame: &crate::report::site::frame::Frame<'_>,
    hours: &BTreeMap<i64, &ComparisonResult>,
) -> Markup {
    html! {
        div.scroll role="region" aria-label="Shares" tabindex="0" { table.values {
            thead { tr {
                th scope="col" { "After" }
                @for registry in view.site.registries { th scope="col" { (frame.registry(registry.id.as_str())) } }
            } }
            tbody { @for (hour, comparison) in hours { tr {
                th scope="row" { a href=(frame.to(&crate::report::site::path::comparison(&comparison.id))) { (hour) " h" } }
                @for registry in view.site.registries { td {
                    @match comparison.measured(registry.id.as_str()) {
                        Some(measure) => (frame.rests(&comparison.observations, registry.id.as_str(), &html! { span.num { (line(measure)) } })),
                        None => span.dim { (text::line(comparison.absent.get(registry.id.as_str()).map_or("–", String::as_str))) },
                    }
                } }
            } } }
        } }
    }
}
