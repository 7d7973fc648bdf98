//! What is said twice in a tree without being wrong.

use super::{Ca, Key, Tree};

/// Payloads and certificates of a tree that repeat or outlive others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repeated {
    /// Validated ROA payloads that several ROAs of one CA say.
    pub within: usize,
    /// Validated ROA payloads that ROAs of several CAs say.
    pub across: usize,
}

impl Tree {
    /// Counts the validated ROA payloads that more than one ROA says, each once.
    ///
    /// A key with two certificates is one CA, and what it publishes stands in the table twice.
    pub fn repeated(&self) -> Repeated {
        let mut rows: Vec<_> = self
            .vrps
            .iter()
            .filter_map(|vrp| {
                let object = self.object(vrp.object)?;
                let ca = self.ca(object.ca)?;
                let place: (Key, &str, &str) = (ca.key, &ca.publication_point, &object.name);
                Some((vrp.payload(), place))
            })
            .collect();
        rows.sort_unstable();
        rows.dedup();
        let mut repeated = Repeated::default();
        for same in rows.chunk_by(|(one, _), (other, _)| one == other) {
            let keys = same.chunk_by(|(_, one), (_, other)| one.0 == other.0);
            let (mut cas, mut within) = (0_usize, false);
            for key in keys {
                cas += 1;
                within |= key.len() > 1;
            }
            repeated.within += usize::from(within);
            repeated.across += usize::from(cas > 1);
        }
        repeated
    }

    /// Counts the CA certificates that are valid for longer than that of their issuer.
    pub fn outliving(&self) -> usize {
        let outlives = |ca: &&Ca| {
            let issuer = ca.parent.and_then(|parent| self.ca(parent));
            let ends = |ca: &Ca| ca.validity.not_after();
            ca.outcome.is_certified() && issuer.is_some_and(|issuer| ends(ca) > ends(issuer))
        };
        self.cas.iter().filter(outlives).count()
    }

    /// Returns how many bits the longest number of a manifest has; 0 without manifests.
    ///
    /// At 159 bits the numbers of a manifest are used up, and it needs another name (RFC 9981).
    pub fn longest_number(&self) -> u32 {
        let numbers = self.cas.iter().filter_map(|ca| Some(ca.manifest?.number));
        let bits = numbers.map(|number| {
            let zeros = number.0.iter().take_while(|octet| **octet == 0).count();
            let first = number
                .0
                .get(zeros)
                .map_or(0, |octet| 8 - octet.leading_zeros());
            let rest = number.0.len().saturating_sub(zeros + 1);
            u32::try_from(rest * 8).unwrap_or(0) + first
        });
        bits.max().unwrap_or(0)
    }
}
