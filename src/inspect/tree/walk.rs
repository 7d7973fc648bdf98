//! The walk: tier by tier, publication points in parallel, results in the order of the tree.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use rayon::prelude::*;
use rpki::repository::ResourceCert;

use super::engine::{self, Issuer};
use super::found::{CaId, Tree};
use super::look::{Look, NoLook};
use super::merge::Builder;
use super::object::{self, Desk, Judged};
use super::options::Options;
use super::outcome::Failure;
use super::point::{self, Dropped, Head, Opening, Point, Site};
use super::{Anchor, Objects, anchor};

/// Most publication points that are open at a time.
const MAX_POINTS: usize = 512;

/// Octets of manifests after which no further publication point is opened at the time.
const MAX_MANIFEST_OCTETS: usize = 16_000_000;

/// Fewest objects that one thread judges in a row.
const CHUNK: usize = 32;

/// Tasks that the objects of a batch are cut into, beside one for each publication point: every
/// task has a tally of the hook.
const TASKS: usize = 1_024;

/// A CA that is still to be walked.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) id: CaId,
    pub(super) cert: Arc<ResourceCert>,
}

/// A publication point that was walked.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) head: Head,
    /// What else it lists, judged; or why it is dropped.
    pub(super) judged: Result<Vec<Judged>, Dropped>,
}

/// Walks the tree of a trust anchor over a capture, judging everything at `now`.
///
/// Works on all threads of the current rayon pool and blocks until it is done; the result
/// is the same whatever their number.
pub fn walk(anchor: &Anchor, objects: &dyn Objects, now: Timestamp, options: &Options) -> Tree {
    walk_with(anchor, objects, now, options, &NoLook).0
}

/// Walks as [`walk`] does and shows every object to a hook; returns its tally beside the tree.
pub fn walk_with<L: Look>(
    anchor: &Anchor,
    objects: &dyn Objects,
    now: Timestamp,
    options: &Options,
    look: &L,
) -> (Tree, L::Tally) {
    let (found, opened) = anchor::open(anchor, now, &options.limits);
    let mut builder = Builder::new(found, now, options);
    let mut tally = L::Tally::default();
    builder.show_anchor(anchor, look, &mut tally);
    let mut level: Vec<Pending> = opened.map(|o| builder.root(o)).into_iter().collect();
    let walk = Walk {
        objects,
        now,
        options,
        look,
    };
    while !level.is_empty() {
        let mut next = Vec::new();
        let mut rest = level.into_iter();
        loop {
            let batch = walk.batch(&mut rest, &builder.tree);
            if batch.is_empty() {
                break;
            }
            let Some(done) = walk.work(&builder.tree, &batch) else {
                builder.tree.cancelled = true;
                return (builder.finish(), tally);
            };
            for ((pending, _), (done, later)) in batch.iter().zip(done) {
                look.merge(&mut tally, later);
                builder.take(pending, done, &mut next);
            }
        }
        level = next;
    }
    (builder.finish(), tally)
}

/// A CA that is still to be walked, and its manifest where the capture has it.
type Opened = (Pending, Option<Bytes>);

/// Some entries of one publication point of a batch.
struct Task {
    slot: usize,
    entries: Range<usize>,
}

struct Walk<'a, L> {
    objects: &'a dyn Objects,
    now: Timestamp,
    options: &'a Options,
    look: &'a L,
}

impl<L: Look> Walk<'_, L> {
    /// Takes the next CAs that fit into memory together; empty at the end.
    fn batch(&self, rest: &mut impl Iterator<Item = Pending>, tree: &Tree) -> Vec<Opened> {
        let mut batch = Vec::new();
        let mut octets = 0_usize;
        while batch.len() < MAX_POINTS && octets < MAX_MANIFEST_OCTETS {
            let Some(pending) = rest.next() else { break };
            let uri = tree.ca(pending.id).map(super::Ca::manifest_uri);
            let manifest = uri.and_then(|uri| self.objects.read(&uri));
            octets = octets.saturating_add(manifest.as_ref().map_or(0, Bytes::len));
            batch.push((pending, manifest));
        }
        batch
    }

    /// Walks the publication points of a batch; `None` if the walk was cancelled.
    fn work(&self, tree: &Tree, batch: &[Opened]) -> Option<Vec<(Done, L::Tally)>> {
        let openings: Option<Vec<Opening<L::Tally>>> = batch
            .par_iter()
            .map(|(pending, manifest)| {
                let site = self.site(tree, pending)?;
                Some(point::open(&site, self.objects, manifest.as_ref()))
            })
            .collect();
        let (mut points, heads): (Vec<_>, Vec<_>) = openings?
            .into_iter()
            .map(|opening| (opening.point, (opening.head, opening.tally)))
            .unzip();
        let tasks = self.tasks(tree, &mut points);
        let parts: Vec<Option<(Vec<Judged>, L::Tally)>> = tasks
            .par_iter()
            .map(|task| {
                let (pending, _) = batch.get(task.slot)?;
                let site = self.site(tree, pending)?;
                let point = points.get(task.slot)?.as_ref().ok()?;
                self.judge(&site, point, task.entries.clone())
            })
            .collect();
        if self.options.cancelled() {
            return None;
        }
        let mut parts = tasks.iter().zip(parts).peekable();
        let mut all = Vec::with_capacity(points.len());
        for (slot, (point, (head, mut tally))) in points.into_iter().zip(heads).enumerate() {
            let mut judged = point.map(|point| Vec::with_capacity(point.entries.len()));
            while let Some((_, part)) = parts.next_if(|(task, _)| task.slot == slot) {
                let (some, later) = part?;
                self.look.merge(&mut tally, later);
                judged = judged.map(|mut all| {
                    all.extend(some);
                    all
                });
            }
            all.push((Done { head, judged }, tally));
        }
        Some(all)
    }

    fn site<'a>(&'a self, tree: &'a Tree, pending: &'a Pending) -> Option<Site<'a, L>> {
        Some(Site {
            id: pending.id,
            ca: tree.ca(pending.id)?,
            cert: &pending.cert,
            options: self.options,
            now: self.now,
            look: self.look,
        })
    }

    /// Cuts the entries of all good publication points into tasks; drops those beyond the limit.
    fn tasks(&self, tree: &Tree, points: &mut [Result<Point, Dropped>]) -> Vec<Task> {
        let listed: usize = points.iter().flatten().map(|p| p.entries.len()).sum();
        let chunk = CHUNK.max(listed / TASKS);
        let mut objects = tree.objects.len();
        let mut tasks = Vec::new();
        for (slot, point) in points.iter_mut().enumerate() {
            let Ok(listed) = point else { continue };
            let count = listed.entries.len();
            objects = objects.saturating_add(count);
            if objects > self.options.limits.objects {
                let most = self.options.limits.objects;
                let words = format!("it lists {count} files; at most {most} of a tree are read");
                *point = Err((Failure::TooManyObjects, words));
                continue;
            }
            let starts = (0..count).step_by(chunk);
            tasks.extend(starts.map(|start| Task {
                slot,
                entries: start..count.min(start.saturating_add(chunk)),
            }));
        }
        tasks
    }

    /// Judges some entries of a publication point; `None` if the walk was cancelled.
    fn judge(
        &self,
        site: &Site<'_, L>,
        point: &Point,
        entries: Range<usize>,
    ) -> Option<(Vec<Judged>, L::Tally)> {
        if self.options.cancelled() {
            return None;
        }
        let desk = Desk {
            issuer: Issuer {
                cert: site.cert,
                now: engine::time(self.now),
                crl: Some((&point.crl, &point.crl_uri)),
            },
            is_anchor: site.ca.parent.is_none(),
            issuer_holds: site.ca.role.holds(),
            object_bytes: self.options.limits.object_bytes,
        };
        let mut tally = L::Tally::default();
        let mut judged = Vec::with_capacity(entries.len());
        let mut uri = String::new();
        let start = entries.start;
        let some = point.entries.get(entries).unwrap_or_default();
        for (at, entry) in some.iter().enumerate() {
            if start.saturating_add(at) == point.crl_entry {
                continue;
            }
            uri.clear();
            uri.push_str(&site.ca.publication_point);
            uri.push_str(entry.name());
            let octets = self.objects.read(&uri);
            let one = object::judge(entry, octets.as_ref(), &desk);
            if let Some(octets) = &octets {
                site.show(&uri, octets, &one.row, &mut tally);
            }
            judged.push(one);
        }
        Some((judged, tally))
    }
}
