//! History: what each run of an archive said, in short, and how that went on.
//!
//! An archive has one small file for each run: a head, and a line for each verdict, agreement and
//! parameter. Adding a run adds a file and changes no other, whatever the order of adding; a
//! question reads all of them and looks at the lines of one id only.

mod course;
mod trend;

pub use course::{Change, Course, Courses, RunCounts};
pub use trend::{Line, Point, Stretch, Trend, trend};

use std::collections::BTreeMap;
use std::io::{self, Read as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use memchr::memmem;
use serde::{Deserialize, Serialize};

use super::Audit;
use crate::verdict::measure::Measure;
use crate::verdict::results::{CheckResult, ComparisonResult, RegistryName};
use crate::verdict::{Level, Operator};

/// The version of an index; raised when a reader of the old one would err.
pub const FORMAT: u32 = 1;

/// Largest index of one run that is read, in octets; ours. 5,000 verdicts have one of a megabyte.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Longest words of a verdict or value that are kept, in characters.
const LONGEST: usize = 160;

/// The head of a run's index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// [`FORMAT`] of the writer.
    pub format: u32,
    /// The run's id.
    pub run: String,
    /// Where the bundle is, within the archive.
    pub bundle: String,
    /// The target's name.
    pub target: String,
    /// The place of observation.
    pub vantage: String,
    /// The run's time by its clock.
    pub started: Timestamp,
    /// Whether the run ended before everything planned was observed.
    pub partial: bool,
    /// Digest of the suite that judged.
    pub suite: String,
    /// Its release.
    pub release: String,
    /// Faults of a mock run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// The registries.
    pub registries: Vec<RegistryName>,
}

/// What a run said of one thing: a verdict at a registry, an agreement, or a value of a participant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Id of the rule, check or comparison: the first member, so that a reader knows a line without reading it.
    pub id: String,
    /// The scenario.
    pub scenario: String,
    /// The registry or participant; empty for an agreement.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub at: String,
    /// Values of the axes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Outcome, agreement, or role of a participant.
    pub word: String,
    /// How much a verdict matters; absent of what is compared, and in an index of an earlier program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Whose doing it is, where it is not the registry's own service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    /// How it compared with what was expected; empty for a value.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub disposition: String,
    /// What was wrong, or the value, in words and shortened.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// The value as data, where it is a quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
}

/// Says why an index cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum NotAnIndex {
    /// It is no index, or not whole.
    #[error("it is no index of a run, or not whole")]
    Form(#[source] io::Error),
    /// It is of another format.
    #[error(
        "it has format {0}; this program reads format {FORMAT}, `quintet history --rebuild` writes it anew"
    )]
    Format(u32),
}

impl From<io::Error> for NotAnIndex {
    fn from(error: io::Error) -> Self {
        Self::Form(error)
    }
}

/// Returns the index of a judging whose bundle has a place in an archive.
///
/// # Errors
///
/// What `serde_json` says; an index can always be written.
pub fn index_of(audit: &Audit, bundle: &str) -> io::Result<Vec<u8>> {
    let mut sink = GzEncoder::new(Vec::new(), Compression::fast());
    let results = &audit.results;
    let entry = Entry {
        format: FORMAT,
        run: audit.run.id.clone(),
        bundle: bundle.to_owned(),
        target: results.target.clone(),
        vantage: audit.run.vantage.clone(),
        started: audit.run.started,
        partial: results.partial,
        suite: results.suite.clone(),
        release: audit.release.clone(),
        faults: audit.run.faults.clone(),
        registries: results.registries.clone(),
    };
    line(&mut sink, &entry)?;
    for check in &results.checks {
        line(&mut sink, &row_of(check))?;
    }
    for comparison in &results.comparisons {
        for row in rows_of(comparison) {
            line(&mut sink, &row)?;
        }
    }
    sink.finish()
}

fn line(sink: &mut impl io::Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *sink, value)?;
    sink.write_all(b"\n")
}

fn row_of(check: &CheckResult) -> Row {
    Row {
        id: check.id.clone(),
        scenario: check.scenario.clone(),
        at: check.registry.to_string(),
        parameters: check.parameters.clone(),
        word: check.outcome.as_str().to_owned(),
        level: Some(check.level),
        operator: Some(check.operator).filter(|operator| *operator != Operator::RirService),
        disposition: check.disposition.as_str().to_owned(),
        words: short(&check.message),
        measure: None,
    }
}

fn rows_of(comparison: &ComparisonResult) -> impl Iterator<Item = Row> {
    let whole = Row {
        id: comparison.id.clone(),
        scenario: comparison.scenario.clone(),
        at: String::new(),
        parameters: comparison.parameters.clone(),
        word: comparison.agreement.as_str().to_owned(),
        level: None,
        operator: None,
        disposition: comparison.disposition.as_str().to_owned(),
        words: short(&comparison.message),
        measure: None,
    };
    let own = comparison.roles.iter().map(|(participant, role)| {
        let has = |group: &&crate::verdict::results::Group| group.members.contains(participant);
        let group = comparison.groups.iter().find(has);
        Row {
            id: comparison.id.clone(),
            scenario: comparison.scenario.clone(),
            at: participant.clone(),
            parameters: comparison.parameters.clone(),
            word: role.as_str().to_owned(),
            level: None,
            operator: None,
            disposition: String::new(),
            words: group.map(|group| short(&group.value)).unwrap_or_default(),
            measure: group.and_then(|group| group.measure.clone()),
        }
    });
    std::iter::once(whole).chain(own)
}

fn short(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// Reads the head of an index alone.
///
/// # Errors
///
/// [`NotAnIndex`].
pub fn head(octets: &[u8]) -> Result<Entry, NotAnIndex> {
    let mut text = Vec::new();
    let mut decoder = GzDecoder::new(octets);
    let mut some = [0; 4096];
    loop {
        let read = decoder.read(&mut some)?;
        let part = some.get(..read).unwrap_or_default();
        text.extend_from_slice(part);
        if read == 0 || part.contains(&b'\n') || text.len() > 1024 * 1024 {
            break;
        }
    }
    let first = text
        .split(|octet| *octet == b'\n')
        .next()
        .unwrap_or_default();
    entry(first)
}

/// Reads the head of an index, and its rows of an id; a filter on the text of each line comes before reading it.
///
/// # Errors
///
/// [`NotAnIndex`], also where one of its rows cannot be read.
pub fn rows(octets: &[u8], id: &str) -> Result<(Entry, Vec<Row>), NotAnIndex> {
    let quoted = serde_json::to_string(id).map_err(io::Error::from)?;
    let begins = format!("{{\"id\":{quoted},");
    those(octets, &|line| line.starts_with(begins.as_bytes()))
}

/// Reads the head of an index, and its rows that are verdicts on a registry, as [`rows`] does.
///
/// # Errors
///
/// As [`rows`].
pub fn rows_at(octets: &[u8], registry: &str) -> Result<(Entry, Vec<Row>), NotAnIndex> {
    let quoted = serde_json::to_string(registry).map_err(io::Error::from)?;
    let at = memmem::Finder::new(&format!(",\"at\":{quoted},")).into_owned();
    let level = memmem::Finder::new(",\"level\":");
    those(octets, &|line| {
        at.find(line).is_some() && level.find(line).is_some()
    })
}

fn those(
    octets: &[u8],
    are_wanted: &dyn Fn(&[u8]) -> bool,
) -> Result<(Entry, Vec<Row>), NotAnIndex> {
    let mut text = Vec::new();
    GzDecoder::new(octets)
        .take(LARGEST)
        .read_to_end(&mut text)?;
    let mut lines = text.split(|octet| *octet == b'\n');
    let entry = entry(lines.next().unwrap_or_default())?;
    let own = lines.filter(|line| are_wanted(line));
    let rows: Result<Vec<Row>, _> = own.map(|line| serde_json::from_slice(line)).collect();
    Ok((entry, rows.map_err(io::Error::from)?))
}

/// Reads the ids that an index has rows of, with the word that is first of each.
///
/// # Errors
///
/// [`NotAnIndex`].
pub fn ids(octets: &[u8]) -> Result<Vec<String>, NotAnIndex> {
    #[derive(Deserialize)]
    struct Id {
        id: String,
    }
    let mut text = Vec::new();
    GzDecoder::new(octets)
        .take(LARGEST)
        .read_to_end(&mut text)?;
    let mut lines = text.split(|octet| *octet == b'\n');
    entry(lines.next().unwrap_or_default())?;
    let mut all = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let Id { id } = serde_json::from_slice(line).map_err(io::Error::from)?;
        if all.last() != Some(&id) {
            all.push(id);
        }
    }
    all.sort();
    all.dedup();
    Ok(all)
}

fn entry(line: &[u8]) -> Result<Entry, NotAnIndex> {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    let Version { format } = serde_json::from_slice(line).map_err(io::Error::from)?;
    if format != FORMAT {
        return Err(NotAnIndex::Format(format));
    }
    Ok(serde_json::from_slice(line).map_err(io::Error::from)?)
}
