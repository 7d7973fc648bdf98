//! Remarks of registries and errata: what people say about verdicts, beside the scenarios.

use super::data::known_registries;
use super::decode::Decoder;
use super::fields::{Fields as _, first_key};
use super::files::SuiteFile;
use super::keys::{Shape, Table, may, must};
use super::known::Known;
use super::suite::{Correction, NoteMatch, RegistryRemark};
use crate::registry::RegistryId;
use crate::verdict::Stance;
use crate::verdict::note::{Erratum, Remark};
use crate::yaml::Node;

/// Stances as words.
const STANCES: &[&str] = &["accepted", "planned", "disputed"];

/// Keys of a file of remarks.
pub(super) const REMARKS: Table = Table {
    name: "remarks",
    about: "What one registry says of findings about itself; the file is named after it. A remark changes no verdict and is printed with the finding.",
    keys: &[must(
        "remarks",
        Shape::List(&Shape::Record(&REMARK)),
        "the remarks",
    )],
};

/// Keys of a remark.
const REMARK: Table = Table {
    name: "remark",
    about: "What a registry says of a finding.",
    keys: &[
        must("id", Shape::Text, "its id, such as `R-2026-003`"),
        must(
            "match",
            Shape::Record(&REMARK_MATCH),
            "what it is about; all keys must match",
        ),
        must(
            "stance",
            Shape::Word(STANCES),
            "`accepted`, `planned` with a day, or `disputed`; a disputed finding enters no public count",
        ),
        may(
            "planned",
            Shape::Date,
            "the day for which a remedy is planned",
        ),
        must("text", Shape::Text, "in the registry's own words"),
        must("by", Shape::Text, "who says it: a name or a role"),
        must("on", Shape::Date, "the day it was said"),
        may("url", Shape::Url, "where more can be read"),
    ],
};

const CHECK: super::keys::Key = must("check", Shape::Glob, "ids with `*` and `**`");
const PARAMETERS: super::keys::Key = may(
    "parameters",
    Shape::NamesOf(&Shape::Text),
    "values of axes that must be equal",
);

/// Keys of a remark's `match`.
const REMARK_MATCH: Table = Table {
    name: "`match` of a remark",
    about: "What a remark is about: findings on the registry that the file is named after.",
    keys: &[
        CHECK,
        may(
            "target",
            Shape::Name,
            "the target's name; default: production, all targets of kind `live`",
        ),
        PARAMETERS,
        may(
            "contains",
            Shape::Text,
            "text that must stand in the message or in what was seen",
        ),
    ],
};

/// Keys of a file of errata.
pub(super) const ERRATA: Table = Table {
    name: "errata",
    about: "Verdicts that were wrong. Each stays where it is, is marked as withdrawn, and counts nowhere.",
    keys: &[must(
        "errata",
        Shape::List(&Shape::Record(&ERRATUM)),
        "the errata",
    )],
};

/// Keys of an erratum.
const ERRATUM: Table = Table {
    name: "erratum",
    about: "Why verdicts of some runs do not hold any more.",
    keys: &[
        must("id", Shape::Text, "its id, such as `E-2026-001`"),
        must(
            "match",
            Shape::Record(&ERRATUM_MATCH),
            "which verdicts; all keys must match",
        ),
        must(
            "runs",
            Shape::List(&Shape::Text),
            "ids of the runs, as `run.json` names them: `20261122T090000Z-0a1b2c3d4e5f`",
        ),
        must("reason", Shape::Text, "what was wrong with the verdict"),
        must("on", Shape::Date, "the day it was withdrawn"),
        may("url", Shape::Url, "where more can be read"),
    ],
};

/// Keys of an erratum's `match`.
const ERRATUM_MATCH: Table = Table {
    name: "`match` of an erratum",
    about: "Which verdicts of the runs an erratum takes back.",
    keys: &[
        CHECK,
        may(
            "registries",
            Shape::List(&Shape::Registry),
            "the registries; default all",
        ),
        PARAMETERS,
    ],
};

/// Reads a file of remarks whose shape was checked.
pub(super) fn remarks(
    decoder: Decoder<'_>,
    node: &Node,
    file: &SuiteFile,
    registries: &[RegistryId],
    targets: &[&str],
    known: &Known,
) -> Vec<RegistryRemark> {
    let Some(registry) = registries.iter().find(|id| id.as_str() == file.stem()) else {
        let message = format!(
            "remarks stand in `{}`; expected a file named after the registry that says them, such as `remarks/apnic.yaml`",
            file.path
        );
        decoder.error(first_key(node), message);
        return Vec::new();
    };
    let all = node.nodes_at("remarks").into_iter();
    all.filter_map(|item| {
        let matching = item.at("match")?;
        if let Some(at) = matching.at("target")
            && let Some(text) = at.text().filter(|text| !targets.contains(text))
        {
            decoder.unknown(at.span, "target", text, targets);
        }
        if let Some(at) = matching.at("check")
            && let Some(pattern) = at.text().filter(|pattern| !known.is_matched(pattern))
        {
            known.unmatched(decoder, at.span, pattern);
        }
        Some(RegistryRemark {
            matches: NoteMatch {
                registries: vec![registry.clone()],
                target: matching.string_at("target"),
                contains: matching.string_at("contains"),
                ..matched(matching)
            },
            remark: remark(decoder, item, registry)?,
            place: decoder.place(first_key(item)),
        })
    })
    .collect()
}

fn remark(decoder: Decoder<'_>, node: &Node, registry: &RegistryId) -> Option<Remark> {
    let stance: Stance = node.word_at("stance")?;
    let planned = node.date_at("planned");
    match (stance, node.at("planned")) {
        (Stance::Planned, None) => decoder.missing(
            node,
            "remark on what is planned",
            "planned",
            "the day for which a remedy is planned",
        ),
        (Stance::Accepted | Stance::Disputed, Some(at)) => decoder.error(
            at.span,
            format!("what is `{stance}` has no day; expected `stance: planned`"),
        ),
        (Stance::Planned, Some(_)) | (Stance::Accepted | Stance::Disputed, None) => {}
    }
    let on = node.date_at("on")?;
    if let (Some(at), true) = (node.at("planned"), planned.is_some_and(|day| day < on)) {
        let message = format!("the remedy is planned for a day before {on}, when that was said");
        decoder.error(at.span, message);
    }
    Some(Remark {
        id: node.text_at("id")?.to_owned(),
        registry: registry.clone(),
        stance,
        planned,
        text: node.string_at("text"),
        by: node.string_at("by"),
        on,
        url: node.string_at("url"),
    })
}

/// Reads a file of errata whose shape was checked.
///
/// An erratum may name an id that the suite has no more: the check that was wrong may be gone.
pub(super) fn errata(
    decoder: Decoder<'_>,
    node: &Node,
    registries: &[RegistryId],
) -> Vec<Correction> {
    let all = node.nodes_at("errata").into_iter();
    all.filter_map(|item| {
        let runs = item.texts_at("runs");
        if let (Some(at), true) = (item.at("runs"), runs.is_empty()) {
            let message = "erratum names no run; expected ids as `run.json` has them";
            decoder.error(at.span, message);
        }
        let matching = item.at("match")?;
        Some(Correction {
            matches: NoteMatch {
                registries: matching
                    .at("registries")
                    .map(|n| known_registries(decoder, n, registries))
                    .unwrap_or_default(),
                ..matched(matching)
            },
            runs,
            erratum: Erratum {
                id: item.text_at("id")?.to_owned(),
                reason: item.string_at("reason"),
                on: item.date_at("on")?,
                url: item.string_at("url"),
            },
            place: decoder.place(first_key(item)),
        })
    })
    .collect()
}

/// Reads the keys that both kinds of `match` have.
fn matched(matching: &Node) -> NoteMatch {
    let parameters = matching.at("parameters").and_then(Node::entries);
    NoteMatch {
        check: matching.string_at("check"),
        parameters: parameters
            .unwrap_or_default()
            .iter()
            .filter_map(|e| Some((e.key.clone(), e.value.text()?.to_owned())))
            .collect(),
        ..NoteMatch::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_verdict_room() {
        let stances: Vec<&str> = Stance::ALL.iter().map(|s| s.as_str()).collect();
        assert_eq!(stances, STANCES);
    }
}
