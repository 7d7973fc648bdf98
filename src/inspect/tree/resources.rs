//! Number resources of certificates.

use std::sync::Arc;

use rpki::repository::ResourceCert;
use rpki::repository::cert::TbsCert;
use rpki::repository::resources::{IpBlocks, Prefix as RpkiPrefix};

use super::sets::{asns, ipv4, ipv6};
use crate::resource::{AddressSet, AsnSet};

/// Which families a certificate takes over from its issuer (`inherit`) instead of listing them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inherited {
    /// IPv4 addresses.
    pub ipv4: bool,
    /// IPv6 addresses.
    pub ipv6: bool,
    /// AS numbers.
    pub asns: bool,
}

/// The resources a certificate really has: as listed or inherited and, under the policy of
/// RFC 8360, without what its issuer lacks.
///
/// Inherited sets are shared with the issuer's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// IPv4 addresses.
    pub ipv4: Arc<AddressSet>,
    /// IPv6 addresses.
    pub ipv6: Arc<AddressSet>,
    /// AS numbers.
    pub asns: Arc<AsnSet>,
    /// What of this is taken over from the issuer.
    pub inherited: Inherited,
}

impl Resources {
    /// Returns the resources of a validated certificate below an issuer.
    pub(super) fn of(cert: &ResourceCert, issuer: Option<&Self>) -> Self {
        let inherited = inherited(cert);
        let above = |shared: bool| issuer.filter(|_| shared);
        Self {
            ipv4: above(inherited.ipv4).map_or_else(
                || Arc::new(ipv4(cert.v4_resources())),
                |i| Arc::clone(&i.ipv4),
            ),
            ipv6: above(inherited.ipv6).map_or_else(
                || Arc::new(ipv6(cert.v6_resources())),
                |i| Arc::clone(&i.ipv6),
            ),
            asns: above(inherited.asns).map_or_else(
                || Arc::new(asns(cert.as_resources())),
                |i| Arc::clone(&i.asns),
            ),
            inherited,
        }
    }

    /// Says whether there are none at all.
    pub fn is_empty(&self) -> bool {
        self.ipv4.is_empty() && self.ipv6.is_empty() && self.asns.is_empty()
    }

    /// Returns the addresses that the certificate lists itself.
    pub fn listed_addresses(&self) -> AddressSet {
        match (self.inherited.ipv4, self.inherited.ipv6) {
            (true, true) => AddressSet::new(),
            (true, false) => AddressSet::clone(&self.ipv6),
            (false, true) => AddressSet::clone(&self.ipv4),
            (false, false) => self.ipv4.union(&self.ipv6),
        }
    }

    /// Returns the AS numbers that the certificate lists itself.
    pub fn listed_asns(&self) -> AsnSet {
        if self.inherited.asns {
            AsnSet::new()
        } else {
            AsnSet::clone(&self.asns)
        }
    }
}

/// Returns which families a certificate inherits.
fn inherited(cert: &ResourceCert) -> Inherited {
    let tbs: &TbsCert = cert.as_cert();
    Inherited {
        ipv4: tbs.v4_resources().is_inherited(),
        ipv6: tbs.v6_resources().is_inherited(),
        asns: tbs.as_resources().is_inherited(),
    }
}

/// Blocks that many prefixes are looked up in.
///
/// The library looks at every block for every prefix, which a hostile ROA makes a quadratic
/// number of steps.
#[derive(Debug)]
pub(super) struct Cover(Vec<(u128, u128)>);

impl Cover {
    /// Takes the first and last addresses of blocks; they neither overlap nor touch.
    pub(super) fn new(blocks: &IpBlocks) -> Self {
        let mut ranges: Vec<(u128, u128)> = blocks
            .iter()
            .map(|block| (block.min().to_bits(), block.max().to_bits()))
            .collect();
        ranges.sort_unstable();
        Self(ranges)
    }

    /// Says whether all addresses of a prefix are in one of the blocks.
    pub(super) fn has(&self, prefix: RpkiPrefix) -> bool {
        let (first, last) = (prefix.min().to_bits(), prefix.max().to_bits());
        let after = self.0.partition_point(|(begin, _)| *begin <= first);
        let below = after.checked_sub(1).and_then(|at| self.0.get(at));
        below.is_some_and(|(_, end)| *end >= last)
    }
}
