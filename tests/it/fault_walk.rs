//! The fault walk: every fault of the mock world changes exactly the verdicts it names.
//!
//! The whole suite is run on the world without faults once. For a fault only that is asked
//! and judged again which it can change, and this loses nothing:
//!
//! - What the mock answers is a pure function of world, request and time. The requests of the
//!   baseline are put to the faulty world; a *case* (one scenario, instance and registry) all of
//!   whose answers are the same is the same case, because probes read nothing but their own case.
//! - Cases with another answer are asked again, everything else is remembered from the baseline
//!   in the way a resumed run remembers it. Scenarios with such a case are judged again as a whole.
//! - A fault of the wire is no matter of pure answers. It runs over sockets, and every case that
//!   meets a host of its registry is asked again.
//!
//! `QUINTET_BLESS=1 cargo test --test it fault_walk` writes what was seen into `expects` of the
//! files that are wrong; look at each difference before you keep it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Instant;

use bytes::Bytes;
use jiff::SignedDuration;
use quintet::audit::{self, Auditor};
use quintet::cli::direct::Direct;
use quintet::cli::judging::expand;
use quintet::cli::world;
use quintet::clock::{Clock, FixedClock};
use quintet::decide::Mode;
use quintet::fact::{Digest, Key, Observation, Subject};
use quintet::mock::World;
use quintet::mock::fault::{Change, Fault, Kind, WireFault};
use quintet::mock::serve::{Options as ServeOptions, Served};
use quintet::plan::{Plan, Selection, items_of};
use quintet::probe::PROBES;
use quintet::run::{self, Memory, Run, Sink as _};
use quintet::scenario::glob;
use quintet::scenario::model::{CompareRule, TargetKind};
use quintet::scenario::suite::{FaultNote, Suite};
use quintet::transport::live::Live;
use quintet::transport::options::LiveOptions;
use quintet::transport::recorded::Recorded;
use quintet::transport::{Boxed, Exchange, Request, Transport};
use quintet::verdict::results::{Planned, Results};
use quintet::verdict::{Agreement, By, Level, Outcome};
use tokio::sync::watch;

use crate::mock_world::{five, now};

/// Threads of the walk; as many as the machine of `.ci/run` has cores. Faults that wait have threads of their own.
const THREADS: usize = 2;

/// Most failures of a fault that shows what one id is for.
const FEW: usize = 4;

/// Jobs at a time within one registry: services that say nothing are waited for all at once.
const JOBS: usize = 256;

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock(now()))
}

/// One scenario, instance and registry.
type Case = (Arc<str>, Arc<str>, Subject);

fn case_of(key: &Key) -> Case {
    (
        Arc::clone(&key.scenario),
        Arc::clone(&key.instance),
        key.subject.clone(),
    )
}

/// What a judgement says of one id at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Check(Outcome, Level),
    Comparison(Agreement, Level),
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
            check.vantage.clone(),
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
    checks.chain(comparisons).collect()
}

/// Suite, plan and what the world without faults shows.
struct Ground {
    suite: Suite,
    plan: Arc<Plan>,
    /// What was asked, each question once, in the order of `exchanges`.
    questions: Vec<usize>,
    exchanges: Vec<Exchange>,
    memory: Memory,
    results: Results,
    verdicts: Verdicts,
    faults: Vec<Fault>,
}

/// Read and run once for all tests of this file.
static GROUND: LazyLock<Ground> = LazyLock::new(|| {
    let suite = Suite::read(&folder()).unwrap_or_else(|all| panic!("{all:#?}"));
    let plan = Arc::new(plan(&suite, None));
    let faults = world::faults(&folder()).unwrap_or_else(|error| panic!("{error:?}"));
    let runtime = runtime();
    let memory = runtime.block_on(async {
        let beside = Beside::serve(five()).await;
        let direct = Direct::new(five(), clock(), Arc::clone(&beside.live));
        let memory = ask(&plan, Arc::new(direct), Memory::default()).await;
        beside.close().await;
        memory
    });
    let exchanges = memory.exchanges();
    let results = judge(&suite, &plan, &memory, &|_| true, None);
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let questions = exchanges
        .iter()
        .map(|exchange| {
            let next = numbers.len();
            let question = format!("{:?}", exchange.request);
            *numbers.entry(question).or_insert(next)
        })
        .collect();
    Ground {
        verdicts: verdicts(&results),
        questions,
        suite,
        plan,
        exchanges,
        memory,
        results,
        faults,
    }
});

/// Returns what the whole suite finds in the world without faults.
pub(crate) fn baseline() -> &'static Results {
    &GROUND.results
}

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
    spool: PathBuf,
}

impl Beside {
    pub(crate) async fn serve(world: World) -> Self {
        let served = world::serve(world, clock(), &ServeOptions::default())
            .await
            .unwrap();
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let spool = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("beside-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&spool).unwrap();
        let mut options = LiveOptions::closed(spool.clone(), BTreeMap::new(), Vec::new());
        world::lead_to(&mut options, &served);
        let live = Arc::new(Live::new(options, clock()).unwrap());
        Self {
            served,
            live,
            spool,
        }
    }

    pub(crate) async fn close(self) {
        self.served.shutdown().await.unwrap();
        std::fs::remove_dir_all(&self.spool).unwrap();
    }
}

/// Asks what a memory does not remember yet; it also keeps the exchanges.
pub(crate) async fn ask(plan: &Arc<Plan>, transport: Arc<dyn Transport>, memory: Memory) -> Memory {
    let memory = Arc::new(memory);
    let run = Run {
        plan: Arc::clone(plan),
        probes: PROBES,
        transport: Arc::new(Recorded::new(transport, Arc::clone(&memory) as _)),
        clock: clock(),
        sink: Arc::clone(&memory) as _,
        options: run::Options {
            jobs: JOBS,
            ..run::Options::at(now())
        },
    };
    let (_keep, interrupted) = watch::channel(false);
    let ended = run::execute(run, None, interrupted).await.unwrap();
    assert!(ended.complete);
    Arc::into_inner(memory).unwrap()
}

/// Judges the chosen scenarios, as if one rule had found nothing where it is given.
pub(crate) fn judge(
    suite: &Suite,
    plan: &Plan,
    memory: &Memory,
    chosen: &dyn Fn(&str) -> bool,
    blind: Option<&str>,
) -> Results {
    let run = audit::Run {
        target: "mock".to_owned(),
        kind: TargetKind::Mock,
        faults: Vec::new(),
        vantage: "here".to_owned(),
        started: now(),
        partial: false,
        planned: Planned::default(),
        reproduce: String::new(),
        flags: Vec::new(),
    };
    let observations = memory.observations();
    let mut auditor = Auditor::new(suite, &plan.registries, run);
    for planned in plan.scenarios.iter().filter(|p| chosen(&p.scenario.id)) {
        let mut planned = planned.clone();
        let scenario = Arc::clone(&planned.scenario);
        expand(&mut planned, |registry, axis| {
            let drawn = memory.expanded(&scenario.id, registry, axis)?;
            Some(drawn.values)
        });
        let own = observations
            .iter()
            .filter(|o| o.key.scenario == scenario.id);
        match blind {
            None => auditor.add(&planned, own.map(AsRef::as_ref)),
            Some(rule) => {
                let blinded: Vec<Observation> = own.map(|o| without(o, rule)).collect();
                auditor.add(&planned, &blinded);
            }
        }
    }
    auditor
        .finish(&suite.policies["default"], Mode::Gate, &[])
        .results
}

/// Returns an observation as if a rule had looked and found nothing.
fn without(observation: &Observation, rule: &str) -> Observation {
    let mut blinded = observation.clone();
    if let Some(inspected) = &mut blinded.inspected {
        inspected.findings.retain(|f| f.rule.as_ref() != rule);
    }
    blinded
}

/// What a fault changed.
#[derive(Debug, Default)]
struct Difference {
    fail: BTreeSet<String>,
    divergent: BTreeSet<String>,
    /// Ids that were judged in the baseline and are not any more.
    unjudged: BTreeSet<String>,
    /// Ids that end with an error of ours.
    broken: BTreeSet<String>,
    /// Ids that are judged at another registry than the fault's in another way than before.
    elsewhere: BTreeSet<String>,
    /// Ids that pass at the fault's registry everywhere, as before.
    kept: BTreeSet<String>,
    /// Why there is no verdict.
    causes: BTreeSet<String>,
    /// One line for each verdict that differs.
    lines: Vec<String>,
}

impl Difference {
    /// Compares verdicts. Two things are no difference: whatever a check at level `observe` says,
    /// since it has no verdict; and a check that begins to apply and passes, or that does not
    /// apply for another reason.
    fn between(before: &Verdicts, after: &Verdicts, fault: &Fault) -> Self {
        let mut difference = Self {
            kept: passing(after, fault),
            ..Self::default()
        };
        let cells: BTreeSet<&Cell> = before.keys().chain(after.keys()).collect();
        for cell in cells {
            let (was, is) = (before.get(cell).copied(), after.get(cell).copied());
            if was == is {
                continue;
            }
            let id = cell.1.clone();
            let (set, words) = match (was, is) {
                (
                    Some(Said::Check(_, Level::Observe)) | None,
                    Some(Said::Check(_, Level::Observe)) | None,
                )
                | (Some(Said::Check(_, Level::Observe)), _) => continue,
                (_, Some(Said::Check(Outcome::Fail, _))) => (&mut difference.fail, "fail"),
                (_, Some(Said::Check(Outcome::Error, _))) => (&mut difference.broken, "error"),
                (_, Some(Said::Check(Outcome::Inconclusive, _))) => {
                    (&mut difference.unjudged, "inconclusive")
                }
                (Some(Said::Check(Outcome::Pass, _)), Some(Said::Check(outcome, _))) => {
                    (&mut difference.unjudged, outcome.as_str())
                }
                (_, Some(Said::Check(..))) => continue,
                (_, Some(Said::Comparison(Agreement::Divergent, _))) => {
                    (&mut difference.divergent, "divergent")
                }
                (
                    _,
                    Some(
                        Said::Comparison(_, Level::Observe)
                        | Said::Comparison(Agreement::Consistent, _),
                    ),
                ) => {
                    continue;
                }
                (_, Some(Said::Comparison(agreement, _))) => {
                    (&mut difference.unjudged, agreement.as_str())
                }
                (Some(_), None) => (&mut difference.unjudged, "gone"),
            };
            set.insert(id);
            let (scenario, id, registry, parameters, _) = cell;
            if !registry.is_empty() && *registry != fault.registry {
                difference.elsewhere.insert(id.clone());
            }
            let line = format!("{id} at {registry} in {scenario} {parameters:?}: {words}");
            difference.lines.push(line);
        }
        difference
    }

    /// Says what a fault expects otherwise; empty if it is right.
    fn wrong(&self, expects: &FaultNote) -> String {
        let mut wrong = String::new();
        let sets = [&self.fail, &self.divergent, &self.unjudged];
        let seen_nothing = sets.iter().all(|set| set.is_empty());
        let mut exact = |what: &str, seen: &BTreeSet<String>, named: &[String]| {
            let named: BTreeSet<String> = named.iter().cloned().collect();
            let not_named: Vec<_> = seen.difference(&named).collect();
            let not_seen: Vec<_> = named.difference(seen).collect();
            if !not_named.is_empty() {
                writeln!(wrong, "  {what}, but not named: {not_named:?}").unwrap();
            }
            if !not_seen.is_empty() {
                writeln!(wrong, "  named in `{what}`, but not seen: {not_seen:?}").unwrap();
            }
        };
        exact("fail", &self.fail, &expects.fail);
        exact("divergent", &self.divergent, &expects.divergent);
        exact("error", &self.broken, &[]);
        exact("causes", &self.causes, &expects.causes);
        if seen_nothing {
            writeln!(wrong, "  nobody notices it").unwrap();
        }
        let globs = &expects.inconclusive;
        for id in &self.unjudged {
            if !globs.iter().any(|g| glob::matches(g, id)) {
                writeln!(wrong, "  not judged, but not named: {id}").unwrap();
            }
        }
        for unused in globs
            .iter()
            .filter(|g| !self.unjudged.iter().any(|id| glob::matches(g, id)))
        {
            writeln!(wrong, "  named in `inconclusive`, but all judged: {unused}").unwrap();
        }
        for wide in globs {
            let mut kept = self.kept.iter().filter(|id| glob::matches(wide, id));
            if let Some(id) = kept.next() {
                let more = kept.count();
                writeln!(wrong, "  `{wide}` is too wide: {id} and {more} others pass").unwrap();
            }
        }
        let elsewhere = &expects.elsewhere;
        let reasons: Vec<&String> = elsewhere.iter().flat_map(|e| &e.ids).collect();
        for id in &self.elsewhere {
            if !reasons.iter().any(|g| glob::matches(g, id)) {
                writeln!(
                    wrong,
                    "  no reason why it changes at another registry: {id}"
                )
                .unwrap();
            }
        }
        for unused in reasons
            .iter()
            .filter(|g| !self.elsewhere.iter().any(|id| glob::matches(g, id)))
        {
            writeln!(
                wrong,
                "  named in `elsewhere`, but not seen there: {unused}"
            )
            .unwrap();
        }
        wrong
    }
}

/// Returns the ids that pass or agree, whatever the parameters, at a fault's registry.
fn passing(verdicts: &Verdicts, fault: &Fault) -> BTreeSet<String> {
    let passes = verdicts.iter().filter(|(cell, said)| match said {
        Said::Check(outcome, level) => {
            *outcome == Outcome::Pass && *level != Level::Observe && cell.2 == fault.registry
        }
        Said::Comparison(agreement, level) => {
            *agreement == Agreement::Consistent && *level != Level::Observe
        }
    });
    passes.map(|(cell, _)| cell.1.clone()).collect()
}

/// Returns why verdicts are inconclusive.
fn causes(results: &Results) -> BTreeSet<String> {
    let open = results.checks.iter().filter(|c| c.level != Level::Observe);
    open.filter_map(|c| Some(c.cause?.as_str().to_owned()))
        .collect()
}

/// Returns the time allowed for each probe under a fault: services that never end are not waited for long.
fn patience(fault: &Fault) -> Option<SignedDuration> {
    let slow = fault.changes.iter().any(|change| {
        matches!(
            change,
            Change::Wire {
                kind: WireFault::Silent | WireFault::Drip,
                ..
            }
        )
    });
    slow.then(|| SignedDuration::from_secs(2))
}

/// Says roughly how long a fault is walked, to walk the longest first.
fn weight(fault: &Fault) -> u8 {
    let heavy = |change: &Change| match change {
        Change::Wire { .. } => 3,
        Change::Http { when, .. } if when.on.contains(&Kind::All) => 2,
        Change::World(_) => 1,
        _ => 0,
    };
    fault.changes.iter().map(heavy).max().unwrap_or(0)
}

fn on_the_wire(fault: &Fault) -> bool {
    fault
        .changes
        .iter()
        .any(|change| matches!(change, Change::Wire { .. }))
}

/// Says whether a fault edits the world, which may show anywhere.
fn in_the_world(fault: &Fault) -> bool {
    fault
        .changes
        .iter()
        .any(|change| matches!(change, Change::World(_)))
}

/// Returns the host that a request goes to, in lower case; none of a DNS query, which all share.
fn host_of(request: &Request) -> Option<String> {
    match request {
        Request::Http(http) => {
            let url = url::Url::parse(&http.url).ok()?;
            Some(url.host_str()?.to_lowercase())
        }
        Request::Dns(_) => None,
        Request::Tls(tls) => Some(tls.host.to_lowercase()),
        Request::Tcp(tcp) => Some(tcp.host.to_lowercase()),
        Request::Program(program) => Some(program.host.to_lowercase()),
    }
}

/// One fault, walked.
struct Walked {
    name: String,
    seconds: f64,
    fails: usize,
    /// What it reaches: failures and divergences that were seen.
    reached: BTreeSet<String>,
    /// Rules whose blindness turned its assertion red.
    proved: BTreeSet<String>,
    /// What is wrong with its `expects`; empty if all is well.
    wrong: String,
}

impl Ground {
    /// Returns the cases of the baseline that a fault may change.
    async fn touched(&self, fault: &Fault, faulty: &World) -> HashSet<Case> {
        let operator = faulty.operator(&fault.registry).unwrap();
        let own = |host: &str| operator.hosts().any(|h| h == host);
        let direct = Direct::new(faulty.clone(), clock(), Arc::new(Nobody));
        let mut known: HashMap<usize, bool> = HashMap::new();
        let mut touched = HashSet::new();
        for (exchange, question) in self.exchanges.iter().zip(&self.questions) {
            let case = case_of(&exchange.key);
            if touched.contains(&case) {
                continue;
            }
            let host = host_of(&exchange.request);
            let near = host
                .as_deref()
                .is_none_or(|h| own(h) || h == faulty.bootstrap_host());
            if on_the_wire(fault) && host.as_deref().is_some_and(own) {
                touched.insert(case);
                continue;
            }
            // A socket cannot tell a faulty world from a sound one if the wire is sound.
            let pure = match &exchange.request {
                Request::Http(_) | Request::Dns(_) => true,
                Request::Tcp(tcp) => tcp.port == 43 && !tcp.send.is_empty(),
                Request::Tls(_) | Request::Program(_) => false,
            };
            if !pure || !(near || in_the_world(fault)) {
                continue;
            }
            let differs = match known.get(question) {
                Some(differs) => *differs,
                None => {
                    let request = exchange.request.clone();
                    let again = direct.exchange(&exchange.key, exchange.step, request).await;
                    let differs =
                        again.answer != exchange.answer || again.failure != exchange.failure;
                    known.insert(*question, differs);
                    differs
                }
            };
            if differs {
                touched.insert(case);
            }
        }
        touched
    }

    /// Returns what the baseline remembers of the scenarios of some cases, but for these.
    fn remembered(&self, touched: &HashSet<Case>) -> Memory {
        let memory = Memory::default();
        let scenarios: HashSet<&str> = touched.iter().map(|(s, ..)| s.as_ref()).collect();
        // A shared observation is everybody's, and what feeds an axis makes the cases themselves.
        let whole: HashSet<&str> = touched
            .iter()
            .filter(|(scenario, _, subject)| {
                let planned = self.plan.scenarios.iter();
                let mut own = planned.filter(|p| p.scenario.id == *scenario);
                *subject == Subject::Shared
                    || own.any(|p| p.instances.iter().any(|(_, all)| all.is_empty()))
            })
            .map(|(scenario, ..)| scenario.as_ref())
            .collect();
        for observation in self.memory.observations() {
            if !scenarios.contains(observation.key.scenario.as_ref()) {
                continue;
            }
            let case = case_of(&observation.key);
            if !touched.contains(&case) && !whole.contains(case.0.as_ref()) {
                memory.observe(&observation).unwrap();
            }
        }
        for expansion in self.memory.expansions() {
            if !whole.contains(expansion.scenario.as_ref()) {
                memory.expand(&expansion).unwrap();
            }
        }
        memory
    }

    /// Walks one fault.
    async fn walk(&self, fault: &Fault, beside: &Arc<dyn Transport>) -> Walked {
        let began = Instant::now();
        let faulty = five().with_fault(fault).unwrap();
        let touched = self.touched(fault, &faulty).await;
        let scenarios: HashSet<&str> = touched.iter().map(|(s, ..)| s.as_ref()).collect();
        let memory = self.remembered(&touched);
        let mut short = match patience(fault) {
            Some(time) => plan(&self.suite, Some(time)),
            None => Plan::clone(&self.plan),
        };
        short
            .scenarios
            .retain(|planned| scenarios.contains(planned.scenario.id.as_ref()));
        let plan = Arc::new(short);
        let memory = if on_the_wire(fault) {
            let on_sockets = Beside::serve(faulty).await;
            let memory = ask(&plan, Arc::clone(&on_sockets.live), memory).await;
            on_sockets.close().await;
            memory
        } else {
            let direct = Direct::new(faulty, clock(), Arc::clone(beside));
            ask(&plan, Arc::new(direct), memory).await
        };
        let chosen = |scenario: &str| scenarios.contains(scenario);
        let (before, others): (Verdicts, Verdicts) = self
            .verdicts
            .iter()
            .map(|(cell, said)| (cell.clone(), *said))
            .partition(|(cell, _)| chosen(&cell.0));
        let judged = |blind: Option<&str>| {
            let results = judge(&self.suite, &self.plan, &memory, &chosen, blind);
            let mut difference = Difference::between(&before, &verdicts(&results), fault);
            difference.kept.extend(passing(&others, fault));
            let changed = [
                &difference.fail,
                &difference.divergent,
                &difference.unjudged,
            ];
            difference
                .kept
                .retain(|id| changed.iter().all(|set| !set.contains(id)));
            difference.causes = causes(&results);
            (difference, results)
        };
        let (difference, results) = judged(None);
        let expects = self.suite.faults.iter().find(|f| f.name == fault.name);
        let expects = expects.unwrap_or_else(|| panic!("`{}` expects nothing", fault.name));
        let mut wrong = difference.wrong(expects);
        let mut proved = BTreeSet::new();
        if wrong.is_empty() {
            let rules = self.rules();
            for rule in difference.fail.iter().filter(|id| rules.contains(*id)) {
                if !judged(Some(rule)).0.wrong(expects).is_empty() {
                    proved.insert(rule.clone());
                }
            }
        } else {
            for line in difference.lines.iter().take(200) {
                writeln!(wrong, "    {line}").unwrap();
            }
            for check in results.checks.iter().filter(|c| {
                matches!(c.outcome, Outcome::Fail | Outcome::Error) && !expects.fail.contains(&c.id)
            }) {
                writeln!(
                    wrong,
                    "    why {} at {}: {}",
                    check.id, check.registry, check.message
                )
                .unwrap();
            }
            bless(expects, &difference);
        }
        let mut reached = difference.fail.clone();
        reached.extend(difference.divergent);
        Walked {
            name: fault.name.clone(),
            seconds: began.elapsed().as_secs_f64(),
            fails: difference.fail.len(),
            reached,
            proved,
            wrong,
        }
    }

    /// Returns the ids of the rules that scenarios use.
    fn rules(&self) -> BTreeSet<String> {
        let scenarios = self.suite.scenarios.iter();
        scenarios
            .flat_map(|s| items_of(&self.suite, s))
            .filter(|item| item.by == By::Rule && item.basis.level.can_fail())
            .map(|item| item.id.as_ref().to_owned())
            .collect()
    }

    /// Returns everything that can fail or diverge.
    fn can_fail(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for scenario in &self.suite.scenarios {
            let items = items_of(&self.suite, scenario);
            let shown = |id: &str| {
                let mut reports = scenario.compare.iter();
                reports.any(|c| c.id.as_ref() == id && matches!(c.rule, CompareRule::Report))
            };
            all.extend(
                items
                    .iter()
                    .filter(|item| item.basis.level.can_fail() && !shown(item.id))
                    .map(|item| item.id.as_ref().to_owned()),
            );
        }
        all
    }
}

/// A transport behind which there is nobody.
#[derive(Debug)]
struct Nobody;

impl Transport for Nobody {
    fn exchange<'a>(&'a self, _: &'a Arc<Key>, _: u32, request: Request) -> Boxed<'a, Exchange> {
        panic!("nobody is there to be asked {request:?}")
    }

    fn keep(&self, _: &Digest, _: &Bytes) {}
}

/// Writes what was seen into a fault's file, if that is wanted.
fn bless(fault: &FaultNote, seen: &Difference) {
    if std::env::var_os("QUINTET_BLESS").is_none() {
        return;
    }
    let path = folder().join(format!("worlds/faults/{}.yaml", fault.name));
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, _) = text
        .split_once("\nexpects:")
        .unwrap_or((text.trim_end(), ""));
    let list = |ids: Vec<&str>| match ids.as_slice() {
        [] => "[]".to_owned(),
        ids => {
            let quoted = ids.iter().map(|id| match id.contains('*') {
                true => format!("\"{id}\""),
                false => (*id).to_owned(),
            });
            format!("[{}]", quoted.collect::<Vec<_>>().join(", "))
        }
    };
    let globs: Vec<&str> = fault
        .inconclusive
        .iter()
        .map(String::as_str)
        .filter(|g| *g != "**" && seen.unjudged.iter().any(|id| glob::matches(g, id)))
        .collect();
    let pure = |g: &str| !seen.kept.iter().any(|id| glob::matches(g, id));
    let globs: Vec<&str> = globs.into_iter().filter(|g| pure(g)).collect();
    let mut unjudged: BTreeSet<String> = globs.iter().map(|g| (*g).to_owned()).collect();
    let rest: Vec<&String> = seen
        .unjudged
        .iter()
        .filter(|id| !globs.iter().any(|g| glob::matches(g, id)))
        .collect();
    for id in &rest {
        // Where all of an area is lost, the area says it better than a hundred ids.
        let parts: Vec<&str> = id.split(['.', '/']).collect();
        let areas = (1..parts.len()).map(|n| format!("{}.**", parts[..n].join(".")));
        let several = |g: &str| rest.iter().filter(|i| glob::matches(g, i)).count() > 1;
        let area = areas.into_iter().find(|g| pure(g) && several(g));
        let area = area.filter(|_| rest.len() > 12);
        unjudged.insert(area.unwrap_or_else(|| (*id).clone()));
    }
    let exact = |ids: &BTreeSet<String>| list(ids.iter().map(String::as_str).collect());
    let mut text = format!(
        "{head}\nexpects:\n  fail: {}\n  divergent: {}\n  inconclusive: {}\n",
        exact(&seen.fail),
        exact(&seen.divergent),
        exact(&unjudged)
    );
    if !seen.causes.is_empty() {
        writeln!(text, "  causes: {}", exact(&seen.causes)).unwrap();
    }
    // A reason is for people to write: what has none keeps the walk red.
    let kept = |g: &&String| seen.elsewhere.iter().any(|id| glob::matches(g, id));
    for (number, entry) in fault.elsewhere.iter().enumerate() {
        let ids: Vec<&str> = entry.ids.iter().filter(kept).map(String::as_str).collect();
        if ids.is_empty() {
            continue;
        }
        if number == 0 {
            text.push_str("  elsewhere:\n");
        }
        writeln!(text, "    - ids: {}", list(ids)).unwrap();
        writeln!(text, "      reason: {}", entry.reason).unwrap();
    }
    std::fs::write(&path, text).unwrap();
}

/// Walked once for all tests of this file.
static WALKED: LazyLock<Vec<Walked>> = LazyLock::new(|| {
    let ground = &*GROUND;
    let began = Instant::now();
    // Those that wait go first, so that the others are walked meanwhile.
    let (waiting, mut faults): (Vec<&Fault>, Vec<&Fault>) = ground
        .faults
        .iter()
        .partition(|fault| patience(fault).is_some());
    faults.sort_by_key(|fault| std::cmp::Reverse(weight(fault)));
    let next = AtomicUsize::new(0);
    let walked = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for fault in waiting {
            let walked = &walked;
            scope.spawn(move || {
                let runtime = runtime();
                let beside = runtime.block_on(Beside::serve(five()));
                let one = runtime.block_on(ground.walk(fault, &beside.live));
                walked.lock().unwrap().push(one);
                runtime.block_on(beside.close());
            });
        }
        for _ in 0..THREADS {
            scope.spawn(|| {
                let runtime = runtime();
                let beside = runtime.block_on(Beside::serve(five()));
                while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let one = runtime.block_on(ground.walk(fault, &beside.live));
                    walked.lock().unwrap().push(one);
                }
                runtime.block_on(beside.close());
            });
        }
    });
    let mut walked = walked.into_inner().unwrap();
    walked.sort_by(|a, b| a.name.cmp(&b.name));
    eprintln!(
        "fault walk: {} faults in {:.1} s",
        walked.len(),
        began.elapsed().as_secs_f64()
    );
    let mut slow: Vec<&Walked> = walked.iter().collect();
    slow.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    for one in slow.iter().take(5) {
        eprintln!("  {:5.1} s  {}", one.seconds, one.name);
    }
    walked
});

#[test]
fn the_baseline_fails_nothing_and_judges_nearly_everything() {
    let results = &GROUND.results;
    let mut wrong = String::new();
    let (mut can_fail, mut pass) = (0_usize, 0_usize);
    for check in &results.checks {
        if check.level == Level::Observe {
            continue;
        }
        can_fail += 1;
        pass += usize::from(check.outcome == Outcome::Pass);
        if matches!(
            check.outcome,
            Outcome::Fail | Outcome::Error | Outcome::Inconclusive
        ) {
            writeln!(
                wrong,
                "{} at {} {:?}: {} {}",
                check.id, check.registry, check.parameters, check.outcome, check.message
            )
            .unwrap();
        }
    }
    for comparison in &results.comparisons {
        let holds = comparison.agreement == Agreement::Consistent;
        if !holds && comparison.level != Level::Observe {
            writeln!(
                wrong,
                "{} {:?}: {} {}",
                comparison.id, comparison.parameters, comparison.agreement, comparison.message
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    eprintln!("baseline: {pass} of {can_fail} cells that can fail are pass");
}

#[test]
fn every_fault_changes_exactly_the_verdicts_it_names() {
    let mut fails: Vec<usize> = WALKED.iter().map(|w| w.fails).collect();
    fails.sort_unstable();
    let median = fails[fails.len() / 2];
    let wrong: String = WALKED
        .iter()
        .filter(|w| !w.wrong.is_empty())
        .map(|w| format!("{}:\n{}", w.name, w.wrong))
        .collect();
    eprintln!("median of `fail`: {median}");
    assert!(
        wrong.is_empty(),
        "{wrong}`QUINTET_BLESS=1` writes what was seen into these files"
    );
    assert!(median <= FEW, "the median of `fail` is {median}");
}

#[test]
fn every_id_that_can_fail_is_reached_by_a_fault() {
    let reached: BTreeSet<&String> = WALKED.iter().flat_map(|w| &w.reached).collect();
    let all = GROUND.can_fail();
    let never: Vec<&String> = all.iter().filter(|id| !reached.contains(id)).collect();
    eprintln!(
        "{} ids can fail, {} are never reached",
        all.len(),
        never.len()
    );
    assert!(never.is_empty(), "no fault reaches {never:#?}");
    let narrow = WALKED.iter().filter(|w| w.fails <= FEW);
    let reached: BTreeSet<&String> = narrow.flat_map(|w| &w.reached).collect();
    let never: Vec<&String> = all.iter().filter(|id| !reached.contains(id)).collect();
    assert!(
        never.is_empty(),
        "no fault with at most {FEW} failures reaches {never:#?}"
    );
}

#[test]
fn a_rule_that_always_passes_turns_a_fault_red() {
    let proved: BTreeSet<&String> = WALKED.iter().flat_map(|w| &w.proved).collect();
    let rules = GROUND.rules();
    let unproved: Vec<&String> = rules.iter().filter(|id| !proved.contains(id)).collect();
    eprintln!(
        "{} rules can fail, {} were proved",
        rules.len(),
        proved.len()
    );
    assert!(
        unproved.is_empty(),
        "nothing notices if these always pass: {unproved:#?}"
    );
}
