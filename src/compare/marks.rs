//! Marks of habits: how each registry does what no rule decides, beside the others.

use std::collections::{BTreeMap, BTreeSet};

use super::participants::Participant;
use crate::fact::Value;
use crate::scenario::model::{CompareRule, Comparison};
use crate::verdict::Mark;

/// Says how each registry's habit is beside those of others, where all that was seen are texts, flags
/// or amounts; empty elsewhere, and for what is never twice the same, such as how long things took.
pub(super) fn marks(comparison: &Comparison, all: &[Participant]) -> BTreeMap<String, Mark> {
    let is_shown = matches!(comparison.rule, CompareRule::Report) && comparison.across.is_none();
    let seen: Vec<&Value> = all.iter().filter_map(|p| p.value.as_ref().ok()).collect();
    let said: Option<Vec<String>> = seen.iter().map(|value| said(value)).collect();
    let Some(said) = said.filter(|said| is_shown && !said.is_empty()) else {
        return BTreeMap::new();
    };
    if all.iter().any(|p| p.volatile) {
        return BTreeMap::new();
    }
    let distinct: BTreeSet<&String> = said.iter().filter(|text| !text.is_empty()).collect();
    let differ = distinct.len() > 1;
    let mark = |participant: &Participant| match &participant.value {
        Ok(Value::Text(text)) if text.is_empty() => Mark::NotOffered,
        Ok(_) if differ => Mark::Differs,
        Ok(_) => Mark::Same,
        Err(_) if participant.is_excluded() => Mark::NotOffered,
        Err(_) => Mark::Unobservable,
    };
    all.iter().map(|p| (p.name.clone(), mark(p))).collect()
}

/// Returns what is compared of a value; `None` for one that is no habit.
fn said(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        Value::Flag(flag) => Some(flag.to_string()),
        Value::Count(count) => Some(count.to_string()),
        Value::Bytes(octets) => Some(octets.to_string()),
        Value::Ratio(ratio) => Some(ratio.to_string()),
        Value::Duration(_)
        | Value::Time(_)
        | Value::Texts(_)
        | Value::Records(_)
        | Value::Json(_)
        | Value::Distribution(_)
        | Value::Addresses(_)
        | Value::Asns(_)
        | Value::Set(_) => None,
    }
}
