//! Manners toward hosts: pace, connections at a time, `Retry-After`, and being left alone.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::failed;
use crate::clock::Clock;
use crate::fact::{Failure, FailureKind};
use crate::registry::RegistryId;
use crate::transport::budget::Budget;
use crate::transport::options::{LiveOptions, Manners};
use crate::transport::{Answer, Exchange};

/// Lets exchanges pass, one pace for each host. It waits; it errs only where nothing may be sent any more.
#[derive(Debug)]
pub(super) struct Pacer {
    hosts: RwLock<HashMap<String, Arc<HostPace>>>,
    manners: Manners,
    owners: BTreeMap<String, RegistryId>,
    budget: Option<Arc<Budget>>,
    clock: Arc<dyn Clock>,
}

/// The pace of one host.
struct HostPace {
    name: String,
    owner: Option<RegistryId>,
    gate: Option<Arc<Semaphore>>,
    interval: Option<Duration>,
    state: Mutex<State>,
}

impl fmt::Debug for HostPace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostPace({})", self.name)
    }
}

/// What happened with a host so far.
#[derive(Debug, Default)]
struct State {
    /// When the next exchange may start; `None` for at once.
    next: Option<Timestamp>,
    /// Until when the host asked to be left alone.
    not_before: Option<Timestamp>,
    /// Number of answers 429.
    refusals: u32,
}

/// Leave to make one exchange; held while it is made.
#[derive(Debug)]
pub(super) struct Permit {
    host: Arc<HostPace>,
    owner: Option<RegistryId>,
    gate: Option<OwnedSemaphorePermit>,
}

/// What a host's state says about the next exchange.
enum Turn {
    Now,
    At(Timestamp),
}

impl Pacer {
    pub(super) fn new(options: &LiveOptions, clock: Arc<dyn Clock>) -> Self {
        Self {
            hosts: RwLock::default(),
            manners: options.manners.clone(),
            owners: options.owners.clone(),
            budget: options.budget.clone(),
            clock,
        }
    }

    /// Waits until an exchange with a host may be made.
    ///
    /// `asked` is whose budget counts where the host has no owner. The failure says why
    /// nothing may be sent: the host is left alone, or the day's budget is used up.
    pub(super) async fn admit(
        &self,
        host: &str,
        asked: Option<&RegistryId>,
    ) -> Result<Permit, Failure> {
        let host = self.host(host, asked);
        let gate = match &host.gate {
            Some(gate) => Arc::clone(gate).acquire_owned().await.ok(),
            None => None,
        };
        let mut slot = None;
        loop {
            match self.turn(&host, &mut slot)? {
                Turn::Now => break,
                Turn::At(time) => self.clock.sleep_until(time).await,
            }
        }
        let owner = host.owner.clone().or_else(|| asked.cloned());
        if let (Some(budget), Some(owner)) = (&self.budget, &owner) {
            budget.take(owner)?;
        }
        Ok(Permit { host, owner, gate })
    }

    fn host(&self, name: &str, asked: Option<&RegistryId>) -> Arc<HostPace> {
        {
            let hosts = self.hosts.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(host) = hosts.get(name) {
                return Arc::clone(host);
            }
        }
        let mut hosts = self.hosts.write().unwrap_or_else(PoisonError::into_inner);
        let made = hosts.entry(name.to_owned()).or_insert_with(|| {
            let owner = self.owners.get(name).cloned();
            let rate = owner
                .as_ref()
                .or(asked)
                .and_then(|id| self.manners.per_second_of.get(id).copied())
                .or(self.manners.per_second);
            let gate = self.manners.connections.map(|number| {
                let number = usize::try_from(number).unwrap_or(usize::MAX);
                Arc::new(Semaphore::new(number.clamp(1, Semaphore::MAX_PERMITS)))
            });
            Arc::new(HostPace {
                name: name.to_owned(),
                owner,
                gate,
                interval: rate
                    .filter(|rate| *rate > 0.0)
                    .and_then(|rate| Duration::try_from_secs_f64(rate.recip()).ok()),
                state: Mutex::default(),
            })
        });
        Arc::clone(made)
    }

    /// Says when an exchange may start; its slot is taken once.
    fn turn(&self, host: &HostPace, slot: &mut Option<Timestamp>) -> Result<Turn, Failure> {
        let mut state = host.state.lock().unwrap_or_else(PoisonError::into_inner);
        if self
            .manners
            .refusals
            .is_some_and(|limit| state.refusals >= limit)
        {
            let detail = format!(
                "`{}` is left alone for the rest of the run: {} answers 429",
                host.name, state.refusals
            );
            return Err(failed(FailureKind::LeftAlone, detail));
        }
        if host.interval.is_none() && state.not_before.is_none() {
            return Ok(Turn::Now);
        }
        let now = self.clock.now();
        if let (Some(until), Some(longest)) = (state.not_before, self.manners.retry_after)
            && now < until
        {
            let wait = Duration::try_from(until.duration_since(now)).unwrap_or_default();
            if wait > longest {
                let detail = format!(
                    "`{}` asked to be left alone until {until}, longer than the {longest:?} this run waits",
                    host.name
                );
                return Err(failed(FailureKind::LeftAlone, detail));
            }
            return Ok(Turn::At(until));
        }
        let start = *slot.get_or_insert_with(|| {
            let start = state.next.map_or(now, |next| next.max(now));
            if let Some(interval) = host.interval {
                state.next = start.checked_add(interval).ok();
            }
            start
        });
        Ok(if start > now {
            Turn::At(start)
        } else {
            Turn::Now
        })
    }

    /// Learns from an exchange: refusals, `Retry-After`, and octets for the budget.
    pub(super) fn settle(&self, permit: Permit, exchange: &Exchange, bytes: u64) {
        if let (Some(budget), Some(owner)) = (&self.budget, &permit.owner) {
            budget.spend(owner, bytes);
        }
        if let Some(Answer::Http(answer)) = &exchange.answer {
            let refused = answer.status == 429;
            if refused || answer.status == 503 {
                let until = answer
                    .headers
                    .iter()
                    .find(|(name, _)| name == "retry-after")
                    .filter(|_| self.manners.retry_after.is_some())
                    .and_then(|(_, value)| retry_after(value, self.clock.now()));
                let mut state = permit
                    .host
                    .state
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                state.refusals = state.refusals.saturating_add(u32::from(refused));
                state.not_before = state.not_before.max(until);
            }
        }
        drop(permit.gate);
    }
}

/// Returns the time a `Retry-After` stands for; `None` if it is neither seconds nor a date.
///
/// Source: RFC 9110, section 10.2.3 and, for the three forms of dates, 5.6.7.
fn retry_after(value: &str, now: Timestamp) -> Option<Timestamp> {
    let value = value.trim();
    if value.bytes().all(|octet| octet.is_ascii_digit()) {
        let seconds: u64 = value.parse().ok()?;
        return now.checked_add(Duration::from_secs(seconds)).ok();
    }
    if let Ok(time) = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value) {
        return Some(time);
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|form| DateTime::strptime(form, value).ok())
        .and_then(|time| time.to_zoned(TimeZone::UTC).ok())
        .map(|time| time.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::VirtualClock;
    use crate::transport::live::tests::{answered, options};

    fn pacer(manners: Manners) -> (Pacer, Arc<VirtualClock>) {
        let clock = Arc::new(VirtualClock::new("2026-11-22T00:00:00Z".parse().unwrap()));
        let options = LiveOptions {
            manners,
            ..options()
        };
        (Pacer::new(&options, clock.clone()), clock)
    }

    #[tokio::test]
    async fn a_host_is_asked_at_its_pace_and_another_one_does_not_wait() {
        let (pacer, clock) = pacer(Manners {
            per_second: Some(2.0),
            ..Manners::default()
        });
        for _ in 0..5 {
            drop(pacer.admit("a.example", None).await.unwrap());
        }
        assert_eq!(clock.elapsed(), Duration::from_secs(2));
        drop(pacer.admit("b.example", None).await.unwrap());
        assert_eq!(clock.elapsed(), Duration::from_secs(2));
    }

    #[tokio::test]
    async fn a_declared_limit_of_a_registry_wins() {
        let mut manners = Manners::guest();
        let id = RegistryId::parse("lacnic").unwrap();
        manners.per_second_of.insert(id.clone(), 0.1);
        let (pacer, clock) = pacer(manners);
        for _ in 0..3 {
            drop(pacer.admit("rdap.example", Some(&id)).await.unwrap());
        }
        assert_eq!(clock.elapsed(), Duration::from_secs(20));
    }

    #[tokio::test]
    async fn one_connection_at_a_time_means_the_second_exchange_waits() {
        let (pacer, _) = pacer(Manners {
            connections: Some(1),
            ..Manners::default()
        });
        let first = pacer.admit("a.example", None).await.unwrap();
        let second = pacer.admit("a.example", None);
        tokio::pin!(second);
        tokio::select! { biased; _ = &mut second => panic!("not alone"), () = tokio::task::yield_now() => {} }
        drop(first);
        drop(second.await.unwrap());
    }

    #[tokio::test]
    async fn retry_after_is_waited_for_and_too_long_a_one_is_not() {
        let (pacer, clock) = pacer(Manners::guest());
        let permit = pacer.admit("a.example", None).await.unwrap();
        pacer.settle(permit, &answered(503, &[("retry-after", "120")]), 0);
        let permit = pacer.admit("a.example", None).await.unwrap();
        assert_eq!(clock.elapsed(), Duration::from_mins(2));
        let date = "Sun, 22 Nov 2026 12:00:00 GMT";
        pacer.settle(permit, &answered(429, &[("retry-after", date)]), 0);
        let failure = pacer.admit("a.example", None).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::LeftAlone);
        assert!(
            failure.detail.contains("2026-11-22T12:00:00Z"),
            "{failure:?}"
        );
    }

    #[tokio::test]
    async fn a_host_is_left_alone_after_two_refusals() {
        let (pacer, _) = pacer(Manners::guest());
        for _ in 0..2 {
            let permit = pacer.admit("a.example", None).await.unwrap();
            pacer.settle(permit, &answered(429, &[]), 0);
        }
        let failure = pacer.admit("a.example", None).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::LeftAlone);
        assert!(pacer.admit("b.example", None).await.is_ok());
    }

    #[test]
    fn all_forms_of_retry_after_are_read() {
        let now: Timestamp = "1994-11-06T08:00:00Z".parse().unwrap();
        let time: Timestamp = "1994-11-06T08:49:37Z".parse().unwrap();
        for value in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "2977",
        ] {
            assert_eq!(retry_after(value, now), Some(time), "{value}");
        }
        for value in ["soon", "-1", "99999999999999999999999", ""] {
            assert_eq!(retry_after(value, now), None, "{value}");
        }
    }
}
