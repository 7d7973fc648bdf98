//! Rules over a whole file: the version line beside the records, and the records beside each other.

use std::collections::BTreeMap;

use super::census::BESIDE;
use super::model::{Format, Stats, Version};
use super::read::place;
use super::row::{Country, Date, Kind, Row, Status};
use super::rule::{Rule, Tally};
use crate::inspect::country;

/// Registries that the format knows.
///
/// Source: RIR statistics exchange format, "File name"; `nro` is that of the combined file.
const REGISTRIES: [&str; 7] = [
    "afrinic", "apnic", "arin", "iana", "lacnic", "nro", "ripencc",
];

/// The first day of a delegation by a registry that is no mistake: no registry of the Internet is older. The
/// oldest date seen in a file is 1983-06-13.
const EARLIEST: &[u8] = b"19820101";

/// Looks at everything that single lines do not show.
pub fn look(stats: &Stats, tally: &mut Tally) {
    version(stats, tally);
    summaries(stats, tally);
    let format = stats.format();
    if stats.rows.is_empty() {
        return;
    }
    if format.is_some_and(|format| format != Format::Old) {
        fields(stats, tally);
        holders(stats, tally);
    }
    records(stats, tally);
    once(stats, tally);
}

/// The version line, and what it says of the file.
fn version(stats: &Stats, tally: &mut Tally) {
    if stats.lines == 0 {
        return;
    }
    tally.look(Rule::Version);
    let Some(version) = &stats.version else {
        tally.find(
            Rule::Version,
            || place(1, ""),
            || "there is no version line".to_owned(),
        );
        return;
    };
    let at = |field: &str| place(version.line, field);
    let summary = stats.summaries.iter().map(|summary| summary.line);
    let first = summary.chain(stats.rows.first().map(|row| row.line)).min();
    if let Some(first) = first.filter(|first| *first < version.line) {
        tally.find(
            Rule::Version,
            || at(""),
            || format!("it stands behind line {first}; expected the version line first"),
        );
    }
    if version.fields.len() != 7 {
        let fields = version.fields.len();
        tally.find(
            Rule::Version,
            || at(""),
            || format!("{fields} fields; expected 7"),
        );
    }
    values(stats, version, tally);
}

/// The values of the version line.
fn values(stats: &Stats, version: &Version, tally: &mut Tally) {
    let at = |field: &str| place(version.line, field);
    tally.look(Rule::VersionValues);
    for (field, number, is_good, expected) in [
        ("serial", 2, version.serial.is_some(), "a number"),
        ("records", 3, version.records.is_some(), "a number"),
        (
            "enddate",
            5,
            version.end.day().is_some(),
            "a day as YYYYMMDD",
        ),
    ] {
        if !is_good {
            let text = short(version.field(number));
            tally.find(
                Rule::VersionValues,
                || at(field),
                || format!("`{text}`; expected {expected}"),
            );
        }
    }
    tally.look(Rule::VersionRegistry);
    if !REGISTRIES.contains(&version.registry()) {
        tally.find(
            Rule::VersionRegistry,
            || at("registry"),
            || {
                let known = REGISTRIES.join(", ");
                format!("`{}`; expected one of {known}", short(version.registry()))
            },
        );
    }
    if let Some(said) = version.records {
        tally.look(Rule::Records);
        if said != stats.records {
            tally.find(
                Rule::Records,
                || at("records"),
                || format!("{said}, and there are {} records", stats.records),
            );
        }
    }
}

/// Returns the beginning of a text that was not bounded by a field's own form.
fn short(text: &str) -> String {
    super::fields::shown(text.as_bytes())
}

fn summaries(stats: &Stats, tally: &mut Tally) {
    if stats.lines == 0 {
        return;
    }
    tally.look(Rule::SummaryEach);
    for (kind, records) in Kind::ALL.into_iter().zip(stats.records_of) {
        let of = stats.summaries.iter().filter(|s| s.kind == Some(kind));
        let lines: Vec<u32> = of.clone().map(|summary| summary.line).collect();
        match lines.as_slice() {
            [] => tally.find(
                Rule::SummaryEach,
                || "file".to_owned(),
                || format!("there is no summary line for {kind}"),
            ),
            [_] => {}
            [first, second, ..] => tally.find(
                Rule::SummaryEach,
                || place(*second, ""),
                || format!("another summary line for {kind} beside that of line {first}"),
            ),
        }
        for summary in of {
            let Some(count) = summary.count else { continue };
            tally.look(Rule::SummaryCount);
            if count != records {
                tally.find(
                    Rule::SummaryCount,
                    || place(summary.line, "count"),
                    || format!("{count}, and there are {records} records of {kind}"),
                );
            }
        }
    }
    let registry = stats.version.as_ref().map(Version::registry);
    for summary in &stats.summaries {
        tally.look(Rule::SummaryForm);
        let at = |field: &'static str| move || place(summary.line, field);
        if registry.is_some_and(|own| *own != *summary.registry) {
            tally.find(Rule::SummaryForm, at("registry"), || {
                let own = short(registry.unwrap_or_default());
                format!(
                    "`{}`; expected `{own}` of the version line",
                    short(&summary.registry)
                )
            });
        }
        if summary.kind.is_none() {
            tally.find(Rule::SummaryForm, at("type"), || {
                "no type; expected asn, ipv4 or ipv6".to_owned()
            });
        }
        if summary.count.is_none() {
            tally.find(Rule::SummaryForm, at("count"), || {
                "no number of records".to_owned()
            });
        }
    }
}

/// Records of the extended format that have fewer than eight fields: one finding for each status,
/// since a producer writes them all or none.
fn fields(stats: &Stats, tally: &mut Tally) {
    tally.look(Rule::Fields);
    let mut few: BTreeMap<Status, (u32, usize)> = BTreeMap::new();
    for row in stats.rows.iter().filter(|row| row.fields < 8) {
        few.entry(row.status).or_insert((row.line, 0)).1 += 1;
    }
    for (status, (line, count)) in few {
        tally.find(
            Rule::Fields,
            || place(line, ""),
            || {
                format!(
                    "{count} records with status {status} have 7 fields, this one first; expected 8"
                )
            },
        );
    }
}

/// What is held has a holder.
fn holders(stats: &Stats, tally: &mut Tally) {
    tally.look(Rule::Holder);
    for row in stats.rows.iter().filter(|row| row.status.is_held()) {
        if row.fields >= 8 && row.holder == super::HolderId::NONE {
            tally.find(
                Rule::Holder,
                || place(row.line, "opaque-id"),
                || {
                    format!(
                        "{} is {} to nobody; expected an id",
                        row.numbers(),
                        row.status
                    )
                },
            );
        }
    }
}

/// What is the same for all records of a file.
struct Beside {
    /// Whether each registry may stand in the first field.
    own: Vec<bool>,
    /// Whether each country is known.
    known: BTreeMap<Country, bool>,
    /// The last day that the file is about.
    end: Option<Date>,
    earliest: Date,
    /// The registry of the version line.
    registry: String,
}

impl Beside {
    fn of(stats: &Stats) -> Self {
        let version = stats.version.as_ref();
        let registry = version.map(Version::registry);
        // In the combined file the first field says from whom the NRO has it.
        let is_own = |name: &str| match registry {
            Some("nro") => REGISTRIES.contains(&name),
            Some(own) => own == name,
            None => true,
        };
        Self {
            own: stats.registries.iter().map(|name| is_own(name)).collect(),
            known: known_countries(stats),
            end: version.map(|v| v.end).filter(|end| end.day().is_some()),
            earliest: Date::of(EARLIEST),
            registry: short(registry.unwrap_or_default()),
        }
    }
}

/// Registries, countries, dates and starts of single records.
fn records(stats: &Stats, tally: &mut Tally) {
    let beside = Beside::of(stats);
    for rule in [
        Rule::Registry,
        Rule::CountryKnown,
        Rule::Country,
        Rule::Date,
    ] {
        tally.look(rule);
    }
    if beside.end.is_some() {
        tally.look(Rule::Period);
    }
    if stats.rows.iter().any(|row| row.kind == Kind::Ipv6) {
        tally.look(Rule::Aligned);
    }
    for row in &stats.rows {
        let own = beside.own.get(usize::from(row.registry));
        if !own.copied().unwrap_or(false) {
            tally.find(
                Rule::Registry,
                || place(row.line, "registry"),
                || {
                    let seen = short(stats.registry_of(row));
                    format!(
                        "`{seen}`; expected `{}` of the version line",
                        beside.registry
                    )
                },
            );
        }
        one(row, &beside, tally);
        if row.status.is_held() {
            held(row, tally);
        }
    }
}

/// Start, country and date of a record, whatever its status is.
fn one(row: &Row, beside: &Beside, tally: &mut Tally) {
    if row.has_bits_behind() {
        tally.find(
            Rule::Aligned,
            || place(row.line, "start"),
            || {
                let (start, length, prefix) = (row.start_text(), row.value(), row.numbers());
                format!("{start} has bits behind its length of {length}; expected {prefix}")
            },
        );
    }
    if let Some(letters) = row.country.letters()
        && beside.known.get(&row.country) == Some(&false)
    {
        tally.find(
            Rule::CountryKnown,
            || place(row.line, "cc"),
            || format!("`{letters}`; expected a code of ISO 3166-1"),
        );
    }
    let earliest = beside.earliest;
    if let Some(end) = beside.end
        && row.date.is_day()
        && (row.date > end || (row.date < earliest && row.status.is_held()))
    {
        tally.find(
            Rule::Period,
            || place(row.line, "date"),
            || format!("{}; expected a day from {earliest} to {end}", row.date),
        );
    }
}

/// What is held has a country and a date.
fn held(row: &Row, tally: &mut Tally) {
    if row.country == Country::NONE {
        tally.find(
            Rule::Country,
            || place(row.line, "cc"),
            || {
                format!(
                    "{} is {} to no country; expected two letters",
                    row.numbers(),
                    row.status
                )
            },
        );
    }
    if row.date == Date::NONE {
        tally.find(
            Rule::Date,
            || place(row.line, "date"),
            || {
                format!(
                    "{} is {} since no day; expected YYYYMMDD",
                    row.numbers(),
                    row.status
                )
            },
        );
    }
}

/// Returns every country with whether it is known; each is looked up once.
fn known_countries(stats: &Stats) -> BTreeMap<Country, bool> {
    let mut known = BTreeMap::new();
    let mut last = None;
    for row in &stats.rows {
        if last == Some(row.country) {
            continue;
        }
        last = Some(row.country);
        known.entry(row.country).or_insert_with(|| {
            let letters = row.country.letters();
            letters.is_none_or(|code| {
                country::is_assigned(code) || BESIDE.contains(&code) || code == "ZZ"
            })
        });
    }
    known
}

/// No number stands twice, and above all not as held and as free.
fn once(stats: &Stats, tally: &mut Tally) {
    tally.look(Rule::Overlap);
    tally.look(Rule::Contradiction);
    let mut sorted: Vec<&Row> = stats.rows.iter().collect();
    // Files are in order within each type, or in a few runs that are.
    sorted.sort_by(|a, b| a.by_numbers(b));
    let (mut held, mut free): (Option<&Row>, Option<&Row>) = (None, None);
    let further =
        |a: Option<&'_ Row>, b: &Row| a.is_none_or(|a| a.kind != b.kind || a.last() < b.last());
    for row in sorted {
        let (own, other) = if row.status.is_held() {
            (&mut held, &mut free)
        } else {
            (&mut free, &mut held)
        };
        if let Some(before) = other.filter(|before| before.overlaps(row)) {
            let (a, b) = (before.status, row.status);
            // IANA's pool in a combined file is one more that is not held.
            tally.find(
                Rule::Contradiction,
                || place(row.line, ""),
                || format!("{} is {b}, and {a} in line {}", row.numbers(), before.line),
            );
        }
        if let Some(before) = own.filter(|before| before.overlaps(row)) {
            tally.find(
                Rule::Overlap,
                || place(row.line, ""),
                || {
                    let same = before.first() == row.first() && before.last() == row.last();
                    let also = if same {
                        "stands"
                    } else {
                        "overlaps what stands"
                    };
                    format!("{} {also} in line {} too", row.numbers(), before.line)
                },
            );
        }
        if further(*own, row) {
            *own = Some(row);
        }
    }
}
