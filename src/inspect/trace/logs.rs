//! Transfer logs: what a registry says it gave and got, and how the resource moved by all of them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::context::{Context, count, day, lines, text, time, unseen};
use super::table::{Cell, Claim, Moved};
use crate::fact::Observation;
use crate::inspect::transfers::{Kind, Line, Stage};
use crate::registry::{PerRegistry, RegistryId};
use crate::resource::Resources;

/// How far apart the dates may be that two logs tell of one transfer; ours.
const APART: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Most transfers of one log that are told.
const MOST_TOLD: usize = 6;

/// Returns the transfers of a log that touch the resource, in the order of their dates; those in progress last.
pub(super) fn touching(context: &Context<'_>, observation: &Observation) -> Vec<Line> {
    let all = lines(&observation.facts, "entries").filter_map(Line::read);
    let touches = |line: &Line| line.resources.overlaps(&context.resources);
    let mut found: Vec<Line> = all.filter(touches).collect();
    found.sort_by_key(|line| (line.stage.is_in_progress(), line.date));
    found
}

/// Reads what a registry's log says.
pub(super) fn log(context: &Context<'_>, id: &RegistryId, observation: &Observation) -> Cell {
    if let Some(cell) = unseen(observation) {
        return cell;
    }
    let facts = &observation.facts;
    let source = text(facts, "url").unwrap_or_default();
    let dated = time(facts, "produced");
    match count(facts, "status") {
        Some(200) => {}
        status => {
            let status = status.map_or_else(String::new, |status| status.to_string());
            let cell = Cell::unseen(&status, format!("status {status}"));
            return cell.from(source, observation.at, None);
        }
    }
    let found = touching(context, observation);
    let mut held = Resources::default();
    let (mut last, mut between) = (None, None);
    for line in found.iter().filter(|line| line.stage == Stage::Completed) {
        let Some((from, to)) = ends(context, line) else {
            continue;
        };
        let part = line.resources.intersect(&context.resources);
        held = match &to == id {
            true => held.union(&part),
            false => held.minus(&part),
        };
        if from != to {
            between = Some((from.clone(), to.clone(), line.date));
        }
        last = Some((from, to, line.date));
    }
    let pending = found.iter().rev().find(|line| line.stage.is_in_progress());
    let pending = pending.and_then(|line| ends(context, line));
    let told: Vec<String> = found.iter().map(|line| tell(context, line)).collect();
    let beyond = told.len().saturating_sub(MOST_TOLD);
    let from = told.len().saturating_sub(MOST_TOLD);
    let mut words = told.get(from..).unwrap_or_default().join("; ");
    if beyond > 0 {
        words = format!("{beyond} earlier ones; {words}");
    }
    let year = |date: Option<Timestamp>| date.map(|date| date.strftime(" %Y").to_string());
    let on = |date: Option<Timestamp>| date.map(|date| format!(" {}", day(date)));
    let cell = match (pending, between.or(last)) {
        (Some((from, to)), _) => {
            let word = if &from == id { "giving" } else { "getting" };
            let other = if &from == id { &to } else { &from };
            let preposition = if &from == id { "to" } else { "from" };
            let claim = if held.is_empty() {
                Claim::Says
            } else {
                Claim::Holds
            };
            let long = format!("{word} {preposition} {}", context.name(other));
            Cell::new(claim, [long, word.to_owned()])
        }
        (None, Some((from, to, date))) => {
            let (year, on) = (year(date).unwrap_or_default(), on(date).unwrap_or_default());
            let claim = match (held.is_empty(), &from == id) {
                (false, _) => Claim::Holds,
                (true, true) => Claim::Left {
                    to: Some(to.clone()),
                },
                (true, false) => Claim::Says,
            };
            if from == to {
                Cell::new(claim, [format!("within{on}"), format!("within{year}")])
            } else if &to == id {
                let long = format!("got{on} from {}", context.name(&from));
                Cell::new(claim, [long, format!("got{on}"), format!("got{year}")])
            } else if &from == id {
                let long = format!("gave{on} to {}", context.name(&to));
                Cell::new(claim, [long, format!("gave{on}"), format!("gave{year}")])
            } else {
                Cell::new(Claim::Says, ["of others"])
            }
        }
        (None, None) if found.is_empty() => Cell::nothing(),
        (None, None) => Cell::new(Claim::Says, ["unclear"]),
    };
    cell.saying(words)
        .of(held)
        .from(source, observation.at, dated)
}

/// Returns source and recipient as registries of this trace.
fn ends(context: &Context<'_>, line: &Line) -> Option<(RegistryId, RegistryId)> {
    let (source, recipient) = line.pair?;
    Some((
        context.registry(source.id())?,
        context.registry(recipient.id())?,
    ))
}

fn tell(context: &Context<'_>, line: &Line) -> String {
    let date = line.date.map_or_else(|| "without date".to_owned(), day);
    let date = match line.stage {
        Stage::Completed => date,
        stage @ (Stage::SourceInitialized | Stage::RecipientAccepted | Stage::Canceled) => {
            stage.as_str().to_owned()
        }
    };
    let pair = match ends(context, line) {
        Some((from, to)) if from == to => format!("within {}", context.name(&to)),
        Some((from, to)) => format!("{} to {}", context.name(&from), context.name(&to)),
        None => "between unknown registries".to_owned(),
    };
    let kind = line.kind.map_or("", Kind::as_str);
    let part = line.resources.intersect(&context.resources);
    let of = match line.resources == part && part.covers(&context.resources) {
        true => String::new(),
        false => format!(" of {}", line.resources),
    };
    format!("{date} {pair} {kind}{}", cut(&of))
}

/// Cuts what a log says to a length that can be read.
fn cut(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Puts together what the logs tell of one transfer, the earliest first.
pub(super) fn moved(context: &Context<'_>, logs: &PerRegistry<Vec<Line>>) -> Vec<Moved> {
    let mut all: Vec<Moved> = Vec::new();
    for (teller, lines) in logs.iter() {
        for line in lines {
            let Some((source, recipient)) = ends(context, line) else {
                continue;
            };
            let known = all.iter_mut().find(|moved| {
                let near = match (moved.date, line.date) {
                    (Some(a), Some(b)) => a.duration_since(b).abs() <= APART,
                    (None, None) => true,
                    (Some(_), None) | (None, Some(_)) => false,
                };
                near && (&moved.source, &moved.recipient) == (&source, &recipient)
                    && moved.stage == line.stage.as_str()
                    && moved.resources.overlaps(&line.resources)
                    && !moved.told_by.contains_key(teller)
            });
            if let Some(moved) = known {
                moved.told_by.insert(teller.clone(), line.date);
                moved.resources = moved.resources.union(&line.resources);
                if moved.kind.is_empty() {
                    moved.kind = line.kind.map_or("", Kind::as_str);
                }
            } else {
                all.push(Moved {
                    source,
                    recipient,
                    date: line.date,
                    stage: line.stage.as_str(),
                    kind: line.kind.map_or("", Kind::as_str),
                    resources: line.resources.clone(),
                    of: Resources::default(),
                    with: Resources::default(),
                    told_by: BTreeMap::from([(teller.clone(), line.date)]),
                });
            }
        }
    }
    for moved in &mut all {
        moved.with = moved.resources.minus(&context.resources);
        if !moved.resources.covers(&context.resources) {
            moved.of = moved.resources.intersect(&context.resources);
        }
    }
    all.sort_by_key(|moved| (moved.date.is_none(), moved.date));
    all
}
