//! The whole suite over a world of the mock: asked and judged without files, as often as a test wants.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use jiff::SignedDuration;
use quintet::audit::{self, Auditor};
use quintet::cli::drawn::expand;
use quintet::cli::past::Past;
use quintet::cli::{baselines, world};
use quintet::clock::{Clock, FixedClock, VirtualClock};
use quintet::compare::{Entries, drift};
use quintet::decide::{Mode, Terms, decide};
use quintet::fact::{Digest, Documents, Finding, Observation};
use quintet::judge::{self, Observed, Question};
use quintet::mock::serve::{Options as ServeOptions, Served};
use quintet::mock::{self, World};
use quintet::plan::{Plan, PlannedScenario, Selection};
use quintet::probe::PROBES;
use quintet::probe::earlier::{self, EarlierRun};
use quintet::registry::{PerRegistry, RegistryId};
use quintet::run::{self, Memory, Run, Sink as _};
use quintet::scenario::model::{Registry, TargetKind};
use quintet::scenario::suite::Suite;
use quintet::transport::Transport;
use quintet::transport::live::Live;
use quintet::transport::options::LiveOptions;
use quintet::transport::recorded::Recorded;
use quintet::verdict::baseline::Baselines;
use quintet::verdict::results::{Planned, Results};
use quintet::verdict::{Agreement, DriftClass, Level, Outcome};
use tokio::sync::watch;

use crate::folder::Folder;
use crate::mock_world::{five, now};

/// Jobs at a time within one registry: services that say nothing are waited for all at once.
const JOBS: usize = 256;

/// Returns the folder of the shipped suite.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// Returns the clock of the mock world.
pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock(now()))
}

/// Returns a clock for a whole run: it shows the time of the mock world and jumps to the ticks of polls.
pub(crate) fn jumping_clock() -> Arc<dyn Clock> {
    Arc::new(VirtualClock::new(now()))
}

/// Returns the world without faults, as a run sees it: rehearsed from now on.
pub(crate) fn rehearsed() -> World {
    static REHEARSED: LazyLock<World> = LazyLock::new(|| five().rehearsed(now()).unwrap());
    REHEARSED.clone()
}

/// What an earlier run saw of the world without faults.
pub(crate) static SOUND: LazyLock<Arc<EarlierRun>> =
    LazyLock::new(|| Arc::new(earlier_run(&rehearsed(), None)));

/// Returns what an earlier run saw of a world of the mock: of one registry, with the others as in the
/// world without faults, or of all.
pub(crate) fn earlier_run(world: &World, registry: Option<&str>) -> EarlierRun {
    let mut run = EarlierRun {
        id: "earlier".to_owned(),
        captures: BTreeMap::new(),
        documents: Arc::new(InMemory::default()),
    };
    let past = Past::of(world, now());
    let mut documents = BTreeMap::new();
    if registry.is_some() {
        run.captures.clone_from(&SOUND.captures);
    }
    let mut keep = |url: String, octets: Result<Vec<u8>, String>| {
        let known = octets.map(|octets| {
            let digest = Digest::of(&octets);
            documents.insert(digest.clone(), Bytes::from(octets));
            digest
        });
        run.captures.insert(url, known);
    };
    let asked = |operator: &str| registry.is_none_or(|registry| registry == operator);
    for operator in world.registries().filter(|operator| asked(&operator.id)) {
        let files = operator.files.as_ref();
        let Some((files, statistics)) = files.and_then(|f| Some((f, f.statistics.as_ref()?)))
        else {
            continue;
        };
        let url = format!("https://{}{}", files.host, statistics.latest());
        let octets = earlier::statistics(&past, &url, 1 << 30);
        keep(url, octets);
    }
    let sound = five();
    let certified = |plan: &mock::rpki::Plan| {
        registry.is_none() || sound.rpki_plan(&plan.operator).map(|sound| &**sound) != Some(plan)
    };
    let plans = world.rpki_plans().filter(|plan| asked(&plan.operator));
    for plan in plans.filter(|plan| certified(plan)) {
        for repository in &plan.repositories {
            let capture = earlier::capture(&past, &plan.tal, &repository.notify, 1 << 30);
            let octets = capture.and_then(|capture| capture.to_octets());
            keep(repository.notify.clone(), octets);
        }
    }
    for operator in world.registries().filter(|o| asked(&o.id)) {
        let files = operator.files.as_ref().unwrap();
        let log = files.transfers.as_ref().unwrap();
        let url = format!("https://{}{}", files.host, log.path);
        let short = earlier::log(&past, &url, 1 << 30);
        keep(url, short.map(|short| short.to_octets()));
    }
    let before = registry.map(|_| Arc::clone(&SOUND.documents));
    run.documents = Arc::new(InMemory { documents, before });
    run
}

/// Documents by digest, and where others are.
#[derive(Debug, Default)]
struct InMemory {
    documents: BTreeMap<Digest, Bytes>,
    before: Option<Arc<dyn Documents>>,
}

impl Documents for InMemory {
    fn load(&self, digest: &Digest) -> Option<Bytes> {
        let own = self.documents.get(digest).cloned();
        own.or_else(|| self.before.as_ref()?.load(digest))
    }
}

/// What a judgement says of one id at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Check(Outcome, Level),
    Comparison(Agreement, Level),
    /// A value beside what was accepted of the world without faults.
    Drift(DriftClass),
}

/// Scenario, id, registry, parameters and vantage; a comparison has no registry.
pub(crate) type Cell = (String, String, String, BTreeMap<String, String>, String);

/// All verdicts of some scenarios.
pub(crate) type Verdicts = BTreeMap<Cell, Said>;

pub(crate) fn verdicts(results: &Results) -> Verdicts {
    let checks = results.checks.iter().map(|check| {
        let registry = check.registry.as_str().to_owned();
        let cell = (
            check.scenario.clone(),
            check.id.clone(),
            registry,
            check.parameters.clone(),
            // What others operate at a registry has verdicts of its own.
            format!("{} {}", check.vantage, check.operator),
        );
        (cell, Said::Check(check.outcome, check.level))
    });
    let comparisons = results.comparisons.iter().map(|comparison| {
        let cell = (
            comparison.scenario.clone(),
            comparison.id.clone(),
            String::new(),
            comparison.parameters.clone(),
            String::new(),
        );
        (
            cell,
            Said::Comparison(comparison.agreement, comparison.level),
        )
    });
    let drifts = results.drifts.iter().map(|drift| {
        let cell = (
            drift.scenario.clone(),
            drift.id.clone(),
            drift.registry.as_str().to_owned(),
            drift.parameters.clone(),
            format!("{} {}", drift.vantage, drift.entry),
        );
        (cell, Said::Drift(drift.change))
    });
    checks.chain(comparisons).chain(drifts).collect()
}

/// What is accepted of the mock world, as it is shipped.
pub(crate) static ACCEPTED: LazyLock<Baselines> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    baselines::read(&folder, "mock").unwrap_or_else(|all| panic!("{all:#?}"))
});

/// Makes the plan of the whole suite, with another time allowed for each probe where given.
pub(crate) fn plan(suite: &Suite, timeout: Option<SignedDuration>) -> Plan {
    let mut target = suite.targets["mock"].clone();
    target.timeout = timeout.unwrap_or(target.timeout);
    quintet::plan::make(suite, &target, &Selection::default(), "here", now()).unwrap()
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// A world on sockets, and a transport that reaches nothing else.
pub(crate) struct Beside {
    pub(crate) served: Served,
    pub(crate) live: Arc<dyn Transport>,
    spool: Folder,
}

impl Beside {
    pub(crate) async fn serve(world: World) -> Self {
        Self::with(world, &ServeOptions::default()).await
    }

    pub(crate) async fn with(world: World, serving: &ServeOptions) -> Self {
        Self::timed(world, serving, clock(), None).await
    }

    /// Serves a world at a clock's time; whoever is silent for longer than is given is given up.
    pub(crate) async fn timed(
        world: World,
        serving: &ServeOptions,
        clock: Arc<dyn Clock>,
        silence: Option<SignedDuration>,
    ) -> Self {
        let served = world::serve(world, Arc::clone(&clock), serving)
            .await
            .unwrap();
        let spool = Folder::new("beside");
        let mut options = LiveOptions::closed(spool.path().to_owned(), BTreeMap::new(), Vec::new());
        world::lead_to(&mut options, &served);
        if let Some(silence) = silence {
            options.silence = silence.unsigned_abs();
        }
        options.path = std::env::var("PATH").unwrap();
        let live = Arc::new(Live::new(options, clock).unwrap());
        Self {
            served,
            live,
            spool,
        }
    }

    pub(crate) async fn close(self) {
        self.served.shutdown().await.unwrap();
        drop(self.spool);
    }
}

/// Asks what a memory does not remember yet, after an earlier run over the world without faults.
pub(crate) async fn ask(
    plan: &Arc<Plan>,
    transport: Arc<dyn Transport>,
    memory: Memory,
    clock: Arc<dyn Clock>,
) -> Memory {
    ask_after(plan, transport, memory, Arc::clone(&SOUND), clock).await
}

/// Asks what a memory does not remember yet, after an earlier run; it also keeps the exchanges.
pub(crate) async fn ask_after(
    plan: &Arc<Plan>,
    transport: Arc<dyn Transport>,
    memory: Memory,
    earlier: Arc<EarlierRun>,
    clock: Arc<dyn Clock>,
) -> Memory {
    let memory = Arc::new(memory);
    let run = Run {
        plan: Arc::clone(plan),
        probes: PROBES,
        transport: Arc::new(Recorded::new(transport, Arc::clone(&memory) as _)),
        clock,
        sink: Arc::clone(&memory) as _,
        options: run::Options {
            jobs: JOBS,
            earlier: Some(earlier),
            ..run::Options::at(now())
        },
    };
    let (_keep, interrupted) = watch::channel(false);
    let ended = run::execute(run, None, interrupted).await.unwrap();
    assert!(ended.complete);
    Arc::into_inner(memory).unwrap()
}

/// Judges the chosen scenarios.
pub(crate) fn judge(
    suite: &Suite,
    plan: &Plan,
    memory: &Memory,
    chosen: &dyn Fn(&str) -> bool,
) -> Results {
    let observations = memory.observations();
    let mut auditor = Auditor::new(suite, &plan.registries, the_run()).beside(&ACCEPTED);
    for planned in plan.scenarios.iter().filter(|p| chosen(&p.scenario.id)) {
        let own = observations
            .iter()
            .filter(|o| o.key.scenario == planned.scenario.id);
        let ticks = memory.ticks(&planned.scenario.id);
        let planned = expanded(planned, memory, &plan.registries);
        auditor.add(&planned, own.map(AsRef::as_ref), &ticks);
    }
    auditor
        .finish(&suite.policies["default"], Mode::Gate, &[])
        .results
}

/// Returns what is entered into all comparisons, by scenario.
pub(crate) fn entries(suite: &Suite, plan: &Plan, memory: &Memory) -> HashMap<Arc<str>, Entries> {
    let run = the_run();
    let question = question(suite, plan, &run);
    let observations = memory.observations();
    let mut all = HashMap::new();
    for planned in &plan.scenarios {
        let scenario = &planned.scenario.id;
        let own = observations.iter().filter(|o| o.key.scenario == *scenario);
        let ticks = memory.ticks(scenario);
        let observed = Observed::of(own.map(AsRef::as_ref)).with_ticks(&ticks);
        let whole = expanded(planned, memory, &plan.registries);
        let entries = Entries::gather(&question, &whole, &observed, |_| true);
        all.insert(Arc::clone(scenario), entries);
    }
    all
}

fn question<'r>(suite: &'r Suite, plan: &'r Plan, run: &'r audit::Run) -> Question<'r> {
    Question {
        parts: &[],
        registries: &plan.registries,
        catalog: &suite.catalog,
        target: &run.target,
        vantage: &run.vantage,
        now: run.started,
        partial: run.partial,
        baselines: &ACCEPTED,
    }
}

/// Judges the scenarios of `near` at the registries that are planned there, and compares all of `plan` in
/// them: the others enter with what they did `before`.
///
/// As if one rule had found nothing where it is given; then nothing is compared.
pub(crate) fn judge_near(
    suite: &Suite,
    plan: &Plan,
    near: &Plan,
    memory: &Memory,
    before: &HashMap<Arc<str>, Entries>,
    blind: Option<&str>,
) -> Results {
    let run = the_run();
    let observations = memory.observations();
    let question = question(suite, plan, &run);
    let (mut checks, mut comparisons, mut drifts) = (Vec::new(), Vec::new(), Vec::new());
    for planned in &near.scenarios {
        let scenario = &planned.scenario.id;
        let own = observations.iter().filter(|o| o.key.scenario == *scenario);
        let seen: Vec<Cow<'_, Observation>> = match blind {
            None => own.map(|o| Cow::Borrowed(o.as_ref())).collect(),
            Some(rule) => own.map(|o| without(o, rule)).collect(),
        };
        let ticks = memory.ticks(scenario);
        let observed = Observed::of(seen.iter().map(AsRef::as_ref)).with_ticks(&ticks);
        let registries = &plan.registries;
        let own = expanded(planned, memory, registries);
        let judged = judge::judge(&question, &own, &observed);
        checks.extend(judged.checks);
        if blind.is_none() {
            drifts.extend(drift(&question, &own, judged.kept));
            let mut all = plan.scenarios.iter();
            let whole = all.find(|p| p.scenario.id == *scenario).unwrap();
            let whole = expanded(whole, memory, registries);
            let gather = |of: &dyn Fn(&RegistryId) -> bool| {
                Entries::gather(&question, &whole, &observed, of)
            };
            let entries = gather(&|id| own.instances.of(id.as_str()).is_some());
            let entries = entries.or(&before[scenario]);
            let entries = entries.unwrap_or_else(|_| gather(&|_| true));
            comparisons.extend(entries.conclude(&whole));
        }
    }
    let mut results = Results {
        checks,
        comparisons,
        drifts,
        ..Auditor::new(suite, &plan.registries, the_run())
            .finish(&suite.policies["default"], Mode::Gate, &[])
            .results
    };
    let terms = Terms {
        policy: &suite.policies["default"],
        waivers: &suite.waivers,
        remarks: &suite.remarks,
        errata: &suite.errata,
        run: "",
        mode: Mode::Gate,
        kind: run.kind,
        now: run.started,
        release: &suite.release,
        registries: &plan.registries,
        past: &[],
    };
    decide(&mut results, &terms);
    results
}

/// Returns what a report says of a run over the world of the mock.
pub(crate) fn the_run() -> audit::Run {
    audit::Run {
        id: String::new(),
        target: "mock".to_owned(),
        kind: TargetKind::Mock,
        faults: Vec::new(),
        vantage: "here".to_owned(),
        started: now(),
        partial: false,
        planned: Planned::default(),
        parts: Vec::new(),
        reproduce: String::new(),
        flags: Vec::new(),
        file: None,
        shard: None,
    }
}

/// Returns a planned scenario with the instances that probes fed.
pub(crate) fn expanded(
    planned: &PlannedScenario,
    memory: &Memory,
    registries: &PerRegistry<Arc<Registry>>,
) -> PlannedScenario {
    let mut planned = planned.clone();
    let scenario = Arc::clone(&planned.scenario);
    expand(&mut planned, registries, now(), |registry, axis| {
        let drawn = memory.expanded(&scenario.id, registry, axis)?;
        Some(drawn.values)
    });
    planned
}

/// Returns an observation as if a rule had looked and found nothing.
fn without<'o>(observation: &'o Observation, rule: &str) -> Cow<'o, Observation> {
    let named = |finding: &Finding| finding.rule.as_ref() == rule;
    let found = observation.inspected.as_ref();
    if !found.is_some_and(|all| all.findings.iter().any(named)) {
        return Cow::Borrowed(observation);
    }
    let mut blinded = observation.clone();
    if let Some(inspected) = &mut blinded.inspected {
        inspected.findings.retain(|finding| !named(finding));
    }
    Cow::Owned(blinded)
}
