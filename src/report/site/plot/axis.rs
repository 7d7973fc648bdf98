//! Axes: from values to places, with marks at numbers that people know.

use serde_json::Number;

use crate::report::parameters::number;
use crate::verdict::measure::Unit;

/// An axis from left to right.
#[derive(Clone, Debug)]
pub(in crate::report::site) struct Axis {
    unit: Unit,
    from: f64,
    to: f64,
    is_logarithmic: bool,
}

/// How many times larger the largest value is than the smallest before an axis is logarithmic.
const SPREAD: f64 = 40.0;

/// Marks of an axis that is linear, at most.
const MARKS: f64 = 5.0;

/// Seconds that people count time in.
const TIMES: [f64; 23] = [
    1.0,
    2.0,
    5.0,
    10.0,
    30.0,
    60.0,
    300.0,
    600.0,
    1_800.0,
    3_600.0,
    7_200.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    604_800.0,
    1_209_600.0,
    2_592_000.0,
    7_776_000.0,
    15_552_000.0,
    31_536_000.0,
    157_680_000.0,
    315_360_000.0,
];

/// Seconds of a year without a leap day.
const YEAR: f64 = 31_536_000.0;

impl Axis {
    /// Returns an axis that has room for all values; `None` without any that can be drawn.
    pub(in crate::report::site) fn of(
        unit: Unit,
        values: impl IntoIterator<Item = f64>,
    ) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        if unit == Unit::Ratio && least >= 0.0 && most <= 1.0 {
            return Some(Self {
                unit,
                from: 0.0,
                to: 1.0,
                is_logarithmic: false,
            });
        }
        if least > 0.0 && most / least > SPREAD {
            return Some(Self {
                unit,
                from: least * 0.8,
                to: most * 1.25,
                is_logarithmic: true,
            });
        }
        let (from, to) = (least.min(0.0), most.max(0.0));
        let to = if (to - from).abs() < f64::EPSILON {
            from + 1.0
        } else {
            to
        };
        let margin = (to - from) * 0.04;
        let from = if from < 0.0 { from - margin } else { from };
        Some(Self {
            unit,
            from,
            to: to + margin,
            is_logarithmic: false,
        })
    }

    /// Returns the place of a value, from 0 at the left to 1 at the right.
    pub(in crate::report::site) fn place(&self, value: f64) -> f64 {
        let place = if self.is_logarithmic {
            (value.max(self.from).ln() - self.from.ln()) / (self.to.ln() - self.from.ln())
        } else {
            (value - self.from) / (self.to - self.from)
        };
        place.clamp(0.0, 1.0)
    }

    /// Returns marks: values and their words.
    pub(in crate::report::site) fn marks(&self) -> Vec<(f64, String)> {
        let values = if self.is_logarithmic {
            self.ratios()
        } else {
            self.steps()
        };
        values
            .into_iter()
            .filter(|value| (self.from..=self.to).contains(value))
            .map(|value| (value, self.words(value)))
            .collect()
    }

    fn words(&self, value: f64) -> String {
        let years = value / YEAR;
        if self.unit == Unit::Seconds && years >= 1.0 && years.fract().abs() < 1e-9 {
            return format!("{years:.0}y");
        }
        // A whole number has no decimals: 5, not 5.0.
        let whole = format!("{value:.0}").parse::<i64>().map(Number::from);
        let exact = Number::from_f64(value);
        let is_whole = (value - value.round()).abs() < 1e-9;
        match (is_whole, whole, exact) {
            (true, Ok(whole), _) => number(self.unit, &whole),
            (_, _, Some(exact)) => number(self.unit, &exact),
            (_, _, None) => String::new(),
        }
    }

    fn ratios(&self) -> Vec<f64> {
        let all: Vec<f64> = match self.unit {
            Unit::Seconds => TIMES.to_vec(),
            Unit::Bytes => powers(4.0, 1.0),
            Unit::Count | Unit::Ratio => powers(10.0, 1e-6),
        };
        let mut within: Vec<f64> = all
            .into_iter()
            .filter(|v| (self.from..=self.to).contains(v))
            .collect();
        // Every second one, until they fit.
        while within.len() > 6 {
            within = within.into_iter().step_by(2).collect();
        }
        within
    }

    fn steps(&self) -> Vec<f64> {
        let least = (self.to - self.from) / MARKS;
        let step = match self.unit {
            Unit::Seconds => TIMES
                .into_iter()
                .find(|time| *time >= least)
                .unwrap_or(least),
            Unit::Bytes => nice(least, 2.0),
            Unit::Count => nice(least, 10.0).max(1.0),
            Unit::Ratio => nice(least, 10.0),
        };
        let mut mark = (self.from / step).ceil() * step;
        let mut marks = Vec::new();
        while mark <= self.to && marks.len() < 12 {
            marks.push(mark);
            mark += step;
        }
        marks
    }
}

fn powers(base: f64, first: f64) -> Vec<f64> {
    std::iter::successors(Some(first), |power| Some(power * base))
        .take_while(|power| *power < 1e15)
        .collect()
}

/// Returns the next number of one digit 1, 2 or 5, or the next power of two.
fn nice(least: f64, base: f64) -> f64 {
    if base < 10.0 {
        return base.powf(least.max(1.0).log(base).ceil());
    }
    let power = 10_f64.powf(least.max(1e-9).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|step| *step >= least * 0.999)
        .unwrap_or(power * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(unit: Unit, values: &[f64], expected: &[&str]) {
        let axis = Axis::of(unit, values.iter().copied()).unwrap();
        let marks: Vec<String> = axis.marks().into_iter().map(|(_, words)| words).collect();
        assert_eq!(marks, expected);
        for value in values {
            assert!((0.0..=1.0).contains(&axis.place(*value)));
        }
    }

    #[test]
    fn marks_stand_at_numbers_that_people_know() {
        check(Unit::Count, &[3.0, 5.0], &["0", "2", "4"]);
        check(
            Unit::Count,
            &[1.0, 10_000.0],
            &["1", "10", "100", "1,000", "10,000"],
        );
        check(
            Unit::Ratio,
            &[0.2, 1.0],
            &["0%", "20%", "40%", "60%", "80%", "100%"],
        );
        check(Unit::Seconds, &[72_000.0, 108_000.0], &["0s", "12h", "24h"]);
        check(
            Unit::Bytes,
            &[30_000.0, 33_000.0],
            &["0 B", "8 KiB", "16 KiB", "24 KiB", "32 KiB"],
        );
        check(Unit::Count, &[0.0], &["0", "1"]);
        check(
            Unit::Seconds,
            &[3_600.0, 315_360_000.0],
            &["1h", "24h", "30d", "5y"],
        );
    }

    #[test]
    fn what_cannot_be_drawn_has_no_axis() {
        assert!(Axis::of(Unit::Count, []).is_none());
        assert!(Axis::of(Unit::Count, [f64::NAN, f64::INFINITY]).is_none());
    }

    #[test]
    fn a_wide_spread_is_logarithmic() {
        let axis = Axis::of(Unit::Seconds, [60.0, 31_536_000.0]).unwrap();
        assert!(axis.is_logarithmic);
        assert!(axis.place(60.0) < axis.place(3_600.0));
        assert!(axis.place(3_600.0) < axis.place(31_536_000.0));
    }
}
