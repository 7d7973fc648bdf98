//! A hook that is shown every object of a walk while its octets are at hand.

use bytes::Bytes;
use jiff::Timestamp;

use super::{CaId, Kind, Outcome, Tier};
use crate::verdict::Operator;

/// One object as a [`Look`] is shown it.
#[derive(Clone, Copy, Debug)]
pub struct Glance<'a> {
    /// Its rsync URI; of a trust anchor the URI of its locator.
    pub uri: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Its octets, which may be refused ones.
    pub octets: &'a Bytes,
    /// What the walk makes of the object alone; its publication point may still be dropped.
    pub outcome: &'a Outcome,
    /// The CA that lists it; of a trust anchor its own.
    pub ca: CaId,
    /// Who operates that CA.
    pub operator: Operator,
    /// On which tier that CA stands.
    pub tier: Tier,
    /// How deep that CA stands below the trust anchor.
    pub depth: u8,
    /// The time at which everything is judged.
    pub now: Timestamp,
}

/// Looks at every object of a walk: syntax rules, statistics.
///
/// Objects are shown on many threads; each thread has tallies of its own, which are
/// merged in the order of the tree.
pub trait Look: Sync {
    /// What one thread collects over some objects.
    type Tally: Default + Send;

    /// Looks at one object.
    fn object(&self, glance: &Glance<'_>, tally: &mut Self::Tally);

    /// Adds the tally of objects that come later in the tree.
    fn merge(&self, tally: &mut Self::Tally, later: Self::Tally);
}

/// Looks at nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLook;

impl Look for NoLook {
    type Tally = ();

    fn object(&self, _glance: &Glance<'_>, _tally: &mut ()) {}

    fn merge(&self, _tally: &mut (), _later: ()) {}
}
