//! Which ids of the catalogue something tests, and why nothing tests the others.

use std::collections::BTreeMap;

use crate::plan::Item;
use crate::scenario::suite::{Entry, Suite, Tested};

/// One id of the catalogue.
#[derive(Clone, Debug)]
pub(super) struct Line<'s> {
    /// The catalogue: the name of its file.
    pub(super) area: &'s str,
    /// The id.
    pub(super) entry: &'s Entry,
    /// Ids of what tests it.
    pub(super) tested_by: Vec<&'s str>,
    /// Why nothing tests it; `None` if something does or should.
    pub(super) not_tested: Option<&'s str>,
}

/// Returns all ids of the catalogue, by area.
pub(super) fn lines<'s>(
    suite: &'s Suite,
    items: &BTreeMap<&'s str, Vec<Item<'s>>>,
) -> Vec<Line<'s>> {
    let mut covering: BTreeMap<&str, Vec<&'s str>> = BTreeMap::new();
    for (id, uses) in items {
        for covered in uses.iter().flat_map(|item| &item.basis.covers) {
            let ids = covering.entry(covered.as_str()).or_default();
            if !ids.contains(id) {
                ids.push(*id);
            }
        }
    }
    let line = |entry: &'s Entry| {
        let mut tested_by = covering.get(entry.id.as_ref()).cloned().unwrap_or_default();
        if items.contains_key(entry.id.as_ref()) && !tested_by.contains(&entry.id.as_ref()) {
            tested_by.push(&entry.id);
        }
        let not_tested = match &entry.tested {
            Tested::Not(reason) => Some(reason.as_str()),
            Tested::By(_) => None,
        };
        Line {
            area: area(&entry.place.file),
            entry,
            tested_by,
            not_tested,
        }
    };
    let mut all: Vec<Line<'s>> = suite.catalog.entries.values().map(|e| line(e)).collect();
    all.sort_by(|a, b| (a.area, &a.entry.id).cmp(&(b.area, &b.entry.id)));
    all
}

/// Returns the name of a catalogue: its file without folder and extension.
fn area(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.strip_suffix(".yaml").unwrap_or(name)
}
