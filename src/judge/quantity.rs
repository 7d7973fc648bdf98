//! Numbers with units, compared exactly where both are whole.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value as JsonValue;

use super::look::{self, Thing};
use crate::fact::Value;

/// What a number counts; units refuse each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nothing: a count, a ratio, a JSON number.
    Plain,
    /// Octets.
    Bytes,
    /// Nanoseconds of a length of time.
    Duration,
    /// Nanoseconds since 1970, UTC.
    Time,
}

/// A number: whole where its source is, so that sizes and times compare exactly.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// A whole number.
    Whole(i128),
    /// Any other.
    Real(f64),
}

impl Number {
    /// Returns the number as a float, for ratios and shares.
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "the nearest float is what is wanted"
    )]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Real(real) => real,
        }
    }

    /// Returns the order of two numbers; one that is not a number is equal to itself and above all others.
    pub fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a.cmp(&b),
            (a, b) => a.as_f64().total_cmp(&b.as_f64()),
        }
    }

    /// Returns how far two numbers are from each other.
    #[must_use]
    pub fn distance(self, other: Self) -> Self {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a
                .checked_sub(b)
                .map_or(Self::Real(f64::INFINITY), |d| Self::Whole(d.abs())),
            (a, b) => Self::Real((a.as_f64() - b.as_f64()).abs()),
        }
    }
}

/// A number with its unit.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    /// How much.
    pub number: Number,
    /// Of what.
    pub unit: Unit,
}

impl Quantity {
    /// Returns a point in time as a quantity.
    pub fn time(time: Timestamp) -> Self {
        Self {
            number: Number::Whole(time.as_nanosecond()),
            unit: Unit::Time,
        }
    }

    /// Reads the quantity of a value; `None` if it is none.
    pub fn of(value: &Value) -> Option<Self> {
        let (number, unit) = match value {
            Value::Count(count) => (Number::Whole(i128::from(*count)), Unit::Plain),
            Value::Ratio(ratio) => (Number::Real(*ratio), Unit::Plain),
            Value::Bytes(bytes) => (Number::Whole(i128::from(*bytes)), Unit::Bytes),
            Value::Duration(duration) => (Number::Whole(duration.as_nanos()), Unit::Duration),
            Value::Time(time) => (Number::Whole(time.as_nanosecond()), Unit::Time),
            Value::Json(json) => (json_number(json.get()?)?, Unit::Plain),
            Value::Flag(_)
            | Value::Text(_)
            | Value::Texts(_)
            | Value::Records(_)
            | Value::Addresses(_)
            | Value::Asns(_)
            | Value::Set(_)
            | Value::Distribution(_) => return None,
        };
        Some(Self { number, unit })
    }

    /// Reads the quantity of a thing that is compared with one in `unit`.
    ///
    /// A JSON number has no unit of its own: it is taken as octets beside a size and as
    /// seconds beside a duration. Text beside a time is read as a time.
    pub fn beside(thing: &Thing<'_>, unit: Unit) -> Option<Self> {
        let own = match thing {
            Thing::Fact(value) => Self::of(value),
            Thing::Json(value) => json_number(value).map(|number| Self {
                number,
                unit: Unit::Plain,
            }),
            Thing::Text(_) | Thing::Record(_) => None,
        };
        match own {
            Some(own) if own.unit == unit => Some(own),
            Some(own) if matches!(thing, Thing::Json(_)) => Some(Self {
                number: scaled(own.number, unit)?,
                unit,
            }),
            None if unit == Unit::Time => thing.text().and_then(look::time).map(Self::time),
            Some(_) | None => None,
        }
    }
}

fn scaled(number: Number, unit: Unit) -> Option<Number> {
    match unit {
        Unit::Plain | Unit::Bytes => Some(number),
        Unit::Duration => Some(match number {
            Number::Whole(seconds) => Number::Whole(seconds.checked_mul(1_000_000_000)?),
            Number::Real(seconds) => Number::Real(seconds * 1e9),
        }),
        Unit::Time => None,
    }
}

/// Reads a JSON number, whole if it is written so.
pub fn json_number(value: &JsonValue) -> Option<Number> {
    let number = value.as_number()?;
    if let Some(whole) = number.as_i64() {
        return Some(Number::Whole(i128::from(whole)));
    }
    if let Some(whole) = number.as_u64() {
        return Some(Number::Whole(i128::from(whole)));
    }
    number.as_f64().map(Number::Real)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use serde_json::json;

    #[test]
    fn a_json_number_takes_the_unit_it_stands_beside() {
        let number = json!(90);
        let minute_and_half =
            Quantity::of(&Value::Duration(SignedDuration::from_secs(90))).unwrap();
        let beside = Quantity::beside(&Thing::Json(&number), Unit::Duration).unwrap();
        assert_eq!(beside.number.order(minute_and_half.number), Ordering::Equal);
        assert!(Quantity::beside(&Thing::Json(&number), Unit::Time).is_none());
    }

    #[test]
    fn units_refuse_each_other() {
        let size = Value::Bytes(90);
        let size = Thing::of(&size).unwrap();
        assert!(Quantity::beside(&size, Unit::Duration).is_none());
        assert!(Quantity::beside(&size, Unit::Plain).is_none());
        assert!(Quantity::beside(&size, Unit::Bytes).is_some());
    }

    #[test]
    fn large_sizes_compare_exactly() {
        let near = |bytes| Quantity::of(&Value::Bytes(bytes)).unwrap().number;
        assert_eq!(near(u64::MAX).order(near(u64::MAX - 1)), Ordering::Greater);
    }
}
