//! Cases by ordered pair of registries, and those of them that are not clean.

use serde_json::Number;

use super::{code, in_cell, mixed, plain};
use crate::audit::Audit;
use crate::judge::words::put_line;
use crate::report::pairs::{Timed, counted, pairs};
use crate::report::parameters::number;
use crate::report::words::{name_of, parameters};
use crate::verdict::measure::Unit;
use crate::verdict::{Counts, Punctuality};

/// Writes a section for each pair.
pub(super) fn cases(audit: &Audit, text: &mut String) {
    let all = pairs(audit);
    if all.is_empty() {
        return;
    }
    text.push_str("## Cases between two registries\n\n");
    for pair in &all {
        let name = |id| plain(name_of(&audit.results, id));
        let (source, recipient) = (name(pair.source), name(pair.recipient));
        put_line!(text, "### {source} to {recipient}: {}\n", counted(pair));
        for case in &pair.cases {
            let named = code(&parameters(&case.parameters));
            if case.verdict == Punctuality::Clean {
                put_line!(text, "- {named} in {}: clean", case.scenario);
            } else {
                put_line!(
                    text,
                    "- {named} in {}: **{}**, {}",
                    case.scenario,
                    case.verdict,
                    mixed(&case.reason)
                );
            }
        }
        if !pair.timed.is_empty() {
            text.push_str("\n| what | counts | median | worst | time there is |\n| --- | --- | --- | --- | --- |\n");
        }
        for timed in &pair.timed {
            row(timed, text);
        }
        text.push('\n');
    }
}

fn row(timed: &Timed<'_>, text: &mut String) {
    let length = |seconds: u64| number(Unit::Seconds, &Number::from(seconds));
    put_line!(
        text,
        "| {} | {} | {} | {} | {} |",
        in_cell(&code(timed.id)),
        match timed.counts {
            Counts::Until => "until it held for good",
            Counts::During => "while it did not hold",
        },
        length(timed.median_seconds),
        length(timed.worst_seconds),
        timed.window_seconds.map_or_else(String::new, length)
    );
}
