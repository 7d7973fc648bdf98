//! The trend of one id over the runs of an archive.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{Entry, Row};
use crate::verdict::measure::Measure;

/// How one id went on, target by target, registry by registry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trend {
    /// The rule, check or comparison.
    pub id: String,
    /// Runs that were looked at.
    pub runs: usize,
    /// One for each target, scenario, registry and instance, in this order.
    pub lines: Vec<Line>,
}

/// One thing over time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// The target.
    pub target: String,
    /// The scenario.
    pub scenario: String,
    /// The registry or participant; empty for an agreement.
    pub at: String,
    /// Its name.
    pub name: String,
    /// Values of the axes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Runs in a row that said the same, the earliest first.
    pub stretches: Vec<Stretch>,
    /// Values as data, run by run, where it is a quantity; empty elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Point>,
}

/// Runs in a row that said the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stretch {
    /// Outcome, agreement or role.
    pub word: String,
    /// How it compared with what was expected.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub disposition: String,
    /// What was wrong, or the value, of the first of them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// Time of the first run.
    pub from: Timestamp,
    /// Time of the last.
    pub to: Timestamp,
    /// Number of runs.
    pub runs: usize,
    /// Id of the first run.
    pub first: String,
}

/// A value of one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// The run's time.
    pub at: Timestamp,
    /// What was measured.
    pub measure: Measure,
}

/// What makes two rows of two runs the same thing.
type Thing = (String, String, String, BTreeMap<String, String>);

/// Puts the rows of one id together, run by run, whatever their order.
///
/// Runs of one target with another time or place stand beside each other in the order of their time.
pub fn trend(id: &str, mut read: Vec<(Entry, Vec<Row>)>) -> Trend {
    read.sort_by(|(a, _), (b, _)| (a.started, &a.run).cmp(&(b.started, &b.run)));
    let runs = read.len();
    let mut lines: BTreeMap<Thing, Line> = BTreeMap::new();
    for (entry, rows) in read {
        for row in rows {
            let name = entry
                .registries
                .iter()
                .find(|known| known.id.as_str() == row.at);
            let thing = (
                entry.target.clone(),
                row.scenario.clone(),
                row.at.clone(),
                row.parameters.clone(),
            );
            let line = lines.entry(thing).or_insert_with(|| Line {
                target: entry.target.clone(),
                scenario: row.scenario.clone(),
                at: row.at.clone(),
                name: name.map_or_else(|| row.at.clone(), |known| known.name.clone()),
                parameters: row.parameters.clone(),
                stretches: Vec::new(),
                points: Vec::new(),
            });
            if let Some(measure) = &row.measure {
                line.points.push(Point {
                    at: entry.started,
                    measure: measure.clone(),
                });
            }
            go_on(&mut line.stretches, &entry, row);
        }
    }
    Trend {
        id: id.to_owned(),
        runs,
        lines: lines.into_values().collect(),
    }
}

/// Adds a run to the last stretch, or begins another.
fn go_on(stretches: &mut Vec<Stretch>, entry: &Entry, row: Row) {
    // What was wrong may be worded by times; what a value is may not.
    let is_value = row.disposition.is_empty();
    if let Some(last) = stretches.last_mut()
        && last.word == row.word
        && last.disposition == row.disposition
        && (!is_value || last.words == row.words)
    {
        last.to = entry.started;
        last.runs += 1;
        return;
    }
    stretches.push(Stretch {
        word: row.word,
        disposition: row.disposition,
        words: row.words,
        from: entry.started,
        to: entry.started,
        runs: 1,
        first: entry.run.clone(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(run: &str, started: &str) -> Entry {
        Entry {
            format: super::super::FORMAT,
            run: run.to_owned(),
            bundle: String::new(),
            target: "live".to_owned(),
            vantage: "here".to_owned(),
            started: started.parse().unwrap(),
            partial: false,
            suite: String::new(),
            release: String::new(),
            faults: Vec::new(),
            registries: Vec::new(),
        }
    }

    fn row(word: &str) -> Row {
        Row {
            id: "a/b".to_owned(),
            at: "arin".to_owned(),
            word: word.to_owned(),
            disposition: "expected".to_owned(),
            ..Row::default()
        }
    }

    #[test]
    fn runs_that_say_the_same_are_one_stretch_whatever_their_order() {
        let read = vec![
            (entry("3", "2026-03-01T00:00:00Z"), vec![row("fail")]),
            (entry("1", "2026-01-01T00:00:00Z"), vec![row("pass")]),
            (entry("4", "2026-04-01T00:00:00Z"), vec![]),
            (entry("2", "2026-02-01T00:00:00Z"), vec![row("pass")]),
            (entry("5", "2026-05-01T00:00:00Z"), vec![row("fail")]),
        ];
        let trend = trend("a/b", read);
        assert_eq!((trend.runs, trend.lines.len()), (5, 1));
        let seen: Vec<(&str, usize, &str)> = trend.lines[0]
            .stretches
            .iter()
            .map(|s| (s.word.as_str(), s.runs, s.first.as_str()))
            .collect();
        assert_eq!(seen, [("pass", 2, "1"), ("fail", 2, "3")]);
    }

    #[test]
    fn a_value_that_changes_begins_a_stretch_and_words_of_a_failure_do_not() {
        let value = |words: &str| Row {
            disposition: String::new(),
            words: words.to_owned(),
            ..row("agrees")
        };
        let failure = |words: &str| Row {
            words: words.to_owned(),
            ..row("fail")
        };
        for (one, other, expected) in [
            (value("24h"), value("48h"), 2),
            (failure("9 days"), failure("10 days"), 1),
        ] {
            let read = vec![
                (entry("1", "2026-01-01T00:00:00Z"), vec![one]),
                (entry("2", "2026-02-01T00:00:00Z"), vec![other]),
            ];
            assert_eq!(trend("a/b", read).lines[0].stretches.len(), expected);
        }
    }
}
