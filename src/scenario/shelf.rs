//! What scenarios are checked against: catalogue, clauses, agreements, registries.

use std::collections::{BTreeMap, BTreeSet};

use super::suite::{Agreement, Catalog, Clauses};
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
    /// Ids of catalogue entries, checks and comparisons that had mistakes: known, but nothing more is said of them.
    pub(super) broken: BTreeSet<String>,
    /// Names of samples that some registry or target declares.
    pub(super) samples: BTreeSet<String>,
    /// Registries, alphabetically.
    pub(super) registries: Vec<RegistryId>,
}
