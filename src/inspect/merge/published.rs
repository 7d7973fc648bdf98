//! What is published beside what the same inputs give here.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::row::{Conflict, Numbers, Row, Rows};
use crate::resource::{AddressRange, AddressSet, Asn, AsnSet};

/// Most differences that are kept; all are counted.
const MOST_KEPT: usize = 100;

/// A row that is in one of two files only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What is published; `None` for nothing of these numbers.
    pub published: Option<String>,
    /// What the inputs give; `None` for nothing of these numbers.
    pub own: Option<String>,
}

/// What differs between what is published and what the inputs give.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// How many rows, or pairs of rows.
    pub count: u64,
    /// The first of them.
    pub kept: Vec<Difference>,
}

impl Differences {
    fn add(&mut self, published: Option<String>, own: Option<String>) {
        self.count = self.count.saturating_add(1);
        if self.kept.len() < MOST_KEPT {
            self.kept.push(Difference { published, own });
        }
    }
}

/// Compares rows as they are written on a day, in the order of their numbers: a difference is a row of other numbers, or one of
/// the same numbers that says something else of them.
pub fn differences(published: &Rows<'_>, own: &Rows<'_>, day: &str) -> Differences {
    let mut found = Differences::default();
    for numbers in Numbers::ALL {
        let (left, right) = (ordered(published.of(numbers)), ordered(own.of(numbers)));
        let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => (a.first, a.last).cmp(&(b.first, b.last)),
            };
            let a = left.next_if(|_| order != Ordering::Greater);
            let b = right.next_if(|_| order != Ordering::Less);
            let (a, b) = (a.map(|row| row.text(day)), b.map(|row| row.text(day)));
            if a != b {
                found.add(a, b);
            }
        }
    }
    found
}

/// Compares pairs of rows, whatever their order.
pub fn conflicts_differ(
    published: &[Conflict<'_>],
    own: &[Conflict<'_>],
    day: &str,
) -> Differences {
    let text = |c: &Conflict<'_>| format!("{} / {}", c.earlier.text(day), c.later.text(day));
    // How much more often a pair is published than it is found.
    let mut often: BTreeMap<String, i64> = BTreeMap::new();
    for (pairs, by) in [(published, 1_i64), (own, -1)] {
        for pair in pairs {
            let count = often.entry(text(pair)).or_default();
            *count = count.saturating_add(by);
        }
    }
    let mut found = Differences::default();
    for (pair, count) in often {
        for _ in 0..count.unsigned_abs() {
            if count > 0 {
                found.add(Some(pair.clone()), None);
            } else {
                found.add(None, Some(pair.clone()));
            }
        }
    }
    found
}

/// Returns rows in the order of their numbers.
fn ordered<'r, 'a>(rows: &'r [Row<'a>]) -> Vec<&'r Row<'a>> {
    let mut rows: Vec<&Row<'a>> = rows.iter().collect();
    rows.sort_by_key(|row| (row.first, row.last));
    rows
}

impl Row<'_> {
    /// Returns its addresses; `None` for AS numbers.
    pub fn addresses(&self) -> Option<AddressRange> {
        addresses(self.numbers, self.first, self.last)
    }

    /// Returns its AS numbers; `None` for addresses.
    pub fn asns(&self) -> Option<(Asn, Asn)> {
        if self.numbers != Numbers::Asn {
            return None;
        }
        let (first, last) = (u32::try_from(self.first), u32::try_from(self.last));
        Some((Asn(first.ok()?), Asn(last.ok()?)))
    }
}

fn addresses(numbers: Numbers, first: u128, last: u128) -> Option<AddressRange> {
    let address = |number: u128| match numbers {
        Numbers::Asn => None,
        Numbers::Ipv4 => Some(IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(number).ok()?))),
        Numbers::Ipv6 => Some(IpAddr::V6(Ipv6Addr::from_bits(number))),
    };
    AddressRange::new(address(first)?, address(last)?).ok()
}

/// Returns numbers in words, such as `192.0.2.0/24` or `AS64496-AS64511`.
pub(super) fn words(numbers: Numbers, first: u128, last: u128) -> String {
    if let Some(range) = addresses(numbers, first, last) {
        return AddressSet::from(range).to_string();
    }
    let narrow = |number: u128| Asn(u32::try_from(number).unwrap_or(u32::MAX));
    AsnSet::range(narrow(first), narrow(last)).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::row::read;
    use super::super::sticky::conflicts_of;
    use super::*;

    #[test]
    fn rows_differ_by_their_numbers_and_by_what_they_say() {
        let published = "arin|US|ipv4|192.0.2.0|256|20010101|assigned|x|e-stats\n\
            arin|US|ipv4|198.51.100.0|256|20010101|assigned|x|e-stats\n\
            iana|ZZ|asn|10|1|20061129|ianapool|iana|iana\n";
        let own = "arin|US|ipv4|198.51.100.0|256|20010101|assigned|y|e-stats\n\
            arin|US|ipv4|203.0.113.0|256|20010101|assigned|x|e-stats\n\
            iana|ZZ|asn|10|1|20061129|ianapool|iana|iana\n";
        let (published, own) = (read(published).0, read(own).0);
        let found = differences(&published, &own, "20261121");
        assert_eq!(found.count, 3);
        let [first, second, third] = found.kept.as_slice() else {
            panic!("{found:?}");
        };
        assert!(first.own.is_none() && third.published.is_none());
        assert!(second.published.as_ref().unwrap().contains("|x|"));
        assert!(second.own.as_ref().unwrap().contains("|y|"));
        assert_eq!(differences(&own, &own, "20261121").count, 0);
        assert_eq!(
            own.ipv4[0].addresses().unwrap().to_string(),
            "198.51.100.0/24"
        );
        assert_eq!(own.asn[0].asns(), Some((Asn(10), Asn(10))));
    }

    #[test]
    fn what_nobody_holds_is_as_of_the_day() {
        let published = "arin|ZZ|ipv4|192.0.2.0|256|20261121|reserved|arin|e-stats\n";
        let own = "arin||ipv4|192.0.2.0|256||reserved|\n";
        let inputs = super::super::Inputs {
            registries: vec![read(own).0],
            ..super::super::Inputs::default()
        };
        let merged = super::super::merge(&inputs);
        let found = differences(&read(published).0, &merged.combined, "20261121");
        // All but this row of the pool is not published here.
        assert!(
            found.kept.iter().all(|d| d.published.is_none()),
            "{found:?}"
        );
    }

    #[test]
    fn pairs_are_counted_however_they_are_ordered() {
        let (a, b, c) = (
            "arin|US|asn|1|4|20010101|assigned|x|e-stats",
            "ripencc|NL|asn|4|1|20010101|assigned|y|e-stats",
            "apnic|JP|asn|4|1|20010101|assigned|z|e-stats",
        );
        let published = format!("{a}\r\n{b}\r\n\r\n{a}\r\n{c}\r\n\r\n");
        let own = format!("{a}\r\n{c}\r\n\r\n{a}\r\n{b}\r\n\r\n{a}\r\n{b}\r\n\r\n");
        let found = conflicts_differ(
            &conflicts_of(&published).0,
            &conflicts_of(&own).0,
            "20261121",
        );
        assert_eq!(found.count, 1);
        assert_eq!(
            found.kept[0].own.as_deref(),
            Some(format!("{a} / {b}").as_str())
        );
    }

    #[test]
    fn numbers_are_written_as_elsewhere() {
        assert_eq!(words(Numbers::Ipv4, 0, 0x7fff_ffff), "0.0.0.0/1");
        assert_eq!(words(Numbers::Asn, 64_496, 64_511), "AS64496-AS64511");
        assert_eq!(words(Numbers::Ipv6, 0, u128::MAX), "::/0");
    }
}
