//! What should agree among registries: comparisons and their rules.

use std::sync::Arc;

use jiff::SignedDuration;

use super::{Basis, OverTime};
use crate::expr::{Expression, Template};
use crate::fact::Value;
use crate::registry::RegistryId;
use crate::verdict::results::Place;

/// A comparison of a scenario.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// `<scenario>/<comparison>`.
    pub id: Arc<str>,
    /// One sentence: what should agree.
    pub title: String,
    /// What it rests on.
    pub basis: Basis,
    /// One value per participant.
    pub value: Expression,
    /// What a registry declares the value to be; shown beside it in a report.
    pub declared: Option<Expression>,
    /// Participants for which this does not hold are excluded.
    pub when: Option<Expression>,
    /// The rule with its arguments.
    pub rule: CompareRule,
    /// Fewest participants with a value; fewer are insufficient.
    pub min_participants: u64,
    /// What a participant without a value is.
    pub missing: Missing,
    /// Whether an outlier gets a `fail`; only with a clause.
    pub attribute: Attribute,
    /// The ticks at which it must hold; `None` for the last one.
    pub over_time: Option<OverTime>,
    /// How long a divergence must have been seen before it counts.
    pub grace: Option<SignedDuration>,
    /// Difference that is still equal.
    pub tolerance: Option<Tolerance>,
    /// Normalizers applied to the value, in order.
    pub normalize: Vec<Normalizer>,
    /// Compares the values of a matrix axis within each registry instead of registries.
    pub across: Option<String>,
    /// Splits the participants; each group is compared by itself.
    pub group_by: Option<Expression>,
    /// Where it is written.
    pub place: Place,
}

/// The rules of comparison.
#[derive(Clone, Debug)]
pub enum CompareRule {
    /// All values equal.
    Equal,
    /// Each value one of these.
    OneOf(Vec<serde_json::Value>),
    /// Largest over smallest at most this.
    WithinRatio(f64),
    /// Each value this near to a reference.
    WithinAbs {
        /// How near, in the value's unit.
        abs: Value,
        /// To what.
        reference: Reference,
    },
    /// Named values do not decrease in this order.
    Ordered {
        /// Names in order.
        sequence: Vec<String>,
        /// Largest step between neighbors.
        max_gap: Option<Value>,
    },
    /// No two values have a member in common.
    Disjoint,
    /// Exactly one value is true.
    ExactlyOne,
    /// At most one value is true.
    AtMostOne,
    /// A group of equal values has at least this many members.
    Quorum {
        /// Members of the largest group.
        agree: u64,
        /// Of how many participants, at least.
        of: Option<u64>,
    },
    /// Every list contains what all have in common with at most the declared extras: missing members make an outlier.
    SubsetOfCommon,
    /// The values together cover a set.
    UnionCovers {
        /// Yields the set.
        set: Template,
    },
    /// Always holds; values are shown.
    Report,
}

impl CompareRule {
    /// Returns the rule's word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::OneOf(_) => "one_of",
            Self::WithinRatio(_) => "within_ratio",
            Self::WithinAbs { .. } => "within_abs",
            Self::Ordered { .. } => "ordered",
            Self::Disjoint => "disjoint",
            Self::ExactlyOne => "exactly_one",
            Self::AtMostOne => "at_most_one",
            Self::Quorum { .. } => "quorum",
            Self::SubsetOfCommon => "subset_of_common",
            Self::UnionCovers { .. } => "union_covers",
            Self::Report => "report",
        }
    }
}

/// What `within_abs` measures from.
#[derive(Clone, Debug)]
pub enum Reference {
    /// The median of the values.
    Median,
    /// One participant.
    Participant(RegistryId),
    /// A constant.
    Constant(Value),
}

/// What a participant without a value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// Left out.
    Exclude,
    /// One that differs.
    Outlier,
    /// A reason to reach no verdict.
    #[default]
    Inconclusive,
}

/// Whose a divergence is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attribute {
    /// The set's.
    #[default]
    Set,
    /// The outliers', by a clause.
    Outlier,
}

/// Difference that is still equal.
#[derive(Clone, Debug)]
pub struct Tolerance {
    /// Largest share of members that are in one set only.
    pub symmetric_difference: Option<f64>,
    /// Largest difference of numbers, in their unit.
    pub absolute: Option<Value>,
}

/// Named, tested changes of a value before it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalizer {
    /// Sorts a list.
    Sort,
    /// Removes repeated items of a list.
    Unique,
    /// Lower case.
    Lower,
    /// Removes white space at both ends and folds it within.
    Whitespace,
    /// Removes a final dot.
    FinalDot,
    /// Sorts the keys of objects at every level.
    SortKeys,
    /// Replaces every URL by `{base}` and its path below the registry's base.
    Urls,
    /// Times to UTC, whole seconds.
    UtcSeconds,
    /// Handles to their pattern: `range`, `cidr`, `NET-`, `AS<n>`, `<id>-<tag>`.
    HandlePattern,
    /// Every text that is a time by `{time}`.
    Times,
    /// The shape tree of an RDAP answer: member names and types, values replaced by classes.
    Shape,
}
