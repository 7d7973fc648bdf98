//! Notes: what a probe writes down while it asks, and the observation they become.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Argument, Ask};
use crate::fact::{Digest, Facts, Failure, FailureKind, Inspected, Observation, Skipped, Value};
use crate::transport::{Answer, Body, Exchange, Request};

/// What a probe has seen so far.
#[derive(Debug)]
pub(super) struct Notes {
    pub(super) facts: Facts,
    pub(super) inspected: Option<Inspected>,
    pub(super) failure: Option<Failure>,
    asked: Vec<String>,
    evidence: Vec<Digest>,
    step: u32,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    spent: Duration,
}

impl Notes {
    /// Returns empty notes.
    pub(super) const fn new() -> Self {
        Self {
            facts: Facts::new(),
            inspected: None,
            failure: None,
            asked: Vec::new(),
            evidence: Vec::new(),
            step: 0,
            first: None,
            last: None,
            spent: Duration::ZERO,
        }
    }

    /// Returns what is left of the time for the whole probe.
    ///
    /// Only exchanges count, not waiting for one's turn between them.
    pub(super) fn remaining(&self, ask: &Ask<'_>) -> Duration {
        ask.timeout.saturating_sub(self.spent)
    }

    /// Makes the next exchange; `None` if there is no time left, which is noted as a failure.
    ///
    /// The first exchange is always made.
    pub(super) async fn exchange(&mut self, ask: &Ask<'_>, request: Request) -> Option<Exchange> {
        if self.step > 0 && self.remaining(ask).is_zero() {
            let detail = format!("the {:?} for the whole probe were used up", ask.timeout);
            self.fail(FailureKind::Timeout, detail);
            return None;
        }
        let exchange = ask.transport.exchange(&ask.key, self.step, request).await;
        self.step = self.step.saturating_add(1);
        self.note(&exchange);
        Some(exchange)
    }

    fn note(&mut self, exchange: &Exchange) {
        let total = exchange.timing.total.unwrap_or(SignedDuration::ZERO);
        self.spent = self
            .spent
            .saturating_add(Duration::try_from(total).unwrap_or(Duration::ZERO));
        self.first.get_or_insert(exchange.at);
        self.last = exchange.at.checked_add(total).ok();
        if let Some(destination) = exchange.destination {
            let address = destination.ip().to_canonical();
            let family = if address.is_ipv4() { "ipv4" } else { "ipv6" };
            self.facts.set("address", Value::text(address.to_string()));
            self.facts.set("family", Value::text(family));
        }
        if let Some(Body {
            digest, bytes: 1.., ..
        }) = exchange.answer.as_ref().and_then(Answer::body)
        {
            self.evidence.push(digest.clone());
        }
    }

    /// Returns when the first octet was sent; `None` before any exchange.
    pub(super) const fn at(&self) -> Option<Timestamp> {
        self.first
    }

    /// Adds the line of an exchange: what was asked, what came, and over which family.
    pub(super) fn asked(&mut self, exchange: &Exchange, what: &str, came: &str) {
        let came = exchange.failure.as_ref().map_or(came, |f| f.kind.as_str());
        let over = match exchange.destination {
            Some(to) if to.ip().to_canonical().is_ipv4() => " over IPv4",
            Some(_) => " over IPv6",
            None => "",
        };
        self.asked.push(format!("{what} {came}{over}"));
    }

    /// Notes why there is no complete answer; the first reason stays.
    pub(super) fn fail(&mut self, kind: FailureKind, detail: impl Into<String>) {
        self.failure.get_or_insert_with(|| Failure {
            kind,
            detail: detail.into(),
        });
    }

    /// Notes the failure of an exchange, if it has one.
    pub(super) fn fail_with(&mut self, exchange: &Exchange) {
        if let Some(failure) = &exchange.failure {
            self.failure.get_or_insert_with(|| failure.clone());
        }
    }

    /// Notes that an exchange has an answer of another kind than was asked for: a recording of something else.
    pub(super) fn fail_foreign(&mut self, exchange: &Exchange) {
        self.fail_with(exchange);
        self.fail(
            FailureKind::NotRecorded,
            format!("step {} holds no answer to what was asked", exchange.step),
        );
    }

    /// Sets a fact that may be absent.
    pub(super) fn set_some(&mut self, path: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.facts.set(path, value);
        }
    }

    /// Returns the observation, with the facts that every probe has.
    pub(super) fn finish(mut self, ask: &Ask<'_>) -> Observation {
        let at = self.first.unwrap_or_else(|| ask.clock.now());
        for (_, value) in self.facts.iter() {
            if let Value::Set(set) = value
                && let Some(document) = set.document()
            {
                ask.transport.keep(set.digest(), document);
                self.evidence.push(set.digest().clone());
            }
        }
        let failure = self.failure.as_ref().map_or("", |f| f.kind.as_str());
        self.facts.set("ok", Value::Flag(failure.is_empty()));
        self.facts.set("failure", Value::text(failure));
        self.facts.set("at", Value::Time(at));
        let attempts = i64::from(ask.key.attempt);
        self.facts.set("attempts", Value::Count(attempts));
        if let (Some(first), Some(last)) = (self.first, self.last) {
            let total = last.duration_since(first);
            self.facts.set("timing.total", Value::Duration(total));
        }
        Observation {
            key: Arc::unwrap_or_clone(Arc::clone(&ask.key)),
            at,
            failure: self.failure,
            skipped: None,
            facts: self.facts,
            inspected: self.inspected,
            asked: self.asked,
            evidence: self.evidence,
        }
    }
}

/// Returns the observation of a probe that was not run.
pub(super) fn skip(ask: &Ask<'_>, why: Skipped) -> Observation {
    Observation {
        key: Arc::unwrap_or_clone(Arc::clone(&ask.key)),
        at: ask.clock.now(),
        failure: None,
        skipped: Some(why),
        facts: Facts::new(),
        inspected: None,
        asked: Vec::new(),
        evidence: Vec::new(),
    }
}

impl Ask<'_> {
    /// Returns a text argument; `None` if it is not given.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.arguments.get(name) {
            Some(Argument::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Returns a list argument, one text being a list of one; `None` if it is not given.
    pub(super) fn texts(&self, name: &str) -> Option<Vec<&str>> {
        match self.arguments.get(name) {
            Some(Argument::Texts(texts)) => Some(texts.iter().map(String::as_str).collect()),
            Some(Argument::Text(text)) => Some(vec![text]),
            _ => None,
        }
    }

    /// Returns an argument of names and values; `None` if it is not given.
    pub(super) fn pairs(&self, name: &str) -> Option<impl Iterator<Item = (&str, &str)>> {
        match self.arguments.get(name) {
            Some(Argument::Headers(all)) => Some(
                all.iter()
                    .map(|(name, value)| (name.as_str(), value.as_str())),
            ),
            _ => None,
        }
    }

    /// Returns a number or size argument; `None` if it is not given.
    pub(super) fn count(&self, name: &str) -> Option<u64> {
        match self.arguments.get(name) {
            Some(Argument::Count(count)) => Some(*count),
            _ => None,
        }
    }

    /// Returns a port argument; `None` if it is not given, or beyond 65,535.
    pub(super) fn port(&self) -> Option<u16> {
        self.count("port").and_then(|port| u16::try_from(port).ok())
    }

    /// Returns a flag argument; `None` if it is not given.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.arguments.get(name) {
            Some(Argument::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }
}
