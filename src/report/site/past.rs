//! What became of each id from run to run: only changes are kept.

use std::collections::{BTreeMap, BTreeSet};

use super::mark::{Mark, Weight};
use super::model::{Run, Site};
use crate::report::words::titled;
use crate::verdict::results::{ComparisonResult, Group};

/// A verdict of one id at one registry that is another than in the run before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step<'a> {
    /// The id.
    pub(super) id: &'a str,
    /// The registry.
    pub(super) registry: &'a str,
    /// Place of the later run in the site.
    pub(super) run: usize,
    /// What it was; `None` if it was not judged in the run before.
    pub(super) before: Option<Mark>,
    /// What it is; `None` if it is not judged any more.
    pub(super) after: Option<Mark>,
}

/// How a verdict changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// It fails, and did not before.
    Regressed,
    /// It failed, and passes.
    Fixed,
    /// There was a verdict, and there is none.
    Unjudged,
    /// There was no verdict, and it passes.
    Judged,
    /// Anything else, such as a failure that is known now.
    Other,
}

impl Turn {
    /// All turns in the order in which they are told.
    pub(super) const ALL: [Self; 5] = [
        Self::Regressed,
        Self::Fixed,
        Self::Unjudged,
        Self::Judged,
        Self::Other,
    ];

    /// Returns a heading.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Regressed => "fails now",
            Self::Fixed => "passes again",
            Self::Unjudged => "cannot be judged now",
            Self::Judged => "judged again",
            Self::Other => "taken otherwise",
        }
    }
}

impl Step<'_> {
    /// Returns how the verdict changed; `None` where one of the runs did not judge it at all.
    pub(super) fn turn(&self) -> Option<Turn> {
        let (before, after) = (self.before.as_ref()?.weight, self.after.as_ref()?.weight);
        let has_verdict = |weight| matches!(weight, Weight::Fail | Weight::Known | Weight::Pass);
        Some(match (before, after) {
            (_, Weight::Fail) => Turn::Regressed,
            (Weight::Fail | Weight::Known, Weight::Pass) => Turn::Fixed,
            (before, Weight::Open | Weight::Error) if has_verdict(before) => Turn::Unjudged,
            (Weight::Open | Weight::Error, Weight::Pass) => Turn::Judged,
            _ => Turn::Other,
        })
    }
}

/// A comparison whose values or agreement are others than in the run before.
#[derive(Clone, Debug)]
pub(super) struct Shift<'a> {
    /// The id.
    pub(super) id: &'a str,
    /// Id and values of axes.
    pub(super) titled: String,
    /// Place of the later run in the site.
    pub(super) run: usize,
    /// What it was; `None` if it was not compared in the run before.
    pub(super) before: Option<&'a ComparisonResult>,
    /// What it is; `None` if it is not compared any more.
    pub(super) after: Option<&'a ComparisonResult>,
}

impl<'a> Shift<'a> {
    /// Returns members whose value is another, with both values.
    pub(super) fn moved(&self) -> Vec<(&'a str, &'a str, &'a str)> {
        let (Some(before), Some(after)) = (self.before, self.after) else {
            return Vec::new();
        };
        let (before, after) = (by_member(&before.groups), by_member(&after.groups));
        let members: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        let value = |of: &BTreeMap<&str, &'a str>, member: &str| of.get(member).copied();
        members
            .into_iter()
            .filter_map(|member| {
                let (then, now) = (value(&before, member), value(&after, member));
                (then != now).then(|| (member, then.unwrap_or(""), now.unwrap_or("")))
            })
            .collect()
    }
}

fn by_member(groups: &[Group]) -> BTreeMap<&str, &str> {
    groups
        .iter()
        .flat_map(|g| g.members.iter().map(|m| (m.as_str(), g.value.as_str())))
        .collect()
}

/// All changes of a site, oldest first.
#[derive(Debug, Default)]
pub(super) struct Past<'a> {
    /// Of checks and rules.
    pub(super) steps: BTreeMap<&'a str, Vec<Step<'a>>>,
    /// Of comparisons.
    pub(super) shifts: BTreeMap<&'a str, Vec<Shift<'a>>>,
}

/// The weightiest marks of a run, by id and registry.
type Marks<'a> = BTreeMap<(&'a str, &'a str), Mark>;

/// The comparisons of a run, by id and values of axes.
type Compared<'a> = BTreeMap<(&'a str, String), &'a ComparisonResult>;

impl<'a> Past<'a> {
    /// Looks at each run beside the one before it.
    pub(super) fn of(site: &Site<'a>) -> Self {
        let mut past = Self::default();
        let mut before: Option<(Marks<'a>, Compared<'a>)> = None;
        for (number, run) in site.runs.iter().enumerate() {
            let after = (marks(*run), compared(*run));
            if let Some((marks, compared)) = &before {
                past.steps(number, marks, &after.0);
                past.shifts(number, compared, &after.1);
            }
            before = Some(after);
        }
        past
    }

    /// Iterates over the changes of checks that a run brought.
    pub(super) fn steps_of(&self, run: usize) -> impl Iterator<Item = &Step<'a>> {
        self.steps.values().flatten().filter(move |s| s.run == run)
    }

    /// Iterates over the changes of comparisons that a run brought.
    pub(super) fn shifts_of(&self, run: usize) -> impl Iterator<Item = &Shift<'a>> {
        self.shifts.values().flatten().filter(move |s| s.run == run)
    }

    fn steps(&mut self, run: usize, before: &Marks<'a>, after: &Marks<'a>) {
        let keys: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
        for (id, registry) in keys {
            let (then, now) = (before.get(&(id, registry)), after.get(&(id, registry)));
            if then != now {
                self.steps.entry(id).or_default().push(Step {
                    id,
                    registry,
                    run,
                    before: then.cloned(),
                    after: now.cloned(),
                });
            }
        }
    }

    fn shifts(&mut self, run: usize, before: &Compared<'a>, after: &Compared<'a>) {
        let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let (then, now) = (before.get(key).copied(), after.get(key).copied());
            if is_same(then, now) {
                continue;
            }
            self.shifts.entry(key.0).or_default().push(Shift {
                id: key.0,
                titled: key.1.clone(),
                run,
                before: then,
                after: now,
            });
        }
    }
}

/// Says whether nothing changed that a reader should know; times differ in every run.
fn is_same(before: Option<&ComparisonResult>, after: Option<&ComparisonResult>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => {
            before.agreement == after.agreement
                && before.disposition == after.disposition
                && (before.volatile
                    || after.volatile
                    || by_member(&before.groups) == by_member(&after.groups))
        }
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn marks(run: Run<'_>) -> Marks<'_> {
    let mut marks: Marks<'_> = BTreeMap::new();
    let own = run.audit.results.checks.iter();
    for check in own.filter(|check| check.operator.is_registry()) {
        let mark = Mark::of(check);
        let key = (check.id.as_str(), check.registry.as_str());
        let kept = marks.entry(key).or_insert_with(|| mark.clone());
        if mark < *kept {
            *kept = mark;
        }
    }
    marks
}

fn compared(run: Run<'_>) -> Compared<'_> {
    let all = run.audit.results.comparisons.iter();
    all.map(|c| ((c.id.as_str(), titled(&c.id, &c.parameters)), c))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Outcome;

    #[track_caller]
    fn check(before: Outcome, after: Outcome, expected: Turn) {
        let mark = |outcome| Some(Mark::of(&crate::report::site::tests::check(outcome)));
        let step = Step {
            id: "a",
            registry: "arin",
            run: 1,
            before: mark(before),
            after: mark(after),
        };
        assert_eq!(step.turn(), Some(expected));
    }

    #[test]
    fn a_change_is_named_by_what_it_leads_to() {
        check(Outcome::Pass, Outcome::Fail, Turn::Regressed);
        check(Outcome::Inconclusive, Outcome::Fail, Turn::Regressed);
        check(Outcome::Fail, Outcome::Pass, Turn::Fixed);
        check(Outcome::Fail, Outcome::Inconclusive, Turn::Unjudged);
        check(Outcome::Pass, Outcome::Error, Turn::Unjudged);
        check(Outcome::Inconclusive, Outcome::Pass, Turn::Judged);
        check(Outcome::NotApplicable, Outcome::Pass, Turn::Other);
    }
}
