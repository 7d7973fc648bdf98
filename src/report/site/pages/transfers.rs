//! Transfers: how they became visible, stage by stage, where a run followed any.

use maud::html;

use super::scenario::side_by_side;
use super::{frame, only};
use crate::report::site::model::area;
use crate::report::site::{Kind, View, path, text};
use crate::verdict::results::ComparisonResult;

/// Writes the page.
#[derive(Debug)]
pub(super) struct Transfers;

/// The area of scenarios that follow transfers.
const AREA: &str = "transfers";

impl Kind for Transfers {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "transfers.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "transfers.html");
        let titles = &view.site.scenarios;
        let scenarios: Vec<(&str, &str)> = titles
            .iter()
            .map(|(id, title)| (*id, *title))
            .filter(|(id, _)| area(id) == AREA)
            .collect();
        let all = &view.site.newest.audit.results.comparisons;
        let content = html! {
            @if scenarios.is_empty() {
                p { "The newest run followed no transfer and read no log of transfers, so nothing is known here." }
            }
            @for (id, title) in &scenarios {
                section {
                    h2 { a href=(frame.to(&path::scenario(id))) { (text::line(if title.is_empty() { id } else { title })) } }
                    @let own: Vec<&ComparisonResult> = all.iter().filter(|c| c.scenario == *id).collect();
                    @if own.is_empty() { p { "Nothing of it was compared in the newest run." } }
                    @else { (side_by_side(&frame, &own)) }
                }
            }
        };
        frame
            .page(
                "Transfers",
                "How transfers between registries become visible: in logs, statistics, registration data and certificates.",
                &content,
            )
            .into_bytes()
    }
}
