//! Evidence as an export by audience gives it: what each observation got, excerpts, and digests of the originals.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::model::Site;
use super::{View, path};
use crate::fact::Digest;
use crate::verdict::results::CheckResult;

/// An excerpt of a body that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exhibit {
    /// What the body is, such as `application/rdap+json`.
    pub media_type: String,
    /// Who answered it, how and when; empty if it is not known.
    pub answered: String,
    /// How the name of a file of it ends, such as `json`.
    pub extension: &'static str,
    /// What may be shown of it, as text.
    pub text: String,
    /// What was taken out, in sentences; empty if it is whole.
    pub taken_out: Vec<String>,
}

/// What is told of an observation: what was asked, and what came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// The scenario that asked.
    pub scenario: String,
    /// Values of the matrix axes, `axis=value,axis=value`; empty without a matrix.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub instance: String,
    /// The probe's name.
    pub probe: String,
    /// A registry's id, `source>recipient`, or `shared`.
    pub subject: String,
    /// Whose service was asked, where that is another's than the subject's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// The place of observation.
    pub vantage: String,
    /// Number of the poll's tick, from 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tick: u32,
    /// What was asked and came, in order; the first twenty.
    pub answers: Vec<Answered>,
    /// Number of questions beyond these.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u32,
}

/// What is told of one question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// How it was asked, such as `HTTP`.
    pub by: String,
    /// The host that was asked; empty of the resolver, and where it is not for the audience.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// The status of an HTTP answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What failed, in one word; absent of an answer that came whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// When it was asked, UTC.
    pub asked_at: Timestamp,
    /// Length of the body in octets.
    pub bytes: u64,
    /// Digest of the body, as it is kept in the bundle; absent where none came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Gives what of the evidence an audience may see. An export by audience implements it.
pub trait Exported: fmt::Debug + Sync {
    /// Returns what an observation of a run got, by the observation's key; `None` if nothing is told of it.
    fn observed(&self, run: &str, key: &str) -> Option<&Observed>;

    /// Returns an excerpt of the body with a digest; `None` if nothing of it may be shown.
    fn exhibit(&self, digest: &str) -> Option<&Exhibit>;
}

/// Nothing is shown: evidence stays in the bundle, and pages name its digest.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sealed;

impl Exported for Sealed {
    fn observed(&self, _run: &str, _key: &str) -> Option<&Observed> {
        None
    }

    fn exhibit(&self, _digest: &str) -> Option<&Exhibit> {
        None
    }
}

/// Returns the evidence that a result names, that of its sampled instances too, each body once.
pub(super) fn of(check: &CheckResult) -> Vec<&str> {
    let shown = check.sampled.iter().flat_map(|sampled| &sampled.shown);
    let sampled = shown.flat_map(|instance| &instance.evidence);
    let mut seen = BTreeSet::new();
    let all = check.evidence.iter().chain(sampled).map(String::as_str);
    all.filter(|digest| seen.insert(*digest)).collect()
}

/// Returns the bodies behind the newest run's results and values of which an excerpt may be shown, by digest.
pub(super) fn shown(view: &View<'_>) -> Vec<String> {
    let checks = view.site.newest.audit.results.checks.iter();
    let answers = view.rests.all().flat_map(|observed| &observed.answers);
    let digests: BTreeSet<&str> = checks
        .flat_map(of)
        .chain(answers.filter_map(|answered| answered.original.as_deref()))
        .collect();
    let is_shown = |digest: &&str| view.exported.exhibit(digest).is_some();
    let shown = digests.into_iter().filter(is_shown);
    shown.map(str::to_owned).collect()
}

/// Most observations that one page shows.
const MOST: usize = 500;

/// What the results of the newest run rest on, as far as an export tells.
#[derive(Debug, Default)]
pub(super) struct Rests<'a> {
    /// By key.
    observed: BTreeMap<&'a str, &'a Observed>,
    /// Keys by scenario and subject.
    pages: BTreeMap<(&'a str, &'a str), Vec<&'a str>>,
    /// Keys that are beyond what their page shows.
    beyond: BTreeSet<&'a str>,
}

/// Observations of one page, each with its key, and the number of those beyond.
pub(super) type Listed<'a> = (Vec<(&'a str, &'a Observed)>, usize);

impl<'a> Rests<'a> {
    /// Looks for the observations that verdicts and values of the newest run name.
    pub(super) fn of(site: &Site<'a>, exported: &'a dyn Exported) -> Self {
        let audit = site.newest.audit;
        let checks = audit.results.checks.iter().map(|c| &c.observations);
        let comparisons = audit.results.comparisons.iter().map(|c| &c.observations);
        let keys = checks.chain(comparisons).flatten();
        let mut rests = Self::default();
        for key in keys {
            if let Some(observed) = exported.observed(&audit.run.id, key) {
                rests.observed.insert(key, observed);
            }
        }
        for (key, observed) in &rests.observed {
            let page = (observed.scenario.as_str(), observed.subject.as_str());
            let all = rests.pages.entry(page).or_default();
            if all.len() >= MOST {
                rests.beyond.insert(key);
            }
            all.push(key);
        }
        rests
    }

    /// Iterates over all of them.
    fn all(&self) -> impl Iterator<Item = &'a Observed> + '_ {
        self.observed.values().copied()
    }

    /// Returns the scenarios and subjects that have a page.
    pub(super) fn pages(&self) -> impl Iterator<Item = (&'a str, &'a str)> + '_ {
        self.pages.keys().copied()
    }

    /// Returns what stands on the page of a scenario and a subject.
    pub(super) fn page(&self, scenario: &str, subject: &str) -> Listed<'a> {
        let keys = self.pages.get(&(scenario, subject));
        let keys = keys.map(Vec::as_slice).unwrap_or_default();
        let listed = keys.iter().take(MOST);
        let listed = listed.filter_map(|key| Some((*key, *self.observed.get(key)?)));
        (listed.collect(), keys.len().saturating_sub(MOST))
    }

    /// Returns where it stands what one of those who are compared or judged was seen to do: its own
    /// observation, else one that it shares with others; `None` if nothing is told.
    pub(super) fn place(&self, keys: &[String], participant: &str) -> Option<String> {
        let known = || {
            let all = keys.iter();
            all.filter_map(|key| Some((key.as_str(), *self.observed.get(key.as_str())?)))
        };
        let own = known().find(|(_, observed)| observed.subject == participant);
        let (key, observed) = own.or_else(|| known().next())?;
        let page = path::observations(&observed.scenario, &observed.subject);
        Some(if self.beyond.contains(key) {
            page
        } else {
            format!("{page}#{}", anchor(key))
        })
    }
}

/// Returns the name of an observation's place on its page.
pub(super) fn anchor(key: &str) -> String {
    let digest = Digest::of(key.as_bytes());
    let short: String = digest.hex().chars().take(16).collect();
    format!("o{short}")
}
