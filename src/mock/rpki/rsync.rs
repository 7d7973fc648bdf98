//! What a host serves by rsync: modules with files, times and permissions, and how its daemon behaves.
//!
//! [`View`] is what there is; a real daemon serves it from a folder, and [`View::fetch`]
//! says without one what a client would have fetched, in the words of rsync 3.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::plan::{Plan, host, path};
use crate::mock::decode::words;
use crate::mock::fault::fits;
use crate::mock::request::IpFamily;
use crate::mock::world::World;

/// What a daemon of rsync 3.5 says first.
const GREETING: &str = "@RSYNCD: 32.0 sha512 sha256 sha1 md5 md4\n";

/// What a daemon without a folder of its own to be locked in puts before the target of a link.
const MUNGED: &str = "/rsyncd-munged/";

/// Module's description in lists.
pub(in crate::mock) const COMMENT: &str = "RPKI repository";

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

/// What a client has fetched.
#[derive(Clone, Debug, Default)]
pub struct Fetched {
    /// Exit code of rsync.
    pub exit: i32,
    /// What it writes to its standard output.
    pub output: String,
    /// What it writes to its standard error.
    pub errors: String,
    /// What is there afterwards by path; `None` for a folder.
    pub entries: BTreeMap<String, Option<Entry>>,
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
    for (uri, octets) in &rendered.objects {
        if host(uri) != Some(at) {
            continue;
        }
        let time = rendered.times.get(uri).copied().unwrap_or(now);
        view.put(uri, Entry::file(octets.clone(), time));
    }
    if view.modules.is_empty() {
        return None;
    }
    for (name, spoil) in &plan.modules {
        let repository = plan.repositories.iter().find(|r| r.name == *name)?;
        let shows = spoil.family.is_none_or(|only| only == family);
        if !shows || host(&repository.base) != Some(at) {
            continue;
        }
        match spoil.act {
            RsyncAct::Refuse => view.conduct = Conduct::Refuses,
            RsyncAct::Silent => view.conduct = Conduct::Silent,
            RsyncAct::OldView => {
                let step = SignedDuration::from_hours(repository.step);
                let before = now.checked_sub(step).ok()?;
                let older = world.rpki_cache().rendered(plan, before).ok()?;
                let (module, _) = split(&repository.base);
                view.modules.remove(module);
                for (uri, octets) in &older.objects {
                    if uri.starts_with(&repository.base) {
                        let time = older.times.get(uri).copied().unwrap_or(now);
                        view.put(uri, Entry::file(octets.clone(), time));
                    }
                }
            }
            RsyncAct::NoModule => {
                view.modules.remove(split(&repository.base).0);
            }
            RsyncAct::Link
            | RsyncAct::Pipe
            | RsyncAct::Executable
            | RsyncAct::Missing
            | RsyncAct::OtherOctets
            | RsyncAct::OtherName
            | RsyncAct::Crowded
            | RsyncAct::Unregistered
            | RsyncAct::ClockTime
            | RsyncAct::Vanished
            | RsyncAct::Full
            | RsyncAct::Hidden
            | RsyncAct::Writable => {
                let (module, folder) = split(&repository.base);
                if let Some(module) = view.modules.get_mut(module) {
                    module.spoil(spoil, folder, now);
                }
            }
        }
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

impl Entry {
    const fn file(octets: Bytes, time: Timestamp) -> Self {
        Self {
            content: Content::Octets(octets),
            mode: 0o644,
            time,
        }
    }
}

impl Module {
    /// Does one thing wrong with what lies below a folder.
    fn spoil(&mut self, spoil: &RsyncSpoil, folder: &str, now: Timestamp) {
        let below = self.entries.keys().filter(|path| path.starts_with(folder));
        let chosen: Vec<String> = match &spoil.object {
            Some(glob) => below.filter(|path| fits(glob, path)).cloned().collect(),
            None => below
                .filter(|p| p.ends_with(".roa"))
                .take(1)
                .cloned()
                .collect(),
        };
        match spoil.act {
            RsyncAct::Full => self.full = true,
            RsyncAct::Hidden => self.hidden = true,
            RsyncAct::Writable => self.writable = true,
            RsyncAct::Link
            | RsyncAct::Pipe
            | RsyncAct::Executable
            | RsyncAct::Missing
            | RsyncAct::OtherOctets
            | RsyncAct::OtherName
            | RsyncAct::Crowded
            | RsyncAct::Unregistered
            | RsyncAct::ClockTime
            | RsyncAct::Vanished
            | RsyncAct::OldView
            | RsyncAct::Refuse
            | RsyncAct::Silent
            | RsyncAct::NoModule => {
                for path in &chosen {
                    self.spoil_one(spoil.act, path, now);
                }
            }
        }
    }

    fn spoil_one(&mut self, act: RsyncAct, path: &str, now: Timestamp) {
        let Some(mut entry) = self.entries.get(path).cloned() else {
            return;
        };
        let (folder, name) = parts(path);
        let beside = |name: &str| format!("{folder}{name}");
        let (place, entry) = match act {
            RsyncAct::Link => {
                entry.content = Content::Link(name.to_owned());
                entry.mode = 0o777;
                (beside("current"), entry)
            }
            RsyncAct::Pipe => {
                entry.content = Content::Pipe;
                (beside("pipe"), entry)
            }
            RsyncAct::Unregistered => (beside("readme.txt"), entry),
            RsyncAct::Executable => {
                entry.mode = 0o755;
                (path.to_owned(), entry)
            }
            RsyncAct::ClockTime => {
                entry.time = now;
                (path.to_owned(), entry)
            }
            RsyncAct::Vanished => {
                entry.content = Content::Vanishing;
                (path.to_owned(), entry)
            }
            RsyncAct::OtherOctets => {
                if let Content::Octets(octets) = &entry.content {
                    let mut octets = octets.to_vec();
                    if let Some(last) = octets.last_mut() {
                        *last ^= 1;
                    }
                    entry.content = Content::Octets(octets.into());
                }
                (path.to_owned(), entry)
            }
            RsyncAct::OtherName => {
                self.entries.remove(path);
                let (_, extension) = name.rsplit_once('.').unwrap_or((name, ""));
                (beside(&format!("other.{extension}")), entry)
            }
            RsyncAct::Crowded => {
                let folders = self.entries.keys().filter(|p| p.ends_with(".mft"));
                let mut others = folders.map(|p| parts(p).0).filter(|f| *f != folder);
                match others.next() {
                    Some(other) => (format!("{other}{name}"), entry),
                    None => return,
                }
            }
            RsyncAct::Missing
            | RsyncAct::OldView
            | RsyncAct::Refuse
            | RsyncAct::Silent
            | RsyncAct::Full
            | RsyncAct::NoModule
            | RsyncAct::Hidden
            | RsyncAct::Writable => {
                self.entries.remove(path);
                return;
            }
        };
        self.entries.insert(place, entry);
    }
}

impl View {
    fn put(&mut self, uri: &str, entry: Entry) {
        let (module, path) = split(uri);
        let module = self.modules.entry(module.to_owned()).or_default();
        module.entries.insert(path.to_owned(), entry);
    }

    /// Returns what the daemon says to one who wants the list of modules.
    pub fn list(&self) -> String {
        let mut text = GREETING.to_owned();
        for (name, _) in self.modules.iter().filter(|(_, module)| !module.hidden) {
            // Writing to memory cannot fail.
            writeln!(text, "{name:<15}\t{COMMENT}").unwrap_or_default();
        }
        text.push_str("@RSYNCD: EXIT\n");
        text
    }

    /// Returns what a client fetches from a path that begins with a module, as with
    /// `--recursive --times --perms --links`.
    pub fn fetch(&self, from: &str) -> Fetched {
        let (name, inside) = from.split_once('/').unwrap_or((from, ""));
        let module = match self.module(name) {
            Ok(module) => module,
            Err(refused) => return refused,
        };
        let folder = match inside {
            "" => String::new(),
            _ if inside.ends_with('/') => inside.to_owned(),
            _ => format!("{inside}/"),
        };
        // Without a slash at its end the folder comes with its name.
        let strip = match inside.ends_with('/') || inside.is_empty() {
            true => folder.len(),
            false => parts(inside).0.len(),
        };
        let mut fetched = Fetched::default();
        let (mut found, mut vanished) = (false, String::new());
        for (path, entry) in &module.entries {
            if path != inside && !path.starts_with(&folder) {
                continue;
            }
            found = true;
            let shown = path.get(strip..).unwrap_or_default();
            fetched.add_folders(shown);
            match &entry.content {
                Content::Pipe => {
                    writeln!(fetched.output, "skipping non-regular file \"{shown}\"")
                        .unwrap_or_default();
                }
                Content::Vanishing => {
                    writeln!(vanished, "file has vanished: \"{path}\" (in {name})")
                        .unwrap_or_default();
                }
                Content::Octets(_) | Content::Link(_) => {
                    let mut entry = entry.clone();
                    if let Content::Link(target) = &mut entry.content {
                        target.insert_str(0, MUNGED);
                    }
                    fetched.entries.insert(shown.to_owned(), Some(entry));
                }
            }
        }
        if !found {
            fetched.exit = 23;
            let (above, last) = parts(inside.trim_end_matches('/'));
            fetched.errors = match inside.ends_with('/') {
                true => format!(
                    "rsync: [sender] change_dir \"{above}{last}\" (in {name}) failed: No such file or directory (2)\n"
                ),
                false => format!(
                    "rsync: [sender] link_stat \"{inside}\" (in {name}) failed: No such file or directory (2)\n"
                ),
            };
            fetched.errors.push_str(
                "rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1956) [Receiver=3.5.0]\n",
            );
        } else if !vanished.is_empty() {
            fetched.exit = 24;
            fetched.errors = vanished
                + "rsync warning: some files vanished before they could be transferred (code 24) at main.c(1956) [generator=3.5.0]\n";
        }
        fetched
    }

    /// Returns how a client ends that would put a file at a path which begins with a module.
    pub fn upload(&self, to: &str) -> Fetched {
        let name = to.split('/').next().unwrap_or_default();
        match self.module(name) {
            Err(refused) => refused,
            Ok(module) if module.writable => Fetched::default(),
            Ok(_) => Fetched {
                exit: 1,
                errors: "ERROR: module is read only\n\
                         rsync error: syntax or usage error (code 1) at main.c(1185) [Receiver=3.5.0]\n"
                    .to_owned(),
                ..Fetched::default()
            },
        }
    }

    /// Returns a module, or how a client ends that is not let in.
    fn module(&self, name: &str) -> Result<&Module, Fetched> {
        let refuse = |why: String| Fetched {
            exit: 5,
            errors: format!(
                "@ERROR: {why}\nrsync error: error starting client-server protocol (code 5) at main.c(1954) [Receiver=3.5.0]\n"
            ),
            ..Fetched::default()
        };
        let module = self.modules.get(name);
        let module = module.ok_or_else(|| refuse(format!("Unknown module '{name}'")))?;
        match module.full {
            true => Err(refuse(
                "max connections (-1) reached -- try again later".to_owned(),
            )),
            false => Ok(module),
        }
    }
}

impl Fetched {
    /// Adds the folders above a path.
    fn add_folders(&mut self, path: &str) {
        for (slash, _) in path.match_indices('/') {
            let folder = path.get(..slash).unwrap_or_default();
            if !folder.is_empty() {
                self.entries.entry(folder.to_owned()).or_insert(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(entries: &[(&str, Content)]) -> View {
        let mut module = Module::default();
        for (path, content) in entries {
            let entry = Entry {
                content: content.clone(),
                mode: 0o644,
                time: Timestamp::UNIX_EPOCH,
            };
            module.entries.insert((*path).to_owned(), entry);
        }
        View {
            conduct: Conduct::Serves,
            modules: BTreeMap::from([("repo".to_owned(), module)]),
        }
    }

    fn paths(fetched: &Fetched) -> Vec<&str> {
        fetched.entries.keys().map(String::as_str).collect()
    }

    #[test]
    fn folders_and_single_files_are_fetched_as_rsync_does() {
        let octets = Content::Octets(Bytes::from_static(b"x"));
        let view = view(&[
            ("a/b/c.roa", octets.clone()),
            ("a/d.cer", octets),
            ("a/p", Content::Pipe),
            ("a/l", Content::Link("d.cer".to_owned())),
        ]);
        for (from, expected) in [
            ("repo/", &["a", "a/b", "a/b/c.roa", "a/d.cer", "a/l"][..]),
            ("repo", &["a", "a/b", "a/b/c.roa", "a/d.cer", "a/l"]),
            ("repo/a/b/", &["c.roa"]),
            ("repo/a/b", &["b", "b/c.roa"]),
            ("repo/a/d.cer", &["d.cer"]),
            ("repo/a/x", &[]),
            ("other/", &[]),
        ] {
            assert_eq!(paths(&view.fetch(from)), expected, "{from}");
        }
        let whole = view.fetch("repo/");
        assert_eq!(whole.output, "skipping non-regular file \"a/p\"\n");
        assert_eq!((whole.exit, view.fetch("repo/x/").exit), (0, 23));
        assert!(
            view.fetch("x/")
                .errors
                .starts_with("@ERROR: Unknown module 'x'\n")
        );
        assert_eq!(view.upload("repo/x").exit, 1);
    }

    #[test]
    fn what_vanishes_is_told_and_not_there() {
        let view = view(&[("a/b.roa", Content::Vanishing)]);
        let fetched = view.fetch("repo/");
        assert_eq!((fetched.exit, paths(&fetched)), (24, vec!["a"]));
        assert!(
            fetched
                .errors
                .starts_with("file has vanished: \"a/b.roa\" (in repo)\n")
        );
    }
}
