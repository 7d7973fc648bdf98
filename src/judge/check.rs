//! Judges one check of one case.

use super::case::{Case, Evaluated, Read, excuse, worse};
use super::evidence;
use super::kept::KeptValue;
use super::looked::Looked;
use super::matcher::{MAX_PLACES, Mismatch, Stop, hold};
use super::{Ended, ticks, words};
use crate::expr::Template;
use crate::fact::{Observation, Value};
use crate::scenario::model::{Check, Condition, Expectation, Left, Matcher, Operand};
use crate::verdict::results::{Location, Place};
use crate::verdict::series::Series;
use crate::verdict::{Cause, Level, Outcome};

/// The verdict of one check or rule in one case.
#[derive(Clone, Debug)]
pub(super) struct Verdict<'a> {
    pub(super) outcome: Outcome,
    pub(super) cause: Option<Cause>,
    /// What there is to say; `None` for nothing, as of most: a sweep has some hundred thousand verdicts.
    said: Option<Box<Said>>,
    pub(super) findings: u64,
    /// Observations it rests on.
    pub(super) rests_on: Vec<&'a Observation>,
    /// Whether it rests on times or on how long things took.
    pub(super) volatile: bool,
    /// Whether attempts differ.
    pub(super) flaky: bool,
}

/// What a verdict says beside its outcome.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) message: String,
    pub(super) expected: String,
    pub(super) seen: String,
    pub(super) locations: Vec<Location>,
    /// Where what does not hold is written; `None` for the check itself.
    pub(super) place: Option<Place>,
    /// What is compared with a baseline.
    pub(super) kept: Vec<KeptValue>,
    /// What it comes to over the ticks of a poll.
    pub(super) series: Option<Series>,
}

impl<'a> Verdict<'a> {
    pub(super) const fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            cause: None,
            said: None,
            findings: 0,
            rests_on: Vec::new(),
            volatile: false,
            flaky: false,
        }
    }

    pub(super) fn ended(ended: Ended) -> Self {
        let mut verdict = Self::of(ended.outcome);
        verdict.soften(ended);
        verdict
    }

    /// Returns what is said; `None` if nothing is.
    pub(super) fn said(&self) -> Option<&Said> {
        self.said.as_deref()
    }

    /// Returns what is said, to say more.
    pub(super) fn say(&mut self) -> &mut Said {
        self.said.get_or_insert_default()
    }

    /// Takes out what is said.
    pub(super) fn take_said(&mut self) -> Option<Said> {
        self.said.take().map(|said| *said)
    }

    /// Takes out what it comes to over the ticks of a poll.
    pub(super) fn take_series(&mut self) -> Option<Series> {
        self.said.as_mut()?.series.take()
    }

    /// Adds the observations of some reads, each once.
    fn rest_on(&mut self, reads: &[Read<'a>]) {
        for read in reads {
            self.volatile |= read.is_volatile();
            if !self
                .rests_on
                .iter()
                .any(|o| std::ptr::eq(*o, read.observation))
            {
                self.rests_on.push(read.observation);
            }
        }
    }

    /// Gives up what was found, for a reason that weighs more.
    pub(super) fn soften(&mut self, ended: Ended) {
        self.outcome = ended.outcome;
        self.cause = ended.cause;
        self.findings = 0;
        let place = self.said.take().and_then(|said| said.place);
        self.said = Some(Box::new(Said {
            message: ended.message,
            place,
            ..Said::default()
        }));
    }

    /// Turns a failure at `observe` into what it is: nothing can fail there, what was seen is shown.
    pub(super) fn only_observe(&mut self) {
        self.outcome = Outcome::NotApplicable;
        let said = self.say();
        said.message = format!("observed only: {}", said.message);
    }
}

/// Judges a check; attempts that differ are told apart.
pub(super) fn judge<'a>(case: &mut Case<'a>, check: &'a Check) -> Verdict<'a> {
    if let Some(over) = &check.over_time {
        return ticks::judge(case, over, |case| once(case, check));
    }
    let mut verdict = once(case, check);
    let attempts = case.most_attempts();
    if attempts > 1 && is_conclusive(verdict.outcome) {
        for attempt in 0..attempts - 1 {
            case.show_attempt(attempt);
            let earlier = once(case, check).outcome;
            verdict.flaky |= is_conclusive(earlier) && earlier != verdict.outcome;
        }
        case.show_attempt(usize::MAX);
    }
    verdict
}

const fn is_conclusive(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Pass | Outcome::Fail)
}

fn once<'a>(case: &Case<'a>, check: &'a Check) -> Verdict<'a> {
    if let Some(ended) = case.lacks(&check.needs) {
        return Verdict::ended(ended);
    }
    let mut about = String::new();
    if let Some(when) = &check.when {
        about.push_str(when.text());
        if let Some(verdict) = not_due(case, when) {
            return verdict;
        }
    }
    let (mut verdict, reads) = match &check.condition {
        Condition::Expect(expectations) => expect(case, &check.id, expectations),
        Condition::Expression {
            expression,
            message,
        } => {
            about.push(' ');
            about.push_str(expression.text());
            demand(case, expression, message.as_ref())
        }
    };
    verdict.rest_on(&reads);
    if verdict.outcome == Outcome::Fail {
        let is_the_question = |observation: &Observation, status| {
            evidence::names(&about, status) || is_asked_for(check, observation, status)
        };
        if let Some(ended) = excuse(&reads, is_the_question) {
            verdict.soften(ended);
        }
    }
    if matches!(verdict.outcome, Outcome::Fail | Outcome::Inconclusive) {
        let announced = verdict
            .rests_on
            .iter()
            .find_map(|o| evidence::maintenance(case.registry, o));
        if let Some(ended) = announced {
            verdict.soften(ended);
        }
    }
    if verdict.outcome == Outcome::Fail && check.basis.level == Level::Observe {
        verdict.only_observe();
    }
    verdict
}

/// Says how a check ends whose `when` does not hold; `None` if it does.
pub(super) fn not_due<'a>(
    case: &Case<'a>,
    when: &'a crate::expr::Expression,
) -> Option<Verdict<'a>> {
    let Evaluated { value, reads } = case.evaluate(when);
    let mut verdict = match value {
        Ok(Value::Flag(true)) => return None,
        Ok(Value::Flag(false)) => Verdict::ended(Ended::with(
            Outcome::NotApplicable,
            format!("only when {}", words::quoted(when.text())),
        )),
        Ok(other) => Verdict::ended(Ended::with(
            Outcome::Error,
            format!(
                "{} yields {}; expected true or false",
                words::quoted(when.text()),
                words::value(&other)
            ),
        )),
        // What is absent cannot make a condition true.
        Err(ended) if ended.outcome == Outcome::Fail => Verdict::ended(Ended::with(
            Outcome::NotApplicable,
            format!(
                "only when {}; {}",
                words::quoted(when.text()),
                ended.message
            ),
        )),
        Err(ended) => Verdict::ended(ended),
    };
    verdict.rest_on(&reads);
    Some(verdict)
}

/// Judges an expression that must yield true.
fn demand<'a>(
    case: &Case<'a>,
    expression: &'a crate::expr::Expression,
    message: Option<&'a Template>,
) -> (Verdict<'a>, Vec<Read<'a>>) {
    let Evaluated { value, reads } = case.evaluate(expression);
    let verdict = match value {
        Ok(Value::Flag(true)) => Verdict::of(Outcome::Pass),
        Ok(Value::Flag(false)) => {
            let mut verdict = Verdict::of(Outcome::Fail);
            let said = verdict.say();
            said.expected = message
                .and_then(|template| case.fill(template).value.ok())
                .map_or_else(|| words::quoted(expression.text()), |text| text.to_string());
            said.seen = seen_by(&reads);
            said.message = format!("expected {}; seen {}", said.expected, said.seen);
            verdict
        }
        Ok(other) => Verdict::ended(Ended::with(
            Outcome::Error,
            format!(
                "{} yields {}; expected true or false",
                words::quoted(expression.text()),
                words::value(&other)
            ),
        )),
        Err(ended) => {
            let mut verdict = Verdict::ended(ended);
            if verdict.outcome == Outcome::Fail {
                let said = verdict.say();
                "absent".clone_into(&mut said.seen);
                said.expected = words::quoted(expression.text());
            }
            verdict
        }
    };
    (verdict, reads)
}

/// Shows the facts an expression read that are short enough to say something.
fn seen_by(reads: &[Read<'_>]) -> String {
    let mut shown: Vec<String> = Vec::new();
    for read in reads {
        let name = format!("{}.{}", read.observation.key.probe, read.path);
        let text = format!(
            "{} {}",
            words::quoted(&name),
            super::evaluate::shown(read.observation, &read.path)
        );
        if !shown.contains(&text) {
            shown.push(text);
        }
    }
    if shown.is_empty() {
        "false".to_owned()
    } else {
        words::shortened(words::joined(&shown))
    }
}

/// Judges the lines of an `expect`; all of them are looked at.
fn expect<'a>(
    case: &Case<'a>,
    id: &str,
    expectations: &'a [Expectation],
) -> (Verdict<'a>, Vec<Read<'a>>) {
    let mut reads = Vec::new();
    let mut ended: Option<Ended> = None;
    let mut failed: Vec<(&'a Expectation, Box<Mismatch>, Option<&'a Observation>)> = Vec::new();
    let mut kept: Vec<KeptValue> = Vec::new();
    for expectation in expectations {
        let looked = Looked::at(case, id, expectation, &mut reads);
        match looked {
            Err(unavailable) => worse(&mut ended, unavailable),
            Ok(looked) => {
                let mut near = None;
                for matcher in &expectation.matchers {
                    let held = hold(matcher, &looked.look, &looked);
                    if let (Matcher::WithinBaseline(_), Ok(()) | Err(Stop::Mismatch(_))) =
                        (matcher, &held)
                    {
                        near = Some(held.is_ok());
                    }
                    match held {
                        Ok(()) => {}
                        Err(Stop::Mismatch(mismatch)) => {
                            failed.push((expectation, mismatch, Some(looked.observation)));
                        }
                        Err(Stop::Ended(other)) if other.outcome == Outcome::Fail => {
                            let mismatch = Mismatch {
                                expected: "a value to compare with".to_owned(),
                                seen: other.message,
                                ..Mismatch::default()
                            };
                            failed.push((
                                expectation,
                                Box::new(mismatch),
                                Some(looked.observation),
                            ));
                        }
                        Err(Stop::Ended(other)) => worse(&mut ended, *other),
                    }
                }
                kept.extend(looked.keep(expectation, near));
                reads.extend(looked.filled.into_inner());
            }
        }
    }
    let mut verdict = match ended {
        Some(ended) => Verdict::ended(ended),
        None if failed.is_empty() => Verdict::of(Outcome::Pass),
        None => failure(&failed),
    };
    if !kept.is_empty() {
        verdict.say().kept = kept;
    }
    (verdict, reads)
}

/// Words a failure of one or several expectations.
fn failure<'a>(
    failed: &[(&'a Expectation, Box<Mismatch>, Option<&'a Observation>)],
) -> Verdict<'a> {
    let mut verdict = Verdict::of(Outcome::Fail);
    verdict.findings = failed
        .iter()
        .map(|(_, mismatch, _)| mismatch.count.max(1))
        .sum();
    let said = verdict.say();
    let several = failed.len() > 1;
    let mut messages = Vec::new();
    let mut expected = Vec::new();
    let mut seen = Vec::new();
    for (expectation, mismatch, observation) in failed {
        let left = left_text(&expectation.left);
        messages.push(format!(
            "{left}: expected {}, seen {}",
            mismatch.expected, mismatch.seen
        ));
        let lead = if several {
            format!("{left} ")
        } else {
            String::new()
        };
        expected.push(format!("{lead}{}", mismatch.expected));
        seen.push(format!("{lead}{}", mismatch.seen));
        let room = MAX_PLACES.saturating_sub(said.locations.len());
        said.locations.extend(
            mismatch
                .places
                .iter()
                .take(room)
                .map(|(pointer, what)| Location {
                    document: observation.map_or_else(String::new, document_of),
                    pointer: pointer.clone(),
                    message: if what.is_empty() {
                        mismatch.seen.clone()
                    } else {
                        what.clone()
                    },
                }),
        );
    }
    said.message = words::shortened(messages.join("; "));
    said.expected = words::shortened(expected.join("; "));
    said.seen = words::shortened(seen.join("; "));
    said.place = failed
        .first()
        .map(|(expectation, _, _)| expectation.place.clone());
    verdict
}

/// Returns the left side of an expectation as written.
fn left_text(left: &Left) -> String {
    words::quoted(&left.text())
}

/// Names the document of an observation: the URL of the last answer, or the observation itself.
pub(super) fn document_of(observation: &Observation) -> String {
    ["final.url", "url"]
        .into_iter()
        .find_map(|path| match observation.facts.get(path) {
            Some(Value::Text(url)) => Some(url.as_ref().to_owned()),
            Some(_) | None => None,
        })
        .unwrap_or_else(|| observation.key.to_string())
}

/// Says whether an expectation on the status names this very status.
fn is_asked_for(check: &Check, observation: &Observation, status: i128) -> bool {
    let Condition::Expect(expectations) = &check.condition else {
        return false;
    };
    expectations.iter().any(|expectation| {
        matches!(&expectation.left, Left::Fact { probe, path }
            if path == "status" && *probe == observation.key.probe)
            && expectation.matchers.iter().any(|m| mentions(m, status))
    })
}

/// Says whether a matcher names a number.
fn mentions(matcher: &Matcher, number: i128) -> bool {
    let is = |operand: &Operand| match operand {
        Operand::Value(Value::Count(count)) => i128::from(*count) == number,
        Operand::Value(value) => evidence::names(&value.to_string(), number),
        Operand::Template(_) => false,
    };
    match matcher {
        Matcher::Equals(operand) => is(operand),
        Matcher::OneOf(operands) | Matcher::NoneOf(operands) => operands.iter().any(is),
        Matcher::Not(inner) => inner.iter().any(|m| mentions(m, number)),
        Matcher::Present(_)
        | Matcher::Type(_)
        | Matcher::Matches(_)
        | Matcher::Contains(_)
        | Matcher::ContainsAll(_)
        | Matcher::ContainsNone(_)
        | Matcher::StartsWith(_)
        | Matcher::EndsWith(_)
        | Matcher::MediaType(_)
        | Matcher::Min(_)
        | Matcher::Max(_)
        | Matcher::Between(_, _)
        | Matcher::Within { .. }
        | Matcher::WithinBaseline(_)
        | Matcher::Snapshot(_)
        | Matcher::Count(_)
        | Matcher::Each(_)
        | Matcher::Any(_)
        | Matcher::None(_)
        | Matcher::Unique(_)
        | Matcher::Sorted(_)
        | Matcher::Before(_)
        | Matcher::After(_)
        | Matcher::Age { .. }
        | Matcher::ExpiresIn { .. }
        | Matcher::SubsetOf(_)
        | Matcher::SupersetOf(_)
        | Matcher::DisjointFrom(_)
        | Matcher::Covers(_)
        | Matcher::Empty(_) => false,
    }
}
