//! `quintet list`: checks, rules, comparisons and faults, filtered.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::exit::Exit;
use super::shell::Shell;
use super::suite::{self, Page};
use crate::judge::words::counted;
use crate::plan::{Filter, items_of};
use crate::registry::RegistryId;
use crate::scenario::glob;
use crate::scenario::suite::{FaultNote, Suite};
use crate::verdict::results::Place;
use crate::verdict::{By, Level, Operator};

/// Lists checks, rules and comparisons, or the faults that prove them
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet list                                 everything that can have a verdict
  quintet list 'rdap.link.*'                   ids, with * for one component and ** for any number
  quintet list 'tag(rdap) & level(must) - registry(lacnic)'
  quintet list 'by(comparison) & !level(observe)' --format json
  quintet list --faults 'rdap.notice.**'       faults that make such an id fail

Sets: id scenario area tag level operator by covers registry; operators: & | - ! and brackets.")]
pub struct Args {
    /// Ids or set expressions; what is in one of them is listed
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,

    /// List the faults of the mock world instead
    #[arg(long)]
    faults: bool,

    /// How the list is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How a list is printed.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// For people
    #[default]
    Table,
    /// One array of objects
    Json,
}

/// A line of the list: a rule that several scenarios use is one.
struct Row<'s> {
    id: &'s str,
    by: By,
    title: &'s str,
    level: Level,
    operator: Operator,
    refs: &'s [String],
    covers: &'s [String],
    registries: Vec<RegistryId>,
    place: &'s Place,
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let filter = match Filter::any(&args.filters) {
        Ok(filter) => filter,
        Err(error) => {
            shell.error(&error.to_string());
            return Exit::Usage;
        }
    };
    let Some(suite) = suite::read(shell) else {
        return Exit::Usage;
    };
    let rows = rows(&suite, filter.as_ref());
    if args.faults {
        let faults = faults(&suite, &rows, args);
        return print_faults(&faults, args.format, shell);
    }
    match args.format {
        Format::Json => {
            let all: Vec<Value> = rows.values().map(|row| to_json(row, &suite)).collect();
            shell.line(&serde_json::to_string_pretty(&all).unwrap_or_default());
        }
        Format::Table => table(&rows, &suite, shell),
    }
    if rows.is_empty() {
        Exit::Nothing
    } else {
        Exit::Met
    }
}

fn rows<'s>(suite: &'s Suite, filter: Option<&Filter>) -> BTreeMap<&'s str, Row<'s>> {
    let mut rows: BTreeMap<&str, Row<'_>> = BTreeMap::new();
    for scenario in &suite.scenarios {
        for item in items_of(suite, scenario) {
            let registries: Vec<RegistryId> = item
                .registries()
                .iter()
                .filter(|id| filter.is_none_or(|f| f.holds(&item, id)))
                .cloned()
                .collect();
            if registries.is_empty() {
                continue;
            }
            let row = rows.entry(item.id.as_ref()).or_insert(Row {
                id: item.id,
                by: item.by,
                title: item.title,
                level: item.basis.level,
                operator: item.basis.operator,
                refs: &item.basis.refs,
                covers: &item.basis.covers,
                registries: Vec::new(),
                place: item.place,
            });
            row.level = row.level.min(item.basis.level);
            row.registries.extend(registries);
            row.registries.sort();
            row.registries.dedup();
        }
    }
    rows
}

fn proving<'s>(suite: &'s Suite, id: &str) -> Vec<&'s str> {
    let faults = suite.faults.iter().filter(|fault| fault.proves(id));
    faults.map(|fault| fault.name.as_str()).collect()
}

fn to_json(row: &Row<'_>, suite: &Suite) -> Value {
    json!({
        "id": row.id,
        "by": row.by,
        "level": row.level,
        "operator": row.operator,
        "refs": row.refs,
        "registries": row.registries,
        "covers": row.covers,
        "faults": proving(suite, row.id),
        "file": row.place.file,
        "line": row.place.line,
    })
}

fn table(rows: &BTreeMap<&str, Row<'_>>, suite: &Suite, shell: &Shell) {
    let page = Page::of(shell);
    let width = rows
        .keys()
        .map(|id| id.chars().count())
        .max()
        .unwrap_or(0)
        .min(56);
    let room = shell
        .width
        .map_or(usize::MAX, usize::from)
        .saturating_sub(width + 24);
    for row in rows.values() {
        let title: String = if row.title.chars().count() > room.max(20) {
            let cut: String = row.title.chars().take(room.max(20) - 1).collect();
            format!("{cut}…")
        } else {
            row.title.to_owned()
        };
        shell.line(&format!(
            "{}{}  {:<10}  {:<8}  {}",
            page.strong(row.id),
            " ".repeat(width.saturating_sub(row.id.chars().count())),
            row.by,
            row.level,
            page.faint(&title),
        ));
    }
    let count = |by: By| counted(rows.values().filter(|r| r.by == by).count(), by.as_str());
    shell.note(&format!(
        "{}, {}, {}; the suite has {}",
        count(By::Rule),
        count(By::Check),
        count(By::Comparison),
        counted(suite.scenarios.len(), "scenario"),
    ));
}

/// Returns the faults that are wanted: all without a filter, else those that prove what it selects,
/// or whose own name it is.
fn faults<'s>(suite: &'s Suite, rows: &BTreeMap<&str, Row<'_>>, args: &Args) -> Vec<&'s FaultNote> {
    let proves = |f: &FaultNote| rows.keys().any(|id| f.proves(id));
    let named = |f: &FaultNote| args.filters.iter().any(|word| glob::matches(word, &f.name));
    suite
        .faults
        .iter()
        .filter(|f| args.filters.is_empty() || named(f) || proves(f))
        .collect()
}

fn print_faults(faults: &[&FaultNote], format: Format, shell: &Shell) -> Exit {
    match format {
        Format::Json => {
            let all: Vec<Value> = faults.iter().map(|fault| fault_to_json(fault)).collect();
            shell.line(&serde_json::to_string_pretty(&all).unwrap_or_default());
        }
        Format::Table => {
            let page = Page::of(shell);
            faults.iter().for_each(|fault| block(fault, page, shell));
            shell.note(&counted(faults.len(), "fault"));
        }
    }
    if faults.is_empty() {
        Exit::Nothing
    } else {
        Exit::Met
    }
}

fn fault_to_json(fault: &FaultNote) -> Value {
    let elsewhere = fault.elsewhere.iter();
    let elsewhere: Vec<Value> = elsewhere
        .map(|other| json!({ "ids": other.ids, "reason": other.reason }))
        .collect();
    json!({
        "name": fault.name,
        "registry": fault.registry,
        "expects": {
            "fail": fault.fail,
            "divergent": fault.divergent,
            "inconclusive": fault.inconclusive,
            "causes": fault.causes,
            "elsewhere": elsewhere,
        },
    })
}

/// Prints a fault, what is wrong, and who notices.
fn block(fault: &FaultNote, page: Page, shell: &Shell) {
    let name = page.strong(&fault.name);
    shell.line(&format!("{name}  at {}", fault.registry));
    shell.line(&format!("    {}", fault.title));
    for (word, words) in [
        ("fail", &fault.fail),
        ("divergent", &fault.divergent),
        ("not judged", &fault.inconclusive),
        ("because of", &fault.causes),
    ] {
        if !words.is_empty() {
            shell.line(&format!("    {} {}", page.label(word), words.join(", ")));
        }
    }
    for other in &fault.elsewhere {
        let (word, ids) = (page.label("elsewhere"), other.ids.join(", "));
        shell.line(&format!("    {word} {ids}: {}", other.reason));
    }
}
