//! Checks, and uses of inspector rules.

use std::sync::Arc;

use super::basis::{self, Defaults};
use super::decode::Decoder;
use super::fields::{Fields as _, first_key, optional};
use super::kept;
use super::keys::{Choice, Shape, Table, may, must};
use super::local;
use super::model::{Basis, Check, Condition, Need, RuleUse};
use super::names::Names;
use super::poll::{self, Times};
use super::shelf::Shelf;
use super::suite::{Entry, Tested};
use super::{expect, glob};
use crate::verdict::{By, Level};
use crate::yaml::Node;

/// Keys of a check.
pub(super) const CHECK: Table = Table {
    name: "check",
    about: "What must hold of the observations of one registry.",
    keys: &[
        must(
            "id",
            Shape::Name,
            "its name within the scenario, never reused",
        ),
        may(
            "title",
            Shape::Text,
            "one sentence: what must hold; default from the catalogue id it covers",
        ),
        basis::LEVEL,
        basis::REF,
        basis::OPERATOR,
        basis::COVERS,
        may(
            "when",
            Shape::Expression,
            "judged only if this holds; otherwise not-applicable",
        ),
        may(
            "needs",
            Shape::OneOrMany(&Shape::Id),
            "capabilities that must not be declared absent, such as `rdap.nameserver`",
        ),
        may(
            "requires",
            Shape::OneOrMany(&Shape::Name),
            "checks of the same scenario that must pass first; otherwise skipped",
        ),
        poll::ROLE,
        poll::OVER_TIME,
        may(
            "expect",
            Shape::Expect,
            "facts and what must hold of them; all of them",
        ),
        may(
            "expr",
            Shape::Expression,
            "an expression that must yield true",
        ),
        may(
            "message",
            Shape::Template,
            "what to say if `expr` does not hold",
        ),
        basis::SINCE,
        basis::RENAMED_FROM,
        basis::CAUSE,
    ],
};

/// Keys of a use of inspector rules.
pub(super) const RULE_USE: Table = Table {
    name: "use of rules",
    about: "Inspector rules applied to the document that a probe read.",
    keys: &[
        must(
            "rules",
            Shape::OneOrMany(&Shape::Glob),
            "ids of rules with `*` and `**`; level and clause come from the catalogue",
        ),
        must("of", Shape::Identifier, "the probe whose document is read"),
        may(
            "when",
            Shape::Expression,
            "applied only if this holds; otherwise not-applicable",
        ),
        may(
            "except",
            Shape::List(&Shape::Record(&EXCEPTION)),
            "rules left out, each with a reason",
        ),
        may(
            "overrides",
            Shape::List(&Shape::Record(&OVERRIDE)),
            "rules with a lighter level here, each with a reason",
        ),
    ],
};

/// Keys of an exception.
pub(super) const EXCEPTION: Table = Table {
    name: "exception",
    about: "Rules that are left out.",
    keys: &[
        must("id", Shape::Glob, "ids of rules with `*` and `**`"),
        must("reason", Shape::Text, "why they are left out"),
    ],
};

/// Keys of a level override.
pub(super) const OVERRIDE: Table = Table {
    name: "override",
    about: "Rules whose level is lighter in this scenario.",
    keys: &[
        must("id", Shape::Glob, "ids of rules with `*` and `**`"),
        must(
            "level",
            Shape::Word(basis::LEVELS),
            "the level here, not heavier than the catalogue's",
        ),
        must("reason", Shape::Text, "why it is lighter"),
    ],
};

/// Entries of `checks`: a check, or a use of rules.
pub(super) const ENTRY: Choice = Choice {
    by: &[("rules", &RULE_USE)],
    otherwise: &CHECK,
};

/// What the checks of one scenario are read with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    pub(super) decoder: Decoder<'a>,
    pub(super) scenario: &'a str,
    pub(super) names: &'a Names<'a>,
    pub(super) defaults: &'a Defaults,
    pub(super) shelf: &'a Shelf,
    pub(super) times: &'a Times,
}

/// Reads a check whose shape was checked.
pub(super) fn decode(reader: Reader<'_>, node: &Node) -> Option<Check> {
    let Reader {
        decoder,
        names,
        shelf,
        times,
        ..
    } = reader;
    let id = basis::full_id(reader.scenario, node.text_at("id")?);
    let basis = basis::decode(decoder, node, By::Check, reader.defaults, shelf);
    let over_time = times.over_time(decoder, node);
    let side = times.side(decoder, node);
    let when = optional(node.at("when"), |n| names.condition(decoder, n));
    let condition = condition(reader, node);
    let needs = declared(decoder, node);
    let (basis, condition) = (basis?, condition?);
    kept::level(decoder, node, &basis, &condition);
    let title = match node.text_at("title") {
        Some(title) => title.to_owned(),
        None => title_of(&basis, &condition, node, shelf),
    };
    Some(Check {
        title,
        basis,
        when: when?,
        requires: node
            .texts_at("requires")
            .iter()
            .map(|name| basis::full_id(reader.scenario, name))
            .collect(),
        needs,
        side: side?,
        over_time: over_time?,
        condition,
        place: decoder.place(first_key(node)),
        id,
    })
}

fn condition(reader: Reader<'_>, node: &Node) -> Option<Condition> {
    let Reader { decoder, names, .. } = reader;
    match (node.at("expect"), node.at("expr")) {
        (Some(expect), None) => {
            if let Some(message) = node.at("message") {
                decoder.error(message.span, "`message` stands beside `expect`, which says what was expected by itself; it is for `expr`");
            }
            Some(Condition::Expect(expect::decode(decoder, expect, names)))
        }
        (None, Some(expr)) => {
            let message = optional(node.at("message"), |n| names.template(decoder, n));
            Some(Condition::Expression {
                expression: names.truth(decoder, expr)?,
                message: message?,
            })
        }
        (Some(expect), Some(expr)) => {
            expect::decode(decoder, expect, names);
            decoder.error(
                expr.span,
                "check has both `expect` and `expr`; expected one, or two checks",
            );
            None
        }
        (None, None) => {
            decoder.error(
                first_key(node),
                "check demands nothing; expected `expect` or `expr`",
            );
            None
        }
    }
}

/// Returns what a check without a title demands, in words.
fn title_of(basis: &Basis, condition: &Condition, node: &Node, shelf: &Shelf) -> String {
    if let [covered] = basis.covers.as_slice()
        && let Some(entry) = shelf.catalog.entries.get(covered.as_str())
    {
        return entry.sentence.clone();
    }
    match condition {
        Condition::Expect(lines) => {
            let lines: Vec<&str> = lines.iter().map(|l| l.text.as_str()).collect();
            lines.join("; ")
        }
        Condition::Expression { .. } => node
            .text_at("message")
            .or_else(|| node.text_at("expr"))
            .unwrap_or_default()
            .to_owned(),
    }
}

/// Reads `needs`.
pub(super) fn needs(decoder: Decoder<'_>, node: &Node) -> Vec<Need> {
    let nodes = node.nodes_at("needs");
    nodes
        .iter()
        .filter_map(|n| {
            Some(Need {
                name: n.text()?.to_owned(),
                place: decoder.place(n.span),
            })
        })
        .collect()
}

/// Reads `needs` of a check: what registries declare. What the machine needs to have is the
/// business of probes, so that it is the whole scenario's.
fn declared(decoder: Decoder<'_>, node: &Node) -> Vec<Need> {
    for local in node.nodes_at("needs") {
        if let Some(name) = local.text().filter(|name| local::is_local(name)) {
            decoder.error(
                local.span,
                format!("`{name}` is needed by probes, not by a check; write it in `needs` of the scenario"),
            );
        }
    }
    needs(decoder, node)
}

/// Reads a use of rules whose shape was checked.
pub(super) fn decode_rules(reader: Reader<'_>, node: &Node) -> Option<RuleUse> {
    let Reader {
        decoder,
        names,
        shelf,
        ..
    } = reader;
    let of_node = node.at("of")?;
    let of = names.probe(decoder, of_node)?;
    let (_, kind) = names.kind_of(&of)?;
    let Some(document) = kind.inspector else {
        decoder.error(
            of_node.span,
            format!(
                "probe `{of}` is a `{}` probe, whose answer no inspector reads",
                kind.name
            ),
        );
        return None;
    };
    let rules: Vec<&Entry> = shelf
        .catalog
        .entries
        .values()
        .filter(|e| e.tested == Tested::By(By::Rule) && e.document == document)
        .collect();
    let selected = select(decoder, node, document, &rules, shelf);
    let mut except = Vec::new();
    for exception in node.nodes_at("except") {
        let reason = exception.string_at("reason");
        for id in affected(decoder, exception, &selected, shelf) {
            except.push((id, reason.clone()));
        }
    }
    let mut overrides = Vec::new();
    for change in node.nodes_at("overrides") {
        let Some(level) = change.word_at::<Level>("level") else {
            continue;
        };
        for id in affected(decoder, change, &selected, shelf) {
            overrides.push((
                id,
                level,
                change.at("level").map_or(change.span, |n| n.span),
            ));
        }
    }
    let mut used = Vec::new();
    for entry in selected {
        if except.iter().any(|(id, _)| *id == entry.id) {
            continue;
        }
        let mut level = entry.level;
        if let Some((id, lighter, span)) = overrides.iter().find(|(id, _, _)| *id == entry.id) {
            if *lighter < entry.level {
                decoder.error(*span, format!("level `{lighter}` of `{id}` is heavier than the catalogue's `{level}`; a scenario can only make it lighter"));
            }
            level = *lighter;
        }
        used.push((Arc::clone(&entry.id), basis_of(entry, level)));
    }
    let when = optional(node.at("when"), |n| names.condition(decoder, n));
    Some(RuleUse {
        rules: used,
        of,
        when: when?,
        except,
        place: decoder.place(first_key(node)),
    })
}

fn basis_of(entry: &Entry, level: Level) -> Basis {
    Basis {
        level,
        operator: entry.operator,
        refs: entry.refs.clone(),
        covers: vec![entry.id.to_string()],
        since: entry.since.clone(),
        renamed_from: entry.renamed_from.clone(),
        cause: entry.cause.clone(),
        applies: entry.applies.clone(),
    }
}

/// Expands the globs of `rules`, in the order of ids, each once.
fn select<'s>(
    decoder: Decoder<'_>,
    node: &Node,
    document: &str,
    rules: &[&'s Entry],
    shelf: &Shelf,
) -> Vec<&'s Entry> {
    let mut selected: Vec<&Entry> = Vec::new();
    for pattern in node.nodes_at("rules") {
        let Some(text) = pattern.text() else { continue };
        let found: Vec<&Entry> = rules
            .iter()
            .copied()
            .filter(|e| glob::matches(text, &e.id))
            .collect();
        if found.is_empty() && !shelf.broken.matches(text) {
            decoder.error(pattern.span, nothing_found(text, document, rules, shelf));
        }
        for entry in found {
            if !selected.iter().any(|s| s.id == entry.id) {
                selected.push(entry);
            }
        }
    }
    selected.sort_by(|a, b| a.id.cmp(&b.id));
    selected
}

fn nothing_found(text: &str, document: &str, rules: &[&Entry], shelf: &Shelf) -> String {
    if let Some(entry) = shelf.catalog.entries.get(text) {
        return match &entry.tested {
            Tested::By(By::Rule) => format!(
                "rule `{text}` reads documents of kind `{}`, not `{document}`",
                entry.document
            ),
            Tested::By(by) => format!("`{text}` is no inspector's rule; it is tested by a {by}"),
            Tested::Not(reason) => format!("rule `{text}` is not there yet ({reason})"),
        };
    }
    match crate::yaml::nearest(text, rules.iter().map(|e| e.id.as_ref())) {
        Some(near) if !text.contains('*') => {
            format!("unknown rule `{text}`; did you mean `{near}`?")
        }
        _ => format!(
            "`{text}` matches no rule of documents of kind `{document}`; `quintet list 'by(rule)'` shows them"
        ),
    }
}

/// Returns the ids that an exception or override names; reports one that names none.
fn affected(
    decoder: Decoder<'_>,
    node: &Node,
    selected: &[&Entry],
    shelf: &Shelf,
) -> Vec<Arc<str>> {
    let Some(pattern) = node.at("id") else {
        return Vec::new();
    };
    let text = pattern.text().unwrap_or_default();
    let ids: Vec<Arc<str>> = selected
        .iter()
        .filter(|e| glob::matches(text, &e.id))
        .map(|e| Arc::clone(&e.id))
        .collect();
    if ids.is_empty() && !text.is_empty() && !shelf.broken.matches(text) {
        let known: Vec<&str> = selected.iter().map(|e| e.id.as_ref()).collect();
        let hint = crate::yaml::nearest(text, known)
            .map(|n| format!("; did you mean `{n}`?"))
            .unwrap_or_default();
        decoder.error(
            pattern.span,
            format!("`{text}` is none of the rules used here{hint}"),
        );
    }
    ids
}
