//! Shards: a plan in parts, for several machines or jobs of a pipeline.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Most parts of a plan; ours, far above the number of scenarios.
const MOST: u32 = 1000;

/// One of the parts of a plan: `2/3` is the second of three.
///
/// The scenarios that are selected are dealt out one by one in the order of their ids, each whole, so
/// that comparisons have all who take part in them. The parts of one selection, target and suite have
/// no scenario in common, and together all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Shard {
    /// Returns which part it is, from 1.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// Returns how many parts there are.
    pub const fn count(self) -> u32 {
        self.count
    }

    /// Returns all parts that there are with it, itself too, in their order.
    pub fn all(self) -> impl Iterator<Item = Self> {
        (1..=self.count).map(move |index| Self { index, ..self })
    }

    /// Says whether the scenario at a place, counted from 0, is in this part.
    pub fn takes(self, place: usize) -> bool {
        let part = u32::try_from(place % usize::try_from(self.count).unwrap_or(1));
        part.is_ok_and(|part| part + 1 == self.index)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no part of a plan; expected `i/n`, such as `1/3`, with i from 1 to n and n at most {MOST}"
            )
        };
        // `+1` is a number for the parser of integers, and no part.
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| text.parse::<u32>().ok()).flatten()
        };
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let index = number(index).ok_or_else(wrong)?;
        let count = number(count).ok_or_else(wrong)?;
        if index == 0 || index > count || count > MOST {
            return Err(wrong());
        }
        Ok(Self { index, count })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl TryFrom<String> for Shard {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_in_exactly_one_part() {
        for count in 1..=7 {
            let parts: Vec<Shard> = (1..=count)
                .map(|index| format!("{index}/{count}").parse().unwrap())
                .collect();
            for place in 0..50 {
                assert_eq!(parts.iter().filter(|part| part.takes(place)).count(), 1);
            }
        }
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for text in [
            "", "1", "0/3", "4/3", "1/0", "+1/3", "1/3/3", "a/b", "1/1001", "1/-3",
        ] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
        let part: Shard = "01/3".parse().unwrap();
        assert_eq!(part.to_string(), "1/3");
        assert_eq!(serde_json::to_string(&part).unwrap(), "\"1/3\"");
        assert!(serde_json::from_str::<Shard>("\"9/3\"").is_err());
    }
}
