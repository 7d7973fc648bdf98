//! Data that scenarios rest on: catalogue, clauses, agreements, policies, waivers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::basis::{LEVELS, OPERATORS};
use super::decode::Decoder;
use super::fields::{Fields as _, first_key, many};
use super::keys::{Shape, Table, may, must};
use super::suite::{
    Agreement, Document, DocumentStatus, Entry, Policy, Section, Tested, Waiver, WaiverMatch,
    WaiverScope,
};
use crate::registry::RegistryId;
use crate::verdict::{By, Level, Operator};
use crate::yaml::{Node, Span};

/// Keys of `suite.yaml`.
pub(super) const SUITE: Table = Table {
    name: "suite",
    about: "The suite of scenarios as a whole.",
    keys: &[
        must("release", Shape::Text, "the release that `since` refers to"),
        may(
            "extends",
            Shape::Text,
            "folder of a suite whose files count as this one's too, relative to this file's; its own stand where both have one",
        ),
    ],
};

/// Keys of a catalogue file.
pub(super) const CATALOG: Table = Table {
    name: "catalogue",
    about: "Ids of one area that the harness knows, tested or not.",
    keys: &[
        must("catalog", Shape::Id, "the area"),
        must("entries", Shape::List(&Shape::Record(&ENTRY)), "the ids"),
    ],
};

/// Keys of a catalogue entry.
pub(super) const ENTRY: Table = Table {
    name: "catalogue entry",
    about: "One id: what must hold, how much it matters, what it rests on, and what tests it.",
    keys: &[
        must("id", Shape::Id, "its id, never reused"),
        must("sentence", Shape::Text, "one sentence: what must hold"),
        may(
            "by",
            Shape::Word(&["rule", "check", "comparison"]),
            "what tests it",
        ),
        may("not_tested", Shape::Text, "why nothing tests it"),
        may(
            "applies",
            Shape::Text,
            "where a rule has something to look at, such as `where an answer claims paging`; the reason where it has not",
        ),
        must("level", Shape::Word(LEVELS), "how much it matters"),
        may(
            "ref",
            Shape::OneOrMany(&Shape::Reference),
            "clauses it rests on",
        ),
        may(
            "operator",
            Shape::Word(OPERATORS),
            "whose doing it is; default `rir-service`",
        ),
        may(
            "document",
            Shape::Word(&[
                "rdap",
                "bootstrap",
                "rpki",
                "rrdp",
                "rpki-series",
                "iana",
                "irr",
                "nro",
                "stats",
                "transfers",
                "zone",
            ]),
            "kind of document that a rule reads",
        ),
        may(
            "covers",
            Shape::OneOrMany(&Shape::Text),
            "ids of the list of checks that it answers, such as `RPKI-MFT-005`",
        ),
        may(
            "peer",
            Shape::OneOrMany(&Shape::Text),
            "codes of other tools for the same thing",
        ),
        super::basis::SINCE,
        super::basis::RENAMED_FROM,
        super::basis::CAUSE,
    ],
};

/// Keys of a document.
pub(super) const CLAUSES: Table = Table {
    name: "document",
    about: "A document that levels rest on, with the sections that were read.",
    keys: &[
        must("document", Shape::Name, "its id, such as `rfc9083`"),
        must("title", Shape::Text, "its title"),
        must("url", Shape::Url, "where it can be read"),
        must(
            "status",
            Shape::Word(&["rfc", "nro", "registry", "draft", "other"]),
            "what it is; only the first three carry `must`, `should` and `may`",
        ),
        may(
            "sections",
            Shape::List(&Shape::Record(&SECTION)),
            "its sections",
        ),
    ],
};

/// Keys of a section.
pub(super) const SECTION: Table = Table {
    name: "section",
    about: "A section of a document.",
    keys: &[
        must("section", Shape::Text, "its number"),
        may("title", Shape::Text, "its title"),
        may(
            "verified",
            Shape::Date,
            "the day its number and content were read; absent if from memory",
        ),
    ],
};

/// Keys of an agreement.
pub(super) const AGREEMENT: Table = Table {
    name: "agreement",
    about: "Something the registries agreed without a standard.",
    keys: &[
        must("agreement", Shape::Name, "its id"),
        must("text", Shape::Text, "what was agreed"),
        must("parties", Shape::List(&Shape::Registry), "who is bound"),
        must("since", Shape::Date, "since when"),
        must("recorded", Shape::Text, "where it is recorded"),
    ],
};

/// Keys of a policy.
pub(super) const POLICY: Table = Table {
    name: "policy",
    about: "What gates, and what is raised or lowered.",
    keys: &[
        must(
            "policy",
            Shape::Name,
            "its name; `default` holds where none is asked for",
        ),
        may("title", Shape::Text, "one sentence"),
        may(
            "gate",
            Shape::Word(LEVELS),
            "the lightest level that gates; default `must`",
        ),
        may(
            "flaky_fails",
            Shape::Flag,
            "whether a flaky check gates as a failure; default false",
        ),
        may(
            "drift_fails",
            Shape::Flag,
            "whether a value that is not as it was accepted as baseline fails the gate; default false",
        ),
        may(
            "levels",
            Shape::List(&Shape::Record(&POLICY_LEVEL)),
            "ids whose level is another here",
        ),
    ],
};

/// Keys of a policy's level.
pub(super) const POLICY_LEVEL: Table = Table {
    name: "level of a policy",
    about: "Ids whose level is another under this policy.",
    keys: &[
        must("id", Shape::Glob, "ids with `*` and `**`"),
        must("level", Shape::Word(LEVELS), "the level under this policy"),
        must("reason", Shape::Text, "why"),
    ],
};

/// Keys of a waiver file.
pub(super) const WAIVERS: Table = Table {
    name: "waiver file",
    about: "Known failures that somebody answers for, of one registry or of the set.",
    keys: &[must(
        "waivers",
        Shape::List(&Shape::Record(&WAIVER)),
        "the waivers",
    )],
};

/// Keys of a waiver.
pub(super) const WAIVER: Table = Table {
    name: "waiver",
    about: "A known failure that somebody answers for.",
    keys: &[
        must("id", Shape::Text, "its id, such as `W-2026-014`"),
        must(
            "match",
            Shape::Record(&WAIVER_MATCH),
            "what it matches; all keys must match",
        ),
        must("reason", Shape::Text, "why"),
        must("owner", Shape::Text, "who answers for it"),
        must(
            "approved_by",
            Shape::Text,
            "who approved it: `ecg` or the id of a registry, and a name behind a colon",
        ),
        must(
            "scope",
            Shape::Word(&["gate", "audit", "both"]),
            "what it is good for",
        ),
        must("issue", Shape::Url, "where it is discussed"),
        must("issued", Shape::Date, "first day"),
        must("expires", Shape::Date, "last day"),
    ],
};

/// Keys of a waiver's `match`.
pub(super) const WAIVER_MATCH: Table = Table {
    name: "`match` of a waiver",
    about: "What a waiver matches.",
    keys: &[
        must("check", Shape::Glob, "ids with `*` and `**`"),
        may(
            "registries",
            Shape::List(&Shape::Registry),
            "the registries; may be left out for a comparison only",
        ),
        must("target", Shape::Name, "the target's name"),
        may(
            "parameters",
            Shape::NamesOf(&Shape::Text),
            "values of axes that must be equal",
        ),
        may(
            "contains",
            Shape::Text,
            "text that must stand in the message or in what was seen",
        ),
        may("vantage", Shape::Text, "the place of observation"),
    ],
};

/// Reads an entry of a catalogue file whose shape was checked.
pub(super) fn entry(decoder: Decoder<'_>, node: &Node) -> Option<Entry> {
    let tested = match (node.text_at("by"), node.text_at("not_tested")) {
        (Some(by), None) => Tested::By(by.parse::<By>().ok()?),
        (None, Some(reason)) => Tested::Not(reason.to_owned()),
        (Some(_), Some(_)) => {
            let both = "catalogue entry has both `by` and `not_tested`; expected one of them";
            decoder.error(first_key(node), both);
            return None;
        }
        (None, None) => {
            let none = "catalogue entry needs either `by` or `not_tested`";
            decoder.error(first_key(node), none);
            return None;
        }
    };
    let document = node.string_at("document");
    if tested == Tested::By(By::Rule) && document.is_empty() {
        decoder.missing(
            node,
            "rule",
            "document",
            "the kind of document that it reads",
        );
    }
    Some(Entry {
        id: Arc::from(node.text_at("id")?),
        sentence: node.string_at("sentence"),
        tested,
        level: node.word_at("level")?,
        operator: node.word_at("operator").unwrap_or(Operator::RirService),
        refs: node.texts_at("ref"),
        covers: node.texts_at("covers"),
        peer: node.texts_at("peer"),
        applies: node.text_at("applies").map(str::to_owned),
        document,
        since: node.text_at("since").map(str::to_owned),
        renamed_from: node.texts_at("renamed_from"),
        cause: node.text_at("cause").map(str::to_owned),
        place: decoder.place(first_key(node)),
    })
}

/// Reads a document whose shape was checked.
pub(super) fn document(decoder: Decoder<'_>, node: &Node) -> Option<Document> {
    let mut sections = BTreeMap::new();
    for section in node.nodes_at("sections") {
        let Some(number) = section.text_at("section") else {
            continue;
        };
        let value = Section {
            title: section.string_at("title"),
            verified: section.date_at("verified"),
        };
        if sections.insert(number.to_owned(), value).is_some() {
            decoder.error(
                first_key(section),
                format!("section `{number}` stands here twice"),
            );
        }
    }
    Some(Document {
        id: node.text_at("document")?.to_owned(),
        title: node.string_at("title"),
        url: node.string_at("url"),
        status: match node.text_at("status")? {
            "rfc" => DocumentStatus::Rfc,
            "nro" => DocumentStatus::Nro,
            "registry" => DocumentStatus::Registry,
            "draft" => DocumentStatus::Draft,
            _ => DocumentStatus::Other,
        },
        sections,
        place: decoder.place(first_key(node)),
    })
}

/// Reads an agreement whose shape was checked.
pub(super) fn agreement(
    decoder: Decoder<'_>,
    node: &Node,
    registries: &[RegistryId],
) -> Option<Agreement> {
    Some(Agreement {
        id: node.text_at("agreement")?.to_owned(),
        text: node.string_at("text"),
        parties: known_registries(decoder, node.at("parties")?, registries),
        since: node.date_at("since")?,
        recorded: node.string_at("recorded"),
        place: decoder.place(first_key(node)),
    })
}

/// Reads a policy whose shape was checked.
pub(super) fn policy(decoder: Decoder<'_>, node: &Node) -> Option<Policy> {
    let levels = node.nodes_at("levels");
    Some(Policy {
        name: node.text_at("policy")?.to_owned(),
        gate: node.word_at("gate").unwrap_or(Level::Must),
        levels: levels
            .iter()
            .filter_map(|l| {
                Some((
                    l.string_at("id"),
                    l.word_at("level")?,
                    l.string_at("reason"),
                ))
            })
            .collect(),
        flaky_fails: node.flag_at("flaky_fails").unwrap_or(false),
        drift_fails: node.flag_at("drift_fails").unwrap_or(false),
        place: decoder.place(first_key(node)),
    })
}

/// Reads the waivers of a file whose shape was checked; `owner` is the registry the file is named after.
pub(super) fn waivers(
    decoder: Decoder<'_>,
    node: &Node,
    owner: Option<&RegistryId>,
    registries: &[RegistryId],
) -> Vec<Waiver> {
    let nodes = node.nodes_at("waivers");
    nodes
        .into_iter()
        .filter_map(|n| waiver(decoder, n, owner, registries))
        .collect()
}

fn waiver(
    decoder: Decoder<'_>,
    node: &Node,
    owner: Option<&RegistryId>,
    registries: &[RegistryId],
) -> Option<Waiver> {
    let matching = node.at("match")?;
    let scope = match node.text_at("scope")? {
        "gate" => WaiverScope::Gate,
        "audit" => WaiverScope::Audit,
        _ => WaiverScope::Both,
    };
    let approver = node.at("approved_by")?;
    let approved_by = approver.text()?;
    let body = approved_by.split(':').next().unwrap_or(approved_by).trim();
    if body != "ecg" && !registries.iter().any(|id| id.as_str() == body) {
        decoder.error(approver.span, format!("`{body}` cannot approve a waiver; expected `ecg` or the id of a registry, then `: ` and a name"));
    } else if scope != WaiverScope::Gate
        && (owner.is_some_and(|id| id.as_str() == body)
            || matching.texts_at("registries").iter().any(|id| id == body))
    {
        decoder.error(approver.span, format!("`{body}` cannot approve its own waiver for an audit; expected `ecg` or another registry, or `scope: gate`"));
    }
    let (issued, expires) = (node.date_at("issued")?, node.date_at("expires")?);
    if expires < issued {
        let span = node.at("expires").map_or(node.span, |n| n.span);
        decoder.error(
            span,
            format!("waiver expires on {expires}, before it was issued on {issued}"),
        );
    }
    let parameters = matching
        .at("parameters")
        .and_then(Node::entries)
        .unwrap_or_default();
    Some(Waiver {
        id: node.text_at("id")?.to_owned(),
        matches: WaiverMatch {
            check: matching.string_at("check"),
            registries: matching
                .at("registries")
                .map(|n| known_registries(decoder, n, registries))
                .unwrap_or_default(),
            target: matching.string_at("target"),
            parameters: parameters
                .iter()
                .filter_map(|e| Some((e.key.clone(), e.value.text()?.to_owned())))
                .collect(),
            contains: matching.string_at("contains"),
            vantage: matching.string_at("vantage"),
        },
        reason: node.string_at("reason"),
        owner: node.string_at("owner"),
        approved_by: approved_by.to_owned(),
        scope,
        issue: node.string_at("issue"),
        issued,
        expires,
        place: decoder.place(first_key(node)),
    })
}

/// Returns a known registry; reports an unknown one.
///
/// What is no id at all is reported where shapes are checked.
pub(super) fn known_registry<'r>(
    decoder: Decoder<'_>,
    span: Span,
    text: &str,
    registries: &'r [RegistryId],
) -> Option<&'r RegistryId> {
    let found = registries.iter().find(|id| id.as_str() == text);
    if found.is_none() && RegistryId::parse(text).is_ok() {
        let known: Vec<&str> = registries.iter().map(RegistryId::as_str).collect();
        decoder.unknown(span, "registry", text, &known);
    }
    found
}

/// Reads ids of known registries, alphabetically, each once.
pub(super) fn known_registries(
    decoder: Decoder<'_>,
    node: &Node,
    registries: &[RegistryId],
) -> Vec<RegistryId> {
    let mut found: Vec<RegistryId> = many(node)
        .into_iter()
        .filter_map(|n| known_registry(decoder, n.span, n.text()?, registries))
        .cloned()
        .collect();
    found.sort();
    found.dedup();
    found
}
