//! Habits side by side, as a table.

use super::{code, in_cell, mixed, plain, registries};
use crate::audit::Audit;
use crate::judge::words::put_line;
use crate::report::habits::groups;

/// Writes one table per scenario.
pub(super) fn habits(audit: &Audit, text: &mut String) {
    let groups = groups(audit);
    if groups.is_empty() {
        return;
    }
    text.push_str("## Habits side by side\n\n");
    text.push_str(
        "No rule decides these, and none of them is right or wrong. *not offered* is said where there is nothing of \
         the kind; – where it could not be seen.\n\n",
    );
    for group in groups {
        put_line!(text, "### {}\n", plain(group.scenario));
        if !group.title.is_empty() {
            put_line!(text, "{}\n", mixed(group.title));
        }
        registries(audit, text, &["habit", "id", "mark"]);
        for row in &group.rows {
            let cells: Vec<String> = row.cells.iter().map(|c| in_cell(&plain(c))).collect();
            put_line!(
                text,
                "| {} | {} | {} | {} |",
                in_cell(&plain(&row.name)),
                in_cell(&code(row.id)),
                if row.differs { "differs" } else { "same" },
                cells.join(" | ")
            );
        }
        text.push('\n');
    }
}
