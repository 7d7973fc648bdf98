//! What expires when: for each registry the next items, soonest first.

use std::collections::BTreeMap;

use serde_json::Number;

use super::{code, in_cell, plain};
use crate::audit::Audit;
use crate::judge::words::put_line;
use crate::report::parameters::number;
use crate::report::words::{expiring, name_of};
use crate::verdict::measure::Unit;
use crate::verdict::results::Expiry;

/// Most items of one registry that are shown; all are in the calendar.
const MOST: usize = 20;

/// Writes one table per registry.
pub(super) fn expiries(audit: &Audit, text: &mut String) {
    let mut registries: BTreeMap<&str, Vec<&Expiry>> = BTreeMap::new();
    for expiry in &audit.results.expiries {
        registries
            .entry(expiry.registry.as_str())
            .or_default()
            .push(expiry);
    }
    if registries.is_empty() {
        return;
    }
    text.push_str("## What expires when\n\n");
    put_line!(
        text,
        "Counted from {}. `expiry.ics` is the same as a calendar.\n",
        audit.run.started.strftime("%Y-%m-%d %H:%M UTC")
    );
    for (registry, all) in registries {
        put_line!(text, "### {}\n", plain(name_of(&audit.results, registry)));
        text.push_str("| when | in | what | where |\n| --- | --- | --- | --- |\n");
        for expiry in all.iter().take(MOST) {
            put_line!(
                text,
                "| {} | {} | {} | {} |",
                expiry.at.strftime("%Y-%m-%d %H:%M UTC"),
                left(audit, expiry),
                in_cell(&plain(&expiring(expiry))),
                in_cell(&code(&expiry.uri))
            );
        }
        if all.len() > MOST {
            put_line!(text, "\nand {} later", all.len() - MOST);
        }
        text.push('\n');
    }
}

/// Says how long something still holds, or for how long it has not.
fn left(audit: &Audit, expiry: &Expiry) -> String {
    let seconds = expiry.at.duration_since(audit.run.started).as_secs();
    let length = number(Unit::Seconds, &Number::from(seconds.unsigned_abs()));
    if seconds < 0 {
        format!("**over for {length}**")
    } else {
        length
    }
}
