//! A repository of 20,817 objects, walked by us and by the validators that are installed.
//!
//! `cargo bench --bench rpki_walk` generates the repository of the mock's `rpki::generate`
//! (again where it is older than a day and a half) and measures, in one run and in turn, our
//! walk without and with all rules, the verification of as many RSA signatures alone, the
//! reading of the snapshot beside SHA-256 over the same octets, and rpki-client, FORT and
//! Routinator without a network on the same files, each where it is found in `PATH`.
//!
//! - `--objects N` (may be given several times) takes other sizes; other validators take part up to
//!   50,000 objects. `--objects 500000` takes about twelve minutes of CPU to generate.
//! - `--rounds N` measures so often, three times if it is not given; the least is shown beside all.
//! - `QUINTET_BENCH_CACHE` names the folder of the repositories, else one of the system's for
//!   temporary files.
//!
//! CPU time is that of user and system. Ours is of the walk alone, from the capture in our own
//! store to the payloads as CSV; that of a validator is of the whole program, whose store or
//! files are there before. Memory is that of the whole process, of us with the capture: the
//! snapshot is read in the same process before. It is a program to read figures from, not a test.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a benchmark prints, measures with the machine's clock, and may die of surprise"
)]

mod own;
mod peers;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use quintet::mock::rpki::{Generated, Scale, generate};

/// The allocator of the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Objects of the repository that the limits are about.
const OBJECTS: usize = 20_817;

/// Most objects with which other validators take part.
const MOST_OF_PEERS: usize = 50_000;

/// Age from which a repository is generated anew: its manifests hold for two days at least.
const MOST_AGE: Duration = Duration::from_secs(36 * 3_600);

/// What was measured of one program or part.
#[derive(Clone, Debug, Default)]
struct Measured {
    wall: Duration,
    /// User and system.
    cpu: Duration,
    /// Most resident memory, in KiB.
    memory: u64,
    /// Payloads as `ASN,prefix,longest`.
    payloads: BTreeSet<String>,
}

/// All rounds of one program or part.
struct Row {
    name: String,
    rounds: Vec<Measured>,
}

impl Row {
    fn cpu(&self) -> f64 {
        let all = self.rounds.iter().map(|round| round.cpu);
        all.min().unwrap_or_default().as_secs_f64()
    }

    fn wall(&self) -> f64 {
        let all = self.rounds.iter().map(|round| round.wall);
        all.min().unwrap_or_default().as_secs_f64()
    }

    fn memory(&self) -> u64 {
        let all = self.rounds.iter().map(|round| round.memory);
        all.max().unwrap_or_default() / 1024
    }

    fn payloads(&self) -> &BTreeSet<String> {
        static NONE: BTreeSet<String> = BTreeSet::new();
        self.rounds.first().map_or(&NONE, |round| &round.payloads)
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, part, folder, result] = arguments.as_slice()
        && first == "--child"
    {
        own::run(part, Path::new(folder), Path::new(result));
        return;
    }
    let mut scales = Vec::new();
    let mut rounds = 3;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut number = || rest.next().and_then(|n| n.parse().ok());
        match argument.as_str() {
            "--objects" => {
                scales.push(number().unwrap_or_else(|| panic!("`--objects` has a number")))
            }
            "--rounds" => rounds = number().unwrap_or_else(|| panic!("`--rounds` has a number")),
            // What cargo says to every benchmark.
            "--bench" => {}
            other => panic!("`{other}` is not known; there are `--objects N` and `--rounds N`"),
        }
    }
    if scales.is_empty() {
        scales.push(OBJECTS);
    }
    let mut line = Vec::new();
    for objects in scales {
        let scale = Scale::of_objects(objects);
        let folder = cache().join(format!("rpki-{}", scale.objects()));
        prepare(scale, &folder);
        let rows = measure(scale, &folder, rounds.max(1));
        show(scale, &rows);
        judge(&rows);
        line.push((scale, rows));
    }
    if line.len() > 1 {
        println!("\nmicroseconds of CPU for an object, by objects");
        for (scale, rows) in &line {
            let each = |row: &Row| 1e6 * row.cpu() / float(scale.objects());
            let own = rows.iter().filter(|row| row.name.starts_with("quintet"));
            let own: Vec<String> = own
                .map(|row| format!("{} {:.1}", row.name, each(row)))
                .collect();
            println!("{:>8}  {}", scale.objects(), own.join(", "));
        }
    }
}

/// Returns the folder of all repositories.
fn cache() -> PathBuf {
    let named = std::env::var_os("QUINTET_BENCH_CACHE").map(PathBuf::from);
    named.unwrap_or_else(|| std::env::temp_dir().join("quintet-bench"))
}

/// Generates the repository if there is none or only an old one.
fn prepare(scale: Scale, folder: &Path) {
    let locator = fs::metadata(Generated::within(folder).tal);
    let made = locator.and_then(|file| file.modified());
    let age = made.map(|made| SystemTime::now().duration_since(made).unwrap_or_default());
    if age.is_ok_and(|age| age < MOST_AGE) {
        println!("the repository in {} is taken as it is", folder.display());
        return;
    }
    drop(fs::remove_dir_all(folder));
    let before = own::Spent::now();
    generate(scale, Timestamp::now(), folder).unwrap();
    let spent = before.until_now();
    println!(
        "{} objects generated into {}: {:.1} s of CPU, {:.1} s",
        scale.objects(),
        folder.display(),
        spent.cpu.as_secs_f64(),
        spent.wall.as_secs_f64()
    );
}

/// Measures everything, one after the other in every round, so that the machine's moods are shared.
fn measure(scale: Scale, folder: &Path, rounds: usize) -> Vec<Row> {
    let work = folder.join(format!("work-{}", std::process::id()));
    let peers = if scale.objects() > MOST_OF_PEERS {
        Vec::new()
    } else {
        peers::prepare(folder, &work)
    };
    fs::create_dir_all(&work).unwrap();
    let mut rows: Vec<Row> = Vec::new();
    let mut add = |name: &str, measured: Measured| match rows.iter_mut().find(|r| r.name == name) {
        Some(row) => row.rounds.push(measured),
        None => rows.push(Row {
            name: name.to_owned(),
            rounds: vec![measured],
        }),
    };
    for _ in 0..rounds {
        for part in own::PARTS {
            for (name, measured) in own::measure(part, folder, &work) {
                add(&name, measured);
            }
        }
        for peer in &peers {
            add(peer.name, peer.measure());
        }
    }
    fs::remove_dir_all(&work).unwrap();
    rows
}

fn float(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

fn show(scale: Scale, rows: &[Row]) {
    println!(
        "\n{} objects, {} payloads, {} signatures; least CPU, least time, most memory of {} rounds",
        scale.objects(),
        scale.vrps(),
        scale.signatures(),
        rows.first().map_or(0, |row| row.rounds.len())
    );
    for row in rows {
        let all: Vec<String> = row
            .rounds
            .iter()
            .map(|round| format!("{:.3}", round.cpu.as_secs_f64()))
            .collect();
        let payloads = match row.payloads().len() {
            0 => String::new(),
            count => format!("{count} payloads"),
        };
        println!(
            "{:<30} {:>8.3} s CPU {:>8.3} s {:>5} MiB {payloads:>16}   ({})",
            row.name,
            row.cpu(),
            row.wall(),
            row.memory(),
            all.join(", ")
        );
    }
}

/// Prints the ratios that have limits.
fn judge(rows: &[Row]) {
    let row = |name: &str| rows.iter().find(|row| row.name == name);
    let ratio = |words: &str, one: &str, other: &str, limit: f64, at_most: bool| {
        let (Some(one), Some(other)) = (row(one), row(other)) else {
            return;
        };
        let ratio = one.cpu() / other.cpu();
        let holds = if at_most {
            ratio <= limit
        } else {
            ratio >= limit
        };
        let verdict = if holds { "holds" } else { "MISSED" };
        let side = if at_most { "at most" } else { "at least" };
        println!("{words:<56} {ratio:>6.2}   {side} {limit}: {verdict}");
    };
    println!();
    ratio(
        "CPU of the walk to that of its RSA verifications",
        own::PLAIN,
        own::RSA,
        2.2,
        true,
    );
    ratio("the same with all rules", own::RULES, own::RSA, 2.2, true);
    ratio(
        "CPU of the walk to Routinator",
        own::PLAIN,
        "routinator",
        1.1,
        true,
    );
    ratio(
        "CPU of the walk with all rules to Routinator",
        own::RULES,
        "routinator",
        1.6,
        true,
    );
    ratio(
        "CPU of rpki-client to the walk with all rules",
        "rpki-client",
        own::RULES,
        3.0,
        false,
    );
    ratio(
        "CPU of FORT to the walk with all rules",
        "fort",
        own::RULES,
        3.0,
        false,
    );
    ratio(
        "SHA-256 to reading the snapshot, same octets",
        own::SHA,
        own::SNAPSHOT,
        0.2,
        false,
    );
    ratio(
        "SHA-256 to reading it into a store",
        own::SHA,
        own::STORE,
        0.2,
        false,
    );
    for (words, own, other) in [
        (
            "time of the walk with all rules to Routinator",
            own::RULES,
            "routinator",
        ),
        (
            "the same from the snapshot, from files",
            own::COLD,
            "routinator, store filled anew",
        ),
    ] {
        if let (Some(own), Some(other)) = (row(own), row(other)) {
            let ratio = own.wall() / other.wall();
            println!("{words:<56} {ratio:>6.2}   at most 1, on an idle machine");
        }
    }
    let Some(own) = row(own::PLAIN) else { return };
    for other in rows.iter().filter(|row| !row.payloads().is_empty()) {
        if other.payloads() != own.payloads() {
            println!("{} finds OTHER payloads", other.name);
        }
    }
}
