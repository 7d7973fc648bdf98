//! Which results of two judgings are of the same thing.

use std::collections::BTreeMap;

use super::Audit;
use crate::verdict::results::CheckResult;

/// What two judgings say of one thing.
#[derive(Debug)]
pub(super) struct Pair<'a, T> {
    pub(super) before: Option<&'a T>,
    pub(super) after: Option<&'a T>,
}

impl<'a, T> Pair<'a, T> {
    pub(super) fn both(&self) -> Option<(&'a T, &'a T)> {
        self.before.zip(self.after)
    }

    pub(super) const fn is_there(&self) -> (bool, bool) {
        (self.before.is_some(), self.after.is_some())
    }
}

/// Pairs results by a key, which is told whether the result is of the first judging.
///
/// Where several share a key, the first of one is paired with the first of the other.
pub(super) fn paired<'a, T, K: Ord>(
    before: &'a [T],
    after: &'a [T],
    key: impl Fn(&T, bool) -> K,
) -> Vec<Pair<'a, T>> {
    let mut by_key: BTreeMap<K, (Vec<&'a T>, Vec<&'a T>)> = BTreeMap::new();
    for result in before {
        by_key.entry(key(result, true)).or_default().0.push(result);
    }
    for result in after {
        by_key.entry(key(result, false)).or_default().1.push(result);
    }
    let mut pairs = Vec::with_capacity(after.len());
    for (before, after) in by_key.into_values() {
        let most = before.len().max(after.len());
        pairs.extend((0..most).map(|at| Pair {
            before: before.get(at).copied(),
            after: after.get(at).copied(),
        }));
    }
    pairs
}

/// Ids by their former ones, as the suites of both judgings know them.
#[derive(Debug)]
pub(super) struct Renames<'a>(BTreeMap<&'a str, &'a str>);

/// Most renames of one id that are followed; a circle ends here.
const MOST_RENAMES: usize = 16;

impl<'a> Renames<'a> {
    pub(super) fn of(before: &'a Audit, after: &'a Audit) -> Self {
        let own = |audit: &'a Audit| {
            let renamed = audit.provenance.editions.renamed.iter();
            renamed.map(|(old, new)| (old.as_str(), new.as_str()))
        };
        Self(own(before).chain(own(after)).collect())
    }

    fn follow<'t>(&self, id: &'t str) -> &'t str
    where
        'a: 't,
    {
        let mut id = id;
        for _ in 0..MOST_RENAMES {
            match self.0.get(id) {
                Some(next) => id = next,
                None => break,
            }
        }
        id
    }

    /// Returns the id of a scenario as the suite of today names it.
    pub(super) fn scenario<'t>(&self, id: &'t str) -> &'t str
    where
        'a: 't,
    {
        self.follow(id)
    }

    /// Returns the id of a rule, check or comparison as it is named today; one of the second judging is.
    pub(super) fn id(&self, id: &str, scenario: &str, is_old: bool) -> String {
        if !is_old {
            return id.to_owned();
        }
        let followed = self.follow(id);
        if followed != id {
            return followed.to_owned();
        }
        // A scenario that has a new name took its checks along.
        let today = self.scenario(scenario);
        let own = id.strip_prefix(scenario).filter(|r| r.starts_with('/'));
        match own {
            Some(rest) if today != scenario => self.follow_owned(&format!("{today}{rest}")),
            Some(_) | None => id.to_owned(),
        }
    }

    fn follow_owned(&self, id: &str) -> String {
        self.follow(id).to_owned()
    }
}

/// Returns the places of observation of a judging, alphabetically.
pub(super) fn vantages(audit: &Audit) -> Vec<String> {
    let results = audit.results.checks.iter().map(|check| &check.vantage);
    let mut all: Vec<String> = results.cloned().collect();
    all.push(audit.run.vantage.clone());
    all.sort_unstable();
    all.dedup();
    all
}

/// What tells results of one judging apart.
type CheckKey = (
    String,
    String,
    String,
    String,
    BTreeMap<String, String>,
    &'static str,
);

/// Returns the key of a verdict. One place of observation is compared with one, wherever it was.
pub(super) fn check_key<'a>(
    before: &Audit,
    after: &Audit,
    renames: &'a Renames<'a>,
) -> impl Fn(&CheckResult, bool) -> CheckKey + use<'a> {
    let one_place = vantages(before).len() == 1 && vantages(after).len() == 1;
    move |check, is_old| {
        let scenario = if is_old {
            renames.scenario(&check.scenario)
        } else {
            &check.scenario
        };
        let vantage = if one_place { "" } else { &check.vantage };
        (
            renames.id(&check.id, &check.scenario, is_old),
            scenario.to_owned(),
            check.registry.as_str().to_owned(),
            vantage.to_owned(),
            check.parameters.clone(),
            check.operator.as_str(),
        )
    }
}
