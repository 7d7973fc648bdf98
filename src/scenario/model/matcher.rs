//! Matchers, with what stands on their right side.

use jiff::SignedDuration;

use super::Normalizer;
use crate::expr::Template;
use crate::fact::Value;
use crate::resource::{AddressSet, AsnSet};

/// What must hold of the left side.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// Equal; a bare value means this.
    Equals(Operand),
    /// None of these hold.
    Not(Vec<Matcher>),
    /// Equal to one of these.
    OneOf(Vec<Operand>),
    /// Equal to none of these.
    NoneOf(Vec<Operand>),
    /// There (`true`) or not (`false`).
    Present(bool),
    /// Of a JSON type: `string`, `number`, `integer`, `boolean`, `array`, `object`, `null`.
    Type(JsonType),
    /// Text that matches a regular expression somewhere.
    Matches(regex::Regex),
    /// Text or a list that contains this.
    Contains(Operand),
    /// A list that contains all of these.
    ContainsAll(Vec<Operand>),
    /// Text or a list that contains none of these.
    ContainsNone(Vec<Operand>),
    /// Text that begins with this.
    StartsWith(Operand),
    /// Text that ends with this.
    EndsWith(Operand),
    /// A media type, parameters and case ignored.
    MediaType(String),
    /// At least this.
    Min(Bound),
    /// At most this.
    Max(Bound),
    /// At least the first, at most the second.
    Between(Bound, Bound),
    /// Near another value.
    Within {
        /// The other value.
        of: Bound,
        /// How near.
        by: Nearness,
    },
    /// Near the value that was accepted as baseline.
    WithinBaseline(Nearness),
    /// Kept as it is and compared with the baseline; always holds.
    Snapshot(Vec<Normalizer>),
    /// The number of items or nodes.
    Count(CountBounds),
    /// Every item or node holds all of these; an empty list holds.
    Each(Vec<Matcher>),
    /// Some item or node holds all of these.
    Any(Vec<Matcher>),
    /// No item or node holds all of these.
    None(Vec<Matcher>),
    /// No two items are equal (`true`).
    Unique(bool),
    /// Items are in ascending order (`true`).
    Sorted(bool),
    /// A time before this.
    Before(Bound),
    /// A time after this.
    After(Bound),
    /// A time this long ago, by the run's clock.
    Age {
        /// At least.
        min: Option<SignedDuration>,
        /// At most.
        max: Option<SignedDuration>,
    },
    /// A time at least this far ahead, by the run's clock.
    ExpiresIn {
        /// At least.
        min: SignedDuration,
    },
    /// Every item, address or AS number is in this.
    SubsetOf(SetOperand),
    /// Every item, address or AS number of this is there.
    SupersetOf(SetOperand),
    /// Nothing in common with this.
    DisjointFrom(SetOperand),
    /// Addresses or AS numbers that contain all of this.
    Covers(SetOperand),
    /// Nothing in it (`true`), or something (`false`).
    Empty(bool),
}

impl Matcher {
    /// Says whether the value that it looks at is kept beside a baseline.
    pub const fn is_kept(&self) -> bool {
        matches!(self, Self::Snapshot(_) | Self::WithinBaseline(_))
    }
}

/// A value on the right side of a matcher.
#[derive(Clone, Debug)]
pub enum Operand {
    /// A value with its kind.
    Value(Value),
    /// `${…}`, evaluated when judged.
    Template(Template),
}

/// A bound with its unit.
pub type Bound = Operand;

/// The right side of a set matcher.
#[derive(Clone, Debug)]
pub enum SetOperand {
    /// Addresses.
    Addresses(AddressSet),
    /// AS numbers.
    Asns(AsnSet),
    /// Items.
    Items(Vec<Operand>),
    /// `${…}`, evaluated when judged.
    Template(Template),
}

/// JSON types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonType {
    /// Text.
    String,
    /// Any number.
    Number,
    /// A number without fraction.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A list.
    Array,
    /// A mapping.
    Object,
    /// `null`.
    Null,
}

/// How near two values must be.
#[derive(Clone, Debug)]
pub enum Nearness {
    /// As a share of the other value.
    Ratio(f64),
    /// In its unit.
    Absolute(Value),
}

/// Bounds on a number of items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountBounds {
    /// At least.
    pub min: Option<u64>,
    /// At most.
    pub max: Option<u64>,
    /// Exactly.
    pub equals: Option<u64>,
}
