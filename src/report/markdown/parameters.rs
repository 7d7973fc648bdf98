//! Parameters side by side, as a table with the samples' percentiles.

use super::{code, in_cell, mixed, plain, registries};
use crate::audit::Audit;
use crate::judge::words::put_line;
use crate::report::parameters::{groups, line, missing, sampled};
use crate::report::words::name_of;
use crate::verdict::measure::{Amount, Measure, Samples};

/// Most ids of parameters that are named for one reason.
const MOST_NAMED: usize = 8;

/// Writes one table per scenario, and why cells are empty.
pub(super) fn parameters(audit: &Audit, text: &mut String) {
    let groups = groups(audit);
    if groups.is_empty() {
        return;
    }
    text.push_str("## Parameters side by side\n\n");
    let cells = || groups.iter().flat_map(|g| &g.rows).flat_map(|r| &r.cells);
    if cells().any(|cell| cell.measured.is_some_and(is_spread)) {
        text.push_str(
            "Samples are told as smallest · **median** · largest ×number, with the 5th and the 95th percentile on \
             both sides of the median where they are not the smallest and the largest.\n\n",
        );
    }
    for group in &groups {
        put_line!(text, "### {}\n", plain(group.scenario));
        if !group.title.is_empty() {
            put_line!(text, "{}\n", mixed(group.title));
        }
        registries(audit, text, &["parameter", "id"]);
        for row in &group.rows {
            let cells: Vec<String> = row
                .cells
                .iter()
                .map(|cell| {
                    let measured = cell.measured.map_or_else(|| "–".to_owned(), shown);
                    match cell.declared() {
                        Some((mark, value)) => format!("{measured} {mark} declared {value}"),
                        None => measured,
                    }
                })
                .collect();
            put_line!(
                text,
                "| {} | {} | {} |",
                in_cell(&plain(&row.name)),
                in_cell(&code(row.id)),
                cells.join(" | ")
            );
        }
        text.push('\n');
    }
    reasons(audit, text);
}

fn is_spread(measure: &Measure) -> bool {
    matches!(&measure.amount, Amount::Samples(samples) if !samples.are_equal())
}

fn shown(measure: &Measure) -> String {
    match &measure.amount {
        Amount::Samples(samples) if !samples.are_equal() => {
            let Samples {
                count,
                min,
                p5,
                median,
                p95,
                max,
            } = *samples;
            let show = |sample| sampled(measure.unit, sample);
            let outer = (show(min), show(max));
            let median = format!("**{}**", show(median));
            if (p5, p95) == (min, max) {
                format!("{} · {median} · {} ×{count}", outer.0, outer.1)
            } else {
                let inner = format!("{} · {median} · {}", show(p5), show(p95));
                format!("{} · {inner} · {} ×{count}", outer.0, outer.1)
            }
        }
        Amount::Samples(_) | Amount::Number(_) => line(measure),
    }
}

fn reasons(audit: &Audit, text: &mut String) {
    let missing = missing(audit);
    if missing.is_empty() {
        return;
    }
    text.push_str("Without a value:\n\n");
    for reason in missing {
        let who: Vec<String> = reason
            .who
            .iter()
            .map(|id| plain(name_of(&audit.results, id)))
            .collect();
        let named = reason.what.iter().take(MOST_NAMED);
        let mut what: Vec<String> = named.map(|id| code(id)).collect();
        if reason.what.len() > what.len() {
            what.push(format!("{} more", reason.what.len() - what.len()));
        }
        put_line!(
            text,
            "- {}: {} ({})",
            who.join(", "),
            mixed(reason.why),
            what.join(", ")
        );
    }
    text.push('\n');
}
