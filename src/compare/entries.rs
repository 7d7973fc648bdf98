//! Who enters the comparisons of one scenario, registry by registry.

use std::collections::{BTreeMap, HashMap};

use super::over_time;
use super::participants::{self, Sets, aligned_axes, ordinals};
use crate::judge::sets::Members;
use crate::judge::{Case, Observed, Question, parameters, vantages_of};
use crate::plan::{Instance, PlannedScenario};
use crate::registry::RegistryId;
use crate::scenario::model::{CompareRule, Comparison, Registry, Scenario};

/// Participants of everything that one scenario compares, by the registry that they are of.
///
/// To evaluate the values of five registries takes longer than to compare them: where one of them
/// shows something else, the others need not be evaluated again.
#[derive(Clone, Debug)]
pub struct Entries {
    /// Axes on which values are compared by their places, because they differ between registries.
    aligned: Vec<String>,
    /// Whether some registry was seen from several places.
    several: bool,
    /// For each registry one for each [wanted] comparison.
    entered: BTreeMap<RegistryId, Vec<Entered>>,
}

/// What enters one comparison.
#[derive(Clone, Debug, Default)]
pub(super) struct Entered {
    pub(super) sets: Sets,
    /// The same by tick, of what has to hold over time.
    pub(super) series: over_time::Series,
    /// The set of `union_covers`.
    pub(super) union: Option<Members>,
}

/// Returns the comparisons of a scenario that were selected for some registry, as written.
pub(super) fn wanted(planned: &PlannedScenario) -> Vec<&Comparison> {
    let all = planned.scenario.compare.iter();
    all.filter(|c| planned.instances.ids().any(|id| planned.selects(id, &c.id)))
        .collect()
}

impl Entries {
    /// Evaluates what the registries that `of` says enter into the comparisons of a scenario.
    pub fn gather(
        question: &Question<'_>,
        planned: &PlannedScenario,
        observed: &Observed<'_>,
        of: impl Fn(&RegistryId) -> bool,
    ) -> Self {
        let mut entries = Self {
            aligned: Vec::new(),
            several: false,
            entered: BTreeMap::new(),
        };
        let wanted = wanted(planned);
        if wanted.is_empty() {
            return entries;
        }
        let scenario: &Scenario = &planned.scenario;
        let labels: Vec<Vec<BTreeMap<String, String>>> = planned
            .instances
            .iter()
            .map(|(_, instances)| instances.iter().map(|i| parameters(scenario, i)).collect())
            .collect();
        let aligned = aligned_axes(scenario, &labels);
        let places = |id: &RegistryId| vantages_of(question, observed, id);
        // Registries that were each seen from one place of their own are compared all the same.
        entries.several = planned.instances.ids().any(|id| places(id).len() > 1);
        for ((id, instances), labels) in planned.instances.iter().zip(&labels) {
            let Some(registry) = question.registries.of(id.as_str()).filter(|_| of(id)) else {
                continue;
            };
            let entering = Entering {
                question,
                observed,
                scenario,
                registry,
                chosen: { wanted.iter() }
                    .map(|comparison| planned.selects(id, &comparison.id).then_some(*comparison))
                    .collect(),
                order: { aligned.iter() }
                    .map(|axis| (*axis, ordinals(axis, labels)))
                    .collect(),
            };
            let mut own = vec![Entered::default(); wanted.len()];
            for vantage in &places(id) {
                for (instance, label) in instances.iter().zip(labels) {
                    let seen_from = entries.several.then_some(*vantage);
                    entering.add(&mut own, instance, label, (vantage, seen_from));
                }
            }
            entries.entered.insert(id.clone(), own);
        }
        entries.aligned = aligned.into_iter().map(str::to_owned).collect();
        entries
    }

    /// Takes what is not gathered from earlier entries of the same scenario.
    ///
    /// # Errors
    ///
    /// Itself, if what is held fixed in the comparisons is not the same in both.
    pub fn or(mut self, earlier: &Self) -> Result<Self, Self> {
        if self.aligned != earlier.aligned || self.several != earlier.several {
            return Err(self);
        }
        for (id, entered) in &earlier.entered {
            if !self.entered.contains_key(id) {
                self.entered.insert(id.clone(), entered.clone());
            }
        }
        Ok(self)
    }

    /// Returns what enters each comparison from everywhere, then for ever nothing.
    pub(super) fn united(self) -> impl Iterator<Item = Entered> {
        let mut all: Vec<Entered> = Vec::new();
        for own in self.entered.into_values() {
            if all.is_empty() {
                all = own;
                continue;
            }
            for (one, more) in all.iter_mut().zip(own) {
                one.join(more);
            }
        }
        all.into_iter()
            .chain(std::iter::repeat_with(Entered::default))
    }
}

impl Entered {
    fn join(&mut self, more: Self) {
        for (fixed, mut participants) in more.sets {
            self.sets
                .entry(fixed)
                .or_default()
                .append(&mut participants);
        }
        for (fixed, ticks) in more.series {
            self.series.entry(fixed).or_default().join(ticks);
        }
        if self.union.is_none() {
            self.union = more.union;
        }
    }
}

/// One registry that enters.
struct Entering<'r> {
    question: &'r Question<'r>,
    observed: &'r Observed<'r>,
    scenario: &'r Scenario,
    registry: &'r Registry,
    /// The comparisons that it takes part in, by place.
    chosen: Vec<Option<&'r Comparison>>,
    /// Places of the values of aligned axes.
    order: BTreeMap<&'r str, HashMap<&'r str, usize>>,
}

impl Entering<'_> {
    /// Adds one case; of a vantage also whether it is told apart by that.
    fn add(
        &self,
        entered: &mut [Entered],
        instance: &Instance,
        label: &BTreeMap<String, String>,
        (vantage, told_apart): (&str, Option<&str>),
    ) {
        let Self {
            question,
            observed,
            scenario,
            registry,
            ..
        } = self;
        let mut case = Case::new(scenario, registry, instance, vantage, observed, question);
        let mut fixed = label.clone();
        for (axis, own) in &self.order {
            if let Some(value) = fixed.get_mut(*axis) {
                let place = own.get(value.as_str()).copied().unwrap_or_default();
                *value = format!("#{place}");
            }
        }
        if let Some(vantage) = told_apart {
            fixed.insert("vantage".to_owned(), vantage.to_owned());
        }
        for (comparison, entered) in self.chosen.iter().zip(entered) {
            let Some(comparison) = comparison else {
                continue;
            };
            if let (CompareRule::UnionCovers { set }, None) = (&comparison.rule, &entered.union) {
                entered.union = case.fill(set).value.ok().as_ref().map(Members::of);
            }
            let own = match comparison.across {
                Some(_) => label.clone(),
                None => fixed.clone(),
            };
            match &comparison.over_time {
                Some(over) => {
                    over_time::add(&mut entered.series, comparison, over, &mut case, &own);
                }
                None => participants::add(&mut entered.sets, comparison, &case, own),
            }
        }
    }
}
