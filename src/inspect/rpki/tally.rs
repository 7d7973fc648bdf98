//! What the rules find in many objects.

use std::fmt;

use super::rules;
use crate::fact::Inspected;
use crate::inspect::{Found, inspected};

/// Findings of all rules over any number of objects.
///
/// Counts are by a rule's index, and only the first findings of a rule are written
/// out, so that half a million objects cost neither hashing nor memory.
#[derive(Clone, Debug)]
pub struct Tally {
    rules: Vec<OfRule>,
}

/// What one rule saw.
#[derive(Clone, Debug, Default)]
struct OfRule {
    /// Objects in which there was something to look at.
    objects: u64,
    found: Found,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            rules: vec![OfRule::default(); rules().count()],
        }
    }
}

impl Tally {
    /// Runs one rule over one object.
    pub(super) fn run(&mut self, index: usize, uri: &str, look: impl FnOnce(&mut Seen<'_>)) {
        let Some(of_rule) = self.rules.get_mut(index) else {
            return;
        };
        let mut seen = Seen {
            uri,
            of_rule,
            looked: false,
        };
        look(&mut seen);
        if seen.looked {
            of_rule.objects += 1;
        }
    }

    /// Adds what another tally holds; of findings beyond the limit, this one's come first.
    pub fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.rules.iter_mut().zip(other.rules) {
            mine.objects += theirs.objects;
            mine.found.merge(theirs.found);
        }
    }

    /// Iterates over rules with something to look at: id, number of such objects, number of findings.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64, u64)> + '_ {
        rules()
            .zip(&self.rules)
            .filter(|(_, of_rule)| of_rule.objects > 0)
            .map(|(rule, of_rule)| (rule.id, of_rule.objects, of_rule.found.count()))
    }

    /// Returns what each rule with something to look at found, in the order of the list.
    pub fn into_found(self) -> impl Iterator<Item = (&'static str, Found)> {
        rules()
            .zip(self.rules)
            .filter(|(_, of_rule)| of_rule.objects > 0)
            .map(|(rule, of_rule)| (rule.id, of_rule.found))
    }

    /// Returns everything that was found.
    pub fn finish(self) -> Inspected {
        inspected(self.into_found())
    }
}

/// What one rule sees in one object.
#[derive(Debug)]
pub struct Seen<'a> {
    uri: &'a str,
    of_rule: &'a mut OfRule,
    looked: bool,
}

impl Seen<'_> {
    /// Says that there was something to look at.
    pub fn look(&mut self) {
        self.looked = true;
    }

    /// Returns the rsync URI at which the object was published, if that is known.
    pub fn published_at(&self) -> Option<&str> {
        self.uri.starts_with("rsync://").then_some(self.uri)
    }

    /// Reports that something is wrong with a field at an offset.
    pub fn find(&mut self, at: usize, field: impl fmt::Display, message: impl fmt::Display) {
        self.looked = true;
        let uri = self.uri;
        let place = || format!("{uri}#{field}@{at}");
        self.of_rule.found.find(place, || message.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::MAX_FINDINGS;

    #[test]
    fn counts_are_exact_and_findings_bounded() {
        let mut first = Tally::default();
        for object in 0..700 {
            first.run(0, "a", |seen| {
                seen.find(object, "field", "wrong");
                seen.find(object, format_args!("field[{object}]"), "wrong");
            });
        }
        let mut second = Tally::default();
        second.run(0, "b", |seen| seen.find(7, "field", "wrong"));
        second.run(1, "b", |seen| seen.look());
        second.run(2, "b", |_| {});
        first.merge(second);
        assert_eq!(
            first.counts().map(|(_, o, f)| (o, f)).collect::<Vec<_>>(),
            [(701, 1_401), (1, 0)]
        );
        let inspected = first.finish();
        assert_eq!(inspected.looked.iter().count(), 2);
        assert_eq!(inspected.findings.len(), MAX_FINDINGS);
        assert_eq!(inspected.findings[1].location, "a#field[0]@0");
        assert_eq!(
            inspected.beyond.values().copied().collect::<Vec<_>>(),
            [1_401]
        );
    }
}
