//! Values side by side: who has which, and who has the same.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::frame::Frame;
use super::mark::Mark;
use super::text;
use crate::judge::words::joined;
use crate::report::parameters::line;
use crate::report::words::parameters;
use crate::verdict::Role;
use crate::verdict::results::{ComparisonResult, Group};

/// Longest value that stands in a cell of a table over all registries, in characters.
const SHORT: usize = 28;

/// Most groups that are told apart by a letter.
const LETTERS: &[&str] = &["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"];

/// Returns a value as a reader sees it: quantities in few digits, everything else in its words.
fn shown(group: &Group) -> Markup {
    match &group.measure {
        Some(measure) => html! { span.num { (line(measure)) } },
        None if group.value == "[]" => html! { span.dim { "none" } },
        // A time or an address is read as one word, though a browser would break it at a hyphen.
        None if !group.value.contains(' ') && length(group) <= SHORT => {
            html! { span.num { (text::excerpt(&group.value)) } }
        }
        None => text::excerpt(&group.value),
    }
}

fn length(group: &Group) -> usize {
    match &group.measure {
        Some(measure) => line(measure).chars().count(),
        None => group.value.chars().count(),
    }
}

/// Says whether all values fit into cells of a table with one column for each registry.
pub(super) fn is_short(frame: &Frame<'_>, comparison: &ComparisonResult) -> bool {
    let is_registry = |member: &String| {
        let registries = frame.site.registries;
        registries.iter().any(|r| r.id.as_str() == member)
    };
    comparison.groups.iter().all(|g| length(g) <= SHORT) && comparison.roles.keys().all(is_registry)
}

/// Shows a row of a table over all registries: what is compared, then a value for each.
pub(super) fn row(frame: &Frame<'_>, comparison: &ComparisonResult) -> Markup {
    let several = comparison.groups.len() > 1;
    html! {
        tr {
            th scope="row" {
                a href=(frame.to(&super::path::comparison(&comparison.id))) { (text::line(&comparison.title)) }
                @if !comparison.parameters.is_empty() { " " span.dim { (text::line(&parameters(&comparison.parameters))) } }
            }
            @for registry in frame.site.registries {
                (cell(frame, comparison, registry.id.as_str(), several))
            }
        }
    }
}

fn cell(frame: &Frame<'_>, comparison: &ComparisonResult, registry: &str, several: bool) -> Markup {
    let own = comparison
        .groups
        .iter()
        .enumerate()
        .find(|(_, group)| group.members.iter().any(|member| member == registry));
    let role = comparison.roles.get(registry);
    html! {
        td {
            @if let Some((place, group)) = own {
                @if several { (letter(place)) " " }
                (frame.rests(&comparison.observations, registry, &shown(group)))
                @if role == Some(&Role::Outlier) { " " span.role { "outlier" } }
            } @else {
                span.dim { (nothing(role)) }
            }
        }
    }
}

/// Says why a participant has no value.
const fn nothing(role: Option<&Role>) -> &'static str {
    match role {
        Some(Role::Excluded) => "left out",
        Some(Role::Absent | Role::Outlier) => "no value",
        Some(Role::Agrees | Role::Differs) | None => "–",
    }
}

fn letter(place: usize) -> Markup {
    html! {
        @if let Some(letter) = LETTERS.get(place) { span.group { (letter) } }
    }
}

/// Shows the head of a table over all registries.
pub(super) fn head(frame: &Frame<'_>, first: &str) -> Markup {
    html! {
        thead { tr {
            th scope="col" { (first) }
            @for registry in frame.site.registries {
                th scope="col" { (frame.registry(registry.id.as_str())) }
            }
        } }
    }
}

/// Shows a comparison by itself: each value with who has it.
pub(super) fn groups(frame: &Frame<'_>, comparison: &ComparisonResult) -> Markup {
    let several = comparison.groups.len() > 1;
    let mut without: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
    for (participant, role) in &comparison.roles {
        let has_value = comparison
            .groups
            .iter()
            .any(|group| group.members.contains(participant));
        if !has_value {
            let named = without.entry(nothing(Some(role))).or_default();
            named.push(frame.site.name_of(participant));
        }
    }
    html! {
        dl.groups {
            @for (place, group) in comparison.groups.iter().enumerate() {
                dt {
                    @if several { (letter(place)) " " }
                    (members(frame, comparison, group))
                    @if is_outlier(comparison, group) { " " span.role { "outlier" } }
                }
                dd { (shown(group)) }
            }
            @for (words, who) in &without {
                dt { (text::line(&joined(who))) }
                dd { span.dim { (words) } }
            }
        }
    }
}

fn is_outlier(comparison: &ComparisonResult, group: &Group) -> bool {
    let mut roles = group.members.iter().filter_map(|m| comparison.roles.get(m));
    roles.any(|role| *role == Role::Outlier)
}

/// Names those who have a value as a sentence does, each with a link to what its value rests on.
fn members(frame: &Frame<'_>, comparison: &ComparisonResult, group: &Group) -> Markup {
    let last = group.members.len().saturating_sub(1);
    html! {
        @for (place, member) in group.members.iter().enumerate() {
            @if place > 0 { (if place == last { " and " } else { ", " }) }
            @let name = html! { (text::line(frame.site.name_of(member))) };
            (frame.rests(&comparison.observations, member, &name))
        }
    }
}

/// Shows a comparison with its heading, its mark and what else is known.
pub(super) fn whole(frame: &Frame<'_>, comparison: &ComparisonResult) -> Markup {
    let mark = Mark::of_comparison(comparison);
    html! {
        div.panel {
            p.what {
                (mark) " "
                a href=(frame.to(&super::path::comparison(&comparison.id))) { (text::line(&comparison.title)) }
                @if !comparison.parameters.is_empty() { " " span.dim { (text::line(&parameters(&comparison.parameters))) } }
                @if !comparison.message.is_empty() { " " span.note { (text::excerpt(&comparison.message)) } }
            }
            (groups(frame, comparison))
        }
    }
}
