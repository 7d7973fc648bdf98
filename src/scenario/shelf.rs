//! What scenarios are checked against: catalogue, clauses, agreements, registries.

use std::collections::{BTreeMap, BTreeSet};

use super::glob;
use super::suite::{Agreement, Catalog, Checklist, Clauses};
use crate::registry::RegistryId;

/// Data that was read before any scenario.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// Ids of the reference catalogues.
    pub(super) catalog: Catalog,
    /// Documents and sections.
    pub(super) clauses: Clauses,
    /// Agreements by id.
    pub(super) agreements: BTreeMap<String, Agreement>,
    /// Whether every file of catalogue, clauses and agreements could be parsed; if not, unknown ids may be known.
    pub(super) whole: bool,
    /// Ids of catalogue entries that had mistakes.
    pub(super) broken: Broken,
    /// Names of samples that some registry or target declares.
    pub(super) samples: BTreeSet<String>,
    /// Checklists by id.
    pub(super) checklists: BTreeMap<String, Checklist>,
    /// Registries, alphabetically.
    pub(super) registries: Vec<RegistryId>,
}

/// Ids that are written with mistakes: they are known, and nothing more is said of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Broken {
    /// The ids.
    pub(super) ids: BTreeSet<String>,
    /// Whether there may be others, in what could not be read at all.
    pub(super) others: bool,
}

impl Broken {
    /// Says whether some of them may match a pattern.
    pub(super) fn matches(&self, pattern: &str) -> bool {
        self.others || self.ids.iter().any(|id| glob::matches(pattern, id))
    }
}
