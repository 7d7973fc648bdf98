//! What a matcher expects, in words: `at most 250 MiB`.

use super::matcher::{Scope, operand_value, set_of};
use super::words;
use crate::scenario::model::{CountBounds, JsonType, Matcher, Nearness, Operand, SetOperand};

/// Returns what a matcher expects, in words.
pub(super) fn words(matcher: &Matcher, scope: &dyn Scope) -> String {
    let one = |operand: &Operand| operand_words(operand, scope);
    let each = |operands: &[Operand]| -> Vec<String> {
        operands.iter().map(|o| operand_words(o, scope)).collect()
    };
    let all = |operands: &[Operand]| words::joined(&each(operands));
    let either = |operands: &[Operand]| words::either(&each(operands));
    let text = match matcher {
        Matcher::Equals(operand) => one(operand),
        Matcher::Not(inner) => format!("not {}", together(inner, scope)),
        Matcher::OneOf(operands) => match operands.as_slice() {
            [only] => one(only),
            [] | [_, ..] => format!("one of {}", either(operands)),
        },
        Matcher::NoneOf(operands) => format!("none of {}", all(operands)),
        Matcher::Present(true) => "present".to_owned(),
        Matcher::Present(false) => "absent".to_owned(),
        Matcher::Type(wanted) => json_type(*wanted).to_owned(),
        Matcher::Matches(regex) => format!("text that matches {}", words::quoted(regex.as_str())),
        Matcher::Contains(operand) => format!("something that contains {}", one(operand)),
        Matcher::ContainsAll(operands) => format!("something that contains {}", all(operands)),
        Matcher::ContainsNone(operands) => {
            format!("something that does not contain {}", either(operands))
        }
        Matcher::StartsWith(operand) => format!("text that begins with {}", one(operand)),
        Matcher::EndsWith(operand) => format!("text that ends with {}", one(operand)),
        Matcher::MediaType(wanted) => format!("media type {}", words::quoted(wanted)),
        Matcher::Min(bound) => format!("at least {}", one(bound)),
        Matcher::Max(bound) => format!("at most {}", one(bound)),
        Matcher::Between(least, most) => format!("from {} to {}", one(least), one(most)),
        Matcher::Within { of, by } => format!("within {} of {}", nearness(by), one(of)),
        Matcher::WithinBaseline(by) => match scope.accepted() {
            Some(accepted) => format!("within {} of the accepted {accepted}", nearness(by)),
            None => format!("within {} of what is accepted", nearness(by)),
        },
        Matcher::Snapshot(_) => "anything".to_owned(),
        Matcher::Count(bounds) => count(*bounds),
        Matcher::Each(inner) => format!("each {}", together(inner, scope)),
        Matcher::Any(inner) => format!("some item {}", together(inner, scope)),
        Matcher::None(inner) => format!("no item {}", together(inner, scope)),
        Matcher::Unique(true) => "no item more than once".to_owned(),
        Matcher::Unique(false) => "some item more than once".to_owned(),
        Matcher::Sorted(true) => "ascending order".to_owned(),
        Matcher::Sorted(false) => "no ascending order".to_owned(),
        Matcher::Before(bound) => format!("before {}", one(bound)),
        Matcher::After(bound) => format!("after {}", one(bound)),
        Matcher::Age { min, max } => match (min, max) {
            (Some(min), Some(max)) => format!("from {min:#} to {max:#} old"),
            (Some(min), None) => format!("at least {min:#} old"),
            (None, Some(max)) => format!("at most {max:#} old"),
            (None, None) => "a time".to_owned(),
        },
        Matcher::ExpiresIn { min } => format!("at least {min:#} ahead"),
        Matcher::SubsetOf(other) => format!("within {}", set(other, scope)),
        Matcher::SupersetOf(other) => format!("all of {}", set(other, scope)),
        Matcher::DisjointFrom(other) => format!("nothing of {}", set(other, scope)),
        Matcher::Covers(other) => format!("something that covers {}", set(other, scope)),
        Matcher::Empty(true) => "empty".to_owned(),
        Matcher::Empty(false) => "not empty".to_owned(),
    };
    words::shortened(text)
}

fn together(matchers: &[Matcher], scope: &dyn Scope) -> String {
    let each: Vec<String> = matchers.iter().map(|m| words(m, scope)).collect();
    words::joined(&each)
}

fn operand_words(operand: &Operand, scope: &dyn Scope) -> String {
    operand_value(operand, scope)
        .as_ref()
        .map_or_else(|_| "something that is not known".to_owned(), words::value)
}

fn set(operand: &SetOperand, scope: &dyn Scope) -> String {
    set_of(operand, scope).as_ref().map_or_else(
        |_| "something that is not known".to_owned(),
        super::sets::Members::words,
    )
}

const fn json_type(wanted: JsonType) -> &'static str {
    match wanted {
        JsonType::String => "text",
        JsonType::Number => "a number",
        JsonType::Integer => "a whole number",
        JsonType::Boolean => "true or false",
        JsonType::Array => "a list",
        JsonType::Object => "an object",
        JsonType::Null => "null",
    }
}

fn nearness(by: &Nearness) -> String {
    match by {
        Nearness::Ratio(ratio) => percent(*ratio),
        Nearness::Absolute(value) => words::value(value),
    }
}

/// Returns a share in percent: `5 %`, `0.1 %`.
fn percent(ratio: f64) -> String {
    // Two decimals are enough for a bound; trailing zeros are noise.
    let text = format!("{:.2}", ratio * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

fn count(bounds: CountBounds) -> String {
    let items = |n: u64| {
        if n == 1 {
            "1 item".to_owned()
        } else {
            format!("{n} items")
        }
    };
    match bounds {
        CountBounds {
            equals: Some(0), ..
        }
        | CountBounds { max: Some(0), .. } => "no item".to_owned(),
        CountBounds {
            equals: Some(n), ..
        } => format!("exactly {}", items(n)),
        CountBounds {
            min: Some(a),
            max: Some(b),
            ..
        } => format!("from {a} to {}", items(b)),
        CountBounds { min: Some(a), .. } => format!("at least {}", items(a)),
        CountBounds { max: Some(b), .. } => format!("at most {}", items(b)),
        CountBounds {
            min: None,
            max: None,
            equals: None,
        } => "any number of items".to_owned(),
    }
}
