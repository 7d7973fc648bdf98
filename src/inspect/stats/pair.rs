//! Two files of one series: what changed from one to the other.

use super::model::Stats;
use super::row::Row;

/// What changed between two files of one registry.
///
/// Records are the same if type, start and value are. What is compared of them is compared where
/// both are held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Records that are held in both.
    pub common: u64,
    /// Of these, those with the same holder's id.
    pub same_holder: u64,
    /// Of these, those with another date.
    pub dates: u64,
    /// Of these, those of another country.
    pub countries: u64,
    /// Of these, those that were allocated and are assigned, or the other way round.
    pub statuses: u64,
    /// Records that were held, and whose numbers are not listed in this form any more.
    pub gone: u64,
    /// Records of the earlier file, and of the later one.
    pub records: [u64; 2],
    /// The same by type.
    pub records_of: [[u64; 3]; 2],
}

/// Compares an earlier file with a later one.
pub fn change(earlier: &Stats, later: &Stats) -> Change {
    let mut change = Change {
        records: [earlier.records, later.records],
        records_of: [earlier.records_of, later.records_of],
        ..Change::default()
    };
    let key = |row: &Row| (row.kind, row.start(), row.value());
    let sorted = |stats: &'_ Stats| -> Vec<u32> {
        let mut order: Vec<u32> =
            (0..u32::try_from(stats.rows.len()).unwrap_or(u32::MAX)).collect();
        let of = |index: &u32| {
            usize::try_from(*index)
                .ok()
                .and_then(|n| stats.rows.get(n))
                .map(key)
        };
        order.sort_by_key(of);
        order
    };
    let row = |stats: &'_ Stats, index: u32| -> Option<Row> {
        stats.rows.get(usize::try_from(index).ok()?).copied()
    };
    let mut after = sorted(later)
        .into_iter()
        .filter_map(|n| row(later, n))
        .peekable();
    for before in sorted(earlier).into_iter().filter_map(|n| row(earlier, n)) {
        while after.next_if(|now| key(now) < key(&before)).is_some() {}
        let same = after.peek().filter(|now| key(now) == key(&before));
        match same {
            Some(now) if before.status.is_held() && now.status.is_held() => {
                change.common += 1;
                let same_holder = earlier.holder_of(&before) == later.holder_of(now);
                change.same_holder += u64::from(same_holder);
                change.dates += u64::from(before.date != now.date);
                change.countries += u64::from(before.country != now.country);
                change.statuses += u64::from(before.status != now.status);
            }
            None if before.status.is_held() => change.gone += 1,
            Some(_) | None => {}
        }
    }
    change
}
