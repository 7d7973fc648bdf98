//! Checks names, kinds and units of an expression against its scope.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::functions::{self, Function};
use super::operate;
use super::scope::{Scope, Type};
use super::tree::{Form, Loop, Node};
use super::value::join;
use super::{Problem, Read, Val};
use crate::fact::vocabulary::{FactSpec, ProbeKind};

/// Most loops that may stand within each other.
const LOOPS: usize = 2;

/// What is known of an expression without problems.
pub(super) struct Checked {
    pub(super) kind: Type,
    pub(super) roots: BTreeSet<Arc<str>>,
    pub(super) reads: BTreeSet<Read>,
}

/// Checks a tree and compiles the patterns in it.
pub(super) fn check(text: &str, scope: &Scope, node: &mut Node) -> Result<Checked, Vec<Problem>> {
    let mut checker = Checker {
        text,
        scope,
        locals: Vec::new(),
        loops: 0,
        problems: Vec::new(),
        roots: BTreeSet::new(),
        reads: BTreeSet::new(),
    };
    let kind = checker.infer(node);
    if matches!(&kind, Type::Probe { prefix, .. } if prefix.is_empty()) {
        checker.refuse(
            node.at.clone(),
            "this is a whole probe; name one of its facts",
        );
    }
    if checker.problems.is_empty() {
        let Checker { roots, reads, .. } = checker;
        Ok(Checked { kind, roots, reads })
    } else {
        Err(checker.problems)
    }
}

struct Checker<'c> {
    text: &'c str,
    scope: &'c Scope,
    locals: Vec<(Arc<str>, Type)>,
    loops: usize,
    problems: Vec<Problem>,
    roots: BTreeSet<Arc<str>>,
    reads: BTreeSet<Read>,
}

impl Checker<'_> {
    fn refuse(&mut self, at: Range<usize>, message: impl Into<String>) {
        self.problems.push(Problem::new(at, message));
    }

    /// Returns the text of a node for a message.
    fn written(&self, node: &Node) -> String {
        self.text
            .get(node.at.clone())
            .unwrap_or_default()
            .to_owned()
    }

    /// Returns the name that a chain of members stands for as a whole, such as `first.help`.
    fn known_as_a_whole(&self, node: &Node) -> Option<Arc<str>> {
        fn path(node: &Node) -> Option<String> {
            match &node.form {
                Form::Name(name) => Some(name.to_string()),
                Form::Member { of, name } => Some(format!("{}.{name}", path(of)?)),
                _ => None,
            }
        }
        let Form::Member { .. } = node.form else {
            return None;
        };
        let path = path(node)?;
        let (first, _) = path.split_once('.')?;
        let is_local = self.locals.iter().any(|(local, _)| &**local == first);
        (!is_local && self.scope.get(&path).is_some()).then(|| Arc::from(path))
    }

    fn infer(&mut self, node: &mut Node) -> Type {
        if let Some(name) = self.known_as_a_whole(node) {
            node.form = Form::Name(name);
        }
        let at = node.at.clone();
        match &mut node.form {
            Form::Literal(value) => Type::of_literal(value),
            Form::Name(name) => {
                let name = Arc::clone(name);
                let kind = self.name(&name, at.clone());
                if let Type::Space(below) = &kind {
                    let example = below.first().map_or("", String::as_str);
                    self.refuse(at, format!("`{name}` has no value; expected what stands below it, such as `{name}.{example}`"));
                    return Type::Dynamic;
                }
                kind
            }
            Form::Member { of, name } => {
                let name = Arc::clone(name);
                let kind = self.base(of);
                let of = self.written(of);
                self.member(&kind, &of, &name, at)
            }
            Form::Index { of, key } => {
                let kind = self.infer(of);
                let of = self.written(of);
                let key_kind = self.infer(key);
                match &key.form {
                    Form::Literal(Val::Text(name)) => self.member(&kind, &of, name, at),
                    _ => self.index(&kind, &key_kind, at),
                }
            }
            Form::Has(member) => {
                self.infer(member);
                Type::Bool
            }
            Form::Not(a) => {
                self.condition(a, "`!`");
                Type::Bool
            }
            Form::Negate(a) => {
                let kind = self.infer(a);
                if !matches!(
                    kind,
                    Type::Int | Type::Double | Type::Duration | Type::Dynamic
                ) {
                    self.refuse(
                        at,
                        format!("`-` takes a number or a duration, not {}", kind.words()),
                    );
                }
                kind
            }
            Form::And(a, b) => {
                self.condition(a, "`&&`");
                self.condition(b, "`&&`");
                Type::Bool
            }
            Form::Or(a, b) => {
                self.condition(a, "`||`");
                self.condition(b, "`||`");
                Type::Bool
            }
            Form::If(a, b, c) => {
                self.condition(a, "`? :`");
                let (b, c) = (self.infer(b), self.infer(c));
                b.either(c)
            }
            Form::Binary(op, a, b) => {
                let before = self.problems.len();
                let (left, right) = (self.infer(a), self.infer(b));
                operate::infer(*op, &left, &right).unwrap_or_else(|message| {
                    // A mistake in one side makes its kind a guess.
                    if self.problems.len() == before {
                        self.refuse(at, message);
                    }
                    operate::usual(*op)
                })
            }
            Form::List(items) => {
                let kinds: Vec<Type> = items.iter_mut().map(|i| self.infer(i)).collect();
                Type::List(Box::new(
                    kinds
                        .into_iter()
                        .reduce(Type::either)
                        .unwrap_or(Type::Dynamic),
                ))
            }
            Form::Map(entries) => {
                for (key, value) in entries {
                    if !matches!(self.infer(key), Type::Text | Type::Dynamic) {
                        self.refuse(key.at.clone(), "keys of an object are text");
                    }
                    self.infer(value);
                }
                Type::Map
            }
            Form::Call {
                name,
                name_at,
                args,
                function,
                pattern,
            } => {
                let Some(found) = functions::named(name) else {
                    self.unknown_function(name, name_at.clone());
                    // The other arguments of a misspelt loop would complain of its variable.
                    if let Some(first) = args.first_mut() {
                        self.infer(first);
                    }
                    return Type::Dynamic;
                };
                *function = Some(found);
                let kinds: Vec<Type> = args.iter_mut().map(|a| self.infer(a)).collect();
                if found.name == "matches" {
                    *pattern = self.pattern(args.get(1));
                }
                self.arguments(found, name_at.clone(), args, &kinds)
            }
            Form::Loop {
                kind,
                of,
                variable,
                first,
                second,
            } => {
                let over = self.infer(of);
                let item = self.item(&over, of.at.clone());
                self.loops += 1;
                if self.loops > LOOPS {
                    self.refuse(at, format!("more than {LOOPS} loops within each other; split the expression with `let`"));
                }
                self.locals.push((Arc::clone(variable), item.clone()));
                let result = match kind {
                    Loop::All | Loop::Exists | Loop::ExistsOne => {
                        self.condition(first, "the condition of a loop");
                        Type::Bool
                    }
                    Loop::Filter => {
                        self.condition(first, "the condition of a loop");
                        Type::List(Box::new(item))
                    }
                    Loop::Map => match second {
                        None => Type::List(Box::new(self.infer(first))),
                        Some(second) => {
                            self.condition(first, "the condition of a loop");
                            Type::List(Box::new(self.infer(second)))
                        }
                    },
                };
                self.locals.pop();
                self.loops -= 1;
                result
            }
        }
    }

    /// Infers what stands before a dot, where a name without a value may stand too.
    fn base(&mut self, node: &mut Node) -> Type {
        if let Some(name) = self.known_as_a_whole(node) {
            node.form = Form::Name(name);
        }
        match &node.form {
            Form::Name(name) => self.name(&Arc::clone(name), node.at.clone()),
            _ => self.infer(node),
        }
    }

    /// Compiles the pattern of `matches` if it is a literal.
    fn pattern(&mut self, arg: Option<&Node>) -> Option<regex::Regex> {
        let Some(Node {
            at,
            form: Form::Literal(Val::Text(text)),
        }) = arg
        else {
            return None;
        };
        let compiled = functions::pattern(text);
        compiled
            .map_err(|message| self.refuse(at.clone(), message))
            .ok()
    }

    fn condition(&mut self, node: &mut Node, what: &str) {
        let kind = self.infer(node);
        if !matches!(kind, Type::Bool | Type::Dynamic) {
            let message = format!("{what} takes true or false, not {}", kind.words());
            self.refuse(node.at.clone(), message);
        }
    }

    fn name(&mut self, name: &Arc<str>, at: Range<usize>) -> Type {
        if let Some((_, kind)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            return kind.clone();
        }
        if let Some(kind) = self.scope.get(name) {
            self.roots.insert(Arc::clone(name));
            return kind.clone();
        }
        let known = self
            .scope
            .names()
            .chain(self.locals.iter().map(|(n, _)| &**n));
        let before = self.text.get(..at.start).unwrap_or_default();
        let message = if before.ends_with('-') && self.text.contains("headers.") {
            format!(
                "unknown name `{name}`; a header with a hyphen is written `headers['content-type']`"
            )
        } else {
            format!("unknown name `{name}`")
        };
        let problem = Problem::unknown(at, message, name, known, "");
        self.problems.push(problem);
        Type::Dynamic
    }

    fn unknown_function(&mut self, name: &str, at: Range<usize>) {
        let known = functions::all()
            .map(|f| f.name)
            .chain(Loop::NAMES.iter().copied());
        let problem = Problem::unknown(at, format!("unknown function `{name}`"), name, known, "");
        self.problems.push(problem);
    }

    /// Infers a member, by `.name` or `['name']`.
    fn member(&mut self, kind: &Type, of: &str, name: &str, at: Range<usize>) -> Type {
        match kind {
            Type::Dynamic | Type::Map => Type::Dynamic,
            Type::Members(members) => match members.get(name) {
                Some(kind) => kind.clone(),
                None => {
                    let known = members.keys().map(String::as_str);
                    self.unknown_member(of, name, at, known, "name");
                    Type::Dynamic
                }
            },
            Type::Record { fields, prefix } => {
                let path = join(prefix, name);
                match find(fields.iter(), &path) {
                    Found::Fact(spec) => Type::of_spec(spec),
                    Found::Group => Type::Record {
                        fields,
                        prefix: path,
                    },
                    Found::Nothing => {
                        let known = below(fields.iter(), prefix);
                        self.unknown_member(of, name, at, known, "fact");
                        Type::Dynamic
                    }
                }
            }
            Type::Probe {
                kind,
                names,
                prefix,
            } => self.fact(kind, names, prefix, of, name, at),
            Type::Space(below) => {
                let known = below.iter().map(String::as_str);
                self.unknown_member(of, name, at, known, "name");
                Type::Dynamic
            }
            other => {
                let message = if functions::named(name).is_some() {
                    format!(
                        "`{of}` is {} and has no member `{name}`; the function is written `{name}()`",
                        other.words()
                    )
                } else {
                    format!("`{of}` is {} and has no member `{name}`", other.words())
                };
                self.refuse(at, message);
                Type::Dynamic
            }
        }
    }

    fn unknown_member<'k>(
        &mut self,
        of: &str,
        name: &str,
        at: Range<usize>,
        known: impl IntoIterator<Item = &'k str>,
        what: &str,
    ) {
        let message = format!("unknown {what} `{of}.{name}`");
        let problem = Problem::unknown(at, message, name, known, &format!("{of}."));
        self.problems.push(problem);
    }

    fn fact(
        &mut self,
        kind: &'static ProbeKind,
        names: &[Arc<str>],
        prefix: &str,
        of: &str,
        name: &str,
        at: Range<usize>,
    ) -> Type {
        let path = join(prefix, name);
        let Some(spec) = kind.fact(&path) else {
            if kind.is_group(&path) {
                let names = names.to_vec();
                return Type::Probe {
                    kind,
                    names,
                    prefix: path,
                };
            }
            let known = below(kind.all_facts(), prefix);
            self.unknown_member(of, name, at, known, "fact");
            return Type::Dynamic;
        };
        // Names below a `*` are lower case.
        let path = if spec.path.ends_with('*') {
            path.to_lowercase()
        } else {
            path
        };
        for probe in names {
            let (probe, path) = (Arc::clone(probe), Arc::from(path.as_str()));
            self.reads.insert(Read { probe, path });
        }
        Type::of_spec(spec)
    }

    fn index(&mut self, kind: &Type, key: &Type, at: Range<usize>) -> Type {
        match (kind, key) {
            (Type::Dynamic | Type::Map, Type::Dynamic | Type::Text | Type::Int) => Type::Dynamic,
            (Type::List(item), Type::Int | Type::Dynamic) => (**item).clone(),
            (
                Type::Probe { .. } | Type::Record { .. } | Type::Members(_),
                Type::Dynamic | Type::Text,
            ) => Type::Dynamic,
            (kind, key) => {
                let message = format!("{} has no index that is {}", kind.words(), key.words());
                self.refuse(at, message);
                Type::Dynamic
            }
        }
    }

    /// Infers what a loop runs over.
    fn item(&mut self, over: &Type, at: Range<usize>) -> Type {
        match over {
            Type::List(item) => (**item).clone(),
            Type::Dynamic => Type::Dynamic,
            Type::Map | Type::Members(_) | Type::Record { .. } => Type::Text,
            Type::Probe { prefix, .. } if !prefix.is_empty() => Type::Text,
            other => {
                let hint = if matches!(other, Type::Addresses) {
                    "; `cidrs(x)` lists its prefixes"
                } else {
                    ""
                };
                self.refuse(
                    at,
                    format!(
                        "a loop runs over a list or the keys of an object, not {}{hint}",
                        other.words()
                    ),
                );
                Type::Dynamic
            }
        }
    }

    fn arguments(
        &mut self,
        function: &'static Function,
        name_at: Range<usize>,
        args: &[Node],
        kinds: &[Type],
    ) -> Type {
        let name = function.name;
        if args.len() < function.least || args.len() > function.params.len() {
            let message = format!("`{name}` is written `{}`", function.signature);
            self.refuse(name_at, message);
            return (function.yields)(kinds);
        }
        for ((want, kind), arg) in function.params.iter().zip(kinds).zip(args) {
            if !want.takes(kind) {
                let message = format!("`{name}` takes {}, not {}", want.words(), kind.words());
                self.refuse(arg.at.clone(), message);
            }
        }
        (function.yields)(kinds)
    }
}

enum Found {
    Fact(&'static FactSpec),
    Group,
    Nothing,
}

/// Finds a path among the facts of a record.
fn find(mut specs: impl Iterator<Item = &'static FactSpec> + Clone, path: &str) -> Found {
    if let Some(spec) = specs.clone().find(|s| s.path == path) {
        return Found::Fact(spec);
    }
    let group = |spec: &FactSpec| {
        spec.path
            .strip_prefix(path)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    if specs.any(group) {
        Found::Group
    } else {
        Found::Nothing
    }
}

/// Returns the names that stand next below a group.
fn below(specs: impl Iterator<Item = &'static FactSpec>, prefix: &str) -> Vec<&'static str> {
    let names = specs.filter_map(|spec| {
        let rest = if prefix.is_empty() {
            spec.path
        } else {
            spec.path.strip_prefix(prefix)?.strip_prefix('.')?
        };
        rest.split('.').next().filter(|name| *name != "*")
    });
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}
