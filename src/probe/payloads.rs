//! Validated payloads as sets: those of a tree of ours, and how two differ.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::fact::{Facts, TextSet, Value};
use crate::inspect::tree::{self, Anchor, Key, NoLook, Objects, Options, Tree};
use crate::resource::{Asn, Prefix};

/// A validated ROA payload: prefix, longest length, AS number.
pub(super) type Vrp = (Prefix, u8, Asn);

/// A validated ASPA payload: customer and providers, in ascending order.
pub(super) type Aspa = (Asn, Vec<Asn>);

/// An AS number with the key of a router.
pub(super) type RouterKey = (Asn, Key);

/// What a validator, or we, found, each once and in ascending order; `None` for what it does not know.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Payloads {
    pub(super) vrps: Vec<Vrp>,
    pub(super) aspas: Option<Vec<Aspa>>,
    pub(super) router_keys: Option<Vec<RouterKey>>,
}

/// Most AS numbers of one router certificate that are compared; real ones have one.
const MOST_ASNS: usize = 10_000;

/// Returns what a tree of ours says.
pub(super) fn of_tree(tree: &Tree) -> Payloads {
    let vrps = tree.vrps.iter().map(|vrp| vrp.payload()).collect();
    let aspas = tree.aspas.iter();
    let aspas = aspas.map(|aspa| (aspa.customer, aspa.providers.to_vec()));
    let keys = tree.router_keys.iter().flat_map(|router| {
        let ranges = router.asns.ranges();
        let asns = ranges.flat_map(|(first, last)| (first.0..=last.0).map(Asn));
        asns.take(MOST_ASNS).map(|asn| (asn, router.key))
    });
    Payloads {
        vrps: sorted(vrps),
        aspas: Some(joined(aspas)),
        router_keys: Some(sorted(keys.collect())),
    }
}

/// Returns the payloads of the repositories in a capture, a text `URI payload` each: of one object alone
/// it is to be seen in which view it counts.
pub(super) fn of_view(anchor: &Anchor, objects: &dyn Objects, now: Timestamp) -> TextSet {
    let options = Options::default();
    let (tree, ()) = tree::walk_with(anchor, objects, now, &options, &NoLook);
    let of = |id, text| format!("{} {text}", tree.uri_of(id));
    let vrps = tree.vrps.iter().map(|v| of(v.object, vrp(&v.payload())));
    let aspas = tree.aspas.iter();
    let aspas = aspas.map(|a| of(a.object, aspa(&(a.customer, a.providers.to_vec()))));
    let keys = tree.router_keys.iter();
    let keys = keys.map(|k| of(k.object, format!("{} {}", k.asns, k.key)));
    TextSet::of(vrps.chain(aspas).chain(keys))
}

impl Payloads {
    /// Publishes the sets, one text for each payload.
    pub(super) fn publish(&self, facts: &mut Facts) {
        facts.set(
            "vrps.set",
            Value::Set(TextSet::of(self.vrps.iter().map(vrp))),
        );
        if let Some(aspas) = &self.aspas {
            let texts = aspas.iter().map(aspa);
            facts.set("aspas.set", Value::Set(TextSet::of(texts)));
        }
        if let Some(keys) = &self.router_keys {
            let texts = keys.iter().map(router_key);
            facts.set("router_keys.set", Value::Set(TextSet::of(texts)));
        }
    }

    /// Returns what only these and what only the others are, a text each; what one does not know is empty.
    pub(super) fn differing(&self, others: &Self) -> (Vec<String>, Vec<String>) {
        let (mut here, mut there) = texts(&self.vrps, &others.vrps, vrp);
        fn of<T>(all: &Option<Vec<T>>) -> &[T] {
            all.as_deref().unwrap_or_default()
        }
        let aspas = texts(of(&self.aspas), of(&others.aspas), aspa);
        let keys = texts(of(&self.router_keys), of(&others.router_keys), router_key);
        for (ours, theirs) in [aspas, keys] {
            here.extend(ours);
            there.extend(theirs);
        }
        (here, there)
    }
}

fn vrp((prefix, longest, asn): &Vrp) -> String {
    format!("{prefix}-{longest} {asn}")
}

fn aspa((customer, providers): &Aspa) -> String {
    let all = std::iter::once(customer).chain(providers);
    let all: Vec<String> = all.map(Asn::to_string).collect();
    all.join(" ")
}

fn router_key((asn, key): &RouterKey) -> String {
    format!("{asn} {key}")
}

/// Writes what only the first list has and what only the second has.
fn texts<T: Ord>(
    ours: &[T],
    theirs: &[T],
    show: impl Fn(&T) -> String,
) -> (Vec<String>, Vec<String>) {
    let (here, there) = differences(ours, theirs);
    let here = here.into_iter().map(&show).collect();
    (here, there.into_iter().map(&show).collect())
}

/// Returns some things in order, each once.
pub(super) fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort_unstable();
    all.dedup();
    all
}

/// Joins what several objects say about one customer.
///
/// Source: draft-ietf-sidrops-aspa-verification, section 4: the set of providers is the union.
pub(super) fn joined(all: impl Iterator<Item = Aspa>) -> Vec<Aspa> {
    let mut sets: BTreeMap<Asn, BTreeSet<Asn>> = BTreeMap::new();
    for (customer, providers) in all {
        sets.entry(customer).or_default().extend(providers);
    }
    sets.into_iter()
        .map(|(customer, providers)| (customer, providers.into_iter().collect()))
        .collect()
}

/// Returns what only the first list has and what only the second has; both are in ascending order, each once.
pub(super) fn differences<'a, T: Ord>(ours: &'a [T], theirs: &'a [T]) -> (Vec<&'a T>, Vec<&'a T>) {
    let (mut here, mut there) = (Vec::new(), Vec::new());
    let (mut first, mut second) = (ours.iter().peekable(), theirs.iter().peekable());
    loop {
        match (first.peek(), second.peek()) {
            (Some(one), Some(other)) if one == other => {
                first.next();
                second.next();
            }
            (Some(one), Some(other)) if one < other => here.extend(first.next()),
            (Some(_), None) => here.extend(first.next()),
            (_, Some(_)) => there.extend(second.next()),
            (None, None) => return (here, there),
        }
    }
}
