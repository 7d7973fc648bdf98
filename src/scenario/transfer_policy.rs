//! What registries transfer to one another, by day: cells of a matrix, each with source and date.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::data::known_registries;
use super::decode::Decoder;
use super::fields::{Fields as _, first_key};
use super::keys::{Shape, Table, may, must};
use super::suite::Suite;
use crate::registry::RegistryId;
use crate::verdict::results::Place;
use crate::yaml::Node;

/// Kinds of resources.
const RESOURCES: &[&str] = &["ipv4", "ipv6", "asn"];

/// Types of transfers, as logs write them.
const TYPES: &[&str] = &["RESOURCE_TRANSFER", "MERGER_ACQUISITION"];

/// Keys of a transfer policy.
pub(super) const TRANSFER_POLICY: Table = Table {
    name: "transfer policy",
    about: "Which resources registries transfer to one another, since when and until when.",
    keys: &[
        must("transfer_policy", Shape::Name, "its id"),
        must("title", Shape::Text, "what it says"),
        may(
            "target",
            Shape::Name,
            "the target that it holds for; default: production, all targets of kind `live`",
        ),
        must(
            "cells",
            Shape::List(&Shape::Record(&CELL)),
            "what is known; nothing is known of pairs, resources and days that are left out",
        ),
    ],
};

/// Keys of a cell.
const CELL: Table = Table {
    name: "cell of a transfer policy",
    about: "Whether some registries transfer some resources to others.",
    keys: &[
        must(
            "from",
            Shape::OneOrMany(&Shape::Registry),
            "registries that resources leave",
        ),
        must(
            "to",
            Shape::OneOrMany(&Shape::Registry),
            "registries that they come to; a registry in both is not paired with itself",
        ),
        must(
            "resources",
            Shape::Words(RESOURCES),
            "the kinds of resources",
        ),
        may(
            "types",
            Shape::Words(TYPES),
            "types of transfers, as logs write them; default RESOURCE_TRANSFER",
        ),
        must("allowed", Shape::Flag, "whether they are transferred"),
        may(
            "since",
            Shape::Date,
            "the first day on which it is so; default always",
        ),
        may(
            "until",
            Shape::Date,
            "the first day on which it is so no more; default still",
        ),
        must("source", Shape::Text, "document, page or file that says it"),
        must("read", Shape::Date, "the day the source was read"),
        may("url", Shape::Url, "where it can be read"),
        may("note", Shape::Text, "what a reader should know"),
    ],
};

/// What registries of some target transfer to one another.
#[derive(Clone, Debug)]
pub struct TransferPolicy {
    /// Its id.
    pub id: String,
    /// What it says.
    pub title: String,
    /// The target it holds for; `None` for production, all live ones.
    pub target: Option<String>,
    /// What is known, in the order of the file; no two cells speak of the same day.
    pub cells: Vec<PolicyCell>,
    /// Where it is written.
    pub place: Place,
}

/// Whether some registries transfer some resources to others.
#[derive(Clone, Debug)]
pub struct PolicyCell {
    /// Registries that resources leave.
    pub from: Vec<RegistryId>,
    /// Registries that they come to.
    pub to: Vec<RegistryId>,
    /// Kinds of resources: `ipv4`, `ipv6`, `asn`.
    pub resources: Vec<String>,
    /// Types of transfers, as logs write them.
    pub types: Vec<String>,
    /// Whether they are transferred.
    pub allowed: bool,
    /// The first day on which it is so; `None` for always.
    pub since: Option<Date>,
    /// The first day on which it is so no more; `None` for still.
    pub until: Option<Date>,
    /// What says it.
    pub source: String,
    /// The day the source was read.
    pub read: Date,
    /// Where it can be read; empty if not known.
    pub url: String,
    /// What a reader should know; empty for nothing.
    pub note: String,
    /// Where it is written.
    pub place: Place,
}

/// Reads a transfer policy whose shape was checked.
pub(super) fn decode(
    decoder: Decoder<'_>,
    node: &Node,
    registries: &[RegistryId],
    targets: &[&str],
) -> Option<TransferPolicy> {
    let target = node.text_at("target");
    if let (Some(target), Some(at)) = (target, node.at("target"))
        && !targets.contains(&target)
    {
        decoder.unknown(at.span, "target", target, targets);
    }
    let mut cells: Vec<PolicyCell> = Vec::new();
    for item in node.nodes_at("cells") {
        let Some(cell) = cell(decoder, item, registries) else {
            continue;
        };
        check_twice(decoder, item, &cell, &cells);
        cells.push(cell);
    }
    Some(TransferPolicy {
        id: node.text_at("transfer_policy")?.to_owned(),
        title: node.string_at("title"),
        target: target.map(str::to_owned),
        cells,
        place: decoder.place(first_key(node)),
    })
}

fn cell(decoder: Decoder<'_>, node: &Node, registries: &[RegistryId]) -> Option<PolicyCell> {
    let known = |key: &str| Some(known_registries(decoder, node.at(key)?, registries));
    let (since, until) = (node.date_at("since"), node.date_at("until"));
    if let (Some(first), Some(last), Some(at)) = (since, until, node.at("until"))
        && first >= last
    {
        let message = format!("this ends on {last} and begins on {first}; expected a later day");
        decoder.error(at.span, message);
        return None;
    }
    let mut types = node.texts_at("types");
    if types.is_empty() {
        types.extend(TYPES.first().map(|word| (*word).to_owned()));
    }
    let cell = PolicyCell {
        from: known("from")?,
        to: known("to")?,
        resources: node.texts_at("resources"),
        types,
        allowed: node.flag_at("allowed")?,
        since,
        until,
        source: node.string_at("source"),
        read: node.date_at("read")?,
        url: node.string_at("url"),
        note: node.string_at("note"),
        place: decoder.place(first_key(node)),
    };
    if cell.pairs().next().is_none() && !cell.from.is_empty() && !cell.to.is_empty() {
        let message = "no two registries are named here; expected another one in `to`";
        decoder.error(first_key(node), message);
        return None;
    }
    Some(cell)
}

/// Reports two cells that speak of the same day.
fn check_twice(decoder: Decoder<'_>, node: &Node, cell: &PolicyCell, others: &[PolicyCell]) {
    let common = |a: &[String], b: &[String]| a.iter().find(|word| b.contains(word)).cloned();
    for other in others {
        let days = cell.since.max(other.since);
        let ends = [cell.until, other.until].into_iter().flatten().min();
        if ends.is_some_and(|end| days.is_some_and(|begin| begin >= end)) {
            continue;
        }
        let pair = cell
            .pairs()
            .find(|pair| other.pairs().any(|other| other == *pair));
        let resource = common(&cell.resources, &other.resources);
        let kind = common(&cell.types, &other.types);
        if let (Some((from, to)), Some(resource), Some(_)) = (pair, resource, kind) {
            let when = days.map_or_else(String::new, |day| format!(" on {day}"));
            let line = other.place.line;
            decoder.error(
                first_key(node),
                format!(
                    "{resource} from `{from}` to `{to}`{when} is spoken of twice; the other cell is in line {line}"
                ),
            );
            return;
        }
    }
}

/// Reports a policy about the target of one with an earlier id.
pub(super) fn check_targets(
    decoder: Decoder<'_>,
    node: &Node,
    all: &BTreeMap<String, TransferPolicy>,
) {
    let Some(own) = node.text_at("transfer_policy").and_then(|id| all.get(id)) else {
        return;
    };
    let same = |other: &&TransferPolicy| other.target == own.target && other.id < own.id;
    if let Some(other) = all.values().find(same) {
        let message = format!(
            "`{}` is about the same target; expected one policy for each",
            other.id
        );
        decoder.error(first_key(node), message);
    }
}

impl PolicyCell {
    /// Iterates over the pairs of registries, source first.
    pub fn pairs(&self) -> impl Iterator<Item = (&RegistryId, &RegistryId)> {
        let to = &self.to;
        let all = self
            .from
            .iter()
            .flat_map(move |from| to.iter().map(move |to| (from, to)));
        all.filter(|(from, to)| from != to)
    }
}

impl Suite {
    /// Returns what registries of a target transfer to one another: the policy for the target itself,
    /// else, for live ones, that of production; `None` if nothing is known.
    pub fn transfer_policy(&self, target: &str, is_live: bool) -> Option<&TransferPolicy> {
        let of = |wanted: Option<&str>| {
            let mut all = self.transfer_policies.values();
            all.find(|policy| policy.target.as_deref() == wanted)
        };
        of(Some(target)).or_else(|| is_live.then(|| of(None)).flatten())
    }
}

impl TransferPolicy {
    /// Returns `run.transfer_policy` of expressions: periods by source, recipient and kind of resource.
    pub fn to_json(&self) -> Value {
        type ByResource = BTreeMap<String, Vec<Value>>;
        let mut all: BTreeMap<&str, BTreeMap<&str, ByResource>> = BTreeMap::new();
        for cell in &self.cells {
            let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
            let period = json!({
                "types": cell.types,
                "allowed": cell.allowed,
                "since": day(cell.since),
                "until": day(cell.until),
                "source": cell.source,
                "read": cell.read.to_string(),
            });
            for (from, to) in cell.pairs() {
                let of_pair = all.entry(from.as_str()).or_default();
                let of_pair = of_pair.entry(to.as_str()).or_default();
                for resource in &cell.resources {
                    let periods = of_pair.entry(resource.clone()).or_default();
                    periods.push(period.clone());
                }
            }
        }
        json!(all)
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::{Reading, SuiteFile, read};

    fn reading(cells: &str) -> Reading {
        let policy = format!("transfer_policy: p\ntitle: P\ncells:\n{cells}");
        let own = "transfer_policy: q\ntitle: Q\ntarget: mock\ncells: []\n";
        let files = [
            ("suite.yaml", "release: \"0.1\"\n"),
            ("registries/apnic.yaml", "registry: apnic\nname: APNIC\n"),
            ("registries/arin.yaml", "registry: arin\nname: ARIN\n"),
            ("targets/mock.yaml", "target: mock\nkind: mock\n"),
            ("transfer-policy/p.yaml", policy.as_str()),
            ("transfer-policy/q.yaml", own),
        ];
        let files: Vec<SuiteFile> = files
            .iter()
            .map(|(path, text)| SuiteFile::new(path, path, text))
            .collect();
        read(&files)
    }

    const SAID: &str = "resources: ipv4, source: a page, read: 2026-11-29";

    #[test]
    fn cells_are_read_by_pair_and_resource() {
        let reading = reading(&format!(
            "  - {{ from: [apnic, arin], to: [apnic, arin], allowed: false, until: 2012-07-31, {SAID} }}\n  - {{ from: apnic, to: arin, allowed: true, since: 2012-07-31, {SAID} }}\n"
        ));
        assert!(reading.errors.is_empty(), "{:#?}", reading.errors);
        let policy = reading.suite.transfer_policy("production", true).unwrap();
        let json = policy.to_json();
        let periods = json.pointer("/apnic/arin/ipv4").unwrap();
        assert_eq!(periods.as_array().unwrap().len(), 2);
        assert_eq!(periods[0]["until"], "2012-07-31");
        assert_eq!(periods[1]["allowed"], true);
        assert_eq!(periods[1]["types"][0], "RESOURCE_TRANSFER");
        assert_eq!(json.pointer("/arin/apnic/ipv4/1"), None);
        assert_eq!(json.pointer("/arin/arin"), None);
        let of = |target, is_live| {
            let policy = reading.suite.transfer_policy(target, is_live);
            policy.map(|policy| policy.id.as_str())
        };
        assert_eq!(of("mock", false), Some("q"));
        assert_eq!(of("staging", false), None);
    }

    #[test]
    fn what_contradicts_itself_is_told() {
        let told = |cells: &str, words: &str| {
            let errors = reading(cells).errors;
            let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
            assert!(
                all.len() == 1 && all[0].contains(words),
                "{words}: {all:#?}"
            );
        };
        let cell = |rest: &str| format!("  - {{ {rest}, {SAID} }}\n");
        let open = cell("from: apnic, to: arin, allowed: true, since: 2012-07-31");
        told(
            &(open.clone() + &cell("from: apnic, to: [apnic, arin], allowed: false")),
            "ipv4 from `apnic` to `arin` on 2012-07-31 is spoken of twice; the other cell is in line 4",
        );
        told(
            &cell("from: apnic, to: apnic, allowed: true"),
            "no two registries are named here",
        );
        told(
            &cell("from: apnic, to: arin, allowed: true, since: 2012-07-31, until: 2012-07-31"),
            "this ends on 2012-07-31 and begins on 2012-07-31; expected a later day",
        );
        told(&cell("from: apnic, to: nowhere, allowed: true"), "nowhere");
    }
}
