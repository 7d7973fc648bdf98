//! Evaluates a checked tree over observations, within a budget.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cost::weight;
use super::environment::{Environment, EvalError, Evaluation, Root, STEPS};
use super::tree::{Form, Node, Op};
use super::value::{Group, join};
use super::{Expression, Map, Read, Shared, Type, Val, operate};

/// Evaluates an expression.
pub(super) fn run<'e>(
    expression: &'e Expression,
    environment: &'e Environment<'e>,
) -> Evaluation<'e> {
    let mut evaluator = Evaluator {
        expression,
        environment,
        locals: Vec::new(),
        steps: 0,
        reads: BTreeSet::new(),
    };
    let value = evaluator.eval(&expression.0.node);
    Evaluation {
        value,
        reads: evaluator.reads,
    }
}

/// A name bound by a loop, with the node it runs over.
pub(super) struct Local<'e> {
    pub(super) name: &'e str,
    pub(super) value: Val<'e>,
    pub(super) over: &'e Node,
}

pub(super) struct Evaluator<'e> {
    expression: &'e Expression,
    environment: &'e Environment<'e>,
    pub(super) locals: Vec<Local<'e>>,
    steps: u64,
    reads: BTreeSet<Read>,
}

pub(super) type Outcome<'e> = Result<Val<'e>, EvalError>;

impl<'e> Evaluator<'e> {
    /// Counts work.
    pub(super) fn charge(&mut self, steps: usize) -> Result<(), EvalError> {
        self.steps = self
            .steps
            .saturating_add(u64::try_from(steps).unwrap_or(u64::MAX));
        if self.steps > STEPS {
            Err(EvalError::TooMuch)
        } else {
            Ok(())
        }
    }

    pub(super) fn eval(&mut self, node: &'e Node) -> Outcome<'e> {
        self.charge(1)?;
        let wrong = |message: String| EvalError::Wrong {
            message,
            range: node.at.clone(),
        };
        match &node.form {
            Form::Literal(value) => Ok(borrow(value)),
            Form::Name(name) => self.name(name),
            Form::Member { of, name } => {
                let value = self.eval(of)?;
                self.member(&value, name, node)?
                    .ok_or_else(|| self.absent(node))
            }
            Form::Index { of, key } => {
                let (value, key) = (self.eval(of)?, self.eval(key)?);
                self.index(&value, &key, node)?
                    .ok_or_else(|| self.absent(node))
            }
            Form::Has(member) => self.has(member).map(Val::Bool),
            Form::Not(a) => Ok(Val::Bool(!self.condition(a)?)),
            Form::Negate(a) => operate::negate(&self.eval(a)?).map_err(wrong),
            Form::And(a, b) => self.joined(a, b, false).map(Val::Bool),
            Form::Or(a, b) => self.joined(a, b, true).map(Val::Bool),
            Form::If(a, b, c) => {
                let branch = if self.condition(a)? { b } else { c };
                self.eval(branch)
            }
            Form::Binary(op, a, b) => {
                let (left, right) = (self.eval(a)?, self.eval(b)?);
                self.charge(weight(&left).max(weight(&right)))?;
                if let (Op::In, Val::Group(group), Val::Text(name)) = (op, &right, &left) {
                    let name = name.to_string();
                    return Ok(Val::Bool(self.fact(&group.clone(), &name, node)?.is_some()));
                }
                let (left, right) = (self.collected(left)?, self.collected(right)?);
                operate::apply(*op, &left, &right).map_err(wrong)
            }
            Form::List(items) => {
                let items: Result<Vec<Val<'e>>, EvalError> =
                    items.iter().map(|i| self.eval(i)).collect();
                Ok(Val::list(items?))
            }
            Form::Map(entries) => {
                let mut members = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    members.push((self.eval(key)?, self.eval(value)?));
                }
                Ok(Val::Map(Map::Owned(members.into())))
            }
            Form::Call {
                name,
                args,
                function,
                pattern,
                ..
            } => {
                let mut values = Vec::with_capacity(args.len());
                for arg in args {
                    let value = self.eval(arg)?;
                    self.charge(weight(&value))?;
                    values.push(self.collected(value)?);
                }
                match (pattern, values.first(), function) {
                    (Some(pattern), Some(Val::Text(text)), _) => {
                        Ok(Val::Bool(pattern.is_match(text)))
                    }
                    (_, _, Some(function)) => (function.run)(&values).map_err(wrong),
                    (_, _, None) => Err(wrong(format!("unknown function `{name}`"))),
                }
            }
            Form::Loop {
                kind,
                of,
                variable,
                first,
                second,
            } => self.looped(*kind, of, variable, first, second.as_deref()),
        }
    }

    /// Makes a group of facts into an object of its own, so that functions can take it.
    fn collected(&mut self, value: Val<'e>) -> Outcome<'e> {
        match value {
            Val::Group(group) => {
                self.read(&group, &group.prefix.clone())?;
                Ok(Val::Map(Map::Record(
                    &group.observation.facts,
                    group.prefix,
                )))
            }
            other => Ok(other),
        }
    }

    pub(super) fn condition(&mut self, node: &'e Node) -> Result<bool, EvalError> {
        let value = self.eval(node)?;
        value.as_bool().ok_or_else(|| EvalError::Wrong {
            message: format!("true or false is expected here, not {}", value.words()),
            range: node.at.clone(),
        })
    }

    /// Evaluates `&&` (until false) or `||` (until true); an error counts only if the
    /// other side does not decide.
    fn joined(&mut self, a: &'e Node, b: &'e Node, decides: bool) -> Result<bool, EvalError> {
        match self.condition(a) {
            Ok(left) if left == decides => Ok(decides),
            Ok(_) => self.condition(b),
            Err(error) if error.is_final() => Err(error),
            Err(error) => match self.condition(b) {
                Ok(right) if right == decides => Ok(decides),
                Err(other) if other.is_final() => Err(other),
                Ok(_) | Err(_) => Err(error),
            },
        }
    }

    fn name(&self, name: &str) -> Outcome<'e> {
        if let Some(local) = self.locals.iter().rev().find(|l| l.name == name) {
            return Ok(local.value.clone());
        }
        let undeclared = || EvalError::Undeclared {
            path: name.to_owned(),
        };
        let Some((key, root)) = self.environment.0.get_key_value(name) else {
            return Err(undeclared());
        };
        match root {
            Root::Value(value) | Root::Observed(_, value) => Ok(value.clone()),
            Root::Failed(error) => Err(error.clone()),
            Root::Probe(observation) => {
                if observation.skipped.is_some() {
                    return Err(EvalError::SkippedProbe {
                        probe: Arc::from(name),
                    });
                }
                let Some(Type::Probe { kind, .. }) = self.expression.0.scope.get(name) else {
                    return Err(undeclared());
                };
                Ok(Val::Group(Group {
                    probe: key,
                    kind,
                    observation,
                    prefix: Arc::from(""),
                }))
            }
        }
    }

    /// Returns a member; `None` if it is absent.
    fn member(
        &mut self,
        value: &Val<'e>,
        name: &str,
        node: &'e Node,
    ) -> Result<Option<Val<'e>>, EvalError> {
        match value {
            Val::Map(map) => Ok(map.get(name)),
            Val::Group(group) => self.fact(&group.clone(), name, node),
            // CEL has no member of null; in an answer it is as absent as the member itself.
            Val::Null => Ok(None),
            other => Err(EvalError::Wrong {
                message: format!("{} has no member `{name}`", other.words()),
                range: node.at.clone(),
            }),
        }
    }

    fn index(
        &mut self,
        value: &Val<'e>,
        key: &Val<'e>,
        node: &'e Node,
    ) -> Result<Option<Val<'e>>, EvalError> {
        match (value, key) {
            (Val::List(list), Val::Int(at)) => {
                Ok(usize::try_from(*at).ok().and_then(|at| list.get(at)))
            }
            (Val::Map(_) | Val::Group(_) | Val::Null, Val::Text(name)) => {
                let name = name.to_string();
                self.member(value, &name, node)
            }
            (Val::Null, _) => Ok(None),
            (value, key) => Err(EvalError::Wrong {
                message: format!("{} has no index that is {}", value.words(), key.words()),
                range: node.at.clone(),
            }),
        }
    }

    /// Says whether a member is there; what stands before it must be there or absent, not of a wrong kind.
    fn has(&mut self, node: &'e Node) -> Result<bool, EvalError> {
        self.charge(1)?;
        let (of, key) = match &node.form {
            Form::Member { of, name } => (of, Val::Text(Shared::Borrowed(&**name))),
            Form::Index { of, key } => (of, self.eval(key)?),
            _ => return self.eval(node).map(|_| true),
        };
        let value = match self.eval(of) {
            Ok(value) => value,
            Err(EvalError::Absent { .. }) => return Ok(false),
            // A name that is not there at all is another mistake than a member that is not.
            Err(EvalError::Undeclared { .. }) if !matches!(of.form, Form::Name(_)) => {
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        match (&value, &key) {
            (Val::Map(_) | Val::Group(_) | Val::List(_) | Val::Null, _) => Ok(self
                .index(&value, &key, node)?
                .is_some_and(|v| !is_empty_group(&v))),
            // `has(x.y)` of a text or number: there is no such member.
            _ => Ok(false),
        }
    }

    /// Reads a fact or a group below a group; `None` if it is absent.
    fn fact(
        &mut self,
        group: &Group<'e>,
        name: &str,
        node: &'e Node,
    ) -> Result<Option<Val<'e>>, EvalError> {
        let path = join(&group.prefix, name);
        let Some(spec) = group.kind.fact(&path) else {
            if group.kind.is_group(&path) {
                let prefix = Arc::from(path);
                return Ok(Some(Val::Group(Group {
                    prefix,
                    ..group.clone()
                })));
            }
            return Err(EvalError::Wrong {
                message: format!("unknown fact `{}.{path}`", group.probe),
                range: node.at.clone(),
            });
        };
        let path = if spec.path.ends_with('*') {
            path.to_lowercase()
        } else {
            path
        };
        let observation = group.observation;
        match path.as_str() {
            "ok" => {
                self.note(group, &path);
                return Ok(Some(Val::Bool(observation.is_ok())));
            }
            "failure" => {
                self.note(group, &path);
                let kind = observation.failure.as_ref().map_or("", |f| f.kind.as_str());
                return Ok(Some(Val::Text(Shared::Borrowed(kind))));
            }
            _ => self.read(group, &path)?,
        }
        if path == "at" {
            return Ok(Some(Val::Time(observation.at)));
        }
        match observation.facts.get(&path) {
            None => Ok(None),
            Some(fact) => match Val::from_fact(fact) {
                Some(value) => Ok(Some(value)),
                None => Err(EvalError::NotKept {
                    probe: Arc::from(group.probe),
                    path: Arc::from(path),
                }),
            },
        }
    }

    fn note(&mut self, group: &Group<'e>, path: &str) {
        self.reads.insert(Read {
            probe: Arc::from(group.probe),
            path: Arc::from(path),
        });
    }

    /// Notes a read and refuses it if the probe failed.
    pub(super) fn read(&mut self, group: &Group<'e>, path: &str) -> Result<(), EvalError> {
        self.note(group, path);
        if group.observation.failure.is_some() {
            return Err(EvalError::FailedProbe {
                probe: Arc::from(group.probe),
                path: Arc::from(path),
            });
        }
        Ok(())
    }

    /// Says that a node's value is absent: from a probe's answer, or from what we declare.
    fn absent(&self, node: &Node) -> EvalError {
        let path = self
            .expression
            .text()
            .get(node.at.clone())
            .unwrap_or_default()
            .to_owned();
        match self.origin(node) {
            Some(probe) => EvalError::Absent { probe, path },
            None => EvalError::Undeclared { path },
        }
    }

    /// Finds the probe that a value comes from.
    fn origin(&self, node: &Node) -> Option<Arc<str>> {
        match &node.form {
            Form::Name(name) => {
                if let Some(local) = self.locals.iter().rev().find(|l| l.name == &**name) {
                    return self.origin(local.over);
                }
                match self.environment.0.get(&**name)? {
                    Root::Probe(_) => Some(Arc::clone(name)),
                    Root::Observed(probe, _) => Some(Arc::clone(probe)),
                    Root::Value(_) | Root::Failed(_) => None,
                }
            }
            Form::Member { of, .. } | Form::Index { of, .. } | Form::Loop { of, .. } => {
                self.origin(of)
            }
            Form::Call { args: nodes, .. } | Form::List(nodes) => {
                nodes.iter().find_map(|n| self.origin(n))
            }
            Form::If(_, a, b) | Form::Binary(_, a, b) => self.origin(a).or_else(|| self.origin(b)),
            Form::Map(entries) => entries.iter().find_map(|(_, v)| self.origin(v)),
            Form::Literal(_)
            | Form::Has(_)
            | Form::Not(_)
            | Form::Negate(_)
            | Form::And(..)
            | Form::Or(..) => None,
        }
    }
}

/// Returns a literal without copying its text.
fn borrow<'e>(value: &'e Val<'static>) -> Val<'e> {
    match value {
        Val::Text(text) => Val::Text(Shared::Borrowed(text)),
        other => other.clone(),
    }
}

/// Says whether a group has no facts at all, so that `has(p.headers)` is false.
fn is_empty_group(value: &Val<'_>) -> bool {
    match value {
        Val::Group(group) => group
            .observation
            .facts
            .group(&group.prefix)
            .next()
            .is_none(),
        _ => false,
    }
}
