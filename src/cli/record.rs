//! What `run.json` says of a run: who asked what, when, with which inputs, and how to do it again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::baselines;
use super::guest::{Guest, Guests};
use super::judging::CannotJudge;
use super::run::Args;
use super::shell::{Shell, in_full};
use super::sides::Second;
use super::target;
use crate::audit::quoted;
use crate::bundle::{
    ClockRecord, EVENTS, EarlierRecord, FORMAT, Filters, Here, Planned, RunRecord, SUMS,
    TargetRecord, Tool, TwinRecord,
};
use crate::clock::Clock;
use crate::fact::Digest;
use crate::plan::{Plan, Selection};
use crate::registry::{PerRegistry, RegistryId};
use crate::run;
use crate::scenario::model::{Target, TargetKind};
use crate::scenario::suite::Suite;
use crate::transport::live::Live;
use crate::transport::machine;
use crate::verdict::baseline::Baselines;
use crate::verdict::results::RegistryName;

/// The folder of the suite where nothing else is said.
pub(super) const SUITE: &str = "scenarios";

/// The place of observation where nothing else is said.
pub(super) const VANTAGE: &str = "here";

/// What is known of a run before it asks.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) args: &'a Args,
    pub(super) shell: &'a Shell,
    pub(super) suite: &'a Suite,
    pub(super) plan: &'a Plan,
    pub(super) selection: &'a Selection,
    pub(super) here: &'a Here,
    pub(super) started: Timestamp,
    /// Digests of inputs beside the suite.
    pub(super) inputs: BTreeMap<String, String>,
    pub(super) clock: ClockRecord,
    /// What was taken of an earlier run.
    pub(super) earlier: Option<EarlierRecord>,
    /// A second target, with its plan.
    pub(super) twin: Option<(TwinRecord, &'a Plan)>,
    /// The target's file, where it is not one of the suite.
    pub(super) guest: Option<&'a Guest>,
}

/// Writes down what a run sets out to do.
pub(super) fn of(known: Known<'_>) -> RunRecord {
    let Known {
        args, suite, plan, ..
    } = known;
    let flags = flags(&known);
    RunRecord {
        format: FORMAT,
        id: run_id(known.started),
        tool: tool(),
        suite: suite.digest.clone(),
        release: suite.release.clone(),
        target: TargetRecord {
            name: plan.target.name.as_ref().to_owned(),
            kind: plan.target.kind.as_str().to_owned(),
            file: known.guest.map(|guest| guest.record.clone()),
            faults: args.fault.clone(),
        },
        vantage: plan.vantage.as_ref().to_owned(),
        started: known.started,
        here: known.here.clone(),
        registries: names(plan),
        filters: Filters {
            expressions: args.filters.clone(),
            registries: known.selection.registries.clone(),
            shard: known.selection.shard,
        },
        planned: known.twin.as_ref().map_or_else(
            || run::count(plan),
            |(_, second)| both(run::count(plan), run::count(second)),
        ),
        reproduce: reproduce(args, &flags),
        inputs: known.inputs,
        parts: Vec::new(),
        earlier: known.earlier,
        twin: known.twin.map(|(record, _)| record),
        clock: known.clock,
        flags,
    }
}

/// Returns the counts of two plans together; a scenario of both is one.
fn both(first: Planned, second: Planned) -> Planned {
    Planned {
        scenarios: first.scenarios.max(second.scenarios),
        observations: first.observations + second.observations,
        at_least: first.at_least || second.at_least,
    }
}

/// What is known of a trace before it asks.
#[derive(Debug)]
pub(super) struct Traced<'a> {
    pub(super) resource: &'a str,
    pub(super) shell: &'a Shell,
    pub(super) suite: &'a Suite,
    pub(super) plan: &'a Plan,
    pub(super) here: &'a Here,
    pub(super) started: Timestamp,
    /// Whether the time is fixed.
    pub(super) fixed: bool,
    pub(super) faults: &'a [String],
    /// Registries that were named; empty for all.
    pub(super) registries: &'a [RegistryId],
    /// The target's file, where it is not one of the suite.
    pub(super) guest: Option<&'a Guest>,
}

/// Writes down what a trace sets out to do. What it selects is the scenario `trace`, which no suite
/// has: there is nothing in it that could be judged.
pub(super) fn of_trace(traced: &Traced<'_>) -> RunRecord {
    let Traced { suite, plan, .. } = traced;
    let mut words = vec!["quintet trace".to_owned(), quoted(traced.resource)];
    match traced.guest {
        Some(guest) => words.push(format!("--target {}", quoted(&guest.record.path))),
        None if plan.target.name.as_ref() == "mock" => {}
        None => words.push(format!("--target {}", quoted(&plan.target.name))),
    }
    words.extend(traced.registries.iter().map(|id| format!("-r {id}")));
    words.extend(
        traced
            .faults
            .iter()
            .map(|f| format!("--fault {}", quoted(f))),
    );
    let mut flags = Vec::new();
    let folder = traced.shell.suite.to_string_lossy();
    if folder != SUITE {
        flags.push(format!("--suite {}", quoted(&folder)));
    }
    if plan.vantage.as_ref() != VANTAGE {
        flags.push(format!("--vantage {}", quoted(&plan.vantage)));
    }
    if traced.fixed {
        flags.push(format!("--at {}", traced.started));
    }
    words.extend(flags.iter().cloned());
    RunRecord {
        format: FORMAT,
        id: run_id(traced.started),
        tool: tool(),
        suite: suite.digest.clone(),
        release: suite.release.clone(),
        target: TargetRecord {
            name: plan.target.name.as_ref().to_owned(),
            kind: plan.target.kind.as_str().to_owned(),
            file: traced.guest.map(|guest| guest.record.clone()),
            faults: traced.faults.to_vec(),
        },
        vantage: plan.vantage.as_ref().to_owned(),
        started: traced.started,
        clock: ClockRecord {
            kind: if traced.fixed { "fixed" } else { "machine" }.to_owned(),
            ahead_milliseconds: None,
            source: None,
        },
        here: traced.here.clone(),
        registries: names(plan),
        filters: Filters {
            expressions: vec!["trace".to_owned()],
            registries: traced.registries.to_vec(),
            shard: None,
        },
        planned: run::count(plan),
        inputs: BTreeMap::new(),
        twin: None,
        parts: Vec::new(),
        earlier: None,
        reproduce: words.join(" "),
        flags,
    }
}

fn tool() -> Tool {
    Tool {
        name: "quintet".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// Returns the registries of a plan with their names.
fn names(plan: &Plan) -> Vec<RegistryName> {
    let all = plan.registries.iter();
    all.map(|(id, registry)| RegistryName {
        id: id.clone(),
        name: registry.name.clone(),
    })
    .collect()
}

/// Returns an id that no other run has: the time and six random octets.
pub(super) fn run_id(started: Timestamp) -> String {
    let mut random = [0; 6];
    if getrandom::fill(&mut random).is_err() {
        random = [0; 6];
    }
    format!(
        "{}-{}",
        started.strftime("%Y%m%dT%H%M%SZ"),
        data_encoding::HEXLOWER.encode(&random)
    )
}

/// Returns the arguments that any part of the run needs again, beside target and faults.
fn flags(known: &Known<'_>) -> Vec<String> {
    let mut flags = Vec::new();
    let suite = known.shell.suite.to_string_lossy();
    if suite != SUITE {
        flags.push(format!("--suite {}", quoted(&suite)));
    }
    if known.args.vantage != VANTAGE {
        flags.push(format!("--vantage {}", quoted(&known.args.vantage)));
    }
    if let Some(earlier) = &known.args.earlier {
        let earlier = earlier.to_string_lossy();
        flags.push(format!("--earlier {}", quoted(&earlier)));
    }
    if known.clock.kind == "fixed" {
        flags.push(format!("--at {}", known.started));
    }
    flags
}

/// Returns the command line that does the same again.
fn reproduce(args: &Args, flags: &[String]) -> String {
    let mut words = match &args.second {
        None => vec!["quintet run".to_owned()],
        Some(second) => vec![
            "quintet twin".to_owned(),
            quoted(&args.target),
            quoted(&second.target),
        ],
    };
    words.extend(args.filters.iter().map(|f| quoted(f)));
    if args.target != "mock" && args.second.is_none() {
        words.push(format!("--target {}", quoted(&args.target)));
    }
    words.extend(args.registry.iter().map(|r| format!("-r {r}")));
    words.extend(args.shard.iter().map(|shard| format!("--shard {shard}")));
    words.extend(args.fault.iter().map(|f| format!("--fault {}", quoted(f))));
    words.extend(args.second.iter().flat_map(Second::words));
    words.extend(flags.iter().cloned());
    words.join(" ")
}

/// Returns the digests of past bundles, of baselines, of targets' files and of the budget state, as they are before the run.
///
/// Of a bundle it is the digest of its seal, or of the journal where a run is not sealed.
///
/// # Errors
///
/// [`CannotJudge::Past`] if a bundle or the state cannot be read; a state that is not there yet is none.
pub(super) fn inputs(
    args: &Args,
    accepted: &Baselines,
    plan: &Plan,
    guests: &Guests,
) -> Result<BTreeMap<String, String>, CannotJudge> {
    let mut inputs = baselines::digests(accepted, plan);
    let earlier = args.earlier.iter().map(|path| ("earlier", path));
    for (what, past) in args.judging.bundles().chain(earlier) {
        let seal = past.join(SUMS);
        let file = if seal.is_file() {
            seal
        } else {
            past.join(EVENTS)
        };
        let name = past.file_name().unwrap_or(past.as_os_str());
        let digest = digest(&file)?;
        inputs.insert(format!("{what}:{}", name.to_string_lossy()), digest);
    }
    for guest in guests.all() {
        let digest = guest.record.digest.as_str().to_owned();
        inputs.insert(format!("target:{}", guest.record.path), digest);
    }
    if let Some(state) = args.state.as_deref().filter(|state| state.is_file()) {
        inputs.insert("state".to_owned(), digest(state)?);
    }
    Ok(inputs)
}

fn digest(path: &Path) -> Result<String, CannotJudge> {
    let octets = std::fs::read(path).map_err(|error| CannotJudge::Past {
        path: path.to_owned(),
        why: error.to_string(),
    })?;
    Ok(Digest::of(&octets).as_str().to_owned())
}

/// Compares our clock with the target's time source, before anything else is asked.
///
/// A clock that is fixed is not compared, and nothing is asked where no source is declared. What
/// could not be measured is absent, and a note says why.
pub(super) async fn clock(
    args: &Args,
    target: &Target,
    clock: &Arc<dyn Clock>,
    kind: &str,
    shell: &Shell,
) -> Result<ClockRecord, target::TargetError> {
    let mut record = ClockRecord {
        kind: kind.to_owned(),
        ahead_milliseconds: None,
        source: None,
    };
    let source = target.time_source.as_ref();
    let is_ours = kind != "machine" || target.kind == TargetKind::Mock;
    let (Some(source), false) = (source, is_ours) else {
        return Ok(record);
    };
    record.source = Some(source.clone());
    let options = target::options(
        target,
        &PerRegistry::new(),
        "clock",
        std::env::temp_dir(),
        None,
        clock,
        shell,
        args.contact.as_deref(),
    )?;
    let live = match Live::new(options, Arc::clone(clock)) {
        Ok(live) => live,
        Err(error) => {
            let why = in_full(&error);
            shell.note(&format!("the clock could not be compared: {why}"));
            return Ok(record);
        }
    };
    let timeout = target.timeout.unsigned_abs();
    match machine::offset(&live, clock.as_ref(), source, timeout).await {
        Ok(seen) => {
            // Theirs minus ours: behind is the other way round.
            let behind = seen.offset.as_millis();
            record.ahead_milliseconds = i64::try_from(behind).ok().and_then(i64::checked_neg);
        }
        Err(failure) => {
            let detail = failure.detail;
            shell.note(&format!("the clock could not be compared: {detail}"));
        }
    }
    Ok(record)
}
