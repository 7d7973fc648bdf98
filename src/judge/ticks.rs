//! Judges a check at the ticks of a poll.

use super::case::Case;
use super::check::Verdict;
use super::series::{self, Sample};
use super::{Ended, words};
use crate::scenario::model::OverTime;
use crate::verdict::Outcome;

/// Judges a case at every tick, each by itself, and weighs what was seen.
pub(super) fn judge<'a>(
    case: &mut Case<'a>,
    over: &OverTime,
    once: impl Fn(&Case<'a>) -> Verdict<'a>,
) -> Verdict<'a> {
    let span = match case.span(over) {
        Ok(span) => span,
        Err(ended) => return Verdict::ended(ended),
    };
    let mut verdicts = Vec::new();
    let mut samples = Vec::new();
    for tick in 0..case.ticks() {
        case.show_tick(tick);
        let verdict = once(case);
        let held = match verdict.outcome {
            Outcome::Pass => Ok(true),
            Outcome::Fail => Ok(false),
            outcome @ (Outcome::Error
            | Outcome::Inconclusive
            | Outcome::Skipped
            | Outcome::NotApplicable) => Err(Ended {
                outcome,
                cause: verdict.cause,
                message: verdict
                    .said()
                    .map_or_else(String::new, |s| s.message.clone()),
            }),
        };
        samples.push(Sample {
            at: case.tick_time(),
            held,
        });
        verdicts.push(verdict);
    }
    case.show_last_tick();
    let weighed = series::weigh(case.scenario, over, span, &samples, case.partial);
    let decisive =
        (weighed.decisive < verdicts.len()).then(|| verdicts.swap_remove(weighed.decisive));
    let mut verdict = decisive.unwrap_or_else(|| Verdict::of(Outcome::Pass));
    match weighed.ended {
        Ok(true) => verdict.outcome = Outcome::Pass,
        Ok(false) => {
            let said = verdict.say();
            said.message = words::shortened(format!("{}: {}", weighed.lead, said.message));
        }
        Err(ended) => {
            let is_counted = ended.outcome != Outcome::NotApplicable;
            verdict.soften(ended);
            if !is_counted {
                return verdict;
            }
        }
    }
    verdict.say().series = weighed.series;
    verdict
}
