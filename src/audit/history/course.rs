//! How things went on at one registry: counts of verdicts run by run, and what changed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{Entry, Row};
use crate::verdict::{Level, Operator, Outcome};

/// How things went on at one registry of one target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Course {
    /// The target.
    pub target: String,
    /// The registry's id.
    pub registry: String,
    /// Its name in the newest run.
    pub name: String,
    /// Run by run, the earliest first.
    pub runs: Vec<RunCounts>,
}

/// What one run said of a registry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunCounts {
    /// The run's id.
    pub run: String,
    /// Its time.
    pub at: Timestamp,
    /// Whether it ended before everything planned was observed.
    pub partial: bool,
    /// Verdicts that can fail, of what the registry itself operates, by level and outcome.
    pub counts: BTreeMap<Level, BTreeMap<Outcome, u64>>,
    /// Verdicts that are others than in the run before; of what both judged.
    pub changed: Vec<Change>,
    /// Verdicts that the run before did not have.
    pub new: u64,
    /// Verdicts of the run before that this one does not have.
    pub gone: u64,
}

/// A verdict that is another one than in the run before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The rule or check.
    pub id: String,
    /// The scenario.
    pub scenario: String,
    /// Values of the axes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// What the run before said.
    pub before: Outcome,
    /// What this one says.
    pub after: Outcome,
}

/// What makes two verdicts of two runs the same thing.
type Thing = (String, String, BTreeMap<String, String>);

/// Puts the verdicts on one registry together, run by run.
///
/// Rows of others, and of what is only observed, are left out. Of a thing that one run has several
/// verdicts on the worst one counts as its verdict where two runs are compared.
#[derive(Debug)]
pub struct Courses {
    registry: String,
    all: Vec<Course>,
    /// What the run before said, of the same target.
    before: Option<BTreeMap<Thing, Outcome>>,
}

impl Courses {
    /// Returns those of a registry, without any run.
    pub fn of(registry: &str) -> Self {
        Self {
            registry: registry.to_owned(),
            all: Vec::new(),
            before: None,
        }
    }

    /// Adds a run with its rows; runs come by target and, of one target, by time.
    pub fn add(&mut self, entry: &Entry, rows: Vec<Row>) {
        let mut registries = entry.registries.iter();
        let Some(named) = registries.find(|r| r.id.as_str() == self.registry) else {
            return;
        };
        let is_same = |last: &Course| last.target == entry.target;
        if !self.all.last().is_some_and(is_same) {
            self.before = None;
            self.all.push(Course {
                target: entry.target.clone(),
                registry: self.registry.clone(),
                name: String::new(),
                runs: Vec::new(),
            });
        }
        let mut counts: BTreeMap<Level, BTreeMap<Outcome, u64>> = BTreeMap::new();
        let mut things = BTreeMap::new();
        for row in rows.into_iter().filter(|row| row.at == self.registry) {
            let Some((level, outcome)) = verdict(&row) else {
                continue;
            };
            let by_outcome = counts.entry(level).or_default();
            *by_outcome.entry(outcome).or_default() += 1;
            let thing = (row.id, row.scenario, row.parameters);
            let known = things.entry(thing).or_insert(outcome);
            *known = (*known).min(outcome);
        }
        let (changed, new, gone) = compared(self.before.as_ref(), &things);
        if let Some(course) = self.all.last_mut() {
            course.name.clone_from(&named.name);
            course.runs.push(RunCounts {
                run: entry.run.clone(),
                at: entry.started,
                partial: entry.partial,
                counts,
                changed,
                new,
                gone,
            });
        }
        self.before = Some(things);
    }

    /// Returns them, one for each target.
    pub fn done(self) -> Vec<Course> {
        self.all
    }
}

/// Returns the verdict that a row is, if it is one on the registry that can fail.
fn verdict(row: &Row) -> Option<(Level, Outcome)> {
    let level = row.level?;
    let is_own = row.operator.is_none_or(Operator::is_registry);
    (is_own && level.can_fail()).then_some((level, row.word.parse().ok()?))
}

fn compared(
    before: Option<&BTreeMap<Thing, Outcome>>,
    now: &BTreeMap<Thing, Outcome>,
) -> (Vec<Change>, u64, u64) {
    let Some(before) = before else {
        return (Vec::new(), 0, 0);
    };
    let (mut changed, mut new) = (Vec::new(), 0);
    for (thing, after) in now {
        match before.get(thing) {
            None => new += 1,
            Some(known) if known != after => {
                let (id, scenario, parameters) = thing.clone();
                changed.push(Change {
                    id,
                    scenario,
                    parameters,
                    before: *known,
                    after: *after,
                });
            }
            Some(_) => {}
        }
    }
    let gone = before.keys().filter(|thing| !now.contains_key(*thing));
    let gone = u64::try_from(gone.count()).unwrap_or(u64::MAX);
    (changed, new, gone)
}
