//! What can be wrong with a repository as rsync shows it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::Rendered;
use super::super::plan::Repository;
use super::{Conduct, Content, Entry, Module, View, parts, split};
use crate::mock::decode::words;
use crate::mock::fault::fits;
use crate::mock::request::IpFamily;

words! {
    /// What can be wrong with a repository as rsync shows it.
    pub RsyncAct {
        /// A symbolic link stands beside the object.
        Link = "link",
        /// A named pipe stands beside the object.
        Pipe = "pipe",
        /// The object may be executed.
        Executable = "executable",
        /// The object is not there.
        Missing = "missing",
        /// The object has another last octet.
        OtherOctets = "other-octets",
        /// The object has another name.
        OtherName = "other-name",
        /// The object stands in another authority's folder too.
        Crowded = "crowded",
        /// A file with an extension that nobody registered stands beside the object.
        Unregistered = "unregistered",
        /// The object's time is the one of the fetch.
        ClockTime = "clock-time",
        /// The object is gone between being listed and being read; a daemon on a socket has it not from the start.
        Vanished = "vanished",
        /// Everything is as it was a step before.
        OldView = "old-view",
        /// Nobody listens.
        Refuse = "refuse",
        /// Connections are accepted, and nothing is ever said.
        Silent = "silent",
        /// There are as many connections as the daemon takes.
        Full = "full",
        /// The daemon has no such module.
        NoModule = "no-module",
        /// The daemon does not list the module.
        Hidden = "hidden",
        /// The module takes files from anybody.
        Writable = "writable",
    }
}

/// One thing wrong with a repository as rsync shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RsyncSpoil {
    /// What is wrong.
    pub act: RsyncAct,
    /// Glob over paths in the module, of all objects that it is about; `None` for the first ROA.
    pub object: Option<String>,
    /// The address family over which it shows; `None` for both.
    pub family: Option<IpFamily>,
}

impl View {
    /// Does one thing wrong with a repository, of which `rendered` gives the objects at a time.
    ///
    /// Returns `None` where there is no such time.
    pub(super) fn spoil(
        &mut self,
        spoil: &RsyncSpoil,
        repository: &Repository,
        now: Timestamp,
        rendered: impl FnOnce(Timestamp) -> Option<Arc<Rendered>>,
    ) -> Option<()> {
        let (name, folder) = split(&repository.base);
        let Some(module) = self.modules.get_mut(name) else {
            return Some(());
        };
        let aside = |path: &str, name: &str| format!("{}{name}", parts(path).0);
        match spoil.act {
            RsyncAct::OldView => {
                let step = SignedDuration::from_hours(repository.step);
                let older = rendered(now.checked_sub(step).ok()?)?;
                self.modules.remove(name);
                self.fill(&older, now, |uri| uri.starts_with(&repository.base));
            }
            RsyncAct::Refuse => self.conduct = Conduct::Refuses,
            RsyncAct::Silent => self.conduct = Conduct::Silent,
            RsyncAct::NoModule => {
                self.modules.remove(name);
            }
            RsyncAct::Full => module.full = true,
            RsyncAct::Hidden => module.hidden = true,
            RsyncAct::Writable => module.writable = true,
            RsyncAct::Missing => module.replace(spoil, folder, |_, _| Vec::new()),
            RsyncAct::Executable => module.change(spoil, folder, |entry| entry.mode = 0o755),
            RsyncAct::ClockTime => module.change(spoil, folder, |entry| entry.time = now),
            RsyncAct::Vanished => module.change(spoil, folder, |entry| {
                entry.content = Content::Vanishing;
            }),
            RsyncAct::OtherOctets => module.change(spoil, folder, other_octets),
            RsyncAct::OtherName => module.replace(spoil, folder, |path, entry| {
                let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
                vec![(aside(path, &format!("other.{extension}")), entry)]
            }),
            RsyncAct::Unregistered => module.add(spoil, folder, |path, entry| {
                (aside(path, "readme.txt"), entry)
            }),
            RsyncAct::Pipe => module.add(spoil, folder, |path, mut entry| {
                entry.content = Content::Pipe;
                (aside(path, "pipe"), entry)
            }),
            RsyncAct::Link => module.add(spoil, folder, |path, mut entry| {
                entry.content = Content::Link(parts(path).1.to_owned());
                entry.mode = 0o777;
                (aside(path, "current"), entry)
            }),
            RsyncAct::Crowded => {
                let manifests = module.entries.keys().filter(|path| path.ends_with(".mft"));
                let folders: Vec<String> = manifests.map(|path| parts(path).0.to_owned()).collect();
                module.add(spoil, folder, |path, entry| {
                    let (own, name) = parts(path);
                    let other = folders.iter().find(|folder| *folder != own);
                    (
                        format!("{}{name}", other.map_or(own, String::as_str)),
                        entry,
                    )
                });
            }
        }
        Some(())
    }
}

/// Gives a file another last octet.
fn other_octets(entry: &mut Entry) {
    if let Content::Octets(octets) = &mut entry.content {
        let mut other = octets.to_vec();
        if let Some(last) = other.last_mut() {
            *last ^= 1;
        }
        *octets = other.into();
    }
}

impl Module {
    /// Puts what `with` makes of each chosen object below a folder, with its path, in the object's place.
    fn replace(
        &mut self,
        spoil: &RsyncSpoil,
        folder: &str,
        with: impl Fn(&str, Entry) -> Vec<(String, Entry)>,
    ) {
        let below = self.entries.keys().filter(|path| path.starts_with(folder));
        let chosen: Vec<String> = match &spoil.object {
            Some(glob) => below.filter(|path| fits(glob, path)).cloned().collect(),
            None => {
                let mut roas = below.filter(|path| path.ends_with(".roa"));
                roas.next().cloned().into_iter().collect()
            }
        };
        for path in chosen {
            if let Some(entry) = self.entries.remove(&path) {
                self.entries.extend(with(&path, entry));
            }
        }
    }

    /// Changes each chosen object where it is.
    fn change(&mut self, spoil: &RsyncSpoil, folder: &str, how: impl Fn(&mut Entry)) {
        self.replace(spoil, folder, |path, mut entry| {
            how(&mut entry);
            vec![(path.to_owned(), entry)]
        });
    }

    /// Adds something to each chosen object.
    fn add(
        &mut self,
        spoil: &RsyncSpoil,
        folder: &str,
        what: impl Fn(&str, Entry) -> (String, Entry),
    ) {
        self.replace(spoil, folder, |path, entry| {
            vec![(path.to_owned(), entry.clone()), what(path, entry)]
        });
    }
}
