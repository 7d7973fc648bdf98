//! The rules over one statistics file.

use crate::inspect::RuleId;

/// A rule over one statistics file.
///
/// The order is that of the reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The file is printable ASCII, and every line, the last too, ends with a line feed.
    Text,
    /// Every line is a comment, blank, the version line, a summary line or a record.
    Line,
    /// The first line that says something is the version line, with seven fields, and the only one.
    Version,
    /// Serial and records of the version line are numbers, its end date is a day.
    VersionValues,
    /// The registry of the version line is one that the format knows.
    VersionRegistry,
    /// The version line's number of records is that of the records.
    Records,
    /// There is one summary line for each type.
    SummaryEach,
    /// A summary line has the file's registry, a known type and a number.
    SummaryForm,
    /// The number of a summary line is that of the records of its type.
    SummaryCount,
    /// A record has the file's registry.
    Registry,
    /// The type of a record is one of three.
    Kind,
    /// The start of a record is a number or address of its type.
    Start,
    /// The value of a record is a number, and what it spans exists.
    Value,
    /// Numbers and addresses are written in one way.
    Canonical,
    /// The prefix of an IPv6 record has no bits behind its length.
    Aligned,
    /// The status of a record is one of four.
    Status,
    /// A record of the extended format has eight fields.
    Fields,
    /// The country of what is held is two letters.
    Country,
    /// The country is a code of ISO 3166-1, or one of the few others in use.
    CountryKnown,
    /// The date of what is held is a day, or eight zeros.
    Date,
    /// A date is within the time that the file is about, and no earlier than the first registry.
    Period,
    /// What is held has a holder's id.
    Holder,
    /// No number stands in two records.
    Overlap,
    /// No number is both held and not.
    Contradiction,
    /// The file was read to its end within the limits.
    Limits,
}

impl Rule {
    /// All rules.
    pub const ALL: &'static [Self] = &[
        Self::Text,
        Self::Line,
        Self::Version,
        Self::VersionValues,
        Self::VersionRegistry,
        Self::Records,
        Self::SummaryEach,
        Self::SummaryForm,
        Self::SummaryCount,
        Self::Registry,
        Self::Kind,
        Self::Start,
        Self::Value,
        Self::Canonical,
        Self::Aligned,
        Self::Status,
        Self::Fields,
        Self::Country,
        Self::CountryKnown,
        Self::Date,
        Self::Period,
        Self::Holder,
        Self::Overlap,
        Self::Contradiction,
        Self::Limits,
    ];
}

impl RuleId for Rule {
    fn id(self) -> &'static str {
        match self {
            Self::Text => "stats.file.text",
            Self::Line => "stats.file.line",
            Self::Version => "stats.version.line",
            Self::VersionValues => "stats.version.values",
            Self::VersionRegistry => "stats.version.registry",
            Self::Records => "stats.version.records",
            Self::SummaryEach => "stats.summary.each",
            Self::SummaryForm => "stats.summary.form",
            Self::SummaryCount => "stats.summary.count",
            Self::Registry => "stats.record.registry",
            Self::Kind => "stats.record.type",
            Self::Start => "stats.record.start",
            Self::Value => "stats.record.value",
            Self::Canonical => "stats.record.canonical",
            Self::Aligned => "stats.record.aligned",
            Self::Status => "stats.record.status",
            Self::Fields => "stats.record.fields",
            Self::Country => "stats.record.country",
            Self::CountryKnown => "stats.record.country-known",
            Self::Date => "stats.record.date",
            Self::Period => "stats.record.period",
            Self::Holder => "stats.record.holder",
            Self::Overlap => "stats.numbers.once",
            Self::Contradiction => "stats.numbers.held-or-not",
            Self::Limits => "stats.file.limits",
        }
    }
}

/// What the rules found in one file.
pub type Tally = crate::inspect::Tally<Rule>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_listed_in_their_order_and_named_once() {
        let mut sorted = Rule::ALL.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, Rule::ALL);
        let mut ids: Vec<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Rule::ALL.len());
    }
}
