//! The rules over transfer logs, and the tally of what they and the reader find.

use std::collections::BTreeMap;

use super::words::Deviation;
use crate::fact::Inspected;
use crate::inspect::{self, RuleId};

/// Declares the rules with their ids, in the order of the reports.
macro_rules! rules {
    ($($(#[$meta:meta])* $name:ident = $id:literal,)+) => {
        /// A rule over one log, or over a log beside an earlier one of the same registry.
        ///
        /// The order is that of the reports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule { $($(#[$meta])* $name,)+ }

        impl Rule {
            /// All rules.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];
        }

        impl RuleId for Rule {
            fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)+ }
            }
        }
    };
}

rules! {
    /// Every octet is of UTF-8, and there is no byte order mark.
    Utf8 = "xfer.form.utf8",
    /// The log is JSON to its end.
    Json = "xfer.form.json",
    /// The root has a version and transfers.
    Root = "xfer.form.root",
    /// No object has a member twice.
    Repeated = "xfer.form.repeated",
    /// The version has its members, each of its kind.
    VersionMembers = "xfer.version.members",
    /// The version of the format is a known one that is not superseded.
    VersionKnown = "xfer.version.known",
    /// The producer is a registry or the NRO.
    Producer = "xfer.version.producer",
    /// The offset from UTC is a whole number of hours from -12 to 12.
    Offset = "xfer.version.offset",
    /// The minutes of the offset are from 0 to 59.
    OffsetMinutes = "xfer.version.offset-minutes",
    /// Remarks are an array of texts.
    Remarks = "xfer.version.remarks",
    /// The interval of records begins before it ends, and ends no later than the log was made.
    IntervalOrder = "xfer.interval.order",
    /// Every transfer is dated within the interval of records.
    IntervalCovers = "xfer.interval.covers",
    /// Dates are of RFC 3339.
    DateForm = "xfer.date.form",
    /// Dates of version 4.1 end with `Z`.
    DateUtc = "xfer.date.utc",
    /// No completed transfer is dated after the log was made.
    DateAhead = "xfer.date.ahead",
    /// A transfer has its members, each of its kind.
    EntryMembers = "xfer.entry.members",
    /// Source and recipient are registries by their names.
    EntryRegistries = "xfer.entry.registries",
    /// The type is one of two.
    EntryType = "xfer.entry.type",
    /// A completed transfer of version 4.1 has a date.
    EntryDate = "xfer.entry.date",
    /// A transfer of version 4.1 has resources of some kind.
    EntryResources = "xfer.entry.resources",
    /// The producer is source or recipient.
    EntryProducer = "xfer.entry.producer",
    /// No transfer stands twice.
    EntryOnce = "xfer.entry.once",
    /// Resources of one kind are an object with arrays of ranges.
    SetForm = "xfer.set.form",
    /// Ends of AS number ranges are whole numbers of 32 bits.
    SetNumbers = "xfer.set.numbers",
    /// Ends of address ranges are addresses of their family.
    SetAddresses = "xfer.set.addresses",
    /// No octet of an address has zeros before it.
    SetPadded = "xfer.set.padded",
    /// No range ends before it begins.
    SetOrder = "xfer.set.order",
    /// The prefixes of a range make it up, each address once.
    SetCidrs = "xfer.set.cidrs",
    /// No resource stands twice in one transferred set.
    SetOnce = "xfer.set.once",
    /// The original set holds all that was transferred.
    SetOriginal = "xfer.set.original",
    /// An organization is an object, and its name text.
    Organization = "xfer.organization.form",
    /// A country code is two capital letters.
    Country = "xfer.organization.country",
    /// Transfers in progress are an array, each with a status of two.
    ProgressForm = "xfer.progress.form",
    /// What has been transferred is not in progress any more.
    ProgressRemoved = "xfer.progress.removed",
    /// Completed transfers of an earlier log are still there, and the same.
    SeriesStay = "xfer.series.stay",
}

/// What rules and reader found so far; its size is bounded, whatever is read.
#[derive(Debug, Default)]
pub struct Tally {
    rules: inspect::Tally<Rule>,
    deviations: BTreeMap<Deviation, (u64, String)>,
}

impl Tally {
    /// Returns an empty tally.
    pub const fn new() -> Self {
        Self {
            rules: inspect::Tally::new(),
            deviations: BTreeMap::new(),
        }
    }

    /// Says that a rule had something to look at.
    pub(super) fn look(&mut self, rule: Rule) {
        self.rules.look(rule);
    }

    /// Counts a finding; place and message are made only if it is kept.
    pub(super) fn find(
        &mut self,
        rule: Rule,
        place: impl FnOnce() -> String,
        message: impl FnOnce() -> String,
    ) {
        self.rules.find(rule, place, message);
    }

    /// Counts a deviation; the first place is kept.
    pub(super) fn deviate(&mut self, deviation: Deviation, place: impl FnOnce() -> String) {
        let known = self.deviations.entry(deviation);
        let (count, _) = known.or_insert_with(|| (0, place()));
        *count = count.saturating_add(1);
    }

    /// Iterates over the deviations: how often each comes, and where first.
    pub fn deviations(&self) -> impl Iterator<Item = (Deviation, u64, &str)> {
        let all = self.deviations.iter();
        all.map(|(deviation, (count, first))| (*deviation, *count, first.as_str()))
    }

    /// Hands over what was found.
    pub fn finish(self) -> Inspected {
        self.rules.finish()
    }
}

/// Cuts a text of a log to what a message can show; line ends and other controls are shown as `�`.
pub(super) fn cut(text: &str) -> String {
    const LONGEST: usize = 60;
    let control = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut short: String = text.chars().take(LONGEST).map(control).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_named_once() {
        let mut ids: Vec<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Rule::ALL.len());
    }

    #[test]
    fn a_deviation_is_counted_and_its_first_place_kept() {
        let mut tally = Tally::new();
        for place in ["/a", "/b"] {
            tally.deviate(Deviation::Null, || place.to_owned());
        }
        let all: Vec<_> = tally.deviations().collect();
        assert_eq!(all, [(Deviation::Null, 2, "/a")]);
    }

    #[test]
    fn hostile_texts_are_shown_short_and_in_one_line() {
        assert_eq!(cut("a\nb"), "a\u{fffd}b");
        assert_eq!(cut(&"é".repeat(100)).chars().count(), 61);
    }
}
