//! Rules over a walked tree: what became of certificates, manifests, CRLs and objects.
//!
//! A rule looks at every object of some kinds and finds those that do not count for one
//! of its reasons. What an object is worth alone is for the rules of `inspect::rpki`;
//! these need its issuer, its CRL, its manifest and the time.

use std::collections::BTreeMap;

use super::{CaOutcome, Failure, Kind, Outcome, Reason, Stray, Tree, relations};
use crate::inspect::Found;
use crate::verdict::Operator;

/// A rule over a tree.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The id, such as `rpki.mft.fetch-current`.
    pub id: &'static str,
    /// What it looks at.
    on: On,
}

/// What a rule looks at, and for which reasons it finds it.
#[derive(Clone, Copy, Debug)]
enum On {
    /// The publication points of accepted CA certificates.
    Points(&'static [Failure]),
    /// Objects of some kinds.
    Objects(&'static [Kind], &'static [Reason]),
    /// The folders of CAs whose publication points were accepted.
    Folders,
    /// Whatever of the whole tree stands in a relation with something else of it.
    Related(relations::Relation),
}

const CA: &[Kind] = &[Kind::CaCertificate];
const ROUTER: &[Kind] = &[Kind::RouterCertificate];
const SIGNED: &[Kind] = &[
    Kind::Manifest,
    Kind::Roa,
    Kind::Aspa,
    Kind::Tak,
    Kind::Gbr,
    Kind::Rsc,
    Kind::Spl,
    Kind::Rdc,
];
const ANCHOR: &[Kind] = &[Kind::TrustAnchor];

/// All rules, grouped as in the catalogue.
pub const RULES: &[Rule] = &[
    objects("rpki.ta.key-of-locator", ANCHOR, &[Reason::TalKey]),
    objects(
        "rpki.ta.valid-now",
        ANCHOR,
        &[Reason::NotYetValid, Reason::Expired],
    ),
    objects(
        "rpki.ta.accepted",
        ANCHOR,
        &[
            Reason::TooLarge,
            Reason::Syntax,
            Reason::Profile,
            Reason::Algorithm,
            Reason::Issuer,
            Reason::Signature,
            Reason::CertificateSignature,
            Reason::Content,
        ],
    ),
    points(
        "rpki.mft.fetch-reachable",
        &[Failure::UnreachableRepository],
    ),
    points("rpki.mft.fetch-manifest", &[Failure::ManifestMissing]),
    points("rpki.mft.fetch-valid", &[Failure::ManifestInvalid]),
    points(
        "rpki.mft.fetch-current",
        &[Failure::ManifestPremature, Failure::ManifestStale],
    ),
    points("rpki.mft.fetch-not-revoked", &[Failure::ManifestRevoked]),
    points("rpki.mft.fetch-files", &[Failure::FileMissing]),
    points("rpki.mft.fetch-hashes", &[Failure::HashMismatch]),
    Rule {
        id: "rpki.mft.lists-all",
        on: On::Folders,
    },
    points(
        "rpki.mft.fetch-bounds",
        &[
            Failure::TooLarge,
            Failure::TooManyEntries,
            Failure::TooManyObjects,
        ],
    ),
    points(
        "rpki.crl.fetch-listed",
        &[Failure::CrlUnlisted, Failure::CrlAmbiguous],
    ),
    points("rpki.crl.fetch-name", &[Failure::CrlName]),
    points("rpki.crl.fetch-present", &[Failure::CrlMissing]),
    points("rpki.crl.fetch-valid", &[Failure::CrlInvalid]),
    points(
        "rpki.crl.fetch-current",
        &[Failure::CrlPremature, Failure::CrlStale],
    ),
    objects(
        "rpki.cer.path",
        CA,
        &[
            Reason::Issuer,
            Reason::CertificateSignature,
            Reason::Signature,
        ],
    ),
    objects(
        "rpki.cer.valid-now",
        CA,
        &[Reason::NotYetValid, Reason::Expired],
    ),
    objects("rpki.cer.not-revoked", CA, &[Reason::Revoked]),
    objects("rpki.cer.within-issuer", CA, &[Reason::Overclaim]),
    related("rpki.cer.depth", relations::depths),
    related("rpki.cer.serial-unique", relations::serials),
    related("rpki.cer.siblings-apart", relations::siblings),
    related("rpki.cer.one-key-signs", relations::rolls),
    related("rpki.cer.one-notification", relations::notifications),
    objects(
        "rpki.cer.accepted",
        CA,
        &[
            Reason::Syntax,
            Reason::Content,
            Reason::Profile,
            Reason::Algorithm,
            Reason::CrlName,
            Reason::Placement,
        ],
    ),
    objects(
        "rpki.cer.bounds",
        CA,
        &[
            Reason::Circle,
            Reason::TooDeep,
            Reason::TooManyCas,
            Reason::TooManyForKey,
            Reason::TooLarge,
        ],
    ),
    objects(
        "rpki.sig.verifies",
        SIGNED,
        &[Reason::Signature, Reason::CertificateSignature],
    ),
    objects("rpki.sig.path", SIGNED, &[Reason::Issuer, Reason::CrlName]),
    objects(
        "rpki.sig.valid-now",
        SIGNED,
        &[Reason::NotYetValid, Reason::Expired],
    ),
    objects("rpki.sig.not-revoked", SIGNED, &[Reason::Revoked]),
    objects("rpki.sig.within-issuer", SIGNED, &[Reason::Overclaim]),
    objects(
        "rpki.sig.accepted",
        SIGNED,
        &[
            Reason::Syntax,
            Reason::ContentType,
            Reason::Profile,
            Reason::Algorithm,
            Reason::Placement,
            Reason::TooLarge,
        ],
    ),
    related("rpki.sig.key-once", relations::keys),
    objects(
        "rpki.roa.accepted",
        &[Kind::Roa],
        &[Reason::Content, Reason::TooManyPayloads],
    ),
    objects(
        "rpki.roa.within-certificate",
        &[Kind::Roa],
        &[Reason::Uncovered],
    ),
    objects(
        "rpki.aspa.accepted",
        &[Kind::Aspa],
        &[Reason::Content, Reason::TooManyPayloads],
    ),
    objects(
        "rpki.aspa.within-certificate",
        &[Kind::Aspa],
        &[Reason::Uncovered],
    ),
    related("rpki.aspa.one-per-customer", relations::customers),
    related("rpki.rsc.unpublished", relations::checklists),
    objects("rpki.tak.accepted", &[Kind::Tak], &[Reason::Content]),
    objects(
        "rpki.brc.accepted",
        ROUTER,
        &[
            Reason::Syntax,
            Reason::Content,
            Reason::Profile,
            Reason::Algorithm,
            Reason::Issuer,
            Reason::CertificateSignature,
            Reason::Signature,
            Reason::CrlName,
            Reason::NotYetValid,
            Reason::Expired,
            Reason::Revoked,
            Reason::Overclaim,
        ],
    ),
];

const fn points(id: &'static str, failures: &'static [Failure]) -> Rule {
    Rule {
        id,
        on: On::Points(failures),
    }
}

const fn related(id: &'static str, relation: relations::Relation) -> Rule {
    Rule {
        id,
        on: On::Related(relation),
    }
}

const fn objects(id: &'static str, kinds: &'static [Kind], reasons: &'static [Reason]) -> Rule {
    Rule {
        id,
        on: On::Objects(kinds, reasons),
    }
}

/// Applies every rule to a tree; what was found stands under whose doing it is.
///
/// A certificate is its issuer's doing, so a finding on it stands under the operator of the
/// CA that lists it; a publication point is its own CA's.
///
/// `strays` is what [`Tree::strays`] found in the capture.
pub fn look(tree: &Tree, strays: &[Stray]) -> BTreeMap<Operator, Tally> {
    let mut all: BTreeMap<Operator, Tally> = BTreeMap::new();
    let anchor = &tree.anchor;
    let own = all.entry(Operator::RirService).or_default();
    own.object(Kind::TrustAnchor, &anchor.outcome, || anchor.uri.clone());
    for object in &tree.objects {
        if let Some(ca) = tree.ca(object.ca) {
            let tally = all.entry(ca.operator).or_default();
            tally.object(object.kind, &object.outcome, || tree.uri(object));
        }
    }
    for ca in &tree.cas {
        let tally = all.entry(ca.operator).or_default();
        tally.point(&ca.outcome, || ca.manifest_uri());
    }
    for stray in strays {
        if let Some(ca) = tree.ca(stray.ca) {
            let tally = all.entry(ca.operator).or_default();
            tally.stray(&stray.uri);
        }
    }
    for (index, rule) in RULES.iter().enumerate() {
        let On::Related(relation) = rule.on else {
            continue;
        };
        relation(tree, &mut |operator, found| {
            let tally = all.entry(operator).or_default();
            if let Some(slot) = tally.0.get_mut(index) {
                let seen = slot.get_or_insert_default();
                if let Some((place, message)) = found {
                    seen.find(|| place, || message);
                }
            }
        });
    }
    all
}

/// What the rules found in the doing of one operator, by their indexes; `None` where a rule had nothing to look at.
#[derive(Clone, Debug)]
pub struct Tally(Vec<Option<Found>>);

impl Default for Tally {
    fn default() -> Self {
        Self(vec![None; RULES.len()])
    }
}

impl Tally {
    fn object(&mut self, kind: Kind, outcome: &Outcome, uri: impl Fn() -> String) {
        // Of what was dropped with its publication point nothing is known.
        if matches!(outcome, Outcome::Dropped | Outcome::Ignored) {
            return;
        }
        for (rule, seen) in RULES.iter().zip(&mut self.0) {
            let On::Objects(kinds, reasons) = rule.on else {
                continue;
            };
            if !kinds.contains(&kind) {
                continue;
            }
            let found = seen.get_or_insert_default();
            if let Some(refusal) = outcome.refusal()
                && reasons.contains(&refusal.reason)
            {
                found.find(&uri, || refusal.to_string());
            }
        }
    }

    fn point(&mut self, outcome: &CaOutcome, uri: impl Fn() -> String) {
        let failed = match outcome {
            CaOutcome::Accepted => None,
            CaOutcome::Failed { failure, words } => Some((*failure, words)),
            CaOutcome::Refused(_) | CaOutcome::Dropped | CaOutcome::NotWalked => return,
        };
        for (rule, seen) in RULES.iter().zip(&mut self.0) {
            let failures = match rule.on {
                On::Points(failures) => failures,
                On::Folders if failed.is_none() => &[],
                On::Folders | On::Objects(..) | On::Related(_) => continue,
            };
            let found = seen.get_or_insert_default();
            if let Some((failure, words)) = failed
                && failures.contains(&failure)
            {
                found.find(&uri, || format!("{failure}: {words}"));
            }
        }
    }

    fn stray(&mut self, uri: &str) {
        for (rule, seen) in RULES.iter().zip(&mut self.0) {
            if matches!(rule.on, On::Folders) {
                let found = seen.get_or_insert_default();
                found.find(|| uri.to_owned(), || "no manifest lists it".to_owned());
            }
        }
    }

    /// Adds what was found in the doing of another operator.
    pub fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            if let Some(theirs) = theirs {
                mine.get_or_insert_default().merge(theirs);
            }
        }
    }

    /// Returns what each rule with something to look at found, in the order of the list.
    pub fn into_found(self) -> impl Iterator<Item = (&'static str, Found)> {
        let all = RULES.iter().zip(self.0);
        all.filter_map(|(rule, found)| Some((rule.id, found?)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_failure_and_every_reason_is_found_by_a_rule() {
        let mut failures = BTreeSet::new();
        let mut reasons = BTreeSet::new();
        for rule in RULES {
            match rule.on {
                On::Points(all) => failures.extend(all.iter().copied()),
                On::Objects(_, all) => reasons.extend(all.iter().copied()),
                On::Folders | On::Related(_) => {}
            }
        }
        let missing: Vec<_> = Failure::ALL
            .iter()
            .filter(|f| !failures.contains(f))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
        // What a listed file lacks is its publication point's failure, and what the library
        // gave up on is ours.
        let other = [Reason::Missing, Reason::HashMismatch, Reason::Premature];
        let other = [&other[..], &[Reason::Stale, Reason::Engine]].concat();
        let missing: Vec<_> = Reason::ALL
            .iter()
            .filter(|r| !reasons.contains(r) && !other.contains(r))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn no_rule_over_single_objects_has_the_same_id() {
        let single: BTreeSet<&str> = crate::inspect::rpki::rules().map(|rule| rule.id).collect();
        let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len());
        let both: Vec<_> = ids.intersection(&single).collect();
        assert!(both.is_empty(), "{both:?}");
    }

    #[test]
    fn a_reason_of_a_kind_is_found_by_one_rule_only() {
        for kind in Kind::ALL {
            for reason in Reason::ALL {
                let rules = RULES.iter().filter(|rule| match rule.on {
                    On::Points(_) | On::Folders | On::Related(_) => false,
                    On::Objects(kinds, all) => kinds.contains(kind) && all.contains(reason),
                });
                let ids: Vec<_> = rules.map(|rule| rule.id).collect();
                assert!(ids.len() <= 1, "{kind} {reason}: {ids:?}");
            }
        }
    }
}
