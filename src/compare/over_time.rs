//! Comparisons over the ticks of a poll: one result for each tick, weighed into one.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::participants::{self, Participant, Sets};
use crate::judge::series::{Sample, Span, weigh};
use crate::judge::words::shortened;
use crate::judge::{Case, Ended};
use crate::scenario::model::{Comparison, OverTime, Scenario};
use crate::verdict::results::ComparisonResult;
use crate::verdict::{Agreement, Cause, Outcome};

/// What is known of one comparison with everything but the axes fixed, tick by tick.
#[derive(Clone, Debug, Default)]
pub(super) struct Ticks {
    /// When the last participant began a tick, and who takes part in it.
    seen: BTreeMap<u32, (Timestamp, Vec<Participant>)>,
    /// The time in which it has to hold: from when all have begun, until one ends.
    span: Option<Span>,
    /// Whether the run ended before everything planned was observed.
    partial: bool,
}

/// What is held fixed, and what is known of each tick.
pub(super) type Series = BTreeMap<BTreeMap<String, String>, Ticks>;

/// Sorts all ticks of a case into the sets of participants that they belong to; nothing of one in
/// which it does not begin to count.
pub(super) fn add<'a>(
    series: &mut Series,
    comparison: &Comparison,
    over: &OverTime,
    case: &mut Case<'a>,
    fixed: &BTreeMap<String, String>,
) {
    let Ok(span) = case.span(over) else {
        return;
    };
    for place in 0..case.ticks() {
        case.show_tick(place);
        let (Some(tick), at) = (case.tick(), case.tick_time()) else {
            continue;
        };
        let mut sets = Sets::new();
        participants::add(&mut sets, comparison, case, fixed.clone());
        for (fixed, mut added) in sets {
            let own = series.entry(fixed).or_default();
            own.partial |= case.partial;
            own.narrow(span);
            own.see(tick.number, at, &mut added);
        }
    }
    case.show_last_tick();
}

impl Ticks {
    fn narrow(&mut self, other: Span) {
        self.span = Some(match self.span {
            None => other,
            Some(own) => Span {
                from: own.from.max(other.from),
                to: match (own.to, other.to) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                },
            },
        });
    }

    fn see(&mut self, tick: u32, at: Timestamp, participants: &mut Vec<Participant>) {
        let (latest, all) = self.seen.entry(tick).or_insert((at, Vec::new()));
        *latest = at.max(*latest);
        all.append(participants);
    }

    /// Adds what is known of other participants.
    pub(super) fn join(&mut self, other: Self) {
        self.partial |= other.partial;
        if let Some(span) = other.span {
            self.narrow(span);
        }
        for (tick, (at, mut participants)) in other.seen {
            self.see(tick, at, &mut participants);
        }
    }

    /// States one result; `state` states that of the participants of one tick. `None` if everybody
    /// is left out at all ticks: then it does not apply.
    pub(super) fn state(
        self,
        scenario: &Scenario,
        over: &OverTime,
        state: impl Fn(Vec<Participant>) -> ComparisonResult,
    ) -> Option<ComparisonResult> {
        let span = self.span?;
        let mut samples = Vec::with_capacity(self.seen.len());
        let mut results = Vec::with_capacity(self.seen.len());
        let mut applies = false;
        for (at, participants) in self.seen.into_values() {
            let excluded = participants.iter().all(Participant::is_excluded);
            let counts = at >= span.from && span.to.is_none_or(|to| at < to);
            applies |= counts && !excluded;
            let result = state(participants);
            let held = match result.agreement {
                Agreement::Consistent => Ok(true),
                Agreement::Divergent => Ok(false),
                Agreement::Insufficient if excluded => {
                    Err(Ended::with(Outcome::NotApplicable, result.message.clone()))
                }
                Agreement::Insufficient | Agreement::NotComparable => Err(Ended::inconclusive(
                    Cause::NeedsHistory,
                    result.message.clone(),
                )),
            };
            samples.push(Sample { at, held });
            results.push(result);
        }
        if !applies && !self.partial {
            return None;
        }
        let weighed = weigh(scenario, over, span, &samples, self.partial);
        if weighed.decisive >= results.len() {
            return None;
        }
        let mut result = results.swap_remove(weighed.decisive);
        match weighed.ended {
            Ok(true) => result.agreement = Agreement::Consistent,
            Ok(false) => {
                result.message = shortened(format!("{}: {}", weighed.lead, result.message));
            }
            Err(ended) => {
                result.agreement = Agreement::NotComparable;
                result.message = shortened(ended.message);
                result.attributed = false;
            }
        }
        result.series = weighed.series;
        Some(result)
    }
}
