//! Certified holdings: which resources are certified to somebody.

use std::borrow::Cow;

use super::{CaId, ObjectId, Role, Tree};
use crate::resource::{AddressSet, AsnSet};

/// Resources an EE or router certificate lists that one of the registry's own CAs issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedByOwnCa {
    pub(super) object: ObjectId,
    pub(super) addresses: AddressSet,
    pub(super) asns: AsnSet,
}

/// Who holds: a CA by its certificate, or an object by its EE or router certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A CA.
    Ca(CaId),
    /// A signed object or a router certificate.
    Object(ObjectId),
}

/// What one certificate certifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held<'a> {
    /// The certificate.
    pub holder: Holder,
    /// The addresses it lists.
    pub addresses: Cow<'a, AddressSet>,
    /// The AS numbers it lists.
    pub asns: Cow<'a, AsnSet>,
}

/// All certified holdings of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Addresses.
    pub addresses: AddressSet,
    /// AS numbers.
    pub asns: AsnSet,
}

impl Tree {
    /// Iterates over the certified holdings, certificate by certificate.
    ///
    /// These are the CA certificates of members, delegated CAs and National Internet
    /// Registries, with what they list themselves, and what EE and router certificates list
    /// that a CA of the registry itself issued. Not among them are the trust anchor and the
    /// registry's own CAs ([`super::Role::holds`]), which hold everything, and EE and router
    /// certificates below a holder, who holds the same already.
    pub fn held(&self) -> impl Iterator<Item = Held<'_>> {
        let holding = |ca: &&super::Ca| ca.role.holds() && ca.outcome.is_certified();
        let cas = (0_u32..).zip(&self.cas).filter(move |(_, ca)| holding(ca));
        let cas = cas.map(|(row, ca)| Held {
            holder: Holder::Ca(CaId(row)),
            addresses: Cow::Owned(ca.resources.listed_addresses()),
            asns: Cow::Owned(ca.resources.listed_asns()),
        });
        cas.chain(self.own_listed.iter().map(|listed| Held {
            holder: Holder::Object(listed.object),
            addresses: Cow::Borrowed(&listed.addresses),
            asns: Cow::Borrowed(&listed.asns),
        }))
    }

    /// Returns all certified holdings together.
    pub fn holdings(&self) -> Holdings {
        together(self.held())
    }

    /// Returns the certified holdings without what National Internet Registries are certified
    /// themselves, who hold more than they have given; what theirs are certified is among them.
    pub fn member_holdings(&self) -> Holdings {
        let is_national = |holder: Holder| match holder {
            Holder::Ca(id) => self.ca(id).is_some_and(|ca| ca.role == Role::Nir),
            Holder::Object(_) => false,
        };
        together(self.held().filter(|held| !is_national(held.holder)))
    }
}

/// Returns holdings together.
fn together<'a>(all: impl Iterator<Item = Held<'a>>) -> Holdings {
    let (mut ranges, mut asns) = (Vec::new(), Vec::new());
    for held in all {
        ranges.extend(held.addresses.ranges());
        asns.extend(held.asns.ranges());
    }
    Holdings {
        addresses: ranges.into_iter().collect(),
        asns: asns.into_iter().collect(),
    }
}
