//! One case: one instance of a scenario at one registry, seen from one place.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::evidence;
use super::observed::Observed;
use super::series::Span;
use super::{Ended, evaluate};
use crate::expr::{Expression, Template, Val};
use crate::fact::{Observation, Tick, Value};
use crate::plan::{Instance, Surroundings};
use crate::scenario::model::{FIRST, Need, OverTime, Probe, Reach, Registry, Scenario, Side};
use crate::verdict::baseline::Baseline;
use crate::verdict::{Cause, Outcome};

/// One instance of a scenario at one registry, seen from one place, at one tick of several.
#[derive(Debug)]
pub struct Case<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The registry, the target's overlay applied.
    pub registry: &'a Registry,
    /// The instance.
    pub instance: &'a Instance,
    /// The place of observation.
    pub vantage: &'a str,
    /// Whether the run ended before everything planned was observed.
    pub partial: bool,
    /// What was accepted of the scenario at the registry; `None` if nothing was.
    pub(super) accepted: Option<&'a Baseline>,
    /// What was seen at each tick, in order; of what is asked once one without tick.
    moments: Vec<Moment<'a>>,
    /// The tick that is judged, by its place among the moments.
    moment: usize,
    /// Which attempt is judged, from 0; a probe with fewer shows its last.
    attempt: usize,
    now: Timestamp,
    stages: OnceCell<Stages<'a>>,
}

/// What was seen at one tick.
#[derive(Debug)]
struct Moment<'a> {
    tick: Option<&'a Tick>,
    /// Attempts of each probe of the scenario, by the name that expressions have for it; a probe
    /// without any is not listed.
    attempts: BTreeMap<Cow<'a, str>, Vec<&'a Observation>>,
    surroundings: OnceCell<Surroundings<'a>>,
}

/// When each stage that was reached was: the place of the moment, and the time.
type Stages<'a> = BTreeMap<&'a str, (usize, Timestamp)>;

impl<'a> Case<'a> {
    /// Gathers what is known of a case.
    pub fn new(
        scenario: &'a Scenario,
        registry: &'a Registry,
        instance: &'a Instance,
        vantage: &'a str,
        observed: &Observed<'a>,
        run: &super::Question<'a>,
    ) -> Self {
        let mut case = Self {
            scenario,
            registry,
            instance,
            vantage,
            partial: run.partial,
            accepted: run.baselines.of(registry.id.as_str(), &scenario.id),
            now: run.now_of(vantage, &registry.id),
            moments: Vec::new(),
            moment: 0,
            attempt: usize::MAX,
            stages: OnceCell::new(),
        };
        case.moments = moments(&case, observed, run);
        case.show_last_tick();
        case
    }

    /// Returns the number of attempts of the probe that was repeated most.
    pub(super) fn most_attempts(&self) -> usize {
        let attempts = self.here().map(|moment| moment.attempts.values());
        attempts
            .into_iter()
            .flatten()
            .map(Vec::len)
            .max()
            .unwrap_or(0)
    }

    /// Judges another attempt, from 0.
    pub(super) fn show_attempt(&mut self, attempt: usize) {
        self.attempt = attempt;
        for moment in &mut self.moments {
            moment.surroundings = OnceCell::new();
        }
    }

    /// Returns how many ticks began; 1 for what is asked once.
    pub fn ticks(&self) -> usize {
        self.moments.len()
    }

    /// Judges another tick, by its place, from 0.
    pub fn show_tick(&mut self, place: usize) {
        self.moment = place;
    }

    /// Judges the last tick.
    pub fn show_last_tick(&mut self) {
        self.moment = self.moments.len().saturating_sub(1);
    }

    fn here(&self) -> Option<&Moment<'a>> {
        self.moments.get(self.moment)
    }

    /// Returns the tick that is judged; `None` for what is asked once.
    pub fn tick(&self) -> Option<&'a Tick> {
        self.here()?.tick
    }

    /// Returns the time of the tick that is judged; the run's time for what is asked once.
    pub fn tick_time(&self) -> Timestamp {
        self.tick().and_then(Tick::time).unwrap_or(self.now)
    }

    /// Returns the side of the pair that the registry is on; `None` without a pair.
    pub fn side(&self) -> Option<Side> {
        self.scenario.pair.as_ref()?;
        let around = Surroundings::new(self.scenario, self.registry, self.instance, self.now);
        around.side(self.registry)
    }

    /// Returns when each stage was reached, of those that were.
    pub fn stages(&self) -> impl Iterator<Item = (&'a str, Timestamp)> + '_ {
        let reached = self.stages.get_or_init(|| self.find_stages());
        reached.iter().map(|(name, (_, at))| (*name, *at))
    }

    /// Returns the time in which something has to hold.
    ///
    /// # Errors
    ///
    /// [`Ended`] if its first stage was not reached: `skipped` if the run was interrupted, else `not-applicable`.
    pub fn span(&self, over: &OverTime) -> Result<Span, Ended> {
        let reached = |stage: &str| self.stages().find(|(name, _)| *name == stage);
        let from = match &over.from {
            None => self.first_time(),
            Some(stage) => {
                let found = reached(stage).map(|(_, at)| at);
                found.ok_or_else(|| self.unreached(stage))?
            }
        };
        let to = over.to.as_ref().and_then(|stage| reached(stage));
        Ok(Span {
            from,
            to: to.map(|(_, at)| at),
        })
    }

    fn first_time(&self) -> Timestamp {
        let first = self.moments.first().and_then(|moment| moment.tick?.time());
        first.unwrap_or(self.now)
    }

    fn unreached(&self, stage: &str) -> Ended {
        let message = format!("stage `{stage}` was not reached");
        if self.partial {
            return Ended::with(Outcome::Skipped, format!("{message} yet"));
        }
        Ended::with(Outcome::NotApplicable, message)
    }

    /// Says that no tick of a poll began.
    pub(super) fn without_ticks(&self) -> Ended {
        match self.partial {
            true => Ended::with(Outcome::Skipped, "the run ended before the first tick"),
            false => Ended::inconclusive(Cause::NeedsHistory, "all ticks were missed"),
        }
    }

    /// Finds the first tick of each stage; what cannot be told at a tick has not happened there.
    fn find_stages(&self) -> Stages<'a> {
        let mut reached = Stages::new();
        for (place, moment) in self.moments.iter().enumerate() {
            let mut around = self.gather(moment);
            for stage in &self.scenario.stages {
                if reached.contains_key(stage.name.as_ref()) {
                    continue;
                }
                around.set(STAGES, self.stages_at(&reached, place));
                if !around.holds(&stage.until).unwrap_or(false) {
                    continue;
                }
                let seen = moment.tick.and_then(Tick::time).unwrap_or(self.now);
                let at = stage
                    .at
                    .as_ref()
                    .and_then(|at| around.evaluate(at).value.ok());
                let at = match at.as_ref().map(Val::to_fact) {
                    Some(Value::Time(time)) => time,
                    Some(_) | None => seen,
                };
                reached.insert(&stage.name, (place, at));
            }
        }
        reached
    }

    /// Returns what expressions read of the stages at a moment: those that were reached there or before.
    fn stages_at(&self, reached: &Stages<'a>, place: usize) -> Val<'a> {
        let began = self
            .moments
            .first()
            .and_then(|moment| Some(moment.tick?.poll));
        let all = self.scenario.stages.iter().map(|stage| {
            let at = reached.get(stage.name.as_ref());
            let at = at.filter(|(own, _)| *own <= place).map(|(_, at)| *at);
            let mut members = vec![("reached", Val::Bool(at.is_some()))];
            if let Some(at) = at {
                members.push(("at", Val::Time(at)));
                let since = began.map(|began| at.duration_since(began));
                members.push(("since", Val::Duration(since.unwrap_or_default())));
            }
            (stage.name.as_ref(), Val::map(members))
        });
        Val::map(all.collect::<Vec<_>>())
    }

    /// Returns the observation of a probe that is judged.
    ///
    /// # Errors
    ///
    /// [`Ended`] if there is none: `skipped` if the run was interrupted, else an error of ours.
    pub fn observation(&self, probe: &str) -> Result<&'a Observation, Ended> {
        let found = self
            .here()
            .and_then(|moment| self.attempt_of(moment, probe));
        found.ok_or_else(|| {
            if self.partial {
                Ended::with(
                    Outcome::Skipped,
                    format!("the run ended before probe `{probe}` was asked"),
                )
            } else if probe.contains('.') {
                Ended::inconclusive(
                    Cause::NeedsHistory,
                    format!("nothing was seen by probe `{probe}` at this tick"),
                )
            } else {
                Ended::with(
                    Outcome::Error,
                    format!("no observation of probe `{probe}` was recorded"),
                )
            }
        })
    }

    fn attempt_of(&self, moment: &Moment<'a>, probe: &str) -> Option<&'a Observation> {
        let attempts = moment.attempts.get(probe)?;
        let shown = attempts.get(self.attempt).or_else(|| attempts.last());
        shown.copied()
    }

    /// Says that something needs what the registry declares it has not; `None` if it has all.
    pub fn lacks(&self, needs: &[Need]) -> Option<Ended> {
        let absent = needs
            .iter()
            .find(|need| self.registry.capabilities.get(&need.name) == Some(&false))?;
        Some(Ended::with(
            Outcome::NotApplicable,
            format!(
                "{} declares that it has no `{}`",
                self.registry.name, absent.name
            ),
        ))
    }

    /// Returns the run's time.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns what expressions may read, gathered when the first asks; nothing of an instance
    /// of a poll of which no tick began.
    pub(super) fn surroundings(&self) -> Option<&Surroundings<'a>> {
        let moment = self.here()?;
        Some(moment.surroundings.get_or_init(|| {
            let mut surroundings = self.gather(moment);
            if !self.scenario.stages.is_empty() {
                let reached = self.stages.get_or_init(|| self.find_stages());
                surroundings.set(STAGES, self.stages_at(reached, self.moment));
            }
            surroundings
        }))
    }

    /// Gathers what expressions may read at a moment, but for stages.
    fn gather(&self, moment: &Moment<'a>) -> Surroundings<'a> {
        let mut surroundings =
            Surroundings::new(self.scenario, self.registry, self.instance, self.now);
        for probe in moment.attempts.keys() {
            if let Some(observation) = self.attempt_of(moment, probe) {
                surroundings.see(probe.clone(), observation);
            }
        }
        if let Some(tick) = moment.tick {
            surroundings.tick(tick);
        }
        surroundings
    }

    /// Evaluates an expression.
    ///
    /// The result is an [`Ended`] before anything else if the expression reads beyond
    /// `ok` and `failure` of a probe that failed or was not asked.
    pub fn evaluate(&self, expression: &Expression) -> Evaluated<'a> {
        self.settle(evaluate::expression(self, expression))
    }

    /// Fills a template in.
    pub fn fill(&self, template: &Template) -> Evaluated<'a> {
        self.settle(evaluate::template(self, template))
    }

    fn settle(&self, (value, raw): evaluate::Raw) -> Evaluated<'a> {
        let mut reads: Vec<Read<'a>> = Vec::with_capacity(raw.len());
        let mut ended: Option<Ended> = None;
        for read in raw {
            match self.observation(&read.probe) {
                Err(missing) => worse(&mut ended, missing),
                Ok(observation) => {
                    if !evidence::is_known_of_failures(&read.path)
                        && let Some(unavailable) = evidence::unavailable(observation)
                    {
                        worse(&mut ended, unavailable);
                    }
                    reads.push(Read {
                        observation,
                        path: read.path,
                    });
                }
            }
        }
        Evaluated {
            value: ended.map_or(value, Err),
            reads,
        }
    }
}

/// The name of the stages in expressions.
const STAGES: &str = "stages";

/// Gathers what was seen at each tick of a case.
fn moments<'a>(
    case: &Case<'a>,
    observed: &Observed<'a>,
    run: &super::Question<'a>,
) -> Vec<Moment<'a>> {
    let scenario: &'a Scenario = case.scenario;
    let label: &'a str = &case.instance.label;
    let own: &'a str = case.registry.id.as_str();
    let attempts = |registry: &'a str, probe: &'a Probe, tick: Option<u32>| {
        let found = observed.attempts(registry, label, case.vantage, &probe.name, tick);
        // What feeds an axis was asked once for all ticks.
        let found = found.or_else(|| {
            let fed = observed.attempts(registry, "", case.vantage, &probe.name, Some(0))?;
            (probe.reach != Reach::Registry).then_some(fed)
        });
        found.map(<[_]>::to_vec)
    };
    if scenario.poll.is_none() {
        let probes = scenario.probes.iter();
        let attempts = probes.filter_map(|probe| {
            let found = observed.attempts(own, label, case.vantage, &probe.name, None)?;
            Some((Cow::Borrowed(probe.name.as_ref()), found.to_vec()))
        });
        return vec![Moment {
            tick: None,
            attempts: attempts.collect(),
            surroundings: OnceCell::new(),
        }];
    }
    let pair = scenario.pair.as_ref().and_then(|_| {
        let around = Surroundings::new(scenario, case.registry, case.instance, case.now);
        around.pair()
    });
    let sides = pair
        .iter()
        .flat_map(|(source, recipient)| [(Side::Source, source), (Side::Recipient, recipient)]);
    let mut spaces = vec![(String::new(), own)];
    spaces.extend(sides.filter_map(|(side, id)| {
        let registry: &'a Registry = run.registries.of(id)?;
        Some((format!("{}.", side.as_str()), registry.id.as_str()))
    }));
    let first = observed.ticks(own, label).next().map(|tick| tick.number);
    let moment = |tick: &'a Tick| {
        let mut all = BTreeMap::new();
        for (space, registry) in &spaces {
            for probe in &scenario.probes {
                let name = match space.as_str() {
                    "" => Cow::Borrowed(probe.name.as_ref()),
                    space => Cow::Owned(format!("{space}{}", probe.name)),
                };
                if let Some(found) = attempts(registry, probe, Some(tick.number)) {
                    all.insert(name, found);
                }
                if let Some(found) = first.and_then(|tick| attempts(registry, probe, Some(tick))) {
                    let name = format!("{space}{FIRST}.{}", probe.name);
                    all.insert(Cow::Owned(name), found);
                }
            }
        }
        Moment {
            tick: Some(tick),
            attempts: all,
            surroundings: OnceCell::new(),
        }
    };
    observed.ticks(own, label).map(moment).collect()
}

/// Keeps the weightier of two reasons: ours, then no verdict, then skipped, then not-applicable.
pub(super) fn worse(kept: &mut Option<Ended>, other: Ended) {
    if kept
        .as_ref()
        .is_none_or(|kept| other.outcome < kept.outcome)
    {
        *kept = Some(other);
    }
}

/// What an expression yielded, and what it read.
#[derive(Debug)]
pub struct Evaluated<'a> {
    /// The value; an [`Ended`] with `fail` if what it reads is absent from a complete answer.
    pub value: Result<Value, Ended>,
    /// What was read of which observation.
    pub reads: Vec<Read<'a>>,
}

/// A fact that was read.
#[derive(Clone, Debug)]
pub struct Read<'a> {
    /// Of which observation.
    pub observation: &'a Observation,
    /// The path.
    pub path: Arc<str>,
}

impl Read<'_> {
    /// Says whether what was read differs from run to run: times and how long things took.
    pub fn is_volatile(&self) -> bool {
        matches!(&*self.path, "at" | "timing") || self.path.starts_with("timing.")
    }
}

/// Names an instance's values as results show them: text as it is, records by their label.
pub fn parameters(scenario: &Scenario, instance: &Instance) -> BTreeMap<String, String> {
    let mut axes: Vec<&str> = scenario
        .matrix
        .iter()
        .map(|axis| axis.name.as_str())
        .collect();
    axes.sort_unstable();
    let mut rest: &str = &instance.label;
    let mut parameters = BTreeMap::new();
    // Labels are `axis=value,axis=value` in the order of names; values may hold commas.
    for (index, axis) in axes.iter().enumerate() {
        let Some(value) = rest.strip_prefix(axis).and_then(|r| r.strip_prefix('=')) else {
            continue;
        };
        let end = axes
            .get(index + 1)
            .and_then(|next| value.find(&format!(",{next}=")))
            .unwrap_or(value.len());
        let (own, others) = value.split_at_checked(end).unwrap_or((value, ""));
        parameters.insert((*axis).to_owned(), own.to_owned());
        rest = others.strip_prefix(',').unwrap_or(others);
    }
    parameters
}

/// Says why an answer that was read is no evidence against a service: we were refused,
/// or content was the question and a server error the answer; `None` if it is.
///
/// A refusal stays evidence where that very status `is_the_question`.
pub fn excuse(
    reads: &[Read<'_>],
    is_the_question: impl Fn(&Observation, i128) -> bool,
) -> Option<Ended> {
    reads.iter().find_map(|read| {
        let observation = read.observation;
        let status = evidence::status(observation)?;
        let ended = evidence::refused(observation)?;
        let stands = if ended.cause == Some(Cause::Blocked) {
            is_the_question(observation, status)
        } else {
            reads
                .iter()
                .filter(|r| std::ptr::eq(r.observation, observation))
                .all(|r| evidence::is_about_the_envelope(&r.path))
        };
        (!stands).then_some(ended)
    })
}
