//! Who operates a certification authority, and on which tier of the tree it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::found::{Key, host_of};
use super::outcome::words;
use crate::verdict::Operator;

words! {
    /// What a certification authority is for.
    Role {
        TrustAnchor = "trust-anchor": "The trust anchor itself.",
        AllResources = "all-resources": "A CA of the registry that holds everything the trust anchor holds.",
        Production = "production": "A CA of the registry that certifies its members.",
        Transfer = "transfer": "A CA of the registry for resources received from another one (X-to-Y).",
        Nir = "nir": "The CA of a National Internet Registry.",
        Member = "member": "The CA of a holder of resources.",
    }
}

impl Role {
    /// Returns the tier a CA of this role stands on.
    pub const fn tier(self) -> Tier {
        match self {
            Self::TrustAnchor => Tier::Anchor,
            Self::AllResources | Self::Production | Self::Transfer => Tier::Intermediate,
            Self::Nir | Self::Member => Tier::Member,
        }
    }

    /// Says whether the CA's own resources are certified holdings of somebody.
    ///
    /// Those of the registry's own CAs are not: real ones hold all addresses.
    pub const fn holds(self) -> bool {
        match self {
            Self::TrustAnchor | Self::AllResources | Self::Production | Self::Transfer => false,
            Self::Nir | Self::Member => true,
        }
    }
}

words! {
    /// A tier of the hierarchy.
    Tier {
        Anchor = "trust-anchor": "The trust anchor, whose key is often offline.",
        Intermediate = "intermediate": "CAs of the registry between trust anchor and members.",
        Member = "member": "CAs of members and of National Internet Registries, and all below.",
    }
}

/// What is known about one CA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name for readers.
    pub name: String,
    /// What it is for.
    pub role: Role,
}

/// What is known about the CAs and repositories of a registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// CAs by key identifier. One that is not here, and is not the trust anchor, is a member's.
    pub known: BTreeMap<Key, Known>,
    /// Hosts of rsync repositories where the registry publishes for members whose CA it runs, in
    /// lower case. If empty, the host of the trust anchor's own repository.
    pub hosts: BTreeSet<String>,
}

/// What the labelling of one CA rests on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// Operator and repository host of the CA above; `None` for the trust anchor.
    pub(super) parent: Option<(Operator, &'a str)>,
    /// Host of the CA's own rsync repository, lower case.
    pub(super) host: &'a str,
    /// Host of the trust anchor's rsync repository, lower case.
    pub(super) anchor_host: &'a str,
}

impl Labels {
    /// Takes what a registry declares: its CAs by key identifier, name and role, and its rsync
    /// modules. A key or a role that cannot be read is left out.
    pub fn declared<'a>(
        cas: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>,
        modules: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let known = cas.into_iter().filter_map(|(key, name, role)| {
            let role = Role::ALL.iter().find(|known| known.as_str() == role)?;
            let known = Known {
                name: name.to_owned(),
                role: *role,
            };
            Some((key.parse().ok()?, known))
        });
        let hosts = modules
            .into_iter()
            .map(|module| host_of(module).to_ascii_lowercase());
        Self {
            known: known.collect(),
            hosts: hosts.collect(),
        }
    }

    /// Returns what a CA is for.
    pub(super) fn role(&self, key: &Key, place: Place<'_>) -> Role {
        if place.parent.is_none() {
            return Role::TrustAnchor;
        }
        self.known.get(key).map_or(Role::Member, |known| known.role)
    }

    /// Returns who operates a CA.
    ///
    /// The registry's own CAs are its service. Below a National Internet Registry a CA is of
    /// that registry if it publishes at the same host. A CA that publishes where the registry
    /// publishes is hosted; any other one, and everything below it, is delegated.
    pub(super) fn operator(&self, role: Role, place: Place<'_>) -> Operator {
        match role {
            Role::TrustAnchor | Role::AllResources | Role::Production | Role::Transfer => {
                return Operator::RirService;
            }
            Role::Nir => return Operator::Nir,
            Role::Member => {}
        }
        let Some((above, above_host)) = place.parent else {
            return Operator::RirService;
        };
        match above {
            Operator::Nir if above_host == place.host => Operator::Nir,
            Operator::RirService | Operator::RirHostedCa if self.is_host(place) => {
                Operator::RirHostedCa
            }
            Operator::RirService
            | Operator::RirHostedCa
            | Operator::Nir
            | Operator::DelegatedCa
            | Operator::MemberData
            | Operator::ThirdParty => Operator::DelegatedCa,
        }
    }

    /// Says whether the registry publishes hosted CAs at a place's host.
    fn is_host(&self, place: Place<'_>) -> bool {
        if self.hosts.is_empty() {
            place.host == place.anchor_host
        } else {
            self.hosts.contains(place.host)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place<'a>(parent: Operator, above: &'a str, host: &'a str) -> Place<'a> {
        Place {
            parent: Some((parent, above)),
            host,
            anchor_host: "rpki.example",
        }
    }

    #[test]
    fn a_ca_is_hosted_where_the_registry_publishes() {
        let labels = Labels::default();
        let here = place(Operator::RirService, "rpki.example", "rpki.example");
        assert_eq!(labels.operator(Role::Member, here), Operator::RirHostedCa);
        let there = place(Operator::RirService, "rpki.example", "ca.isp.example");
        assert_eq!(labels.operator(Role::Member, there), Operator::DelegatedCa);
    }

    #[test]
    fn below_a_delegated_ca_everything_is_delegated() {
        let labels = Labels::default();
        let back = place(Operator::DelegatedCa, "ca.isp.example", "rpki.example");
        assert_eq!(labels.operator(Role::Member, back), Operator::DelegatedCa);
    }

    #[test]
    fn below_a_national_registry_its_host_decides() {
        let labels = Labels::default();
        let own = place(Operator::Nir, "rpki.nir.example", "rpki.nir.example");
        assert_eq!(labels.operator(Role::Member, own), Operator::Nir);
        let other = place(Operator::Nir, "rpki.nir.example", "ca.isp.example");
        assert_eq!(labels.operator(Role::Member, other), Operator::DelegatedCa);
    }

    #[test]
    fn declarations_are_read() {
        let key = "ab".repeat(20);
        let cas = [
            (key.as_str(), "Production", "production"),
            ("ab", "short", "nir"),
            (key.as_str(), "odd", "else"),
        ];
        let labels = Labels::declared(cas, ["rsync://RPKI.example/repository/"]);
        assert_eq!(labels.known.len(), 1);
        assert_eq!(labels.known[&Key([0xAB; 20])].role, Role::Production);
        assert_eq!(labels.hosts, BTreeSet::from(["rpki.example".to_owned()]));
    }

    #[test]
    fn declared_hosts_replace_the_trust_anchors() {
        let labels = Labels {
            hosts: BTreeSet::from(["members.example".to_owned()]),
            ..Labels::default()
        };
        let declared = place(Operator::RirService, "rpki.example", "members.example");
        assert_eq!(
            labels.operator(Role::Member, declared),
            Operator::RirHostedCa
        );
        let anchors = place(Operator::RirService, "rpki.example", "rpki.example");
        assert_eq!(
            labels.operator(Role::Member, anchors),
            Operator::DelegatedCa
        );
    }
}
