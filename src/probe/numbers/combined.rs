//! What the NRO makes of all statistics each day, beside what the same inputs give here.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::{Files, text};
use crate::fact::{Facts, Inspected, Value, shared};
use crate::inspect::Tally;
use crate::inspect::merge::{
    self, Differences, Inputs, PROGRAM_ORDER, Row, Rows, conflicts_differ, conflicts_of,
    differences, stays,
};
use crate::inspect::numbers::Comparison;
use crate::probe::Ask;
use crate::probe::answer::apart;
use crate::probe::notes::Notes;
use crate::registry::RegistryId;
use crate::resource::Resources;

/// Returns everything that the registries' files list.
pub(super) fn listed(comparison: &Comparison) -> Resources {
    let all = comparison.listed.iter();
    all.fold(Resources::default(), |all, (_, listed)| {
        all.union(&listed.all)
    })
}

/// The NRO's files as they came.
#[derive(Debug)]
struct Texts {
    url: String,
    combined: String,
    modified: Option<Timestamp>,
    day: Date,
    /// Of the same day: conflicts, what is unclaimed and overclaimed, and IANA's rows.
    conflicts: String,
    unclaimed: String,
    overclaimed: String,
    iana: String,
    /// The combined file of the day before.
    previous: String,
    /// Conflicts and what was unclaimed two days before.
    before: [String; 2],
}

/// Fetches the NRO's files and publishes what they say below `combined.`, beside what the statistics say.
///
/// That one of them does not come is a fact, and no failure of the probe: the statistics came.
pub(super) async fn ask(
    ask: &Ask<'_>,
    notes: &mut Notes,
    base: &str,
    files: Files,
    listed: Resources,
) {
    let fetched = fetch(ask, notes, base).await;
    let failure = notes.failure.take();
    let word = failure.as_ref().map_or("", |failure| failure.kind.as_str());
    notes.facts.set("combined.failure", Value::text(word));
    let detail = failure.map_or_else(String::new, |failure| failure.detail);
    notes.facts.set("combined.why", Value::text(detail));
    let Some(texts) = fetched else { return };
    let names: Vec<(RegistryId, String)> = ask
        .services
        .iter()
        .map(|(id, service)| (id.clone(), service.stats_name.clone()))
        .collect();
    let (facts, inspected) = apart(move || publish(&texts, &files, &names, &listed)).await;
    for (path, value) in facts.iter() {
        notes.facts.set(path, value.clone());
    }
    notes.inspected = Some(inspected);
}

/// Fetches the newest combined file, what was made with it, and what it was made from.
async fn fetch(ask: &Ask<'_>, notes: &mut Notes, base: &str) -> Option<Texts> {
    let url = format!("{base}latest/nro-delegated-stats");
    let (combined, modified) = text(ask, notes, &url).await?;
    let Some(day) = merge::day_of(&combined) else {
        let detail = format!("`{url}` says no day");
        notes.fail(crate::fact::FailureKind::Decoding, detail);
        return None;
    };
    let at = |days: i64, name: &str| {
        let day = day.saturating_sub(days.days()).strftime("%Y%m%d");
        format!("{base}{day}/{name}")
    };
    let mut texts = Texts {
        url,
        combined,
        modified,
        day,
        conflicts: String::new(),
        unclaimed: String::new(),
        overclaimed: String::new(),
        iana: String::new(),
        previous: String::new(),
        before: [String::new(), String::new()],
    };
    let [conflicts, unclaimed] = &mut texts.before;
    for (days, name, into) in [
        (0, "conflicts", &mut texts.conflicts),
        (0, "unclaimed", &mut texts.unclaimed),
        (0, "overclaimed", &mut texts.overclaimed),
        (0, "delegated-iana", &mut texts.iana),
        (1, "combined-stat", &mut texts.previous),
        (2, "conflicts", conflicts),
        (2, "unclaimed", unclaimed),
    ] {
        *into = text(ask, notes, &at(days, name)).await?.0;
    }
    Some(texts)
}

/// Returns what the files say, and what rules find in the combined one.
fn publish(
    texts: &Texts,
    files: &Files,
    names: &[(RegistryId, String)],
    listed: &Resources,
) -> (Facts, Inspected) {
    let mut tally = Tally::default();
    merge::look(&texts.combined, &format!("{}:", texts.url), &mut tally);
    let mut facts = Facts::new();
    facts.set("combined.url", Value::text(&texts.url));
    if let Ok(day) = texts.day.to_zoned(TimeZone::UTC) {
        facts.set("combined.day", Value::Time(day.timestamp()));
    }
    let newer = files.iter().filter(|(_, file)| {
        let both = file.modified.zip(texts.modified);
        both.is_some_and(|(own, combined)| own > combined)
    });
    let newer = newer.map(|(id, _)| shared(id.as_str())).collect();
    facts.set("combined.newer", Value::Texts(newer));
    let (previous, _) = merge::read(&texts.previous);
    let all: Vec<Row<'_>> = compare(texts, files, names, &previous, &mut facts);
    numbers(&mut facts, "combined.stayed", all.iter());
    let gone = names.iter().map(|(id, name)| {
        let own = previous.iter().filter(|row| row.registry() == name);
        let own = share(own.filter(|row| row.source() == "e-stats"));
        let gone = own.minus(listed);
        let mut record = Facts::new();
        record.set("registry", Value::text(id.as_str()));
        record.set("addresses", Value::Addresses(gone.addresses));
        record.set("asns", Value::Asns(gone.asns));
        record
    });
    facts.set("combined.gone_list", Value::Records(gone.collect()));
    (facts, tally.finish())
}

/// Merges the same inputs, and returns the published rows that were there two days before too.
fn compare<'t>(
    texts: &'t Texts,
    files: &Files,
    names: &[(RegistryId, String)],
    previous: &Rows<'_>,
    facts: &mut Facts,
) -> Vec<Row<'t>> {
    let mut inputs: Vec<(usize, &str)> = names
        .iter()
        .filter_map(|(id, name)| {
            let place = PROGRAM_ORDER.iter().position(|known| known == name);
            let place = place.unwrap_or(PROGRAM_ORDER.len());
            Some((place, files.of(id.as_str())?.text.as_str()))
        })
        .collect();
    inputs.sort_by_key(|(place, _)| *place);
    let own = merge::merge(&Inputs {
        registries: inputs.iter().map(|(_, text)| merge::read(text).0).collect(),
        iana: merge::read(&texts.iana).0,
        previous: Some(previous.clone()),
    });
    let day = texts.day.strftime("%Y%m%d").to_string();
    let (combined, _) = merge::read(&texts.combined);
    facts.set("combined.rows", Value::count(combined.len()));
    let (conflicts, _) = conflicts_of(&texts.conflicts);
    facts.set("combined.conflicts", Value::count(conflicts.len()));
    let (unclaimed, _) = merge::read(&texts.unclaimed);
    let (overclaimed, _) = merge::read(&texts.overclaimed);
    let differ = [
        ("combined-stat", differences(&combined, &own.combined, &day)),
        (
            "conflicts",
            conflicts_differ(&conflicts, &own.conflicts, &day),
        ),
        ("unclaimed", differences(&unclaimed, &own.unclaimed, &day)),
        (
            "overclaimed",
            differences(&overclaimed, &own.overclaimed, &day),
        ),
    ];
    publish_differences(facts, &differ);
    let in_conflict = conflicts.iter().flat_map(|c| [c.earlier, c.later]);
    let in_conflict: Vec<Row<'_>> = in_conflict.collect();
    numbers(facts, "combined.in_conflict", in_conflict.iter());
    numbers(facts, "combined.unclaimed", unclaimed.iter());
    numbers(facts, "combined.overclaimed", overclaimed.iter());

    let [before_conflicts, before_unclaimed] = &texts.before;
    let pairs = |all: &[merge::Conflict<'t>]| -> Vec<Vec<Row<'t>>> {
        all.iter().map(|c| vec![c.earlier, c.later]).collect()
    };
    let (before, _) = conflicts_of(before_conflicts);
    let stay = stays(pairs(&conflicts), pairs(&before));
    let mut stayed: Vec<Row<'t>> = Vec::new();
    for (conflict, stays) in conflicts.iter().zip(stay) {
        if stays {
            stayed.extend([conflict.earlier, conflict.later]);
        }
    }
    let alone = |rows: &Rows<'t>| -> Vec<Vec<Row<'t>>> { rows.iter().map(|r| vec![*r]).collect() };
    let (before, _) = merge::read(before_unclaimed);
    let stay = stays(alone(&unclaimed), alone(&before));
    let kept = unclaimed.iter().zip(stay).filter(|(_, stays)| *stays);
    stayed.extend(kept.map(|(row, _)| *row));
    stayed
}

/// Publishes how many rows differ by file, and the first of them.
fn publish_differences(facts: &mut Facts, differ: &[(&str, Differences)]) {
    let count: u64 = differ.iter().map(|(_, d)| d.count).sum();
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    facts.set("combined.differences", Value::Count(count));
    let records = differ.iter().flat_map(|(file, differences)| {
        differences.kept.iter().map(|one| {
            let text = |text: &Option<String>| Value::text(text.as_deref().unwrap_or_default());
            let mut record = Facts::new();
            record.set("file", Value::text(*file));
            record.set("published", text(&one.published));
            record.set("own", text(&one.own));
            record
        })
    });
    facts.set(
        "combined.difference_list",
        Value::Records(records.collect()),
    );
}

fn share<'r, 'a: 'r>(rows: impl Iterator<Item = &'r Row<'a>>) -> Resources {
    let (mut addresses, mut asns) = (Vec::new(), Vec::new());
    for row in rows {
        addresses.extend(row.addresses());
        asns.extend(row.asns());
    }
    Resources {
        addresses: addresses.into_iter().collect(),
        asns: asns.into_iter().collect(),
    }
}

/// Publishes the numbers of rows.
fn numbers<'r, 'a: 'r>(facts: &mut Facts, path: &str, rows: impl Iterator<Item = &'r Row<'a>>) {
    let share = share(rows);
    facts.set(
        format!("{path}.addresses"),
        Value::Addresses(share.addresses),
    );
    facts.set(format!("{path}.asns"), Value::Asns(share.asns));
}
