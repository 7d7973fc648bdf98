//! The dark clock: what would be lost when, if signing stopped now.

use jiff::Timestamp;

use super::{Tier, Tree, Vrp};
use crate::verdict::Operator;

/// When what a CA says would end if nothing were signed anew, by the tier that would have to sign.
///
/// A certificate is signed by the CA above; manifest and CRL by the CA itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// First end of what the trust anchor signed on the path.
    pub anchor: Timestamp,
    /// First end of what intermediate CAs signed on the path; the end of time if there is none.
    pub intermediate: Timestamp,
    /// First end of what members' CAs signed on the path; the end of time if there is none.
    pub member: Timestamp,
}

impl Default for Expiry {
    fn default() -> Self {
        Self {
            anchor: Timestamp::MAX,
            intermediate: Timestamp::MAX,
            member: Timestamp::MAX,
        }
    }
}

impl Expiry {
    /// Returns the first end of what one tier signed.
    pub const fn of(&self, tier: Tier) -> Timestamp {
        match tier {
            Tier::Anchor => self.anchor,
            Tier::Intermediate => self.intermediate,
            Tier::Member => self.member,
        }
    }

    /// Returns the first end of all.
    pub fn first(&self) -> Timestamp {
        self.anchor.min(self.intermediate).min(self.member)
    }

    /// Takes in one more signed thing of a tier.
    pub(super) fn limit(&mut self, tier: Tier, end: Timestamp) {
        let slot = match tier {
            Tier::Anchor => &mut self.anchor,
            Tier::Intermediate => &mut self.intermediate,
            Tier::Member => &mut self.member,
        };
        *slot = end.min(*slot);
    }
}

/// Whose signing stops, and of whose payloads the end is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The tier that stops signing; `None` if all do.
    pub tier: Option<Tier>,
    /// Only payloads of CAs of this operator; `None` for all.
    pub operator: Option<Operator>,
}

impl Tree {
    /// Returns when each validated ROA payload would be lost if signing stopped now, in order of time.
    ///
    /// A payload is lost when its ROA's certificate, or a manifest, CRL or certificate above it
    /// ends; one that stands in several ROAs when the last of them goes. What never ends within
    /// the scope (no such tier on its path) ends at the end of time.
    pub fn dark_clock(&self, scope: Scope) -> Vec<Timestamp> {
        let mut ends: Vec<_> = self
            .vrps
            .iter()
            .filter_map(|vrp| Some((vrp.payload(), self.end_of(vrp, scope)?)))
            .collect();
        ends.sort_unstable();
        // Of one payload's ends the last stands last.
        let mut last: Vec<_> = ends
            .chunk_by(|(a, _), (b, _)| a == b)
            .filter_map(|same| same.last().map(|(_, end)| *end))
            .collect();
        last.sort_unstable();
        last
    }

    /// Returns when one payload of one ROA ends; `None` if it is not in the scope.
    fn end_of(&self, vrp: &Vrp, scope: Scope) -> Option<Timestamp> {
        let object = self.object(vrp.object)?;
        let ca = self.ca(object.ca)?;
        if scope
            .operator
            .is_some_and(|operator| operator != ca.operator)
        {
            return None;
        }
        let mut expiry = ca.expiry;
        expiry.limit(ca.tier(), object.validity?.not_after());
        Some(scope.tier.map_or_else(|| expiry.first(), |t| expiry.of(t)))
    }
}
