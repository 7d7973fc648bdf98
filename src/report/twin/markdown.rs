//! Markdown: what two targets answer in different ways, for release notes and issues.

use std::io;

use super::told::{self, Thing, things};
use super::{Options, TwinFormat};
use crate::audit::twin::Twin;
use crate::judge::words::{counted, put, put_line};
use crate::report::markdown::{code, in_cell, mixed, plain};
use crate::report::words::{parameters, titled, write_page};
use crate::verdict::Change;

/// Writes a twin for people who read it elsewhere.
#[derive(Debug)]
pub(super) struct Markdown;

/// Most rows of one table; all are in JSON.
const MOST_ROWS: usize = 200;

impl TwinFormat for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn write(&self, twin: &Twin, options: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        let most = if options.all { usize::MAX } else { MOST_ROWS };
        let mut text = String::new();
        head(twin, &mut text);
        changes(twin, false, most, &mut text);
        verdicts(twin, &mut text);
        payloads(twin, most, &mut text);
        routes(twin, most, &mut text);
        changes(twin, true, most, &mut text);
        stale(twin, &mut text);
        unanswered(twin, most, &mut text);
        write_page(&text, sink)
    }
}

fn name<'t>(twin: &'t Twin, id: Option<&'t str>) -> &'t str {
    let Some(id) = id else { return "all" };
    let mut known = twin.difference.registries.iter();
    known
        .find(|registry| registry.id.as_str() == id)
        .map_or(id, |registry| registry.name.as_str())
}

fn head(twin: &Twin, text: &mut String) {
    let (first, second) = (told::side(&twin.first), told::side(&twin.second));
    put_line!(text, "# {} beside {}\n", plain(&second), plain(&first));
    if twin.partial {
        text.push_str("> **Partial run.** It ended before everything planned was observed. What is missing is not compared.\n\n");
    }
    put_line!(text, "- {}", plain(&told::verdict(twin)));
    put_line!(text, "- {}", plain(&told::compared(twin)));
    put_line!(text, "- again: {}\n", code(&twin.first.reproduce));
}

fn more(all: usize, most: usize, text: &mut String) {
    if all > most {
        put_line!(text, "\n{} in JSON.", counted(all - most, "more row"));
    }
    text.push('\n');
}

fn changes(twin: &Twin, is_expected: bool, most: usize, text: &mut String) {
    let all = things(twin, is_expected);
    if all.is_empty() {
        return;
    }
    if is_expected {
        text.push_str("## Declared changes\n\n| registry | fact | where | first → second | in all | why |\n| --- | --- | --- | --- | --- | --- |\n");
    } else {
        text.push_str("## Changes that nobody declared\n\n| registry | fact | where | first → second | in all | asked |\n| --- | --- | --- | --- | --- | --- |\n");
    }
    for thing in all.iter().take(most) {
        row(twin, thing, text);
    }
    more(all.len(), most, text);
}

fn row(twin: &Twin, thing: &Thing<'_>, text: &mut String) {
    let change = thing.first;
    let mut id = code(&change.id);
    if !change.parameters.is_empty() {
        put!(id, " {}", plain(&parameters(&change.parameters)));
    }
    let last = match &thing.place.expected {
        Some(reason) => plain(reason),
        None => change
            .second_asked
            .first()
            .map_or_else(String::new, |asked| code(asked)),
    };
    let at = if thing.at.is_empty() {
        String::new()
    } else {
        code(&thing.at)
    };
    put_line!(
        text,
        "| {} | {} | {} | {} | {} | {} |",
        in_cell(&plain(name(
            twin,
            change.registry.as_ref().map(|id| id.as_str())
        ))),
        in_cell(&id),
        in_cell(&at),
        in_cell(&mixed(&told::values(thing.place))),
        told::extent(thing),
        in_cell(&last)
    );
}

fn verdicts(twin: &Twin, text: &mut String) {
    let shown = |class: Change| !matches!(class, Change::StillFailing | Change::ChangedValue);
    let all: Vec<_> = twin
        .difference
        .checks
        .iter()
        .filter(|c| c.counts() && shown(c.class))
        .collect();
    if all.is_empty() {
        return;
    }
    text.push_str("## What the rules say of the second beside the first\n\n| class | check | level | registry |\n| --- | --- | --- | --- |\n");
    for change in all {
        put_line!(
            text,
            "| {} | {} | {} | {} |",
            change.class,
            in_cell(&code(&titled(&change.id, &change.parameters))),
            change.level,
            in_cell(&plain(name(twin, Some(change.registry.as_str()))))
        );
    }
    text.push('\n');
}

fn payloads(twin: &Twin, most: usize, text: &mut String) {
    let all: Vec<_> = twin.payloads().collect();
    if all.is_empty() {
        return;
    }
    text.push_str("## Payloads that come and go\n\n| registry | fact | payload | |\n| --- | --- | --- | --- |\n");
    for payloads in all {
        let change = payloads.change;
        let who = in_cell(&plain(name(
            twin,
            change.registry.as_ref().map(|id| id.as_str()),
        )));
        for place in change.places.iter().take(most) {
            let (word, value) = match (&place.first, &place.second) {
                (Some(value), _) => ("gone", value),
                (None, Some(value)) => ("new", value),
                (None, None) => continue,
            };
            put_line!(
                text,
                "| {who} | {} | {} | {word} |",
                in_cell(&code(&change.id)),
                in_cell(&mixed(value))
            );
        }
    }
    text.push('\n');
}

fn routes(twin: &Twin, most: usize, text: &mut String) {
    let Some(routes) = &twin.routes else {
        return;
    };
    let [first, second] = routes.payloads;
    put_line!(
        text,
        "## Routes\n\n{} of {} change validity, by {first} payloads of the first target and {second} of the second.\n",
        routes.number,
        routes.routes
    );
    if routes.changed.is_empty() {
        return;
    }
    text.push_str("| route | first | second |\n| --- | --- | --- |\n");
    for change in routes.changed.iter().take(most) {
        put_line!(
            text,
            "| {} | {} | {} |",
            in_cell(&code(&change.route)),
            change.first,
            change.second
        );
    }
    more(routes.changed.len(), most, text);
}

fn stale(twin: &Twin, text: &mut String) {
    let stale: Vec<_> = twin.expected.iter().filter(|e| e.places == 0).collect();
    if stale.is_empty() {
        return;
    }
    text.push_str("## Declared and not seen\n\n");
    for explained in stale {
        let change = &explained.change;
        put_line!(
            text,
            "- {} {}: {}",
            code(&change.change),
            plain(&change.at),
            plain(&change.reason)
        );
    }
    text.push('\n');
}

fn unanswered(twin: &Twin, most: usize, text: &mut String) {
    if twin.unanswered.is_empty() {
        return;
    }
    text.push_str("## Without two answers\n\n| registry | probe | first | second |\n| --- | --- | --- | --- |\n");
    for one in twin.unanswered.iter().take(most) {
        let probe = format!("{}/{}", one.scenario, one.probe);
        let why =
            |why: &Option<String>| why.as_deref().map_or_else(|| "answered".to_owned(), mixed);
        put_line!(
            text,
            "| {} | {} | {} | {} |",
            in_cell(&plain(name(
                twin,
                one.registry.as_ref().map(|id| id.as_str())
            ))),
            in_cell(&code(&titled(&probe, &one.parameters))),
            in_cell(&why(&one.first)),
            in_cell(&why(&one.second))
        );
    }
    more(twin.unanswered.len(), most, text);
}
