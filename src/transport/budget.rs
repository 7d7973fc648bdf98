//! Budgets of exchanges and octets per registry and day, kept across runs.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::fact::{Digest, Failure, FailureKind};
use crate::registry::RegistryId;

/// Days that stay in the file, so that it does not grow.
const DAYS_KEPT: usize = 31;

/// Time between two writes while a run goes on; ours: a killed run forgets at most this much.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);

/// Largest state file that is read, in octets; a month of a hundred registries is a tenth of it.
const LARGEST: u64 = 4 << 20;

/// What may be asked of each registry in a day, and what was.
#[derive(Debug)]
pub struct Budget {
    limits: BTreeMap<RegistryId, DayLimit>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    before: Option<Digest>,
    file: Option<Locked>,
}

/// What may be asked of a registry in a day (UTC); `None` for as much as one likes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayLimit {
    /// Exchanges.
    pub requests: Option<u64>,
    /// Octets of answers.
    pub bytes: Option<u64>,
}

/// What was asked of a registry in a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spent {
    /// Exchanges.
    pub requests: u64,
    /// Octets of answers.
    pub bytes: u64,
}

/// Says why a state file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum BudgetError {
    /// It cannot be read or written.
    #[error("budget state `{path}`: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Another run has it.
    #[error("budget state `{0}` is in use by another run; wait for it, or name another `--state`")]
    Locked(PathBuf),
    /// It is not what we write.
    #[error("budget state `{path}` cannot be read: {why}; mend or remove it")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

#[derive(Debug, Default)]
struct State {
    days: BTreeMap<Date, BTreeMap<RegistryId, Spent>>,
    written: Option<Duration>,
    changed: bool,
}

/// The file's content.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u32,
    days: BTreeMap<Date, BTreeMap<RegistryId, Spent>>,
}

#[derive(Debug)]
struct Locked {
    path: PathBuf,
    /// Holds the lock: the state file itself is replaced by each write.
    _lock: File,
}

impl Budget {
    /// Makes a budget for this run only.
    pub fn new(limits: BTreeMap<RegistryId, DayLimit>, clock: Arc<dyn Clock>) -> Self {
        Self {
            limits,
            clock,
            state: Mutex::default(),
            before: None,
            file: None,
        }
    }

    /// Opens a state file, which need not exist, and locks it until the budget is dropped.
    ///
    /// # Errors
    ///
    /// [`BudgetError`] if the file cannot be read, is in use, or is not ours.
    pub fn open(
        path: &Path,
        limits: BTreeMap<RegistryId, DayLimit>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, BudgetError> {
        let lock = lock(path)?;
        let (days, before) = read(path)?;
        let mut budget = Self::new(limits, clock);
        budget.state = Mutex::new(State {
            days,
            written: None,
            changed: false,
        });
        budget.before = before;
        budget.file = Some(Locked {
            path: path.to_owned(),
            _lock: lock,
        });
        Ok(budget)
    }

    /// Returns the digest of the state file as it was opened; `None` if there was none.
    pub const fn before(&self) -> Option<&Digest> {
        self.before.as_ref()
    }

    /// Returns what was asked of a registry today.
    pub fn spent(&self, registry: &RegistryId) -> Spent {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state
            .days
            .get(&self.today())
            .and_then(|day| day.get(registry))
            .copied()
            .unwrap_or_default()
    }

    /// Returns the limits of a registry.
    pub fn limit(&self, registry: &RegistryId) -> DayLimit {
        self.limits.get(registry).copied().unwrap_or_default()
    }

    /// Counts an exchange that is about to be made.
    pub(super) fn take(&self, registry: &RegistryId) -> Result<(), Failure> {
        let limit = self.limit(registry);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let day = state.days.entry(self.today()).or_default();
        let spent = day.entry(registry.clone()).or_default();
        let over = |what: &str, used: u64, limit: Option<u64>| match limit {
            Some(limit) if used >= limit => Err(Failure {
                kind: FailureKind::Budget,
                detail: format!(
                    "the budget of `{registry}` for today is used up: {used} of {limit} {what}"
                ),
            }),
            _ => Ok(()),
        };
        over("exchanges", spent.requests, limit.requests)?;
        over("octets", spent.bytes, limit.bytes)?;
        spent.requests = spent.requests.saturating_add(1);
        state.changed = true;
        Ok(())
    }

    /// Counts octets that came. A state file that cannot be written now is written at the next chance.
    pub(super) fn spend(&self, registry: &RegistryId, bytes: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let day = state.days.entry(self.today()).or_default();
        let spent = day.entry(registry.clone()).or_default();
        spent.bytes = spent.bytes.saturating_add(bytes);
        state.changed = true;
        let now = self.clock.elapsed();
        if state
            .written
            .is_none_or(|then| now.saturating_sub(then) >= BETWEEN_WRITES)
        {
            state.written = Some(now);
            state.changed = self.write(&mut state).is_err();
        }
    }

    /// Writes the state file; does nothing without one.
    ///
    /// # Errors
    ///
    /// [`BudgetError::File`] if it cannot be written.
    pub fn save(&self) -> Result<(), BudgetError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.changed {
            self.write(&mut state)?;
            state.changed = false;
        }
        Ok(())
    }

    fn write(&self, state: &mut State) -> Result<(), BudgetError> {
        let Some(Locked { path, .. }) = &self.file else {
            return Ok(());
        };
        while state.days.len() > DAYS_KEPT {
            state.days.pop_first();
        }
        let kept = Kept {
            version: 1,
            days: state.days.clone(),
        };
        let failed = |source: std::io::Error| BudgetError::File {
            path: path.clone(),
            source,
        };
        let text = serde_json::to_vec_pretty(&kept).map_err(|error| failed(error.into()))?;
        let new = beside(path, "new");
        let mut file = File::create(&new).map_err(failed)?;
        file.write_all(&text).map_err(failed)?;
        file.write_all(b"\n").map_err(failed)?;
        fs::rename(&new, path).map_err(failed)
    }

    fn today(&self) -> Date {
        self.clock.now().to_zoned(TimeZone::UTC).date()
    }
}

impl Drop for Budget {
    /// Writes what is not yet written; who wants to hear of an error calls `save` before.
    fn drop(&mut self) {
        drop(self.save());
    }
}

/// Returns the name of a file beside another one.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

fn lock(path: &Path) -> Result<File, BudgetError> {
    let failed = |source| BudgetError::File {
        path: path.to_owned(),
        source,
    };
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(beside(path, "lock"))
        .map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(BudgetError::Locked(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

type Days = BTreeMap<Date, BTreeMap<RegistryId, Spent>>;

fn read(path: &Path) -> Result<(Days, Option<Digest>), BudgetError> {
    let failed = |source| BudgetError::File {
        path: path.to_owned(),
        source,
    };
    let content = |why: String| BudgetError::Content {
        path: path.to_owned(),
        why,
    };
    match fs::metadata(path) {
        Ok(about) if about.len() > LARGEST => {
            return Err(content(format!("it is larger than {LARGEST} octets")));
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok((BTreeMap::new(), None));
        }
        Err(error) => return Err(failed(error)),
    }
    let text = fs::read(path).map_err(failed)?;
    let kept: Kept = serde_json::from_slice(&text).map_err(|error| content(error.to_string()))?;
    if kept.version != 1 {
        return Err(content(format!(
            "version `{}` is not known; expected 1",
            kept.version
        )));
    }
    Ok((kept.days, Some(Digest::of(&text))))
}

/// Reads what was asked of each registry, by day, without locking the file.
///
/// # Errors
///
/// [`BudgetError`] if the file cannot be read or is not ours; a missing file is empty.
pub fn spent_by_day(
    path: &Path,
) -> Result<BTreeMap<Date, BTreeMap<RegistryId, Spent>>, BudgetError> {
    read(path).map(|(days, _)| days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{FixedClock, VirtualClock};

    fn folder(name: &str) -> PathBuf {
        let path =
            std::env::temp_dir().join(format!("quintet-budget-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    fn limits() -> (RegistryId, BTreeMap<RegistryId, DayLimit>) {
        let id = RegistryId::parse("arin").unwrap();
        let limit = DayLimit {
            requests: Some(2),
            bytes: Some(1000),
        };
        (id.clone(), BTreeMap::from([(id, limit)]))
    }

    #[test]
    fn a_budget_holds_across_runs_until_the_next_day() {
        let folder = folder("days");
        let path = folder.join("state.json");
        let (id, limits) = limits();
        let day = |text: &str| Arc::new(FixedClock(text.parse().unwrap()));
        for _ in 0..2 {
            let budget = Budget::open(&path, limits.clone(), day("2026-11-21T23:59:00Z")).unwrap();
            budget.take(&id).unwrap();
            budget.spend(&id, 10);
        }
        let budget = Budget::open(&path, limits.clone(), day("2026-11-21T23:59:59Z")).unwrap();
        assert!(budget.before().is_some());
        let failure = budget.take(&id).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Budget);
        assert_eq!(
            failure.detail,
            "the budget of `arin` for today is used up: 2 of 2 exchanges"
        );
        assert_eq!(
            budget.spent(&id),
            Spent {
                requests: 2,
                bytes: 20
            }
        );
        drop(budget);
        let budget = Budget::open(&path, limits, day("2026-11-22T00:00:00Z")).unwrap();
        budget.take(&id).unwrap();
        budget.spend(&id, 5000);
        assert_eq!(budget.take(&id).unwrap_err().kind, FailureKind::Budget);
        drop(budget);
        assert_eq!(spent_by_day(&path).unwrap().len(), 2);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_state_file_in_use_or_broken_is_refused() {
        let folder = folder("broken");
        let path = folder.join("state.json");
        let clock = || Arc::new(VirtualClock::new("2026-11-22T00:00:00Z".parse().unwrap()));
        let first = Budget::open(&path, BTreeMap::new(), clock()).unwrap();
        let second = Budget::open(&path, BTreeMap::new(), clock());
        assert!(matches!(second, Err(BudgetError::Locked(_))));
        drop(first);
        for text in [
            "",
            "[]",
            "{\"version\": 2, \"days\": {}}",
            "{\"version\": 1}",
        ] {
            fs::write(&path, text).unwrap();
            let opened = Budget::open(&path, BTreeMap::new(), clock());
            assert!(matches!(opened, Err(BudgetError::Content { .. })), "{text}");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
