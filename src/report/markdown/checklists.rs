//! Checklists as tables, with their sources below.

use super::{code, in_cell, plain, registries};
use crate::audit::Audit;
use crate::judge::words::put_line;
use crate::report::checklists::{Sources, attested, ids, legend, measured, notes, reading};
use crate::report::words::name_of;
use crate::verdict::checklist::{ChecklistCell, ChecklistRow, ChecklistTable};

/// Writes one table per checklist.
pub(super) fn checklists(audit: &Audit, text: &mut String) {
    if audit.results.checklists.is_empty() {
        return;
    }
    text.push_str("## What is said and what is measured\n\n");
    for table in &audit.results.checklists {
        checklist(audit, table, text);
    }
}

fn checklist(audit: &Audit, table: &ChecklistTable, text: &mut String) {
    put_line!(text, "### {}\n", plain(&table.title));
    if !table.note.is_empty() {
        put_line!(text, "{}\n", plain(&table.note));
    }
    put_line!(text, "{}\n", plain(&reading(audit, table)));
    let sources = Sources::of(table);
    registries(audit, text, &["row", "class", "measured"]);
    for row in &table.rows {
        let shown = |cell: &ChecklistCell| {
            let said = attested(cell, &sources, audit.run.started);
            let parts: Vec<String> = said.into_iter().chain(measured(cell)).collect();
            in_cell(&plain(&parts.join(" · ")))
        };
        let cells = audit.results.registries.iter().map(|registry| {
            let cell = row.cells.get(registry.id.as_str());
            cell.map_or_else(|| "–".to_owned(), shown)
        });
        put_line!(
            text,
            "| {} {} | {} | {} | {} |",
            plain(&row.id),
            in_cell(&plain(&row.title)),
            in_cell(&plain(&row.class)),
            in_cell(&by(row)),
            cells.collect::<Vec<_>>().join(" | ")
        );
    }
    text.push('\n');
    for (place, source) in sources.all.iter().enumerate() {
        put_line!(text, "{}. {}", place + 1, plain(source));
    }
    if !sources.all.is_empty() {
        text.push('\n');
    }
    let said = table
        .rows
        .iter()
        .flat_map(|row| notes(row).into_iter().map(move |n| (row, n)));
    let said: Vec<String> = said
        .map(|(row, (registry, note))| {
            let who = name_of(&audit.results, registry);
            format!("- {} {}: {}", plain(&row.id), plain(who), plain(&note))
        })
        .collect();
    if !said.is_empty() {
        put_line!(text, "{}\n", said.join("\n"));
    }
}

/// Returns what the measured values of a row are, and the ids that they are of.
fn by(row: &ChecklistRow) -> String {
    let ids: Vec<String> = ids(row).into_iter().map(code).collect();
    if ids.is_empty() {
        return String::new();
    }
    format!("{} ({})", plain(&legend(row)), ids.join(", "))
}
