//! Counting what is in a tree, by whose it is.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Kind, Outcome, Reason, Tier, Tree};
use crate::verdict::Operator;

/// How many objects there are, by what became of them, and their octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Objects that count.
    pub accepted: u64,
    /// Objects that do not count, for reasons of their own.
    pub refused: u64,
    /// Objects that were dropped with their publication point.
    pub dropped: u64,
    /// Objects of unknown kinds.
    pub ignored: u64,
    /// Octets of all of them.
    pub bytes: u64,
}

impl Count {
    /// Returns how many objects there are in all.
    pub const fn objects(&self) -> u64 {
        self.accepted + self.refused + self.dropped + self.ignored
    }
}

/// What is in a tree. The operator is always that of the CA that lists or is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Objects by kind.
    pub objects: BTreeMap<(Kind, Operator), Count>,
    /// Refused objects by reason.
    pub refusals: BTreeMap<(Reason, Operator), u64>,
    /// CAs by outcome ([`super::CaOutcome::name`]), such as `accepted` or `failed/manifest-stale`.
    pub cas: BTreeMap<(String, Operator), u64>,
}

/// When something that the registry itself signs ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ending {
    /// The moment.
    pub at: Timestamp,
    /// What ends: a certificate at its notAfter, a manifest or CRL at its nextUpdate.
    pub kind: Kind,
    /// Where it is.
    pub uri: String,
    /// The tier of the CA that has it.
    pub tier: Tier,
}

impl Tree {
    /// Counts objects and CAs.
    pub fn census(&self) -> Census {
        let mut census = Census::default();
        for object in &self.objects {
            let operator = self
                .ca(object.ca)
                .map_or(Operator::RirService, |ca| ca.operator);
            let count = census.objects.entry((object.kind, operator)).or_default();
            count.bytes += u64::from(object.size);
            match &object.outcome {
                Outcome::Accepted => count.accepted += 1,
                Outcome::Dropped => count.dropped += 1,
                Outcome::Ignored => count.ignored += 1,
                Outcome::Refused(refusal) => {
                    count.refused += 1;
                    *census
                        .refusals
                        .entry((refusal.reason, operator))
                        .or_default() += 1;
                }
            }
        }
        for ca in &self.cas {
            let name = (ca.outcome.name(), ca.operator);
            *census.cas.entry(name).or_default() += 1;
        }
        census
    }

    /// Returns when the certificates, manifests and CRLs of the trust anchor and of the registry's
    /// intermediate CAs end, in order of time: what is often signed by hand.
    pub fn endings(&self) -> Vec<Ending> {
        let mut endings = Vec::new();
        for ca in &self.cas {
            let tier = ca.tier();
            if tier == Tier::Member || !ca.outcome.is_certified() {
                continue;
            }
            let certificate = ca
                .certificate
                .map(|id| (Kind::CaCertificate, self.uri_of(id)));
            let (kind, uri) =
                certificate.unwrap_or_else(|| (Kind::TrustAnchor, self.anchor.uri.clone()));
            let mut end = |at, kind, uri| {
                endings.push(Ending {
                    at,
                    kind,
                    uri,
                    tier,
                });
            };
            end(ca.validity.not_after(), kind, uri);
            if let Some(manifest) = ca.manifest {
                end(manifest.next_update, Kind::Manifest, ca.manifest_uri());
            }
            if let Some(crl) = ca.crl {
                let named = self.objects_of(ca).iter().find(|o| o.kind == Kind::Crl);
                let uri = named.map_or_else(String::new, |object| self.uri(object));
                end(crl.next_update, Kind::Crl, uri);
            }
        }
        endings.sort();
        endings
    }
}
