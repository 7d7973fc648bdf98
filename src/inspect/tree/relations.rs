//! Relations: what of a tree is right alone, and not beside something else of the same tree.
//!
//! A key in two certificates of one authority that is renewed is walked twice, and its
//! objects stand in the tables twice: what has the same URI is one thing.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use super::{Ca, CaId, CaOutcome, Key, Kind, Object, ObjectId, Outcome, Tree};
use crate::verdict::Operator;

/// Takes in whose doing was looked at and, where something is wrong, the place and what it is.
pub(super) type Report<'a> = dyn FnMut(Operator, Option<(String, String)>) + 'a;

/// Finds everything that stands in one relation; reports what was looked at beside what was found.
pub(super) type Relation = fn(&Tree, &mut Report<'_>);

/// Iterates over the accepted objects of a tree with their authorities.
fn accepted(tree: &Tree) -> impl Iterator<Item = (ObjectId, &Object, &Ca)> {
    let objects = (0_u32..).zip(&tree.objects);
    let objects = objects.filter(|(_, object)| object.outcome == Outcome::Accepted);
    objects.filter_map(|(row, object)| Some((ObjectId(row), object, tree.ca(object.ca)?)))
}

/// Says whether an object is signed with the key of an EE certificate.
const fn is_signed(kind: Kind) -> bool {
    match kind {
        Kind::Manifest
        | Kind::Roa
        | Kind::Aspa
        | Kind::Tak
        | Kind::Gbr
        | Kind::Rsc
        | Kind::Spl
        | Kind::Rdc => true,
        Kind::TrustAnchor
        | Kind::CaCertificate
        | Kind::RouterCertificate
        | Kind::Crl
        | Kind::Other => false,
    }
}

/// Reports every object whose mark an object of another URI had before.
///
/// `rows` are in no order; of equal marks the first in the order of the tree is the earlier.
fn twice<M: Ord>(
    tree: &Tree,
    mut rows: Vec<(M, ObjectId)>,
    report: &mut Report<'_>,
    say: impl Fn(&M, &str) -> String,
) {
    rows.sort_unstable();
    let mut first: Option<&(M, ObjectId)> = None;
    for row in &rows {
        let same = first.filter(|first| first.0 == row.0);
        let Some(earlier) = same else {
            first = Some(row);
            continue;
        };
        let (uri, other) = (tree.uri_of(row.1), tree.uri_of(earlier.1));
        let operator = tree.object(row.1).and_then(|object| tree.ca(object.ca));
        if let (Some(ca), true) = (operator, uri != other) {
            report(ca.operator, Some((uri, say(&row.0, &other))));
        }
    }
}

/// No authority issues two certificates with one serial number (RFC 5280, section 4.1.2.2).
pub(super) fn serials(tree: &Tree, report: &mut Report<'_>) {
    let mut rows = Vec::new();
    for (id, object, ca) in accepted(tree) {
        if let Some(certified) = object.certified {
            report(ca.operator, None);
            rows.push(((ca.key, certified.serial), id));
        }
    }
    twice(tree, rows, report, |(_, serial), other| {
        format!("`{other}` has the serial number {serial} of the same issuer too")
    });
}

/// No two objects are signed with one key.
pub(super) fn keys(tree: &Tree, report: &mut Report<'_>) {
    let mut rows = Vec::new();
    for (id, object, ca) in accepted(tree) {
        if let Some(certified) = object.certified.filter(|_| is_signed(object.kind)) {
            report(ca.operator, None);
            rows.push((certified.key, id));
        }
    }
    twice(tree, rows, report, |key, other| {
        format!("`{other}` is signed with its key {key} too")
    });
}

/// No customer has two ASPAs.
pub(super) fn customers(tree: &Tree, report: &mut Report<'_>) {
    let mut rows = Vec::new();
    for aspa in &tree.aspas {
        let ca = tree.object(aspa.object).and_then(|o| tree.ca(o.ca));
        if let Some(ca) = ca {
            report(ca.operator, None);
            rows.push((aspa.customer, aspa.object));
        }
    }
    twice(tree, rows, report, |customer, other| {
        format!("`{other}` is about the customer {customer} too")
    });
}

/// No manifest lists a checklist, which is handed over (RFC 9323, section 2).
pub(super) fn checklists(tree: &Tree, report: &mut Report<'_>) {
    for object in &tree.objects {
        let Some(ca) = tree.ca(object.ca) else {
            continue;
        };
        let what = || "a checklist is handed over, not published".to_owned();
        let found = object.kind == Kind::Rsc;
        report(ca.operator, found.then(|| (tree.uri(object), what())));
    }
}

/// All authorities that publish in one rsync module name one notification file.
///
/// The one that most of them name is the module's; of equals the first in the order of the tree.
pub(super) fn notifications(tree: &Tree, report: &mut Report<'_>) {
    let mut modules: HashMap<&str, u32> = HashMap::new();
    for (row, repository) in (0_u32..).zip(&tree.repositories) {
        let most = modules.entry(&repository.module).or_insert(row);
        let cas = |row: u32| {
            let row = usize::try_from(row).ok()?;
            tree.repositories.get(row).map(|repository| repository.cas)
        };
        if cas(row) > cas(*most) {
            *most = row;
        }
    }
    let repository = |row: u32| tree.repositories.get(usize::try_from(row).ok()?);
    for ca in tree.cas.iter().filter(|ca| ca.outcome.is_certified()) {
        let Some(own) = repository(ca.repository) else {
            continue;
        };
        let issuer = ca.parent.and_then(|parent| tree.ca(parent));
        let operator = issuer.map_or(Operator::RirService, |issuer| issuer.operator);
        report(operator, None);
        let usual = modules.get(&*own.module).and_then(|row| repository(*row));
        let Some(usual) = usual.filter(|usual| usual.notify != own.notify) else {
            continue;
        };
        let name = |notify: &Option<_>| {
            let notify: Option<&str> = notify.as_ref().map(|uri: &std::sync::Arc<str>| &**uri);
            notify.map_or_else(|| "none".to_owned(), |uri| format!("`{uri}`"))
        };
        let words = format!(
            "it names the notification file {}; others that publish in `{}` name {}",
            name(&own.notify),
            own.module,
            name(&usual.notify)
        );
        report(operator, Some((certificate(tree, ca), words)));
    }
}

/// Returns the URI of a CA's certificate.
fn certificate(tree: &Tree, ca: &Ca) -> String {
    ca.certificate
        .map_or_else(|| tree.anchor.uri.clone(), |id| tree.uri_of(id))
}

/// Most certificates of a chain, the trust anchor's included.
///
/// Source: `MAX_CERT_DEPTH` of rpki-client, which refuses a thirteenth; Routinator's default is 32.
const LONGEST_CHAIN: u8 = 12;

/// No chain of certificates is longer than relying parties follow.
pub(super) fn depths(tree: &Tree, report: &mut Report<'_>) {
    for ca in tree.cas.iter().filter(|ca| ca.outcome.is_certified()) {
        let Some(issuer) = ca.parent.and_then(|parent| tree.ca(parent)) else {
            continue;
        };
        let chain = ca.depth.saturating_add(1);
        let found = (chain > LONGEST_CHAIN).then(|| {
            let words = format!("it is certificate {chain} of its chain; at most {LONGEST_CHAIN}");
            (certificate(tree, ca), words)
        });
        report(issuer.operator, found);
    }
}

/// Most certificates of one issuer for one publication point that are compared: a roll has two.
const MOST_IN_A_ROLL: usize = 8;

/// Of two keys of one authority, one signs nothing but its manifest and its CRL: the next one until
/// it takes over, the last one from then on (RFC 6489, section 2).
///
/// Two keys that one issuer certified for one publication point with the same resources are those
/// of a roll.
pub(super) fn rolls(tree: &Tree, report: &mut Report<'_>) {
    let mut points: BTreeMap<(CaId, &str), Vec<&Ca>> = BTreeMap::new();
    for ca in &tree.cas {
        if let (Some(parent), CaOutcome::Accepted) = (ca.parent, &ca.outcome) {
            let point = points.entry((parent, &ca.publication_point)).or_default();
            point.push(ca);
        }
    }
    let signs = |ca: &Ca| {
        let mut all = tree.objects_of(ca).iter();
        all.any(|object| !matches!(object.kind, Kind::Manifest | Kind::Crl))
    };
    for all in points.values().filter(|all| all.len() <= MOST_IN_A_ROLL) {
        for (at, ca) in all.iter().enumerate() {
            let others = all.iter().skip(at.saturating_add(1));
            for other in others.filter(|o| o.key != ca.key && o.resources == ca.resources) {
                let newer = if other.validity.not_before() > ca.validity.not_before() {
                    other
                } else {
                    ca
                };
                let found = (signs(ca) && signs(other)).then(|| {
                    let words = "both keys of its authority sign more than manifest and CRL";
                    (certificate(tree, newer), words.to_owned())
                });
                report(ca.operator, found);
            }
        }
    }
}

/// No resource is certified to two holders by one authority.
///
/// Two certificates for one key, or for one publication point, are one holder's. Every certificate that overlaps an earlier
/// one is found once, with one of those that it overlaps.
pub(super) fn siblings(tree: &Tree, report: &mut Report<'_>) {
    let mut families: HashMap<CaId, Vec<&Ca>> = HashMap::new();
    for ca in &tree.cas {
        if let Some(parent) = ca.parent.filter(|_| ca.outcome.is_certified()) {
            families.entry(parent).or_default().push(ca);
        }
    }
    let mut parents: Vec<CaId> = families.keys().copied().collect();
    parents.sort_unstable();
    for parent in parents {
        let Some(issuer) = tree.ca(parent) else {
            continue;
        };
        let Some(children) = families.get(&parent) else {
            continue;
        };
        report(issuer.operator, None);
        for (ca, other, shared) in overlaps(children) {
            let words = format!(
                "it is certified {shared} too, which `{}` has",
                certificate(tree, other)
            );
            report(issuer.operator, Some((certificate(tree, ca), words)));
        }
    }
}

/// Returns the CAs that list what an earlier one with another key lists, with that one and what it is.
fn overlaps<'a>(children: &[&'a Ca]) -> Vec<(&'a Ca, &'a Ca, String)> {
    let mut addresses: Vec<(IpAddr, IpAddr, usize)> = Vec::new();
    let mut asns: Vec<(u32, u32, usize)> = Vec::new();
    for (at, ca) in children.iter().enumerate() {
        // What the registry's own authorities list is everything, by design.
        if !ca.role.holds() {
            continue;
        }
        let listed = ca.resources.listed_addresses();
        let ranges = listed.ranges();
        addresses.extend(ranges.map(|range| (range.first(), range.last(), at)));
        let listed = ca.resources.listed_asns();
        asns.extend(listed.ranges().map(|(first, last)| (first.0, last.0, at)));
    }
    let holders = holders(children);
    let key = |at: usize| holders.get(at).copied();
    let mut found: Vec<(usize, usize, String)> = sweep(addresses, key)
        .into_iter()
        .map(|(at, other, first)| (at, other, first.to_string()))
        .collect();
    let numbers = sweep(asns, key).into_iter();
    found.extend(numbers.map(|(at, other, first)| (at, other, format!("AS{first}"))));
    found.sort_unstable();
    found.dedup_by_key(|(at, ..)| *at);
    let pairs = found.into_iter();
    pairs
        .filter_map(|(at, other, what)| Some((*children.get(at)?, *children.get(other)?, what)))
        .collect()
}

/// Returns whose each certificate is, by the first of the holder's.
fn holders(children: &[&Ca]) -> Vec<usize> {
    let mut keys: HashMap<Key, usize> = HashMap::new();
    let mut points: HashMap<&str, usize> = HashMap::new();
    let all = children.iter().enumerate();
    all.map(|(at, ca)| {
        let known = keys.get(&ca.key).or(points.get(&*ca.publication_point));
        let holder = known.copied().unwrap_or(at);
        keys.entry(ca.key).or_insert(holder);
        points.entry(&ca.publication_point).or_insert(holder);
        holder
    })
    .collect()
}

/// Returns the ranges that begin within one of another key: later owner, earlier owner, where it begins.
fn sweep<N: Copy + Ord, K: PartialEq>(
    mut ranges: Vec<(N, N, usize)>,
    key: impl Fn(usize) -> Option<K>,
) -> Vec<(usize, usize, N)> {
    ranges.sort_unstable();
    let mut found = Vec::new();
    // The range that reaches furthest so far, and the one that does among those of other keys.
    let mut far: Option<(N, usize)> = None;
    let mut second: Option<(N, usize)> = None;
    for (first, last, owner) in ranges {
        let others = [far, second].into_iter().flatten();
        let mut others = others.filter(|(end, other)| *end >= first && key(*other) != key(owner));
        if let Some((_, other)) = others.next() {
            found.push((owner.max(other), owner.min(other), first));
        }
        match far {
            Some((end, other)) if key(other) == key(owner) => far = Some((end.max(last), other)),
            Some((end, _)) if last > end => {
                second = far;
                far = Some((last, owner));
            }
            Some(_) => {
                second = second
                    .filter(|(end, _)| *end > last)
                    .or(Some((last, owner)))
            }
            None => far = Some((last, owner)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sweeps ranges whose owner's key is the owner's tens digit.
    #[track_caller]
    fn check(ranges: &[(u32, u32, usize)], expected: &[(usize, usize, u32)]) {
        let key = |owner: usize| Some(Key([u8::try_from(owner / 10).unwrap(); 20]));
        let found = sweep(ranges.to_vec(), key);
        assert_eq!(found, expected, "{ranges:?}");
    }

    #[test]
    fn ranges_of_two_keys_that_meet_are_found() {
        check(&[(0, 9, 10), (10, 19, 20)], &[]);
        check(&[(0, 10, 10), (10, 19, 20)], &[(20, 10, 10)]);
        check(
            &[(0, 99, 10), (10, 19, 20), (20, 29, 20)],
            &[(20, 10, 10), (20, 10, 20)],
        );
    }

    #[test]
    fn two_certificates_for_one_key_are_one_holder() {
        check(&[(0, 99, 10), (0, 99, 11)], &[]);
        // The later certificate of the first key does not hide the second.
        check(
            &[(0, 99, 10), (5, 6, 20), (6, 200, 11)],
            &[(20, 10, 5), (20, 11, 6)],
        );
    }
}
