//! Cases: what a fault may change, and what is remembered of the others.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use quintet::cli::direct::Direct;
use quintet::clock::FixedClock;
use quintet::fact::{Digest, Key, Subject};
use quintet::mock::World;
use quintet::mock::fault::{Change, Fault};
use quintet::plan::{PlannedScenario, probes_feeding};
use quintet::run::{Memory, Sink as _};
use quintet::scenario::model::{Reach, Scenario};
use quintet::transport::{Boxed, Exchange, Request, Transport};

use super::ground::Ground;
use crate::mock_faults::certified;
use crate::whole_suite::rehearsed;

/// One scenario, instance and registry.
pub(super) type Case = (Arc<str>, Arc<str>, Subject);

fn case_of(key: &Key) -> Case {
    (
        Arc::clone(&key.scenario),
        Arc::clone(&key.instance),
        key.subject.clone(),
    )
}

/// What a fault may change.
#[derive(Default)]
pub(super) struct Touched {
    pub(super) cases: HashSet<Case>,
    /// Of polls, whose cases are long: probes and ticks that are answered otherwise.
    ticks: HashSet<(Case, Arc<str>, u32)>,
}

impl Touched {
    fn insert(&mut self, tick: (Case, Arc<str>, u32), polled: bool) {
        self.cases.insert(tick.0.clone());
        if polled {
            self.ticks.insert(tick);
        }
    }
}

/// The scenario that walks whole trees at every tick of a poll.
const ROUTES: &str = "transfers.routes";

impl Ground {
    /// Says whether routes are followed anew under a fault of what is certified: where its file says
    /// that this shows, and for all with `QUINTET_WALK=whole`. A tree for every tick and such fault
    /// would take longer than everything else.
    fn rehearses(&self, fault: &Fault) -> bool {
        let whole = std::env::var("QUINTET_WALK").is_ok_and(|value| value == "whole");
        let note = self
            .suite
            .faults
            .iter()
            .find(|note| note.name == fault.name);
        let shows = |ids: &[String]| ids.iter().any(|id| id.starts_with(ROUTES));
        whole
            || note.is_some_and(|n| shows(&n.fail) || shows(&n.divergent) || shows(&n.inconclusive))
    }

    /// Returns the cases of the baseline that a fault may change.
    pub(super) async fn touched(&self, fault: &Fault, faulty: &World) -> Touched {
        let operator = faulty.operator(&fault.registry).unwrap();
        let own = |host: &str| operator.hosts().any(|h| h == host);
        let rehearses = self.rehearses(fault);
        let sound = rehearsed();
        let edits = |change: &Change| matches!(change, Change::World(_));
        let edited = fault.changes.iter().all(edits);
        // Each question is asked again when it was asked first.
        let direct = |at| Direct::new(faulty.clone(), Arc::new(FixedClock(at)), Arc::new(Nobody));
        let mut known: HashMap<usize, bool> = HashMap::new();
        let mut touched = Touched::default();
        let asked = self.exchanges.iter().zip(&self.questions).zip(&self.hosts);
        for ((exchange, question), host) in asked {
            let key = &exchange.key;
            let case = case_of(key);
            let polled = self.polled.contains(&key.scenario);
            let tick = (case, Arc::clone(&key.probe), key.tick);
            if touched.ticks.contains(&tick) || !polled && touched.cases.contains(&tick.0) {
                continue;
            }
            // What happens later changes nothing yet.
            if edited && faulty.is_as(&sound, exchange.at) {
                continue;
            }
            let near = host.as_deref().is_none_or(|h| own(h) || faulty.is_iana(h));
            let on_the_wire = on_the_wire(fault) && host.as_deref().is_some_and(own);
            if on_the_wire && { host.as_deref() }.is_some_and(|h| fault.may_show_at(faulty, h)) {
                touched.insert(tick, polled);
                continue;
            }
            // A socket cannot tell a faulty world from a sound one if the wire is sound.
            let pure = match &exchange.request {
                Request::Http(_) | Request::Dns(_) => true,
                Request::Tcp(tcp) => {
                    tcp.port == 43 && !tcp.send.is_empty() || is_rsync(&exchange.request)
                }
                Request::Program(_) => is_rsync(&exchange.request),
                Request::Tls(_) => false,
            };
            if !pure || !(near || in_the_world(fault) || in_files(fault)) {
                continue;
            }
            // Every question to the DNS would be answered anew for every fault of a page.
            if matches!(exchange.request, Request::Dns(_)) && !in_the_dns(fault) {
                continue;
            }
            // What is certified shows in repositories only; `mock_faults` holds that.
            if certified(fault) && !host.as_ref().is_some_and(|h| operator.rpki.contains(h)) {
                continue;
            }
            // Whole trees at every tick: see `rehearses`.
            if certified(fault) && !rehearses && exchange.key.scenario.as_ref() == ROUTES {
                continue;
            }
            let differs = match known.get(question) {
                Some(differs) => *differs,
                None if { &self.sound[*question] }
                    .as_ref()
                    .is_some_and(|s| !s.is_changed(faulty, fault)) =>
                {
                    known.insert(*question, false);
                    false
                }
                None => {
                    let request = exchange.request.clone();
                    let direct = direct(exchange.at);
                    let again = direct.exchange(&exchange.key, exchange.step, request).await;
                    let differs =
                        again.answer != exchange.answer || again.failure != exchange.failure;
                    known.insert(*question, differs);
                    differs
                }
            };
            if differs {
                touched.insert(tick, polled);
            }
        }
        touched
    }

    /// Returns what the baseline remembers of the scenarios of some cases, but for these.
    pub(super) fn remembered(&self, touched: &Touched) -> Memory {
        let memory = Memory::default();
        let scenarios: HashSet<&str> = touched.cases.iter().map(|(s, ..)| s.as_ref()).collect();
        // What feeds an axis at a registry makes its cases there.
        let mut fed: HashSet<(&str, &Subject)> = HashSet::new();
        for case in &touched.cases {
            let (scenario, instance, subject) = case;
            if instance.is_empty() && self.feeds(case, touched) {
                fed.insert((scenario.as_ref(), subject));
            }
        }
        let shared = touched
            .cases
            .iter()
            .filter(|(.., of)| *of == Subject::Shared);
        let shared: HashSet<&str> = shared.map(|(scenario, ..)| scenario.as_ref()).collect();
        for observation in self.memory.observations() {
            let key = &observation.key;
            let scenario = key.scenario.as_ref();
            if !scenarios.contains(scenario) || fed.contains(&(scenario, &key.subject)) {
                continue;
            }
            // A shared observation is everybody's, but for probes that wait for nothing.
            let is_free = !shared.contains(scenario) || self.is_alone(scenario, &key.probe);
            if is_free && !self.is_stale(key, touched) {
                memory.observe(&observation).unwrap();
            }
        }
        // Who is asked again is asked at the same times.
        for tick in self.memory.all_ticks() {
            if scenarios.contains(tick.scenario.as_ref()) {
                memory.tick(&tick).unwrap();
            }
        }
        for expansion in self.memory.expansions() {
            let scenario = expansion.scenario.as_ref();
            let subject = Subject::Registry(expansion.registry.clone());
            if !fed.contains(&(scenario, &subject)) && !shared.contains(scenario) {
                memory.expand(&expansion).unwrap();
            }
        }
        memory
    }

    /// Says whether what all instances of a registry share may make other instances: of a poll only what
    /// is read for that.
    fn feeds(&self, case: &Case, touched: &Touched) -> bool {
        let planned = self.planned(&case.0);
        if !planned.instances.iter().any(|(_, all)| all.is_empty()) {
            return false;
        }
        let scenario = &planned.scenario;
        let axes = scenario.matrix.iter();
        let feeding: Vec<Arc<str>> = axes
            .flat_map(|a| probes_feeding(scenario, a))
            .cloned()
            .collect();
        let before = waited_for(scenario, feeding.iter().collect());
        !self.polled.contains(&case.0) || { touched.ticks.iter() }.any(|(of, probe, _)| {
            of == case && (feeding.contains(probe) || before.contains(&probe))
        })
    }

    /// Says whether what a probe saw may be otherwise: of a poll only where it, or a probe that it waits for, is
    /// answered otherwise at some tick.
    fn is_stale(&self, key: &Key, touched: &Touched) -> bool {
        let case = case_of(key);
        if !self.polled.contains(&key.scenario) {
            return touched.cases.contains(&case);
        }
        let before = waited_for(&self.planned(&key.scenario).scenario, vec![&key.probe]);
        // A probe may wait for one that all instances share.
        let near = |of: &Case| of.2 == case.2 && (of.1 == case.1 || of.1.is_empty());
        let mut ticks = { touched.ticks.iter() }.filter(|(of, ..)| of.0 == case.0 && near(of));
        ticks.any(|(of, probe, tick)| {
            *of == case && *probe == key.probe && *tick == key.tick || before.contains(&probe)
        })
    }

    fn planned(&self, scenario: &str) -> &PlannedScenario {
        let mut planned = self.plan.scenarios.iter();
        let own = planned.find(|p| p.scenario.id.as_ref() == scenario);
        own.unwrap()
    }

    /// Says whether a probe is each registry's own, and waits for no other.
    fn is_alone(&self, scenario: &str, probe: &str) -> bool {
        let probes = self.planned(scenario).scenario.probes.iter();
        let mut named = probes.filter(|p| p.name.as_ref() == probe);
        named.any(|p| p.reach != Reach::All && p.after.is_empty())
    }
}

/// Returns the probes that some wait for, directly or through others.
fn waited_for<'s>(scenario: &'s Scenario, mut open: Vec<&'s Arc<str>>) -> Vec<&'s Arc<str>> {
    let mut before: Vec<&Arc<str>> = Vec::new();
    while let Some(name) = open.pop() {
        let mut probes = scenario.probes.iter();
        let after = &probes.find(|probe| probe.name == *name).unwrap().after;
        open.extend(after.iter().filter(|other| !before.contains(other)));
        before.extend(after);
    }
    before
}

/// Says whether a fault is one of the wire, which is seen on sockets only.
pub(super) fn on_the_wire(fault: &Fault) -> bool {
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

/// Says whether a fault edits a file, which mirrors and what is computed from it show too.
fn in_files(fault: &Fault) -> bool {
    fault
        .changes
        .iter()
        .any(|change| matches!(change, Change::File { .. }))
}

/// Says whether a fault may show in answers of the DNS.
fn in_the_dns(fault: &Fault) -> bool {
    let changes = fault.changes.iter();
    let mut shown = changes.filter(|change| matches!(change, Change::Dns(_) | Change::World(_)));
    shown.next().is_some() && !certified(fault)
}

/// Returns the host that a request goes to, in lower case; none of a DNS query, which all share.
pub(super) fn host_of(request: &Request) -> Option<String> {
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

/// Says whether a request is one to an rsync daemon, by the program or without it.
fn is_rsync(request: &Request) -> bool {
    match request {
        Request::Tcp(tcp) => tcp.port == 873,
        Request::Program(program) => program.program == "rsync",
        Request::Http(_) | Request::Dns(_) | Request::Tls(_) => false,
    }
}

/// A world on sockets, but for rsync and polls: a daemon for each fault of the wire would cost more than
/// it shows, and a service that never ends would be waited for at every tick.
#[derive(Debug)]
pub(super) struct Sockets {
    pub(super) live: Arc<dyn Transport>,
    pub(super) direct: Direct,
    /// Ids of the scenarios that are polled, where services are slow.
    pub(super) polled: HashSet<Arc<str>>,
}

impl Transport for Sockets {
    fn exchange<'a>(
        &'a self,
        key: &'a Arc<Key>,
        step: u32,
        request: Request,
    ) -> Boxed<'a, Exchange> {
        match is_rsync(&request) || self.polled.contains(&key.scenario) {
            true => self.direct.exchange(key, step, request),
            false => self.live.exchange(key, step, request),
        }
    }

    fn keep(&self, digest: &Digest, octets: &Bytes) {
        self.live.keep(digest, octets);
    }
}

/// A transport behind which there is nobody.
#[derive(Debug)]
pub(crate) struct Nobody;

impl Transport for Nobody {
    fn exchange<'a>(&'a self, _: &'a Arc<Key>, _: u32, request: Request) -> Boxed<'a, Exchange> {
        panic!("nobody is there to be asked {request:?}")
    }

    fn keep(&self, _: &Digest, _: &Bytes) {}
}
