//! What every plane needs to know, and how facts are read.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Subject;
use super::table::Cell;
use crate::fact::{Facts, Observation, Skipped, Value};
use crate::registry::{PerRegistry, RegistryId};
use crate::resource::{AddressSet, AsnSet, Resources};

/// What is known of a registry before anybody is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Its display name.
    pub name: String,
    /// Its RDAP base URL, with final slash; empty if none is declared.
    pub rdap: String,
    /// Its whois host; empty if none is declared.
    pub whois: String,
    /// Its reverse zones, without final dot.
    pub zones: Vec<String>,
}

/// What is traced, and among whom.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) subject: &'a Subject,
    pub(super) resources: Resources,
    pub(super) known: &'a PerRegistry<Known>,
}

impl Context<'_> {
    /// Returns the display name of a registry.
    pub(super) fn name(&self, id: &RegistryId) -> String {
        let known = self.known.of(id.as_str());
        known.map_or_else(|| id.to_string(), |known| known.name.clone())
    }

    /// Returns the registry with an id; `None` if it has no part in this.
    pub(super) fn registry(&self, id: &str) -> Option<RegistryId> {
        self.known.ids().find(|known| known.as_str() == id).cloned()
    }

    /// Returns the registry that has a whois host.
    pub(super) fn of_whois(&self, host: &str) -> Option<RegistryId> {
        let mut all = self.known.iter();
        let found = all.find(|(_, known)| known.whois.eq_ignore_ascii_case(host))?;
        Some(found.0.clone())
    }

    /// Returns the common part of what is traced and of what is said.
    pub(super) fn part(&self, addresses: Option<&AddressSet>, asns: Option<&AsnSet>) -> Resources {
        let own = &self.resources;
        Resources {
            addresses: addresses
                .map(|set| own.addresses.intersect(set))
                .unwrap_or_default(),
            asns: asns.map(|set| own.asns.intersect(set)).unwrap_or_default(),
        }
    }

    /// Returns one cell for each registry.
    pub(super) fn each(
        &self,
        mut cell: impl FnMut(&RegistryId) -> Cell,
    ) -> BTreeMap<RegistryId, Cell> {
        let ids = self.known.ids();
        ids.map(|id| (id.clone(), cell(id))).collect()
    }

    /// Says of what it is, where that is not all.
    pub(super) fn partly(&self, part: &Resources) -> String {
        match part.covers(&self.resources) {
            true => String::new(),
            false => format!(" (of {part})"),
        }
    }
}

/// Returns the cell of an observation without an answer; `None` if there is one.
pub(super) fn unseen(observation: &Observation) -> Option<Cell> {
    if let Some(failure) = &observation.failure {
        let why = format!("{}: {}", failure.kind, failure.detail);
        let cell = Cell::unseen(short(failure.kind.as_str()), why);
        return Some(Cell {
            asked: Some(observation.at),
            ..cell
        });
    }
    match &observation.skipped {
        Some(
            Skipped::NotApplicable { reason }
            | Skipped::Skipped { reason }
            | Skipped::Error { reason },
        ) => Some(Cell::not_asked(reason)),
        None => None,
    }
}

/// Cuts a kind of failure to eight columns.
fn short(kind: &str) -> &str {
    kind.get(..8).unwrap_or(kind)
}

/// Returns the day of a time, UTC.
pub(super) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

pub(super) fn text<'f>(facts: &'f Facts, path: &str) -> Option<&'f str> {
    match facts.get(path) {
        Some(Value::Text(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

pub(super) fn count(facts: &Facts, path: &str) -> Option<i64> {
    match facts.get(path) {
        Some(Value::Count(count)) => Some(*count),
        _ => None,
    }
}

pub(super) fn flag(facts: &Facts, path: &str) -> Option<bool> {
    match facts.get(path) {
        Some(Value::Flag(flag)) => Some(*flag),
        _ => None,
    }
}

pub(super) fn time(facts: &Facts, path: &str) -> Option<Timestamp> {
    match facts.get(path) {
        Some(Value::Time(time)) => Some(*time),
        _ => None,
    }
}

pub(super) fn addresses<'f>(facts: &'f Facts, path: &str) -> Option<&'f AddressSet> {
    match facts.get(path) {
        Some(Value::Addresses(set)) => Some(set),
        _ => None,
    }
}

pub(super) fn asns<'f>(facts: &'f Facts, path: &str) -> Option<&'f AsnSet> {
    match facts.get(path) {
        Some(Value::Asns(set)) => Some(set),
        _ => None,
    }
}

pub(super) fn records<'f>(facts: &'f Facts, path: &str) -> &'f [Facts] {
    match facts.get(path) {
        Some(Value::Records(records)) => records,
        _ => &[],
    }
}

pub(super) fn texts(facts: &Facts, path: &str) -> Vec<String> {
    match facts.get(path) {
        Some(Value::Texts(texts)) => texts.iter().map(|text| text.to_string()).collect(),
        _ => Vec::new(),
    }
}

/// Returns the lines of a set of texts; none if it is absent or not at hand.
pub(super) fn lines<'f>(facts: &'f Facts, path: &str) -> Box<dyn Iterator<Item = &'f str> + 'f> {
    match facts.get(path) {
        Some(Value::Set(set)) => Box::new(set.iter()),
        _ => Box::new(std::iter::empty()),
    }
}
