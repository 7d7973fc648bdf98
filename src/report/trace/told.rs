//! What the formats of a trace for people say alike.

use jiff::Timestamp;

use crate::inspect::trace::{Claim, Moved, Plane, Row, Trace, days};
use crate::judge::words::joined;
use crate::report::words::word_of;

/// Says who has the resource, one line for each part of which something else is said.
pub(super) fn held(trace: &Trace) -> Vec<String> {
    let is_one = trace.held.len() == 1;
    let lines = trace.held.iter().map(|held| {
        let what = match is_one {
            true => trace.resource.clone(),
            false => word_of(&held.resources.to_string()),
        };
        let titles = |planes: &[Plane]| {
            let titles: Vec<&str> = planes.iter().map(|plane| plane.title()).collect();
            joined(&titles)
        };
        match &held.registry {
            Some(id) => {
                let is_at = format!("{what} is at {}", trace.name(id));
                match (held.by.len(), held.unlike.is_empty()) {
                    (1 | 2, true) => format!("{is_at}, by {}", titles(&held.by)),
                    (all, true) => format!("{is_at}, by all {all} planes that say where it is"),
                    (_, false) => format!(
                        "{is_at} by {}, unlike by {}",
                        titles(&held.by),
                        titles(&held.unlike)
                    ),
                }
            }
            None if is_disputed(trace) => {
                format!("{what} is at no registry that most of the planes name")
            }
            None => format!("{what} is at no registry"),
        }
    });
    let mut lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        lines.push(format!("{}, {}", trace.resource, known(trace)));
    }
    lines
}

fn is_disputed(trace: &Trace) -> bool {
    trace
        .disagreements
        .iter()
        .any(|one| one.words.contains("as many planes"))
}

/// Says where a holder is known.
fn known(trace: &Trace) -> String {
    let mut at: Vec<&str> = Vec::new();
    for row in &trace.rows {
        for (id, cell) in &row.registries {
            let name = trace.name(id);
            if cell.claim == Claim::Holds && !at.contains(&name) {
                at.push(name);
            }
        }
    }
    match at.is_empty() {
        true => "a handle that no registry knows".to_owned(),
        false => format!("a handle that is known at {}", joined(&at)),
    }
}

/// Tells one transfer: `2019-08-20 APNIC → RIPE NCC, RESOURCE_TRANSFER, with AS4750`.
pub(super) fn moved(trace: &Trace, moved: &Moved) -> String {
    let when = match moved.date {
        Some(date) => day(date),
        None => moved.stage.to_owned(),
    };
    let (from, to) = (trace.name(&moved.source), trace.name(&moved.recipient));
    let is_within = moved.source == moved.recipient;
    let mut words = match is_within {
        true => format!("{when} within {from}"),
        false => format!("{when} {from} → {to}"),
    };
    if !moved.kind.is_empty() {
        words = format!("{words}, {}", moved.kind);
    }
    if !moved.of.is_empty() {
        words = format!("{words}, of {}", cut(&moved.of.to_string()));
    }
    if !moved.with.is_empty() {
        words = format!("{words}, with {}", cut(&moved.with.to_string()));
    }
    if let (Some(teller), 1, false) = (moved.told_by.keys().next(), moved.told_by.len(), is_within)
    {
        words = format!("{words}, by the log of {} only", trace.name(teller));
    }
    word_of(&words)
}

/// Cuts a text that may be long.
fn cut(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Returns the day of a time, UTC.
pub(super) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// Returns the days of what a row says, at most ten columns wide; empty where nothing was seen.
pub(super) fn as_of(row: &Row) -> String {
    let Some((first, last)) = days(row) else {
        return String::new();
    };
    let (first_day, last_day) = (day(first), day(last));
    if first_day == last_day {
        return first_day;
    }
    match first.strftime("%Y-%m").to_string() == last.strftime("%Y-%m").to_string() {
        true => format!("{}…{}", first.strftime("%m-%d"), last.strftime("%d")),
        false => first.strftime("≥ %y-%m-%d").to_string(),
    }
}

/// Says how many things disagree.
pub(super) fn disagreements(trace: &Trace) -> String {
    let seen = trace
        .rows
        .iter()
        .flat_map(|row| row.registries.values())
        .filter(|cell| !cell.claim.is_seen());
    let unseen = match seen.count() {
        0 => "",
        _ => " of what was seen",
    };
    match trace.disagreements.len() {
        0 => format!("Nothing{unseen} disagrees"),
        1 => "One disagreement".to_owned(),
        number => format!("{number} disagreements"),
    }
}
