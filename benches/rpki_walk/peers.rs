//! Other validators, without a network on copies of the same files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use quintet::mock::rpki::Generated;

use super::Measured;

/// Time between two looks at a running program.
const TICK: Duration = Duration::from_millis(10);

/// A validator that is installed, its files laid out.
pub(super) struct Peer {
    pub(super) name: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
    /// Where it writes its payloads as CSV.
    result: PathBuf,
    /// What is removed before it runs.
    before: Option<PathBuf>,
}

/// Lays out the files of every validator that is found.
pub(super) fn prepare(folder: &Path, work: &Path) -> Vec<Peer> {
    fs::create_dir_all(work).unwrap();
    let parts = Generated::within(folder);
    let files = [rpki_client(&parts, work), fort(&parts, work)];
    let files = files.into_iter().flatten();
    files.chain(routinator(&parts, work)).collect()
}

fn rpki_client(parts: &Generated, work: &Path) -> Option<Peer> {
    let program = find("rpki-client")?;
    let (cache, out) = (work.join("rpki-client"), work.join("rpki-client-out"));
    copy(&parts.cache, &cache);
    fs::create_dir_all(&out).unwrap();
    let user = fs::read_to_string("/proc/self/status").unwrap();
    if user.lines().any(|line| line.starts_with("Uid:\t0\t")) {
        // Started by root it becomes another user.
        let mut give = Command::new("chown");
        give.args(["-R", "_rpki-client"]).arg(&cache).arg(&out);
        assert!(give.status().unwrap().success());
    }
    let arguments = [
        "-n",
        "-c",
        "-t",
        &text(&parts.tal),
        "-d",
        &text(&cache),
        &text(&out),
    ];
    Some(Peer {
        name: "rpki-client",
        program,
        arguments: arguments.map(str::to_owned).to_vec(),
        result: out.join("csv"),
        before: None,
    })
}

fn fort(parts: &Generated, work: &Path) -> Option<Peer> {
    let program = find("fort")?;
    let (cache, result) = (work.join("fort"), work.join("fort.csv"));
    copy(&parts.cache, &cache);
    Some(Peer {
        name: "fort",
        program,
        arguments: vec![
            "--mode=standalone".to_owned(),
            "--work-offline=true".to_owned(),
            format!("--tal={}", text(&parts.tal)),
            format!("--local-repository={}", text(&cache)),
            format!("--output.roa={}", text(&result)),
        ],
        result,
        before: None,
    })
}

/// Routinator works on its own store without a network, so one run before fills it, from files
/// that rsync seems to have left: the program in the place of rsync does nothing.
fn routinator(parts: &Generated, work: &Path) -> Vec<Peer> {
    let Some(program) = find("routinator") else {
        return Vec::new();
    };
    let cache = work.join("routinator");
    copy(&parts.cache, &cache.join("rsync"));
    let (settings, result) = (work.join("routinator.conf"), work.join("routinator.csv"));
    fs::write(
        &settings,
        format!("repository-dir = \"{}\"\n", text(&cache)),
    )
    .unwrap();
    let common = vec![
        format!("--config={}", text(&settings)),
        "--no-rir-tals".to_owned(),
        format!("--extra-tals-dir={}", text(parts.tal.parent().unwrap())),
        format!("--repository-dir={}", text(&cache)),
        "--enable-aspa".to_owned(),
        "--enable-bgpsec".to_owned(),
    ];
    let list = |more: &[&str]| {
        let more = more.iter().map(|word| (*word).to_owned());
        let output = format!("--output={}", text(&result));
        common
            .iter()
            .cloned()
            .chain(more)
            .chain(["--format=csv".to_owned(), output])
            .collect()
    };
    let fill = Peer {
        name: "routinator, store filled anew",
        program,
        arguments: list(&["--disable-rrdp", "--rsync-command=true", "vrps"]),
        result: result.clone(),
        before: Some(cache.join("stored")),
    };
    let filled = Peer {
        name: "routinator",
        program: fill.program.clone(),
        arguments: list(&["vrps", "--noupdate"]),
        result,
        before: None,
    };
    // The store is filled anew in every round, and read from then on.
    vec![fill, filled]
}

impl Peer {
    /// Runs it to its end.
    pub(super) fn measure(&self) -> Measured {
        drop(fs::remove_file(&self.result));
        if let Some(folder) = &self.before {
            drop(fs::remove_dir_all(folder));
        }
        let before = cpu_of_children();
        let started = Instant::now();
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut memory = 0;
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            memory = memory.max(resident(child.id()));
            std::thread::sleep(TICK);
        };
        let measured = Measured {
            wall: started.elapsed(),
            cpu: cpu_of_children().saturating_sub(before),
            memory,
            payloads: payloads(&self.result),
        };
        assert!(status.success(), "{} ended with {status}", self.name);
        measured
    }
}

/// Returns the payloads of a file as `ASN,prefix,longest`, in lower case; the names of columns are none.
fn payloads(file: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let fields = |line: &str| line.splitn(4, ',').take(3).collect::<Vec<_>>().join(",");
    text.lines().skip(1).map(fields).collect()
}

/// Returns the CPU time of all programs that were waited for, with theirs: Linux counts in hundredths of a second.
fn cpu_of_children() -> Duration {
    let text = fs::read_to_string("/proc/self/stat").unwrap();
    // Behind the name, which may hold anything: state is field 3, cutime and cstime are 16 and 17.
    let (_, rest) = text.rsplit_once(')').unwrap();
    let ticks = rest
        .split_whitespace()
        .skip(13)
        .take(2)
        .map(|n| n.parse::<u64>().unwrap());
    Duration::from_millis(10 * ticks.sum::<u64>())
}

/// Returns the resident memory of a program and its children, in KiB; pages that they share count more than once.
fn resident(id: u32) -> u64 {
    let own = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let own = own.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let own = own.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
    let children = children.unwrap_or_default();
    let children = children.split_whitespace().filter_map(|id| id.parse().ok());
    own.unwrap_or(0) + children.map(resident).sum::<u64>()
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

/// Returns where a program is; `None` if it is not installed.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let usual = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    let found = std::env::split_paths(&path)
        .chain(usual)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    if found.is_none() {
        println!("skipped: {name} is not installed");
    }
    found
}
