//! A plan for a second target, which is asked about what the first one holds.

use serde_json::Value as JsonValue;

use crate::scenario::merge;
use crate::scenario::model::Target;
use crate::scenario::suite::Suite;

/// Returns the second target with the samples of the first, so that both are asked the same.
pub fn with_samples_of(suite: &Suite, first: &Target, second: &Target) -> Target {
    let mut both = second.clone();
    for (id, registry) in suite.registries.iter() {
        let mut data = registry.data.clone();
        if let Some(overlay) = first.overlays.of(id.as_str()) {
            if overlay.get("samples").is_some_and(JsonValue::is_object)
                && let JsonValue::Object(members) = &mut data
            {
                members.shift_remove("samples");
            }
            merge(&mut data, overlay, false);
        }
        let samples = data.get("samples").cloned();
        let overlay = both
            .overlays
            .entry_or(id, || JsonValue::Object(serde_json::Map::new()));
        if let (JsonValue::Object(members), Some(samples)) = (overlay, samples) {
            members.insert("samples".to_owned(), samples);
        }
    }
    both
}
