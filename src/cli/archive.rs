//! Archives: bundles and an index of each, in a folder or a store of objects.
//!
//! ```text
//! bundles/<run id>/…                  bundles as they were written
//! index/<target>/<run id>.jsonl.gz    one small file for each run
//! ```

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::judging::CannotJudge;
use super::kept;
use super::shell::{Shell, in_full};
use crate::audit::history::{self, Course, Courses, Entry, NotAnIndex, Row, Trend};
use crate::audit::{AUDIT, Audit};
use crate::bundle::{self, Bundle, BundleError, FolderStore, JUDGEMENTS, SUMS, Sealed};
use crate::transport::store::{Store, Stored};

/// An archive.
#[derive(Debug)]
pub(super) struct Archive {
    store: Box<dyn Store>,
    name: String,
}

/// Says why an archive cannot be used, or a bundle not be added.
#[derive(Debug, thiserror::Error)]
pub(super) enum CannotArchive {
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Judge(#[from] CannotJudge),
    #[error("`{}` was never judged; `quintet judge` does", .0.display())]
    Unjudged(PathBuf),
    #[error("`{}` is not what was sealed: {why}; nothing of it is archived", path.display())]
    NotIntact { path: PathBuf, why: String },
    #[error("`{}` is a run of two targets, which has no history", .0.display())]
    Twin(PathBuf),
    #[error("the archive `{archive}` has another run with the id `{run}`")]
    Other { archive: String, run: String },
    #[error("the id of the run in `{}` is no name of a folder", .0.display())]
    Name(PathBuf),
    #[error("cannot use the archive `{archive}`")]
    Store {
        archive: String,
        #[source]
        source: io::Error,
    },
    #[error("`{archive}`: `{path}`")]
    Index {
        archive: String,
        path: String,
        #[source]
        source: NotAnIndex,
    },
    #[error("`{0}` is a store of objects; this program was built without the feature `s3`")]
    #[cfg_attr(feature = "s3", expect(dead_code, reason = "the feature is there"))]
    NoObjects(String),
}

/// What became of a bundle that was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// It was not there.
    New,
    /// It was there; what was judged since is there now too.
    Again,
}

/// Most indexes whose rows are in memory at a time.
const AT_ONCE: usize = 32;

impl Archive {
    /// Opens an archive: a folder, or `s3://bucket/prefix` where the program was built for it.
    ///
    /// # Errors
    ///
    /// [`CannotArchive::NoObjects`] and [`CannotArchive::Store`].
    pub(super) fn open(place: &Path, shell: &Shell) -> Result<Self, CannotArchive> {
        let name = place.to_string_lossy().into_owned();
        if name.starts_with("s3://") {
            return Self::objects(name, shell);
        }
        Ok(Self {
            store: Box::new(FolderStore::at(place.to_owned())),
            name,
        })
    }

    #[cfg(feature = "s3")]
    fn objects(name: String, shell: &Shell) -> Result<Self, CannotArchive> {
        match crate::transport::objects::Objects::open(&name, shell.variables("AWS_")) {
            Ok(store) => Ok(Self {
                store: Box::new(store),
                name,
            }),
            Err(source) => Err(CannotArchive::Store {
                archive: name,
                source,
            }),
        }
    }

    #[cfg(not(feature = "s3"))]
    const fn objects(name: String, _shell: &Shell) -> Result<Self, CannotArchive> {
        Err(CannotArchive::NoObjects(name))
    }

    fn wrong(&self) -> impl Fn(io::Error) -> CannotArchive + '_ {
        |source| CannotArchive::Store {
            archive: self.name.clone(),
            source,
        }
    }

    /// Copies a judged bundle into the archive and indexes it; evidence that a folder can link is linked.
    ///
    /// # Errors
    ///
    /// [`CannotArchive`]; a bundle that is not what was sealed is refused, and nothing is indexed before all is copied.
    pub(super) fn add(&self, path: &Path) -> Result<Added, CannotArchive> {
        let bundle = Bundle::open(path)?;
        if bundle.run().twin.is_some() {
            return Err(CannotArchive::Twin(path.to_owned()));
        }
        if let Some(problem) = Bundle::verify(path)?.problems.first() {
            return Err(CannotArchive::NotIntact {
                path: path.to_owned(),
                why: problem.to_string(),
            });
        }
        let audit = kept::newest_audit(path)?;
        let audit = audit.ok_or_else(|| CannotArchive::Unjudged(path.to_owned()))?;
        let run = &bundle.run().id;
        if !is_name(run) || !is_name(&audit.results.target) {
            return Err(CannotArchive::Name(path.to_owned()));
        }
        let place = format!("bundles/{run}");
        let known = self
            .store
            .get(&format!("{place}/{}", bundle::RUN))
            .map_err(self.wrong())?;
        let own = std::fs::read(path.join(bundle::RUN)).map_err(self.wrong())?;
        let added = match known {
            None => Added::New,
            Some(known) if known == own => Added::Again,
            Some(_) => {
                return Err(CannotArchive::Other {
                    archive: self.name.clone(),
                    run: run.clone(),
                });
            }
        };
        let mut files = files_of(path).map_err(self.wrong())?;
        if added == Added::Again {
            files.retain(|(inner, _)| inner.starts_with(JUDGEMENTS));
        }
        // The newest judging is that which was written last, so they are copied in their order.
        files.sort_by_key(|(_, modified)| *modified);
        for (inner, _) in files {
            let to = format!("{place}/{}", inner.to_string_lossy());
            self.store
                .put_file(&to, &path.join(&inner))
                .map_err(self.wrong())?;
        }
        self.index(&audit, &place)?;
        Ok(added)
    }

    fn index(&self, audit: &Audit, place: &str) -> Result<String, CannotArchive> {
        let octets = history::index_of(audit, place).map_err(self.wrong())?;
        let path = format!("index/{}/{}.jsonl.gz", audit.results.target, audit.run.id);
        self.store.put(&path, &octets).map_err(self.wrong())?;
        Ok(path)
    }

    /// Indexes all bundles of the archive anew, and returns their number and why some could not be.
    ///
    /// # Errors
    ///
    /// [`CannotArchive::Store`].
    pub(super) fn rebuild(&self) -> Result<(usize, Vec<(String, String)>), CannotArchive> {
        let all = self.store.list("bundles/").map_err(self.wrong())?;
        let bundles: BTreeSet<&str> = all
            .iter()
            .filter_map(|o| o.path.split('/').nth(1))
            .collect();
        let bundles: Vec<&str> = bundles.into_iter().collect();
        let made: Vec<Result<String, (String, String)>> = bundles
            .par_iter()
            .map(|run| {
                let place = format!("bundles/{run}");
                let audit = self.newest(&place, &all);
                let written = audit.and_then(|audit| {
                    if audit.run.id == **run && is_name(&audit.results.target) {
                        self.index(&audit, &place).map_err(|e| in_full(&e))
                    } else {
                        Err("its judging is of another run".to_owned())
                    }
                });
                written.map_err(|why| (place, why))
            })
            .collect();
        let mut wrong = Vec::new();
        let mut paths = BTreeSet::new();
        for one in made {
            match one {
                Ok(path) => drop(paths.insert(path)),
                Err(why) => wrong.push(why),
            }
        }
        // What has no bundle any more has no history either.
        for object in self.store.list("index/").map_err(self.wrong())? {
            if !paths.contains(&object.path) {
                self.store.remove(&object.path).map_err(self.wrong())?;
            }
        }
        Ok((paths.len(), wrong))
    }

    /// Reads the newest judging of a bundle that is what was sealed, or says why not.
    fn newest(&self, place: &str, all: &[Stored]) -> Result<Audit, String> {
        let judgings = format!("{place}/{JUDGEMENTS}/");
        let is_audit = |o: &&Stored| {
            let inner = o
                .path
                .strip_prefix(&judgings)
                .and_then(|rest| rest.split_once('/'));
            inner.is_some_and(|(_, file)| file == AUDIT)
        };
        // The paths are sorted, so that those of a bundle stand together.
        let from = all.partition_point(|o| o.path < judgings);
        let own = all
            .iter()
            .skip(from)
            .take_while(|o| o.path.starts_with(&judgings));
        let newest = own.filter(is_audit).max_by_key(|o| o.modified);
        let newest = newest.ok_or("it was never judged")?;
        let get = |path: &str| {
            let found = self.store.get(path).map_err(|e| e.to_string())?;
            found.ok_or_else(|| format!("`{path}` is gone"))
        };
        let text = get(&newest.path)?;
        let sums = newest.path.replace(AUDIT, SUMS);
        match bundle::sealed_by(&get(&sums)?, AUDIT, &text) {
            Sealed::Same => {}
            Sealed::Changed => return Err("its judging was changed after it was sealed".to_owned()),
            Sealed::Not => return Err("its judging has no seal".to_owned()),
        }
        kept::audit_of(&text)
    }

    /// Reads the heads of all runs, by time.
    ///
    /// # Errors
    ///
    /// [`CannotArchive`].
    pub(super) fn runs(&self) -> Result<Vec<Entry>, CannotArchive> {
        let mut all = self.read(history::head)?;
        all.sort_by(|a, b| (a.started, &a.run).cmp(&(b.started, &b.run)));
        Ok(all)
    }

    /// Returns the trend of an id, of one target or of all.
    ///
    /// # Errors
    ///
    /// [`CannotArchive`].
    pub(super) fn trend(&self, id: &str, target: Option<&str>) -> Result<Trend, CannotArchive> {
        let mut read: Vec<(Entry, Vec<Row>)> = self.read(|octets| history::rows(octets, id))?;
        if let Some(target) = target {
            read.retain(|(entry, _)| entry.target == target);
        }
        Ok(history::trend(id, read))
    }

    /// Returns how things went on at a registry, at one target or at all.
    ///
    /// # Errors
    ///
    /// [`CannotArchive`].
    pub(super) fn course(
        &self,
        registry: &str,
        target: Option<&str>,
    ) -> Result<Vec<Course>, CannotArchive> {
        let mut runs = self.runs()?;
        runs.retain(|entry| target.is_none_or(|target| entry.target == target));
        // Those of one target stand in the order of their times already.
        runs.sort_by(|a, b| a.target.cmp(&b.target));
        let mut courses = Courses::of(registry);
        // Rows of all runs at once would not fit into much.
        for some in runs.chunks(AT_ONCE) {
            let read = some.par_iter().map(|entry| {
                let path = format!("index/{}/{}.jsonl.gz", entry.target, entry.run);
                self.one(&path, &|octets| history::rows_at(octets, registry))
            });
            let read: Result<Vec<(Entry, Vec<Row>)>, CannotArchive> = read.collect();
            for (entry, rows) in read? {
                courses.add(&entry, rows);
            }
        }
        Ok(courses.done())
    }

    /// Returns the ids that the newest run of each target has rows of.
    ///
    /// # Errors
    ///
    /// [`CannotArchive`].
    pub(super) fn ids(&self) -> Result<BTreeSet<String>, CannotArchive> {
        let all = self.read(history::ids)?;
        Ok(all.into_iter().flatten().collect())
    }

    fn read<T: Send>(
        &self,
        reader: impl Fn(&[u8]) -> Result<T, NotAnIndex> + Sync,
    ) -> Result<Vec<T>, CannotArchive> {
        let all = self.store.list("index/").map_err(self.wrong())?;
        let read = all.par_iter();
        read.map(|object| self.one(&object.path, &reader)).collect()
    }

    /// Reads the index of one run.
    fn one<T>(
        &self,
        path: &str,
        reader: &dyn Fn(&[u8]) -> Result<T, NotAnIndex>,
    ) -> Result<T, CannotArchive> {
        let octets = self.store.get(path).map_err(self.wrong())?;
        reader(&octets.unwrap_or_default()).map_err(|source| CannotArchive::Index {
            archive: self.name.clone(),
            path: path.to_owned(),
            source,
        })
    }
}

/// Says whether a text names one folder or file, of this machine or of a store.
fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.+#".contains(c);
    !text.is_empty() && text.len() <= 120 && !text.starts_with('.') && text.chars().all(plain)
}

/// Lists the files of a bundle with the times at which they were written.
fn files_of(folder: &Path) -> io::Result<Vec<(PathBuf, std::time::SystemTime)>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(folder.join(&inner))? {
            let entry = entry?;
            let path = inner.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                found.push((path, entry.metadata()?.modified()?));
            }
        }
    }
    Ok(found)
}
