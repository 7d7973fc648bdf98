//! Observing: what `quintet run` and `quintet twin` ask, from their arguments to the end of the run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::asking::{self, Ended};
use super::earlier::{self, Earlier};
use super::guest::Guests;
use super::here;
use super::judging;
use super::record::{self, Known};
use super::run::{Args, Stopped};
use super::shell::Shell;
use super::sides::{self, Side};
use crate::bundle::{Here, RunRecord, TargetRecord, Writer};
use crate::clock::{Clock, FixedClock, RealClock, VirtualClock};
use crate::fact::Digest;
use crate::plan::{Filter, Selection};
use crate::registry::RegistryId;
use crate::scenario::suite::Suite;
use crate::transport::Recorder as _;

/// The target of a run.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// Its name.
    pub(super) target: &'a str,
    /// Files of targets that are not of the suite.
    pub(super) guests: &'a Guests,
}

/// Asks everything and returns the bundle's folder, how it ended, and whether two targets were
/// asked; `None` if nothing was selected.
pub(super) async fn observe(
    args: &Args,
    asked: Asked<'_>,
    suite: &Suite,
    terms: &judging::Terms,
    shell: &Shell,
) -> Result<Option<(PathBuf, Ended, bool)>, Stopped> {
    let wall: Arc<dyn Clock> = Arc::new(RealClock::new());
    let resumed = match &args.resume {
        Some(folder) => Some(Writer::resume(folder, wall.now())?),
        None => None,
    };
    // What a run that goes on began with.
    let begun = resumed.as_ref().map(|writer| writer.run().clone());
    let contact = args.contact.as_deref();
    let faults = match &begun {
        Some(record) => &record.target.faults,
        None => &args.fault,
    };
    let target = sides::find(suite, asked.target, faults, contact)?;
    let second = second_target(args, asked, begun.as_ref());
    let second = match second {
        Some((name, faults)) => Some((sides::find(suite, name, faults, contact)?, faults)),
        None => None,
    };
    let fixed = begun
        .as_ref()
        .map_or(args.at, |r| (r.clock.kind == "fixed").then_some(r.started));
    let flowing: Arc<dyn Clock> = match fixed {
        Some(time) => Arc::new(FixedClock(time)),
        None => Arc::clone(&wall),
    };
    let started = begun
        .as_ref()
        .map_or_else(|| flowing.now(), |record| record.started);
    let mut selection = match &begun {
        Some(record) => Selection {
            filter: Filter::any(&record.filters.expressions)?,
            registries: record.registries.iter().map(|r| r.id.clone()).collect(),
            shard: record.filters.shard,
        },
        None => selection(args, suite)?,
    };
    if let Some((second, _)) = second {
        selection.registries = sides::common(suite, target, second, &selection.registries);
        if selection.registries.is_empty() {
            return Err(Stopped::NothingInCommon {
                first: target.name.to_string(),
                second: second.name.to_string(),
            });
        }
    }
    let vantage = begun
        .as_ref()
        .map_or(&args.vantage, |record| &record.vantage);
    let plan = Arc::new(crate::plan::make(
        suite, target, &selection, vantage, started,
    )?);
    if plan.scenarios.is_empty() {
        shell.error("nothing is selected");
        let files = args.filters.iter().any(|filter| filter.ends_with(".yaml"));
        shell.hint(match files {
            true => "a filter is an id, such as `rdap.help`, and not the file of a scenario",
            false => "`quintet list FILTER` shows what a filter selects",
        });
        return Ok(None);
    }
    let is_rehearsal = target.is_rehearsal() && plan.polls();
    let clock: Arc<dyn Clock> = match is_rehearsal {
        // What goes on later goes on at the tick where it stopped.
        true => {
            let last = resumed.as_ref().and_then(Writer::last_tick);
            let start = last.map_or(started, |last| last.max(started));
            Arc::new(VirtualClock::from(flowing, start))
        }
        false => flowing,
    };
    let rehearsed = is_rehearsal.then_some(started);
    let alone = resumed.is_none() && second.is_none();
    let world = sides::world(target, faults, rehearsed, shell)?;
    let taken = match (&args.earlier, &world) {
        (Some(path), _) => Some(earlier::take(path, &plan, started)?),
        // What the world inside showed before follows from the time: no other run is needed.
        (None, Some(world)) if alone && earlier::is_of_use(&plan) => {
            let before = sides::before(world, target, faults, rehearsed, shell)?;
            Some(earlier::of_world(&before, &plan, started))
        }
        (None, _) => None,
    };
    let served = sides::serve(world, &clock, shell).await?;
    let kind = match (fixed, is_rehearsal) {
        (Some(_), _) => "fixed",
        (None, true) => "virtual",
        (None, false) => "machine",
    };
    // What goes on later keeps to what the run began with, so that a replay sees the same.
    let here = begun.as_ref().map_or_else(
        || here::look(target, served.as_ref(), shell),
        |record| record.here.clone(),
    );
    let mut all = vec![Side {
        target,
        plan: Arc::clone(&plan),
        served,
        here,
    }];
    let mut twin = None;
    if let Some((second, faults)) = second {
        let world = sides::world(second, faults, rehearsed, shell)?;
        let served = sides::serve(world, &clock, shell).await?;
        let record = match (&begun, &args.second) {
            (Some(record), _) => record.twin.clone(),
            (None, Some(own)) => {
                let first = TargetRecord {
                    name: target.name.to_string(),
                    kind: target.kind.as_str().to_owned(),
                    file: None,
                    faults: args.fault.clone(),
                };
                let file = asked.guests.second.as_ref();
                let file = file.map(|guest| guest.record.clone());
                let here = here::look(second, served.as_ref(), shell);
                Some(own.record(&first, second, file, &here))
            }
            (None, None) => None,
        };
        if let Some(record) = record {
            let plan = sides::second_plan(
                suite,
                target,
                second,
                &selection,
                (vantage, started),
                &record,
            )?;
            all.push(Side {
                target: second,
                plan: Arc::new(plan),
                served,
                here: record.here.clone(),
            });
            twin = Some(record);
        }
    }
    let writer = match resumed {
        Some(writer) => writer,
        None => {
            let second_plan = all.get(1).map(|side| side.plan.as_ref());
            let record = record::of(Known {
                args,
                shell,
                suite,
                plan: &plan,
                selection: &selection,
                here: all.first().map_or(&Here::default(), |side| &side.here),
                started,
                inputs: record::inputs(args, &terms.baselines, &plan, asked.guests)?,
                clock: record::clock(args, target, &clock, kind, shell).await?,
                earlier: taken.as_ref().map(|taken| taken.record.clone()),
                twin: twin.zip(second_plan),
                guest: asked.guests.first.as_ref(),
            });
            let writer = match &args.out {
                Some(folder) => Writer::create_at(folder, wall.now(), record)?,
                None => Writer::create(Path::new("reports"), wall.now(), record)?,
            };
            keep(&writer, taken.as_ref(), args, asked.guests);
            writer
        }
    };
    let folder = writer.folder().to_owned();
    let terms = asking::Terms {
        deadline: args.deadline,
        jobs: args.jobs,
        state: args.state.as_deref(),
        contact,
        waits: !args.no_wait,
    };
    let is_twin = all.len() > 1;
    let ended = asking::ask(&terms, &all, &clock, shell, Arc::new(writer)).await;
    for side in all {
        if let Some(served) = side.served
            && let Err(error) = served.shutdown().await
        {
            shell.error(&format!("a task of the mock world failed: {error}"));
        }
    }
    Ok(Some((folder, ended?, is_twin)))
}

/// Returns name and faults of the second target: those that a run which goes on began with, or those given.
fn second_target<'a>(
    args: &'a Args,
    asked: Asked<'a>,
    begun: Option<&'a RunRecord>,
) -> Option<(&'a String, &'a Vec<String>)> {
    if let Some(begun) = begun {
        let twin = begun.twin.as_ref()?;
        return Some((&twin.target.name, &twin.target.faults));
    }
    let second = args.second.as_ref()?;
    let guest = asked.guests.second.as_ref();
    let name = guest.map_or(&second.target, |guest| &guest.target);
    Some((name, &second.faults))
}

/// Keeps what a run was given, before anything is asked: who resumes, replays or judges it again needs
/// neither the earlier run nor any file.
fn keep(writer: &Writer, taken: Option<&Earlier>, args: &Args, guests: &Guests) {
    for (digest, octets) in taken.iter().flat_map(|taken| &taken.documents) {
        writer.keep(digest, octets);
    }
    let second = args.second.as_ref();
    if let Some((_, octets)) = second.and_then(|second| second.routes.as_ref()) {
        writer.keep(&Digest::of(octets), octets);
    }
    for guest in guests.all() {
        writer.keep(&guest.record.digest, &guest.octets);
    }
}

/// Reads filters, and tells known registries from unknown ones.
fn selection(args: &Args, suite: &Suite) -> Result<Selection, Stopped> {
    let ids: Vec<&str> = suite.registries.ids().map(RegistryId::as_str).collect();
    let mut registries = Vec::new();
    for name in &args.registry {
        let known = RegistryId::parse(name)
            .ok()
            .filter(|id| suite.registries.of(id.as_str()).is_some());
        registries.push(known.ok_or_else(|| Stopped::NoRegistry {
            name: name.clone(),
            meant: super::suite::meant(name, &ids),
        })?);
    }
    Ok(Selection {
        filter: Filter::any(&args.filters)?,
        registries,
        shard: args.shard,
    })
}
