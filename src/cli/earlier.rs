//! What an earlier run captured, taken for a later one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::past::Past;
use crate::bundle::{Bundle, BundleError, EarlierRecord, Evidence, Fetched, RunRecord, Taken};
use crate::fact::vocabulary::ProbeKind;
use crate::fact::{Digest, Documents};
use crate::mock::World;
use crate::plan::Plan;
use crate::probe::PROBES;
use crate::probe::earlier::{self, Answers, EarlierRun};
use crate::run::service_of;

/// Says why an earlier run cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoEarlier {
    /// It cannot be read.
    #[error("cannot read the earlier run `{}`", path.display())]
    Bundle {
        /// Its folder.
        path: PathBuf,
        /// Why.
        source: BundleError,
    },
    /// It was interrupted.
    #[error("the earlier run `{0}` has not ended; expected a finished one")]
    Partial(String),
    /// It asked something else.
    #[error("the earlier run `{id}` asked the target `{found}`; expected one of `{expected}`")]
    Target {
        /// Its id.
        id: String,
        /// Its target.
        found: String,
        /// The target of the later run.
        expected: String,
    },
    /// It left a registry out.
    #[error(
        "the earlier run `{id}` did not ask {missing}; expected one that asked the same registries"
    )]
    Registry {
        /// Its id.
        id: String,
        /// Registries of the later run, alphabetically.
        missing: String,
    },
    /// It is not earlier.
    #[error("the earlier run `{id}` began at {found}; expected before {expected}")]
    NotOlder {
        /// Its id.
        id: String,
        /// When it began.
        found: Timestamp,
        /// When the later one begins.
        expected: Timestamp,
    },
}

/// What is taken of an earlier run, before the later one has a bundle.
#[derive(Debug)]
pub(super) struct Earlier {
    /// What the later run writes down of it.
    pub(super) record: EarlierRecord,
    /// Captures in short, by digest.
    pub(super) documents: BTreeMap<Digest, Bytes>,
}

/// Takes what an earlier run captured of the repositories that a plan asks, and its transfer logs.
///
/// A repository of which it has no whole capture, and a log that it has not, is written down with the reason.
///
/// # Errors
///
/// [`NoEarlier`].
pub(super) fn take(path: &Path, plan: &Plan, started: Timestamp) -> Result<Earlier, NoEarlier> {
    let unread = |source| NoEarlier::Bundle {
        path: path.to_owned(),
        source,
    };
    let bundle = Arc::new(Bundle::open(path).map_err(unread)?);
    let run = bundle.run();
    let id = run.id.clone();
    if bundle.is_partial() {
        return Err(NoEarlier::Partial(id));
    }
    if run.target.name != plan.target.name.as_ref() {
        return Err(NoEarlier::Target {
            id,
            found: run.target.name.clone(),
            expected: plan.target.name.as_ref().to_owned(),
        });
    }
    let missing: Vec<&str> = plan
        .registries
        .ids()
        .filter(|id| run.registries.iter().all(|known| known.id != **id))
        .map(|id| id.as_str())
        .collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        return Err(NoEarlier::Registry { id, missing });
    }
    if run.started >= started {
        return Err(NoEarlier::NotOlder {
            id,
            found: run.started,
            expected: started,
        });
    }
    let fetched = Fetched::of(Arc::clone(&bundle)).map_err(unread)?;
    Ok(Earlier::of(id, run.started, plan, &fetched))
}

/// Says whether anything that a plan asks is compared with what an earlier run captured.
pub(super) fn is_of_use(plan: &Plan) -> bool {
    let kinds = |kind: &ProbeKind| {
        let mut probes = PROBES.iter();
        probes.any(|probe| probe.looks_back() && probe.kind().name == kind.name)
    };
    let scenarios = plan.scenarios.iter();
    let mut probes = scenarios.flat_map(|planned| &planned.scenario.probes);
    probes.any(|probe| kinds(probe.kind))
}

/// Takes what a world of the mock showed shortly before a run, without any other run of it.
pub(super) fn of_world(world: &World, plan: &Plan, started: Timestamp) -> Earlier {
    let past = Past::of(world, started);
    Earlier::of("shortly-before".to_owned(), past.at, plan, &past)
}

impl Earlier {
    /// Takes what a plan can be compared with from what was answered.
    fn of(id: String, started: Timestamp, plan: &Plan, answers: &dyn Answers) -> Self {
        let mut taken = Self {
            record: EarlierRecord {
                id,
                started,
                captures: BTreeMap::new(),
            },
            documents: BTreeMap::new(),
        };
        let limit = plan.target.limits.capture_bytes;
        for (_, registry) in plan.registries.iter() {
            let service = service_of(registry);
            for notify in &service.rpki.rrdp {
                let capture = earlier::capture(answers, &service.rpki.tal, notify, limit);
                let octets = capture.and_then(|capture| capture.to_octets());
                taken.keep(notify.clone(), octets);
            }
            if !service.stats_url.is_empty() {
                let octets = earlier::statistics(answers, &service.stats_url, limit);
                taken.keep(service.stats_url, octets);
            }
            if !service.transfers.is_empty() {
                let short = earlier::log(answers, &service.transfers, limit);
                taken.keep(service.transfers, short.map(|short| short.to_octets()));
            }
        }
        taken
    }

    /// Keeps what the earlier run captured of a URL, or why there is nothing.
    fn keep(&mut self, url: String, octets: Result<Vec<u8>, String>) {
        let known = match octets {
            Ok(octets) => {
                let digest = Digest::of(&octets);
                self.documents.insert(digest.clone(), octets.into());
                Taken::Digest(digest)
            }
            Err(why) => Taken::Missing(why),
        };
        self.record.captures.insert(url, known);
    }
}

/// Returns what a run took of an earlier one, to be found among its own evidence; `None` if there was none.
pub(super) fn of(record: &RunRecord, evidence: &Arc<Evidence>) -> Option<Arc<EarlierRun>> {
    let documents: Arc<dyn Documents> = Arc::<Evidence>::clone(evidence);
    let earlier = record.earlier.as_ref()?;
    let captures = earlier.captures.iter().map(|(url, taken)| {
        let taken = match taken {
            Taken::Digest(digest) => Ok(digest.clone()),
            Taken::Missing(why) => Err(why.clone()),
        };
        (url.clone(), taken)
    });
    Some(Arc::new(EarlierRun {
        id: earlier.id.clone(),
        captures: captures.collect(),
        documents,
    }))
}
