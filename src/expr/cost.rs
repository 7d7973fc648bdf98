//! What handling a value costs, in steps of the budget of an evaluation.

use super::{List, Map, Val};

/// Most values of a document that are counted for one use of it.
const COUNTED: usize = 5_000;

/// Returns the steps that handling a value costs beside its node.
///
/// Text is charged so that what can be made of it stays within some 32 MB.
pub(super) fn weight(value: &Val<'_>) -> usize {
    match value {
        Val::Text(text) => text.len() / 16,
        Val::List(List::Json(items)) => items.len().max(count(items.iter())),
        Val::List(list) => list.len(),
        Val::Map(Map::Json(members)) => members.len().max(count(members.values())),
        Val::Map(map) => map.len(),
        _ => 0,
    }
}

/// Counts the values of a document with all that is in them, up to a limit.
fn count<'d>(values: impl Iterator<Item = &'d serde_json::Value>) -> usize {
    let mut open: Vec<&serde_json::Value> = values.take(COUNTED).collect();
    let mut counted = open.len();
    while let Some(value) = open.pop() {
        if counted >= COUNTED {
            break;
        }
        let before = open.len();
        let room = COUNTED.saturating_sub(counted);
        match value {
            serde_json::Value::Array(items) => open.extend(items.iter().take(room)),
            serde_json::Value::Object(members) => open.extend(members.values().take(room)),
            serde_json::Value::String(text) => counted = counted.saturating_add(text.len() / 16),
            _ => {}
        }
        counted = counted.saturating_add(open.len().saturating_sub(before));
    }
    counted
}
