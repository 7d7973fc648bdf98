//! Strays: what is published in a CA's folder and listed on no manifest.

use std::collections::{BTreeSet, HashMap};

use super::{Ca, CaId, CaOutcome, Tree};

/// An object that no manifest lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// The CA in whose folder it stands.
    pub ca: CaId,
    /// Its rsync URI.
    pub uri: String,
}

impl Tree {
    /// Finds what was published in the folder of an accepted CA and is listed by none, by URI.
    ///
    /// A folder that a CA shares with one that was not accepted is left out: what that one
    /// lists is not known. Folders below are other CAs'.
    pub fn strays<'a>(&self, published: impl IntoIterator<Item = &'a str>) -> Vec<Stray> {
        let mut folders: HashMap<&str, Option<CaId>> = HashMap::new();
        for (index, ca) in self.cas.iter().enumerate() {
            let accepted = matches!(ca.outcome, CaOutcome::Accepted);
            let own = u32::try_from(index).ok().map(CaId).filter(|_| accepted);
            folders
                .entry(&ca.publication_point)
                .and_modify(|first| *first = first.and(own))
                .or_insert(own);
        }
        let beside = |uri: &'a str| {
            let end = uri.rfind('/')?.saturating_add(1);
            let (folder, name) = uri.split_at_checked(end)?;
            let ca = (*folders.get(folder)?)?;
            Some((uri, folder, name, ca))
        };
        let candidates: Vec<_> = published.into_iter().filter_map(beside).collect();
        let wanted: BTreeSet<&str> = candidates.iter().map(|(_, folder, ..)| *folder).collect();
        let mut listed: BTreeSet<(&str, &str)> = BTreeSet::new();
        for ca in &self.cas {
            if wanted.contains(ca.publication_point.as_ref()) {
                listed.extend(self.names(ca).map(|name| (&*ca.publication_point, name)));
            }
        }
        let mut strays: Vec<Stray> = candidates
            .into_iter()
            .filter(|(uri, folder, name, _)| {
                !listed.contains(&(*folder, *name)) && *uri != self.anchor.uri
            })
            .map(|(uri, .., ca)| Stray {
                ca,
                uri: uri.to_owned(),
            })
            .collect();
        strays.sort_by(|one, other| one.uri.cmp(&other.uri));
        strays.dedup();
        strays
    }

    /// Iterates over the names of a CA's manifest and of everything that it lists.
    fn names<'t>(&'t self, ca: &'t Ca) -> impl Iterator<Item = &'t str> {
        let listed = self
            .objects_of(ca)
            .iter()
            .map(|object| object.name.as_ref());
        listed.chain([ca.manifest_name.as_ref()])
    }
}
