//! What the world without faults shows, and one fault walked over it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Instant;

use jiff::SignedDuration;
use quintet::cli::direct::{Direct, question};
use quintet::cli::world;
use quintet::compare::Entries;
use quintet::fact::Subject;
use quintet::mock::fault::{Change, Fault, WireFault};
use quintet::mock::serve::Options as ServeOptions;
use quintet::mock::{Sound, World};
use quintet::plan::{Plan, PlannedScenario, items_of};
use quintet::probe::earlier::EarlierRun;
use quintet::registry::PerRegistry;
use quintet::run::Memory;
use quintet::scenario::model::CompareRule;
use quintet::scenario::suite::Suite;
use quintet::transport::{Exchange, Request, Transport};
use quintet::verdict::results::Results;
use quintet::verdict::{By, Outcome};

use super::bless::bless;
use super::cases::{Case, Sockets, host_of, on_the_wire};
use super::difference::{Difference, causes, passing_in};
use crate::whole_suite::{
    Beside, Cell, SOUND, Said, Verdicts, ask, ask_after, earlier_run, entries, folder, judge,
    judge_near, jumping_clock, plan, rehearsed, runtime, verdicts,
};

/// Suite, plan and what the world without faults shows.
pub(super) struct Ground {
    pub(super) suite: Arc<Suite>,
    pub(super) plan: Arc<Plan>,
    /// What was asked, each question once, in the order of `exchanges`.
    pub(super) questions: Vec<usize>,
    pub(super) exchanges: Vec<Exchange>,
    /// What is answered to each question before a fault is applied; none of what is no HTTP request.
    pub(super) sound: Vec<Option<Sound>>,
    /// The hosts that `exchanges` go to.
    pub(super) hosts: Vec<Option<String>>,
    pub(super) memory: Memory,
    pub(super) results: Results,
    /// What registries enter into comparisons, by scenario.
    pub(super) entries: HashMap<Arc<str>, Entries>,
    /// What is said of each scenario, and what passes in it by registry; comparisons have none.
    pub(super) verdicts: BTreeMap<String, Verdicts>,
    pub(super) passing: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    pub(super) faults: Vec<Fault>,
    /// Ids of the scenarios that are polled.
    pub(super) polled: HashSet<Arc<str>>,
    /// Ids of the rules that scenarios use and that can fail.
    pub(super) rules: BTreeSet<String>,
}

/// Rules whose blindness turned a fault's assertion red.
static PROVED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Time for each probe where nobody is slow: a busy machine must not make a service late.
const UNHURRIED: SignedDuration = SignedDuration::from_secs(60);

/// Read and run once for all tests of this file.
pub(super) static GROUND: LazyLock<Ground> = LazyLock::new(|| {
    let suite = Suite::read(&folder()).unwrap_or_else(|all| panic!("{all:#?}"));
    let plan = Arc::new(plan(&suite, Some(UNHURRIED)));
    let faults = world::faults(&folder()).unwrap_or_else(|error| panic!("{error:?}"));
    let runtime = runtime();
    let memory = runtime.block_on(async {
        let beside = Beside::serve(rehearsed()).await;
        let clock = jumping_clock();
        let direct = Direct::new(rehearsed(), Arc::clone(&clock), Arc::clone(&beside.live));
        let memory = ask(&plan, Arc::new(direct), Memory::default(), clock).await;
        beside.close().await;
        memory
    });
    let exchanges = memory.exchanges();
    let results = judge(&suite, &plan, &memory, &|_| true);
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let questions: Vec<usize> = exchanges
        .iter()
        .map(|exchange| {
            let next = numbers.len();
            // The same question at another time is another one.
            let question = format!("{} {:?}", exchange.at, exchange.request);
            *numbers.entry(question).or_insert(next)
        })
        .collect();
    let mut sound: Vec<Option<Sound>> = Vec::new();
    for (exchange, question) in exchanges.iter().zip(&questions) {
        if sound.len() == *question {
            sound.push(sound_of(exchange));
        }
    }
    let mut by_scenario: BTreeMap<String, Verdicts> = BTreeMap::new();
    for (cell, said) in verdicts(&results) {
        let own = by_scenario.entry(cell.0.clone()).or_default();
        own.insert(cell, said);
    }
    let passing = by_scenario.iter();
    let passing = passing.map(|(scenario, said)| (scenario.clone(), passing_in(said)));
    Ground {
        passing: passing.collect(),
        verdicts: by_scenario,
        questions,
        sound,
        hosts: exchanges.iter().map(|e| host_of(&e.request)).collect(),
        rules: rules(&suite),
        polled: polled(&plan),
        entries: entries(&suite, &plan, &memory),
        suite,
        plan,
        exchanges,
        memory,
        results,
        faults,
    }
});

/// Returns what is answered in the world without faults.
fn sound_of(exchange: &Exchange) -> Option<Sound> {
    let Request::Http(asked) = &exchange.request else {
        return None;
    };
    Sound::of(&rehearsed(), question(asked)?, exchange.at)
}

/// One fault, walked.
pub(super) struct Walked {
    pub(super) name: String,
    pub(super) seconds: f64,
    pub(super) fails: usize,
    /// What it reaches: failures and divergences that were seen.
    pub(super) reached: BTreeSet<String>,
    /// Rules whose blindness turned its assertion red.
    pub(super) proved: BTreeSet<String>,
    /// What is wrong with its `expects`; empty if all is well.
    pub(super) wrong: String,
}

impl Ground {
    /// Walks one fault.
    pub(super) async fn walk(&self, fault: &Fault, beside: &Arc<dyn Transport>) -> Walked {
        let began = Instant::now();
        let faulty = rehearsed().with_fault(fault).unwrap();
        let touched = self.touched(fault, &faulty).await;
        let where_to = places(&touched.cases);
        let memory = self.remembered(&touched);
        let near = match patience(fault) {
            Some(time) => kept(&plan(&self.suite, Some(time)), &where_to),
            None => kept(&self.plan, &where_to),
        };
        let near = Arc::new(near);
        let earlier = before(fault, &faulty, &where_to);
        let clock = jumping_clock();
        let memory = if on_the_wire(fault) {
            let serving = ServeOptions::default();
            let silence = patience(fault);
            let clock_there = Arc::clone(&clock);
            let on_sockets = Beside::timed(faulty.clone(), &serving, clock_there, silence).await;
            let transport = Sockets {
                live: Arc::clone(&on_sockets.live),
                direct: Direct::new(faulty, Arc::clone(&clock), Arc::clone(&on_sockets.live)),
                polled: match silence {
                    Some(_) => self.polled.clone(),
                    None => HashSet::new(),
                },
            };
            let memory = ask_after(&near, Arc::new(transport), memory, earlier, clock).await;
            on_sockets.close().await;
            memory
        } else {
            let direct = Direct::new(faulty, Arc::clone(&clock), Arc::clone(beside));
            ask_after(&near, Arc::new(direct), memory, earlier, clock).await
        };
        let chosen = |scenario: &str, registry: &str| match where_to.get(scenario) {
            Some(Some(registries)) => registry.is_empty() || registries.contains(registry),
            Some(None) => true,
            None => false,
        };
        let before = where_to.keys().filter_map(|s| self.verdicts.get(*s));
        let before: BTreeMap<&Cell, Said> = { before.flatten() }
            .filter(|(cell, _)| chosen(&cell.0, &cell.2))
            .map(|(cell, said)| (cell, *said))
            .collect();
        let results = judge_near(&self.suite, &self.plan, &near, &memory, &self.entries, None);
        let mut difference = Difference::between(&before, &verdicts(&results), fault);
        let expects = self.suite.faults.iter().find(|f| f.name == fault.name);
        let expects = expects.unwrap_or_else(|| panic!("`{}` expects nothing", fault.name));
        // What passes elsewhere tells whether a glob of what is not judged is too wide.
        let wide = !expects.inconclusive.is_empty() || std::env::var_os("QUINTET_BLESS").is_some();
        for (scenario, passing) in self.passing.iter().filter(|_| wide) {
            for registry in [fault.registry.as_str(), ""] {
                if !chosen(scenario, registry) {
                    let own = passing.get(registry).into_iter().flatten();
                    difference.kept.extend(own.cloned());
                }
            }
        }
        let changed = [
            &difference.fail,
            &difference.divergent,
            &difference.unjudged,
        ];
        difference
            .kept
            .retain(|id| changed.iter().all(|set| !set.contains(id)));
        difference.causes = causes(&results);
        let mut wrong = difference.wrong(expects);
        let mut proved = BTreeSet::new();
        if wrong.is_empty() {
            // One fault that turns red is proof enough of a rule.
            let open: Vec<&String> = {
                let begun = PROVED.lock().unwrap();
                let open = difference.fail.iter();
                open.filter(|id| self.rules.contains(*id) && !begun.contains(*id))
                    .collect()
            };
            // Where nothing changes elsewhere, the registry alone shows whether the rule still fails; and it
            // does so only where it failed before.
            let only = { difference.elsewhere.is_empty() }
                .then(|| BTreeSet::from([fault.registry.as_str()]));
            for rule in open {
                let failed = results.checks.iter().filter(|check| check.id == *rule);
                let failed = failed.filter(|check| check.outcome == Outcome::Fail);
                let failed = failed.map(|check| (check.scenario.as_str(), only.clone()));
                let own = kept(&near, &failed.collect());
                let blinded = judge_near(
                    &self.suite,
                    &self.plan,
                    &own,
                    &memory,
                    &self.entries,
                    Some(rule),
                );
                let mut failed = blinded.checks.iter().filter(|c| c.outcome == Outcome::Fail);
                if !failed.any(|check| check.id == *rule) {
                    PROVED.lock().unwrap().insert(rule.clone());
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
        reached.extend(difference.drift);
        Walked {
            name: fault.name.clone(),
            seconds: began.elapsed().as_secs_f64(),
            fails: difference.fail.len(),
            reached,
            proved,
            wrong,
        }
    }

    /// Returns everything that can fail or diverge.
    pub(super) fn can_fail(&self) -> BTreeSet<String> {
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

/// Scenarios with the registries in them that are looked at again; `None` for all registries.
type Places<'a> = BTreeMap<&'a str, Option<BTreeSet<&'a str>>>;

/// Returns where some cases are.
fn places(touched: &HashSet<Case>) -> Places<'_> {
    let mut places = Places::new();
    for (scenario, _, subject) in touched {
        let own = places.entry(scenario.as_ref());
        let registries = own.or_insert_with(|| Some(BTreeSet::new()));
        match subject {
            Subject::Registry(registry) => {
                if let Some(known) = registries {
                    known.insert(registry.as_str());
                }
            }
            Subject::Pair(..) | Subject::Shared => *registries = None,
        }
    }
    places
}

/// Returns of a plan what is at some places.
fn kept(plan: &Plan, places: &Places<'_>) -> Plan {
    let scenario = |planned: &PlannedScenario| {
        let registries = places.get(planned.scenario.id.as_ref())?;
        let mut own = PerRegistry::new();
        for (id, instances) in planned.instances.iter() {
            let mut known = registries.iter();
            if known.all(|registries| registries.contains(id.as_str())) {
                own.insert(id.clone(), instances.clone());
            }
        }
        Some(PlannedScenario {
            instances: own,
            scenario: Arc::clone(&planned.scenario),
            selected: planned.selected.clone(),
        })
    };
    Plan {
        target: Arc::clone(&plan.target),
        registries: plan.registries.clone(),
        everybody: plan.everybody.clone(),
        vantage: Arc::clone(&plan.vantage),
        scenarios: plan.scenarios.iter().filter_map(scenario).collect(),
    }
}

/// Returns what an earlier run saw under a fault: nothing of one that begins only now, and of one
/// that shows elsewhere than in repositories and files what is there without it.
fn before(fault: &Fault, faulty: &World, where_to: &Places<'_>) -> Arc<EarlierRun> {
    let registry = fault.registry.as_str();
    let certified = || faulty.rpki_plan(registry) != rehearsed().rpki_plan(registry);
    let in_files = |change: &Change| {
        matches!(
            change,
            Change::File { .. } | Change::Http { .. } | Change::World(_)
        )
    };
    let shown = fault.changes.iter().any(in_files);
    let asked = where_to.contains_key("stats.file")
        || (where_to.contains_key("transfers.log") && shown)
        || (where_to.contains_key("rpki.series") && (shown || certified()));
    if fault.begins_now || !asked {
        return Arc::clone(&SOUND);
    }
    Arc::new(earlier_run(faulty, Some(registry)))
}

/// Returns the ids of the scenarios that are polled.
fn polled(plan: &Plan) -> HashSet<Arc<str>> {
    let scenarios = plan.scenarios.iter().map(|planned| &planned.scenario);
    let polled = scenarios.filter(|scenario| scenario.poll.is_some());
    polled.map(|scenario| Arc::clone(&scenario.id)).collect()
}

/// Returns the ids of the rules that scenarios use.
fn rules(suite: &Suite) -> BTreeSet<String> {
    let scenarios = suite.scenarios.iter();
    scenarios
        .flat_map(|s| items_of(suite, s))
        .filter(|item| item.by == By::Rule && item.basis.level.can_fail())
        .map(|item| item.id.as_ref().to_owned())
        .collect()
}

/// Returns the time allowed for each probe under a fault: services that never end are not waited for long.
pub(super) fn patience(fault: &Fault) -> Option<SignedDuration> {
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
