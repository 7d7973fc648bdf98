//! Cases as results: one thing that two registries do together, followed from tick to tick.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::series::Series;
use super::{Level, Outcome, Punctuality};
use crate::registry::RegistryId;

/// What one case came to.
///
/// It is *violated* if anything in it is, *late* if anything is late and nothing is violated,
/// *open* while the run goes on or the last stage was not reached, *unobservable* if something
/// could not be told, otherwise *clean*.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseResult {
    /// The scenario.
    pub scenario: String,
    /// Values of the matrix axes, which name the case.
    pub parameters: BTreeMap<String, String>,
    /// The registry that gives.
    pub source: RegistryId,
    /// The registry that takes.
    pub recipient: RegistryId,
    /// What it comes to.
    pub verdict: Punctuality,
    /// Why it is not clean, in words; empty for a clean one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When each tick began at the side that was first, UTC, ascending.
    pub ticks: Vec<Timestamp>,
    /// When each stage was reached, of those that were, by name.
    pub stages: BTreeMap<String, Timestamp>,
    /// What was looked at: checks by id and registry, then comparisons by id.
    pub parts: Vec<CasePart>,
}

/// One check or comparison of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CasePart {
    /// Its id.
    pub id: String,
    /// The registry judged; absent for a comparison, which is about both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<RegistryId>,
    /// How much it matters.
    pub level: Level,
    /// What the evidence shows; a comparison that diverges is a `fail` here.
    pub outcome: Outcome,
    /// What was wrong, or why there is no verdict; empty for a plain pass.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What it comes to over the ticks; absent where nothing counts over time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Series>,
    /// Keys of the observations it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observations: Vec<String>,
}

impl CaseResult {
    /// Returns the name of a file for the case: the scenario and the values of its axes.
    pub fn file_name(&self) -> String {
        let values = self.parameters.values();
        let words = std::iter::once(&self.scenario).chain(values);
        let plain = |word: &String| {
            let plain = word.chars().map(|letter| match letter {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' => letter,
                _ => '-',
            });
            plain.take(100).collect::<String>()
        };
        let words: Vec<String> = words.map(plain).collect();
        format!("{}.json", words.join("_"))
    }

    /// Returns when it began to be followed; `None` if no tick began.
    pub fn began(&self) -> Option<Timestamp> {
        self.ticks.first().copied()
    }
}

impl CasePart {
    /// Returns what it comes to: what its series says, or else its outcome; `None` if it does not apply.
    pub fn punctuality(&self) -> Option<Punctuality> {
        match (self.outcome, &self.series) {
            (Outcome::NotApplicable, _) => None,
            (Outcome::Pass, _) => Some(Punctuality::Clean),
            (Outcome::Fail, Some(series)) => Some(series.punctuality),
            (Outcome::Fail, None) => Some(Punctuality::Violated),
            (Outcome::Skipped, _) => Some(Punctuality::Open),
            (Outcome::Inconclusive | Outcome::Error, _) => Some(Punctuality::Unobservable),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(outcome: Outcome) -> CasePart {
        CasePart {
            id: "s/c".to_owned(),
            registry: None,
            level: Level::Proposed,
            outcome,
            message: String::new(),
            series: None,
            observations: Vec::new(),
        }
    }

    #[test]
    fn what_does_not_apply_says_nothing_of_a_case() {
        assert_eq!(part(Outcome::NotApplicable).punctuality(), None);
        let failed = part(Outcome::Fail).punctuality();
        assert_eq!(failed, Some(Punctuality::Violated));
        let unseen = part(Outcome::Inconclusive).punctuality();
        assert_eq!(unseen, Some(Punctuality::Unobservable));
    }

    #[test]
    fn a_file_is_named_by_what_is_followed() {
        let case = CaseResult {
            scenario: "transfers.lifecycle".to_owned(),
            parameters: BTreeMap::from([("case".to_owned(), "2001:db8::/32 a/../b".to_owned())]),
            source: RegistryId::parse("arin").unwrap(),
            recipient: RegistryId::parse("ripe-ncc").unwrap(),
            verdict: Punctuality::Clean,
            reason: String::new(),
            ticks: Vec::new(),
            stages: BTreeMap::new(),
            parts: Vec::new(),
        };
        assert_eq!(
            case.file_name(),
            "transfers.lifecycle_2001-db8---32-a-..-b.json"
        );
    }
}
