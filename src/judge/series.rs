//! What holds over time: verdicts at the ticks of a poll, weighed into one.

use jiff::{SignedDuration, Timestamp};

use super::{Ended, words};
use crate::scenario::model::{Bounded, Length, OverTime, Scenario};
use crate::verdict::series::Series;
use crate::verdict::{Cause, Counts, Outcome, Punctuality};

/// What was seen at one tick.
#[derive(Clone, Debug)]
pub struct Sample {
    /// When the tick began.
    pub at: Timestamp,
    /// Whether it held; [`Ended`] where that cannot be told.
    pub held: Result<bool, Ended>,
}

/// The time in which something has to hold.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// When it begins to count.
    pub from: Timestamp,
    /// From when nothing is looked at any more; `None` for never.
    pub to: Option<Timestamp>,
}

/// What samples come to.
#[derive(Clone, Debug)]
pub struct Weighed {
    /// The tick that decides, by its place among the samples.
    pub decisive: usize,
    /// What the evidence shows; `Pass` or `Fail`, or why there is no verdict.
    pub ended: Result<bool, Ended>,
    /// In figures; `None` if no tick counts.
    pub series: Option<Series>,
    /// How long it took or lasted, in words; empty for a plain pass.
    pub lead: String,
}

/// Returns a length of time; of a window what the scenario, or whoever judges, says it is.
pub fn length(scenario: &Scenario, length: &Length) -> SignedDuration {
    match length {
        Length::Literal(length) => *length,
        Length::Window(name) => scenario.windows.get(name).copied().unwrap_or_default(),
    }
}

/// Weighs samples in the order of their ticks; `partial` says that more would have come.
///
/// Only what was seen decides: that something did not hold between two ticks is certain if it did
/// not hold at both, and nothing is said of the time behind the last.
pub fn weigh(
    scenario: &Scenario,
    over: &OverTime,
    span: Span,
    samples: &[Sample],
    partial: bool,
) -> Weighed {
    let counts: Vec<(usize, &Sample)> = samples
        .iter()
        .enumerate()
        .filter(|(_, s)| s.at >= span.from && span.to.is_none_or(|to| s.at < to))
        .collect();
    let weigher = Weigher {
        scenario,
        over,
        span,
        counts,
        partial,
    };
    match &over.bound {
        Bounded::Within(limit) => weigher.within(limit),
        Bounded::Allow(limit) => weigher.allowed(Some(limit)),
        Bounded::Always => weigher.allowed(None),
    }
}

struct Weigher<'a> {
    scenario: &'a Scenario,
    over: &'a OverTime,
    span: Span,
    /// Samples that count, with their places.
    counts: Vec<(usize, &'a Sample)>,
    partial: bool,
}

impl Weigher<'_> {
    /// Iterates over samples that say something: place, time, whether it held.
    fn told(&self) -> impl DoubleEndedIterator<Item = (usize, Timestamp, bool)> + '_ {
        let told = |(place, sample): &(usize, &Sample)| {
            let held = *sample.held.as_ref().ok()?;
            Some((*place, sample.at, held))
        };
        self.counts.iter().filter_map(told)
    }

    fn since(&self, at: Timestamp) -> SignedDuration {
        at.duration_since(self.span.from)
    }

    fn series(
        &self,
        punctuality: Punctuality,
        counts: Counts,
        limit: Option<&Length>,
        (least, most): (SignedDuration, Option<SignedDuration>),
    ) -> Series {
        let seconds = |time: SignedDuration| u64::try_from(time.as_secs()).unwrap_or(0);
        let window = match limit {
            Some(Length::Window(name)) => Some(name.to_string()),
            Some(Length::Literal(_)) | None => None,
        };
        Series {
            punctuality,
            from: self.span.from,
            window_seconds: limit.map(|limit| seconds(length(self.scenario, limit))),
            window,
            counts,
            least_seconds: seconds(least),
            most_seconds: most.map(seconds),
            ticks: u64::try_from(self.told().count()).unwrap_or(u64::MAX),
        }
    }

    /// Returns how it ends where nothing can be said: not over yet, or with the reason of a tick.
    fn open(&self, why: &str) -> (Punctuality, Ended) {
        if self.partial {
            let ended = Ended::with(Outcome::Skipped, format!("not over yet: {why}"));
            return (Punctuality::Open, ended);
        }
        let reason = self.counts.iter().rev();
        let reason = reason.filter_map(|(_, s)| s.held.as_ref().err()).next();
        let ended = reason.cloned().unwrap_or_else(|| {
            Ended::inconclusive(Cause::NeedsHistory, format!("nothing was seen {why}"))
        });
        let punctuality = match ended.outcome {
            Outcome::Inconclusive | Outcome::Error | Outcome::Skipped => Punctuality::Unobservable,
            Outcome::Fail | Outcome::Pass | Outcome::NotApplicable => Punctuality::Clean,
        };
        (punctuality, ended)
    }

    /// Names what it counts from.
    fn beginning(&self) -> String {
        match &self.over.from {
            Some(stage) => words::quoted(stage),
            None => "the first tick".to_owned(),
        }
    }

    /// Says how much time there is.
    fn limit(&self, limit: &Length) -> String {
        let time = words::duration(length(self.scenario, limit));
        match limit {
            Length::Literal(_) => time,
            Length::Window(name) => format!("{time}, window {}", words::quoted(name)),
        }
    }

    /// Weighs what has to hold from some time after the beginning on.
    fn within(&self, limit: &Length) -> Weighed {
        let allowed = length(self.scenario, limit);
        let last_false = self.told().rev().find(|(_, _, held)| !held);
        let settled = self
            .told()
            .find(|(_, at, held)| *held && last_false.is_none_or(|(_, last, _)| *at > last));
        let least = last_false.map_or(SignedDuration::ZERO, |(_, at, _)| self.since(at));
        let most = settled.map(|(_, at, _)| self.since(at));
        let is_due = |(_, at, _): &(usize, Timestamp, bool)| self.since(*at) >= allowed;
        let last = self.counts.last().map_or(0, |(place, _)| *place);
        let series = |punctuality| {
            let figures = (least, most);
            Some(self.series(punctuality, Counts::Until, Some(limit), figures))
        };
        let failed = last_false.filter(is_due);
        if let Some((place, _, _)) = failed {
            let twice = allowed.saturating_add(allowed);
            let punctuality = match least >= twice {
                true => Punctuality::Violated,
                false => Punctuality::Late,
            };
            let end = match most {
                Some(most) => format!("it held {} after", words::duration(most)),
                None => "it never held".to_owned(),
            };
            return Weighed {
                decisive: place,
                ended: Ok(false),
                series: series(punctuality),
                lead: format!(
                    "{punctuality}: not yet {} after {} ({}); {end}",
                    words::duration(least),
                    self.beginning(),
                    self.limit(limit)
                ),
            };
        }
        // What holds at the last tick that says anything is settled, even if none is due yet.
        let is_settled = settled.is_some() && (!self.partial || self.told().any(|t| is_due(&t)));
        if is_settled {
            return Weighed {
                decisive: self.told().next_back().map_or(last, |(place, ..)| place),
                ended: Ok(true),
                series: series(Punctuality::Clean),
                lead: String::new(),
            };
        }
        let why = format!(
            "{} after {} or later",
            words::duration(allowed),
            self.beginning()
        );
        let (punctuality, ended) = self.open(&why);
        Weighed {
            decisive: last,
            ended: Err(ended),
            series: series(punctuality),
            lead: String::new(),
        }
    }

    /// Weighs what may not hold for some time in all.
    fn allowed(&self, limit: Option<&Length>) -> Weighed {
        let allowed = limit.map_or(SignedDuration::ZERO, |limit| length(self.scenario, limit));
        let told: Vec<(usize, Timestamp, bool)> = self.told().collect();
        let (mut least, mut most) = (SignedDuration::ZERO, Some(SignedDuration::ZERO));
        for (index, (_, at, held)) in told.iter().enumerate() {
            if *held {
                continue;
            }
            match told.get(index + 1) {
                Some((_, next, next_held)) => {
                    let time = next.duration_since(*at);
                    most = most.map(|most| most.saturating_add(time));
                    if !next_held {
                        least = least.saturating_add(time);
                    }
                }
                None => most = None,
            }
        }
        let last = self.counts.last().map_or(0, |(place, _)| *place);
        let series =
            |punctuality| Some(self.series(punctuality, Counts::During, limit, (least, most)));
        let last_false = told.iter().rev().find(|(_, _, held)| !held);
        let failed = last_false.filter(|_| least > allowed || allowed.is_zero());
        if let Some((place, at, _)) = failed {
            let twice = allowed.saturating_add(allowed);
            let punctuality = match least > twice || allowed.is_zero() {
                true => Punctuality::Violated,
                false => Punctuality::Late,
            };
            let most = most.map_or_else(
                || "and at the last tick".to_owned(),
                |most| format!("at most {}", words::duration(most)),
            );
            let limit = limit.map_or_else(String::new, |limit| {
                format!(" ({} allowed)", self.limit(limit))
            });
            return Weighed {
                decisive: *place,
                ended: Ok(false),
                series: series(punctuality),
                lead: format!(
                    "{punctuality}: for at least {}, {most}{limit}; last {} after {}",
                    words::duration(least),
                    words::duration(self.since(*at)),
                    self.beginning()
                ),
            };
        }
        let is_over = !self.partial && !told.is_empty();
        if is_over {
            return Weighed {
                decisive: told.last().map_or(last, |(place, ..)| *place),
                ended: Ok(true),
                series: series(Punctuality::Clean),
                lead: String::new(),
            };
        }
        let (punctuality, ended) = self.open(&format!("after {}", self.beginning()));
        Weighed {
            decisive: last,
            ended: Err(ended),
            series: series(punctuality),
            lead: String::new(),
        }
    }
}
