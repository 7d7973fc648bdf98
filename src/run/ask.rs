//! One probe: its attempts, its deadline, and what becomes of a panic.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};

use super::evaluate::Scope;
use super::job::Step;
use super::{Event, Executor, RunError};
use crate::fact::{Facts, Failure, FailureKind, Key, Observation, Skipped};
use crate::probe::{Argument, Ask, Limits};
use crate::registry::RegistryId;
use crate::scenario::model::{ArgumentText, Family, Reach, TargetKind};
use crate::transport;

/// Time beyond a probe's own after which it is given up: a probe keeps its time itself.
///
/// It is long, because the transport lets a probe wait for its turn with a host and for
/// a `Retry-After`, which is not the service's doing and no part of the probe's time.
const GRACE: Duration = Duration::from_hours(1);

/// How the reason begins if the run's deadline passed; a replay looks for it.
const DEADLINE: &str = "the run's deadline had passed";

/// What a probe is asked with.
struct Question {
    subject: String,
    arguments: std::collections::BTreeMap<&'static str, Argument>,
}

impl Executor {
    /// Observes one probe with as many attempts as it takes; `None` if the run was interrupted.
    pub(super) async fn attempts(
        &self,
        step: Step<'_>,
    ) -> Result<Option<Arc<Observation>>, RunError> {
        self.meet(step).await;
        let retry = step.probe.retry.unwrap_or(self.run.plan.target.retry);
        let scope = self.scope(step);
        let asked = match &step.probe.at {
            None if step.probe.reach == Reach::All => Ok(None),
            None => Ok(Some(step.registry.id.clone())),
            Some(at) => scope
                .fill(at)
                .and_then(|id| self.registry_named(&id).map(Some)),
        };
        let (asked, mut obstacle) = match asked {
            Ok(asked) => (asked, None),
            Err(obstacle) => (Some(step.registry.id.clone()), Some(obstacle)),
        };
        let mut wait = retry.first;
        let mut attempt = 1;
        loop {
            let key = Arc::new(self.key(step, asked.as_ref(), attempt));
            let finished = self.run.sink.finished(&key)?;
            let observation = if let Some(observation) = finished {
                observation
            } else {
                if attempt > 1 {
                    if !self.rest(wait).await {
                        return Ok(None);
                    }
                    wait = wait.saturating_add(wait).min(retry.max);
                }
                let made = match obstacle.take() {
                    Some(obstacle) => Some(self.skipped(&key, obstacle)),
                    None => self.attempt(step, &scope, &key, asked.as_ref()).await,
                };
                let Some(observation) = made.map(Arc::new) else {
                    return Ok(None);
                };
                self.run.sink.observe(&observation)?;
                observation
            };
            self.observed.fetch_add(1, Ordering::Relaxed);
            self.tell(|| Event::Finished(Arc::clone(&observation)));
            if attempt >= retry.attempts || !is_transient(&observation) || self.is_late() {
                return Ok(Some(observation));
            }
            attempt += 1;
        }
    }

    /// Waits for the other run of a pair, so that both targets are asked the same at one moment.
    async fn meet(&self, step: Step<'_>) {
        let Some(partner) = &self.run.options.partner else {
            return;
        };
        // Ticks of polls have times of their own, which are the same for both.
        if step.job.number() > 0 {
            return;
        }
        let (scenario, probe) = (&step.job.steps.scenario.id, step.probe);
        let registry = (probe.reach != Reach::All).then_some(&step.registry.id);
        tokio::select! {
            () = self.interruption() => {}
            () = partner.meet(scenario, step.label, registry, &probe.name) => {}
        }
    }

    /// Makes one attempt; `None` if the run was interrupted.
    async fn attempt(
        &self,
        step: Step<'_>,
        scope: &Scope<'_>,
        key: &Arc<Key>,
        asked: Option<&RegistryId>,
    ) -> Option<Observation> {
        if let Some(obstacle) = self.obstacle(step) {
            return Some(self.skipped(key, obstacle));
        }
        if let Some(late) = self.late(key) {
            return Some(self.skipped(key, late));
        }
        let question = match question(step, scope) {
            Ok(question) => question,
            Err(skipped) => return Some(self.skipped(key, skipped)),
        };
        if self.is_interrupted() {
            return None;
        }
        self.tell(|| Event::Started(Arc::clone(key)));
        let busy = self.run.clock.busy();
        let observation = tokio::select! {
            biased;
            observation = self.ask(step, key, asked, question) => Some(observation),
            () = self.interruption() => None,
        };
        drop(busy);
        observation
    }

    /// Asks the probe, come what may.
    async fn ask(
        &self,
        step: Step<'_>,
        key: &Arc<Key>,
        asked: Option<&RegistryId>,
        question: Question,
    ) -> Observation {
        let kind = step.probe.kind;
        let Some(probe) = self.run.probes.iter().find(|p| p.kind().name == kind.name) else {
            let reason = format!("this program has no probe `{}`", kind.name);
            return self.skipped(key, Skipped::Error { reason });
        };
        let target = &self.run.plan.target;
        let timeout = step.probe.timeout.unwrap_or(target.timeout);
        let timeout = Duration::try_from(timeout).unwrap_or(Duration::ZERO);
        let ask = Ask {
            key: Arc::clone(key),
            subject: question.subject,
            arguments: question.arguments,
            service: asked
                .and_then(|id| self.services.of(id.as_str()))
                .cloned()
                .unwrap_or_default(),
            services: Arc::clone(&self.services),
            hosts: Arc::clone(&self.hosts),
            family: match step.probe.family {
                Family::Any => transport::Family::Any,
                Family::Ipv4 => transport::Family::Ipv4,
                Family::Ipv6 => transport::Family::Ipv6,
            },
            limits: Limits {
                body_bytes: target.limits.body_bytes,
                decoded_bytes: target.limits.decoded_bytes,
                capture_bytes: target.limits.capture_bytes,
                depth: target.limits.depth,
                redirects: target.limits.redirects,
                public_only: target.kind == TargetKind::Live,
            },
            timeout,
            trust_anchors: Arc::clone(&target.trust_anchors),
            earlier: step.seen.clone(),
            earlier_run: self.run.options.earlier.clone(),
            transport: self.run.transport.as_ref(),
            clock: self.run.clock.as_ref(),
        };
        let began = self.run.clock.now();
        let asking = AssertUnwindSafe(probe.ask(ask)).catch_unwind();
        match tokio::time::timeout(timeout.saturating_add(GRACE), asking).await {
            // What a probe itself leaves out was seen at no time of its own either.
            Ok(Ok(observation)) => match observation.skipped {
                Some(why) => self.skipped(key, why),
                None => observation,
            },
            Ok(Err(panic)) => {
                let reason = format!(
                    "probe `{}` panicked: {}",
                    kind.name,
                    panic_text(Some(panic))
                );
                self.skipped(key, Skipped::Error { reason })
            }
            Err(_) => Observation {
                failure: Some(Failure {
                    kind: FailureKind::Timeout,
                    detail: format!("no end after {timeout:?} and {GRACE:?} more"),
                }),
                skipped: None,
                at: began,
                ..self.nothing(key)
            },
        }
    }

    /// Returns the observation of a probe that was not asked.
    fn skipped(&self, key: &Key, skipped: Skipped) -> Observation {
        Observation {
            skipped: Some(skipped),
            ..self.nothing(key)
        }
    }

    /// Returns an observation without facts, made when the run started.
    fn nothing(&self, key: &Key) -> Observation {
        Observation {
            key: key.clone(),
            at: self.run.options.started,
            failure: None,
            skipped: None,
            facts: Facts::new(),
            inspected: None,
            asked: Vec::new(),
            evidence: Vec::new(),
        }
    }

    fn registry_named(&self, id: &str) -> Result<RegistryId, Skipped> {
        let known = self.run.plan.registries.ids();
        known
            .into_iter()
            .find(|known| known.as_str() == id)
            .cloned()
            .ok_or_else(|| Skipped::Skipped {
                reason: format!("`at` names `{id}`, which is no registry of this run"),
            })
    }

    fn is_late(&self) -> bool {
        let now = self.run.clock.now();
        self.run.options.deadline.is_some_and(|d| now >= d)
    }

    /// Says that the deadline has passed, or had in the run that is replayed.
    fn late(&self, key: &Key) -> Option<Skipped> {
        if self.is_late() {
            return Some(Skipped::Skipped {
                reason: DEADLINE.to_owned(),
            });
        }
        let replayed = self.run.options.replayed.as_ref()?;
        let recorded = replayed.observation(key).ok()??;
        recorded.skipped.filter(|skipped| match skipped {
            Skipped::Skipped { reason } => reason == DEADLINE,
            Skipped::NotApplicable { .. } | Skipped::Error { .. } => false,
        })
    }

    /// Waits before the next attempt; says whether the run goes on. What is replayed is at hand.
    async fn rest(&self, wait: SignedDuration) -> bool {
        if self.run.options.replayed.is_some() {
            return !self.is_interrupted();
        }
        let clock = &self.run.clock;
        let until = clock.now().checked_add(wait).unwrap_or(Timestamp::MAX);
        tokio::select! {
            biased;
            () = self.interruption() => false,
            () = clock.sleep_until(until) => true,
        }
    }
}

/// Fills the templates of a probe in.
fn question(step: Step<'_>, scope: &Scope<'_>) -> Result<Question, Skipped> {
    let probe = step.probe;
    if let Some(when) = &probe.when
        && !scope.holds(when)?
    {
        return Err(Skipped::NotApplicable {
            reason: format!("`when` does not hold: {}", when.text()),
        });
    }
    let mut arguments = std::collections::BTreeMap::new();
    for (name, text) in &probe.arguments {
        let argument = match text {
            ArgumentText::Text(template) => Argument::Text(scope.fill(template)?),
            ArgumentText::Texts(templates) => Argument::Texts(
                templates
                    .iter()
                    .map(|t| scope.fill(t))
                    .collect::<Result<_, _>>()?,
            ),
            ArgumentText::Headers(headers) => Argument::Headers(
                headers
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), scope.fill(value)?)))
                    .collect::<Result<_, Skipped>>()?,
            ),
            ArgumentText::Duration(duration) => {
                Argument::Count(u64::try_from(duration.as_millis()).unwrap_or(0))
            }
            ArgumentText::Bytes(count)
            | ArgumentText::Count(count)
            | ArgumentText::Redirects(count) => Argument::Count(*count),
            ArgumentText::Flag(flag) => Argument::Flag(*flag),
            ArgumentText::Probe(name) => {
                scope.answered(name)?;
                Argument::Probe(Arc::clone(name))
            }
        };
        arguments.insert(*name, argument);
    }
    Ok(Question {
        subject: scope.fill(&probe.subject)?,
        arguments,
    })
}

/// Says whether another attempt may see more: failures of the way there, not of what was said.
fn is_transient(observation: &Observation) -> bool {
    observation
        .failure
        .as_ref()
        .is_some_and(|failure| match failure.kind {
            FailureKind::Dns
            | FailureKind::Connect
            | FailureKind::Timeout
            | FailureKind::Reset
            | FailureKind::Truncated => true,
            FailureKind::Tls
            | FailureKind::BodyLimit
            | FailureKind::DecodedLimit
            | FailureKind::Decoding
            | FailureKind::RedirectLimit
            | FailureKind::RedirectRefused
            | FailureKind::Protocol
            | FailureKind::DepthLimit
            | FailureKind::LeftAlone
            | FailureKind::Budget
            | FailureKind::NotRecorded
            | FailureKind::Here => false,
        })
}

/// Returns the words of a panic.
pub(super) fn panic_text(panic: Option<Box<dyn Any + Send>>) -> String {
    let Some(panic) = panic else {
        return "without words".to_owned();
    };
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic
            .downcast_ref::<&str>()
            .map_or_else(|| "without words".to_owned(), |text| (*text).to_owned()),
    }
}
