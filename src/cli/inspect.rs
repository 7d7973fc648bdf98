//! `quintet inspect`: what the rules find in saved documents, without a scenario.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::exit::Exit;
use super::shell::Shell;
use crate::clock::{Clock, RealClock};
use crate::fact::{Finding, Inspected};
use crate::inspect::rdap::{Context, Query};
use crate::inspect::{Tally, bootstrap, iana, irr, json, merge, rdap, rpki, stats, transfers};
use crate::scenario::suite::Catalog;
use crate::scenario::{self, FileKind, read_folder};
use crate::verdict::Level;
use crate::yaml::Diagnostics;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet inspect rdap answer.json                   what the rules find in a saved answer
  curl -s https://rdap.example.net/help | quintet inspect rdap --as help -
  quintet inspect rdap --format json *.json > findings.json
  quintet inspect bootstrap ipv4.json                the same for one of IANA's bootstrap files
  quintet inspect iana ipv4-address-space.csv        the same for IANA's number registries, CSV or XML
  quintet inspect rpki *.roa *.mft *.cer ripe.tal    the same for objects of the RPKI
  quintet inspect rpki --at 2026-01-01T00:00:00Z old.mft
  quintet inspect stats delegated-*-extended-latest.gz   the same for delegated statistics, by line and field
  quintet inspect transfers transfers_latest.json    the same for a transfer log
  quintet inspect nro combined-stat                  the same for the NRO's combined statistics
  quintet inspect irr --source RIPE ripe.db.route.gz the same for a dump of a routing registry, by line

Exit codes: 0 no finding at level must, 1 some, 2 a file could not be read; 2 before 1.")]
pub struct Args {
    #[command(subcommand)]
    kind: Kind,
}

/// Kinds of documents.
#[derive(Debug, clap::Subcommand)]
enum Kind {
    /// Answers of RDAP services
    Rdap {
        #[command(flatten)]
        files: Files,

        /// What was asked; guessed from the document if not given
        #[arg(long = "as", value_enum, value_name = "QUERY")]
        asked: Option<Asked>,
    },
    /// IANA's RDAP bootstrap files
    Bootstrap {
        #[command(flatten)]
        files: Files,
    },
    /// IANA's number registries, as CSV or XML
    Iana {
        #[command(flatten)]
        files: Files,
    },
    /// Objects of the RPKI and trust anchor locators
    Rpki {
        #[command(flatten)]
        files: Files,

        /// What the files are; by their extensions and contents if not given
        #[arg(long = "as", value_parser = kinds(), value_name = "KIND")]
        kind: Option<rpki::Kind>,

        /// The time at which they are judged; now if not given
        #[arg(long, value_name = "TIME")]
        at: Option<Timestamp>,
    },
    /// Transfer logs of version 4.0 or 4.1
    Transfers {
        #[command(flatten)]
        files: Files,
    },
    /// The NRO's combined statistics
    Nro {
        #[command(flatten)]
        files: Files,
    },
    /// Dumps of routing registries, plain or as gzip
    Irr {
        #[command(flatten)]
        files: Files,
        /// The source that every object should have; any if not given
        #[arg(long, value_name = "NAME")]
        source: Option<String>,
    },
    /// Delegated statistics, plain or as gzip
    Stats {
        #[command(flatten)]
        files: Files,
    },
}

/// What is read and how findings are printed.
#[derive(Debug, clap::Args)]
struct Files {
    /// Saved documents; `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// How findings are printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// For people: a block for each file, findings by place
    #[default]
    Text,
    /// One array of objects with file, rule, location, level, refs, message
    Json,
}

/// What was asked of an RDAP service.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Asked {
    Ip,
    Autnum,
    Entity,
    Domain,
    Nameserver,
    Help,
    Error,
    Search,
    History,
}

impl Asked {
    const fn query(self) -> Query {
        match self {
            Self::Ip => Query::Ip(None),
            Self::Autnum => Query::Autnum(None),
            Self::Entity => Query::Entity(None),
            Self::Domain => Query::Domain(None),
            Self::Nameserver => Query::Nameserver(None),
            Self::Help => Query::Help,
            Self::Error => Query::Error,
            Self::Search => Query::Search,
            Self::History => Query::History,
        }
    }
}

/// Reads the word for a kind of document of the RPKI.
fn kinds() -> impl TypedValueParser<Value = rpki::Kind> {
    let words = rpki::Kind::ALL.iter().map(|kind| kind.as_str());
    PossibleValuesParser::new(words).try_map(|word| {
        let mut all = rpki::Kind::ALL.iter().copied();
        all.find(|kind| kind.as_str() == word)
            .ok_or("no kind of document of the RPKI")
    })
}

/// Largest document that is read, in octets; saved RDAP answers have some kilobytes,
/// bootstrap files some hundred.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Largest file as gzip that is read after decoding, in octets; the largest real statistics have 20 MB.
const LARGEST_PLAIN: u64 = 1024 * 1024 * 1024;

/// Inspects files; one that cannot be read is an error, and the others go on.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let (files, inspect) = inspector(&args.kind);
    let catalog = match catalog(&shell.suite) {
        Ok(catalog) => catalog,
        Err(problems) => {
            shell.complain(&problems);
            shell.hint(
                "levels and clauses come from the suite's catalog; name its folder with `--suite`",
            );
            return Exit::Usage;
        }
    };
    let mut exit = Exit::Met;
    let mut all: Vec<Value> = Vec::new();
    for path in &files.files {
        let name = path.to_string_lossy();
        let (inspected, rules) = match inspect(path) {
            Ok(inspected) => inspected,
            Err(reason) => {
                shell.error(&format!("{name}: {reason}"));
                exit = exit.or(Exit::Usage);
                continue;
            }
        };
        let judged = Judged::new(&catalog, &inspected);
        if judged.fails {
            exit = exit.or(Exit::Failed);
        }
        match files.format {
            Format::Text => shell.print(&judged.text(&name, rules)),
            Format::Json => all.extend(judged.to_json(&name)),
        }
    }
    if matches!(files.format, Format::Json) {
        shell.line(&serde_json::to_string_pretty(&all).unwrap_or_default());
    }
    exit
}

/// Reads a file: what the rules find, and how many rules there are.
type Inspector<'a> = Box<dyn Fn(&Path) -> Result<(Inspected, usize), String> + 'a>;

/// Returns the files of a kind of documents and what reads them.
fn inspector(kind: &Kind) -> (&Files, Inspector<'_>) {
    let document =
        |path: &Path| json::parse(&read(path)?, json::MAX_DEPTH).map_err(|error| error.to_string());
    match kind {
        Kind::Rdap { files, asked } => {
            let context = Context {
                query: asked.map(Asked::query),
                ..Context::default()
            };
            let apply = move |path: &Path| {
                let found = rdap::inspect(&document(path)?, &context);
                Ok((found, rdap::rules().count()))
            };
            (files, Box::new(apply))
        }
        Kind::Bootstrap { files } => {
            let apply = move |path: &Path| {
                Ok((bootstrap::inspect(&document(path)?), bootstrap::RULES.len()))
            };
            (files, Box::new(apply))
        }
        Kind::Iana { files } => {
            let apply = move |path: &Path| {
                let mut tally = Tally::default();
                iana::look(&iana::read(&read(path)?), "", &mut tally);
                Ok((tally.finish(), iana::RULES.len()))
            };
            (files, Box::new(apply))
        }
        Kind::Nro { files } => {
            let apply = move |path: &Path| {
                let mut tally = Tally::default();
                merge::look(&String::from_utf8_lossy(&read(path)?), "", &mut tally);
                Ok((tally.finish(), merge::RULES.len()))
            };
            (files, Box::new(apply))
        }
        Kind::Rpki { files, kind, at } => {
            let context = rpki::Context {
                now: Some(at.unwrap_or_else(|| RealClock::new().now())),
                signatures: true,
            };
            let apply = move |path: &Path| {
                let name = path.to_string_lossy();
                inspect_rpki(&name, &read(path)?, *kind, context)
            };
            (files, Box::new(apply))
        }
        Kind::Irr { files, source } => {
            let source = source.as_deref().unwrap_or_default();
            (
                files,
                Box::new(move |path: &Path| inspect_irr(path, source)),
            )
        }
        Kind::Stats { files } => (files, Box::new(inspect_stats)),
        Kind::Transfers { files } => (files, Box::new(inspect_log)),
    }
}

/// Applies the rules to a transfer log, which is read as a stream, however large.
///
/// # Errors
///
/// In words: the file cannot be read.
fn inspect_log(path: &Path) -> Result<(Inspected, usize), String> {
    let mut tally = transfers::Tally::new();
    let log = match path.as_os_str() == "-" {
        true => {
            let octets = read(path)?;
            transfers::read(|| Ok(octets.as_slice()), &mut tally)
        }
        false => transfers::read(|| File::open(path), &mut tally),
    };
    if let Some(transfers::Stopped::Input(reason)) = log.stopped {
        return Err(reason);
    }
    let rules = transfers::Rule::ALL.len();
    Ok((tally.finish(), rules))
}

/// Applies the rules of the RPKI to one file.
///
/// # Errors
///
/// In words: neither the name nor `said` tells what it is.
fn inspect_rpki(
    name: &str,
    octets: &[u8],
    said: Option<rpki::Kind>,
    context: rpki::Context,
) -> Result<(Inspected, usize), String> {
    let kind = said.or_else(|| rpki::Kind::of_file(name, octets));
    let Some(kind) = kind else {
        return Err("its name does not tell what it is; say so with `--as`".to_owned());
    };
    let mut tally = rpki::Tally::default();
    rpki::look(&rpki::Object::read(kind, octets), "", &context, &mut tally);
    let rules = rpki::rules().filter(|rule| rule.on.has(kind)).count();
    Ok((tally.finish(), rules))
}

/// Applies the rules to delegated statistics.
///
/// # Errors
///
/// In words: the file cannot be opened.
fn inspect_stats(path: &Path) -> Result<(Inspected, usize), String> {
    let found = streamed(path, |source| {
        let (read, mut tally, _) = stats::read(source);
        stats::look(&read, &mut tally);
        tally.finish()
    })?;
    Ok((found, stats::Rule::ALL.len()))
}

/// Applies the rules to a dump of a routing registry; objects have any source if `expected` is empty.
///
/// # Errors
///
/// In words: the file cannot be opened.
fn inspect_irr(path: &Path, expected: &str) -> Result<(Inspected, usize), String> {
    let found = streamed(path, |source| {
        let mut tally = Tally::default();
        irr::read(source, expected, &mut tally);
        tally.finish()
    })?;
    Ok((found, irr::RULES.len()))
}

/// Reads a file or standard input as a stream, however large, plain or as gzip.
///
/// # Errors
///
/// In words: it cannot be opened, or nothing can be read.
fn streamed<T>(path: &Path, read: impl FnOnce(&mut dyn BufRead) -> T) -> Result<T, String> {
    if path.as_os_str() == "-" {
        return unpacked(io::stdin().lock(), read);
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    unpacked(BufReader::with_capacity(64 * 1024, file), read)
}

/// Reads what is plain or gzip, as its first octets say.
///
/// # Errors
///
/// In words: nothing can be read.
fn unpacked<T>(
    mut source: impl BufRead,
    read: impl FnOnce(&mut dyn BufRead) -> T,
) -> Result<T, String> {
    let start = source.fill_buf().map_err(|error| error.to_string())?;
    if start.starts_with(&[0x1f, 0x8b]) {
        let plain = MultiGzDecoder::new(source).take(LARGEST_PLAIN);
        return Ok(read(&mut BufReader::with_capacity(64 * 1024, plain)));
    }
    Ok(read(&mut source))
}

/// Reads the catalogue of a suite and what it needs; mistakes elsewhere do not matter here.
fn catalog(suite: &Path) -> Result<Catalog, Diagnostics> {
    let mut files = read_folder(suite).map_err(|problem| Diagnostics(vec![problem]))?;
    files.retain(|file| matches!(file.kind(), FileKind::Catalog | FileKind::Clauses));
    let reading = scenario::read(&files);
    if reading.suite.catalog.entries.is_empty() {
        return Err(reading.errors);
    }
    Ok(reading.suite.catalog)
}

/// Reads one document.
///
/// # Errors
///
/// In words: why not.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut octets = Vec::new();
    let result = if path.as_os_str() == "-" {
        io::stdin().take(LARGEST + 1).read_to_end(&mut octets)
    } else {
        File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut octets))
    };
    result.map_err(|error| error.to_string())?;
    if u64::try_from(octets.len()).is_ok_and(|bytes| bytes > LARGEST) {
        return Err(format!("larger than {LARGEST} octets"));
    }
    Ok(octets)
}

/// The findings of one document with what they rest on.
#[derive(Debug)]
struct Judged<'a> {
    inspected: &'a Inspected,
    /// Findings with the level and the clauses of their rule, as the inspector lists them.
    findings: Vec<(&'a Finding, Level, &'a [String])>,
    /// Whether one of them is at level `must` and the registry's own doing.
    fails: bool,
}

impl<'a> Judged<'a> {
    fn new(catalog: &'a Catalog, inspected: &'a Inspected) -> Self {
        let basis = |finding: &Finding| match catalog.entries.get(&finding.rule) {
            Some(entry) => (entry.level, entry.refs.as_slice()),
            None => (Level::Observe, &[][..]),
        };
        let findings = inspected.findings.iter().map(|finding| {
            let (level, refs) = basis(finding);
            (finding, level, refs)
        });
        let fails = inspected.findings.iter().any(|finding| {
            let entry = catalog.entries.get(&finding.rule);
            entry.is_some_and(|e| e.level == Level::Must && e.operator.is_registry())
        });
        Self {
            inspected,
            findings: findings.collect(),
            fails,
        }
    }

    fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|(_, l, _)| *l == level).count()
    }

    /// Returns the block of a file: findings by weight, then counts.
    fn text(&self, name: &str, rules: usize) -> String {
        let mut text = format!("{name}\n");
        let mut findings: Vec<_> = self.findings.iter().collect();
        findings.sort_by_key(|(_, level, _)| *level);
        for (finding, level, refs) in findings {
            let at = match finding.location.as_str() {
                "" => "(document)",
                location => location,
            };
            let refs = match refs {
                [] => String::new(),
                refs => format!("  [{}]", refs.join(", ")),
            };
            let line = format!(
                "  {level:<8}  {}  {at}\n            {}{refs}\n",
                finding.rule, finding.message
            );
            text.push_str(&line);
        }
        for (rule, number) in &self.inspected.beyond {
            let line = format!("  {number} findings of {rule} in all\n");
            text.push_str(&line);
        }
        let summary = format!("  {}\n\n", self.summary(rules));
        text.push_str(&summary);
        text
    }

    /// Returns `12 findings (9 must, 3 observe) · 41 rules looked, 33 not applicable`.
    fn summary(&self, rules: usize) -> String {
        let by_level: Vec<String> = Level::ALL
            .iter()
            .map(|level| (self.count(*level), level))
            .filter(|(number, _)| *number > 0)
            .map(|(number, level)| format!("{number} {level}"))
            .collect();
        let found = match self.findings.len() {
            0 => "no findings".to_owned(),
            1 => format!("1 finding ({})", by_level.join(", ")),
            number => format!("{number} findings ({})", by_level.join(", ")),
        };
        let looked = self.inspected.looked.len();
        let silent = rules.saturating_sub(looked);
        format!("{found}; {looked} rules had something to look at, {silent} not applicable")
    }

    fn to_json(&self, name: &str) -> impl Iterator<Item = Value> {
        self.findings.iter().map(move |(finding, level, refs)| {
            json!({
                "file": name,
                "rule": finding.rule,
                "location": finding.location,
                "level": level,
                "refs": refs,
                "message": finding.message,
            })
        })
    }
}

#[cfg(test)]
mod tests;
