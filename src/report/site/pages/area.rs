//! Values side by side, area by area.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::scenario::side_by_side;
use super::{frame, only};
use crate::report::site::model::area;
use crate::report::site::{Kind, View, path, text};
use crate::verdict::Agreement;
use crate::verdict::results::ComparisonResult;

/// Writes the list of areas.
#[derive(Debug)]
pub(super) struct Index;

/// Writes a page for each area.
#[derive(Debug)]
pub(super) struct Areas;

/// Comparisons of an area by scenario.
type Area<'a> = BTreeMap<&'a str, Vec<&'a ComparisonResult>>;

fn areas<'v>(view: &'v View<'_>) -> BTreeMap<&'v str, Area<'v>> {
    let mut areas: BTreeMap<&str, Area<'_>> = BTreeMap::new();
    let all = view.site.newest.audit.results.comparisons.iter();
    for comparison in all.filter(|c| !c.is_parameter()) {
        areas
            .entry(area(&comparison.scenario))
            .or_default()
            .entry(&comparison.scenario)
            .or_default()
            .push(comparison);
    }
    areas
}

impl Kind for Index {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "compare/index.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "compare/index.html");
        let content = html! {
            @for (name, scenarios) in areas(view) {
                section {
                    h2 { a href=(frame.to(&path::area(name))) { (text::line(name)) } }
                    (numbers(scenarios.values().flatten().copied()))
                    ul.plain { @for (scenario, comparisons) in &scenarios { li {
                        a href={ (frame.to(&path::area(name))) "#" (path::slug(scenario)) } { (text::line(scenario)) }
                        " " span.dim { (text::line(view.site.scenarios.get(scenario).copied().unwrap_or_default())) ", " (comparisons.len()) }
                    } } }
                }
            }
        };
        frame
            .page(
                "Side by side",
                "What registries answered, value beside value. Most of it is only observed: a difference is not a fault.",
                &content,
            )
            .into_bytes()
    }
}

fn numbers<'c>(comparisons: impl Iterator<Item = &'c ComparisonResult>) -> Markup {
    let (mut all, mut differ) = (0_usize, 0_usize);
    for comparison in comparisons {
        all += 1;
        differ += usize::from(comparison.agreement == Agreement::Divergent);
    }
    html! { p.dim { (all) " compared, " (differ) " differ" } }
}

impl Kind for Areas {
    fn keys(&self, view: &View<'_>) -> Vec<String> {
        areas(view).into_keys().map(str::to_owned).collect()
    }

    fn path(&self, key: &str) -> String {
        path::area(key)
    }

    fn octets(&self, view: &View<'_>, key: &str) -> Vec<u8> {
        let path = self.path(key);
        let frame = frame(view, &path);
        let titles = &view.site.scenarios;
        let areas = areas(view);
        let own: Vec<_> = areas.get(key).into_iter().flatten().collect();
        let content = html! {
            @if own.len() > 1 {
                nav.contents aria-label="On this page" { ul { @for (scenario, _) in &own {
                    li { a href={ "#" (path::slug(scenario)) } { (text::line(scenario)) } }
                } } }
            }
            @for (scenario, comparisons) in own {
                section id=(path::slug(scenario)) {
                    h2 { (text::line(titles.get(scenario).copied().unwrap_or(scenario))) }
                    p { a.id href=(frame.to(&path::scenario(scenario))) { (text::line(scenario)) } }
                    (side_by_side(&frame, comparisons))
                }
            }
        };
        frame
            .page(
                &format!("Side by side: {}", text::line(key)),
                "Registries with the same letter have the same value. Letters are in no order of merit.",
                &content,
            )
            .into_bytes()
    }
}
