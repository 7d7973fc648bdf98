//! Validated payloads as sets, from what validators write and from a tree of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use crate::inspect::tree::{Key, Tree};
use crate::resource::{Asn, Prefix};

/// A validated ROA payload: prefix, longest length, AS number.
pub(super) type Vrp = (Prefix, u8, Asn);

/// A validated ASPA payload: customer and providers, in ascending order.
pub(super) type Aspa = (Asn, Vec<Asn>);

/// An AS number with the key of a router.
pub(super) type RouterKey = (Asn, Key);

/// What a validator found, each once and in ascending order; `None` for what it does not know.
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

fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort_unstable();
    all.dedup();
    all
}

/// Joins what several objects say about one customer.
///
/// Source: draft-ietf-sidrops-aspa-verification, section 4: the set of providers is the union.
fn joined(all: impl Iterator<Item = Aspa>) -> Vec<Aspa> {
    let mut sets: BTreeMap<Asn, BTreeSet<Asn>> = BTreeMap::new();
    for (customer, providers) in all {
        sets.entry(customer).or_default().extend(providers);
    }
    sets.into_iter()
        .map(|(customer, providers)| (customer, providers.into_iter().collect()))
        .collect()
}

/// Reads lines of `AS64496,192.0.2.0/24,24` behind a heading, as FORT writes them.
///
/// # Errors
///
/// What is wrong, in words.
pub(super) fn of_csv(octets: &[u8]) -> Result<Payloads, String> {
    let text = std::str::from_utf8(octets).map_err(|error| error.to_string())?;
    let line = |line: &str| -> Option<Vrp> {
        let mut fields = line.split(',');
        let asn = fields.next()?.parse().ok()?;
        let prefix = fields.next()?.parse().ok()?;
        Some((prefix, fields.next()?.trim().parse().ok()?, asn))
    };
    let all = text.lines().skip(1).map(|text| {
        let shown = || {
            format!(
                "`{}` is no payload",
                text.chars().take(80).collect::<String>()
            )
        };
        line(text).ok_or_else(shown)
    });
    let vrps = all.collect::<Result<_, _>>()?;
    Ok(Payloads {
        vrps: sorted(vrps),
        ..Payloads::default()
    })
}

/// Reads the JSON of rpki-client or of Routinator's format `jsonext`.
///
/// rpki-client writes `provider_authorizations` up to version 8.2, by a profile of ASPA that is
/// no longer used, and `aspas` later; Routinator writes `aspas` since it knows them.
///
/// # Errors
///
/// What is wrong, in words.
pub(super) fn of_json(octets: &[u8]) -> Result<Payloads, String> {
    let written: Written = serde_json::from_slice(octets).map_err(|error| error.to_string())?;
    let vrps = written.roas.into_iter();
    let vrps = vrps.map(|roa| (roa.prefix, roa.max_length, roa.asn.0));
    let aspas = written.aspas.map(|all| {
        joined(all.into_iter().map(|aspa| {
            let providers = aspa.providers.into_iter().map(|asn| asn.0);
            (aspa.customer.0, providers.collect())
        }))
    });
    let keys = written.router_keys.map(|all| {
        let all = all.into_iter().map(|key| {
            let read: Key = key
                .key
                .parse()
                .map_err(|_| format!("`{}` is no key identifier", key.key))?;
            Ok::<_, String>((key.asn.0, read))
        });
        all.collect::<Result<_, _>>().map(sorted)
    });
    Ok(Payloads {
        vrps: sorted(vrps.collect()),
        aspas,
        router_keys: keys.transpose()?,
    })
}

/// The result of rpki-client or Routinator, as far as it is compared.
#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    roas: Vec<WrittenRoa>,
    #[serde(default, alias = "bgpsec_keys", alias = "routerKeys")]
    router_keys: Option<Vec<WrittenKey>>,
    #[serde(default)]
    aspas: Option<Vec<WrittenAspa>>,
}

#[derive(Deserialize)]
struct WrittenRoa {
    asn: Number,
    prefix: Prefix,
    #[serde(rename = "maxLength")]
    max_length: u8,
}

#[derive(Deserialize)]
struct WrittenKey {
    asn: Number,
    #[serde(alias = "ski", alias = "SKI")]
    key: String,
}

#[derive(Deserialize)]
struct WrittenAspa {
    #[serde(alias = "customer_asid")]
    customer: Number,
    providers: Vec<Number>,
}

/// An AS number, written as a number or as `AS64496`.
struct Number(Asn);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an AS number")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
        let number = u32::try_from(number).map_err(E::custom)?;
        Ok(Number(Asn(number)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
        text.parse().map(Number).map_err(E::custom)
    }
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
