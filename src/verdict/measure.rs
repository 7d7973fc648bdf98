//! Measured values as data: a number or samples, with their unit.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Number;

/// What a measured number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Things.
    Count,
    /// Nothing: a share or ratio.
    Ratio,
    /// Octets.
    Bytes,
    /// Seconds.
    Seconds,
}

impl Unit {
    /// Returns the word as it stands in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Ratio => "ratio",
            Self::Bytes => "bytes",
            Self::Seconds => "seconds",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A measured value: `{"unit": "seconds", "number": 86400}`, or `samples` in place of `number`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What its numbers count.
    pub unit: Unit,
    /// One number, or many summed up.
    #[serde(flatten)]
    pub amount: Amount,
}

/// How much was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Amount {
    /// One number, whole where its source is.
    Number(Number),
    /// Many samples, summed up.
    Samples(Samples),
}

/// Samples of one parameter, summed up: five of them, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samples {
    /// Number of samples, at least one.
    pub count: u64,
    /// The smallest sample.
    pub min: i64,
    /// The 5th percentile, a sample.
    pub p5: i64,
    /// The 50th percentile, a sample.
    pub median: i64,
    /// The 95th percentile, a sample.
    pub p95: i64,
    /// The largest sample.
    pub max: i64,
}

impl Samples {
    /// Says whether all samples are equal.
    pub const fn are_equal(&self) -> bool {
        self.min == self.max
    }
}

impl Measure {
    /// Says whether everything measured is this number.
    pub fn is_all(&self, number: &Number) -> bool {
        let is = |own: Option<f64>| {
            own.zip(number.as_f64())
                .is_some_and(|(own, number)| own.total_cmp(&number).is_eq())
        };
        match &self.amount {
            Amount::Number(own) => own == number || is(own.as_f64()),
            Amount::Samples(samples) => {
                samples.are_equal() && is(Number::from(samples.median).as_f64())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(measure: &Measure, expected: &serde_json::Value) {
        let written = serde_json::to_value(measure).unwrap();
        assert_eq!(&written, expected);
        let read: Measure = serde_json::from_value(written).unwrap();
        assert_eq!(&read, measure);
    }

    fn day(count: u64, max: i64) -> Measure {
        Measure {
            unit: Unit::Seconds,
            amount: Amount::Samples(Samples {
                count,
                min: 86_400,
                p5: 86_400,
                median: 86_400,
                p95: 86_400,
                max,
            }),
        }
    }

    #[test]
    fn a_number_or_samples_stand_beside_their_unit() {
        let size = Measure {
            unit: Unit::Bytes,
            amount: Amount::Number(Number::from(u64::MAX)),
        };
        check(&size, &json!({"unit": "bytes", "number": u64::MAX}));
        let samples = json!({"count": 25, "min": 86_400, "p5": 86_400, "median": 86_400, "p95": 86_400, "max": 90_000});
        check(
            &day(25, 90_000),
            &json!({"unit": "seconds", "samples": samples}),
        );
    }

    #[test]
    fn samples_are_a_number_where_all_of_them_are() {
        assert!(day(3, 86_400).is_all(&Number::from(86_400)));
        assert!(day(3, 86_400).is_all(&Number::from_f64(86_400.0).unwrap()));
        assert!(!day(3, 90_000).is_all(&Number::from(86_400)));
    }
}
