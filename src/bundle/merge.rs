//! Bundles of one plan, seen from several places or asked in several parts, as one bundle.
//!
//! What the parts observed is copied, evidence included, so that the merged bundle stands alone. It
//! says of each part which run it was, where, when and with which seal.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::event::{Cow, Event};
use super::read::Bundle;
use super::record::{Filters, PartRecord, RunRecord};
use super::write::Writer;
use super::{BundleError, SUMS, io, shards};
use crate::fact::{Digest, Key, Subject};
use crate::plan::Shard;
use crate::registry::RegistryId;

/// Most parts of one merge; ours.
const MOST_PARTS: usize = 1_000;

/// Farthest that two clocks may be apart when each was compared with its time source.
///
/// Ours: ages and validity are judged to the minute.
const SAME_CLOCK: u64 = 60_000;

/// Says why bundles are not merged.
#[derive(Debug, thiserror::Error)]
pub enum CannotMerge {
    /// There are not two.
    #[error("a merge takes two bundles at least, and {MOST_PARTS} at most")]
    Number,
    /// A run that did not finish.
    #[error("the run in `{}` did not finish; `quintet run --resume` goes on", .0.display())]
    Partial(PathBuf),
    /// A bundle that is not what was sealed.
    #[error("`{}` is not what was sealed: {why}", path.display())]
    NotIntact {
        /// The bundle.
        path: PathBuf,
        /// The first thing that is wrong.
        why: String,
    },
    /// A run of two targets.
    #[error("`{}` is a run of two targets, which is not merged", .0.display())]
    Twin(PathBuf),
    /// A run that polls.
    #[error("`{}` polls, which is not merged: its ticks are of one place", .0.display())]
    Polled(PathBuf),
    /// A merge.
    #[error("`{}` is merged already; merge its parts with the others", .0.display())]
    Merged(PathBuf),
    /// The same run twice.
    #[error("`{}` and `{}` are the same run", .0.display(), .1.display())]
    Same(PathBuf, PathBuf),
    /// Not one plan.
    #[error("`{}` and `{}` are not of one plan: {what} `{one}` and `{other}`", first.display(), second.display())]
    Plan {
        /// One bundle.
        first: PathBuf,
        /// Another.
        second: PathBuf,
        /// What differs.
        what: &'static str,
        /// What the one has.
        one: String,
        /// What the other has.
        other: String,
    },
    /// Clocks that do not agree.
    #[error("`{}` and `{}` have clocks that do not agree: {why}", first.display(), second.display())]
    Clock {
        /// One bundle.
        first: PathBuf,
        /// Another.
        second: PathBuf,
        /// How they differ.
        why: String,
    },
    /// Runs too far apart to say the same of anything.
    #[error(
        "`{}` and `{}` began {apart:#} apart; more than {most:#} is not one moment, `--apart` says how much is",
        first.display(), second.display()
    )]
    Apart {
        /// One bundle.
        first: PathBuf,
        /// Another.
        second: PathBuf,
        /// How far.
        apart: SignedDuration,
        /// How far they may be.
        most: SignedDuration,
    },
    /// Two parts that asked the same from the same place.
    #[error(
        "`{}` and `{}` both asked `{key}`; runs from several places have names of their own (`--vantage`), and shards of one place have nothing in common",
        first.display(), second.display()
    )]
    Overlap {
        /// One bundle.
        first: PathBuf,
        /// Another.
        second: PathBuf,
        /// The first observation that both have.
        key: String,
    },
    /// Shards of different plans.
    #[error(
        "`{}` and `{}` are parts `{one}` and `{other}`; parts of one run are of one number",
        first.display(), second.display()
    )]
    ShardCounts {
        /// One bundle.
        first: PathBuf,
        /// Another.
        second: PathBuf,
        /// The part that the one is.
        one: Shard,
        /// The part that the other is.
        other: Shard,
    },
    /// The same shard twice, from one place.
    #[error("`{}` and `{}` are both part `{shard}` from one place", first.display(), second.display())]
    SameShard {
        /// One bundle.
        first: PathBuf,
        /// Another.
        second: PathBuf,
        /// The part that both are.
        shard: Shard,
    },
    /// Shards without the others.
    #[error(
        "{} missing of what was asked from `{vantage}`; all parts of a run are merged together",
        listed(missing)
    )]
    MissingShards {
        /// The place of observation.
        vantage: String,
        /// The parts that are not there, in their order.
        missing: Vec<Shard>,
    },
    /// A bundle cannot be read or written.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

/// Most missing shards that are named; ours.
const MOST_NAMED: usize = 10;

/// Returns missing shards in words: `part `2/3` is`, `parts `2/4`, `3/4` are`.
fn listed(shards: &[Shard]) -> String {
    let named: Vec<String> = shards
        .iter()
        .take(MOST_NAMED)
        .map(|shard| format!("`{shard}`"))
        .collect();
    let more = shards.len().saturating_sub(MOST_NAMED);
    match (shards.len(), more) {
        (1, _) => format!("part {} is", named.join(", ")),
        (_, 0) => format!("parts {} are", named.join(", ")),
        (_, more) => format!("parts {} and {more} more are", named.join(", ")),
    }
}

/// Opens parts and holds that they are intact, whole, of one plan, of one moment and of clocks that agree,
/// and that no shard is missing.
///
/// They are returned by place of observation and time, whatever the order they were named in. `is_empty`
/// says whether nothing of a run's plan falls to a shard, so that there is no bundle of it.
///
/// # Errors
///
/// [`CannotMerge`], for the first two parts of which something differs.
pub fn parts(
    paths: &[PathBuf],
    most_apart: SignedDuration,
    is_empty: &dyn Fn(&RunRecord, Shard) -> bool,
) -> Result<Vec<Bundle>, CannotMerge> {
    if !(2..=MOST_PARTS).contains(&paths.len()) {
        return Err(CannotMerge::Number);
    }
    let mut all = Vec::with_capacity(paths.len());
    for path in paths {
        let bundle = Bundle::open(path)?;
        if bundle.is_partial() {
            return Err(CannotMerge::Partial(path.clone()));
        }
        if let Some(problem) = Bundle::verify(path)?.problems.first() {
            return Err(CannotMerge::NotIntact {
                path: path.clone(),
                why: problem.to_string(),
            });
        }
        if bundle.run().twin.is_some() {
            return Err(CannotMerge::Twin(path.clone()));
        }
        if !bundle.journal.ticks.is_empty() {
            return Err(CannotMerge::Polled(path.clone()));
        }
        if !bundle.run().parts.is_empty() {
            return Err(CannotMerge::Merged(path.clone()));
        }
        all.push(bundle);
    }
    all.sort_by(|a, b| order_of(a).cmp(&order_of(b)));
    for pair in all.windows(2) {
        if let [first, second] = pair {
            same_plan(first, second)?;
            same_clock(first, second)?;
        }
    }
    // The earliest and the latest may be of any two places.
    let by_time = |bundle: &&Bundle| bundle.run().started;
    if let (Some(first), Some(last)) = (
        all.iter().min_by_key(by_time),
        all.iter().max_by_key(by_time),
    ) {
        let apart = last.run().started.duration_since(first.run().started);
        if apart > most_apart {
            return Err(CannotMerge::Apart {
                first: first.folder().to_owned(),
                second: last.folder().to_owned(),
                apart,
                most: most_apart,
            });
        }
    }
    shards::all_there(&all, is_empty)?;
    overlap(&all)?;
    Ok(all)
}

fn order_of(bundle: &Bundle) -> (&str, Timestamp, &str) {
    let run = bundle.run();
    (&run.vantage, run.started, &run.id)
}

/// Holds that two bundles asked by one suite, of one target, what one selection says.
fn same_plan(first: &Bundle, second: &Bundle) -> Result<(), CannotMerge> {
    let (one, other) = (first.run(), second.run());
    if one.id == other.id {
        return Err(CannotMerge::Same(
            first.folder().to_owned(),
            second.folder().to_owned(),
        ));
    }
    let listed = |items: &[String]| {
        if items.is_empty() {
            "none".to_owned()
        } else {
            items.join(" | ")
        }
    };
    let of = |run: &RunRecord| {
        [
            ("suites", run.suite.to_string()),
            ("targets", run.target.name.clone()),
            ("kinds of target", run.target.kind.clone()),
            ("files of the target", file_of(run)),
            ("faults", listed(&run.target.faults)),
            ("filters", listed(&run.filters.expressions)),
            ("versions of the program", run.tool.version.clone()),
        ]
    };
    for ((what, one), (_, other)) in of(one).into_iter().zip(of(other)) {
        if one != other {
            return Err(CannotMerge::Plan {
                first: first.folder().to_owned(),
                second: second.folder().to_owned(),
                what,
                one,
                other,
            });
        }
    }
    Ok(())
}

/// Returns the digest of the file that a run's target was in; `none` of a target in the suite.
fn file_of(run: &RunRecord) -> String {
    let file = run.target.file.as_ref();
    file.map_or_else(|| "none".to_owned(), |file| file.digest.to_string())
}

/// Holds that two clocks can be taken for one.
fn same_clock(first: &Bundle, second: &Bundle) -> Result<(), CannotMerge> {
    let (one, other) = (first.run(), second.run());
    let why = if one.clock.kind != other.clock.kind {
        format!("one is {}, the other {}", one.clock.kind, other.clock.kind)
    } else if one.clock.kind == "fixed" && one.started != other.started {
        format!(
            "one stands at {}, the other at {}",
            one.started, other.started
        )
    } else {
        let measured = (one.clock.ahead_milliseconds, other.clock.ahead_milliseconds);
        match measured {
            (Some(one), Some(other)) if one.abs_diff(other) > SAME_CLOCK => format!(
                "compared with their time sources, one is {one} ms ahead, the other {other} ms"
            ),
            (_, _) => return Ok(()),
        }
    };
    Err(CannotMerge::Clock {
        first: first.folder().to_owned(),
        second: second.folder().to_owned(),
        why,
    })
}

/// Holds that nothing but what all registries share was asked twice from one place.
fn overlap(all: &[Bundle]) -> Result<(), CannotMerge> {
    for (place, first) in all.iter().enumerate() {
        for second in all.iter().skip(place + 1) {
            let keys = second.journal.observations.keys();
            let mut both = keys.filter(|key| {
                key.subject != Subject::Shared && first.journal.observations.contains_key(*key)
            });
            if let Some(key) = both.next() {
                return Err(CannotMerge::Overlap {
                    first: first.folder().to_owned(),
                    second: second.folder().to_owned(),
                    key: key.to_string(),
                });
            }
        }
    }
    Ok(())
}

/// Returns what `run.json` of merged parts says.
pub fn record_of(parts: &[Bundle], reproduce: String) -> Result<Option<RunRecord>, BundleError> {
    let Some(first) = parts.iter().min_by_key(|part| part.run().started) else {
        return Ok(None);
    };
    let mut record = first.run().clone();
    let mut seals = Vec::new();
    let mut own = Vec::with_capacity(parts.len());
    let (mut registries, mut vantages) = (record.registries.clone(), BTreeSet::new());
    let mut scenarios = BTreeSet::new();
    record.planned.observations = 0;
    for part in parts {
        let run = part.run();
        let sums = part.folder().join(SUMS);
        let seal = Digest::of(&std::fs::read(&sums).map_err(io("read", &sums))?);
        seals.extend_from_slice(seal.as_str().as_bytes());
        for registry in &run.registries {
            if !registries.iter().any(|known| known.id == registry.id) {
                registries.push(registry.clone());
            }
        }
        vantages.insert(run.vantage.clone());
        scenarios.extend(part.scenarios().cloned());
        record.planned.observations += run.planned.observations;
        record.planned.at_least |= run.planned.at_least;
        record.flags.retain(|flag| run.flags.contains(flag));
        own.push(PartRecord {
            id: run.id.clone(),
            vantage: run.vantage.clone(),
            started: run.started,
            finished: part.finished(),
            registries: run.registries.iter().map(|r| r.id.clone()).collect(),
            shard: run.filters.shard,
            clock: run.clock.clone(),
            here: run.here.clone(),
            seal,
        });
    }
    registries.sort_by(|a, b| a.id.cmp(&b.id));
    let ids: Vec<RegistryId> = registries.iter().map(|r| r.id.clone()).collect();
    // The same parts make the same run, whoever merges them and when.
    let digest = Digest::of(&seals);
    let short: String = digest.hex().chars().take(12).collect();
    let began = record.started.strftime("%Y%m%dT%H%M%SZ");
    record.id = format!("{began}-merged-{short}");
    record.vantage = vantages.into_iter().collect::<Vec<_>>().join(", ");
    record.planned.scenarios = u64::try_from(scenarios.len()).unwrap_or(u64::MAX);
    // Each part's share of the plan is its own; together they have all of it.
    let is_whole = |part: &Bundle| part.run().filters.registries.is_empty();
    record.filters = Filters {
        expressions: record.filters.expressions,
        registries: if parts.iter().all(is_whole) {
            Vec::new()
        } else {
            ids
        },
        ..Filters::default()
    };
    record.registries = registries;
    record.inputs.clear();
    record.earlier = None;
    record.reproduce = reproduce;
    record.parts = own;
    Ok(Some(record))
}

/// Writes parts into a new bundle, and seals it.
///
/// # Errors
///
/// [`BundleError::Io`], and what reading the parts says.
pub fn merge(parts: &[Bundle], writer: &Writer, wall: Timestamp) -> Result<(), BundleError> {
    for part in parts {
        part.evidence.copy_into(&writer.evidence())?;
    }
    let mut taken: BTreeSet<Arc<Key>> = BTreeSet::new();
    let mut drawn: BTreeSet<(Arc<str>, String, String)> = BTreeSet::new();
    for part in parts {
        for expansion in part.expansions() {
            let (scenario, registry) = (&expansion.scenario, expansion.registry.to_string());
            if drawn.insert((Arc::clone(scenario), registry, expansion.axis.clone())) {
                writer.expand(expansion.clone())?;
            }
        }
        let mut own: BTreeSet<Arc<Key>> = BTreeSet::new();
        for span in part.journal.all_exchanges() {
            let Some(exchange) = part.exchange(span)? else {
                continue;
            };
            if taken.contains(&exchange.key) {
                continue;
            }
            own.insert(Arc::clone(&exchange.key));
            writer.append(&Event::Exchange(Cow::Borrowed(&exchange)))?;
        }
        for keys in part.journal.by_scenario.values() {
            for key in keys.iter().filter(|key| !taken.contains(*key)) {
                if let Some(observation) = part.observation(key)? {
                    writer.observe(&observation)?;
                }
                own.insert(Arc::clone(key));
            }
        }
        taken.append(&mut own);
    }
    writer.finish(wall)?;
    Ok(())
}

/// Makes the folder of a merge: at a path, or in a parent by time and target.
///
/// # Errors
///
/// [`BundleError::Io`]; a folder with content is refused.
pub fn writer_of(
    out: Option<&Path>,
    parent: &Path,
    wall: Timestamp,
    record: RunRecord,
) -> Result<Writer, BundleError> {
    match out {
        Some(folder) => Writer::create_at(folder, wall, record),
        None => Writer::create(parent, wall, record),
    }
}
