//! Five files of statistics against each other and IANA, and planes side by side, beside awk and Python.
//!
//! `cargo bench --bench stats_sweep` reads the five real files of 2018-10-13 where they are beside
//! the crate, made ones otherwise: parse with all rules, sweep, comparison with IANA, the NRO's
//! merge; then made files of 300,000 rows and more, to see how it grows; then 1,000,000 resources
//! and 500,000 payloads side by side. awk and a reader in Python do less with the same files. It
//! is a program to read figures from, not a test.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark prints, measures with the machine's clock, and may die of surprise"
)]

use std::fmt::Write as _;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use quintet::inspect::iana::{self, Names};
use quintet::inspect::merge;
use quintet::inspect::numbers::{Plane, agreement, compare};
use quintet::inspect::stats::{self, Stats};
use quintet::registry::{PerRegistry, RegistryId};
use quintet::resource::{AddressRange, AddressSet, Asn, AsnSet};

/// Rounds of each measurement; the best is shown.
const ROUNDS: usize = 5;

const FIVE: [(&str, &str, &str); 5] = [
    ("arin", "arin", "whois.arin.net"),
    ("afrinic", "afrinic", "whois.afrinic.net"),
    ("lacnic", "lacnic", "whois.lacnic.net"),
    ("ripe-ncc", "ripencc", "whois.ripe.net"),
    ("apnic", "apnic", "whois.apnic.net"),
];

fn main() {
    // First, while nothing else has left memory behind.
    one_file();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/registry");
    let files: Vec<Vec<u8>> = match FIVE.map(|(_, name, _)| {
        real(&data.join(format!(
            "delegated/2018-10-13/delegated-{name}-extended-latest.gz"
        )))
    }) {
        all if all.iter().all(Option::is_some) => all.into_iter().flatten().collect(),
        _ => {
            println!("the real files are not beside the crate; made ones instead");
            made(512_000)
        }
    };
    let registries = ["ipv4-address-space", "ipv6-unicast-address-assignments"];
    let iana: Vec<iana::Document> = registries
        .iter()
        .filter_map(|name| real(&data.join(format!("iana/2020-10/{name}.csv"))))
        .map(|octets| iana::read(&octets))
        .collect();
    std::fs::write("/proc/self/clear_refs", "5").unwrap_or_default();
    let before = kilobytes("VmRSS:");
    show("five files", &files, &iana);
    println!(
        "  most memory beyond the files themselves: {} kB",
        kilobytes("VmHWM:").saturating_sub(before)
    );
    peers(&files);
    for rows in [300_000, 600_000, 1_200_000] {
        show(&format!("{rows} made rows"), &made(rows), &iana);
    }
    planes();
    println!("most memory of this process: {} kB", kilobytes("VmHWM:"));
}

/// Measures everything that is done with five files.
fn show(what: &str, files: &[Vec<u8>], iana: &[iana::Document]) {
    let octets: usize = files.iter().map(Vec::len).sum();
    let (read_time, read) = best(|| read_all(files));
    let rows: usize = read.iter().map(|(_, file)| file.rows.len()).sum();
    let names = names();
    let (compare_time, comparison) = best(|| compare(&read, iana, &names));
    println!(
        "{what}: {rows} rows, {:.1} MB; parse and rules {:.0} ms, sweep and comparison {:.0} ms, together {:.0} ms; {} overlaps",
        megabytes(octets),
        milliseconds(read_time),
        milliseconds(compare_time),
        milliseconds(read_time + compare_time),
        comparison.between.count,
    );
    drop((read, comparison));
    let texts: Vec<&str> = files
        .iter()
        .map(|o| std::str::from_utf8(o).unwrap())
        .collect();
    let list = |id: &RegistryId| id.as_str().replace("ripe-ncc", "ripencc");
    let iana_rows = merge::iana_rows(iana, &names, list);
    let (merge_time, count) = best(|| {
        let inputs = merge::Inputs {
            registries: texts.iter().map(|text| merge::read(text).0).collect(),
            iana: merge::read(&iana_rows).0,
            previous: None,
        };
        merge::merge(&inputs).combined.len()
    });
    println!(
        "  the NRO's merge {:.0} ms, {count} rows",
        milliseconds(merge_time)
    );
}

/// Reads five files on two threads, with all rules.
fn read_all(files: &[Vec<u8>]) -> PerRegistry<Stats> {
    let one = |(octets, (id, ..)): (&Vec<u8>, (&str, &str, &str))| {
        let (file, mut tally, _) = stats::read(octets.as_slice());
        stats::look(&file, &mut tally);
        (RegistryId::parse(id).unwrap(), file)
    };
    // The two largest files are apart.
    std::thread::scope(|scope| {
        let all: Vec<_> = files.iter().zip(FIVE).collect();
        let (first, second): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|(_, (id, ..))| ["arin", "apnic"].contains(id));
        let other = scope.spawn(move || second.into_iter().map(one).collect::<Vec<_>>());
        let own: Vec<_> = first.into_iter().map(one).collect();
        own.into_iter().chain(other.join().unwrap()).collect()
    })
}

fn names() -> Names {
    FIVE.iter().fold(Names::new(), |names, (id, name, host)| {
        let id = RegistryId::parse(id).unwrap();
        names.with_name(name, &id).with_whois(host, &id)
    })
}

/// Returns five files with so many rows together, each number once.
fn made(rows: u32) -> Vec<Vec<u8>> {
    let one = |(place, (_, name, _)): (u32, (&str, &str, &str))| made_file(place, name, rows / 5);
    (0..).zip(FIVE).map(one).collect()
}

/// Returns one file with so many rows, each number once in all files of other places.
fn made_file(place: u32, name: &str, rows: u32) -> Vec<u8> {
    let mut text = format!("2|{name}|20181013|{rows}|19830101|20181013|+0000\n");
    for n in 0..rows {
        let at = place * rows + n;
        let holder = n / 8;
        let (a, b, c) = (at >> 16 & 0xff, at >> 8 & 0xff, at & 0xff);
        match n % 4 {
            0 => writeln!(text, "{name}|ZZ|asn|{at}|1|20100101|allocated|x{holder}"),
            1 => writeln!(
                text,
                "{name}|ZZ|ipv6|2a{:02x}:{:x}::|32|20100101|allocated|x{holder}",
                at >> 16,
                at & 0xffff,
            ),
            _ => writeln!(
                text,
                "{name}|ZZ|ipv4|{}.{b}.{c}.0|256|20100101|assigned|x{holder}",
                a + 20
            ),
        }
        .unwrap();
    }
    text.into_bytes()
}

/// Reads one file of 60 MB in one pass from the disk, and says what memory that took beside what was read.
fn one_file() {
    let path = std::env::temp_dir().join(format!("quintet-stats-one-{}", std::process::id()));
    std::fs::write(&path, made_file(0, "ripencc", 1_200_000)).unwrap();
    let bytes = std::fs::metadata(&path).unwrap().len();
    let read = || {
        let file = std::fs::File::open(&path).unwrap();
        stats::read(BufReader::with_capacity(64 * 1024, file)).0
    };
    // The kernel counts the most memory anew from here on.
    std::fs::write("/proc/self/clear_refs", "5").unwrap_or_default();
    let before = kilobytes("VmRSS:");
    let first = read();
    let grown = kilobytes("VmHWM:").saturating_sub(before);
    let rows = size_of_val(first.rows.as_slice()) / 1024;
    let (records, holders) = (first.rows.len(), first.holders.len());
    drop(first);
    let (time, _) = best(read);
    println!(
        "one file of {:.0} MB, {records} rows, {holders} holders: {:.0} ms in one pass; {grown} kB of memory, {rows} kB of them rows",
        megabytes(usize::try_from(bytes).unwrap()),
        milliseconds(time),
    );
    std::fs::remove_file(path).unwrap();
}

/// Lays 1,000,000 resources and 500,000 payloads beside what IANA and certificates say.
fn planes() {
    let v4 = |n: u32, hosts: u32| {
        let first = n << 8;
        AddressRange::new(
            std::net::Ipv4Addr::from_bits(first).into(),
            std::net::Ipv4Addr::from_bits(first | hosts).into(),
        )
        .unwrap()
    };
    let resources: Vec<(usize, AddressRange)> = (0..1_000_000)
        .map(|n| (n as usize % 5, v4(n * 16, 0xff)))
        .collect();
    let payloads: Vec<(usize, AddressRange)> = (0..500_000)
        .map(|n| (n as usize % 5, v4(n * 32, 0x7f)))
        .collect();
    let shares = |all: &[(usize, AddressRange)]| -> Vec<(usize, AddressSet)> {
        (0..5)
            .map(|mark| {
                let own = all
                    .iter()
                    .filter(|(m, _)| *m == mark)
                    .map(|(_, range)| *range);
                (mark, own.collect())
            })
            .collect()
    };
    let asns = AsnSet::range(Asn(0), Asn(u32::MAX));
    let nothing = AsnSet::new();
    let (time, lines) = best(|| {
        let plane = |all: &[(usize, AddressRange)]| {
            let shares = shares(all);
            Plane::of(shares.iter().map(|(mark, set)| (*mark, set, &nothing)))
        };
        let (stats, rpki, vrps) = (plane(&resources), plane(&resources), plane(&payloads));
        let whole: AddressSet = "0.0.0.0/0, ::/0".parse().unwrap();
        let iana = Plane::of([(0, &whole, &asns)]);
        agreement([&stats, &iana, &rpki, &vrps])
    });
    println!(
        "four planes, 1,000,000 resources twice and 500,000 payloads: {:.0} ms, {} lines",
        milliseconds(time),
        lines.len()
    );
}

/// Lets awk and Python count and sum the same files.
fn peers(files: &[Vec<u8>]) {
    let folder = std::env::temp_dir().join(format!("quintet-stats-sweep-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let paths: Vec<PathBuf> = (0..)
        .zip(files)
        .map(|(n, octets)| {
            let path = folder.join(format!("{n}"));
            std::fs::write(&path, octets).unwrap();
            path
        })
        .collect();
    let sum = "$3==\"ipv4\" && NF>=7 { n += $5; c++ } END { print c, n }";
    let awk = vec!["-F|", sum];
    let mut python = String::new();
    writeln!(python, "import sys, ipaddress").unwrap();
    writeln!(python, "rows = []").unwrap();
    writeln!(python, "for name in sys.argv[1:]:").unwrap();
    writeln!(python, "    for line in open(name):").unwrap();
    writeln!(python, "        f = line.rstrip('\\n').split('|')").unwrap();
    writeln!(
        python,
        "        if len(f) < 7 or f[-1] == 'summary' or line[0] == '#': continue"
    )
    .unwrap();
    writeln!(
        python,
        "        if f[2] == 'asn': a = int(f[3]); b = a + int(f[4]) - 1"
    )
    .unwrap();
    writeln!(
        python,
        "        elif f[2] == 'ipv4': a = int(ipaddress.IPv4Address(f[3])); b = a + int(f[4]) - 1"
    )
    .unwrap();
    writeln!(python, "        elif f[2] == 'ipv6': n = ipaddress.IPv6Network(f[3] + '/' + f[4]); a = int(n[0]); b = int(n[-1])").unwrap();
    writeln!(python, "        else: continue").unwrap();
    writeln!(python, "        rows.append((f[2], a, b, f[0]))").unwrap();
    writeln!(python, "rows.sort(); overlaps = sum(1 for x, y in zip(rows, rows[1:]) if x[0] == y[0] and y[1] <= x[2])").unwrap();
    writeln!(python, "print(len(rows), overlaps)").unwrap();
    for (program, arguments, what) in [
        ("awk", awk, "counts and sums IPv4, no check"),
        (
            "python3",
            vec!["-c", &python],
            "parse, sort, overlaps between neighbors",
        ),
    ] {
        let began = Instant::now();
        let ran = Command::new(program).args(&arguments).args(&paths).output();
        match ran {
            Ok(output) if output.status.success() => println!(
                "  {program}: {:.0} ms ({what}): {}",
                milliseconds(began.elapsed()),
                String::from_utf8_lossy(&output.stdout).trim()
            ),
            _ => println!("  skipped: {program} did not run"),
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// Reads a file, decompressed; `None` if it is not there.
fn real(path: &Path) -> Option<Vec<u8>> {
    let octets = std::fs::read(path).ok()?;
    if !octets.starts_with(&[0x1f, 0x8b]) {
        return Some(octets);
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(octets.as_slice())
        .read_to_end(&mut plain)
        .ok()?;
    Some(plain)
}

fn best<T>(work: impl Fn() -> T) -> (Duration, T) {
    let mut best: Option<(Duration, T)> = None;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let done = work();
        let took = began.elapsed();
        if best.as_ref().is_none_or(|(time, _)| took < *time) {
            best = Some((took, done));
        }
    }
    best.unwrap()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn megabytes(octets: usize) -> f64 {
    octets as f64 / 1_000_000.0
}

/// Returns a line of what the machine says of this process's memory, in kB; 0 where it says nothing.
fn kilobytes(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or(0)
}
