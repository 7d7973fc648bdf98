//! Values beside what was accepted, in Markdown.

use std::collections::BTreeMap;

use super::{code, in_cell, mixed, plain, pointed};
use crate::audit::Audit;
use crate::judge::words::put_line;
use crate::report::words::{drifted, name_of, titled};
use crate::verdict::DriftClass;

/// Writes what is not as it was accepted, value by value, and the numbers.
pub(super) fn drift(audit: &Audit, text: &mut String) {
    let all = &audit.results.drifts;
    if all.is_empty() {
        return;
    }
    text.push_str("## Drift from accepted values\n\n");
    let mut numbers: BTreeMap<DriftClass, usize> = BTreeMap::new();
    for drift in all {
        *numbers.entry(drift.change).or_default() += 1;
    }
    put_line!(text, "{} No verdicts.\n", mixed(&drifted(&numbers)));
    let told = all.iter().filter(|d| d.change != DriftClass::Unchanged);
    let mut lines = String::new();
    for drift in told {
        let id = titled(&drift.id, &drift.parameters);
        let name = name_of(&audit.results, drift.registry.as_str());
        let (mut fact, mut before, mut after) =
            (code(&drift.fact), mixed(&drift.before), mixed(&drift.after));
        if let Some(first) = drift.places.first() {
            let more = match drift.differences {
                0 | 1 => String::new(),
                all => format!(" and {} more places", all - 1),
            };
            fact = format!("{fact} at {}{more}", pointed(&first.pointer));
            before = mixed(&first.before);
            after = mixed(&first.after);
        }
        put_line!(
            lines,
            "| {} | {} | {} | {} | {} | {} |",
            in_cell(&code(&id)),
            in_cell(&plain(name)),
            in_cell(&fact),
            drift.change,
            in_cell(&before),
            in_cell(&after)
        );
    }
    if !lines.is_empty() {
        put_line!(
            text,
            "| check | registry | value | drift | accepted | seen |\n| --- | --- | --- | --- | --- | --- |\n{lines}"
        );
    }
}
