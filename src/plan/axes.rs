//! Values of matrix axes that no probe feeds.

use serde_json::Value as JsonValue;

use super::Surroundings;
use super::instances::sample;
use crate::expr::{EvalError, Expression};
use crate::scenario::model::{AxisValues, Pattern};

/// Draws the values of an axis at one registry.
///
/// A written item that reads what the registry does not declare is left out.
///
/// # Errors
///
/// [`EvalError`] where an expression has no value, or yields something else than a list.
pub fn draw(values: &AxisValues, around: &Surroundings<'_>) -> Result<Vec<JsonValue>, EvalError> {
    match values {
        AxisValues::Literal(values) => Ok(values.clone()),
        AxisValues::Patterns(patterns) => {
            let mut items = Vec::with_capacity(patterns.len());
            for pattern in patterns {
                match fill(pattern, around) {
                    Ok(item) => items.push(item),
                    Err(EvalError::Undeclared { .. } | EvalError::Absent { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(items)
        }
        AxisValues::Expression(from) => list(from, around),
        AxisValues::Sample { from, count, seed } => Ok(sample(list(from, around)?, *count, *seed)),
    }
}

fn list(from: &Expression, around: &Surroundings<'_>) -> Result<Vec<JsonValue>, EvalError> {
    let value = around.evaluate(from).value?;
    let JsonValue::Array(items) = value.to_json() else {
        return Err(EvalError::Wrong {
            message: format!(
                "`{}` yields {}; expected a list",
                from.text(),
                value.words()
            ),
            range: 0..from.text().len(),
        });
    };
    Ok(items)
}

fn fill(pattern: &Pattern, around: &Surroundings<'_>) -> Result<JsonValue, EvalError> {
    Ok(match pattern {
        Pattern::Plain(value) => value.clone(),
        Pattern::Text(template) => around.fill(template).value?.to_json(),
        Pattern::List(items) => {
            let items: Result<Vec<JsonValue>, EvalError> =
                items.iter().map(|i| fill(i, around)).collect();
            JsonValue::Array(items?)
        }
        Pattern::Object(members) => {
            let mut object = serde_json::Map::new();
            for (name, member) in members {
                object.insert(name.clone(), fill(member, around)?);
            }
            JsonValue::Object(object)
        }
    })
}
