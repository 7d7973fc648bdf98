//! Whose every number is, by IANA's registries together.

use super::{Document, Kind, Names, Whose};
use crate::registry::{PerRegistry, RegistryId};
use crate::resource::Resources;

/// The number space as IANA divides it; what no registry file speaks of is nobody's.
///
/// A block is whose the most special of the files says: what came back and was allocated again is
/// no longer whose block it lies in, and what is special is nobody's, wherever it lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Space {
    /// What registries were allocated.
    pub registries: PerRegistry<Resources>,
    /// What is the IETF's, or special.
    pub special: Resources,
    /// What IANA has still.
    pub free: Resources,
    /// What somebody else has.
    pub unknown: Resources,
}

impl Space {
    /// Lays registries over each other.
    pub fn of<'a>(
        documents: impl IntoIterator<Item = &'a Document> + Clone,
        names: &Names,
    ) -> Self {
        let mut space = Self::default();
        for kind in Kind::ALL {
            let all = documents.clone().into_iter();
            let own = all.flat_map(|document| &document.entries);
            space.lay(own.filter(|entry| entry.kind == Some(*kind)), *kind, names);
        }
        space
    }

    /// Lays the entries of one registry over what is known.
    fn lay<'a>(
        &mut self,
        entries: impl Iterator<Item = &'a super::Entry>,
        kind: Kind,
        names: &Names,
    ) {
        let mut own = Self::default();
        for entry in entries {
            let share = Resources {
                addresses: entry.addresses.clone(),
                asns: entry.asns.clone(),
            };
            let whose = match (kind, entry.whose(names)) {
                (Kind::Ipv4Recovered, _) => Whose::Free,
                // The rest of global unicast IPv6 is for later.
                (Kind::Ipv6, _) if entry.designee() == "Global Unicast" => Whose::Free,
                (_, whose) => whose,
            };
            let part = own.part(whose);
            *part = part.union(&share);
        }
        let spoken = own
            .parts()
            .fold(Resources::default(), |all, part| all.union(part));
        let ids: Vec<RegistryId> = self.registries.ids().cloned().collect();
        let mut old: Vec<Whose> = ids.into_iter().map(Whose::Registry).collect();
        old.extend([Whose::Special, Whose::Free, Whose::Unknown]);
        for whose in old {
            let part = self.part(whose);
            *part = part.minus(&spoken);
        }
        let ids: Vec<RegistryId> = own.registries.ids().cloned().collect();
        let mut new: Vec<Whose> = ids.into_iter().map(Whose::Registry).collect();
        new.extend([Whose::Special, Whose::Free, Whose::Unknown]);
        for whose in new {
            let more = own.part(whose.clone()).clone();
            let part = self.part(whose);
            *part = part.union(&more);
        }
    }

    fn part(&mut self, whose: Whose) -> &mut Resources {
        match whose {
            Whose::Registry(id) => self.registries.entry_or(&id, Resources::default),
            Whose::Special => &mut self.special,
            Whose::Free => &mut self.free,
            Whose::Unknown => &mut self.unknown,
        }
    }

    fn parts(&self) -> impl Iterator<Item = &Resources> {
        let registries = self.registries.iter().map(|(_, share)| share);
        registries.chain([&self.special, &self.free, &self.unknown])
    }

    /// Returns what all registries together were allocated.
    pub fn allocated(&self) -> Resources {
        let registries = self.registries.iter().map(|(_, share)| share);
        registries.fold(Resources::default(), |all, share| all.union(share))
    }
}
