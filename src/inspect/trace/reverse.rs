//! The reverse DNS: whether the zone is delegated, by whose zone above, and to which servers.

use super::context::{Context, flag, text, texts, unseen};
use super::table::{Cell, Claim, Plane, Row};
use crate::fact::Observation;
use crate::registry::RegistryId;

/// Most name servers that are told.
const MOST_TOLD: usize = 4;

/// Reads what the zone above says, and puts it under the registry whose zone that is.
pub(super) fn zone(context: &Context<'_>, observation: &Observation) -> Row {
    let mut row = Row::new(Plane::ReverseDns);
    if let Some(cell) = unseen(observation) {
        row.registries = context.each(|_| cell.clone());
        return row;
    }
    let facts = &observation.facts;
    let zone = text(facts, "zone")
        .unwrap_or_default()
        .trim_end_matches('.');
    let parent = text(facts, "parent").map(|name| name.trim_end_matches('.'));
    let found = flag(facts, "delegation.found");
    let owner = parent.and_then(|parent| owner(context, parent));
    let servers = texts(facts, "delegation.servers");
    let told: Vec<&str> = servers
        .iter()
        .take(MOST_TOLD)
        .map(|name| name.trim_end_matches('.'))
        .collect();
    let lame = flag(facts, "lame.all") == Some(true);
    let signed = !texts(facts, "delegation.ds").is_empty();
    let above = parent.unwrap_or("a zone that was not found");
    let (cell, words) = match (found, lame) {
        (Some(true), true) => (
            Cell::new(Claim::Says, ["lame"]),
            format!(
                "{zone} by {above} to {}, none of which answers for it",
                told.join(", ")
            ),
        ),
        (Some(true), false) => {
            let signed = if signed { ", with DS" } else { "" };
            let form = if signed.is_empty() {
                "delegated"
            } else {
                "delegated, DS"
            };
            (
                Cell::new(Claim::Says, [form, "delegated"]),
                format!("{zone} by {above} to {}{signed}", told.join(", ")),
            )
        }
        (Some(false), _) => (
            Cell::new(Claim::Says, ["not delegated", "none"]),
            format!("{zone} is not delegated by {above}"),
        ),
        (None, _) => (
            Cell::unseen("parent", "no server of the zone above told"),
            format!("no server of {above} told"),
        ),
    };
    let cell = cell.saying(&words).from(zone, observation.at, None);
    row.registries = context.each(|id| match owner.as_ref() == Some(id) {
        true => cell.clone(),
        false => Cell::new(Claim::Nothing, ["–"]).from(zone, observation.at, None),
    });
    if owner.is_none() {
        row.note = words;
    }
    row
}

/// Returns the registry whose zone a name is, or is below.
fn owner(context: &Context<'_>, name: &str) -> Option<RegistryId> {
    let is_at = |zone: &String| {
        let zone = zone.trim_end_matches('.').to_ascii_lowercase();
        let rest = name.strip_suffix(zone.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let mut all = context.known.iter();
    let found = all.find(|(_, known)| known.zones.iter().any(is_at))?;
    Some(found.0.clone())
}
