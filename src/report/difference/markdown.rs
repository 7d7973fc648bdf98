//! Markdown: what changed, for issues, mails and release notes.

use std::io;

use super::told;
use super::{DifferenceFormat, Options};
use crate::audit::difference::{CheckChange, Difference};
use crate::judge::words::{counted, put, put_line};
use crate::report::markdown::{code, in_cell, mixed, plain};
use crate::report::words::{clause, parameters, titled, write_page};
use crate::verdict::Change;

/// Writes a difference for people who read it elsewhere.
#[derive(Debug)]
pub(super) struct Markdown;

/// Most rows of one class; all are in JSON.
const MOST_ROWS: usize = 200;

impl DifferenceFormat for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn write(
        &self,
        difference: &Difference,
        options: &Options,
        sink: &mut dyn io::Write,
    ) -> io::Result<()> {
        let mut text = String::new();
        head(difference, &mut text);
        let most = if options.all { usize::MAX } else { MOST_ROWS };
        for class in Change::ALL {
            checks(difference, *class, most, &mut text);
        }
        comparisons(difference, &mut text);
        apart(difference, most, &mut text);
        write_page(&text, sink)
    }
}

fn head(difference: &Difference, text: &mut String) {
    put_line!(
        text,
        "# What changed at {}\n",
        plain(&difference.after.target)
    );
    if difference.before.partial || difference.after.partial {
        text.push_str("> **Partial.** A run ended before everything planned was observed; what is missing there is no change.\n\n");
    }
    put_line!(text, "- before: {}", plain(&told::side(&difference.before)));
    put_line!(text, "- after: {}", plain(&told::side(&difference.after)));
    put_line!(text, "- {}", told::common(difference));
    for (name, counts) in [
        ("counted", &difference.counts),
        ("apart", &difference.apart),
    ] {
        let words = told::counts(counts);
        if !words.is_empty() {
            put_line!(text, "- {name}: {words}");
        }
    }
    for caveat in &difference.caveats {
        put_line!(text, "- note: {}", mixed(&caveat.words));
    }
    text.push('\n');
    if difference.is_unchanged() {
        put_line!(text, "{}.\n", told::NOTHING);
    }
}

fn name<'d>(difference: &'d Difference, id: &'d str) -> &'d str {
    let mut known = difference.registries.iter();
    known
        .find(|registry| registry.id.as_str() == id)
        .map_or(id, |registry| registry.name.as_str())
}

fn checks(difference: &Difference, class: Change, most: usize, text: &mut String) {
    let all: Vec<&CheckChange> = difference
        .counted()
        .filter(|change| change.class == class)
        .collect();
    if all.is_empty() {
        return;
    }
    put_line!(text, "## {}\n", told::heading(class));
    text.push_str("| check | level | registry | before | after | changed with it |\n");
    text.push_str("| --- | --- | --- | --- | --- | --- |\n");
    for change in all.iter().take(most) {
        row(difference, change, text);
    }
    more(all.len(), most, text);
    text.push('\n');
    if told::is_listed(class) {
        return;
    }
    for change in all.iter().take(most) {
        detail(difference, change, text);
    }
}

fn more(all: usize, most: usize, text: &mut String) {
    if all > most {
        put_line!(text, "\n{} in JSON.", counted(all - most, "more row"));
    }
}

fn row(difference: &Difference, change: &CheckChange, text: &mut String) {
    let mut id = code(&change.id);
    if !change.parameters.is_empty() {
        put!(id, " {}", plain(&parameters(&change.parameters)));
    }
    put_line!(
        text,
        "| {} | {} | {} | {} | {} | {} |",
        in_cell(&id),
        change.level,
        in_cell(&plain(name(difference, change.registry.as_str()))),
        in_cell(&plain(&told::verdict(change.before.as_ref()))),
        in_cell(&plain(&told::verdict(change.after.as_ref()))),
        told::reasons(&change.reasons)
    );
}

fn detail(difference: &Difference, change: &CheckChange, text: &mut String) {
    let registry = name(difference, change.registry.as_str());
    put_line!(
        text,
        "### {} at {}\n",
        plain(&titled(&change.id, &change.parameters)),
        plain(registry)
    );
    put_line!(text, "{}\n", plain(&change.title));
    let mut line = |name: &str, words: String| {
        if !words.is_empty() {
            put_line!(text, "- {name}: {words}");
        }
    };
    let clauses: Vec<String> = change.refs.iter().map(|r| clause(r)).collect();
    line("rests on", plain(&clauses.join("; ")));
    line("formerly", code_or_nothing(&change.was));
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    line(
        "expected",
        after.map_or_else(String::new, |state| mixed(&state.expected)),
    );
    line(
        "was",
        before.map_or_else(String::new, |s| mixed(told::seen(s))),
    );
    line(
        "is",
        after.map_or_else(String::new, |s| mixed(told::seen(s))),
    );
    for asked in after.iter().flat_map(|state| &state.asked) {
        line("asked", code(asked));
    }
    if let Some(state) = after.or(before) {
        line("again", code(&state.again));
    }
    text.push('\n');
}

fn code_or_nothing(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        code(text)
    }
}

fn comparisons(difference: &Difference, text: &mut String) {
    if difference.comparisons.is_empty() {
        return;
    }
    text.push_str("## Comparisons and parameters\n\n");
    text.push_str("| comparison | level | class | who | before | after | changed with it |\n");
    text.push_str("| --- | --- | --- | --- | --- | --- | --- |\n");
    for change in &difference.comparisons {
        let id = in_cell(&code(&titled(&change.id, &change.parameters)));
        let reasons = told::reasons(&change.reasons);
        let lead = format!("| {id} | {} | {}", change.level, change.class);
        let (then, now) = (
            told::agreement(change.before.as_ref()),
            told::agreement(change.after.as_ref()),
        );
        if then != now || change.values.is_empty() {
            put_line!(text, "{lead} | all | {then} | {now} | {reasons} |");
        }
        for value in &change.values {
            let (before, after) = told::values(value);
            let who = in_cell(&plain(name(difference, &value.participant)));
            let (before, after) = (in_cell(&mixed(&before)), in_cell(&mixed(&after)));
            put_line!(text, "{lead} | {who} | {before} | {after} | {reasons} |");
        }
    }
    text.push('\n');
}

fn apart(difference: &Difference, most: usize, text: &mut String) {
    let all: Vec<&CheckChange> = difference.checks.iter().filter(|c| !c.counts()).collect();
    if all.is_empty() {
        return;
    }
    text.push_str("## Apart: proposed, observed, withdrawn, or operated by others\n\n");
    text.push_str("| class | check | operated by | level | registry | before | after |\n");
    text.push_str("| --- | --- | --- | --- | --- | --- | --- |\n");
    for change in all.iter().take(most) {
        put_line!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            change.class,
            in_cell(&code(&titled(&change.id, &change.parameters))),
            change.operator,
            change.level,
            in_cell(&plain(name(difference, change.registry.as_str()))),
            in_cell(&plain(&told::verdict(change.before.as_ref()))),
            in_cell(&plain(&told::verdict(change.after.as_ref())))
        );
    }
    more(all.len(), most, text);
    text.push('\n');
}
