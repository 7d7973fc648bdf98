//! Parameters side by side: one row per parameter, one cell per registry, by scenario.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Number;

use super::words::{parameters, short, word_of};
use crate::audit::Audit;
use crate::judge::words::put;
use crate::verdict::measure::{Amount, Measure, Samples, Unit};
use crate::verdict::results::ComparisonResult;

/// The parameters of one scenario.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// The scenario's id.
    pub(super) scenario: &'a str,
    /// Its title; empty if it is not known.
    pub(super) title: &'a str,
    /// Rows in the order in which they are written.
    pub(super) rows: Vec<Row<'a>>,
}

/// One parameter.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// The id without the scenario's.
    pub(super) id: &'a str,
    /// What is measured, with the values of axes that are held fixed.
    pub(super) name: String,
    /// One cell per registry of the run.
    pub(super) cells: Vec<Cell<'a>>,
    /// Keys of the observations behind them.
    pub(super) observations: &'a [String],
}

/// A parameter of one registry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell<'a> {
    /// What was measured; `None` without a value.
    pub(super) measured: Option<&'a Measure>,
    /// What the registry declares; `None` if it declares nothing.
    pub(super) declared: Option<&'a Measure>,
}

impl Cell<'_> {
    /// Returns what is declared, and whether all that was measured is just that: `= 24h`, `≠ 24h`.
    pub(super) fn declared(&self) -> Option<(&'static str, String)> {
        let declared = self.declared?;
        let is_met = match &declared.amount {
            Amount::Number(number) => self.measured.is_some_and(|m| m.is_all(number)),
            Amount::Samples(_) => false,
        };
        Some((if is_met { "=" } else { "≠" }, line(declared)))
    }
}

/// Returns the parameters, grouped by scenario.
pub(super) fn groups(audit: &Audit) -> Vec<Group<'_>> {
    let mut scenarios: BTreeMap<&str, Vec<&ComparisonResult>> = BTreeMap::new();
    for comparison in parameters_of(audit) {
        scenarios
            .entry(&comparison.scenario)
            .or_default()
            .push(comparison);
    }
    let mut groups = Vec::new();
    for (scenario, mut all) in scenarios {
        // Whoever wrote them put next to each other what belongs together.
        all.sort_by_key(|c| (&c.source, &c.parameters));
        groups.push(Group {
            scenario,
            title: audit.scenarios.get(scenario).map_or("", String::as_str),
            rows: all.into_iter().map(|c| row(audit, c)).collect(),
        });
    }
    groups
}

/// Iterates over the comparisons that are parameters.
pub(super) fn parameters_of(audit: &Audit) -> impl Iterator<Item = &ComparisonResult> {
    let all = audit.results.comparisons.iter();
    all.filter(|comparison| comparison.is_parameter())
}

fn row<'a>(audit: &'a Audit, comparison: &'a ComparisonResult) -> Row<'a> {
    let mut name = word_of(&comparison.title);
    if !comparison.parameters.is_empty() {
        put!(name, " ({})", parameters(&comparison.parameters));
    }
    Row {
        id: short(&comparison.id, &comparison.scenario),
        name,
        cells: audit
            .results
            .registries
            .iter()
            .map(|registry| Cell {
                measured: comparison.measured(registry.id.as_str()),
                declared: comparison.declared.get(registry.id.as_str()),
            })
            .collect(),
        observations: &comparison.observations,
    }
}

/// Why registries have no values: the reason, at whom, and the short ids of the parameters.
#[derive(Debug)]
pub(super) struct Missing<'a> {
    /// In words.
    pub(super) why: &'a str,
    /// Ids of registries, alphabetically.
    pub(super) who: BTreeSet<&'a str>,
    /// Ids of parameters without the scenario's.
    pub(super) what: BTreeSet<&'a str>,
}

/// Returns why cells of the table are empty; what has one reason is told once.
pub(super) fn missing(audit: &Audit) -> Vec<Missing<'_>> {
    let mut reasons: BTreeMap<&str, Missing<'_>> = BTreeMap::new();
    for comparison in parameters_of(audit) {
        for (participant, why) in &comparison.absent {
            let missing = reasons.entry(why).or_insert_with(|| Missing {
                why,
                who: BTreeSet::new(),
                what: BTreeSet::new(),
            });
            missing.who.insert(participant);
            missing
                .what
                .insert(short(&comparison.id, &comparison.scenario));
        }
    }
    let mut all: Vec<Missing<'_>> = reasons.into_values().collect();
    all.sort_by(|a, b| (&a.who, &a.what).cmp(&(&b.who, &b.what)));
    all
}

/// Returns a measure on one line: `20h · 24h · 30h ×25`, or `24h ×25` where all samples are equal.
pub(super) fn line(measure: &Measure) -> String {
    match &measure.amount {
        Amount::Number(number) => self::number(measure.unit, number),
        Amount::Samples(samples) => {
            let show = |sample| sampled(measure.unit, sample);
            let Samples {
                count,
                min,
                median,
                max,
                ..
            } = *samples;
            let values = if samples.are_equal() {
                show(median)
            } else {
                format!("{} · {} · {}", show(min), show(median), show(max))
            };
            format!("{values} ×{count}")
        }
    }
}

/// Returns a number in words that fit a cell: three or four digits and its unit.
///
/// What is not exact has a decimal: `24h` are 24 hours, `24.0h` nearly so.
pub(super) fn number(unit: Unit, number: &Number) -> String {
    written(unit, number, 100.0)
}

/// Writes a number with one decimal where it is not whole and below a bound.
fn written(unit: Unit, number: &Number, below: f64) -> String {
    match unit {
        Unit::Count => number.as_i64().map_or_else(|| number.to_string(), grouped),
        Unit::Ratio => percent(number.as_f64().unwrap_or_default()),
        Unit::Bytes => size(number.as_f64().unwrap_or_default(), below),
        Unit::Seconds => length(number.as_f64().unwrap_or_default(), below),
    }
}

/// Returns a sample in words that fit a cell.
pub(super) fn sampled(unit: Unit, sample: i64) -> String {
    number(unit, &Number::from(sample))
}

/// Returns a sample in as few characters as say its size: `23h` for 23.3 hours.
pub(super) fn rounded(unit: Unit, sample: i64) -> String {
    written(unit, &Number::from(sample), 10.0)
}

fn grouped(number: i64) -> String {
    let digits = crate::judge::words::grouped(number.unsigned_abs());
    if number < 0 {
        format!("-{digits}")
    } else {
        digits
    }
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    // 0.29 × 100 is not quite 29.
    let whole = percent.round();
    if (percent - whole).abs() < 1e-9 {
        format!("{whole:.0}%")
    } else {
        format!("{percent:.1}%")
    }
}

fn size(octets: f64, below: f64) -> String {
    let units = [
        (1_099_511_627_776.0, " TiB"),
        (1_073_741_824.0, " GiB"),
        (1_048_576.0, " MiB"),
        (1_024.0, " KiB"),
    ];
    let fitting = units.into_iter().find(|(scale, _)| octets.abs() >= *scale);
    let (scale, unit) = fitting.unwrap_or((1.0, " B"));
    format!("{}{unit}", digits(octets / scale, below))
}

/// Writes hours up to four days, as windows are told, and days above.
fn length(seconds: f64, below: f64) -> String {
    let magnitude = seconds.abs();
    let (scale, unit) = if magnitude > 96.0 * 3_600.0 {
        (86_400.0, "d")
    } else if magnitude >= 2.0 * 3_600.0 || magnitude.total_cmp(&3_600.0).is_eq() {
        (3_600.0, "h")
    } else if magnitude >= 120.0 || magnitude.total_cmp(&60.0).is_eq() {
        (60.0, "m")
    } else if magnitude >= 1.0 || magnitude < 1e-9 {
        (1.0, "s")
    } else {
        (1e-3, "ms")
    };
    format!("{}{unit}", digits(seconds / scale, below))
}

fn digits(number: f64, below: f64) -> String {
    let is_whole = (number - number.round()).abs() < 1e-9;
    if is_whole || number.abs() >= below {
        format!("{number:.0}")
    } else {
        format!("{number:.1}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fit_a_cell_and_say_whether_they_are_exact() {
        #[track_caller]
        fn check(unit: Unit, value: serde_json::Value, expected: &str) {
            assert_eq!(number(unit, value.as_number().unwrap()), expected);
        }
        check(Unit::Count, 20_817.into(), "20,817");
        check(Unit::Count, (-3).into(), "-3");
        check(Unit::Count, 1.5.into(), "1.5");
        check(Unit::Ratio, 0.into(), "0%");
        check(Unit::Ratio, 0.29.into(), "29%");
        check(Unit::Ratio, 0.479_010.into(), "47.9%");
        check(Unit::Ratio, 1.into(), "100%");
        check(Unit::Bytes, 594.into(), "594 B");
        check(Unit::Bytes, 28_801.into(), "28.1 KiB");
        check(Unit::Bytes, (250_u64 << 20).into(), "250 MiB");
        check(Unit::Bytes, ((250_u64 << 20) + 1).into(), "250 MiB");
        check(Unit::Seconds, 0.into(), "0s");
        check(Unit::Seconds, 0.12.into(), "120ms");
        check(Unit::Seconds, 90.into(), "90s");
        check(Unit::Seconds, 3_600.into(), "1h");
        check(Unit::Seconds, 5_400.into(), "90m");
        check(Unit::Seconds, 86_400.into(), "24h");
        check(Unit::Seconds, 86_399.into(), "24.0h");
        check(Unit::Seconds, (72 * 3_600).into(), "72h");
        check(Unit::Seconds, (168 * 3_600).into(), "7d");
        check(Unit::Seconds, (87_600 * 3_600).into(), "3650d");
        check(Unit::Seconds, (84_746 * 3_600 + 1_534).into(), "3531d");
    }

    #[test]
    fn a_range_without_room_is_rounded() {
        assert_eq!(rounded(Unit::Seconds, 83_880), "23h");
        assert_eq!(rounded(Unit::Seconds, 9_720), "2.7h");
        assert_eq!(rounded(Unit::Count, 20_817), "20,817");
    }

    #[test]
    fn samples_are_told_by_the_smallest_the_median_and_the_largest() {
        let of = |min: i64, max: i64| {
            line(&Measure {
                unit: Unit::Seconds,
                amount: Amount::Samples(Samples {
                    count: 25,
                    min,
                    p5: min,
                    median: 86_400,
                    p95: max,
                    max,
                }),
            })
        };
        assert_eq!(of(86_400, 86_400), "24h ×25");
        assert_eq!(of(72_000, 108_000), "20h · 24h · 30h ×25");
    }
}
