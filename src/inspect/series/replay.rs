//! Deltas applied to an earlier capture, by hashes alone.
//!
//! Source: RFC 8182, sections 3.3.2 and 3.4.2.

use std::collections::BTreeMap;
use std::io;

use super::capture::hex;
use super::{Capture, MOST_OBJECTS};
use crate::inspect::MAX_FINDINGS;
use crate::inspect::rrdp::{Change, Sink, Tally};

/// What an earlier snapshot became by the deltas since then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// Hashes by URI.
    state: BTreeMap<String, String>,
    /// Changes that did not fit what was there: place and what was wrong, the first 1,000.
    odd: Vec<(String, String)>,
    /// Where the delta is from that is applied.
    from: String,
}

impl Replay {
    /// Begins with an earlier capture.
    pub fn of(earlier: &Capture) -> Self {
        let objects = earlier.objects.iter();
        Self {
            state: objects
                .map(|(uri, held)| (uri.clone(), held.hash.clone()))
                .collect(),
            ..Self::default()
        }
    }

    /// Says which delta comes next.
    pub fn begin(&mut self, url: &str) {
        url.clone_into(&mut self.from);
    }

    /// Iterates over the changes that did not fit.
    pub(super) fn odd(&self) -> impl Iterator<Item = (&str, &str)> {
        self.odd
            .iter()
            .map(|(at, what)| (at.as_str(), what.as_str()))
    }

    /// Iterates over what the deltas lead to and a snapshot has otherwise.
    pub(super) fn differences<'a>(
        &'a self,
        present: &'a Capture,
    ) -> impl Iterator<Item = (&'a str, &'static str)> {
        let missing = self.state.iter().filter_map(|(uri, hash)| {
            let what = match present.objects.get(uri) {
                Some(held) if held.hash == *hash => return None,
                Some(_) => "the deltas lead to other octets than the snapshot has",
                None => "the deltas leave it there; the snapshot has it not",
            };
            Some((uri.as_str(), what))
        });
        let new = present.objects.keys().filter_map(|uri| {
            let what = "the snapshot has it; no delta brought it";
            (!self.state.contains_key(uri)).then_some((uri.as_str(), what))
        });
        missing.chain(new)
    }
}

impl Sink for Replay {
    fn take(&mut self, change: Change<'_>, at: u64, _tally: &mut Tally) -> io::Result<()> {
        let (uri, expected) = match change {
            Change::Publish { uri, replaces, .. } => (uri, replaces),
            Change::Withdraw { uri, hash } => (uri, Some(hash)),
        };
        let wrong = match (self.state.get(uri), expected.map(|hash| hex(&hash))) {
            (None, None) => None,
            (Some(known), Some(hash)) if *known == hash => None,
            (Some(_), None) => Some("published as new, and is there"),
            (None, Some(_)) => Some("replaced or withdrawn, and is not there"),
            (Some(_), Some(_)) => Some("replaced or withdrawn by the hash of other octets"),
        };
        if let Some(wrong) = wrong
            && self.odd.len() < MAX_FINDINGS
        {
            let place = format!("{}#{uri}@{at}", self.from);
            self.odd.push((place, wrong.to_owned()));
        }
        match change {
            Change::Publish { uri, hash, .. } => {
                if self.state.len() >= MOST_OBJECTS {
                    return Err(io::Error::other(format!(
                        "more than {MOST_OBJECTS} objects"
                    )));
                }
                self.state.insert(uri.to_owned(), hex(&hash));
            }
            Change::Withdraw { uri, .. } => {
                self.state.remove(uri);
            }
        }
        Ok(())
    }
}
