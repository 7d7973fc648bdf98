//! Whether two results saw the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::pairs::Pair;
use super::{Seen, ValueChange};
use crate::fact::Digest;
use crate::verdict::measure::{Amount, Measure, Unit};
use crate::verdict::results::{CheckResult, ComparisonResult, Group};

/// How far what is left or how old something is may be from what the clocks say, in seconds, beside
/// the spread of capture times; ours: what is asked first in one run is asked a little later in another.
const NEAR: f64 = 10.0;

/// Says whether two verdicts of one outcome say the same of what was seen; times are no difference.
pub(super) fn is_same_check(before: &CheckResult, after: &CheckResult) -> bool {
    let counts = |check: &CheckResult| check.sampled.as_ref().map(|s| s.counts.clone());
    let same = before.outcome == after.outcome
        && before.cause == after.cause
        && before.level == after.level
        && counts(before) == counts(after);
    let is_volatile = before.volatile || after.volatile;
    same && (is_volatile || (before.message == after.message && before.seen == after.seen))
}

/// Says whether two verdicts rest on bodies with the same octets; `None` if one rests on none, or
/// on empty ones only.
pub(super) fn same_evidence(before: &CheckResult, after: &CheckResult) -> Option<bool> {
    let empty = Digest::of(b"");
    let bodies = |check: &CheckResult| -> Option<BTreeSet<String>> {
        let all = check
            .evidence
            .iter()
            .filter(|d| d.as_str() != empty.as_str());
        let all: BTreeSet<String> = all.cloned().collect();
        (!all.is_empty()).then_some(all)
    };
    Some(bodies(before)? == bodies(after)?)
}

/// The time between two runs, by which ages grow and what is left shrinks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Between(SignedDuration);

impl Between {
    pub(super) fn of(before: Timestamp, after: Timestamp) -> Self {
        Self(after.duration_since(before))
    }

    /// Says whether two measures differ by the time in between and nothing else: then what was
    /// measured is the same thing, older.
    fn explains(self, before: &Measure, after: &Measure, near: f64) -> bool {
        if before.unit != Unit::Seconds || after.unit != Unit::Seconds {
            return false;
        }
        let (Some(before), Some(after)) = (numbers(before), numbers(after)) else {
            return false;
        };
        let elapsed = self.0.as_secs_f64();
        let moved = |by: f64| {
            let mut pairs = before.1.iter().zip(&after.1);
            pairs.all(|(then, now)| (now - then - by).abs() <= near)
        };
        before.0 == after.0 && (moved(elapsed) || moved(-elapsed))
    }
}

/// Returns how many samples a measure sums up, and its numbers.
fn numbers(measure: &Measure) -> Option<(u64, Vec<f64>)> {
    Some(match &measure.amount {
        Amount::Number(number) => (1, vec![number.as_f64()?]),
        Amount::Samples(samples) => {
            let all = [
                samples.min,
                samples.p5,
                samples.median,
                samples.p95,
                samples.max,
            ];
            let all = all
                .iter()
                .map(|sample| serde_json::Number::from(*sample).as_f64());
            (samples.count, all.collect::<Option<_>>()?)
        }
    })
}

/// Returns the participants whose value is another one; none where values are times, or where
/// the comparison is in one judging only.
pub(super) fn changed(pair: &Pair<'_, ComparisonResult>, between: Between) -> Vec<ValueChange> {
    let Some((before, after)) = pair.both() else {
        return Vec::new();
    };
    if before.volatile || after.volatile {
        return Vec::new();
    }
    let spread = |comparison: &ComparisonResult| comparison.spread_seconds.unwrap_or(0);
    let spread = spread(before).saturating_add(spread(after));
    let near = NEAR + serde_json::Number::from(spread).as_f64().unwrap_or(0.0);
    let (before, after) = (by_participant(before), by_participant(after));
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let changed = names.into_iter().filter(|name| {
        let (before, after) = (before.get(name), after.get(name));
        match (before, after) {
            (Some(before), Some(after)) => {
                let measures = before.measure.as_ref().zip(after.measure.as_ref());
                !is_same(before, after)
                    && !measures.is_some_and(|(b, a)| between.explains(b, a, near))
            }
            (None, None) => false,
            (Some(_), None) | (None, Some(_)) => true,
        }
    });
    changed
        .map(|name| ValueChange {
            participant: name.to_owned(),
            before: before.get(name).map(|group| seen(group)),
            after: after.get(name).map(|group| seen(group)),
        })
        .collect()
}

fn by_participant(comparison: &ComparisonResult) -> BTreeMap<&str, &Group> {
    let groups = comparison.groups.iter();
    groups
        .flat_map(|group| group.members.iter().map(move |m| (m.as_str(), group)))
        .collect()
}

fn is_same(before: &Group, after: &Group) -> bool {
    // A judging of an older program has no digest; then the words have to do.
    let is_known = !before.digest.is_empty() && !after.digest.is_empty();
    before.value == after.value && (!is_known || before.digest == after.digest)
}

fn seen(group: &Group) -> Seen {
    Seen {
        words: group.value.clone(),
        measure: group.measure.clone(),
        digest: group.digest.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::measure::Samples;

    fn seconds(number: i64) -> Measure {
        Measure {
            unit: Unit::Seconds,
            amount: Amount::Number(number.into()),
        }
    }

    fn samples(count: u64, min: i64, max: i64) -> Measure {
        let (p5, median, p95) = (min, max, max);
        Measure {
            unit: Unit::Seconds,
            amount: Amount::Samples(Samples {
                count,
                min,
                p5,
                median,
                p95,
                max,
            }),
        }
    }

    #[track_caller]
    fn check(before: &Measure, after: &Measure, expected: bool) {
        let between = Between(SignedDuration::from_hours(24));
        assert_eq!(between.explains(before, after, NEAR), expected);
    }

    #[test]
    fn what_is_older_by_the_time_in_between_is_the_same() {
        const DAY: i64 = 86_400;
        check(&seconds(DAY), &seconds(2 * DAY + 5), true);
        check(&seconds(3 * DAY), &seconds(2 * DAY - 5), true);
        check(&seconds(3 * DAY), &seconds(3 * DAY), false);
        check(&seconds(DAY), &seconds(2 * DAY + 60), false);
        check(&samples(2, 100, DAY), &samples(2, 100 + DAY, 2 * DAY), true);
        check(
            &samples(2, 100, DAY),
            &samples(3, 100 + DAY, 2 * DAY),
            false,
        );
        check(&samples(2, 100, DAY), &samples(2, 100, 2 * DAY), false);
        let octets = Measure {
            unit: Unit::Bytes,
            ..seconds(DAY)
        };
        check(&octets, &octets, false);
    }
}
