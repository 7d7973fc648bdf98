//! Who reads a site, and what they may read of what services said.
//!
//! A verdict is ours and is shown to everybody; words of a service may hold data of persons. So an
//! audit goes through [`published`] before any page, table or feed sees it: what an audience may not
//! read is not there any more, and nothing later can let it out.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::text;
use crate::audit::Audit;
use crate::registry::RegistryId;
use crate::report::redact;
use crate::scenario::model::TargetKind;
use crate::scenario::suite::Suite;
use crate::verdict::Outcome;
use crate::verdict::note::Remark;
use crate::verdict::results::{CheckResult, ComparisonResult, Results};

/// What stands in place of words that the audience may not read.
pub const WITHHELD: &str = "withheld";

/// Who reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    Public,
    /// The engineers of all registries.
    Ecg,
    /// The engineers of one registry.
    Registry(RegistryId),
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.write_str("public"),
            Self::Ecg => f.write_str("ecg"),
            Self::Registry(id) => write!(f, "registry:{id}"),
        }
    }
}

impl FromStr for Audience {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "public" => Ok(Self::Public),
            None if text == "ecg" => Ok(Self::Ecg),
            Some(("registry", id)) => RegistryId::parse(id)
                .map(Self::Registry)
                .map_err(|e| e.to_string()),
            None | Some(_) => Err(format!(
                "`{text}` is no audience; expected `public`, `ecg` or `registry:` and an id"
            )),
        }
    }
}

/// A kind of words that a service may have said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excerpt {
    /// What was expected, which may repeat what another answer said.
    Expected,
    /// What was seen, or what was wrong with it.
    Seen,
    /// Where in a document, and what was wrong there.
    Place,
    /// What was asked and answered, one line per exchange.
    Asked,
    /// A compared value in words; quantities are not words.
    Value,
}

/// Says which excerpts an audience may read. An export by audience brings its own.
pub trait Permits: fmt::Debug + Sync {
    /// Says whether an excerpt may be read; `of` is the registry it is about, `None` for all of them.
    fn permits(&self, excerpt: Excerpt, text: &str, of: Option<&RegistryId>) -> bool;
}

/// What holds everywhere: nothing that a service said is public but values made of words of protocols
/// (`redact`), and a registry reads what is its own.
#[derive(Clone, Debug)]
pub struct Cautious {
    audience: Audience,
    is_invented: bool,
}

impl Cautious {
    /// Returns what an audience may read of a target; what the mock world says is about nobody.
    pub fn of(audience: &Audience, kind: TargetKind) -> Self {
        Self {
            audience: audience.clone(),
            is_invented: kind == TargetKind::Mock,
        }
    }
}

impl Permits for Cautious {
    fn permits(&self, excerpt: Excerpt, text: &str, of: Option<&RegistryId>) -> bool {
        self.is_invented
            || match &self.audience {
                Audience::Ecg => true,
                Audience::Registry(own) if of == Some(own) => true,
                Audience::Registry(_) | Audience::Public => {
                    excerpt == Excerpt::Value && redact::is_public(text)
                }
            }
    }
}

/// What an audience may read of a judging.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Who reads.
    pub audience: &'a Audience,
    /// Which excerpts.
    pub permits: &'a dyn Permits,
    /// Ids of scenarios whose results are for the registry concerned only.
    pub security: &'a BTreeSet<String>,
}

/// Returns the scenarios of a suite whose results are for the registry concerned only: those tagged `security`.
pub fn security(suite: &Suite) -> BTreeSet<String> {
    let tagged = suite.scenarios.iter();
    tagged
        .filter(|scenario| scenario.tags.iter().any(|tag| tag == "security"))
        .map(|scenario| scenario.id.to_string())
        .collect()
}

/// Removes from an audit what its audience may not read, and counts again without what is not confirmed.
pub fn published(mut audit: Audit, terms: &Terms<'_>) -> Audit {
    let results = &mut audit.results;
    match terms.audience {
        Audience::Ecg => {}
        Audience::Public => {
            results
                .checks
                .retain(|check| !terms.security.contains(&check.scenario));
            results
                .comparisons
                .retain(|comparison| !terms.security.contains(&comparison.scenario));
            // A value that differs from an accepted one is there whole, as the service gave it.
            results.drifts.clear();
            results.baselines.clear();
        }
        Audience::Registry(own) => {
            results.drifts.retain(|drift| drift.registry == *own);
            results.checks.retain(|check| {
                check.registry == *own || !terms.security.contains(&check.scenario)
            });
            results
                .comparisons
                .retain(|comparison| !terms.security.contains(&comparison.scenario));
        }
    }
    if *terms.audience != Audience::Ecg {
        // What two registries did together has excerpts of either side.
        results.cases.clear();
    }
    // These go to other formats as they are, which do not expect a text of a megabyte.
    for registry in &mut results.registries {
        registry.name = text::line(&registry.name).into_owned();
    }
    for expiry in &mut results.expiries {
        for words in [
            &mut expiry.what,
            &mut expiry.uri,
            &mut expiry.tier,
            &mut expiry.observation,
        ] {
            *words = text::line(words).into_owned();
        }
    }
    for check in &mut results.checks {
        check_for(check, terms);
    }
    for comparison in &mut results.comparisons {
        comparison_for(comparison, terms);
    }
    if *terms.audience == Audience::Public {
        count_publicly(results);
        for check in &mut results.checks {
            without_names(&mut check.remarks);
        }
        for comparison in &mut results.comparisons {
            without_names(&mut comparison.remarks);
        }
        for state in &mut audit.remarks {
            without_names(std::slice::from_mut(&mut state.remark));
        }
        for waiver in &mut audit.waivers {
            WITHHELD.clone_into(&mut waiver.owner);
        }
    }
    audit
}

fn check_for(check: &mut CheckResult, terms: &Terms<'_>) {
    let registry = check.registry.clone();
    let may = |excerpt, text: &str| terms.permits.permits(excerpt, text, Some(&registry));
    let keep = |excerpt, text: &mut String| {
        if !text.is_empty() && !may(excerpt, text) {
            WITHHELD.clone_into(text);
        }
    };
    keep(Excerpt::Expected, &mut check.expected);
    keep(Excerpt::Seen, &mut check.seen);
    keep(Excerpt::Seen, &mut check.message);
    check.locations.retain(|place| {
        may(Excerpt::Place, &place.pointer)
            && may(Excerpt::Place, &place.document)
            && may(Excerpt::Seen, &place.message)
    });
    for value in check.parameters.values_mut() {
        keep(Excerpt::Value, value);
    }
    check.asked.retain(|line| may(Excerpt::Asked, line));
    check.observations.retain(|key| is_key(key, &may));
    for shown in check.sampled.iter_mut().flat_map(|s| &mut s.shown) {
        keep(Excerpt::Seen, &mut shown.message);
        for value in shown.parameters.values_mut() {
            keep(Excerpt::Asked, value);
        }
    }
}

/// Says whether the key of an observation may be read: it has the values of axes, which services may have given.
fn is_key(key: &str, may: &impl Fn(Excerpt, &str) -> bool) -> bool {
    let Some((_, behind)) = key.split_once('[') else {
        return true;
    };
    let values = behind.rsplit_once(']').map_or(behind, |(values, _)| values);
    values.split(',').all(|pair| {
        let value = pair.split_once('=').map_or(pair, |(_, value)| value);
        may(Excerpt::Value, value)
    })
}

fn comparison_for(comparison: &mut ComparisonResult, terms: &Terms<'_>) {
    for group in &mut comparison.groups {
        // A group is shown to a registry that is alone in it, and to who may read all.
        let of = match group.members.as_slice() {
            [only] => RegistryId::parse(only).ok(),
            [] | [_, _, ..] => None,
        };
        let is_quantity = group.measure.is_some();
        if !is_quantity
            && !terms
                .permits
                .permits(Excerpt::Value, &group.value, of.as_ref())
        {
            WITHHELD.clone_into(&mut group.value);
            group.digest.clear();
        }
    }
    for value in comparison.parameters.values_mut() {
        if !terms.permits.permits(Excerpt::Value, value, None) {
            WITHHELD.clone_into(value);
        }
    }
    let may = |excerpt, text: &str| terms.permits.permits(excerpt, text, None);
    comparison.observations.retain(|key| is_key(key, &may));
    for (participant, why) in &mut comparison.absent {
        let of = RegistryId::parse(participant).ok();
        if !terms.permits.permits(Excerpt::Seen, why, of.as_ref()) {
            WITHHELD.clone_into(why);
        }
    }
    if !comparison.message.is_empty()
        && !terms
            .permits
            .permits(Excerpt::Seen, &comparison.message, None)
    {
        WITHHELD.clone_into(&mut comparison.message);
    }
}

/// Counts again, without failures that are not settled, disputed or withdrawn: none of them is in a public count.
fn count_publicly(results: &mut Results) {
    let all = std::mem::take(&mut results.checks);
    let counts = |c: &CheckResult| c.outcome != Outcome::Fail || c.counts_publicly();
    let (counted, apart): (Vec<CheckResult>, Vec<CheckResult>) = all.into_iter().partition(counts);
    results.checks = counted;
    results.summary = crate::decide::summarize(results);
    results.checks.extend(apart);
    results.checks.sort_by(|a, b| {
        (&a.id, &a.scenario, &a.registry, &a.vantage, &a.parameters)
            .cmp(&(&b.id, &b.scenario, &b.registry, &b.vantage, &b.parameters))
            .then(a.operator.cmp(&b.operator))
    });
}

/// Removes the names of those who spoke for a registry: its remark is its own, whoever wrote it.
fn without_names(remarks: &mut [Remark]) {
    for remark in remarks {
        remark.by = remark.registry.to_string();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cautious(audience: &str, kind: TargetKind) -> Cautious {
        Cautious::of(&audience.parse().unwrap(), kind)
    }

    fn registry(id: &str) -> RegistryId {
        RegistryId::parse(id).unwrap()
    }

    #[test]
    fn an_audience_is_read_as_it_is_written() {
        for text in ["public", "ecg", "registry:arin"] {
            assert_eq!(text.parse::<Audience>().unwrap().to_string(), text);
        }
        for wrong in ["", "all", "registry", "registry:", "registry:A", "ecg:arin"] {
            assert!(wrong.parse::<Audience>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn nothing_a_service_said_is_public_but_plain_values() {
        let public = cautious("public", TargetKind::Live);
        let arin = registry("arin");
        for excerpt in [
            Excerpt::Expected,
            Excerpt::Seen,
            Excerpt::Place,
            Excerpt::Asked,
        ] {
            assert!(!public.permits(excerpt, "200", Some(&arin)));
        }
        for plain in [
            "true",
            "[`cidr0`, `nro_rdap_profile_0`]",
            "{type: [`application/rdap+json`], status: 404}",
            "102.16.0.0/16, 2001:db8::/32",
            "max-age=300",
            "median 24h, 24h to 48h of 2",
        ] {
            assert!(public.permits(Excerpt::Value, plain, None), "{plain}");
        }
        for words in [
            "`Jane Doe`",
            "`Smith`",
            "`JD1-RIPE`",
            "[`noc@example.net`]",
            "`https://rdap.example/entity/JD1`",
            "`+43 1 234`",
            "`tel:+4312345`",
            "<b>",
            "Zoë",
        ] {
            assert!(!public.permits(Excerpt::Value, words, None), "{words}");
        }
    }

    #[test]
    fn a_registry_reads_its_own_and_the_group_of_all_reads_all() {
        let own = cautious("registry:arin", TargetKind::Live);
        assert!(own.permits(Excerpt::Seen, "a b@c", Some(&registry("arin"))));
        assert!(!own.permits(Excerpt::Seen, "a b@c", Some(&registry("apnic"))));
        assert!(!own.permits(Excerpt::Seen, "a b@c", None));
        let all = cautious("ecg", TargetKind::Live);
        assert!(all.permits(Excerpt::Seen, "a b@c", Some(&registry("apnic"))));
        let mock = cautious("public", TargetKind::Mock);
        assert!(mock.permits(Excerpt::Seen, "a b@c", None));
    }
}
