//! Everything of a suite that can have a verdict, as filters and lists see it.

use std::sync::Arc;

use crate::registry::RegistryId;
use crate::scenario::model::{Basis, Scenario};
use crate::scenario::suite::Suite;
use crate::verdict::By;
use crate::verdict::results::Place;

/// A check, rule or comparison of a scenario.
#[derive(Clone, Debug)]
pub struct Item<'s> {
    /// `<rule>` or `<scenario>/<name>`.
    pub id: &'s Arc<str>,
    /// What it is.
    pub by: By,
    /// One sentence.
    pub title: &'s str,
    /// What it rests on.
    pub basis: &'s Basis,
    /// The scenario.
    pub scenario: &'s Scenario,
    /// Where it is written: of a rule, the catalogue.
    pub place: &'s Place,
}

impl<'s> Item<'s> {
    /// Returns the registries it is judged for, alphabetically.
    pub fn registries(&self) -> &'s [RegistryId] {
        &self.scenario.registries
    }
}

/// Returns the items of a scenario in the order checks, rules, comparisons; a rule once.
pub fn items_of<'s>(suite: &'s Suite, scenario: &'s Scenario) -> Vec<Item<'s>> {
    let mut items: Vec<Item<'s>> = Vec::new();
    items.extend(scenario.checks.iter().map(|check| Item {
        id: &check.id,
        by: By::Check,
        title: &check.title,
        basis: &check.basis,
        scenario,
        place: &check.place,
    }));
    for rule_use in &scenario.rules {
        for (id, basis) in &rule_use.rules {
            if items.iter().any(|i| i.id == id) {
                continue;
            }
            let entry = suite.catalog.entries.get(id);
            items.push(Item {
                id,
                by: By::Rule,
                title: entry.map_or("", |e| &e.sentence),
                basis,
                scenario,
                place: entry.map_or(&rule_use.place, |e| &e.place),
            });
        }
    }
    items.extend(scenario.compare.iter().map(|comparison| Item {
        id: &comparison.id,
        by: By::Comparison,
        title: &comparison.title,
        basis: &comparison.basis,
        scenario,
        place: &comparison.place,
    }));
    items
}
