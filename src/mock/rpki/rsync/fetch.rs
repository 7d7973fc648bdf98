//! What a client gets from a host: the list of modules, files, and the answer to an upload, in the words of rsync 3.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{COMMENT, Content, Entry, Module, View, parts};

/// What a daemon of rsync 3.5 says first.
const GREETING: &str = "@RSYNCD: 32.0 sha512 sha256 sha1 md5 md4\n";

/// What a daemon without a folder of its own to be locked in puts before the target of a link.
const MUNGED: &str = "/rsyncd-munged/";

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

impl View {
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
