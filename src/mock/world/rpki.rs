//! The RPKI of the world: a plan for each registry that has one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::model::Parts;
use super::{NodeEdit, World};
use crate::mock::decode::Decoder;
use crate::mock::fault::{Change, Fault};
use crate::mock::files::{Merges, Written};
use crate::mock::rpki::{Agreement, Cache, KEYS, Plan, Resources, Spoil, Surroundings, read_plan};
use crate::yaml::Node;

/// Plans as they are rendered, by registry.
pub(super) type Plans = BTreeMap<String, Arc<Plan>>;

impl World {
    /// Iterates over the plans of all registries that have an RPKI, in alphabetical order of ids.
    pub fn rpki_plans(&self) -> impl Iterator<Item = &Arc<Plan>> {
        self.plans.values()
    }

    /// Returns the plan of a registry; `None` for one without RPKI.
    pub fn rpki_plan(&self, registry: &str) -> Option<&Arc<Plan>> {
        self.plans.get(registry)
    }

    /// Returns what was rendered so far.
    pub(in crate::mock) fn rpki_cache(&self) -> &Cache {
        &self.cache
    }

    /// Returns what was merged so far.
    pub(in crate::mock) fn merges(&self) -> &Merges {
        &self.merges
    }

    /// Returns the statistics that were written so far.
    pub(in crate::mock) fn statistics_written(&self) -> &Written {
        &self.parts.statistics
    }
}

/// Reads the plans of all registries and gives every registry the hosts of its plan.
pub(super) fn read(d: &Decoder, tree: &Node, parts: &mut Parts) {
    let registries = tree.get("registries").map_or(&[][..], |n| d.entries(n));
    let agreement = Agreement::read(d, tree, KEYS);
    let special = Resources::of(parts.special.iter().map(|special| special.block));
    let with = registries
        .iter()
        .filter_map(|e| Some((&e.key, e.value.get("rpki")?)));
    for (number, (id, node)) in with.enumerate() {
        let Some(operator) = parts.operators.get(id) else {
            continue;
        };
        let world = Surroundings {
            operators: &parts.operators,
            transfers: &parts.transfers,
            pending: &parts.pending,
            special: &special,
            agreement: agreement.as_ref(),
            operator,
            number,
        };
        let Some(plan) = read_plan(d, node, &world) else {
            continue;
        };
        let mut hosts: Vec<String> = plan.hosts().map(str::to_owned).collect();
        hosts.sort();
        hosts.dedup();
        if let Some(operator) = parts.operators.get_mut(id) {
            operator.rpki = hosts;
        }
        parts.rpki.insert(id.clone(), Arc::new(plan));
    }
}

/// Keeps the plans of an earlier reading: a fault of the registration data is none of certification.
pub(super) fn keep(earlier: &Parts, parts: &mut Parts) {
    for (id, plan) in &earlier.rpki {
        if let (Some(old), Some(new)) = (earlier.operators.get(id), parts.operators.get_mut(id)) {
            new.rpki.clone_from(&old.rpki);
            parts.rpki.insert(id.clone(), Arc::clone(plan));
        }
    }
}

/// Says whether an edit of the world file is one of what it says of the RPKI.
pub(super) fn touches(edit: &NodeEdit) -> bool {
    // A step of a rehearsal is named by the path that it sets.
    edit.path()
        .split('/')
        .flat_map(|part| part.split("~1"))
        .any(|part| part == "rpki")
}

/// Returns the plans with what the faults spoil; those of others are shared.
///
/// # Errors
///
/// Says what a fault names that is not there.
pub(super) fn spoiled(parts: &Parts, faults: &[Arc<Fault>]) -> Result<Plans, String> {
    let mut plans = parts.rpki.clone();
    for fault in faults {
        for change in &fault.changes {
            if !is_certified(change) {
                continue;
            }
            let plan = plans
                .get_mut(&fault.registry)
                .ok_or_else(|| format!("`{}` has no RPKI", fault.registry))?;
            let plan = Arc::make_mut(plan);
            if let Change::Rpki(spoil) = change {
                check(plan, spoil)?;
                plan.restructure(spoil);
                let spoils = match fault.begins_now {
                    true => &mut plan.sudden,
                    false => &mut plan.spoils,
                };
                spoils.push(spoil.clone());
            }
            if let Change::Rrdp { repository, act } = change {
                has_repository(plan, repository)?;
                plan.feeds.push((repository.clone(), act.clone()));
            }
            if let Change::Rsync { repository, spoil } = change {
                has_repository(plan, repository)?;
                plan.modules.push((repository.clone(), spoil.clone()));
            }
        }
    }
    Ok(plans)
}

/// Says whether a change is one of what is certified, and of nothing that is registered.
pub(super) fn is_certified(change: &Change) -> bool {
    matches!(
        change,
        Change::Rpki(_) | Change::Rrdp { .. } | Change::Rsync { .. }
    )
}

/// Checks that there is a repository.
fn has_repository(plan: &Plan, name: &str) -> Result<(), String> {
    match plan.repositories.iter().any(|r| r.name == name) {
        true => Ok(()),
        false => Err(format!("there is no repository `{name}`")),
    }
}

/// Checks that an authority publishes the object.
fn check(plan: &Plan, spoil: &Spoil) -> Result<(), String> {
    let Spoil {
        authority, object, ..
    } = spoil;
    let found = plan.publisher(authority);
    let its = found.ok_or_else(|| format!("there is no authority `{authority}`"))?;
    let products = its.products.iter().map(|p| &p.label);
    let mut labels = products.chain(its.below.iter().map(|b| &b.name));
    let always = matches!(object.as_str(), "manifest" | "crl")
        || (object == authority && matches!(object.as_str(), "anchor" | "successor"));
    if always || labels.any(|label| label == object) {
        Ok(())
    } else {
        Err(format!("`{authority}` publishes no `{object}`"))
    }
}
