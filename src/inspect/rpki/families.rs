//! Prefixes or addresses by address family, as several contents list them.

use super::der::{Item, OCTET_STRING, Reader, SEQUENCE};
use super::object::Flaws;
use super::resources::Family;
use super::tally::Seen;

/// What a content lists of one address family.
#[derive(Clone, Debug)]
pub(super) struct OfFamily<T> {
    pub at: usize,
    /// `None` for a family that is neither IPv4 nor IPv6.
    pub family: Option<Family>,
    pub items: Vec<T>,
}

impl<T> OfFamily<T> {
    /// Reads the families of a list in a field; an item that `read` refuses is `wrong`.
    pub(super) fn read_all(
        reader: &mut Reader<'_>,
        field: &'static str,
        wrong: &'static str,
        flaws: &mut Flaws<'_>,
        read: impl Fn(&Item<'_>, Option<Family>) -> Option<T>,
    ) -> Vec<Self> {
        let mut families = Vec::with_capacity(2);
        let Some(list) = flaws.take(reader, SEQUENCE, field) else {
            return families;
        };
        let mut blocks = list.reader();
        while let Some(item) = blocks.take(SEQUENCE) {
            let mut reader = item.reader();
            let afi = flaws.take(&mut reader, OCTET_STRING, field);
            let family = afi.and_then(|afi| Family::of(afi.octets));
            let mut items = Vec::new();
            if let Some(list) = flaws.take(&mut reader, SEQUENCE, field) {
                let mut all = list.reader();
                while let Some(item) = all.next() {
                    match read(&item, family) {
                        Some(read) => items.push(read),
                        None => flaws.add(item.at, field, wrong),
                    }
                }
                flaws.end(&all, field);
            }
            flaws.end(&reader, field);
            families.push(Self {
                at: item.at,
                family,
                items,
            });
        }
        flaws.end(&blocks, field);
        families
    }
}

/// Finds families that are unknown, out of order or there twice.
pub(super) fn judge_families(
    families: impl Iterator<Item = (usize, Option<Family>)>,
    field: &str,
    seen: &mut Seen<'_>,
) {
    seen.look();
    let mut before = None;
    for (at, family) in families {
        if family.is_none() {
            seen.find(at, field, "neither IPv4 (0001) nor IPv6 (0002)");
        }
        if before.is_some_and(|before| before >= family) {
            let what = "address families out of order, or one twice";
            seen.find(at, field, what);
        }
        before = Some(family);
    }
}
