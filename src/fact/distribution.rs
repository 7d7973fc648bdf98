//! Distributions: what many samples of one parameter look like.

use std::fmt;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::value::Value;
use crate::verdict::measure::Samples;

/// What the samples of a distribution count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SampleUnit {
    /// Things.
    Count,
    /// Octets.
    Bytes,
    /// Seconds.
    Duration,
}

/// The samples of one parameter, summed up: five of them and how many there are.
///
/// Percentiles are samples, never between two: the p-th is the smallest sample that is
/// not below p percent of all (nearest rank).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    /// What the samples count.
    pub unit: SampleUnit,
    /// Five of the samples, and their number.
    #[serde(flatten)]
    pub samples: Samples,
}

impl Distribution {
    /// Names of the members, in the order in which they are shown.
    pub const MEMBERS: [&'static str; 6] = ["count", "min", "p5", "median", "p95", "max"];

    /// Sums samples up; `None` without any. Their order does not matter.
    pub fn of(unit: SampleUnit, mut samples: Vec<i64>) -> Option<Self> {
        samples.sort_unstable();
        let at = |percent: usize| {
            let rank = (samples.len() * percent).div_ceil(100);
            samples.get(rank.saturating_sub(1)).copied()
        };
        let samples = Samples {
            count: u64::try_from(samples.len()).unwrap_or(u64::MAX),
            min: *samples.first()?,
            p5: at(5)?,
            median: at(50)?,
            p95: at(95)?,
            max: *samples.last()?,
        };
        Some(Self { unit, samples })
    }

    /// Returns a member as a value with its unit; `None` for another name.
    pub fn member(&self, name: &str) -> Option<Value> {
        let sample = match name {
            "count" => {
                return Some(Value::Count(
                    i64::try_from(self.samples.count).unwrap_or(i64::MAX),
                ));
            }
            "min" => self.samples.min,
            "p5" => self.samples.p5,
            "median" => self.samples.median,
            "p95" => self.samples.p95,
            "max" => self.samples.max,
            _ => return None,
        };
        Some(match self.unit {
            SampleUnit::Count => Value::Count(sample),
            SampleUnit::Bytes => Value::Bytes(u64::try_from(sample).unwrap_or_default()),
            SampleUnit::Duration => Value::Duration(SignedDuration::from_secs(sample)),
        })
    }
}

impl fmt::Display for Distribution {
    /// Writes the one sample, or `median 24h, 20h to 30h of 25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |name| {
            self.member(name)
                .map_or_else(String::new, |v| v.to_string())
        };
        let count = self.samples.count;
        if self.samples.are_equal() {
            write!(f, "{} of {count}", show("median"))
        } else {
            let (median, min, max) = (show("median"), show("min"), show("max"));
            write!(f, "median {median}, {min} to {max} of {count}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(samples: &[i64]) -> Distribution {
        Distribution::of(SampleUnit::Duration, samples.to_vec()).unwrap()
    }

    #[test]
    fn percentiles_are_samples_by_nearest_rank() {
        #[track_caller]
        fn check(samples: &[i64], expected: [i64; 5]) {
            let all = of(samples).samples;
            assert_eq!([all.min, all.p5, all.median, all.p95, all.max], expected);
        }
        check(&[7], [7; 5]);
        check(&[2, 1], [1, 1, 1, 2, 2]);
        check(&[3, 1, 2], [1, 1, 2, 3, 3]);
        let hundred: Vec<i64> = (1..=100).rev().collect();
        check(&hundred, [1, 5, 50, 95, 100]);
    }

    #[test]
    fn no_samples_are_no_distribution() {
        assert_eq!(Distribution::of(SampleUnit::Count, Vec::new()), None);
    }

    #[test]
    fn members_have_the_unit_of_the_samples() {
        let all = of(&[3_600, 7_200]);
        assert_eq!(all.member("count"), Some(Value::Count(2)));
        let hour = Value::Duration(SignedDuration::from_hours(1));
        assert_eq!(all.member("min"), Some(hour));
        assert_eq!(all.member("mean"), None);
        for name in Distribution::MEMBERS {
            assert!(all.member(name).is_some(), "{name}");
        }
    }

    #[test]
    fn it_reads_as_a_person_would_say_it() {
        assert_eq!(of(&[86_400; 3]).to_string(), "24h of 3");
        assert_eq!(
            of(&[86_400, 90_000, 3_600]).to_string(),
            "median 24h, 1h to 25h of 3"
        );
    }
}
