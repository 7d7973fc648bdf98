//! Joining neighbors that say the same.

use super::row::{Numbers, Row};

/// Joins rows next to each other with the same registry, country, day, status and holder; of IPv6
/// only two that make up one prefix. Rows are in order.
pub fn join_siblings<'a>(rows: &[Row<'a>]) -> Vec<Row<'a>> {
    let mut joined: Vec<Row<'a>> = Vec::with_capacity(rows.len());
    for row in rows {
        let mut last = *row;
        // What was joined may now fit what is before it.
        while let Some(both) = joined.last().and_then(|before| pair(before, &last)) {
            joined.pop();
            last = both;
        }
        joined.push(last);
    }
    joined
}

/// Returns two rows as one; `None` if they stay apart.
fn pair<'a>(a: &Row<'a>, b: &Row<'a>) -> Option<Row<'a>> {
    if a.last.checked_add(1) != Some(b.first) {
        return None;
    }
    if a.numbers() == Numbers::Ipv6 {
        let is_half = a.last - a.first == b.last - b.first;
        let bit = (b.last - b.first).checked_add(1)?;
        if !is_half || a.first & bit != 0 {
            return None;
        }
    }
    // All rows are written on the same day.
    let (x, y) = (a.fields("today"), b.fields("today"));
    let same = x.country == y.country
        && x.holder == y.holder
        && x.date == y.date
        && x.registry == y.registry
        && x.status == y.status;
    same.then(|| a.of(a.first, b.last))
}
