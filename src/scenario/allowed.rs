//! Allow lists: numbers about which two sources disagree for good, each with a reason, a source and
//! a day on which somebody looks again.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value as Data, json};

use super::decode::Decoder;
use super::fields::{Fields as _, first_key};
use super::keys::{Shape, Table, must};
use crate::resource::{AddressSet, AsnSet};
use crate::verdict::results::Place;
use crate::yaml::Node;

/// What an entry explains, as written.
const KINDS: &[&str] = &["overlap", "missing", "beyond", "moved"];

/// Keys of an allow list.
pub(super) const ALLOWED: Table = Table {
    name: "allow list",
    about: "Numbers about which statistics, IANA and the registries disagree for good; expressions read them as `allowed`.",
    keys: &[
        must("allowed", Shape::Name, "its id"),
        must("title", Shape::Text, "what it lists"),
        must(
            "entries",
            Shape::List(&Shape::Record(&ENTRY)),
            "what is allowed, and why",
        ),
    ],
};

const ENTRY: Table = Table {
    name: "entry of an allow list",
    about: "Numbers with a lasting disagreement.",
    keys: &[
        must(
            "numbers",
            Shape::OneOrMany(&Shape::Text),
            "prefixes, ranges of addresses, or AS numbers such as `AS112`",
        ),
        must(
            "for",
            Shape::OneOrMany(&Shape::Word(KINDS)),
            "what is allowed: that two list them (`overlap`), that nobody does (`missing`), that they are listed and IANA gave them to no registry (`beyond`), that another registry lists them than the one IANA gave them to (`moved`)",
        ),
        must(
            "reason",
            Shape::Text,
            "why that is right, or cannot be helped",
        ),
        must("source", Shape::Text, "who says so"),
        must("since", Shape::Date, "since when"),
        must(
            "review",
            Shape::Date,
            "the day on which somebody looks again",
        ),
    ],
};

/// An allow list.
#[derive(Clone, Debug)]
pub struct Allowed {
    /// Its id.
    pub id: String,
    /// What it lists.
    pub title: String,
    /// Its entries in order.
    pub entries: Vec<AllowedEntry>,
    /// Where it is written.
    pub place: Place,
}

/// Numbers with a lasting disagreement.
#[derive(Clone, Debug)]
pub struct AllowedEntry {
    /// Its addresses.
    pub addresses: AddressSet,
    /// Its AS numbers.
    pub asns: AsnSet,
    /// What is allowed of them.
    pub kinds: Vec<String>,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub source: String,
    /// Since when.
    pub since: Date,
    /// The day on which somebody looks again.
    pub review: Date,
}

/// Reads an allow list whose shape was checked.
pub(super) fn decode(decoder: Decoder<'_>, node: &Node) -> Option<Allowed> {
    let entries = node.nodes_at("entries");
    Some(Allowed {
        id: node.text_at("allowed")?.to_owned(),
        title: node.string_at("title"),
        entries: entries
            .iter()
            .filter_map(|item| entry(decoder, item))
            .collect(),
        place: decoder.place(first_key(node)),
    })
}

fn entry(decoder: Decoder<'_>, node: &Node) -> Option<AllowedEntry> {
    let (mut addresses, mut asns): (Vec<AddressSet>, Vec<AsnSet>) = (Vec::new(), Vec::new());
    let written = node.at("numbers")?;
    for item in written.items().unwrap_or(std::slice::from_ref(written)) {
        let text = item.text()?;
        // A number alone is no address.
        if let Ok(more) = text.parse::<AddressSet>() {
            addresses.push(more);
        } else if let (true, Ok(more)) = (text.starts_with("AS"), text.parse::<AsnSet>()) {
            asns.push(more);
        } else {
            decoder.error(
                item.span,
                format!("`{text}` is neither addresses nor AS numbers; expected such as `192.0.2.0/24` or `AS112`"),
            );
        }
    }
    let (since, review) = (node.date_at("since")?, node.date_at("review")?);
    if review <= since
        && let Some(at) = node.at("review")
    {
        decoder.error(
            at.span,
            format!("`review` is not after `since`, which is {since}"),
        );
    }
    Some(AllowedEntry {
        addresses: addresses.into_iter().collect(),
        asns: asns.into_iter().collect(),
        kinds: node.texts_at("for"),
        reason: node.string_at("reason"),
        source: node.string_at("source"),
        since,
        review,
    })
}

/// Returns lists as expressions read them: the numbers by what is allowed of them, and all entries.
pub(super) fn data(lists: &BTreeMap<String, Allowed>) -> Data {
    let entries = || lists.values().flat_map(|list| &list.entries);
    let mut all = serde_json::Map::new();
    for kind in KINDS {
        let own = || entries().filter(|entry| entry.kinds.iter().any(|k| k == kind));
        let addresses: AddressSet = own().map(|entry| entry.addresses.clone()).collect();
        let asns: AsnSet = own().map(|entry| entry.asns.clone()).collect();
        let both = json!({"addresses": addresses, "asns": asns});
        all.insert((*kind).to_owned(), both);
    }
    let written = entries().map(|entry| {
        json!({
            "addresses": entry.addresses,
            "asns": entry.asns,
            "for": entry.kinds,
            "reason": entry.reason,
            "source": entry.source,
            "since": entry.since.to_string(),
            "review": format!("{}T00:00:00Z", entry.review),
        })
    });
    all.insert("entries".to_owned(), written.collect());
    Data::Object(all)
}

#[cfg(test)]
mod tests {
    use crate::scenario::{SuiteFile, read};

    fn list(entry: &str) -> String {
        format!("allowed: a\ntitle: T\nentries:\n  - {{ {entry} }}\n")
    }

    #[test]
    fn entries_are_read_by_what_is_allowed_of_them() {
        let entry = "numbers: [AS112, 192.0.2.0/24], for: [overlap, missing], reason: r, source: s, since: 2020-01-01, review: 2027-01-01";
        let file = SuiteFile::new("allowed/a.yaml", "allowed/a.yaml", &list(entry));
        let suite = read(&[file]).suite;
        let data = suite.allowed_data();
        assert_eq!(data["overlap"]["asns"], serde_json::json!(["AS112"]));
        assert_eq!(
            data["missing"]["addresses"],
            serde_json::json!(["192.0.2.0/24"])
        );
        assert_eq!(data["beyond"]["addresses"], serde_json::json!([]));
        assert_eq!(data["entries"][0]["review"], "2027-01-01T00:00:00Z");
    }

    #[test]
    fn every_mistake_has_its_place() {
        let entry = "numbers: [112, 192.0.2.1/24], for: everything, reason: r, source: s, since: 2020-01-01, review: 2019-01-01";
        let file = SuiteFile::new("allowed/a.yaml", "allowed/a.yaml", &list(entry));
        let errors = read(&[file]).errors;
        let own: Vec<String> = errors
            .0
            .iter()
            .map(ToString::to_string)
            .filter(|text| text.contains("allowed/a.yaml"))
            .collect();
        for part in [
            "`112` is neither addresses nor AS numbers",
            "`192.0.2.1/24` is neither",
            "`review` is not after `since`",
            "`everything`",
        ] {
            assert!(
                own.iter().any(|text| text.contains(part)),
                "{part}: {own:#?}"
            );
        }
    }
}
