//! `reports/example/site`: what two runs of the mock world become, as it stands in the project.
//!
//! `QUINTET_BLESS=1 cargo test --test it the_example` makes it anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use quintet::audit::{self, Audit, Auditor};
use quintet::cli::direct::Direct;
use quintet::cli::export::seen;
use quintet::cli::world;
use quintet::clock::{Clock, FixedClock};
use quintet::decide::Mode;
use quintet::fact::{Digest, Documents};
use quintet::plan::{self, Filter, Selection};
use quintet::probe::PROBES;
use quintet::report::export::{Excerpts, Exporting, export};
use quintet::report::site::{About, Audience, build};
use quintet::run::{self, Memory, Run, Sink as _};
use quintet::scenario::model::TargetKind;
use quintet::transport::recorded::Recorded;
use quintet::transport::{Content, Exchange};
use quintet::verdict::Outcome;
use quintet::verdict::results::Planned;
use tokio::sync::watch;

use super::browser::read;
use super::{Files, SUITE, source};
use crate::fault_walk::cases::Nobody;
use crate::mock_world::five;
use crate::whole_suite::{expanded, folder, runtime};

/// What is asked: few enough that new checks elsewhere change nothing here.
const ASKED: &[&str] = &[
    "rdap.authority",
    "rdap.exclusive",
    "rpki.tree/dark-1h",
    "rpki.tree/dark-8h",
    "rpki.tree/dark-24h",
    "rpki.tree/dark-48h",
    "rpki.tree/manifest-remaining-hosted",
    "rpki.tree/ca-remaining-hosted",
];

/// Bodies of answers in memory.
#[derive(Debug)]
struct Bodies(BTreeMap<String, Bytes>);

impl Bodies {
    fn of(exchanges: &[Exchange]) -> Self {
        let bodies = exchanges.iter().filter_map(|exchange| {
            let body = exchange.answer.as_ref()?.body()?;
            match &body.content {
                Content::Memory(octets) => Some((body.digest.as_str().to_owned(), octets.clone())),
                Content::Elsewhere | Content::File(_) => None,
            }
        });
        Self(bodies.collect())
    }
}

impl Documents for Bodies {
    fn load(&self, digest: &Digest) -> Option<Bytes> {
        self.0.get(digest.as_str()).cloned()
    }
}

/// Returns what the public may see of the answers of a run.
fn exported(audit: &Audit, exchanges: Vec<Exchange>) -> Excerpts {
    let bodies = Bodies::of(&exchanges);
    let exporting = Exporting {
        audit: audit.clone(),
        suite: &SUITE,
        audience: &Audience::Public,
        at: audit.run.started,
        seal: String::new(),
        seen: seen(exchanges),
    };
    let sink = Files::default();
    export(exporting, &bodies, &sink).unwrap();
    let files = sink.0.into_inner().unwrap();
    Excerpts::read(&files["export.json"], &|path| files.get(path).cloned()).unwrap()
}

/// Asks the world at a time, with a fault or without, and judges it; without sockets, so that a
/// busy machine makes no service late.
fn audit(at: &str, fault: Option<&str>) -> (Audit, Excerpts) {
    let started: Timestamp = at.parse().unwrap();
    let mut target = SUITE.targets["mock"].clone();
    target.timeout = SignedDuration::from_mins(10);
    let asked: Vec<String> = ASKED.iter().map(|id| (*id).to_owned()).collect();
    let selection = Selection {
        filter: Filter::any(&asked).unwrap(),
        registries: Vec::new(),
        shard: None,
    };
    let plan = plan::make(&SUITE, &target, &selection, "here", started).unwrap();
    let plan = Arc::new(plan);
    let faults = world::faults(&folder()).unwrap_or_else(|error| panic!("{error:?}"));
    let world = match fault {
        Some(name) => {
            let fault = faults.iter().find(|fault| fault.name == name).unwrap();
            five().with_fault(fault).unwrap()
        }
        None => five(),
    };
    let clock: Arc<dyn Clock> = Arc::new(FixedClock(started));
    let direct = Direct::new(world, Arc::clone(&clock), Arc::new(Nobody));
    let memory = Arc::new(Memory::default());
    let run = Run {
        plan: Arc::clone(&plan),
        probes: PROBES,
        transport: Arc::new(Recorded::new(Arc::new(direct), Arc::clone(&memory) as _)),
        clock,
        sink: Arc::clone(&memory) as _,
        options: run::Options {
            jobs: 8,
            ..run::Options::at(started)
        },
    };
    let (_keep, interrupted) = watch::channel(false);
    let ended = runtime().block_on(run::execute(run, None, interrupted));
    assert!(ended.unwrap().complete);
    let memory = Arc::into_inner(memory).unwrap();
    let observations = memory.observations();
    let seen = u64::try_from(observations.len()).unwrap();
    let with = fault.map_or_else(String::new, |name| format!(" --fault {name}"));
    let run = audit::Run {
        id: format!("{}-example", started.strftime("%Y%m%dT%H%M%SZ")),
        target: "mock".to_owned(),
        kind: TargetKind::Mock,
        faults: fault.map(str::to_owned).into_iter().collect(),
        vantage: "here".to_owned(),
        started,
        partial: false,
        planned: Planned {
            scenarios: u64::try_from(plan.scenarios.len()).unwrap(),
            observations: seen,
            observed: seen,
        },
        reproduce: format!("quintet run {}{with} --at {at}", ASKED.join(" ")),
        flags: vec![format!("--at {at}")],
        parts: Vec::new(),
        file: None,
        shard: None,
    };
    let mut auditor = Auditor::new(&SUITE, &plan.registries, run);
    for planned in &plan.scenarios {
        let own = observations
            .iter()
            .filter(|o| o.key.scenario == planned.scenario.id);
        let ticks = memory.ticks(&planned.scenario.id);
        let planned = expanded(planned, &memory, &plan.registries);
        auditor.add(&planned, own.map(AsRef::as_ref), &ticks);
    }
    let audit = auditor.finish(&SUITE.policies["default"], Mode::Gate, &[]);
    let exported = exported(&audit, memory.exchanges());
    (audit, exported)
}

/// Returns the public site of two runs, a week apart, the second with a fault.
fn made() -> BTreeMap<String, String> {
    let (before, _) = audit("2026-11-14T10:00:00Z", None);
    let (after, exported) = audit("2026-11-21T10:00:00Z", Some("apnic-redirect-withheld"));
    let fails = |audit: &Audit| {
        audit
            .results
            .checks
            .iter()
            .any(|c| c.outcome == Outcome::Fail && c.operator.is_registry())
    };
    assert!(!fails(&before) && fails(&after));
    let sources = [before, after].map(|audit| source(audit, &Audience::Public));
    let about = About {
        title: "Five registries, side by side".to_owned(),
        audience: Audience::Public,
        base: String::new(),
        contact: String::new(),
    };
    let sink = Files::default();
    build(&about, sources.into(), &SUITE, &vec![exported], &sink).unwrap();
    let files = sink.0.into_inner().unwrap();
    files
        .into_iter()
        .map(|(path, octets)| (path, String::from_utf8(octets).unwrap()))
        .collect()
}

/// Returns what of a file is compared: what a page tells, without the frame that all pages share, the
/// faults that prove a check, digests and numbers, for the suite and the mock world grow every day.
fn compared(path: &str, text: &str) -> String {
    let lists_all = ["coverage.html", "data/coverage"];
    if lists_all.iter().any(|start| path.starts_with(start)) {
        return String::new();
    }
    let own = text.split_once("<main ").map_or(text, |(_, rest)| rest);
    let own = own.split_once("</main>").map_or(own, |(own, _)| own);
    let mut told = String::with_capacity(own.len());
    for (place, part) in own.split("<div><dt>proved by</dt>").enumerate() {
        let rest = part.split_once("</div>").map_or("", |(_, rest)| rest);
        told.push_str(if place == 0 { part } else { rest });
    }
    let told = without(&told, 12, |c| matches!(c, '0'..='9' | 'a'..='f'));
    without(&told, 1, |c| matches!(c, '0'..='9' | '.' | ',' | '-'))
}

/// Returns a text without runs of some characters that are at least so long.
fn without(text: &str, least: usize, is_part: fn(char) -> bool) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut run = String::new();
    for character in text.chars().chain(['\n']) {
        if is_part(character) {
            run.push(character);
            continue;
        }
        kept.push_str(if run.len() >= least { "…" } else { &run });
        run.clear();
        kept.push(character);
    }
    kept
}

#[test]
fn the_example_is_what_quintet_makes_of_two_runs() {
    let made = made();
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/example/site");
    let octets: usize = made.values().map(String::len).sum();
    assert!(
        octets < 1_600_000,
        "{octets} octets are too many for an example"
    );
    if std::env::var_os("QUINTET_BLESS").is_some() {
        drop(fs::remove_dir_all(&place));
        for (path, text) in &made {
            let file = place.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        return;
    }
    let kept = read(&place);
    let again =
        "`QUINTET_BLESS=1 cargo test --test it the_example` makes it anew; read what changed";
    assert!(kept.len() > 80, "{} files; {again}", kept.len());
    for (path, kept) in &kept {
        let text = made
            .get(path)
            .unwrap_or_else(|| panic!("no `{path}` any more; {again}"));
        let (kept, made) = (compared(path, kept), compared(path, text));
        let same = kept.chars().zip(made.chars()).take_while(|(a, b)| a == b);
        let from = same.count().saturating_sub(60);
        let part = |text: &str| text.chars().skip(from).take(160).collect::<String>();
        assert!(
            kept == made,
            "{path}: was …{}…, is …{}…; {again}",
            part(&kept),
            part(&made)
        );
    }
}
