//! Which numbers are in a registry's care.

use jiff::Timestamp;

use super::{Operator, Transfer};
use crate::mock::rpki::Resources;

impl Operator {
    /// Returns what is in its care by what was delegated and transferred at the times that count:
    /// what IANA delegated and what came, without what went and what is special.
    pub(in crate::mock) fn care(
        &self,
        transfers: &[Transfer],
        special: &Resources,
        counts: impl Fn(Timestamp) -> bool,
    ) -> Resources {
        let delegated = self.delegated.iter();
        let delegated = delegated.filter(|d| counts(d.dates.registered));
        let mut care = Resources::of(delegated.map(|d| d.block));
        // In the order in which they were completed: what came may go again.
        let mut transfers: Vec<_> = transfers.iter().filter(|t| counts(t.date)).collect();
        transfers.sort_by_key(|transfer| transfer.date);
        for transfer in transfers {
            let moved = Resources::of([transfer.block]);
            if transfer.from == self.id && !transfer.withheld {
                care = care.without(&moved);
            }
            if transfer.to == self.id {
                care = Resources::of(care.blocks().chain(moved.blocks()).copied());
            }
        }
        care.without(special)
    }
}
