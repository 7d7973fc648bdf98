//! Checklists, and what documents say about their rows: attestations, each with source and day.

use std::collections::BTreeMap;

use super::decode::Decoder;
use super::fields::{Fields as _, first_key};
use super::files::SuiteFile;
use super::keys::{Shape, Table, may, must};
use super::known::Known;
use super::suite::{Attestations, Checklist, ChecklistLine};
use crate::registry::RegistryId;
use crate::verdict::ClaimState;
use crate::verdict::checklist::Claim;
use crate::yaml::{Entry, Node};

/// States of a feature.
const STATES: &[&str] = &["yes", "no", "test-only", "planned", "partial", "unknown"];

/// Keys of a checklist.
pub(super) const CHECKLIST: Table = Table {
    name: "checklist",
    about: "Rows that are shown for every registry: what documents say beside what a run measured.",
    keys: &[
        must("checklist", Shape::Name, "its id"),
        must("title", Shape::Text, "what it lists"),
        may(
            "note",
            Shape::Text,
            "where the rows come from, and what a reader must know",
        ),
        must("rows", Shape::List(&Shape::Record(&ROW)), "the rows"),
    ],
};

/// Keys of a row.
const ROW: Table = Table {
    name: "row of a checklist",
    about: "One thing that is attested, measured or both.",
    keys: &[
        must(
            "row",
            Shape::Text,
            "its id within the checklist, such as `F04`",
        ),
        must(
            "key",
            Shape::Identifier,
            "its name in attestations and expressions: `registry.attested['rpki-features'].tak`",
        ),
        must("title", Shape::Text, "what it is about"),
        may(
            "class",
            Shape::Text,
            "the group it belongs to, such as `core`",
        ),
        may(
            "shows",
            Shape::MapOf(&Shape::CheckId),
            "parameters whose values are shown as measured: words for it, and the id of a comparison",
        ),
        may(
            "counts",
            Shape::OneOrMany(&Shape::Glob),
            "ids of checks and rules, with `*` and `**`, that are counted as measured",
        ),
        may(
            "document",
            Shape::CheckId,
            "the check that looks whether the document still says what is attested",
        ),
    ],
};

/// Keys of a file of attestations.
pub(super) const ATTESTATIONS: Table = Table {
    name: "attestations",
    about: "What documents say about one registry on the rows of one checklist. Words, never evidence of behavior.",
    keys: &[
        must("attestations", Shape::Name, "the checklist"),
        must("registry", Shape::Registry, "the registry"),
        may(
            "target",
            Shape::Name,
            "the target that they are about; default: production, all targets of kind `live`",
        ),
        must(
            "claims",
            Shape::NamesOf(&Shape::Record(&CLAIM)),
            "what is said, by the keys of the checklist's rows; nothing is known of a row that is left out",
        ),
    ],
};

/// Keys of a claim.
const CLAIM: Table = Table {
    name: "claim",
    about: "What a document says about one row.",
    keys: &[
        must(
            "state",
            Shape::Word(STATES),
            "what is said; `unknown` where the source does not say",
        ),
        must("read", Shape::Date, "the day the source was read"),
        must("source", Shape::Text, "document, page or file that says it"),
        may("dated", Shape::Date, "the day of the source itself"),
        may(
            "url",
            Shape::Url,
            "where it can be read, asked for by scenarios; absent if its address is not known",
        ),
        may(
            "says",
            Shape::Text,
            "words that stand on that page, which scenarios look for",
        ),
        may("since", Shape::Text, "since when it is so"),
        may("planned", Shape::Text, "for when it is planned"),
        may("note", Shape::Text, "what a reader should know"),
    ],
};

/// Reads a checklist whose shape was checked.
pub(super) fn checklist(decoder: Decoder<'_>, node: &Node) -> Option<Checklist> {
    let mut rows: Vec<ChecklistLine> = Vec::new();
    for item in node.nodes_at("rows") {
        let (Some(id), Some(key)) = (item.text_at("row"), item.text_at("key")) else {
            continue;
        };
        for (what, at, known) in [
            ("row", "row", rows.iter().any(|r| r.id == id)),
            ("key", "key", rows.iter().any(|r| r.key == key)),
        ] {
            if known {
                let span = item.at(at).map_or(item.span, |n| n.span);
                let word = item.string_at(at);
                decoder.error(span, format!("{what} `{word}` stands here twice"));
            }
        }
        let shows = item.at("shows").and_then(Node::entries).unwrap_or_default();
        rows.push(ChecklistLine {
            id: id.to_owned(),
            key: key.to_owned(),
            title: item.string_at("title"),
            class: item.string_at("class"),
            shows: shows
                .iter()
                .filter_map(|e| Some((e.key.clone(), e.value.text()?.to_owned())))
                .collect(),
            counts: item.texts_at("counts"),
            document: item.string_at("document"),
        });
    }
    Some(Checklist {
        id: node.text_at("checklist")?.to_owned(),
        title: node.string_at("title"),
        note: node.string_at("note"),
        rows,
        place: decoder.place(first_key(node)),
    })
}

/// Reports what a checklist names and no scenario has.
pub(super) fn check_ids(decoder: Decoder<'_>, node: &Node, known: &Known) {
    for item in node.nodes_at("rows") {
        let shows = item.at("shows").and_then(Node::entries).unwrap_or_default();
        let ids = shows.iter().map(|e| &e.value);
        for id in ids
            .chain(item.nodes_at("counts"))
            .chain(item.at("document"))
        {
            if let Some(text) = id.text().filter(|text| !known.is_matched(text)) {
                known.unmatched(decoder, id.span, text);
            }
        }
    }
}

/// Reads a file of attestations whose shape was checked.
pub(super) fn attestations(
    decoder: Decoder<'_>,
    node: &Node,
    file: &SuiteFile,
    checklists: &BTreeMap<String, Checklist>,
    registries: &[RegistryId],
    targets: &[&str],
) -> Option<Attestations> {
    let (named, registry) = (node.at("attestations")?, node.at("registry")?);
    let checklist = named.text()?;
    let id = super::data::known_registry(decoder, registry.span, registry.text()?, registries)?;
    let target = node.text_at("target");
    if let (Some(target), Some(at)) = (target, node.at("target"))
        && !targets.contains(&target)
    {
        decoder.unknown(at.span, "target", target, targets);
    }
    let Some(rows) = checklists.get(checklist) else {
        let known: Vec<&str> = checklists.keys().map(String::as_str).collect();
        decoder.unknown(named.span, "checklist", checklist, &known);
        return None;
    };
    let folder = target.map_or_else(String::new, |t| format!("{t}/"));
    let path = format!("attestations/{id}/{folder}{checklist}.yaml");
    if file.path != path {
        let message = format!("attestations stand in a file with another name; expected `{path}`");
        decoder.error(first_key(node), message);
    }
    let keys: Vec<&str> = rows.rows.iter().map(|r| r.key.as_str()).collect();
    let given = node
        .at("claims")
        .and_then(Node::entries)
        .unwrap_or_default();
    let mut claims = BTreeMap::new();
    for entry in given {
        if !keys.contains(&entry.key.as_str()) {
            decoder.unknown(entry.key_span, "row", &entry.key, &keys);
        } else if let Some(claim) = claim(decoder, entry) {
            claims.insert(entry.key.clone(), claim);
        }
    }
    Some(Attestations {
        checklist: checklist.to_owned(),
        registry: id.clone(),
        target: target.map(str::to_owned),
        claims,
        place: decoder.place(first_key(node)),
    })
}

fn claim(decoder: Decoder<'_>, entry: &Entry) -> Option<Claim> {
    let node = &entry.value;
    let state: ClaimState = node.word_at("state")?;
    let read = node.date_at("read")?;
    let may_be_planned = matches!(
        state,
        ClaimState::Planned | ClaimState::TestOnly | ClaimState::Partial | ClaimState::No
    );
    match node.at("planned") {
        Some(planned) if !may_be_planned => decoder.error(
            planned.span,
            format!("what is `{state}` is not planned; expected `since`, or another state"),
        ),
        None if state == ClaimState::Planned => decoder.missing(
            node,
            "claim of what is planned",
            "planned",
            "for when it is planned, or `not said`",
        ),
        Some(_) | None => {}
    }
    if let (Some(says), None) = (node.at("says"), node.at("url")) {
        let message = "words of a page without its address; expected `url` beside `says`";
        decoder.error(says.span, message);
    }
    let dated = node.date_at("dated");
    if let (Some(at), true) = (node.at("dated"), dated.is_some_and(|dated| dated > read)) {
        let message = format!("the source is of a day after {read}, when it was read");
        decoder.error(at.span, message);
    }
    Some(Claim {
        state,
        read,
        dated,
        source: node.string_at("source"),
        url: node.string_at("url"),
        says: node.string_at("says"),
        since: node.string_at("since"),
        planned: node.string_at("planned"),
        note: node.string_at("note"),
    })
}

/// Reports two files about the same.
pub(super) fn check_twice(
    decoder: Decoder<'_>,
    node: &Node,
    one: &Attestations,
    all: &[Attestations],
) {
    let same = |other: &&Attestations| {
        (&other.checklist, &other.registry, &other.target)
            == (&one.checklist, &one.registry, &one.target)
    };
    if let Some(other) = all.iter().find(same) {
        decoder.error(
            first_key(node),
            format!(
                "these attestations are given twice; the other ones are in {}",
                other.place.file
            ),
        );
    }
}

/// Members of a claim that expressions read, all of them texts.
pub(super) const MEMBERS: &[&str] = &[
    "state", "read", "dated", "source", "url", "says", "since", "planned", "note",
];

/// Returns what expressions read of a claim; of a row without one `unknown` and empty texts.
fn readable(claim: Option<&Claim>) -> serde_json::Value {
    let text = |of: fn(&Claim) -> String| claim.map_or_else(String::new, of);
    let state = claim.map_or(ClaimState::Unknown, |c| c.state);
    serde_json::json!({
        "state": state.as_str(),
        "read": text(|c| c.read.to_string()),
        "dated": text(|c| c.dated.map_or_else(String::new, |d| d.to_string())),
        "source": text(|c| c.source.clone()),
        "url": text(|c| c.url.clone()),
        "says": text(|c| c.says.clone()),
        "since": text(|c| c.since.clone()),
        "planned": text(|c| c.planned.clone()),
        "note": text(|c| c.note.clone()),
    })
}

impl super::suite::Suite {
    /// Returns what documents say of a registry on a checklist, as far as it is about a target:
    /// what is written for the target itself, else, for live ones, what is about production.
    pub fn claims(
        &self,
        checklist: &str,
        registry: &RegistryId,
        target: &str,
        is_live: bool,
    ) -> Option<&BTreeMap<String, Claim>> {
        let own = |a: &&Attestations| a.checklist == checklist && a.registry == *registry;
        let of = |wanted: Option<&str>| {
            let mut all = self.attestations.iter().filter(own);
            all.find(|a| a.target.as_deref() == wanted)
        };
        let found = of(Some(target)).or_else(|| is_live.then(|| of(None)).flatten());
        found.map(|a| &a.claims)
    }

    /// Returns `registry.attested` of expressions: claims by checklist and key, for every row.
    pub fn attested(
        &self,
        registry: &RegistryId,
        target: &str,
        is_live: bool,
    ) -> serde_json::Value {
        let all = self.checklists.values().map(|list| {
            let claims = self.claims(&list.id, registry, target, is_live);
            let rows = list.rows.iter().map(|row| {
                let claim = claims.and_then(|c| c.get(&row.key));
                (row.key.clone(), readable(claim))
            });
            (list.id.clone(), serde_json::Value::Object(rows.collect()))
        });
        serde_json::Value::Object(all.collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::registry::RegistryId;
    use crate::scenario::suite::Suite;
    use crate::scenario::{SuiteFile, read};
    use crate::verdict::ClaimState;

    const LIST: &str = "checklist: list\ntitle: A list\nrows:\n  - { row: F01, key: hosted, title: Hosted }\n  - { row: F02, key: tak, title: TAK }\n";

    fn suite() -> Suite {
        let registry = "registry: apnic\nname: APNIC\n";
        let said = |target: &str, state: &str| {
            format!(
                "attestations: list\nregistry: apnic\n{target}claims:\n  hosted: {{ state: \"{state}\", read: 2026-11-01, source: a page }}\n"
            )
        };
        let (general, own) = (said("", "yes"), said("target: mock\n", "no"));
        let files = [
            ("suite.yaml", "release: \"0.1\"\n"),
            ("registries/apnic.yaml", registry),
            ("targets/mock.yaml", "target: mock\nkind: mock\n"),
            ("checklists/list.yaml", LIST),
            ("attestations/apnic/list.yaml", general.as_str()),
            ("attestations/apnic/mock/list.yaml", own.as_str()),
        ]
        .map(|(path, text)| SuiteFile::new(path, path, text));
        let reading = read(&files);
        assert_eq!(reading.errors.render(false), "");
        reading.suite
    }

    #[test]
    fn claims_are_about_one_target_or_about_production() {
        let suite = suite();
        let apnic = RegistryId::parse("apnic").unwrap();
        let state = |target: &str, is_live: bool| {
            let claims = suite.claims("list", &apnic, target, is_live)?;
            claims.get("hosted").map(|c| c.state)
        };
        assert_eq!(state("mock", false), Some(ClaimState::No));
        assert_eq!(state("live", true), Some(ClaimState::Yes));
        // What is said of production is not said of a release candidate.
        assert_eq!(state("staging", false), None);
    }

    #[test]
    fn expressions_read_unknown_where_nobody_was_read() {
        let suite = suite();
        let apnic = RegistryId::parse("apnic").unwrap();
        let attested = suite.attested(&apnic, "mock", false);
        let at = |pointer: &str| attested.pointer(pointer).and_then(|v| v.as_str());
        assert_eq!(at("/list/hosted/state"), Some("no"));
        assert_eq!(at("/list/hosted/read"), Some("2026-11-01"));
        assert_eq!(at("/list/tak/state"), Some("unknown"));
        assert_eq!(at("/list/tak/url"), Some(""));
    }
}
