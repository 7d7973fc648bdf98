//! Evidence as an export by audience gives it: an excerpt, and the digest of the original.

use std::collections::BTreeSet;
use std::fmt;

use super::View;
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

/// Gives what of the evidence an audience may see. An export by audience implements it.
pub trait Exported: fmt::Debug + Sync {
    /// Returns an excerpt of the body with a digest; `None` if nothing of it may be shown.
    fn exhibit(&self, digest: &str) -> Option<Exhibit>;
}

/// Nothing is shown: evidence stays in the bundle, and pages name its digest.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sealed;

impl Exported for Sealed {
    fn exhibit(&self, _digest: &str) -> Option<Exhibit> {
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

/// Returns the bodies behind the newest run's results of which an excerpt may be shown, by digest.
pub(super) fn shown(view: &View<'_>) -> Vec<String> {
    let checks = view.site.newest.audit.results.checks.iter();
    let digests: BTreeSet<&str> = checks.flat_map(of).collect();
    let is_shown = |digest: &&str| view.exported.exhibit(digest).is_some();
    let shown = digests.into_iter().filter(is_shown);
    shown.map(str::to_owned).collect()
}
