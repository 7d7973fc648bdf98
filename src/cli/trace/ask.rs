//! A trace by asking: one scenario that no file has, run as every other one is.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::saved::bootstrap;
use super::shelf::Shelf;
use super::{Args, Question, Stopped, chosen};
use crate::bundle::{Bundle, Fetched, Here, RunRecord, Writer};
use crate::cli::guest::Guest;
use crate::cli::shell::Shell;
use crate::cli::{here, progress, record, target, world};
use crate::clock::{Clock, FixedClock, RealClock};
use crate::expr::{Scope, Template, Type};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::inspect::trace::{Subject, Trace};
use crate::mock::serve::{Options as ServeOptions, Served};
use crate::plan::{self, Plan, PlannedScenario};
use crate::probe::PROBES;
use crate::registry::{PerRegistry, RegistryId};
use crate::run::{self, Memory, Run};
use crate::scenario::model::{
    ArgumentText, Family, Lets, Probe, Reach, Registry, Scenario, Target, TargetKind,
};
use crate::scenario::suite::Suite;
use crate::transport::Recorder;
use crate::transport::live::Live;
use crate::transport::recorded::Recorded;
use crate::verdict::results::Place;

/// The id of the scenario of a trace; no file declares it.
pub(super) const SCENARIO: &str = "trace";

/// IANA's registries that have addresses of IPv4, of IPv6, and AS numbers.
const IANA: [&[&str]; 3] = [
    &[
        "ipv4-address-space",
        "ipv4-recovered-address-space-1",
        "ipv4-recovered-address-space-2",
        "iana-ipv4-special-registry",
    ],
    &[
        "ipv6-address-space",
        "ipv6-unicast-address-assignments",
        "iana-ipv6-special-registry",
    ],
    &["as-numbers", "iana-as-numbers-special-registry"],
];

/// Asks everybody, and puts together what they say.
pub(super) async fn trace(
    args: &Args,
    guest: Option<&Guest>,
    target: &Target,
    subject: &Subject,
    questions: &[Question],
    suite: &Suite,
    shell: &Shell,
) -> Result<Trace, Stopped> {
    let wall: Arc<dyn Clock> = Arc::new(RealClock::new());
    let clock: Arc<dyn Clock> = match args.at {
        Some(time) => Arc::new(FixedClock(time)),
        None => Arc::clone(&wall),
    };
    let started = clock.now();
    let registries = registries(args, suite, target)?;
    let everybody = plan::everybody(suite, &plan::registries(suite, target));
    let plan = Plan {
        everybody,
        ..plan(args, target, registries, subject, questions)
    };
    let plan = Arc::new(plan);
    let served = match target.kind {
        TargetKind::Mock if target.access.connect_to.is_empty() => {
            let world = world::read(&shell.suite, &args.fault)?;
            let options = ServeOptions {
                rsync: world::rsync(shell),
                ..ServeOptions::default()
            };
            Some(world::serve(world, Arc::clone(&clock), &options).await?)
        }
        TargetKind::Mock | TargetKind::Live | TargetKind::Staging => None,
    };
    let here = here::look(target, served.as_ref(), shell);
    let asking = Asking {
        args,
        guest,
        target,
        plan: &plan,
        clock: &clock,
        shell,
        served: served.as_ref(),
        here,
        started,
    };
    let shelf = match &args.out {
        Some(folder) => {
            let record = asking.record(suite, subject);
            let writer = Writer::create_at(folder, wall.now(), record)?;
            // Who reads the trace again does not need the target's file where it was.
            if let Some(guest) = guest {
                writer.keep(&guest.record.digest, &guest.octets);
            }
            asking.to_files(Arc::new(writer), wall.now()).await
        }
        None => asking.to_memory().await,
    };
    if let Some(served) = served
        && let Err(error) = served.shutdown().await
    {
        shell.error(&format!("a task of the mock world failed: {error}"));
    }
    let mut shelf = shelf?;
    let probes = plan
        .scenarios
        .iter()
        .flat_map(|planned| &planned.scenario.probes);
    if !probes.into_iter().any(|probe| probe.kind.name == "stats") {
        shelf.keep_answered_statistics();
    }
    Ok(shelf.trace(subject, &plan.registries))
}

fn registries(
    args: &Args,
    suite: &Suite,
    target: &Target,
) -> Result<PerRegistry<Arc<Registry>>, Stopped> {
    let chosen = chosen(args, suite)?;
    let all = plan::registries(suite, target);
    let own = all
        .iter()
        .filter(|(id, _)| chosen.is_empty() || chosen.contains(id));
    Ok(own
        .map(|(id, registry)| (id.clone(), Arc::clone(registry)))
        .collect())
}

/// Returns the plan: the scenario once at every registry.
fn plan(
    args: &Args,
    target: &Target,
    registries: PerRegistry<Arc<Registry>>,
    subject: &Subject,
    questions: &[Question],
) -> Plan {
    let scenario = Arc::new(scenario(&registries, subject, questions));
    let once = plan::instances(&[], &[]).unwrap_or_default();
    let instances = registries.ids().map(|id| (id.clone(), once.clone()));
    let planned = PlannedScenario {
        scenario,
        selected: PerRegistry::new(),
        instances: instances.collect(),
    };
    Plan {
        target: Arc::new(target.clone()),
        registries,
        everybody: PerRegistry::new(),
        vantage: Arc::from(args.vantage.as_str()),
        scenarios: vec![planned],
    }
}

fn scenario(
    registries: &PerRegistry<Arc<Registry>>,
    subject: &Subject,
    questions: &[Question],
) -> Scenario {
    let mut probes = Vec::new();
    for question in questions {
        probes.extend(asked(*question, subject));
    }
    Scenario {
        id: Arc::from(SCENARIO),
        title: format!("What is said of {subject}"),
        why: String::new(),
        tags: Vec::new(),
        registries: registries.ids().cloned().collect(),
        vars: PerRegistry::new(),
        matrix: Vec::new(),
        lets: Lets::default(),
        needs: Vec::new(),
        pair: None,
        poll: None,
        stages: Vec::new(),
        windows: BTreeMap::new(),
        probes,
        checks: Vec::new(),
        rules: Vec::new(),
        compare: Vec::new(),
        renamed_from: Vec::new(),
        place: nowhere(),
    }
}

fn nowhere() -> Place {
    Place {
        file: "quintet trace".to_owned(),
        line: 1,
        column: 1,
    }
}

/// Returns the probes of a question, named after their kinds: `rdap-1`.
fn asked(question: Question, subject: &Subject) -> Vec<Probe> {
    let literal = |text: &str| text.replace("${", "$${");
    let several = |kind: &'static str, all: Vec<String>| {
        let numbered = (1..).zip(all);
        let probes = numbered.filter_map(|(number, text)| {
            let name = format!("{kind}-{number}");
            probe(kind, &name, &literal(&text), &[])
        });
        probes.collect::<Vec<Probe>>()
    };
    let one = |made: Option<Probe>| made.into_iter().collect();
    match question {
        Question::Iana => {
            let which = match subject {
                Subject::Asn(_) | Subject::Asns(..) | Subject::Holder(_) => 2,
                Subject::Address(_) | Subject::Prefix(_) | Subject::Range(_) => {
                    usize::from(!subject.is_ipv4())
                }
            };
            let only = IANA.get(which).copied().unwrap_or_default();
            let arguments = [("form", Wanted::Text("xml")), ("only", Wanted::Texts(only))];
            one(probe("iana", "iana-1", "${run.iana}", &arguments).map(shared))
        }
        Question::Bootstrap => {
            let files = bootstrap(subject).iter();
            let accept = [("accept", Wanted::Text("application/json"))];
            let probes = files.filter_map(|file| {
                let url = format!("${{run.bootstrap}}{file}.json");
                probe("http", "http-1", &url, &accept).map(shared)
            });
            probes.collect()
        }
        Question::Statistics => one(probe("stats", "stats-1", "${registry.stats.url}", &[])),
        Question::TransferLog => {
            let url = "${registry.transfers.url}";
            one(probe("transfer_log", "transfer_log-1", url, &[]))
        }
        Question::Rdap => several("rdap", subject.rdap()),
        Question::Whois => several("whois", subject.whois()),
        Question::ReverseDns => {
            let zone = subject.zone().into_iter();
            let look = [("look", Wanted::Text("delegation"))];
            let probes = zone.filter_map(|zone| probe("zone", "zone-1", &zone, &look).map(shared));
            probes.collect()
        }
        Question::Rpki => {
            let made = probe("rpki_tree", "rpki_tree-1", "${registry.rpki.tal}", &[]);
            one(made.map(|probe| Probe {
                // Whole repositories take their time.
                timeout: Some(jiff::SignedDuration::from_mins(30)),
                ..probe
            }))
        }
    }
}

/// A value of an argument.
#[derive(Clone, Copy)]
enum Wanted {
    Text(&'static str),
    Texts(&'static [&'static str]),
}

/// Returns a probe; `None` if this program has none of the kind, or what is asked is no template.
fn probe(
    kind: &str,
    name: &str,
    subject: &str,
    arguments: &[(&'static str, Wanted)],
) -> Option<Probe> {
    let kind: &'static ProbeKind = vocabulary::PROBES
        .iter()
        .copied()
        .find(|known| known.name == kind)?;
    let scope = Scope::new()
        .with("registry", Type::Map)
        .with("run", Type::Map);
    let template = |text: &str| Template::compile(text, &scope).ok();
    let mut written = BTreeMap::new();
    for (name, wanted) in arguments {
        let value = match wanted {
            Wanted::Text(text) => ArgumentText::Text(template(text)?),
            Wanted::Texts(texts) => {
                let texts: Option<Vec<Template>> =
                    texts.iter().map(|text| template(text)).collect();
                ArgumentText::Texts(texts?)
            }
        };
        written.insert(*name, value);
    }
    Some(Probe {
        name: Arc::from(name),
        kind,
        subject: template(subject)?,
        arguments: written,
        when: None,
        after: Vec::new(),
        timeout: None,
        retry: None,
        family: Family::Any,
        at: None,
        reach: Reach::Case,
        place: nowhere(),
    })
}

fn shared(probe: Probe) -> Probe {
    Probe {
        reach: Reach::All,
        ..probe
    }
}

/// Returns the kind that a probe of this scenario is named after.
pub(super) fn kind_of(name: &str) -> &str {
    name.rsplit_once('-').map_or(name, |(kind, _)| kind)
}

/// Everything that asking needs.
struct Asking<'a> {
    args: &'a Args,
    guest: Option<&'a Guest>,
    target: &'a Target,
    plan: &'a Arc<Plan>,
    clock: &'a Arc<dyn Clock>,
    shell: &'a Shell,
    served: Option<&'a Served>,
    here: Here,
    started: Timestamp,
}

impl Asking<'_> {
    fn record(&self, suite: &Suite, subject: &Subject) -> RunRecord {
        record::of_trace(&record::Traced {
            resource: &subject.to_string(),
            shell: self.shell,
            suite,
            plan: self.plan,
            here: &self.here,
            started: self.started,
            fixed: self.args.at.is_some(),
            faults: &self.args.fault,
            registries: &self.chosen(),
            guest: self.guest,
        })
    }

    fn chosen(&self) -> Vec<RegistryId> {
        match self.args.registry.is_empty() {
            true => Vec::new(),
            false => self.plan.registries.ids().cloned().collect(),
        }
    }

    /// Asks, and keeps everything in memory; large bodies are in a folder that is removed again.
    async fn to_memory(&self) -> Result<Shelf, Stopped> {
        let name = format!("quintet-trace-{}", record::run_id(self.started));
        let spool = Spool(std::env::temp_dir().join(name));
        let memory = Arc::new(Memory::default());
        let recorder: Arc<dyn Recorder> = memory.clone();
        let sink: Arc<dyn run::Sink> = memory.clone();
        self.run(recorder, sink, spool.0.clone(), "trace").await?;
        let mut shelf = Shelf::default();
        for seen in memory.observations() {
            let probe = Arc::clone(&seen.key.probe);
            shelf.put(kind_of(&probe), &probe, seen);
        }
        let limit = self.target.limits.capture_bytes;
        shelf.read_statistics(&self.plan.registries, &*memory, limit);
        Ok(shelf)
    }

    /// Asks, keeps everything in a bundle, and reads it again from there.
    async fn to_files(&self, writer: Arc<Writer>, now: Timestamp) -> Result<Shelf, Stopped> {
        let folder = writer.folder().to_owned();
        let recorder: Arc<dyn Recorder> = writer.clone();
        let sink: Arc<dyn run::Sink> = writer.clone();
        let id = writer.run().id.clone();
        self.run(recorder, sink, writer.spool(), &id).await?;
        writer.finish(now)?;
        self.shell.note(&format!("bundle   {}", folder.display()));
        let bundle = Arc::new(Bundle::open(&folder)?);
        let mut shelf = Shelf::default();
        for seen in bundle.observations(SCENARIO)? {
            let probe = Arc::clone(&seen.key.probe);
            shelf.put(kind_of(&probe), &probe, Arc::new(seen));
        }
        let answers = Fetched::of(bundle)?;
        let limit = self.target.limits.capture_bytes;
        shelf.read_statistics(&self.plan.registries, &answers, limit);
        Ok(shelf)
    }

    async fn run(
        &self,
        recorder: Arc<dyn Recorder>,
        sink: Arc<dyn run::Sink>,
        spool: PathBuf,
        id: &str,
    ) -> Result<(), Stopped> {
        std::fs::create_dir_all(&spool).map_err(Stopped::Spool)?;
        let mut options = target::options(
            self.target,
            &self.plan.registries,
            id,
            spool,
            self.args.state.as_deref(),
            self.clock,
            self.shell,
            self.args.contact.as_deref(),
        )?;
        if let Some(served) = self.served {
            world::lead_to(&mut options, served);
        }
        let budget = options.budget.clone();
        let live = Live::new(options, Arc::clone(self.clock))?;
        let run = Run {
            plan: Arc::clone(self.plan),
            probes: PROBES,
            transport: Arc::new(Recorded::new(Arc::new(live), recorder)),
            clock: Arc::clone(self.clock),
            sink,
            options: run::Options {
                here: self.here.clone(),
                ..run::Options::at(self.started)
            },
        };
        let (events, heard) = mpsc::unbounded_channel();
        let wall: Arc<dyn Clock> = Arc::new(RealClock::new());
        let shown = tokio::spawn(progress::show(heard, self.shell.clone(), wall));
        let (interrupt, interrupted) = watch::channel(false);
        let signal = crate::cli::asking::interrupt_on_signal(interrupt, self.shell.clone());
        let listener = tokio::spawn(signal);
        let ended = run::execute(run, Some(events), interrupted).await;
        listener.abort();
        if let Err(error) = shown.await {
            let words = format!("showing progress failed: {error}");
            self.shell.error(&words);
        }
        if let Some(budget) = budget {
            budget.save().map_err(target::TargetError::from)?;
        }
        match ended?.complete {
            true => Ok(()),
            false => Err(Stopped::Interrupted),
        }
    }
}

/// A folder that is removed when it is no longer needed.
struct Spool(PathBuf);

impl Drop for Spool {
    fn drop(&mut self) {
        // What cannot be removed is in the machine's folder for such things.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
