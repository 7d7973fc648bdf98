//! Comparisons of a few registries with what others showed elsewhere.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Audit, Auditor};
use crate::compare::compare;
use crate::fact::{Observation, Tick};
use crate::judge::{Observed, Question};
use crate::plan::PlannedScenario;
use crate::registry::PerRegistry;
use crate::scenario::model::Registry;
use crate::verdict::results::{ComparisonResult, Peers};
use crate::verdict::{Role, Weight};

/// What registries that were not asked showed of one scenario.
#[derive(Clone, Debug)]
pub struct Others<'a> {
    /// The registries of both runs, each with the overlay of its own target.
    pub registries: &'a PerRegistry<Arc<Registry>>,
    /// The scenario with the instances of both.
    pub planned: PlannedScenario,
    /// What the others showed, as if it had been observed from the place of this run.
    pub observations: Vec<Observation>,
}

impl Auditor<'_> {
    /// Judges one scenario as [`Auditor::add`], and compares it with what others showed of it.
    ///
    /// What is compared within each registry, or tick by tick of one moment, is compared without them.
    pub fn add_beside(
        &mut self,
        planned: &PlannedScenario,
        observations: &[&Observation],
        ticks: &[Tick],
        others: &Others<'_>,
    ) {
        let kept = self.comparisons.len();
        self.add(planned, observations.iter().copied(), ticks);
        if others.observations.is_empty() {
            return;
        }
        let own: BTreeSet<&str> = planned.instances.ids().map(|id| id.as_str()).collect();
        let comparisons = &planned.scenario.compare;
        let is_within = |result: &ComparisonResult| {
            let found = comparisons.iter().find(|c| *c.id == *result.id);
            found.is_some_and(|c| c.across.is_some() || c.over_time.is_some())
        };
        let all = observations.iter().copied().chain(&others.observations);
        let observed = Observed::of(all).with_ticks(ticks);
        let question = Question {
            registries: others.registries,
            ..self.question()
        };
        let together: Vec<ComparisonResult> = compare(&question, &others.planned, &observed)
            .into_iter()
            .filter(|result| result.roles.keys().any(|who| own.contains(who.as_str())))
            .filter(|result| !is_within(result))
            .collect();
        let alone = self.comparisons.split_off(kept);
        self.comparisons
            .extend(alone.into_iter().filter(is_within).chain(together));
    }
}

/// Says in an audit with whom comparisons were made, and takes out of its gate what is not a matter
/// of a registry that was asked.
pub fn beside_peers(audit: &mut Audit, peers: Peers) {
    let results = &mut audit.results;
    let asked: BTreeSet<&str> = results.registries.iter().map(|r| r.id.as_str()).collect();
    for comparison in &mut results.comparisons {
        // Axis values take part in comparisons within a registry, and the registry is a parameter.
        let is_within = comparison.parameters.contains_key("registry");
        let is_ours = comparison.roles.iter().any(|(who, role)| match role {
            Role::Outlier | Role::Differs | Role::Absent => asked.contains(who.as_str()),
            Role::Agrees | Role::Excluded => false,
        });
        if !is_within && !is_ours {
            comparison.gate = Weight::None;
        }
    }
    results.peers = Some(peers);
    audit.gate.recount(&audit.results);
}
