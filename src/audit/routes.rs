//! Routes whose validity differs under two sets of payloads (RFC 6811).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fact::{Digest, TextSet};
use crate::resource::{NotOne, Payload, Payloads, Route, Validity};

/// Most routes that are kept; the number is exact beyond.
const MOST: usize = 1_000;

/// Most mistakes of a list that are told.
const MOST_MISTAKES: usize = 20;

/// What two sets of payloads say of a list of routes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteChanges {
    /// Digest of the list.
    pub list: String,
    /// Routes of the list.
    pub routes: u64,
    /// Payloads of the first target and of the second.
    pub payloads: [u64; 2],
    /// Routes by what the first and the second say: `valid`, `invalid`, `not-found`.
    pub counts: BTreeMap<Validity, BTreeMap<Validity, u64>>,
    /// Routes of which both say different things, in the order of the list; at most 1,000.
    pub changed: Vec<RouteChange>,
    /// Number of such routes.
    pub number: u64,
}

/// A route of which two sets of payloads say different things.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteChange {
    /// The route, `192.0.2.0/24 AS64496`.
    pub route: String,
    /// What the first says.
    pub first: Validity,
    /// What the second says.
    pub second: Validity,
}

/// Reads a list of routes, one a line; empty lines, comments behind `#` and a line of column names are left out.
///
/// # Errors
///
/// The first 20 lines that are no route, with their numbers from 1.
pub fn read_routes(octets: &[u8]) -> Result<Vec<Route>, Vec<(u64, NotOne)>> {
    let text = String::from_utf8_lossy(octets);
    let (mut routes, mut wrong) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        let is_head = number == 1 && !line.contains('/');
        if line.is_empty() || is_head {
            continue;
        }
        match line.parse() {
            Ok(route) => routes.push(route),
            Err(error) if wrong.len() < MOST_MISTAKES => wrong.push((number, error)),
            Err(_) => {}
        }
    }
    if wrong.is_empty() {
        Ok(routes)
    } else {
        Err(wrong)
    }
}

/// Compares what two sets of payloads say of a list of routes; lines that are none are left out.
pub fn route_changes(octets: &[u8], first: &[TextSet], second: &[TextSet]) -> RouteChanges {
    let (first, second) = (payloads(first), payloads(second));
    let mut changes = RouteChanges {
        list: Digest::of(octets).as_str().to_owned(),
        routes: 0,
        payloads: [first.1, second.1],
        counts: BTreeMap::new(),
        changed: Vec::new(),
        number: 0,
    };
    for route in read_routes(octets).unwrap_or_default() {
        let (one, other) = (first.0.validity(&route), second.0.validity(&route));
        changes.routes += 1;
        let row = changes.counts.entry(one).or_default();
        *row.entry(other).or_default() += 1;
        if one == other {
            continue;
        }
        changes.number += 1;
        if changes.changed.len() < MOST {
            changes.changed.push(RouteChange {
                route: route.to_string(),
                first: one,
                second: other,
            });
        }
    }
    changes
}

fn payloads(sets: &[TextSet]) -> (Payloads, u64) {
    let mut all: Vec<Payload> = sets
        .iter()
        .flat_map(TextSet::iter)
        .filter_map(|text| text.parse().ok())
        .collect();
    all.sort_unstable_by_key(|p| (p.prefix, p.max_length, p.origin));
    all.dedup();
    let number = u64::try_from(all.len()).unwrap_or(u64::MAX);
    (all.into_iter().collect(), number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(texts: &[&str]) -> TextSet {
        TextSet::of(texts.iter().map(|text| (*text).to_owned()))
    }

    #[test]
    fn routes_whose_validity_differs_are_named() {
        let first = [set(&[
            "192.0.2.0/24-24 AS64496",
            "198.51.100.0/24-24 AS64497",
        ])];
        let second = [
            set(&["192.0.2.0/24-24 AS64511"]),
            set(&["203.0.113.0/24-24 AS64498"]),
        ];
        let list = b"prefix,origin\n192.0.2.0/24,64496\n198.51.100.0/24,AS64497 # customer\n\n203.0.113.0/24,64498\n10.0.0.0/8,1\n";
        let changes = route_changes(list, &first, &second);
        let changed: Vec<String> = changes
            .changed
            .iter()
            .map(|c| format!("{} {} {}", c.route, c.first, c.second))
            .collect();
        assert_eq!(
            changed,
            [
                "192.0.2.0/24 AS64496 valid invalid",
                "198.51.100.0/24 AS64497 valid not-found",
                "203.0.113.0/24 AS64498 not-found valid",
            ]
        );
        assert_eq!(
            (changes.routes, changes.number, changes.payloads),
            (4, 3, [2, 2])
        );
        assert_eq!(changes.counts[&Validity::NotFound][&Validity::NotFound], 1);
    }

    #[test]
    fn lines_that_are_no_route_are_told_with_their_number() {
        let wrong = read_routes(b"192.0.2.0/24 AS1\nx/y AS1\n192.0.2.0/33 AS1\n").unwrap_err();
        let told: Vec<String> = wrong.iter().map(|(n, e)| format!("{n}: {e}")).collect();
        assert_eq!(told.len(), 2);
        assert!(
            told[0].starts_with("2: `x/y AS1` is not a route"),
            "{told:?}"
        );
    }
}
