//! Scenario files: from a node tree to a typed scenario.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::basis::{self, Defaults};
use super::check::{self, Reader};
use super::data::{known_registries, known_registry};
use super::decode::Decoder;
use super::fields::{Fields as _, first_key};
use super::fragment::{self, Filled, Fragment};
use super::grammar::is_identifier;
use super::kept;
use super::keys::{Key, Shape, Table, may, must};
use super::model::{Lets, Scenario};
use super::names::{GIVEN, Names};
use super::order::order;
use super::poll::{self, Times};
use super::shelf::{Broken, Shelf};
use super::{compare, compare_keys, matrix, probe, target};
use crate::registry::{PerRegistry, RegistryId};
use crate::verdict::Level;
use crate::yaml::{Entry, Node, Span};

/// Keys of a scenario.
pub(super) const SCENARIO: Table = Table {
    name: "scenario",
    about: "What is asked of registries, what must hold, and what should agree.",
    keys: &[
        must(
            "scenario",
            Shape::Id,
            "its id, dotted, declared, never reused",
        ),
        must("title", Shape::Text, "one sentence"),
        may("why", Shape::Text, "why anybody should care"),
        may(
            "tags",
            Shape::List(&Shape::Name),
            "words for filters; `negative` scenarios are asked last, those with `by-name` only where a filter says their id",
        ),
        may(
            "registries",
            Shape::AnyOf(&[
                Shape::Word(&["all"]),
                Shape::List(&Shape::Registry),
                Shape::Record(&REGISTRIES),
            ]),
            "which registries it is run for; default `all`",
        ),
        basis::LEVEL,
        basis::REF,
        basis::OPERATOR,
        may(
            "needs",
            Shape::OneOrMany(&Shape::Id),
            "what this machine must have, such as `ipv6` or `rsync`, and capabilities that must not be declared absent, such as `rdap.nameserver`",
        ),
        may(
            "per_registry",
            Shape::PerRegistry(&Shape::NamesOf(&Shape::Any)),
            "values that expressions read as `vars.name`, by registry; `default` is for all",
        ),
        may(
            "matrix",
            Shape::NamesOf(&matrix::AXIS),
            "axes; the scenario is run for every combination of their values",
        ),
        poll::PAIR,
        poll::POLL,
        poll::STAGES,
        poll::WINDOWS,
        may(
            "let",
            Shape::NamesOf(&Shape::Expression),
            "named expressions; a later one may read an earlier one",
        ),
        may(
            "timeout",
            Shape::Duration,
            "time for each probe that says nothing; default from the target",
        ),
        may(
            "use",
            Shape::List(&Shape::Record(&fragment::USE)),
            "fragments whose probes and checks are added",
        ),
        PROBES,
        CHECKS,
        COMPARE,
        basis::SINCE,
        basis::RENAMED_FROM,
    ],
};

const PROBES: Key = may(
    "probes",
    Shape::NamesOf(&Shape::Probe),
    "what is asked, by name",
);

const CHECKS: Key = may(
    "checks",
    Shape::List(&Shape::Choice(&check::ENTRY)),
    "what must hold of each registry",
);

const COMPARE: Key = may(
    "compare",
    Shape::List(&Shape::Record(&compare_keys::COMPARISON)),
    "what should agree among registries",
);

/// Parts of a scenario that a fragment can have.
pub(super) const PARTS: Table = Table {
    name: "fragment",
    about: "Parts that a fragment adds.",
    keys: &[PROBES, CHECKS, COMPARE],
};

/// Keys of `registries: { except: … }`.
pub(super) const REGISTRIES: Table = Table {
    name: "choice of registries",
    about: "All registries but some.",
    keys: &[
        must(
            "except",
            Shape::List(&Shape::Registry),
            "registries that are left out",
        ),
        must("reason", Shape::Text, "why they are left out"),
    ],
};

/// A part of a scenario: its own file, or a fragment that it uses.
struct Part<'a> {
    decoder: Decoder<'a>,
    node: &'a Node,
}

/// Reads a scenario; what has mistakes is left out and reported, its ids noted as `broken`.
pub(super) fn decode(
    decoder: Decoder<'_>,
    node: &Node,
    shelf: &Shelf,
    fragments: &[Fragment],
    broken: &mut Broken,
) -> Option<Scenario> {
    decoder.check(node, &Shape::Record(&SCENARIO));
    node.entries()?;
    let filled: Vec<Filled<'_>> = node
        .nodes_at("use")
        .into_iter()
        .filter_map(|n| fragment::expand(decoder, n, fragments))
        .collect();
    let mut parts = vec![Part { decoder, node }];
    parts.extend(filled.iter().map(|f| Part {
        decoder: Decoder {
            source: f.source,
            used: Some(&f.used),
            problems: decoder.problems,
        },
        node: &f.node,
    }));
    let id: Arc<str> = Arc::from(node.text_at("scenario").unwrap_or("?"));
    let registries = registries(decoder, node, shelf);
    let vars = vars(decoder, node, &registries, shelf);
    let mut known: Vec<String> = vars
        .iter()
        .flat_map(|(_, v)| v.as_object().into_iter().flatten())
        .map(|(name, _)| name.clone())
        .collect();
    known.sort();
    known.dedup();
    let given = Names::given(shelf, &known);
    let mut names = given.clone();
    claim_names(&mut names, &parts, decoder, node);
    let defaults = Defaults {
        level: node.word_at("level"),
        level_is_wrong: node.at("level").is_some() && node.word_at::<Level>("level").is_none(),
        operator: node.word_at("operator"),
        refs: node.texts_at("ref"),
        since: node.text_at("since").map(str::to_owned),
        registries: registries.clone(),
    };
    for reference in node.nodes_at("ref") {
        if let Some(text) = reference.text() {
            basis::known_reference(decoder, reference.span, text, shelf);
        }
    }
    let axes = entries(node, "matrix");
    let matrix = matrix::decode(decoder, axes, &given, &names);
    for entry in axes {
        names.add_axis(&entry.key);
    }
    let pair = poll::pair(decoder, node, &names);
    let times = Times::read(decoder, node, &mut names);
    let lets = lets(decoder, node, &mut names);
    let stages = times.stages(decoder, node, &mut names);
    let mut scenario = Scenario {
        id: Arc::clone(&id),
        title: node.string_at("title"),
        why: node.string_at("why"),
        tags: node.texts_at("tags"),
        registries,
        vars,
        matrix,
        lets,
        needs: check::needs(decoder, node),
        pair,
        poll: poll::poll(decoder, node, &names),
        stages,
        windows: BTreeMap::new(),
        probes: Vec::new(),
        checks: Vec::new(),
        rules: Vec::new(),
        compare: Vec::new(),
        renamed_from: node.texts_at("renamed_from"),
        place: decoder.place(first_key(node)),
    };
    for part in &parts {
        read_part(
            part,
            &mut scenario,
            &names,
            &defaults,
            (shelf, &times),
            node.duration_at("timeout"),
        );
    }
    times.set(&mut scenario);
    probe::arrange(
        decoder,
        node.get("probes").unwrap_or(node),
        &mut scenario.probes,
        &names,
    );
    poll::check_probes(decoder, node, &scenario, &names);
    finish(decoder, node, &parts, &scenario, broken);
    Some(scenario)
}

fn read_part(
    part: &Part<'_>,
    scenario: &mut Scenario,
    names: &Names<'_>,
    defaults: &Defaults,
    (shelf, times): (&Shelf, &Times),
    timeout: Option<jiff::SignedDuration>,
) {
    let id = Arc::clone(&scenario.id);
    let reader = Reader {
        decoder: part.decoder,
        scenario: &id,
        names,
        defaults,
        shelf,
        times,
    };
    for entry in entries(part.node, "probes") {
        scenario.probes.extend(probe::decode(
            part.decoder,
            &entry.key,
            &entry.value,
            names,
            timeout,
        ));
    }
    for node in part.node.nodes_at("checks") {
        if node.get("rules").is_some() {
            scenario.rules.extend(check::decode_rules(reader, node));
        } else {
            scenario.checks.extend(check::decode(reader, node));
        }
    }
    let axes: Vec<&str> = scenario.matrix.iter().map(|a| a.name.as_str()).collect();
    let comparisons: Vec<_> = part
        .node
        .nodes_at("compare")
        .into_iter()
        .filter_map(|n| compare::decode(reader, n, &axes))
        .collect();
    scenario.compare.extend(comparisons);
}

fn entries<'n>(node: &'n Node, key: &str) -> &'n [Entry] {
    node.at(key).and_then(Node::entries).unwrap_or_default()
}

/// Collects the names of probes and axes; reports names that mean two things.
fn claim_names(names: &mut Names<'_>, parts: &[Part<'_>], decoder: Decoder<'_>, node: &Node) {
    let mut seen: BTreeMap<String, &str> = GIVEN
        .iter()
        .copied()
        .chain(poll::given(node))
        .map(|g| (g.to_owned(), "given by the language"))
        .collect();
    let mut claim = |decoder: Decoder<'_>, name: &str, span: Span, what: &'static str| {
        if let Some(other) = seen.insert(name.to_owned(), what) {
            decoder.error(
                span,
                format!("`{name}` is already {other}; expected another name"),
            );
        }
    };
    for part in parts {
        for entry in entries(part.node, "probes") {
            claim(part.decoder, &entry.key, entry.key_span, "a probe");
            match probe::kind_of(&entry.value) {
                Some((kind, _)) => names.add_probe(&entry.key, kind),
                None => names.add_broken(&entry.key),
            }
        }
    }
    for entry in entries(node, "matrix") {
        claim(decoder, &entry.key, entry.key_span, "an axis");
    }
    for entry in entries(node, "let") {
        claim(decoder, &entry.key, entry.key_span, "a named expression");
    }
}

fn registries(decoder: Decoder<'_>, node: &Node, shelf: &Shelf) -> Vec<RegistryId> {
    let all = || shelf.registries.clone();
    let Some(chosen) = node.at("registries") else {
        return all();
    };
    if let Some(except) = chosen.at("except") {
        let left_out = known_registries(decoder, except, &shelf.registries);
        return all()
            .into_iter()
            .filter(|id| !left_out.contains(id))
            .collect();
    }
    if chosen.items().is_some() {
        return known_registries(decoder, chosen, &shelf.registries);
    }
    all()
}

/// Reads `per_registry`; every variable needs a value for every registry of the scenario.
fn vars(
    decoder: Decoder<'_>,
    node: &Node,
    registries: &[RegistryId],
    shelf: &Shelf,
) -> PerRegistry<serde_json::Value> {
    let given = entries(node, "per_registry");
    for entry in given.iter().filter(|e| e.key != "default") {
        known_registry(decoder, entry.key_span, &entry.key, &shelf.registries);
    }
    let of = |key: &str| given.iter().find(|e| e.key == key).map(|e| &e.value);
    let mut all = PerRegistry::new();
    for id in registries {
        let mut vars = of("default").map_or_else(
            || serde_json::Value::Object(serde_json::Map::new()),
            Node::to_json,
        );
        if let Some(own) = of(id.as_str()) {
            target::merge(&mut vars, &own.to_json(), true);
        }
        all.insert(id.clone(), vars);
    }
    let known = |key: &str| shelf.registries.iter().any(|r| r.as_str() == key);
    for entry in given.iter().filter(|e| known(&e.key)) {
        for variable in entry.value.entries().unwrap_or_default() {
            let without: Vec<&str> = registries
                .iter()
                .filter(|id| {
                    all.of(id.as_str())
                        .is_none_or(|v| v.get(&variable.key).is_none())
                })
                .map(RegistryId::as_str)
                .collect();
            if !without.is_empty() {
                decoder.error(
                    variable.key_span,
                    format!(
                        "`vars.{}` has no value for {}; expected one in `default`",
                        variable.key,
                        without.join(", ")
                    ),
                );
            }
        }
    }
    all
}

fn lets(decoder: Decoder<'_>, node: &Node, names: &mut Names<'_>) -> Lets {
    let mut lets = Vec::new();
    for entry in entries(node, "let")
        .iter()
        .filter(|e| is_identifier(&e.key))
    {
        match names.expression(decoder, &entry.value) {
            Some(expression) => {
                names.add_let(&entry.key, &expression);
                lets.push((entry.key.clone(), expression));
            }
            None => names.add_broken(&entry.key),
        }
    }
    lets.into_iter().collect()
}

/// Reports what only the whole scenario shows: repeated ids, unknown prerequisites, nothing to do.
///
/// Notes the ids of what had mistakes.
fn finish(
    decoder: Decoder<'_>,
    node: &Node,
    parts: &[Part<'_>],
    scenario: &Scenario,
    broken: &mut Broken,
) {
    let mut seen: Vec<String> = Vec::new();
    for part in parts {
        for check in part
            .node
            .nodes_at("checks")
            .into_iter()
            .chain(part.node.nodes_at("compare"))
        {
            let Some(id) = check.at("id").filter(|_| check.get("rules").is_none()) else {
                continue;
            };
            let text = id.text().unwrap_or_default().to_owned();
            if seen.contains(&text) {
                part.decoder.error(
                    id.span,
                    format!("id `{text}` stands twice in this scenario; expected another one"),
                );
            }
            seen.push(text);
        }
    }
    let known: Vec<&str> = scenario
        .checks
        .iter()
        .filter_map(|c| c.id.rsplit('/').next())
        .collect();
    for part in parts {
        for check in part.node.nodes_at("checks") {
            for required in check.nodes_at("requires") {
                let Some(text) = required.text() else {
                    continue;
                };
                if Some(text) == check.text_at("id") {
                    part.decoder
                        .error(required.span, "a check cannot require itself");
                } else if !seen.iter().any(|s| s == text) {
                    part.decoder.unknown(required.span, "check", text, &known);
                }
            }
        }
    }
    circles(decoder, node, scenario);
    for part in parts {
        kept::sampled(part.decoder, &part.node.nodes_at("checks"), scenario);
    }
    let nothing = ["checks", "compare", "use"]
        .iter()
        .all(|key| node.get(key).is_none());
    if nothing {
        decoder.error(
            first_key(node),
            "scenario demands nothing; expected `checks` or `compare`",
        );
    }
    let whole = parts.len() > node.nodes_at("use").len();
    if whole && parts.iter().all(|p| entries(p.node, "probes").is_empty()) {
        decoder.error(first_key(node), "scenario asks nothing; expected `probes`");
    }
    let read = |id: &String| {
        let mut checks = scenario.checks.iter();
        let mut comparisons = scenario.compare.iter();
        checks.any(|c| *c.id == **id) || comparisons.any(|c| *c.id == **id)
    };
    let written = seen.iter().map(|name| format!("{}/{name}", scenario.id));
    broken.ids.extend(written.filter(|id| !read(id)));
    let checks = parts.iter().flat_map(|p| p.node.nodes_at("checks"));
    let uses = checks.filter(|c| c.get("rules").is_some()).count();
    broken.others |= !whole || uses > scenario.rules.len();
}

/// Reports checks that require each other.
fn circles(decoder: Decoder<'_>, node: &Node, scenario: &Scenario) {
    let done = order(&scenario.checks, |check| &check.id, |check| &check.requires);
    let mut stuck = scenario.checks.iter().enumerate();
    let stuck = stuck.find(|(place, c)| !done.contains(place) && !c.requires.contains(&c.id));
    if let Some((_, stuck)) = stuck {
        let name = stuck.id.rsplit('/').next();
        let span = node
            .nodes_at("checks")
            .into_iter()
            .find(|n| n.text_at("id") == name)
            .map_or_else(|| first_key(node), first_key);
        decoder.error(
            span,
            format!("check `{}` requires itself, by way of others", stuck.id),
        );
    }
}
