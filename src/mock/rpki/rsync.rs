//! What a host serves by rsync: modules with files, times and permissions, and how its daemon behaves.
//!
//! [`View`] is what there is; a real daemon serves it from a folder, and [`View::fetch`]
//! says without one what a client would have fetched, in the words of rsync 3.

mod fetch;
mod spoil;

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;

use super::Rendered;
use super::plan::{Plan, host, path};
use crate::mock::request::IpFamily;
use crate::mock::world::World;

pub use fetch::Fetched;
pub use spoil::{RsyncAct, RsyncSpoil};

/// Module's description in lists.
pub(in crate::mock) const COMMENT: &str = "RPKI repository";

/// What a host serves to clients of one address family.
#[derive(Clone, Debug)]
pub struct View {
    /// How the daemon behaves.
    pub conduct: Conduct,
    /// Modules by name.
    pub modules: BTreeMap<String, Module>,
}

/// How a daemon behaves, whatever is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// It serves.
    Serves,
    /// Nobody listens.
    Refuses,
    /// It accepts connections and says nothing.
    Silent,
}

/// A module.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// Whether it is left out of lists.
    pub hidden: bool,
    /// Whether it takes no client more.
    pub full: bool,
    /// Whether it takes files.
    pub writable: bool,
    /// What it holds by path, without folders.
    pub entries: BTreeMap<String, Entry>,
}

/// Something in a module that is no folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub content: Content,
    /// Permission bits.
    pub mode: u32,
    /// When it was changed last.
    pub time: Timestamp,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A regular file.
    Octets(Bytes),
    /// A regular file that is gone when it is read.
    Vanishing,
    /// A symbolic link to this place.
    Link(String),
    /// A named pipe.
    Pipe,
}

/// Returns what a host serves by rsync; `None` for one that has no objects of the RPKI.
pub fn view(world: &World, at: &str, family: IpFamily, now: Timestamp) -> Option<View> {
    let operator = world.operator_of_host(at)?;
    let plan = world.rpki_plan(&operator.id)?;
    let rendered = world.rpki_cache().rendered(plan, now).ok()?;
    let mut view = View {
        conduct: Conduct::Serves,
        modules: BTreeMap::new(),
    };
    view.fill(&rendered, now, |uri| host(uri) == Some(at));
    if view.modules.is_empty() {
        return None;
    }
    for (name, spoil) in &plan.modules {
        let repository = plan.repositories.iter().find(|r| r.name == *name)?;
        let shows = spoil.family.is_none_or(|only| only == family);
        if !shows || host(&repository.base) != Some(at) {
            continue;
        }
        let at = |time| world.rpki_cache().rendered(plan, time).ok();
        view.spoil(spoil, repository, now, at)?;
    }
    Some(view)
}

/// Returns the hosts of a plan that have something to serve, each once.
pub(in crate::mock) fn hosts(plan: &Plan) -> Vec<&str> {
    let bases = plan.repositories.iter().map(|r| r.base.as_str());
    let anchors = plan.certificate.iter().map(String::as_str);
    let all = bases.chain(anchors.filter(|uri| uri.starts_with("rsync:")));
    let mut hosts: Vec<&str> = all.filter_map(host).collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

/// Returns module and path of an rsync URI.
fn split(uri: &str) -> (&str, &str) {
    let whole = path(uri).trim_start_matches('/');
    whole.split_once('/').unwrap_or((whole, ""))
}

/// Returns the folder of a path, with its slash, and the name in it.
fn parts(path: &str) -> (&str, &str) {
    let end = path.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    path.split_at_checked(end).unwrap_or(("", path))
}

impl View {
    /// Adds the objects that are wanted by URI, as of a time where they have none of their own.
    fn fill(&mut self, rendered: &Rendered, now: Timestamp, wanted: impl Fn(&str) -> bool) {
        for (uri, octets) in rendered.objects.iter().filter(|(uri, _)| wanted(uri)) {
            let (module, path) = split(uri);
            let module = self.modules.entry(module.to_owned()).or_default();
            let entry = Entry {
                content: Content::Octets(octets.clone()),
                mode: 0o644,
                time: rendered.times.get(uri).copied().unwrap_or(now),
            };
            module.entries.insert(path.to_owned(), entry);
        }
    }
}

#[cfg(test)]
mod tests;
