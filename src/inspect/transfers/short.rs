//! A log in short: what a later run needs to see what became of each transfer.

use std::fmt;

use foldhash::{HashMap, HashMapExt as _, HashSet};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::entry::{Entry, Log};
use super::history::History;
use super::rules::{Rule, Tally, cut};
use super::spans::Spans;
use super::words::{Kind, Rir, Stage};
use crate::resource::Resources;

/// What a log says of one transfer, but for organizations.
///
/// Written in one line, `COMPLETED arin>apnic RESOURCE_TRANSFER 2018-03-14T00:00:00Z 192.0.2.0/24, AS64500`,
/// with `-` for what the log does not say.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Line {
    /// How far the transfer is.
    pub stage: Stage,
    /// The registry that it leaves, and the one that it comes to.
    pub pair: Option<(Rir, Rir)>,
    /// What kind of transfer it is.
    pub kind: Option<Kind>,
    /// When it was completed.
    pub date: Option<Timestamp>,
    /// What is transferred.
    pub resources: Resources,
}

impl From<&Entry> for Line {
    fn from(entry: &Entry) -> Self {
        Self {
            stage: entry.stage,
            pair: entry.pair(),
            kind: entry.kind,
            date: entry.date,
            resources: entry.resources.clone(),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let pair = self.pair.map(|(s, r)| format!("{}>{}", s.id(), r.id()));
        let kind = self.kind.map(|kind| kind.to_string());
        let date = self.date.map(|date| date.to_string());
        let (pair, kind, date) = (or_none(pair), or_none(kind), or_none(date));
        let resources = &self.resources;
        write!(f, "{} {pair} {kind} {date} {resources}", self.stage)
    }
}

impl Line {
    /// Reads a line; `None` if it is none.
    pub fn read(text: &str) -> Option<Self> {
        let mut words = text.splitn(5, ' ');
        let stages = [
            Stage::SourceInitialized,
            Stage::RecipientAccepted,
            Stage::Completed,
            Stage::Canceled,
        ];
        let word = words.next()?;
        let stage = stages.into_iter().find(|stage| stage.as_str() == word)?;
        let said = |word: &str| word != "-";
        let pair = match words.next().filter(|word| said(word)) {
            Some(word) => {
                let (source, recipient) = word.split_once('>')?;
                Some((Rir::of_id(source)?, Rir::of_id(recipient)?))
            }
            None => None,
        };
        let kind = words.next().filter(|word| said(word));
        let kind = kind.map(Kind::exact);
        let date = words.next().filter(|word| said(word));
        let date = date.map(str::parse::<Timestamp>);
        let mut resources = Resources::default();
        for part in words.next()?.split(", ").filter(|part| !part.is_empty()) {
            if let Ok(asns) = part.parse() {
                resources.asns = resources.asns.union(&asns);
            } else {
                resources.addresses = resources.addresses.union(&part.parse().ok()?);
            }
        }
        Some(Self {
            stage,
            pair,
            kind: match kind {
                Some(kind) => Some(kind?),
                None => None,
            },
            date: date.transpose().ok()?,
            resources,
        })
    }
}

/// A log in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// Where it was fetched.
    pub url: String,
    /// When it was asked for.
    pub at: Timestamp,
    /// When it was made.
    pub produced: Option<Timestamp>,
    /// Its transfers, each once, in ascending order.
    pub lines: Vec<Line>,
}

/// How a log in short is written.
#[derive(Serialize, Deserialize)]
struct Written {
    url: String,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    produced: Option<Timestamp>,
    transfers: Vec<String>,
}

impl Short {
    /// Returns a log in short.
    pub fn of(url: &str, at: Timestamp, log: &Log) -> Self {
        let mut lines: Vec<Line> = log.entries.iter().map(Line::from).collect();
        lines.sort_unstable();
        lines.dedup();
        Self {
            url: url.to_owned(),
            at,
            produced: log.produced,
            lines,
        }
    }

    /// Writes it.
    pub fn to_octets(&self) -> Vec<u8> {
        let written = Written {
            url: self.url.clone(),
            at: self.at,
            produced: self.produced,
            transfers: self.lines.iter().map(Line::to_string).collect(),
        };
        serde_json::to_vec(&written).unwrap_or_default()
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// In words: why not.
    pub fn read(octets: &[u8]) -> Result<Self, String> {
        let written: Written = serde_json::from_slice(octets).map_err(|error| error.to_string())?;
        let lines: Option<Vec<Line>> = written.transfers.iter().map(|t| Line::read(t)).collect();
        Ok(Self {
            url: written.url,
            at: written.at,
            produced: written.produced,
            lines: lines.ok_or("a line that is no transfer")?,
        })
    }
}

/// What became of a log since an earlier one.
#[derive(Clone, Debug, Default)]
pub struct Changes<'l> {
    /// Completed transfers that the earlier log did not have.
    pub new: Vec<&'l Entry>,
    /// Completed transfers that are gone.
    pub gone: Vec<Line>,
    /// Completed transfers that are told otherwise now.
    pub changed: Vec<(Line, &'l Entry)>,
    /// Transfers that were in progress and are not any more, and whether they were completed.
    pub left: Vec<(Line, bool)>,
    /// How many transfers in progress were there already.
    pub still: usize,
}

/// Compares a log with an earlier one of the same registry, and applies the rules over both.
pub fn compare<'l>(log: &'l Log, earlier: &Short, tally: &mut Tally) -> Changes<'l> {
    let mut changes = completed(log, earlier);
    in_progress(log, earlier, &mut changes);
    let at = earlier.at;
    tally.look(Rule::SeriesStay);
    for (line, entry) in &changes.changed {
        tally.find(
            Rule::SeriesStay,
            || entry.pointer(),
            || format!("was `{}` on {at}", cut_line(line)),
        );
    }
    for line in &changes.gone {
        tally.find(
            Rule::SeriesStay,
            || "/transfers".to_owned(),
            || format!("`{}` was there on {at} and is gone", cut_line(line)),
        );
    }
    changes
}

/// Cuts a line, so that its first words are whole.
fn cut_line(line: &Line) -> String {
    let resources = cut(&line.resources.to_string());
    let text = line.to_string();
    let words: Vec<&str> = text.split(' ').take(4).collect();
    format!("{} {resources}", words.join(" "))
}

fn completed<'l>(log: &'l Log, earlier: &Short) -> Changes<'l> {
    let mut before: HashSet<&Line> = HashSet::default();
    let all = earlier.lines.iter();
    before.extend(all.filter(|line| line.stage == Stage::Completed));
    let mut changes = Changes::default();
    for entry in log.completed() {
        let line = Line::from(entry);
        // What is left in the end is gone.
        if !before.remove(&line) {
            changes.new.push(entry);
        }
    }
    // Of a transfer that stands twice the second one is not new.
    let known: HashSet<&Line> = earlier.lines.iter().collect();
    changes
        .new
        .retain(|entry| !known.contains(&Line::from(*entry)));
    let mut places: HashMap<(Rir, Rir), Spans<usize>> = HashMap::new();
    for (place, entry) in changes.new.iter().enumerate() {
        if let Some(pair) = entry.pair() {
            places.entry(pair).or_default().set(&entry.resources, place);
        }
    }
    let mut gone: Vec<&Line> = before.into_iter().collect();
    gone.sort_unstable();
    for line in gone {
        let spans = line.pair.and_then(|pair| places.get(&pair));
        let found = spans.and_then(|spans| spans.over(&line.resources).next());
        match found.and_then(|(_, place)| changes.new.get(place)) {
            Some(entry) => changes.changed.push((line.clone(), entry)),
            None => changes.gone.push(line.clone()),
        }
    }
    let retold: HashSet<*const Entry> = changes
        .changed
        .iter()
        .map(|(_, entry)| std::ptr::from_ref(*entry))
        .collect();
    changes
        .new
        .retain(|entry| !retold.contains(&std::ptr::from_ref(*entry)));
    changes
}

fn in_progress(log: &Log, earlier: &Short, changes: &mut Changes<'_>) {
    let key = |line: &Line| (line.pair, line.kind, line.resources.clone());
    let now: HashSet<_> = log.in_progress().map(|e| key(&Line::from(e))).collect();
    let before = earlier.lines.iter().filter(|l| l.stage.is_in_progress());
    let history = History::of([(log.registry(), log)]);
    for line in before {
        if now.contains(&key(line)) {
            changes.still += 1;
            continue;
        }
        let is_there = line.pair.is_some_and(|(_, recipient)| {
            let held = history.held_where(&line.resources, |holder| holder == recipient);
            held.covers(&line.resources)
        });
        changes.left.push((line.clone(), is_there));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_written() {
        for text in [
            "COMPLETED arin>apnic RESOURCE_TRANSFER 2018-03-14T00:00:00Z 192.0.2.0/24, 2001:db8::/32, AS64500-AS64502",
            "SOURCE_INITIALIZED ripe-ncc>arin MERGER_ACQUISITION - AS1",
            "COMPLETED - - - ",
        ] {
            assert_eq!(Line::read(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "DONE - - - ",
            "COMPLETED arin - - ",
            "COMPLETED - GIFT - ",
            "COMPLETED - - now ",
            "COMPLETED - - - x",
            "COMPLETED - - -",
        ] {
            assert_eq!(Line::read(text), None, "{text}");
        }
    }
}
