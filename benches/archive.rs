//! An archive of bundles: how long adding a run takes, and making the whole index anew, and in how much memory.
//!
//! `cargo bench --bench archive` runs the whole suite against the mock world, makes an archive of 500
//! such runs an hour apart (`QUINTET_RUNS` for another number), and lets the program itself index all
//! of them anew, add one more three times, and tell how one check went on. What differs between the
//! runs is written for each; what does not is linked. It is a program to read figures from, not a test.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark prints, measures with the machine's clock, and may die of surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use quintet::audit::{AUDIT, Audit};
use quintet::bundle::{JUDGEMENTS, RUN, RunRecord, seal};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

/// Runs of the archive where nothing else is said.
const RUNS: u32 = 500;

/// When the first of them began.
const FIRST: &str = "2026-01-01T00:00:00Z";

/// Time between two looks at the memory of a process.
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

/// Times each thing is done; all are shown.
const ROUNDS: u32 = 3;

fn main() {
    let asked = std::env::var("QUINTET_RUNS").ok();
    let runs = asked.map_or(RUNS, |runs| runs.parse().unwrap());
    let folder = Folder::new();
    let archive = folder.0.join("archive");
    let source = run(&folder.0.join("source"), FIRST);
    let judged: Audit =
        serde_json::from_slice(&fs::read(judging(&source).join(AUDIT)).unwrap()).unwrap();
    println!(
        "one run      {} results, {} comparisons, bundle of {}",
        judged.results.checks.len(),
        judged.results.comparisons.len(),
        megabytes(size(&source))
    );
    let began: Timestamp = FIRST.parse().unwrap();
    (0..runs).into_par_iter().for_each(|number| {
        let started = began + SignedDuration::from_hours(i64::from(number));
        copy(&source, &archive, &judged, number, started);
    });
    let place = archive.to_string_lossy().into_owned();
    for _ in 0..ROUNDS {
        let (time, peak) = quintet(&["history", "--archive", &place, "--rebuild"]);
        println!(
            "rebuild      {runs} runs in {}, {peak} at most",
            shown(time)
        );
    }
    let index = megabytes(size(&archive.join("index")));
    println!("index        {index}");
    for number in 0..ROUNDS {
        let at = format!("2027-01-0{}T00:00:00Z", number + 1);
        let bundle = run(&folder.0.join(format!("more-{number}")), &at);
        let bundle = bundle.to_string_lossy();
        let (time, peak) = quintet(&["history", "--archive", &place, "--add", &bundle]);
        println!("add          a run in {}, {peak} at most", shown(time));
    }
    let id = &judged.results.checks.first().unwrap().id;
    for _ in 0..ROUNDS {
        let (time, peak) = quintet(&["history", "--archive", &place, id]);
        println!("ask          `{id}` in {}, {peak} at most", shown(time));
    }
    for _ in 0..ROUNDS {
        let (time, peak) = quintet(&["history", "--archive", &place, "-r", "apnic"]);
        println!("registry     in {}, {peak} at most", shown(time));
    }
}

/// Runs the whole suite against the mock world at a time, and returns the bundle.
fn run(bundle: &Path, at: &str) -> PathBuf {
    let place = bundle.to_string_lossy();
    quintet(&["run", "-q", "--at", at, "--out", &place]);
    bundle.to_owned()
}

/// Returns the folder of the one judging of a bundle.
fn judging(bundle: &Path) -> PathBuf {
    let mut all = fs::read_dir(bundle.join(JUDGEMENTS)).unwrap();
    all.next().unwrap().unwrap().path()
}

/// Puts a run into the archive as if it had been at another time.
fn copy(source: &Path, archive: &Path, judged: &Audit, number: u32, started: Timestamp) {
    let id = format!("{}-bench-{number:04}", started.strftime("%Y%m%dT%H%M%SZ"));
    let bundle = archive.join("bundles").join(&id);
    link(source, &bundle);
    let mut record: RunRecord =
        serde_json::from_slice(&fs::read(source.join(RUN)).unwrap()).unwrap();
    record.id.clone_from(&id);
    record.started = started;
    replace(
        &bundle.join(RUN),
        &serde_json::to_vec_pretty(&record).unwrap(),
    );
    let mut audit = judged.clone();
    audit.run.id = id;
    audit.run.started = started;
    let folder = judging(&bundle);
    replace(&folder.join(AUDIT), &serde_json::to_vec(&audit).unwrap());
    fs::remove_file(folder.join("SHA256SUMS")).unwrap();
    seal(&folder).unwrap();
}

/// Writes a file in place of a link, so that what it was linked to stays as it is.
fn replace(path: &Path, octets: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, octets).unwrap();
}

/// Links all files of a folder into another one.
fn link(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (own, target) = (entry.path(), to.join(entry.file_name()));
        if own.is_dir() {
            link(&own, &target);
        } else {
            fs::hard_link(&own, &target).unwrap();
        }
    }
}

/// Runs the program over the shipped suite, and returns how long it took and the most memory that it held.
fn quintet(words: &[&str]) -> (Duration, String) {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_quintet"))
        .arg("--suite")
        .arg(suite)
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut most = 0;
    // The peak only grows, so that the last one read is the highest.
    let ended = loop {
        most = peak(child.id()).unwrap_or_default().max(most);
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(BETWEEN_LOOKS);
    };
    let time = begun.elapsed();
    assert!(matches!(ended.code(), Some(0..=3)), "{words:?}: {ended}");
    (time, megabytes(most))
}

/// Returns the most memory that a running process has held, in octets; `None` where the machine does not say.
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// Returns the octets of all files of a folder.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let sizes = entries.map(|entry| match entry.file_type().unwrap().is_dir() {
        true => size(&entry.path()),
        false => entry.metadata().unwrap().len(),
    });
    sizes.sum()
}

fn megabytes(octets: u64) -> String {
    format!("{} MB", octets / 1_000_000)
}

fn shown(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// A folder that is removed with its content.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("quintet-bench-archive-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
