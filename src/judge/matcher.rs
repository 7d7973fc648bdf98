//! Matchers: what must hold of a thing, and what was seen where it does not.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as JsonValue;

use super::look::{self, Look, Thing, json_of};
use super::quantity::{Number, Quantity, Unit};
use super::sets::{self, Members};
use super::{Ended, expected, lists, words};
use crate::expr::Template;
use crate::fact::{Json, Kind, Value};
use crate::scenario::model::{JsonType, Matcher, Nearness, Operand, SetOperand};
use crate::verdict::Cause;

/// What matchers may know beside the thing they look at.
pub trait Scope {
    /// Fills a template in.
    ///
    /// # Errors
    ///
    /// [`Ended`] if what it reads is not there.
    fn fill(&self, template: &Template) -> Result<Value, Ended>;

    /// Returns the run's time.
    fn now(&self) -> Timestamp;

    /// Returns what was accepted of the thing; `None` if nothing was.
    fn accepted(&self) -> Option<&JsonValue>;
}

/// What was seen instead of what was expected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mismatch {
    /// What was expected, in words.
    pub expected: String,
    /// What was seen, in words.
    pub seen: String,
    /// JSON Pointers of places with what is wrong there; the first 100.
    pub places: Vec<(String, String)>,
    /// Number of places that are wrong.
    pub count: u64,
}

/// Why a matcher does not hold.
#[derive(Clone, Debug)]
pub enum Stop {
    /// The evidence shows something else.
    Mismatch(Box<Mismatch>),
    /// What it is compared with is not there.
    Ended(Box<Ended>),
}

impl From<Ended> for Stop {
    fn from(ended: Ended) -> Self {
        Self::Ended(Box::new(ended))
    }
}

/// Most places that are listed.
pub const MAX_PLACES: usize = 100;

/// Says whether what must hold holds.
///
/// # Errors
///
/// [`Stop`] with what was seen instead, or why it cannot be said.
pub fn hold(matcher: &Matcher, look: &Look<'_>, scope: &dyn Scope) -> Result<(), Stop> {
    let wrong = |seen: String| -> Result<(), Stop> {
        let mut mismatch = Mismatch {
            expected: expected::words(matcher, scope),
            seen,
            ..Mismatch::default()
        };
        if let Look::One(_, Some(pointer)) = look {
            mismatch.places = vec![(pointer.clone(), String::new())];
            mismatch.count = 1;
        }
        Err(Stop::Mismatch(Box::new(mismatch)))
    };
    if let Matcher::Present(wanted) = matcher {
        let present = match look {
            Look::Absent => false,
            Look::One(_, _) => true,
            Look::Nodes(nodes) => !nodes.is_empty(),
        };
        return if present == *wanted {
            Ok(())
        } else {
            wrong(look.words())
        };
    }
    if matches!(matcher, Matcher::Snapshot(_)) {
        return Ok(());
    }
    if matches!(look, Look::Absent) {
        return wrong("absent".to_owned());
    }
    match judge(matcher, look, scope)? {
        Seen::AsExpected => Ok(()),
        Seen::Otherwise => wrong(look.words()),
        Seen::Words(seen) => wrong(seen),
        Seen::At(places, count, seen) => Err(Stop::Mismatch(Box::new(Mismatch {
            expected: expected::words(matcher, scope),
            seen,
            places,
            count,
        }))),
    }
}

/// What a matcher saw.
pub(super) enum Seen {
    /// What was expected.
    AsExpected,
    /// Something else; what is there says it all.
    Otherwise,
    /// Something else; these words say it better.
    Words(String),
    /// Something else at these places, so many, in words.
    At(Vec<(String, String)>, u64, String),
}

impl From<bool> for Seen {
    fn from(holds: bool) -> Self {
        if holds {
            Self::AsExpected
        } else {
            Self::Otherwise
        }
    }
}

fn judge(matcher: &Matcher, look: &Look<'_>, scope: &dyn Scope) -> Result<Seen, Stop> {
    let value = |operand| operand_value(operand, scope);
    let values = |operands| operand_values(operands, scope);
    Ok(match matcher {
        Matcher::Present(_) | Matcher::Snapshot(_) => Seen::AsExpected,
        Matcher::Equals(operand) => equal(look, &value(operand)?),
        Matcher::Not(inner) => none_hold(inner, look, scope)?,
        Matcher::OneOf(operands) => is_among(look, &values(operands)?, true),
        Matcher::NoneOf(operands) => is_among(look, &values(operands)?, false),
        Matcher::Type(wanted) => one(look, |thing| is_of_type(thing, *wanted)),
        Matcher::Matches(regex) => text(look, |text| regex.is_match(text)),
        Matcher::StartsWith(operand) => {
            let wanted = plain_text(&value(operand)?);
            text(look, |text| text.starts_with(&wanted))
        }
        Matcher::EndsWith(operand) => {
            let wanted = plain_text(&value(operand)?);
            text(look, |text| text.ends_with(&wanted))
        }
        Matcher::MediaType(wanted) => text(look, |text| {
            media_type(text).eq_ignore_ascii_case(media_type(wanted))
        }),
        Matcher::Min(bound) => ordered(look, &value(bound)?, Ordering::is_ge),
        Matcher::Max(bound) => ordered(look, &value(bound)?, Ordering::is_le),
        Matcher::Between(least, most) => between(look, &value(least)?, &value(most)?),
        Matcher::Within { of, by } => {
            let other = value(of)?;
            one(look, |thing| is_near(thing, &other, by))
        }
        Matcher::WithinBaseline(by) => {
            let Some(accepted) = scope.accepted() else {
                let why = "no value was accepted as baseline yet";
                return Err(Ended::inconclusive(Cause::NeedsHistory, why).into());
            };
            one(look, |thing| {
                as_measured(thing, accepted).is_some_and(|other| is_near(thing, &other, by))
            })
        }
        Matcher::Before(bound) => timed(look, &value(bound)?, Ordering::is_lt),
        Matcher::After(bound) => timed(look, &value(bound)?, Ordering::is_gt),
        Matcher::Age { min, max } => aged(look, scope.now(), |age| {
            min.is_none_or(|m| age >= m) && max.is_none_or(|m| age <= m)
        }),
        Matcher::ExpiresIn { min } => aged(look, scope.now(), |age| -age >= *min),
        Matcher::Contains(operand) => lists::contains(look, &[value(operand)?]),
        Matcher::ContainsAll(operands) => lists::contains(look, &values(operands)?),
        Matcher::ContainsNone(operands) => lists::contains_none(look, &values(operands)?),
        Matcher::Count(bounds) => lists::count(look, bounds),
        Matcher::Each(inner) => lists::each(look, inner, scope)?,
        Matcher::Any(inner) => lists::any(look, inner, scope)?,
        Matcher::None(inner) => lists::none(look, inner, scope)?,
        Matcher::Unique(wanted) => lists::unique(look, *wanted),
        Matcher::Sorted(wanted) => lists::sorted(look, *wanted),
        Matcher::Empty(wanted) => lists::empty(look, *wanted),
        Matcher::SubsetOf(other) => related(look, other, scope, Relation::Subset)?,
        Matcher::SupersetOf(other) => related(look, other, scope, Relation::Superset)?,
        Matcher::DisjointFrom(other) => related(look, other, scope, Relation::Disjoint)?,
        Matcher::Covers(other) => related(look, other, scope, Relation::Covers)?,
    })
}

/// `not` holds if what it names does not hold together.
fn none_hold(inner: &[Matcher], look: &Look<'_>, scope: &dyn Scope) -> Result<Seen, Stop> {
    for matcher in inner {
        match hold(matcher, look, scope) {
            Ok(()) => {}
            Err(Stop::Mismatch(_)) => return Ok(Seen::AsExpected),
            Err(ended @ Stop::Ended(_)) => return Err(ended),
        }
    }
    Ok(Seen::Otherwise)
}

/// Tests the one thing that is looked at; several nodes or none do not hold.
fn one(look: &Look<'_>, test: impl FnOnce(&Thing<'_>) -> bool) -> Seen {
    single(look).is_some_and(|thing| test(&thing)).into()
}

/// Returns the one thing that is looked at; `None` if there are several nodes or none.
fn single<'l>(look: &'l Look<'_>) -> Option<Thing<'l>> {
    match look {
        Look::Absent => None,
        Look::One(thing, _) => Some(thing.clone()),
        Look::Nodes(nodes) => match nodes.as_slice() {
            [(_, only)] => Some(Thing::Json(only)),
            [] | [_, ..] => None,
        },
    }
}

/// Tests the text that is looked at; anything else does not hold.
fn text(look: &Look<'_>, test: impl FnOnce(&str) -> bool) -> Seen {
    one(look, |thing| thing.text().is_some_and(test))
}

fn is_among(look: &Look<'_>, values: &[Value], wanted: bool) -> Seen {
    one(look, |thing| {
        values.iter().any(|value| equals(thing, value)) == wanted
    })
}

fn equal(look: &Look<'_>, wanted: &Value) -> Seen {
    if let Look::Nodes(nodes) = look {
        // A list on the right is compared with the list of nodes.
        if let JsonValue::Array(items) = json_of(wanted) {
            return items.iter().eq(nodes.iter().map(|(_, node)| *node)).into();
        }
    }
    one(look, |thing| equals(thing, wanted))
}

/// Returns the type and subtype of a media type (RFC 9110, section 8.3.1).
fn media_type(text: &str) -> &str {
    text.split(';').next().unwrap_or_default().trim()
}

/// Returns a value as the text that a text is compared with.
fn plain_text(value: &Value) -> String {
    let json = json_of(value);
    json.as_str()
        .map_or_else(|| json.to_string(), str::to_owned)
}

/// Returns the value of an operand.
///
/// # Errors
///
/// [`Ended`] if a template cannot be filled in.
pub fn operand_value(operand: &Operand, scope: &dyn Scope) -> Result<Value, Ended> {
    match operand {
        Operand::Value(value) => Ok(value.clone()),
        Operand::Template(template) => scope.fill(template),
    }
}

/// Returns the values of some operands; a template that yields a list means its items.
///
/// # Errors
///
/// [`Ended`] if a template cannot be filled in.
pub fn operand_values(operands: &[Operand], scope: &dyn Scope) -> Result<Vec<Value>, Ended> {
    let mut values = Vec::with_capacity(operands.len());
    for operand in operands {
        let value = operand_value(operand, scope)?;
        match (operand, &value) {
            (Operand::Template(_), Value::Texts(texts)) => {
                values.extend(texts.iter().map(|t| Value::Text(t.clone())));
            }
            (Operand::Template(_), Value::Set(set)) => values.extend(set.iter().map(Value::text)),
            (Operand::Template(_), Value::Json(json)) => match json.get() {
                Some(JsonValue::Array(items)) => {
                    values.extend(items.iter().map(|i| Value::Json(Json::new(i.clone()))));
                }
                Some(_) | None => values.push(value),
            },
            (Operand::Template(_) | Operand::Value(_), _) => values.push(value),
        }
    }
    Ok(values)
}

/// Says whether a thing equals a value: by number and unit, as sets, else as JSON.
pub fn equals(thing: &Thing<'_>, value: &Value) -> bool {
    if let Some(wanted) = Quantity::of(value) {
        return Quantity::beside(thing, wanted.unit)
            .is_some_and(|seen| seen.number.order(wanted.number) == Ordering::Equal);
    }
    if let (Some(text), Value::Text(wanted)) = (thing.text(), value) {
        return text == wanted.as_ref();
    }
    let is_set = |value: &Value| matches!(value.kind(), Kind::Addresses | Kind::Asns | Kind::Set);
    let thing_is_set = matches!(thing, Thing::Fact(fact) if is_set(fact));
    if thing_is_set || is_set(value) {
        let look = Look::One(thing.clone(), None);
        return sets::both(&look, &Members::of(value), true).is_some_and(|(a, b)| a == b);
    }
    thing.to_json().as_ref() == &json_of(value)
}

fn is_of_type(thing: &Thing<'_>, wanted: JsonType) -> bool {
    let json = thing.to_json();
    match wanted {
        JsonType::String => json.is_string(),
        JsonType::Number => json.is_number(),
        JsonType::Integer => json.is_i64() || json.is_u64(),
        JsonType::Boolean => json.is_boolean(),
        JsonType::Array => json.is_array(),
        JsonType::Object => json.is_object(),
        JsonType::Null => json.is_null(),
    }
}

fn ordered(look: &Look<'_>, bound: &Value, test: fn(Ordering) -> bool) -> Seen {
    one(look, |thing| order_beside(thing, bound).is_some_and(test))
}

fn between(look: &Look<'_>, least: &Value, most: &Value) -> Seen {
    one(look, |thing| {
        order_beside(thing, least).is_some_and(Ordering::is_ge)
            && order_beside(thing, most).is_some_and(Ordering::is_le)
    })
}

/// Returns the order of a thing and a bound; `None` if they cannot be compared.
pub fn order_beside(thing: &Thing<'_>, bound: &Value) -> Option<Ordering> {
    let wanted = if let Value::Text(text) = bound {
        // Text on the right of a bound is a time.
        Quantity::time(look::time(text)?)
    } else {
        Quantity::of(bound)?
    };
    let seen = Quantity::beside(thing, wanted.unit)?;
    Some(seen.number.order(wanted.number))
}

fn timed(look: &Look<'_>, bound: &Value, test: fn(Ordering) -> bool) -> Seen {
    let bound = Thing::of(bound).and_then(|bound| time_of(&bound));
    one(look, |thing| {
        let order = time_of(thing)
            .zip(bound)
            .map(|(seen, bound)| seen.cmp(&bound));
        order.is_some_and(test)
    })
}

fn aged(look: &Look<'_>, now: Timestamp, test: impl FnOnce(SignedDuration) -> bool) -> Seen {
    let Some(time) = single(look).and_then(|thing| time_of(&thing)) else {
        return Seen::Otherwise;
    };
    let age = now.duration_since(time);
    if test(age) {
        Seen::AsExpected
    } else {
        Seen::Words(format!("{time}, {}", age_words(age)))
    }
}

/// Returns how old something is in words, in whole seconds: `49h old`, or `2h ahead`.
fn age_words(age: SignedDuration) -> String {
    let seconds = SignedDuration::from_secs(age.as_secs());
    if seconds.is_negative() {
        format!("{:#} ahead", seconds.abs())
    } else {
        format!("{seconds:#} old")
    }
}

fn time_of(thing: &Thing<'_>) -> Option<Timestamp> {
    match Quantity::beside(thing, Unit::Time)?.number {
        Number::Whole(nanoseconds) => Timestamp::from_nanosecond(nanoseconds).ok(),
        Number::Real(_) => None,
    }
}

fn is_near(thing: &Thing<'_>, other: &Value, by: &Nearness) -> bool {
    let Some(other) = Quantity::of(other) else {
        return false;
    };
    let Some(seen) = Quantity::beside(thing, other.unit) else {
        return false;
    };
    let distance = seen.number.distance(other.number);
    match by {
        Nearness::Ratio(ratio) => distance.as_f64() <= ratio * other.number.as_f64().abs(),
        Nearness::Absolute(bound) => Quantity::of(bound)
            .is_some_and(|bound| distance.order(bound.number) != Ordering::Greater),
    }
}

/// Returns an accepted number in the unit of what is beside it; `None` if it is none.
pub fn as_measured(thing: &Thing<'_>, accepted: &JsonValue) -> Option<Value> {
    let seconds = |seconds: f64| SignedDuration::try_from_secs_f64(seconds).ok();
    Some(match thing {
        Thing::Fact(value) => match value.as_ref() {
            Value::Bytes(_) => Value::Bytes(accepted.as_u64()?),
            Value::Count(_) => Value::Count(accepted.as_i64()?),
            Value::Ratio(_) => Value::Ratio(accepted.as_f64()?),
            Value::Duration(_) => Value::Duration(seconds(accepted.as_f64()?)?),
            Value::Flag(_)
            | Value::Time(_)
            | Value::Text(_)
            | Value::Texts(_)
            | Value::Json(_)
            | Value::Records(_)
            | Value::Addresses(_)
            | Value::Asns(_)
            | Value::Set(_)
            | Value::Distribution(_) => return None,
        },
        Thing::Json(_) => Value::Json(Json::new(accepted.clone())),
        Thing::Text(_) | Thing::Record(_) => return None,
    })
}

/// How a set must stand to another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Relation {
    Subset,
    Superset,
    Disjoint,
    Covers,
}

fn related(
    look: &Look<'_>,
    other: &SetOperand,
    scope: &dyn Scope,
    relation: Relation,
) -> Result<Seen, Stop> {
    let right = set_of(other, scope)?;
    let Some((left, right)) = sets::both(look, &right, relation == Relation::Covers) else {
        return Ok(Seen::Otherwise);
    };
    let (rest, what) = match relation {
        Relation::Subset => (left.minus(&right), "beyond it"),
        Relation::Disjoint => (left.intersect(&right), "in common"),
        Relation::Superset | Relation::Covers => (right.minus(&left), "missing"),
    };
    Ok(match rest {
        Some(rest) if rest.is_empty() => Seen::AsExpected,
        Some(rest) => Seen::Words(words::shortened(format!(
            "{}; {what}: {}",
            look.words(),
            rest.words()
        ))),
        None => Seen::Otherwise,
    })
}

/// Returns the members of the right side of a set matcher.
///
/// # Errors
///
/// [`Ended`] if a template cannot be filled in.
pub fn set_of(operand: &SetOperand, scope: &dyn Scope) -> Result<Members, Ended> {
    Ok(match operand {
        SetOperand::Addresses(set) => Members::Addresses(set.clone()),
        SetOperand::Asns(set) => Members::Asns(set.clone()),
        SetOperand::Template(template) => Members::of(&scope.fill(template)?),
        SetOperand::Items(operands) => Members::Items(
            operand_values(operands, scope)?
                .iter()
                .map(json_of)
                .collect(),
        ),
    })
}
