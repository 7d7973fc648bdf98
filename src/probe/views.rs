//! A repository as rsync shows it and as RRDP shows it, URI by URI and hash by hash.
//!
//! Both are never seen at one moment. Where a publication point has another manifest in the
//! one view than in the other, it was published meanwhile, or the one view lags: its files say
//! nothing. Where the manifest is the same, every file must be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};

use super::redirect;
use crate::fact::{Facts, TextSet, Value};
use crate::inspect::rpki::{Kind, Object};
use crate::inspect::rrdp::Hash;

/// Most differences that are named.
const MOST_NAMED: usize = 20;

/// Returns the line of an object in a set: URI, SHA-256 in hex, and `thisUpdate` of a manifest.
pub(super) fn line(uri: &str, hash: &Hash, this_update: Option<Timestamp>) -> String {
    let hash = HEXLOWER.encode(hash);
    match this_update {
        Some(time) => format!("{uri} {hash} {time}"),
        None => format!("{uri} {hash}"),
    }
}

/// Returns the line of an object whose octets are at hand.
pub(super) fn line_of(uri: &str, octets: &[u8], hash: &Hash) -> String {
    let manifest = uri
        .ends_with(".mft")
        .then(|| Object::read(Kind::Manifest, octets).told().manifest);
    let time = manifest.flatten().and_then(|listed| listed.this_update);
    line(uri, hash, time)
}

/// Reads a line.
fn read(line: &str) -> Option<(&str, File)> {
    let mut words = line.split(' ');
    let (uri, hash) = (words.next()?, words.next()?);
    let time = words.next().and_then(|time| time.parse().ok());
    Some((uri, (hash.to_owned(), time)))
}

/// Returns the folder of a URI or path, with its slash, and the name in it.
pub(super) fn parts(path: &str) -> (&str, &str) {
    let end = path.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    path.split_at_checked(end).unwrap_or(("", path))
}

/// One file of a publication point: hash in hex, and `thisUpdate` of a manifest.
type File = (String, Option<Timestamp>);

/// A publication point in both views: files by URI.
#[derive(Debug, Default)]
struct Point<'a> {
    here: BTreeMap<&'a str, File>,
    there: BTreeMap<&'a str, File>,
}

/// How the two views differ.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    count: usize,
    /// What differs in publication points of the same manifest.
    different: Vec<String>,
    /// Publication points that are not as their manifest says by rsync, and otherwise by RRDP.
    broken: usize,
    /// Publication points of another manifest.
    moved: usize,
    /// How much younger manifests are by RRDP, at most.
    behind: SignedDuration,
    /// Publication points that only one of them has.
    only_here: Vec<String>,
    only_there: Vec<String>,
}

impl Compared {
    /// Compares what is below a URL by rsync and by RRDP; `broken` are the URIs of publication
    /// points that rsync does not show as their manifest says.
    pub(super) fn of(url: &str, here: &TextSet, there: &TextSet, broken: &TextSet) -> Self {
        let base = format!("{}/", url.trim_end_matches('/'));
        let mut points: BTreeMap<&str, Point<'_>> = BTreeMap::new();
        for (uri, file) in here.iter().filter_map(read) {
            let point = points.entry(parts(uri).0).or_default();
            point.here.insert(uri, file);
        }
        let below = there.iter().filter(|line| line.starts_with(&base));
        for (uri, file) in below.filter_map(read) {
            let point = points.entry(parts(uri).0).or_default();
            point.there.insert(uri, file);
        }
        let mut seen = Self::default();
        for (folder, point) in &points {
            seen.add(folder, point);
            // What RRDP shows too was published so: the service shows what it was given.
            if point.here != point.there && broken.contains(folder) {
                seen.broken += 1;
            }
        }
        seen
    }

    fn add(&mut self, folder: &str, point: &Point<'_>) {
        let manifests = |files: &BTreeMap<&str, File>| -> BTreeMap<String, File> {
            let all = files.iter().filter(|(uri, _)| uri.ends_with(".mft"));
            all.map(|(uri, file)| ((*uri).to_owned(), file.clone()))
                .collect()
        };
        let (here, there) = (manifests(&point.here), manifests(&point.there));
        match (here.is_empty(), there.is_empty()) {
            // Not a publication point, such as the folder of the trust anchor's certificate.
            (true, true) => return,
            (false, true) => return self.only_here.push(folder.to_owned()),
            (true, false) => return self.only_there.push(folder.to_owned()),
            (false, false) => {}
        }
        let uris: BTreeSet<&str> = point
            .here
            .keys()
            .chain(point.there.keys())
            .copied()
            .collect();
        self.count += uris.len();
        if here != there {
            self.moved += 1;
            for (uri, (_, time)) in &there {
                let before = here.get(uri).and_then(|(_, time)| *time);
                if let (Some(before), Some(time)) = (before, time) {
                    self.behind = self.behind.max(time.duration_since(before));
                }
            }
            return;
        }
        for uri in uris {
            let how = match (point.here.get(uri), point.there.get(uri)) {
                (Some((one, _)), Some((other, _))) if one == other => continue,
                (Some(_), Some(_)) => "has other octets by RRDP",
                (Some(_), None) => "is there by rsync only",
                (None, _) => "is there by RRDP only",
            };
            self.different.push(format!("{uri} {how}"));
        }
    }

    /// Publishes how they differ.
    pub(super) fn publish(&self, facts: &mut Facts) {
        let texts = |all: &[String]| {
            let first = all.iter().take(MOST_NAMED);
            Value::Texts(first.map(|text| Arc::from(redirect::cut(text))).collect())
        };
        let equal = self.different.is_empty()
            && self.moved == 0
            && self.only_here.is_empty()
            && self.only_there.is_empty();
        facts.set("compared.count", Value::count(self.count));
        facts.set("compared.equal", Value::Flag(equal));
        facts.set("compared.different", Value::count(self.different.len()));
        facts.set("compared.different_list", texts(&self.different));
        facts.set("compared.broken", Value::count(self.broken));
        facts.set("compared.moved", Value::count(self.moved));
        facts.set("compared.behind", Value::Duration(self.behind));
        facts.set("compared.only_rsync", texts(&self.only_here));
        facts.set("compared.only_rrdp", texts(&self.only_there));
    }
}

/// How the validated payloads of the two views differ, object by object.
///
/// A payload that another object says too is told all the same: what counts in one view only is
/// what this is about.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ComparedPayloads {
    count: usize,
    only_here: usize,
    only_there: usize,
    /// The first of both.
    named: Vec<String>,
}

impl ComparedPayloads {
    /// Compares what is below a URL by rsync and by RRDP; a line of a set is `URI payload`.
    pub(super) fn of(url: &str, here: &TextSet, there: &TextSet) -> Self {
        let base = format!("{}/", url.trim_end_matches('/'));
        let below = |line: &&str| line.starts_with(&base);
        let here: BTreeSet<&str> = here.iter().filter(below).collect();
        let there: BTreeSet<&str> = there.iter().filter(below).collect();
        let mut seen = Self {
            count: here.union(&there).count(),
            only_here: here.difference(&there).count(),
            only_there: there.difference(&here).count(),
            named: Vec::new(),
        };
        let one = here
            .difference(&there)
            .map(|p| format!("{p} by rsync only"));
        let other = there.difference(&here).map(|p| format!("{p} by RRDP only"));
        seen.named.extend(one.take(MOST_NAMED / 2));
        seen.named.extend(other.take(MOST_NAMED - seen.named.len()));
        seen
    }

    /// Publishes how they differ.
    pub(super) fn publish(&self, facts: &mut Facts) {
        let named = self.named.iter().map(|text| Arc::from(redirect::cut(text)));
        let named = Value::Texts(named.collect());
        facts.set("compared.payloads.count", Value::count(self.count));
        facts.set("compared.payloads.only_rsync", Value::count(self.only_here));
        facts.set("compared.payloads.only_rrdp", Value::count(self.only_there));
        facts.set("compared.payloads.list", named);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a set of files: path, octet, and the hour of a manifest.
    fn set(files: &[(&str, u8, Option<i64>)]) -> TextSet {
        TextSet::of(files.iter().map(|(path, octet, hour)| {
            let time = hour.and_then(|hour| Timestamp::from_second(hour * 3_600).ok());
            line(&format!("rsync://a.test/m/{path}"), &[*octet; 32], time)
        }))
    }

    fn compare(here: &TextSet, there: &TextSet) -> Facts {
        let mut facts = Facts::new();
        let broken = ["a", "e"].map(|folder| format!("rsync://a.test/m/{folder}/"));
        let broken = TextSet::of(broken);
        Compared::of("rsync://a.test/m/", here, there, &broken).publish(&mut facts);
        facts
    }

    #[track_caller]
    fn check(facts: &Facts, expected: &[(&str, &str)]) {
        for (path, expected) in expected {
            let seen = facts.get(&format!("compared.{path}")).unwrap().to_string();
            assert_eq!(seen, *expected, "{path}");
        }
    }

    #[test]
    fn files_differ_only_below_the_same_manifest() {
        let there = set(&[
            ("ta.cer", 9, None),
            ("a/m.mft", 1, Some(5)),
            ("a/r.roa", 1, None),
            ("a/s.roa", 1, None),
            ("b/m.mft", 2, Some(5)),
            ("b/r.roa", 2, None),
            ("d/m.mft", 1, Some(1)),
            ("e/m.mft", 1, Some(1)),
        ]);
        let here = set(&[
            ("a/m.mft", 1, Some(5)),
            ("a/r.roa", 7, None),
            ("a/t.roa", 1, None),
            ("b/m.mft", 1, Some(3)),
            ("b/x.roa", 1, None),
            ("c/m.mft", 1, Some(1)),
            ("e/m.mft", 1, Some(1)),
        ]);
        let a = "rsync://a.test/m/a";
        let list = format!(
            "[{a}/r.roa has other octets by RRDP, {a}/s.roa is there by RRDP only, {a}/t.roa is there by rsync only]"
        );
        check(
            &compare(&here, &there),
            &[
                ("count", "8"),
                ("equal", "false"),
                ("different", "3"),
                ("different_list", &list),
                // What rsync shows at `e` was published so.
                ("broken", "1"),
                ("moved", "1"),
                ("behind", "2h"),
                ("only_rsync", "[rsync://a.test/m/c/]"),
                ("only_rrdp", "[rsync://a.test/m/d/]"),
            ],
        );
    }

    #[test]
    fn payloads_of_one_view_only_are_named_with_it() {
        let set = |lines: &[&str]| TextSet::of(lines.iter().map(|line| (*line).to_owned()));
        let here = set(&[
            "rsync://a.test/m/a.roa 192.0.2.0/24-24 AS64496",
            "rsync://a.test/m/b.roa 192.0.2.0/24-24 AS64496",
        ]);
        let there = set(&[
            "rsync://a.test/m/a.roa 192.0.2.0/24-24 AS64496",
            "rsync://a.test/m/c.asa AS64496 AS64497",
            // Of another repository: rsync was not asked for it.
            "rsync://b.test/m/a.roa 192.0.2.0/24-24 AS64496",
        ]);
        let mut facts = Facts::new();
        ComparedPayloads::of("rsync://a.test/m", &here, &there).publish(&mut facts);
        let list = "[rsync://a.test/m/b.roa 192.0.2.0/24-24 AS64496 by rsync only, rsync://a.test/m/c.asa AS64496 AS64497 by RRDP only]";
        check(
            &facts,
            &[
                ("payloads.count", "3"),
                ("payloads.only_rsync", "1"),
                ("payloads.only_rrdp", "1"),
                ("payloads.list", list),
            ],
        );
    }

    #[test]
    fn what_is_beside_the_folder_and_no_publication_point_is_left_out() {
        let here = set(&[("ta.cer", 1, None), ("a/m.mft", 1, Some(5))]);
        let there = TextSet::of(here.iter().map(str::to_owned).chain([
            line("rsync://b.test/m/a.roa", &[1; 32], None),
            line("rsync://a.test/m2/a.roa", &[1; 32], None),
        ]));
        let seen = compare(&here, &there);
        check(
            &seen,
            &[("equal", "true"), ("count", "1"), ("behind", "0s")],
        );
    }
}
