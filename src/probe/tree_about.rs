//! What a walked tree says of some resources, for questions about one transfer or one holder.

use crate::fact::{Facts, Value};
use crate::inspect::MAX_FINDINGS;
use crate::inspect::tree::{Reason, Tree};
use crate::resource::{AddressSet, Resources};

/// Publishes what a tree says of resources, several in one text being separated by commas; texts
/// that are none are left out.
pub(super) fn publish(tree: &Tree, resources: &[&str], facts: &mut Facts) {
    let Resources { addresses, asns } = Resources::lenient(resources.iter().copied());
    let holdings = tree.holdings();
    let certified = holdings.addresses.intersect(&addresses);
    facts.set("about.addresses", Value::Addresses(certified));
    let certified = holdings.asns.intersect(&asns);
    facts.set("about.asns", Value::Asns(certified));
    let mut payloads: Vec<_> = { tree.vrps.iter() }
        .map(crate::inspect::tree::Vrp::payload)
        .filter(|(prefix, _, origin)| {
            let range = AddressSet::from_iter([prefix.range()]);
            addresses.overlaps(&range) || asns.contains(*origin)
        })
        .collect();
    payloads.sort_unstable();
    payloads.dedup();
    facts.set("about.vrps.count", Value::count(payloads.len()));
    let records = payloads.into_iter().take(MAX_FINDINGS);
    let records = records.map(|(prefix, most, origin)| {
        let mut record = Facts::new();
        record.set("prefix", Value::text(prefix.to_string()));
        record.set("length", Value::Count(i64::from(prefix.length())));
        record.set("most", Value::Count(i64::from(most)));
        record.set("origin", Value::text(origin.to_string()));
        record
    });
    facts.set("about.vrps.list", Value::Records(records.collect()));
    let refused = tree.objects.iter().filter(|object| {
        let reason = object.outcome.reason();
        reason == Some(Reason::Overclaim)
    });
    let refused = refused.take(MAX_FINDINGS).map(|object| {
        let mut record = Facts::new();
        record.set("uri", Value::text(tree.uri(object)));
        record.set("kind", Value::text(object.kind.as_str()));
        record
    });
    facts.set("about.overclaiming", Value::Records(refused.collect()));
}
