//! Faults of the mock world as the language sees them: which ids must notice.

use super::data::known_registry;
use super::decode::Decoder;
use super::fields::{Fields as _, first_key};
use super::keys::{Shape, Table, may, must};
use super::suite::{Elsewhere, FaultNote};
use crate::registry::RegistryId;
use crate::verdict::Cause;
use crate::yaml::Node;

/// Keys of a fault that the language reads; the others say what is wrong, which the mock reads.
pub(super) const FAULT: Table = Table {
    name: "fault",
    about: "One thing wrong at one registry of the mock world, and the exact ids that must notice.",
    keys: &[
        must("fault", Shape::Name, "its name, which is the file's"),
        must("title", Shape::Text, "one sentence: what is wrong"),
        must("registry", Shape::Registry, "where it is wrong"),
        may(
            "begins",
            Shape::Word(&["now"]),
            "`now` if an earlier run saw nothing of it; otherwise it was always there",
        ),
        may(
            "change",
            Shape::Any,
            "what is altered, by kind: `answer`, `http`, `wire`, `file`, `whois`, `dns`, `world`, `rpki`, `rrdp` or `rsync`; \
             `scenarios/README.md` has the keys of each",
        ),
        must(
            "expects",
            Shape::Record(&EXPECTS),
            "the ids that must notice",
        ),
    ],
};

/// Keys of a fault's `expects`.
pub(super) const EXPECTS: Table = Table {
    name: "`expects` of a fault",
    about: "The ids that must notice a fault; every other verdict equals the baseline's.",
    keys: &[
        may("fail", Shape::List(&Shape::CheckId), "ids that fail"),
        may(
            "divergent",
            Shape::List(&Shape::CheckId),
            "comparisons that diverge",
        ),
        may(
            "drift",
            Shape::List(&Shape::CheckId),
            "checks whose snapshots differ from what is accepted",
        ),
        may(
            "inconclusive",
            Shape::List(&Shape::Glob),
            "ids that are not judged any more, with `*` and `**`; all that fit at the registry, and no others",
        ),
        may(
            "causes",
            Shape::List(&Shape::Word(CAUSES)),
            "why verdicts are inconclusive, exactly",
        ),
        may(
            "elsewhere",
            Shape::List(&Shape::Record(&ELSEWHERE)),
            "what also changes at other registries than this one",
        ),
    ],
};

/// Words of `causes`, as results name them.
const CAUSES: &[&str] = &[
    Cause::Timeout.as_str(),
    Cause::Blocked.as_str(),
    Cause::ServerError.as_str(),
    Cause::Unreachable.as_str(),
    Cause::Unreadable.as_str(),
];

/// Keys of an entry of `elsewhere`.
pub(super) const ELSEWHERE: Table = Table {
    name: "entry of `elsewhere`",
    about: "Verdicts that a fault changes at other registries than its own.",
    keys: &[
        must("ids", Shape::List(&Shape::Glob), "which, with `*` and `**`"),
        must("reason", Shape::Text, "why that is so"),
    ],
};

/// Reads what the language needs of a fault: everything else in the file is the mock's.
pub(super) fn fault(
    decoder: Decoder<'_>,
    node: &Node,
    registries: &[RegistryId],
) -> Option<FaultNote> {
    let whole = decoder.check_known(node, &FAULT);
    let registry = node.at("registry")?;
    let registry = known_registry(decoder, registry.span, registry.text()?, registries);
    let expects = node.at("expects").filter(|_| whole)?;
    Some(FaultNote {
        name: node.string_at("fault"),
        title: node.string_at("title"),
        registry: registry?.clone(),
        fail: expects.texts_at("fail"),
        divergent: expects.texts_at("divergent"),
        drift: expects.texts_at("drift"),
        inconclusive: expects.texts_at("inconclusive"),
        causes: expects.texts_at("causes"),
        elsewhere: expects
            .nodes_at("elsewhere")
            .into_iter()
            .map(|entry| Elsewhere {
                ids: entry.texts_at("ids"),
                reason: entry.string_at("reason"),
            })
            .collect(),
        place: decoder.place(first_key(node)),
    })
}
