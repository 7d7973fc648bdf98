//! What expressions of one case may read: the same for asking and for judging.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::Instance;
use crate::expr::{Environment, EvalError, Expression, Read, Template, Val};
use crate::fact::{Observation, Tick};
use crate::scenario::model::{Axis, AxisValues, Registry, Scenario, Side};

/// The names of one case: one instance of a scenario at one registry.
///
/// They are `registry`, `registries`, `allowed`, `vars`, the matrix axes, `run.started`,
/// `run.bootstrap`, `run.iana`, `run.nro` and `run.transfer_policy`, the probes that were [seen](Self::see), and the scenario's `let`s,
/// which are evaluated only where they are read.
#[derive(Clone, Debug)]
pub struct Surroundings<'e> {
    scenario: &'e Scenario,
    names: Environment<'e>,
    /// What each `let` came to with these names, once it was read.
    lets: Vec<OnceLock<Let>>,
}

/// What a `let` came to.
#[derive(Clone, Debug)]
struct Let {
    value: Result<Val<'static>, EvalError>,
    reads: BTreeSet<Read>,
}

/// What an expression yielded.
#[derive(Clone, Debug)]
pub struct Yield {
    /// The value.
    pub value: Result<Val<'static>, EvalError>,
    /// The facts that were read, those of `let`s included, whether they were there or not.
    pub reads: BTreeSet<Read>,
}

impl<'e> Surroundings<'e> {
    /// Gathers what does not come from probes; `started` is the run's time.
    pub fn new(
        scenario: &'e Scenario,
        registry: &'e Registry,
        instance: &'e Instance,
        started: Timestamp,
    ) -> Self {
        let mut names = Environment::new();
        names.set_json("registry", &registry.data);
        match scenario.vars.of(registry.id.as_str()) {
            Some(vars) => names.set_json("vars", vars),
            None => names.set("vars", Val::map([])),
        }
        names.set_json("registries", &registry.setting.registries);
        names.set_json("allowed", &registry.setting.allowed);
        let setting = &registry.setting;
        names.set(
            "run",
            Val::map([
                ("started", Val::Time(started)),
                ("bootstrap", Val::text(&setting.bootstrap)),
                ("iana", Val::text(&setting.iana)),
                ("nro", Val::text(&setting.nro)),
                ("transfer_policy", Val::from_json(&setting.transfer_policy)),
            ]),
        );
        if !scenario.windows.is_empty() {
            let windows = scenario.windows.iter();
            let windows = windows.map(|(name, length)| (name.as_ref(), Val::Duration(*length)));
            names.set("windows", Val::map(windows));
        }
        for (axis, value) in &instance.values {
            names.set_json(axis.as_str(), value);
        }
        let mut surroundings = Self {
            scenario,
            names,
            lets: vec![OnceLock::new(); scenario.lets.len()],
        };
        if let Some(side) = surroundings.side(registry) {
            surroundings.set("role", Val::text(side.as_str()));
        }
        surroundings
    }

    /// Adds what a probe saw, or that it was not asked; of `first.help` what `help` saw at the first tick.
    pub fn see(&mut self, probe: impl Into<Cow<'e, str>>, observation: &'e Observation) {
        self.forget();
        self.names.set_probe(probe, observation);
    }

    /// Adds the tick of a poll.
    pub fn tick(&mut self, tick: &Tick) {
        let number = Val::Int(i64::from(tick.number));
        let at = Val::Time(tick.time().unwrap_or(tick.due));
        let since = Val::Duration(tick.since().unwrap_or_default());
        let members = [("number", number), ("at", at), ("since", since)];
        self.set("tick", Val::map(members));
    }

    /// Adds a name with its value.
    pub fn set(&mut self, name: &'static str, value: Val<'e>) {
        self.forget();
        self.names.set(name, value);
    }

    /// Takes back what `let`s came to with other names.
    fn forget(&mut self) {
        for known in &mut self.lets {
            known.take();
        }
    }

    /// Returns the ids of the registries that give and take; `None` without a pair, or where one
    /// of them has no value.
    pub fn pair(&self) -> Option<(String, String)> {
        let pair = self.scenario.pair.as_ref()?;
        let fill = |template| self.render(template).ok();
        Some((fill(&pair.source)?, fill(&pair.recipient)?))
    }

    /// Returns the side of the pair that a registry is on; `None` for neither.
    pub fn side(&self, registry: &Registry) -> Option<Side> {
        let (source, recipient) = self.pair()?;
        match registry.id.as_str() {
            id if id == source => Some(Side::Source),
            id if id == recipient => Some(Side::Recipient),
            _ => None,
        }
    }

    /// Evaluates an expression.
    pub fn evaluate(&self, expression: &Expression) -> Yield {
        let (names, mut reads) = self.names_for(expression.roots());
        let evaluation = expression.run(&names);
        reads.extend(evaluation.reads);
        Yield {
            value: evaluation.value.map(Val::into_owned),
            reads,
        }
    }

    /// Fills a template in: a single `${…}` and nothing else keeps its kind, everything else is text.
    pub fn fill(&self, template: &Template) -> Yield {
        let (names, mut reads) = self.names_for(template.roots());
        reads.extend(template.reads());
        let value = template.evaluate(&names).map(Val::into_owned);
        Yield { value, reads }
    }

    /// Evaluates an expression that yields true or false.
    ///
    /// # Errors
    ///
    /// See [`EvalError`].
    pub fn holds(&self, expression: &Expression) -> Result<bool, EvalError> {
        expression.holds(&self.names_for(expression.roots()).0)
    }

    /// Fills a template in as text.
    ///
    /// # Errors
    ///
    /// See [`EvalError`].
    pub fn render(&self, template: &Template) -> Result<String, EvalError> {
        match template.literal() {
            Some(text) => Ok(text.to_owned()),
            None => template.render(&self.names_for(template.roots()).0),
        }
    }

    /// Returns the names with those `let`s that are read, and the facts that these read.
    fn names_for<'r>(
        &self,
        roots: impl IntoIterator<Item = &'r str>,
    ) -> (Cow<'_, Environment<'e>>, BTreeSet<Read>) {
        let wanted = self.scenario.lets.behind(roots);
        let mut reads = BTreeSet::new();
        if wanted.is_empty() {
            return (Cow::Borrowed(&self.names), reads);
        }
        let mut names = self.names.clone();
        for place in wanted {
            let one = self.scenario.lets.get(place).zip(self.lets.get(place));
            let Some((written, known)) = one else {
                continue;
            };
            // Whatever it reads is behind whatever reads it: the names are the same for everybody.
            let Let { value, reads: own } = known.get_or_init(|| {
                let evaluation = written.expression.run(&names);
                Let {
                    value: evaluation.value.map(Val::into_owned),
                    reads: evaluation.reads,
                }
            });
            let probe = own.first().map(|read| read.probe.clone());
            reads.extend(own.iter().cloned());
            match (value.clone(), probe) {
                (Ok(value), Some(probe)) => {
                    names.set_observed(written.name.as_str(), &probe, value)
                }
                (Ok(value), None) => names.set(written.name.as_str(), value),
                (Err(error), _) => names.set_failed(written.name.as_str(), error),
            }
        }
        (Cow::Owned(names), reads)
    }
}

/// Says whether an instance is asked at a registry: everywhere without a pair, else on its two sides.
pub fn takes_part(
    scenario: &Scenario,
    registry: &Registry,
    instance: &Instance,
    started: Timestamp,
) -> bool {
    if scenario.pair.is_none() {
        return true;
    }
    let around = Surroundings::new(scenario, registry, instance, started);
    around.side(registry).is_some()
}

/// Returns the probes that feed an axis, directly or through `let`s; none feeds written values.
pub fn probes_feeding<'s>(scenario: &'s Scenario, axis: &'s Axis) -> BTreeSet<&'s Arc<str>> {
    match &axis.values {
        AxisValues::Literal(_) | AxisValues::Patterns(_) => BTreeSet::new(),
        AxisValues::Expression(from) | AxisValues::Sample { from, .. } => {
            scenario.lets.probes_behind(from)
        }
    }
}

/// Says whether a probe feeds an axis of a scenario.
pub fn is_fed(scenario: &Scenario) -> bool {
    let mut axes = scenario.matrix.iter();
    axes.any(|axis| !probes_feeding(scenario, axis).is_empty())
}
