//! Delegated statistics of real days: read without loss, every habit as it was counted by hand.
//!
//! The files are read from `../shared/data/registry` where that folder exists; their origins stand
//! beside them in `ORIGINS.md`.

mod matrix;

use std::io::{BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use quintet::inspect::RuleId as _;
use quintet::inspect::stats::{
    Census, Format, Kind, Rule, Stats, Tally, Version, change, look, read, write,
};
use regex::Regex;

/// The names that registries have in their files.
const FIVE: [&str; 5] = ["afrinic", "apnic", "arin", "lacnic", "ripencc"];

/// Returns the folder of real files, or writes that it is not there.
pub(crate) fn folder() -> Option<PathBuf> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/registry");
    let path = PathBuf::from(path);
    if path.is_dir() {
        return Some(path);
    }
    let line = "skipped: no real statistics in ../shared/data/registry\n";
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    None
}

/// Returns the octets of a packed file.
pub(crate) fn octets(path: &Path) -> Vec<u8> {
    unpacked(&std::fs::read(path).unwrap())
}

/// Returns what was packed as gzip.
fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut octets = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut octets).unwrap();
    octets
}

fn inspect(octets: &[u8]) -> (Stats, Tally) {
    let (stats, mut tally, stopped) = read(BufReader::new(octets));
    assert!(stopped.is_none());
    look(&stats, &mut tally);
    (stats, tally)
}

/// Returns the rules that find something, with the number of findings.
fn found(tally: &Tally) -> Vec<(&'static str, u64)> {
    let counts = Rule::ALL.iter().map(|rule| (rule.id(), tally.count(*rule)));
    counts.filter(|(_, count)| *count > 0).collect()
}

/// Returns a file of the extended format.
fn extended(folder: &Path, day: &str, registry: &str) -> Vec<u8> {
    octets(&folder.join(format!(
        "delegated/{day}/delegated-{registry}-extended-latest.gz"
    )))
}

/// A file of 2018-10-13 with what was read of it.
struct File {
    registry: &'static str,
    octets: Vec<u8>,
    stats: Stats,
    found: Vec<(&'static str, u64)>,
}

/// The five files of 2018-10-13, read once; none where there are no files.
static OF_2018: LazyLock<Vec<File>> = LazyLock::new(|| {
    let Some(folder) = folder() else {
        return Vec::new();
    };
    let one = |registry| {
        let octets = extended(&folder, "2018-10-13", registry);
        let (stats, tally) = inspect(&octets);
        let found = found(&tally);
        File {
            registry,
            octets,
            stats,
            found,
        }
    };
    FIVE.map(one).into()
});

#[test]
fn five_files_of_one_day_are_read_without_loss() {
    let mut records = 0;
    for File {
        registry,
        octets,
        stats,
        ..
    } in OF_2018.iter()
    {
        let mut written = Vec::with_capacity(octets.len());
        write(stats, &mut written).unwrap();
        assert!(written == *octets, "{registry} is written otherwise");
        assert_eq!(stats.format(), Some(Format::Extended), "{registry}");
        records += stats.rows.len();
    }
    assert!(OF_2018.is_empty() || records == 512_252, "{records}");
}

#[test]
fn five_files_of_one_day_break_one_rule() {
    for (file, expected) in OF_2018.iter().zip([0, 0, 0, 1, 2]) {
        let expected = (expected > 0).then_some(("stats.record.fields", expected));
        assert_eq!(file.found, Vec::from_iter(expected), "{}", file.registry);
    }
}

/// The matrix of habits of 2018-10-13, as it was counted by hand; a row for each habit, the columns in the order of [`FIVE`].
const HABITS: &[(&str, [&str; 5])] = &[
    ("version", ["2", "2.3", "2.3", "2.3", "2"]),
    ("serial", ["day", "day", "milliseconds", "day", "seconds"]),
    (
        "serial number",
        [
            "20181013",
            "20181014",
            "1539406814230",
            "20181012",
            "1539467999",
        ],
    ),
    (
        "startdate",
        ["00000000", "", "19700101", "19870101", "19830705"],
    ),
    ("days from enddate to serial", ["0", "2", "0", "0", "0"]),
    ("offset", ["00000", "+1000", "-0400", "-0300", "+0200"]),
    ("comments before the version", ["0", "27", "0", "0", "0"]),
    (
        "summary lines",
        [
            "asn, ipv4, ipv6",
            "asn, ipv4, ipv6",
            "asn, ipv4, ipv6",
            "ipv4, ipv6, asn",
            "ipv4, asn, ipv6",
        ],
    ),
    (
        "types of records",
        [
            "asn, ipv4, ipv6",
            "ipv4, ipv6, asn",
            "asn, ipv4, ipv6",
            "ipv4, ipv6, asn",
            "ipv4, asn, ipv6",
        ],
    ),
    (
        "order within a type",
        [
            "ipv4 in 4 runs",
            "ascending",
            "ascending",
            "ascending",
            "asn in 3 runs, ipv4 in 4 runs, ipv6 in 4 runs",
        ],
    ),
    (
        "groups within a type",
        [
            "held, reserved, available",
            "mixed",
            "mixed",
            "mixed",
            "held, reserved, available",
        ],
    ),
    (
        "fields of available",
        ["8, empty last", "8, empty last", "8, empty last", "7", "7"],
    ),
    (
        "fields of reserved",
        [
            "8, empty last",
            "8, empty last",
            "8, empty last",
            "8, empty last",
            "7",
        ],
    ),
    ("cc of the pool", ["ZZ", "empty", "empty", "empty", "empty"]),
    (
        "date of the pool",
        ["empty", "empty", "empty", "empty", "empty"],
    ),
    ("undated holders", ["0", "0", "129", "0", "0"]),
    (
        "status of AS numbers",
        [
            "allocated",
            "allocated",
            "assigned",
            "allocated",
            "allocated",
        ],
    ),
    ("blocks of AS numbers", ["0", "388", "130", "19", "0"]),
    ("ipv4 that is no prefix", ["69", "0", "376", "0", "1111"]),
    (
        "form of ids",
        [
            "hex upper, 8, F3…",
            "hex upper, 8, A9…",
            "hex lower, 32",
            "decimal, 2 to 6",
            "uuid",
        ],
    ),
    ("ids", ["1995", "17563", "38099", "9489", "39416"]),
    ("cc of old", ["", "", "", "", "EU 1145"]),
    ("records", ["9373", "113050", "142799", "57841", "189189"]),
    (
        "octets",
        ["490188", "5532823", "9329713", "2772901", "13107950"],
    ),
    ("AS numbers", ["2302", "17044", "31573", "9983", "39448"]),
    (
        "addresses",
        [
            "121249792",
            "888830720",
            "1678062848",
            "190782720",
            "823329024",
        ],
    ),
];

/// Returns the habits of a file in the order of [`HABITS`].
fn habits(stats: &Stats) -> Vec<String> {
    let census = Census::of(stats);
    let version = stats.version.as_ref().unwrap();
    let text = |field: usize| Version::field(version, field).to_owned();
    let ahead = census.serial_ahead.map(|days| days.to_string());
    let [asns, addresses] = census.numbers;
    vec![
        text(0),
        census.serial.to_owned(),
        text(2),
        text(4),
        ahead.unwrap_or_default(),
        text(6),
        census.comments.to_string(),
        census.summary_order,
        census.record_order,
        census.runs,
        census.status_order,
        census.available_fields,
        census.reserved_fields,
        census.pool_countries,
        census.pool_dates,
        census.undated.to_string(),
        census.asn_statuses,
        census.asn_blocks.to_string(),
        census.not_prefixes.to_string(),
        census.id_form,
        stats.holders.len().to_string(),
        census.beside,
        stats.records.to_string(),
        stats.octets.to_string(),
        asns.to_string(),
        addresses.to_string(),
    ]
}

#[test]
fn the_matrix_of_habits_comes_out_cell_by_cell() {
    let all: Vec<Vec<String>> = OF_2018.iter().map(|file| habits(&file.stats)).collect();
    let mut wrong = Vec::new();
    for (number, (habit, cells)) in HABITS.iter().enumerate() {
        for ((registry, expected), seen) in FIVE.iter().zip(cells).zip(&all) {
            if seen[number] != *expected {
                wrong.push(format!(
                    "{registry}: {habit}: {} for {expected}",
                    seen[number]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn ids_have_one_pattern_for_each_registry() {
    for (file, pattern) in OF_2018.iter().zip([
        "F3[0-9A-F]{6}",
        "A9[0-9A-F]{6}",
        "[0-9a-f]{32}",
        "[0-9]{1,7}",
        "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    ]) {
        let pattern = Regex::new(pattern).unwrap();
        let unlike = quintet::inspect::stats::unlike(&file.stats, &pattern);
        assert_eq!(unlike, (0, vec![]), "{}", file.registry);
    }
}

#[test]
fn a_series_changes_little_in_five_years() {
    let Some(folder) = folder() else { return };
    for (registry, common, same, dates, countries, statuses, gone) in [
        ("afrinic", 5_392, 946, 82, 37, 5, 141),
        ("lacnic", 30_270, 921, 207, 164, 76, 395),
    ] {
        let [before, after] =
            ["2018-10-13", "2023-03-23"].map(|day| inspect(&extended(&folder, day, registry)).0);
        let seen = change(&before, &after);
        let thousandths = (seen.same_holder * 1_000 + seen.common / 2) / seen.common;
        assert_eq!(
            (
                seen.common,
                thousandths,
                seen.dates,
                seen.countries,
                seen.statuses,
                seen.gone
            ),
            (common, same, dates, countries, statuses, gone),
            "{registry}: {seen:?}"
        );
    }
}

#[test]
fn files_of_2023_have_the_habits_of_2018_and_break_no_other_rule() {
    let Some(folder) = folder() else { return };
    for (registry, rows, expected) in [("afrinic", 0, 0), ("lacnic", 0, 1)] {
        let octets = extended(&folder, "2023-03-23", registry);
        let (stats, tally) = inspect(&octets);
        assert!(stats.rows.len() > rows);
        let mut written = Vec::with_capacity(octets.len());
        write(&stats, &mut written).unwrap();
        assert!(written == octets, "{registry} is written otherwise");
        let expected = (expected > 0).then_some(("stats.record.fields", expected));
        assert_eq!(found(&tally), Vec::from_iter(expected), "{registry}");
    }
}

#[test]
fn files_of_2014_are_of_the_old_format() {
    let Some(folder) = folder() else { return };
    for registry in ["afrinic", "apnic", "lacnic", "ripencc"] {
        let path = format!("delegated-old/2014-07-01/delegated-{registry}-latest.gz");
        let octets = octets(&folder.join(path));
        let (stats, tally) = inspect(&octets);
        assert_eq!(stats.format(), Some(Format::Old), "{registry}");
        assert!(
            stats
                .rows
                .iter()
                .all(|row| row.fields == 7 && row.status.is_held())
        );
        let records: u64 = Kind::ALL.iter().zip(stats.records_of).map(|(_, n)| n).sum();
        assert_eq!(records, stats.records, "{registry}");
        assert_eq!(found(&tally), [], "{registry}");
        let mut written = Vec::with_capacity(octets.len());
        write(&stats, &mut written).unwrap();
        assert!(written == octets, "{registry} is written otherwise");
    }
}
