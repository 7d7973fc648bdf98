//! Judges scenario by scenario and gathers an audit.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::checklists::{Found, checklists};
use super::expiries::Expiries;
use super::{Audit, Provenance, Run};
use crate::compare::{compare, drift};
use crate::decide::{Mode, Past, Terms, decide, gate, remark_states, waiver_states};
use crate::fact::{Observation, Tick};
use crate::judge::{Observed, Question, cases, judge};
use crate::plan::PlannedScenario;
use crate::registry::PerRegistry;
use crate::scenario::model::Registry;
use crate::scenario::suite::{Policy, Suite};
use crate::verdict::baseline::{Baselines, Drift};
use crate::verdict::case::CaseResult;
use crate::verdict::results::{
    CheckResult, ComparisonResult, FORMAT, Planned, RegistryName, Results, Summary,
};

/// What is accepted where nobody accepted anything.
static NOTHING_ACCEPTED: Baselines = Baselines::none();

/// Gathers an audit, one scenario after the other.
#[derive(Debug)]
pub struct Auditor<'a> {
    suite: &'a Suite,
    registries: &'a PerRegistry<Arc<Registry>>,
    run: Run,
    checks: Vec<CheckResult>,
    pub(super) comparisons: Vec<ComparisonResult>,
    baselines: &'a Baselines,
    drifts: Vec<Drift>,
    /// Digests of baselines that have to do with what was asked, by path.
    used: BTreeMap<String, String>,
    cases: Vec<CaseResult>,
    expiries: Expiries,
    scenarios: BTreeMap<String, String>,
}

impl<'a> Auditor<'a> {
    /// Starts an audit; `registries` are those of the run with the target's overlay.
    pub fn new(suite: &'a Suite, registries: &'a PerRegistry<Arc<Registry>>, run: Run) -> Self {
        Self {
            suite,
            registries,
            run,
            checks: Vec::new(),
            comparisons: Vec::new(),
            baselines: &NOTHING_ACCEPTED,
            drifts: Vec::new(),
            used: BTreeMap::new(),
            cases: Vec::new(),
            expiries: Expiries::default(),
            scenarios: BTreeMap::new(),
        }
    }

    /// Compares with what was accepted on the target.
    #[must_use]
    pub const fn beside(mut self, baselines: &'a Baselines) -> Self {
        self.baselines = baselines;
        self
    }

    /// Sets what the run planned, as it is known when all was judged.
    #[must_use]
    pub const fn planned(mut self, planned: Planned) -> Self {
        self.run.planned = planned;
        self
    }

    /// Judges and compares one scenario over all its observations, in any order, and the ticks of its
    /// poll, and keeps what expires when.
    ///
    /// The instances of axes that probes feed must have been expanded in `planned`.
    pub fn add<'o>(
        &mut self,
        planned: &PlannedScenario,
        observations: impl IntoIterator<Item = &'o Observation>,
        ticks: &[Tick],
    ) {
        let observed = Observed::of(
            observations
                .into_iter()
                .inspect(|observation| self.expiries.add(observation)),
        )
        .with_ticks(ticks);
        let question = self.question();
        let judged = judge(&question, planned, &observed);
        let compared = compare(&question, planned, &observed);
        let cases = cases(&question, planned, &observed, &judged.checks, &compared);
        let drifts = drift(&question, planned, judged.kept);
        self.cases.extend(cases);
        self.checks.extend(judged.checks);
        self.comparisons.extend(compared);
        self.drifts.extend(drifts);
        let scenario = &planned.scenario;
        for id in planned.instances.ids() {
            if let Some(file) = self.baselines.of(id.as_str(), &scenario.id) {
                self.used.insert(file.path.clone(), file.digest.clone());
            }
        }
        self.scenarios
            .insert(scenario.id.as_ref().to_owned(), scenario.title.clone());
    }

    /// Returns what is asked of each scenario.
    pub(super) fn question(&self) -> Question<'_> {
        Question {
            registries: self.registries,
            catalog: &self.suite.catalog,
            target: &self.run.target,
            vantage: &self.run.vantage,
            now: self.run.started,
            partial: self.run.partial,
            baselines: self.baselines,
            parts: &self.run.parts,
        }
    }

    /// Decides what was judged.
    pub fn finish(mut self, policy: &Policy, mode: Mode, past: &[Past]) -> Audit {
        order(&mut self.checks, &mut self.comparisons);
        self.drifts.sort_by(|a, b| {
            (&a.id, &a.registry, &a.vantage, &a.entry).cmp(&(
                &b.id,
                &b.registry,
                &b.vantage,
                &b.entry,
            ))
        });
        self.cases
            .sort_by(|a, b| (&a.scenario, &a.parameters).cmp(&(&b.scenario, &b.parameters)));
        let found = Found {
            checks: &self.checks,
            comparisons: &self.comparisons,
        };
        let checklists = checklists(self.suite, self.registries, &self.run, &found);
        let mut results = Results {
            format: FORMAT,
            suite: self.suite.digest.as_str().to_owned(),
            target: self.run.target.clone(),
            partial: self.run.partial,
            planned: self.run.planned.clone(),
            registries: self
                .registries
                .iter()
                .map(|(id, registry)| RegistryName {
                    id: id.clone(),
                    name: registry.name.clone(),
                })
                .collect(),
            checks: self.checks,
            comparisons: self.comparisons,
            drifts: self.drifts,
            baselines: self.used,
            peers: None,
            cases: self.cases,
            expiries: self.expiries.finish(),
            checklists,
            summary: Summary::default(),
        };
        let terms = Terms {
            policy,
            waivers: &self.suite.waivers,
            remarks: &self.suite.remarks,
            errata: &self.suite.errata,
            run: &self.run.id,
            mode,
            kind: self.run.kind,
            now: self.run.started,
            release: &self.suite.release,
            registries: self.registries,
            past,
        };
        decide(&mut results, &terms);
        Audit {
            gate: gate(&mut results, &terms),
            waivers: waiver_states(&results, &terms),
            remarks: remark_states(&results, &terms),
            mode,
            policy: policy.name.clone(),
            release: self.suite.release.clone(),
            scenarios: self.scenarios,
            provenance: Provenance {
                editions: self.suite.editions.clone(),
                ..Provenance::default()
            },
            run: self.run,
            results,
        }
    }
}

/// Orders results by id, registry, vantage, parameters and operator, whatever the order of scenarios.
fn order(checks: &mut [CheckResult], comparisons: &mut [ComparisonResult]) {
    checks.sort_by(|a, b| {
        (&a.id, &a.scenario, &a.registry, &a.vantage, &a.parameters)
            .cmp(&(&b.id, &b.scenario, &b.registry, &b.vantage, &b.parameters))
            .then(a.operator.cmp(&b.operator))
    });
    comparisons.sort_by(|a, b| (&a.id, &a.parameters).cmp(&(&b.id, &b.parameters)));
}
