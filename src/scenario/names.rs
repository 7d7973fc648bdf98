//! What expressions of a scenario may name, and the compiling of everything written in them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::attested;
use super::decode::Decoder;
use super::grammar::is_identifier;
use super::keys::{Shape, Table};
use super::model::{ArgumentText, FIRST, Probe, Side};
use super::registry_file::REGISTRY;
use super::shelf::Shelf;
use super::suite::Checklist;
use crate::expr::{Expression, Problem, Scope, Selector, Template, Type};
use crate::fact::vocabulary::ProbeKind;
use crate::registry::RegistryId;
use crate::yaml::{Node, Span, nearest};

/// Roots that every expression may read.
pub(super) const GIVEN: &[&str] = &["registry", "registries", "vars", "run"];

/// Longest condition that reads well, in characters; beyond it a fact or a `let` is clearer.
const LONG_CONDITION: usize = 100;

/// What expressions of one scenario may name.
#[derive(Clone, Debug)]
pub(super) struct Names<'a> {
    /// Probes with their kinds, in the order written.
    pub(super) probes: Vec<(Arc<str>, &'static ProbeKind)>,
    /// Probes and named expressions that had mistakes: known, but nothing more is said of them.
    pub(super) broken: Vec<String>,
    /// Known registries.
    pub(super) registries: &'a [RegistryId],
    /// What the names are.
    scope: Scope,
    /// Roots that each named expression reads, through others too.
    through: BTreeMap<String, BTreeSet<String>>,
    /// Where probes stand once more: `first`, `source`, `source.first`, `recipient` …
    spaces: Vec<String>,
}

impl<'a> Names<'a> {
    /// Returns the names that every scenario has; `vars` are the names of values per registry.
    pub(super) fn given(shelf: &'a Shelf, vars: &[String]) -> Self {
        let vars = vars.iter().map(|name| (name.as_str(), Type::Dynamic));
        let scope = Scope::new()
            .with("registry", registry_type(&shelf.samples, &shelf.checklists))
            .with("registries", Type::Map)
            .with("allowed", Type::Map)
            .with("vars", Type::members(vars))
            .with(
                "run",
                Type::members([
                    ("started", Type::Time),
                    ("bootstrap", Type::Text),
                    ("iana", Type::Text),
                    ("nro", Type::Text),
                    ("transfer_policy", Type::Map),
                ]),
            );
        Self {
            probes: Vec::new(),
            broken: Vec::new(),
            registries: &shelf.registries,
            scope,
            through: BTreeMap::new(),
            spaces: Vec::new(),
        }
    }

    /// Adds a probe.
    pub(super) fn add_probe(&mut self, name: &str, kind: &'static ProbeKind) {
        self.scope.add_probe(name, kind);
        self.probes.push((Arc::from(name), kind));
    }

    /// Adds an axis of the matrix.
    pub(super) fn add_axis(&mut self, name: &str) {
        self.scope.add(name, Type::Dynamic);
    }

    /// Adds a name that has mistakes, so that it is not reported as unknown too.
    pub(super) fn add_broken(&mut self, name: &str) {
        self.scope.add(name, Type::Dynamic);
        self.broken.push(name.to_owned());
    }

    /// Adds what a scenario that is polled, or is about a pair, lets expressions read.
    pub(super) fn add_times(&mut self, polls: bool, pairs: bool, windows: &[String]) {
        let windows = windows.iter().map(|name| (name.as_str(), Type::Duration));
        self.scope.add("windows", Type::members(windows));
        let probes = self.probes.clone();
        let mut spaces = Vec::new();
        if polls {
            let tick = [
                ("number", Type::Int),
                ("at", Type::Time),
                ("since", Type::Duration),
            ];
            self.scope.add("tick", Type::members(tick));
            self.scope.add("stages", Type::members([]));
            spaces.push(FIRST.to_owned());
        }
        if pairs {
            self.scope.add("role", Type::Text);
            for side in Side::ALL.map(Side::as_str) {
                spaces.push(side.to_owned());
                spaces.extend(polls.then(|| format!("{side}.{FIRST}")));
            }
        }
        for space in &spaces {
            let below = probes.iter().map(|(name, _)| name.as_ref());
            let deeper = format!("{space}.{FIRST}");
            let deeper = spaces.contains(&deeper).then_some(FIRST);
            self.scope.add(space, Type::space(below.chain(deeper)));
            for (name, kind) in &probes {
                self.scope.add_probe(&format!("{space}.{name}"), kind);
            }
        }
        self.spaces = spaces;
    }

    /// Adds a stage, which later ones and checks may read.
    pub(super) fn add_stage(&mut self, name: &str) {
        let stage = Type::members([
            ("reached", Type::Bool),
            ("at", Type::Time),
            ("since", Type::Duration),
        ]);
        let known = match self.scope.get("stages") {
            Some(Type::Members(known)) => known.as_ref().clone(),
            _ => BTreeMap::new(),
        };
        let known = known
            .iter()
            .map(|(name, kind)| (name.as_str(), kind.clone()));
        let all = Type::members(known.chain([(name, stage)]));
        self.scope.add("stages", all);
    }

    /// Finds a name that stands for what is only known when everything was asked: a stage, or a
    /// probe of one side of a pair.
    pub(super) fn known_later<'r>(&self, roots: impl Iterator<Item = &'r str>) -> Option<String> {
        let sides = Side::ALL.map(Side::as_str);
        self.behind(roots).into_iter().find(|root| {
            let (space, _) = root.split_once('.').unwrap_or((root, ""));
            *root == "stages" || (sides.contains(&space) && space != root)
        })
    }

    /// Adds a named expression, which later ones may read.
    pub(super) fn add_let(&mut self, name: &str, expression: &Expression) {
        let reads = self.behind(expression.roots());
        self.scope.add(name, expression.kind().clone());
        self.through.insert(name.to_owned(), reads);
    }

    /// Returns roots with those that named expressions among them read.
    fn behind<'r>(&self, roots: impl Iterator<Item = &'r str>) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for root in roots {
            all.insert(root.to_owned());
            all.extend(self.through.get(root).into_iter().flatten().cloned());
        }
        all
    }
}

/// Returns what `registry` is: its parts by the table of registry files, the known samples, and what
/// is attested by checklist and row.
fn registry_type(samples: &BTreeSet<String>, checklists: &BTreeMap<String, Checklist>) -> Type {
    let claim = Type::members(attested::MEMBERS.iter().map(|name| (*name, Type::Text)));
    let rows = |list: &Checklist| {
        Type::members(
            list.rows
                .iter()
                .map(|row| (row.key.as_str(), claim.clone())),
        )
    };
    let attested = checklists
        .iter()
        .map(|(id, list)| (id.as_str(), rows(list)));
    let attested = Type::members(attested);
    let samples = samples.iter().map(|name| (name.as_str(), Type::Dynamic));
    let samples = Type::members(samples);
    let parts = REGISTRY
        .keys
        .iter()
        .filter(|k| !matches!(k.name, "registry" | "sources"));
    let parts = parts.map(|key| match key.name {
        "samples" => ("samples", samples.clone()),
        name => (name, type_of(&key.shape)),
    });
    let own = [("id", Type::Text), ("attested", attested)];
    Type::members(parts.chain(own))
}

/// Returns what expressions see of a value of a shape.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not listed is dynamic to expressions"
)]
fn type_of(shape: &Shape) -> Type {
    let of_table =
        |table: &Table| Type::members(table.keys.iter().map(|k| (k.name, type_of(&k.shape))));
    match shape {
        Shape::Text | Shape::Name | Shape::Url | Shape::Rate | Shape::Time => Type::Text,
        Shape::Flag => Type::Bool,
        Shape::Count => Type::Int,
        Shape::List(item) => Type::List(Box::new(type_of(item))),
        Shape::MapOf(_) => Type::Map,
        Shape::Record(table) => of_table(table),
        _ => Type::Dynamic,
    }
}

impl Names<'_> {
    /// Returns the kind of a probe; `None` if there is no such probe.
    pub(super) fn kind_of(&self, probe: &str) -> Option<(&Arc<str>, &'static ProbeKind)> {
        self.probes
            .iter()
            .find(|(name, _)| name.as_ref() == probe)
            .map(|(name, kind)| (name, *kind))
    }

    /// Splits `help.status` into the probe with its kind, and the path behind it: the probe of
    /// `source.help.status` is `source.help`. `None` if there is no such probe.
    pub(super) fn probe_of(&self, path: &str) -> Option<(Arc<str>, &'static ProbeKind, usize)> {
        let spaces = self.spaces.iter().map(|space| format!("{space}."));
        let space = spaces.filter(|space| path.starts_with(space.as_str()));
        let space = space.max_by_key(String::len).unwrap_or_default();
        let rest = path.get(space.len()..)?;
        let (name, _) = rest.split_once(['.', ' ']).unwrap_or((rest, ""));
        let (_, kind) = self.kind_of(name)?;
        let name = format!("{space}{name}");
        let length = name.len();
        Some((Arc::from(name), kind, length))
    }

    /// Reports that a path begins with no probe.
    pub(super) fn unknown_path(&self, decoder: Decoder<'_>, span: Span, path: &str) {
        let within = |space: &&String| {
            let rest = path.strip_prefix(space.as_str());
            rest.is_some_and(|rest| rest.starts_with('.'))
        };
        let Some(space) = self.spaces.iter().filter(within).max_by_key(|s| s.len()) else {
            let (first, _) = path.split_once('.').unwrap_or((path, ""));
            self.unknown_probe(decoder, span, first);
            return;
        };
        let known: Vec<String> = self
            .probes
            .iter()
            .map(|(name, _)| format!("{space}.{name}"))
            .collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let rest = path.get(space.len() + 1..).unwrap_or_default();
        let (name, _) = rest.split_once('.').unwrap_or((rest, ""));
        decoder.unknown(span, "probe", &format!("{space}.{name}"), &known);
    }

    /// Reports an unknown probe.
    pub(super) fn unknown_probe(&self, decoder: Decoder<'_>, span: Span, word: &str) {
        if self.broken.iter().any(|b| b == word) {
            return;
        }
        let known: Vec<&str> = self.probes.iter().map(|(name, _)| name.as_ref()).collect();
        decoder.unknown(span, "probe", word, &known);
    }

    /// Reads the name of a probe.
    pub(super) fn probe(&self, decoder: Decoder<'_>, node: &Node) -> Option<Arc<str>> {
        let word = node.text()?;
        if let Some((name, _)) = self.kind_of(word) {
            return Some(Arc::clone(name));
        }
        if is_identifier(word) {
            self.unknown_probe(decoder, node.span, word);
        }
        None
    }

    /// Compiles an expression.
    pub(super) fn expression(&self, decoder: Decoder<'_>, node: &Node) -> Option<Expression> {
        let text = node.text()?;
        let compiled = Expression::compile(text, &self.scope);
        report(decoder, node, 0, compiled)
    }

    /// Compiles an expression that was put together from several; mistakes are those of the node.
    pub(super) fn expression_text(
        &self,
        decoder: Decoder<'_>,
        node: &Node,
        text: &str,
    ) -> Option<Expression> {
        match Expression::compile(text, &self.scope) {
            Ok(expression) => Some(expression),
            Err(problems) => {
                for problem in problems {
                    decoder.error(node.span, problem.message);
                }
                None
            }
        }
    }

    /// Compiles an expression that is the part of a node's text that begins at an octet.
    pub(super) fn expression_within(
        &self,
        decoder: Decoder<'_>,
        node: &Node,
        part: &str,
        begins: usize,
    ) -> Option<Expression> {
        let compiled = Expression::compile(part, &self.scope);
        report(decoder, node, begins, compiled)
    }

    /// Compiles an expression that yields true or false, and warns of long ones.
    pub(super) fn condition(&self, decoder: Decoder<'_>, node: &Node) -> Option<Expression> {
        let text = node.text()?;
        let length = text.chars().count();
        if length > LONG_CONDITION {
            decoder.warn(
                node.span,
                format!(
                    "condition of {length} characters; name its parts with `let`, at most {LONG_CONDITION} read well"
                ),
            );
        }
        self.truth(decoder, node)
    }

    /// Compiles an expression that yields true or false.
    pub(super) fn truth(&self, decoder: Decoder<'_>, node: &Node) -> Option<Expression> {
        let compiled = Expression::compile_condition(node.text()?, &self.scope);
        report(decoder, node, 0, compiled)
    }

    /// Compiles text with `${…}`.
    pub(super) fn template(&self, decoder: Decoder<'_>, node: &Node) -> Option<Template> {
        // Nothing stands for empty text here: `accept:` without a value.
        let text = node.text().unwrap_or_default();
        let compiled = Template::compile(text, &self.scope);
        report(decoder, node, 0, compiled)
    }

    /// Compiles a `JSONPath` that stands `begins` octets into a key.
    pub(super) fn selector(
        &self,
        decoder: Decoder<'_>,
        key: Span,
        text: &str,
        begins: usize,
    ) -> Option<Selector> {
        match Selector::compile(text) {
            Ok(selector) => Some(selector),
            Err(problem) => {
                decoder.error(
                    within_key(decoder, key, text, begins, &problem.range),
                    problem.message,
                );
                None
            }
        }
    }

    /// Returns the probes that a probe's templates and conditions read.
    pub(super) fn probes_read_by(&self, probe: &Probe) -> Vec<Arc<str>> {
        let all = self.roots_of(probe);
        self.probes
            .iter()
            .filter(|(name, _)| all.contains(name.as_ref()))
            .map(|(name, _)| Arc::clone(name))
            .collect()
    }

    /// Returns the names that a probe's templates and conditions read, through named expressions too.
    pub(super) fn roots_of(&self, probe: &Probe) -> BTreeSet<String> {
        let mut templates = vec![&probe.subject];
        templates.extend(&probe.at);
        for argument in probe.arguments.values() {
            match argument {
                ArgumentText::Text(template) => templates.push(template),
                ArgumentText::Texts(list) => templates.extend(list),
                ArgumentText::Headers(list) => templates.extend(list.iter().map(|(_, t)| t)),
                ArgumentText::Duration(_)
                | ArgumentText::Bytes(_)
                | ArgumentText::Count(_)
                | ArgumentText::Flag(_)
                | ArgumentText::Redirects(_)
                | ArgumentText::Probe(_) => {}
            }
        }
        let roots = templates.iter().flat_map(|t| t.roots());
        self.behind(roots.chain(probe.when.iter().flat_map(Expression::roots)))
    }
}

/// Keeps what was compiled; reports the problems of a text that begins some octets into a node's.
fn report<T>(
    decoder: Decoder<'_>,
    node: &Node,
    begins: usize,
    compiled: Result<T, Vec<Problem>>,
) -> Option<T> {
    match compiled {
        Ok(value) => Some(value),
        Err(problems) => {
            for problem in problems {
                let range = problem.range.start + begins..problem.range.end + begins;
                decoder.error(decoder.source.inside(node, range), problem.message);
            }
            None
        }
    }
}

/// Returns the place of a part of a key; the whole key where it was not written that way.
fn within_key(
    decoder: Decoder<'_>,
    key: Span,
    text: &str,
    begins: usize,
    range: &Range<usize>,
) -> Span {
    let written = decoder.source.slice(key);
    let begins = begins + usize::from(written.starts_with(['"', '\'']));
    if !written.get(begins..).is_some_and(|w| w.starts_with(text)) {
        return key;
    }
    let start = key.start + begins;
    decoder.source.span(start + range.start..start + range.end)
}

/// Returns the nearest fact or group of a kind.
pub(super) fn nearest_fact(kind: &'static ProbeKind, path: &str) -> Option<&'static str> {
    nearest(path, kind.all_facts().map(|f| f.path))
}
