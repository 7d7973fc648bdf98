//! Samples of operational parameters, by tier and operator.

use std::collections::BTreeMap;
use std::fmt;

use super::Tier;
use super::outcome::words;
use crate::verdict::Operator;

words! {
    /// An operational parameter of which each certificate, manifest, CRL or object gives a sample.
    Parameter {
        CaLifetime = "ca.lifetime": "From notBefore to notAfter of a CA certificate.",
        CaRemaining = "ca.remaining": "From now to notAfter of a CA certificate.",
        ManifestWindow = "manifest.window": "From thisUpdate to nextUpdate of a manifest.",
        ManifestAge = "manifest.age": "From thisUpdate of a manifest to now.",
        ManifestRemaining = "manifest.remaining": "From now to nextUpdate of a manifest.",
        ManifestEntries = "manifest.entries": "Files that a manifest lists.",
        ManifestBytes = "manifest.bytes": "Octets of a manifest.",
        CrlWindow = "crl.window": "From thisUpdate to nextUpdate of a CRL.",
        CrlRemaining = "crl.remaining": "From now to nextUpdate of a CRL.",
        CrlAhead = "crl.ahead": "From nextUpdate of a manifest to that of the CRL on it.",
        CrlEntries = "crl.entries": "Certificates that a CRL revokes.",
        CrlBytes = "crl.bytes": "Octets of a CRL.",
        RoaLifetime = "roa.lifetime": "From notBefore to notAfter of a ROA's certificate.",
        RoaRemaining = "roa.remaining": "From now to notAfter of a ROA's certificate.",
        RoaBytes = "roa.bytes": "Octets of a ROA.",
        RoaPrefixes = "roa.prefixes": "Prefixes of a ROA.",
        AspaLifetime = "aspa.lifetime": "From notBefore to notAfter of an ASPA's certificate.",
        AspaRemaining = "aspa.remaining": "From now to notAfter of an ASPA's certificate.",
        AspaBytes = "aspa.bytes": "Octets of an ASPA.",
        AspaProviders = "aspa.providers": "Providers of an ASPA.",
        TakLifetime = "tak.lifetime": "From notBefore to notAfter of a trust anchor key object's certificate.",
        TakRemaining = "tak.remaining": "From now to notAfter of a trust anchor key object's certificate.",
        RouterLifetime = "router.lifetime": "From notBefore to notAfter of a router certificate.",
        RouterRemaining = "router.remaining": "From now to notAfter of a router certificate.",
    }
}

/// What the samples of a parameter count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds; negative if the time has passed.
    Seconds,
    /// Octets.
    Bytes,
    /// Things.
    Count,
}

impl Parameter {
    /// Returns what its samples count.
    pub const fn unit(self) -> Unit {
        match self {
            Self::ManifestBytes | Self::CrlBytes | Self::RoaBytes | Self::AspaBytes => Unit::Bytes,
            Self::ManifestEntries | Self::CrlEntries | Self::RoaPrefixes | Self::AspaProviders => {
                Unit::Count
            }
            Self::CaLifetime
            | Self::CaRemaining
            | Self::ManifestWindow
            | Self::ManifestAge
            | Self::ManifestRemaining
            | Self::CrlWindow
            | Self::CrlRemaining
            | Self::CrlAhead
            | Self::RoaLifetime
            | Self::RoaRemaining
            | Self::AspaLifetime
            | Self::AspaRemaining
            | Self::TakLifetime
            | Self::TakRemaining
            | Self::RouterLifetime
            | Self::RouterRemaining => Unit::Seconds,
        }
    }
}

/// Samples of operational parameters, from what was accepted.
///
/// Tier and operator are those of the CA that signed the sampled thing; of a CA certificate
/// those of the CA it is for.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Samples(BTreeMap<(Parameter, Tier, Operator), Vec<i64>>);

impl Samples {
    /// Takes in one sample.
    pub(super) fn add(&mut self, parameter: Parameter, of: (Tier, Operator), value: i64) {
        self.0
            .entry((parameter, of.0, of.1))
            .or_default()
            .push(value);
    }

    /// Iterates over all that was sampled, in the order of the tree.
    pub fn iter(&self) -> impl Iterator<Item = (Parameter, Tier, Operator, &[i64])> {
        self.0.iter().map(|((parameter, tier, operator), values)| {
            (*parameter, *tier, *operator, values.as_slice())
        })
    }

    /// Returns the samples of a parameter, in ascending order; `None` stands for every tier or
    /// operator.
    pub fn of(
        &self,
        parameter: Parameter,
        tier: Option<Tier>,
        operator: Option<Operator>,
    ) -> Vec<i64> {
        let mut all = Vec::new();
        for (p, t, o, values) in self.iter() {
            let wanted = tier.is_none_or(|tier| tier == t) && operator.is_none_or(|op| op == o);
            if p == parameter && wanted {
                all.extend_from_slice(values);
            }
        }
        all.sort_unstable();
        all
    }
}

impl fmt::Debug for Samples {
    /// Writes how many samples there are: a tree has hundreds of thousands.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths = self.iter().map(|(p, t, o, values)| {
            let name = format!("{p}/{t}/{o}");
            (name, values.len())
        });
        f.debug_map().entries(lengths).finish()
    }
}
