//! What operators do with kinds and with values; units refuse each other in both.

use std::cmp::Ordering;

use jiff::SignedDuration;

use super::scope::Type;
use super::tree::Op;
use super::value::{List, Map};
use super::{LONGEST_LIST, LONGEST_TEXT, Val};

/// Kinds that only mix with themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Bytes,
    Duration,
    Time,
    Addresses,
    Asns,
}

impl Unit {
    const fn of_type(kind: &Type) -> Option<Self> {
        match kind {
            Type::Bytes => Some(Self::Bytes),
            Type::Duration => Some(Self::Duration),
            Type::Time => Some(Self::Time),
            Type::Addresses => Some(Self::Addresses),
            Type::Asns => Some(Self::Asns),
            _ => None,
        }
    }

    const fn of(value: &Val<'_>) -> Option<Self> {
        match value {
            Val::Bytes(_) => Some(Self::Bytes),
            Val::Duration(_) => Some(Self::Duration),
            Val::Time(_) => Some(Self::Time),
            Val::Addresses(_) => Some(Self::Addresses),
            Val::Asns(_) => Some(Self::Asns),
            _ => None,
        }
    }

    /// Says how a value of this unit is written.
    const fn hint(self) -> &'static str {
        match self {
            Self::Bytes => "write `bytes(n)`, `kib(n)` or `mib(n)`",
            Self::Duration => "write `duration('90s')`, `hours(n)` or `days(n)`",
            Self::Time => "write `timestamp('2026-01-01T00:00:00Z')`",
            Self::Addresses => "write `prefixes('192.0.2.0/24')`",
            Self::Asns => "write `asns('AS64500')`",
        }
    }
}

/// Says why two kinds do not go together, with the way to write it.
fn refused(op: Op, left: &str, right: &str, units: (Option<Unit>, Option<Unit>)) -> String {
    let hint = match units {
        (Some(unit), None) | (None, Some(unit)) => format!("; {}", unit.hint()),
        (Some(_), Some(_)) | (None, None) => String::new(),
    };
    format!(
        "`{}` does not go with {left} and {right}{hint}",
        op.as_str()
    )
}

/// Returns the type an operator usually yields, after a mistake was reported.
pub(super) const fn usual(op: Op) -> Type {
    if op.compares() || matches!(op, Op::In) {
        Type::Bool
    } else {
        Type::Dynamic
    }
}

/// Infers what an operator yields.
pub(super) fn infer(op: Op, left: &Type, right: &Type) -> Result<Type, String> {
    use Type as T;
    let refuse = || {
        let units = (Unit::of_type(left), Unit::of_type(right));
        Err(refused(op, left.words(), right.words(), units))
    };
    if op == Op::In {
        return match (left, right) {
            (_, T::Dynamic | T::Map)
            | (T::Text | T::Dynamic, T::Members(_) | T::Record { .. } | T::Probe { .. }) => {
                Ok(T::Bool)
            }
            (kind, T::List(item)) => infer(Op::Equal, kind, item).or_else(|_| refuse()),
            _ => refuse(),
        };
    }
    if op.compares() {
        let equality = matches!(op, Op::Equal | Op::NotEqual);
        let fits = match (left, right) {
            (T::Dynamic, other) | (other, T::Dynamic) => equality || is_ordered(other),
            (T::Null, _) | (_, T::Null) => equality,
            (T::List(_), T::List(_)) | (T::Addresses, T::Addresses) | (T::Asns, T::Asns) => {
                equality
            }
            (a, b) if is_object(a) && is_object(b) => equality,
            (a, b) if a.is_number() && b.is_number() => true,
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b) && is_ordered(a),
        };
        return if fits { Ok(T::Bool) } else { refuse() };
    }
    Ok(match (op, left, right) {
        (Op::Add, T::Text, T::Text) => T::Text,
        (Op::Add, T::List(a), T::List(b)) => T::List(Box::new((**a).clone().either((**b).clone()))),
        (Op::Add | Op::Subtract, T::Bytes, T::Bytes) => T::Bytes,
        (Op::Add | Op::Subtract, T::Duration, T::Duration) => T::Duration,
        (Op::Add | Op::Subtract, T::Time, T::Duration) | (Op::Add, T::Duration, T::Time) => T::Time,
        (Op::Subtract, T::Time, T::Time) => T::Duration,
        (Op::Multiply | Op::Divide, T::Bytes, n) | (Op::Multiply, n, T::Bytes) if n.is_number() => {
            T::Bytes
        }
        (Op::Multiply | Op::Divide, T::Duration, n) | (Op::Multiply, n, T::Duration)
            if n.is_number() =>
        {
            T::Duration
        }
        (Op::Divide, T::Bytes, T::Bytes) | (Op::Divide, T::Duration, T::Duration) => T::Double,
        (Op::Remainder, T::Int, T::Int) => T::Int,
        (Op::Remainder, T::Double, _) | (Op::Remainder, _, T::Double) => return refuse(),
        (_, T::Int, T::Int) => T::Int,
        (_, T::Int | T::Double, T::Int | T::Double) => T::Double,
        (_, T::Dynamic, other) | (_, other, T::Dynamic) if is_arithmetic(op, other) => T::Dynamic,
        _ => return refuse(),
    })
}

const fn is_object(kind: &Type) -> bool {
    matches!(kind, Type::Map | Type::Members(_) | Type::Record { .. })
}

const fn is_ordered(kind: &Type) -> bool {
    matches!(
        kind,
        Type::Dynamic
            | Type::Bool
            | Type::Int
            | Type::Double
            | Type::Text
            | Type::Bytes
            | Type::Duration
            | Type::Time
    )
}

const fn is_arithmetic(op: Op, kind: &Type) -> bool {
    match kind {
        Type::Dynamic | Type::Int | Type::Double | Type::Bytes | Type::Duration => true,
        Type::Time => matches!(op, Op::Add | Op::Subtract),
        Type::Text | Type::List(_) => matches!(op, Op::Add),
        _ => false,
    }
}

/// Applies an operator.
pub(super) fn apply<'e>(op: Op, left: &Val<'e>, right: &Val<'e>) -> Result<Val<'e>, String> {
    match op {
        Op::Equal => equal(left, right).map(Val::Bool),
        Op::NotEqual => equal(left, right).map(|same| Val::Bool(!same)),
        Op::Less => order(op, left, right).map(|o| Val::Bool(o == Some(Ordering::Less))),
        Op::AtMost => order(op, left, right)
            .map(|o| Val::Bool(matches!(o, Some(Ordering::Less | Ordering::Equal)))),
        Op::Greater => order(op, left, right).map(|o| Val::Bool(o == Some(Ordering::Greater))),
        Op::AtLeast => order(op, left, right)
            .map(|o| Val::Bool(matches!(o, Some(Ordering::Greater | Ordering::Equal)))),
        Op::In => contains(left, right).map(Val::Bool),
        Op::Add | Op::Subtract | Op::Multiply | Op::Divide | Op::Remainder => {
            arithmetic(op, left, right)
        }
    }
}

fn mismatch(op: Op, left: &Val<'_>, right: &Val<'_>) -> String {
    refused(
        op,
        left.words(),
        right.words(),
        (Unit::of(left), Unit::of(right)),
    )
}

/// Says whether two values are the same. Values of different kinds are not, but units
/// refuse whatever is not their own.
pub(super) fn equal(left: &Val<'_>, right: &Val<'_>) -> Result<bool, String> {
    Ok(match (left, right) {
        (Val::Null, Val::Null) => true,
        (Val::Null, _) | (_, Val::Null) => false,
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (Val::Int(_) | Val::Double(_), Val::Int(_) | Val::Double(_)) => {
            numbers(left, right) == Some(Ordering::Equal)
        }
        (Val::Bytes(a), Val::Bytes(b)) => a == b,
        (Val::Duration(a), Val::Duration(b)) => a == b,
        (Val::Time(a), Val::Time(b)) => a == b,
        (Val::Text(a), Val::Text(b)) => **a == **b,
        (Val::Addresses(a), Val::Addresses(b)) => **a == **b,
        (Val::Asns(a), Val::Asns(b)) => **a == **b,
        (Val::List(a), Val::List(b)) => lists_equal(a, b)?,
        (Val::Map(a), Val::Map(b)) => maps_equal(a, b)?,
        _ if Unit::of(left).is_some() || Unit::of(right).is_some() => {
            return Err(mismatch(Op::Equal, left, right));
        }
        _ => false,
    })
}

fn lists_equal(left: &List<'_>, right: &List<'_>) -> Result<bool, String> {
    if left.len() != right.len() {
        return Ok(false);
    }
    for (a, b) in left.iter().zip(right.iter()) {
        if !equal(&a, &b)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn maps_equal(left: &Map<'_>, right: &Map<'_>) -> Result<bool, String> {
    if left.len() != right.len() {
        return Ok(false);
    }
    for key in left.keys() {
        let name = key.key_text();
        match (left.get(&name), right.get(&name)) {
            (Some(a), Some(b)) if equal(&a, &b)? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// Compares two numbers; `None` if one is not a number.
fn numbers(left: &Val<'_>, right: &Val<'_>) -> Option<Ordering> {
    match (left, right) {
        (Val::Int(a), Val::Int(b)) => Some(a.cmp(b)),
        (Val::Int(a), Val::Double(b)) => compare_mixed(*a, *b),
        (Val::Double(a), Val::Int(b)) => compare_mixed(*b, *a).map(Ordering::reverse),
        (Val::Double(a), Val::Double(b)) => a.partial_cmp(b),
        _ => None,
    }
}

/// Compares a whole number with one that may have a fraction, without rounding either.
fn compare_mixed(int: i64, double: f64) -> Option<Ordering> {
    const EDGE: f64 = 9_223_372_036_854_775_808.0;
    if double.is_nan() {
        None
    } else if double >= EDGE {
        Some(Ordering::Less)
    } else if double < -EDGE {
        Some(Ordering::Greater)
    } else {
        let whole = to_int(double.trunc()).unwrap_or_default();
        let fraction = double.fract();
        Some(int.cmp(&whole).then(0.0_f64.partial_cmp(&fraction)?))
    }
}

/// Returns the number as a double; large ones lose their last digits.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "there is no conversion without `as`; the loss is that of CEL's double()"
)]
pub(super) const fn to_double(int: i64) -> f64 {
    int as f64
}

/// Returns a double without fraction as a whole number; `None` beyond its range.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "there is no conversion without `as`; the range is checked"
)]
pub(super) fn to_int(double: f64) -> Option<i64> {
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&double);
    fits.then_some(double as i64)
}

/// Orders two values of one kind; `None` where a number is not one.
pub(super) fn order(op: Op, left: &Val<'_>, right: &Val<'_>) -> Result<Option<Ordering>, String> {
    Ok(match (left, right) {
        (Val::Int(_) | Val::Double(_), Val::Int(_) | Val::Double(_)) => numbers(left, right),
        (Val::Bool(a), Val::Bool(b)) => Some(a.cmp(b)),
        (Val::Bytes(a), Val::Bytes(b)) => Some(a.cmp(b)),
        (Val::Duration(a), Val::Duration(b)) => Some(a.cmp(b)),
        (Val::Time(a), Val::Time(b)) => Some(a.cmp(b)),
        (Val::Text(a), Val::Text(b)) => Some((**a).cmp(&**b)),
        _ => return Err(mismatch(op, left, right)),
    })
}

/// Says whether a list has an item, an object a key, or a set a resource.
fn contains(item: &Val<'_>, whole: &Val<'_>) -> Result<bool, String> {
    match whole {
        Val::List(list) => {
            for other in list.iter() {
                if equal(item, &other)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Val::Map(map) => match item {
            Val::Text(name) => Ok(map.get(name).is_some()),
            _ => Ok(false),
        },
        _ => Err(match whole {
            Val::Addresses(_) | Val::Asns(_) => "a set is asked with `set.covers(x)`".to_owned(),
            _ => mismatch(Op::In, item, whole),
        }),
    }
}

fn arithmetic<'e>(op: Op, left: &Val<'e>, right: &Val<'e>) -> Result<Val<'e>, String> {
    let beyond = || format!("`{}` goes beyond what can be held", op.as_str());
    match (op, left, right) {
        (_, Val::Int(a), Val::Int(b)) => ints(op, *a, *b).map(Val::Int),
        (_, Val::Int(_) | Val::Double(_), Val::Int(_) | Val::Double(_)) => {
            doubles(op, double(left), double(right)).map(Val::Double)
        }
        (Op::Add, Val::Text(a), Val::Text(b)) if a.len() + b.len() > LONGEST_TEXT => {
            Err(format!("text would be longer than {LONGEST_TEXT} octets"))
        }
        (Op::Add, Val::Text(a), Val::Text(b)) => Ok(Val::text(format!("{}{}", &**a, &**b))),
        (Op::Add, Val::List(a), Val::List(b)) => {
            if a.len() + b.len() > LONGEST_LIST {
                return Err(format!("list would have more than {LONGEST_LIST} items"));
            }
            Ok(Val::list(a.iter().chain(b.iter())))
        }
        (Op::Add, Val::Bytes(a), Val::Bytes(b)) => {
            a.checked_add(*b).map(Val::Bytes).ok_or_else(beyond)
        }
        (Op::Subtract, Val::Bytes(a), Val::Bytes(b)) => a
            .checked_sub(*b)
            .map(Val::Bytes)
            .ok_or_else(|| "a size cannot be below zero".to_owned()),
        (Op::Add, Val::Duration(a), Val::Duration(b)) => {
            a.checked_add(*b).map(Val::Duration).ok_or_else(beyond)
        }
        (Op::Subtract, Val::Duration(a), Val::Duration(b)) => {
            a.checked_sub(*b).map(Val::Duration).ok_or_else(beyond)
        }
        (Op::Add, Val::Time(t), Val::Duration(d)) | (Op::Add, Val::Duration(d), Val::Time(t)) => {
            t.checked_add(*d).map(Val::Time).map_err(|_| beyond())
        }
        (Op::Subtract, Val::Time(t), Val::Duration(d)) => {
            t.checked_sub(*d).map(Val::Time).map_err(|_| beyond())
        }
        (Op::Subtract, Val::Time(a), Val::Time(b)) => Ok(Val::Duration(a.duration_since(*b))),
        (Op::Divide, Val::Bytes(_), Val::Bytes(_))
        | (Op::Divide, Val::Duration(_), Val::Duration(_)) => ratio(left, right).map(Val::Double),
        (Op::Multiply | Op::Divide, Val::Bytes(size), Val::Int(_) | Val::Double(_)) => {
            scaled_bytes(op, *size, right)
        }
        (Op::Multiply, Val::Int(_) | Val::Double(_), Val::Bytes(size)) => {
            scaled_bytes(op, *size, left)
        }
        (Op::Multiply | Op::Divide, Val::Duration(d), Val::Int(_) | Val::Double(_)) => {
            scaled_duration(op, *d, right)
        }
        (Op::Multiply, Val::Int(_) | Val::Double(_), Val::Duration(d)) => {
            scaled_duration(op, *d, left)
        }
        _ => Err(mismatch(op, left, right)),
    }
}

fn ints(op: Op, a: i64, b: i64) -> Result<i64, String> {
    let result = match op {
        Op::Add => a.checked_add(b),
        Op::Subtract => a.checked_sub(b),
        Op::Multiply => a.checked_mul(b),
        Op::Divide | Op::Remainder if b == 0 => return Err("division by zero".to_owned()),
        Op::Divide => a.checked_div(b),
        _ => a.checked_rem(b),
    };
    result.ok_or_else(|| format!("`{}` goes beyond whole numbers of 64 bits", op.as_str()))
}

fn doubles(op: Op, a: f64, b: f64) -> Result<f64, String> {
    match op {
        Op::Add => Ok(a + b),
        Op::Subtract => Ok(a - b),
        Op::Multiply => Ok(a * b),
        Op::Divide => Ok(a / b),
        _ => Err("`%` takes whole numbers".to_owned()),
    }
}

/// Returns a number as a double; other values as NaN.
pub(super) const fn double(value: &Val<'_>) -> f64 {
    match value {
        Val::Int(int) => to_double(*int),
        Val::Double(double) => *double,
        _ => f64::NAN,
    }
}

/// Returns the ratio of two values of one unit.
pub(super) fn ratio(left: &Val<'_>, right: &Val<'_>) -> Result<f64, String> {
    let (a, b) = match (left, right) {
        (Val::Int(_) | Val::Double(_), Val::Int(_) | Val::Double(_)) => {
            (double(left), double(right))
        }
        (Val::Bytes(a), Val::Bytes(b)) => (octets(*a), octets(*b)),
        (Val::Duration(a), Val::Duration(b)) => (a.as_secs_f64(), b.as_secs_f64()),
        _ => return Err(mismatch(Op::Divide, left, right)),
    };
    if b == 0.0 {
        return Err("division by zero".to_owned());
    }
    Ok(a / b)
}

fn octets(size: u64) -> f64 {
    i64::try_from(size).map_or(f64::INFINITY, to_double)
}

fn scaled_bytes<'e>(op: Op, size: u64, by: &Val<'_>) -> Result<Val<'e>, String> {
    let scaled = match op {
        Op::Divide => octets(size) / double(by),
        _ => octets(size) * double(by),
    };
    let whole = to_int(scaled.round()).and_then(|n| u64::try_from(n).ok());
    whole
        .map(Val::Bytes)
        .ok_or_else(|| "this is no size in bytes".to_owned())
}

fn scaled_duration<'e>(op: Op, duration: SignedDuration, by: &Val<'_>) -> Result<Val<'e>, String> {
    let seconds = match op {
        Op::Divide => duration.as_secs_f64() / double(by),
        _ => duration.as_secs_f64() * double(by),
    };
    let scaled = SignedDuration::try_from_secs_f64(seconds);
    scaled
        .map(Val::Duration)
        .map_err(|_| "this is no duration".to_owned())
}

/// Returns the negative of a number or a duration.
pub(super) fn negate<'e>(value: &Val<'e>) -> Result<Val<'e>, String> {
    match value {
        Val::Int(int) => int
            .checked_neg()
            .map(Val::Int)
            .ok_or_else(|| "`-` goes beyond whole numbers of 64 bits".to_owned()),
        Val::Double(double) => Ok(Val::Double(-double)),
        Val::Duration(duration) => duration
            .checked_neg()
            .map(Val::Duration)
            .ok_or_else(|| "this is no duration".to_owned()),
        other => Err(format!(
            "`-` takes a number or a duration, not {}",
            other.words()
        )),
    }
}
