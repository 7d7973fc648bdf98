//! Judging of a twin: both targets, and what they answer in different ways.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use jiff::Timestamp;

use super::drawn;
use super::exit::Exit;
use super::judged::show;
use super::judging::{self, CannotJudge, Terms, Which};
use super::seen::Seen;
use super::shell::Shell;
use crate::audit::twin::{FIRST, SECOND, TWIN, Twin};
use crate::audit::{self, Audit, route_changes};
use crate::bundle::{self, Bundle, Evidence, RunRecord, TwinRecord};
use crate::compare::{Answered, Comparing, SameNames, Twins};
use crate::fact::{Digest, Documents as _, Observation, TextSet, Value};
use crate::plan::Plan;
use crate::report::{self, Options};
use crate::scenario::suite::Suite;

/// What a judging of two targets found.
#[derive(Debug)]
pub(super) struct Judged {
    /// The first target.
    pub(super) first: Audit,
    /// The second.
    pub(super) second: Audit,
    /// What differs.
    pub(super) twin: Twin,
}

/// Judges what a run saw of two targets, and compares it.
///
/// # Errors
///
/// [`CannotJudge`].
pub(super) fn judge(
    suite: &Suite,
    record: &RunRecord,
    twin: &TwinRecord,
    seen: &impl Seen,
    evidence: &Evidence,
    terms: &Terms,
) -> Result<Judged, CannotJudge> {
    let first = judging::judge_side(suite, record, Which::First, seen, terms)?;
    let second = judging::judge_side(suite, record, Which::Second(twin), seen, terms)?;
    let one = judging::plan_of(suite, record, Which::First)?;
    let other = judging::plan_of(suite, record, Which::Second(twin))?;
    let ids = one.registries.iter();
    let couples = ids.filter_map(|(id, registry)| {
        let second = other.registries.of(id.as_str())?;
        Some((registry.as_ref(), second.as_ref()))
    });
    let names = SameNames::of(couples, &other.target);
    let comparing = Comparing {
        names: &names,
        expected: &twin.expected,
    };
    let mut twins = Twins::default();
    let mut payloads = [Vec::new(), Vec::new()];
    let plans = [&one, &other];
    compare(
        seen,
        plans,
        record.started,
        &comparing,
        &mut twins,
        &mut payloads,
    )?;
    let list: Option<Bytes> = twin
        .routes
        .as_ref()
        .and_then(|digest| evidence.load(digest));
    let [of_first, of_second] = payloads;
    let routes = list.map(|list| route_changes(&list, &of_first, &of_second));
    Ok(Judged {
        twin: Twin::of(first.clone(), second.clone(), twins, &twin.expected, routes),
        first,
        second,
    })
}

/// Judges a bundle of two targets, and keeps what was found; a bundle of one target has none of it.
///
/// # Errors
///
/// [`CannotJudge`].
pub(super) fn judge_bundle(
    suite: &Suite,
    bundle: &Bundle,
    terms: &Terms,
) -> Result<Twin, CannotJudge> {
    let record = bundle.run();
    let Some(twin) = &record.twin else {
        return Err(CannotJudge::NoTwin(bundle.folder().to_owned()));
    };
    let judged = judge(suite, record, twin, bundle, bundle.evidence(), terms)?;
    keep(&judged, bundle.folder(), &suite.digest)?;
    Ok(judged.twin)
}

/// Compares scenario by scenario, and gathers the payloads of both targets.
fn compare(
    seen: &impl Seen,
    plans: [&Plan; 2],
    started: Timestamp,
    comparing: &Comparing<'_>,
    twins: &mut Twins,
    payloads: &mut [Vec<TextSet>; 2],
) -> Result<(), CannotJudge> {
    let [one, other] = plans;
    for first in &one.scenarios {
        let id = &first.scenario.id;
        let mut seconds = other.scenarios.iter();
        let Some(second) = seconds.find(|second| second.scenario.id == *id) else {
            continue;
        };
        let (mut first, mut second) = (first.clone(), second.clone());
        for (planned, plan) in [(&mut first, one), (&mut second, other)] {
            drawn::expand(planned, &plan.registries, started, |registry, axis| {
                Some(seen.expansion(id, registry, axis)?.values.clone())
            });
        }
        let all = seen.observations(id)?;
        let of = |plan: &Plan| -> Vec<&Observation> {
            let own = all.iter();
            own.filter(|o| o.key.target.as_ref() == plan.target.name.as_ref())
                .collect()
        };
        let (ones, others) = (of(one), of(other));
        for (observations, sets) in [&ones, &others].into_iter().zip(payloads.iter_mut()) {
            sets.extend(observations.iter().filter_map(|o| payloads_of(o)));
        }
        let answered = |planned, observations| Answered {
            planned,
            observations,
        };
        twins.add(
            comparing,
            answered(&first, &ones),
            answered(&second, &others),
        );
    }
    Ok(())
}

/// Returns the payloads that an observation validated.
fn payloads_of(observation: &Observation) -> Option<TextSet> {
    if let Value::Set(set) = observation.facts.get("vrps.set")? {
        Some(set.clone())
    } else {
        None
    }
}

/// Writes a judging of two targets into its folder, seals it, and returns the folder.
///
/// # Errors
///
/// [`CannotJudge::Write`].
pub(super) fn keep(judged: &Judged, bundle: &Path, suite: &Digest) -> Result<PathBuf, CannotJudge> {
    let folder = bundle::judgement(bundle, suite);
    let failed = |source| CannotJudge::Write {
        path: folder.clone(),
        source,
    };
    audit::keep(&judged.first, &folder.join(FIRST)).map_err(failed)?;
    audit::keep(&judged.second, &folder.join(SECOND)).map_err(failed)?;
    let text = json(&judged.twin).map_err(failed)?;
    std::fs::write(folder.join(TWIN), text).map_err(failed)?;
    let mut text = Vec::new();
    write(&judged.twin, "markdown", true, &mut text).map_err(failed)?;
    std::fs::write(folder.join("twin.md"), &text).map_err(failed)?;
    bundle::seal(&folder)?;
    Ok(folder)
}

/// Returns `twin.json`: the same octets for the same observations and suite.
///
/// # Errors
///
/// What `serde_json` says; a twin can always be written.
pub(super) fn json(twin: &Twin) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    write(twin, "json", true, &mut text)?;
    Ok(text)
}

fn write(twin: &Twin, format: &str, all: bool, sink: &mut dyn io::Write) -> io::Result<()> {
    let options = Options {
        all,
        ..Options::default()
    };
    match report::twin_format(format) {
        Some(format) => format.write(twin, &options, sink),
        None => Ok(()),
    }
}

/// Prints a twin to stdout in a format; an unknown one has been refused before.
pub(super) fn print(twin: &Twin, format: &str, all: bool, shell: &Shell) {
    let Some(format) = report::twin_format(format) else {
        shell.error(&format!(
            "a twin has no format `{format}`; expected {}",
            formats().join(", ")
        ));
        return;
    };
    show(all, shell, |options, sink| {
        format.write(twin, options, sink)
    });
}

/// Returns the names of formats of a twin.
pub(super) fn formats() -> Vec<&'static str> {
    report::TWIN_FORMATS.iter().map(|f| f.name()).collect()
}

/// Returns how the program ends for a twin.
pub(super) fn exit(twin: &Twin) -> Exit {
    let mut exit = Exit::Met;
    if twin.compared == 0 {
        exit = exit.or(Exit::Nothing);
    }
    if twin.cannot_vouch() {
        exit = exit.or(Exit::Unjudged);
    }
    if twin.has_failed() {
        exit = exit.or(Exit::Failed);
    }
    exit
}
