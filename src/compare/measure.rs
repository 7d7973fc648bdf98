//! Measured values as data: what a fact says, with its unit.

use serde_json::Number;

use super::rule::Holder;
use crate::expr::Type;
use crate::fact::{Distribution, SampleUnit, Value};
use crate::judge::quantity;
use crate::scenario::model::{CompareRule, Comparison};
use crate::scenario::quantity as quantity_of;
use crate::verdict::measure::{Amount, Measure, Unit};

/// Returns a value as data; `None` if it is no quantity: text, lists, a point in time.
pub(super) fn measure(value: &Value) -> Option<Measure> {
    let (unit, number) = match value {
        Value::Count(count) => (Unit::Count, Number::from(*count)),
        Value::Ratio(ratio) => (Unit::Ratio, Number::from_f64(*ratio)?),
        Value::Bytes(octets) => (Unit::Bytes, Number::from(*octets)),
        Value::Duration(length) if length.subsec_nanos() == 0 => {
            (Unit::Seconds, Number::from(length.as_secs()))
        }
        Value::Duration(length) => (Unit::Seconds, Number::from_f64(length.as_secs_f64())?),
        Value::Json(document) => number(document.get()?)?,
        Value::Distribution(samples) => return Some(summed(samples)),
        Value::Flag(_)
        | Value::Time(_)
        | Value::Text(_)
        | Value::Texts(_)
        | Value::Records(_)
        | Value::Addresses(_)
        | Value::Asns(_)
        | Value::Set(_) => return None,
    };
    Some(Measure {
        unit,
        amount: Amount::Number(number),
    })
}

fn number(value: &serde_json::Value) -> Option<(Unit, Number)> {
    let unit = match quantity::json_number(value)? {
        quantity::Number::Whole(_) => Unit::Count,
        quantity::Number::Real(_) => Unit::Ratio,
    };
    Some((unit, value.as_number()?.clone()))
}

const fn summed(distribution: &Distribution) -> Measure {
    Measure {
        unit: match distribution.unit {
            SampleUnit::Count => Unit::Count,
            SampleUnit::Bytes => Unit::Bytes,
            SampleUnit::Duration => Unit::Seconds,
        },
        amount: Amount::Samples(distribution.samples),
    }
}

/// Returns what a registry declares as data in the unit of what is measured.
///
/// Text is read as a quantity, such as `24h`, and a bare number has the unit beside it.
/// `None` for what is no number of that unit.
pub(super) fn declared(value: &Value, unit: Unit) -> Option<Measure> {
    let own = if let Value::Text(text) = value {
        measure(&quantity_of(text)?)?
    } else {
        measure(value)?
    };
    match (own.unit, &own.amount) {
        (_, Amount::Samples(_)) => None,
        (own_unit, _) if own_unit == unit => Some(own),
        (Unit::Count | Unit::Ratio, _) => Some(Measure { unit, ..own }),
        (Unit::Bytes | Unit::Seconds, _) => None,
    }
}

/// Returns the unit of a comparison that only shows registries' quantities side by side;
/// `None` for others, and where values have different units.
///
/// Where nobody has a value, the unit is what the expression yields.
pub(super) fn unit(comparison: &Comparison, holders: &[Holder<'_>]) -> Option<Unit> {
    let is_shown = matches!(comparison.rule, CompareRule::Report) && comparison.across.is_none();
    if !is_shown {
        return None;
    }
    let mut units = holders.iter().map(|h| measure(h.value).map(|m| m.unit));
    let Some(first) = units.next() else {
        return expected(comparison.value.kind());
    };
    units.fold(first, |all, own| match (all?, own?) {
        (all, own) if all == own => Some(all),
        (Unit::Count, Unit::Ratio) | (Unit::Ratio, Unit::Count) => Some(Unit::Ratio),
        _ => None,
    })
}

fn expected(kind: &Type) -> Option<Unit> {
    match kind {
        Type::Int => Some(Unit::Count),
        Type::Double => Some(Unit::Ratio),
        Type::Bytes => Some(Unit::Bytes),
        Type::Duration => Some(Unit::Seconds),
        Type::Members(members) => {
            let is_distribution = members.len() == Distribution::MEMBERS.len()
                && Distribution::MEMBERS
                    .iter()
                    .all(|name| members.contains_key(*name));
            is_distribution
                .then(|| members.get("median").and_then(expected))
                .flatten()
        }
        Type::Dynamic
        | Type::Null
        | Type::Bool
        | Type::Time
        | Type::Text
        | Type::Addresses
        | Type::Asns
        | Type::List(_)
        | Type::Map
        | Type::Space(_)
        | Type::Record { .. }
        | Type::Probe { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use serde_json::json;

    #[test]
    fn quantities_keep_their_unit_and_stay_whole() {
        #[track_caller]
        fn check(value: &Value, expected: &serde_json::Value) {
            let written = measure(value).map(|m| serde_json::to_value(m).unwrap());
            assert_eq!(written.unwrap_or_default(), *expected);
        }
        let seconds = SignedDuration::from_secs;
        check(&Value::Count(7), &json!({"unit": "count", "number": 7}));
        check(&Value::Ratio(0.5), &json!({"unit": "ratio", "number": 0.5}));
        check(&Value::Ratio(f64::NAN), &json!(null));
        check(
            &Value::Duration(seconds(60)),
            &json!({"unit": "seconds", "number": 60}),
        );
        check(
            &Value::Duration(SignedDuration::from_millis(1_500)),
            &json!({"unit": "seconds", "number": 1.5}),
        );
        let both = Distribution::of(SampleUnit::Bytes, vec![4, 2]).unwrap();
        check(
            &Value::Distribution(both),
            &json!({"unit": "bytes", "samples": {"count": 2, "min": 2, "p5": 2, "median": 2, "p95": 4, "max": 4}}),
        );
        check(&Value::text("24h"), &json!(null));
        check(&Value::Flag(true), &json!(null));
    }

    #[test]
    fn what_is_declared_has_the_unit_of_what_is_measured() {
        #[track_caller]
        fn check(value: &Value, unit: Unit, expected: Option<i64>) {
            let declared = declared(value, unit).map(|m| serde_json::to_value(m).unwrap());
            let expected = expected.map(|n| json!({"unit": unit.as_str(), "number": n}));
            assert_eq!(declared, expected);
        }
        check(&Value::text("24h"), Unit::Seconds, Some(86_400));
        check(&Value::text("8 KiB"), Unit::Bytes, Some(8_192));
        check(&Value::Count(90), Unit::Seconds, Some(90));
        check(&Value::text("24h"), Unit::Bytes, None);
        check(&Value::text("daily"), Unit::Seconds, None);
        check(&Value::Flag(true), Unit::Count, None);
    }

    #[test]
    fn what_an_expression_yields_says_the_unit_of_what_nobody_has() {
        use crate::fact::Kind;
        let of = |kind| expected(&Type::of(kind));
        assert_eq!(of(Kind::Count), Some(Unit::Count));
        assert_eq!(
            of(Kind::Distribution(SampleUnit::Duration)),
            Some(Unit::Seconds)
        );
        assert_eq!(of(Kind::Text), None);
        assert_eq!(of(Kind::Time), None);
    }
}
