//! What a scenario demands of each case.

use std::sync::Arc;

use super::rules::{self, RuleOf};
use crate::scenario::model::{Basis, Check, Scenario, Side};
use crate::scenario::suite::Catalog;
use crate::verdict::By;
use crate::verdict::results::Place;

/// Something a scenario demands: a check, or a rule on its documents.
pub(super) enum Demand<'a> {
    Check(&'a Check),
    Rule(RuleOf<'a>, &'a Place),
}

impl<'a> Demand<'a> {
    pub(super) fn id(&self) -> &'a Arc<str> {
        match self {
            Self::Check(check) => &check.id,
            Self::Rule(rule, _) => rule.id,
        }
    }

    pub(super) fn basis(&self) -> &'a Basis {
        match self {
            Self::Check(check) => &check.basis,
            Self::Rule(rule, _) => rule.basis,
        }
    }

    /// Returns the side of the pair that it is about; `None` for both.
    pub(super) const fn side(&self) -> Option<Side> {
        match self {
            Self::Check(check) => check.side,
            Self::Rule(_, _) => None,
        }
    }

    pub(super) fn place(&self) -> &'a Place {
        match self {
            Self::Check(check) => &check.place,
            Self::Rule(_, place) => place,
        }
    }

    pub(super) const fn by(&self) -> By {
        match self {
            Self::Check(_) => By::Check,
            Self::Rule(_, _) => By::Rule,
        }
    }

    pub(super) fn title(&self, catalog: &Catalog) -> String {
        match self {
            Self::Check(check) => check.title.clone(),
            Self::Rule(rule, _) => catalog
                .entries
                .get(rule.id)
                .map_or_else(String::new, |entry| entry.sentence.clone()),
        }
    }
}

/// Returns everything a scenario demands: its checks, then its rules, as written.
pub(super) fn demands_of(scenario: &Scenario) -> Vec<Demand<'_>> {
    let place = |rule: &RuleOf<'_>| {
        rule.uses
            .first()
            .and_then(|number| scenario.rules.get(*number))
            .map_or(&scenario.place, |rule_use| &rule_use.place)
    };
    scenario
        .checks
        .iter()
        .map(Demand::Check)
        .chain(rules::rules_of(scenario).into_iter().map(|rule| {
            let place = place(&rule);
            Demand::Rule(rule, place)
        }))
        .collect()
}
