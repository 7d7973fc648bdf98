//! A bundle for writing: one write per line, and evidence before the line that names it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;

use super::event::{Cow, Event, Expansion};
use super::evidence::Evidence;
use super::fresh::{Fresh, Keeper};
use super::read::{Bundle, read_record};
use super::record::RunRecord;
use super::seal::{seal, write_whole};
use super::{BundleError, EVENTS, EVIDENCE, RUN, SUMS, io};
use crate::fact::{Digest, Documents, Key, Observation, Tick};
use crate::transport::{Answer, Exchange, Recorder};

/// How often what was written is handed to the disk: a sync per line costs 651 µs.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// Writes a bundle. Dropped before [`Writer::finish`], it leaves a partial one that can be resumed.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    record: RunRecord,
    shared: Arc<Shared>,
    /// What an interrupted run had observed.
    earlier: Option<Bundle>,
    /// What this one observes.
    keeper: Keeper,
    syncer: Mutex<Option<JoinHandle<()>>>,
}

/// What the thread that syncs has in common with those that write.
#[derive(Debug)]
struct Shared {
    evidence: Arc<Evidence>,
    journal: Mutex<Journal>,
    stop: Condvar,
}

#[derive(Debug)]
struct Journal {
    path: PathBuf,
    file: File,
    observed: u64,
    unsynced: bool,
    closing: bool,
    failed: Option<String>,
}

impl Writer {
    /// Makes a new bundle in `parent`, named by the wall time, the target and a suffix.
    ///
    /// # Errors
    ///
    /// [`BundleError::Io`].
    pub fn create(parent: &Path, wall: Timestamp, record: RunRecord) -> Result<Self, BundleError> {
        let mut suffix = [0; 3];
        // Without random octets the name may be taken; then making the folder says so.
        if getrandom::fill(&mut suffix).is_err() {
            suffix = [0; 3];
        }
        let name = format!(
            "{}-{}-{}",
            wall.strftime("%Y%m%dT%H%M%SZ"),
            plain_name(&record.target.name),
            data_encoding::HEXLOWER.encode(&suffix)
        );
        Self::create_at(&parent.join(name), wall, record)
    }

    /// Makes a new bundle in a folder that is not there yet, or is empty.
    ///
    /// # Errors
    ///
    /// [`BundleError::Io`]; a folder with content is refused.
    pub fn create_at(
        folder: &Path,
        wall: Timestamp,
        record: RunRecord,
    ) -> Result<Self, BundleError> {
        let evidence = folder.join(EVIDENCE);
        std::fs::create_dir_all(folder).map_err(io("make", folder))?;
        std::fs::create_dir(&evidence).map_err(io("make", &evidence))?;
        let path = folder.join(EVENTS);
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(&path)
            .map_err(io("write", &path))?;
        lock(&file, folder)?;
        let mut text =
            serde_json::to_vec_pretty(&record).map_err(|source| BundleError::Record {
                path: folder.join(RUN),
                source,
            })?;
        text.push(b'\n');
        write_whole(&folder.join(RUN), &text)?;
        let run = record.id.clone();
        let mut writer = Self::over(folder, record, file, Evidence::open(evidence)?)?;
        writer.keeper = Keeper::from_the_beginning();
        writer.append(&Event::Started { run, at: wall })?;
        Ok(writer)
    }

    /// Goes on with an interrupted run: drops a torn last line, keeps what finished,
    /// and marks the exchanges of unfinished observations as abandoned.
    ///
    /// # Errors
    ///
    /// [`BundleError::Finished`], [`BundleError::Locked`], and those of [`Bundle::open`].
    pub fn resume(folder: &Path, wall: Timestamp) -> Result<Self, BundleError> {
        let record = read_record(folder)?;
        let path = folder.join(EVENTS);
        // A process killed between its first two files left a bundle without a journal.
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .map_err(io("write", &path))?;
        lock(&file, folder)?;
        let earlier = Bundle::open(folder)?;
        if !earlier.is_partial() {
            // A process killed while it sealed left only that to be done.
            if !folder.join(SUMS).exists() {
                earlier.evidence.close()?;
                seal(folder)?;
            }
            return Err(BundleError::Finished(folder.to_owned()));
        }
        file.set_len(earlier.journal.end)
            .map_err(io("write", &path))?;
        let mut lost = earlier.journal.unfinished();
        // After a power failure a line may be on the disk and its evidence not.
        for (key, evidence) in &earlier.journal.evidence {
            if !evidence.iter().all(|digest| earlier.evidence.has(digest)) {
                lost.insert(Arc::clone(key));
            }
        }
        let observed = earlier.observed();
        let evidence = Evidence::open(folder.join(EVIDENCE))?;
        let mut writer = Self::over(folder, record, file, evidence)?;
        let gone = lost
            .iter()
            .filter(|key| earlier.journal.observations.contains_key(*key))
            .count();
        for key in lost {
            let key = Key::clone(&key);
            writer.append(&Event::Abandoned { key })?;
        }
        writer.append(&Event::Resumed { at: wall })?;
        writer.journal().observed = u64::try_from(observed - gone).unwrap_or(u64::MAX);
        writer.earlier = Some(Bundle::open(folder)?);
        Ok(writer)
    }

    fn over(
        folder: &Path,
        record: RunRecord,
        file: File,
        evidence: Evidence,
    ) -> Result<Self, BundleError> {
        evidence.reopen()?;
        let shared = Arc::new(Shared {
            evidence: Arc::new(evidence),
            journal: Mutex::new(Journal {
                path: folder.join(EVENTS),
                file,
                observed: 0,
                unsynced: false,
                closing: false,
                failed: None,
            }),
            stop: Condvar::new(),
        });
        let background = Arc::clone(&shared);
        let syncer = std::thread::Builder::new()
            .name("bundle-sync".to_owned())
            .spawn(move || background.sync_until_closed())
            .map_err(io("write", folder))?;
        Ok(Self {
            folder: folder.to_owned(),
            record,
            shared,
            earlier: None,
            keeper: Keeper::default(),
            syncer: Mutex::new(Some(syncer)),
        })
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the folder in which large bodies are spooled; it is removed at the end.
    pub fn spool(&self) -> PathBuf {
        self.shared.evidence.spool()
    }

    /// Returns the bodies that were kept so far.
    pub fn evidence(&self) -> Arc<Evidence> {
        Arc::clone(&self.shared.evidence)
    }

    /// Returns what the run set out to do.
    pub fn run(&self) -> &RunRecord {
        &self.record
    }

    /// Returns an observation that the interrupted run had finished; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`BundleError::Line`] and [`BundleError::Io`].
    pub fn finished(&self, key: &Key) -> Result<Option<Observation>, BundleError> {
        match &self.earlier {
            Some(earlier) => earlier.observation(key),
            None => Ok(None),
        }
    }

    /// Returns the values of an axis that the interrupted run had expanded; `None` if it had not.
    pub fn expanded(&self, scenario: &str, registry: &str, axis: &str) -> Option<Expansion> {
        let earlier = self.earlier.as_ref()?;
        earlier.expansion(scenario, registry, axis).cloned()
    }

    /// Keeps an observation: it is finished when this returns.
    ///
    /// # Errors
    ///
    /// [`BundleError::Io`], also of an earlier write.
    pub fn observe(&self, observation: &Observation) -> Result<(), BundleError> {
        let octets = self.append(&Event::Observation(Cow::Borrowed(observation)))?;
        self.journal().observed += 1;
        let evidence: Arc<dyn Documents> = self.evidence();
        self.keeper.observe(observation, octets, &evidence);
        Ok(())
    }

    /// Keeps the values of an axis that probes feed.
    ///
    /// # Errors
    ///
    /// [`BundleError::Io`], also of an earlier write.
    pub fn expand(&self, expansion: Expansion) -> Result<(), BundleError> {
        self.keeper.expand(&expansion);
        self.append(&Event::Expansion(expansion))?;
        Ok(())
    }

    /// Returns the ticks of a scenario that the interrupted run had begun or missed.
    pub fn ticks(&self, scenario: &str) -> Vec<Tick> {
        let earlier = self.earlier.as_ref();
        earlier.map_or_else(Vec::new, |earlier| earlier.ticks(scenario))
    }

    /// Returns when the last tick of a poll of the interrupted run began; `None` if none had.
    pub fn last_tick(&self) -> Option<Timestamp> {
        let all = self.earlier.as_ref()?.journal.ticks.iter();
        all.filter_map(|tick| tick.at).max()
    }

    /// Keeps that a tick of a poll begins, or was missed.
    ///
    /// # Errors
    ///
    /// [`BundleError::Io`], also of an earlier write.
    pub fn tick(&self, tick: &Tick) -> Result<(), BundleError> {
        self.append(&Event::Tick(Cow::Borrowed(tick)))?;
        self.keeper.tick(tick);
        Ok(())
    }

    /// Ends the run and seals the bundle; returns all that it saw, or `None` if that has to be read
    /// again: it is too much, or the run was resumed.
    ///
    /// # Errors
    ///
    /// [`BundleError::Io`], also of an earlier write.
    pub fn finish(&self, wall: Timestamp) -> Result<Option<Fresh>, BundleError> {
        let observed = self.journal().observed;
        self.append(&Event::Finished { at: wall, observed })?;
        self.close();
        if let Some(why) = self.journal().failed.clone() {
            return Err(BundleError::Closed(why));
        }
        self.shared.evidence.close()?;
        seal(&self.folder)?;
        Ok(self.keeper.take(&self.record))
    }

    /// Writes one line with one write; returns its length.
    pub(super) fn append(&self, event: &Event<'_>) -> Result<usize, BundleError> {
        let mut line = Vec::with_capacity(2048);
        serde_json::to_writer(&mut line, event).map_err(|source| BundleError::Record {
            path: self.folder.join(EVENTS),
            source,
        })?;
        line.push(b'\n');
        self.write(&line)?;
        Ok(line.len())
    }

    fn write(&self, line: &[u8]) -> Result<(), BundleError> {
        let mut journal = self.journal();
        if let Some(why) = &journal.failed {
            return Err(BundleError::Closed(why.clone()));
        }
        if let Err(source) = journal.file.write_all(line) {
            // The line may be torn: nothing may come behind it.
            let error = io("write", &journal.path)(source);
            journal.failed = Some(describe(&error));
            return Err(error);
        }
        journal.unsynced = true;
        Ok(())
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.shared.journal()
    }

    /// Closes the bundle after a failure: a recorder cannot fail, the next observation says so.
    fn note(&self, written: Result<(), BundleError>) {
        if let Err(error) = written {
            self.journal().failed.get_or_insert(describe(&error));
        }
    }

    /// Ends the thread that syncs, after a last sync.
    fn close(&self) {
        self.journal().closing = true;
        self.shared.stop.notify_all();
        let thread = self
            .syncer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            self.journal().failed = Some("the thread that syncs panicked".to_owned());
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

impl Recorder for Writer {
    fn record(&self, exchange: &Exchange) {
        let body = exchange.answer.as_ref().and_then(Answer::body);
        let kept = body.map_or(Ok(()), |body| self.shared.evidence.keep(body));
        let written = kept.and_then(|()| self.append(&Event::Exchange(Cow::Borrowed(exchange))));
        self.note(written.map(drop));
    }

    fn keep(&self, digest: &Digest, octets: &bytes::Bytes) {
        self.note(self.shared.evidence.keep_octets(digest, octets));
    }
}

impl Shared {
    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands what was written to the disk once a second, and once more at the end.
    fn sync_until_closed(&self) {
        loop {
            let mut journal = self.journal();
            if !journal.closing {
                (journal, _) = self
                    .stop
                    .wait_timeout(journal, SYNC_EVERY)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            let closing = journal.closing;
            let file = std::mem::take(&mut journal.unsynced).then(|| journal.file.try_clone());
            drop(journal);
            // Evidence first, so that no line outlives what it names.
            if let Some(file) = file {
                let synced = self
                    .evidence
                    .sync()
                    .and_then(|()| file.and_then(|f| f.sync_data()).map_err(io("sync", EVENTS)));
                if let Err(error) = synced {
                    self.journal().failed = Some(describe(&error));
                }
            }
            if closing {
                return;
            }
        }
    }
}

/// Takes the bundle for this process.
fn lock(file: &File, folder: &Path) -> Result<(), BundleError> {
    file.try_lock().map_err(|error| match error {
        std::fs::TryLockError::WouldBlock => BundleError::Locked(folder.to_owned()),
        std::fs::TryLockError::Error(error) => io("lock", folder)(error),
    })
}

/// Returns a name with letters, digits, `-`, `_` and `.` only.
fn plain_name(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => c,
            _ => '-',
        })
        .take(60)
        .collect()
}

/// Returns an error with its causes in one line.
fn describe(error: &BundleError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}
