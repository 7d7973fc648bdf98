//! IANA's registries and bootstrap files: to whom blocks were given, and where clients begin.

use serde_json::Value as Json;

use super::context::{Context, addresses, asns, records, text, unseen};
use super::table::{Cell, Claim, Plane, Row};
use crate::fact::{Facts, Observation, Value};
use crate::registry::RegistryId;
use crate::resource::{AddressSet, AsnSet, Resources};

/// Most entries of IANA that are told of one registry.
const MOST_TOLD: usize = 3;

/// Reads what IANA's registries say.
pub(super) fn iana(context: &Context<'_>, observation: &Observation) -> Row {
    let mut row = Row::new(Plane::Iana);
    if let Some(cell) = unseen(observation) {
        row.registries = context.each(|_| cell.clone());
        return row;
    }
    let facts = &observation.facts;
    let files = records(facts, "file_list");
    let source = files.iter().find_map(|file| text(file, "url"));
    let changed = files
        .iter()
        .filter_map(|file| text(file, "updated")?.parse().ok());
    let dated = changed.map(start_of).max().flatten();
    let share = |id: &RegistryId| {
        let mut all = records(facts, "share_list").iter();
        all.find(|share| text(share, "registry") == Some(id.as_str()))
    };
    row.registries = context.each(|id| {
        let part = share(id).map(|share| {
            let part = context.part(addresses(share, "addresses"), asns(share, "asns"));
            // What is special in a block is nobody's, and IANA names the block's registry all the same.
            let block = context.part(addresses(share, "blocks"), None);
            if part.is_empty() { block } else { part }
        });
        let part = part.filter(|part| !part.is_empty());
        let cell = part.map_or_else(Cell::nothing, |part| {
            let words = entries(facts, id, &part);
            Cell::new(Claim::Designated, ["designated"])
                .saying(format!("{words}{}", context.partly(&part)))
                .of(part)
        });
        cell.from(source.unwrap_or_default(), observation.at, dated)
    });
    for (path, words) in [
        ("special", "special, of the IETF"),
        ("free", "not yet given to any registry"),
    ] {
        let part = context.part(
            addresses(facts, &format!("{path}.addresses")),
            asns(facts, &format!("{path}.asns")),
        );
        if !part.is_empty() {
            row.note = format!("{words}{}", context.partly(&part));
        }
    }
    row
}

/// Returns the beginning of a day.
fn start_of(day: jiff::civil::Date) -> Option<jiff::Timestamp> {
    let midnight = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(midnight.timestamp())
}

/// Tells the entries of a registry that hold a part.
fn entries(facts: &Facts, id: &RegistryId, part: &Resources) -> String {
    let own = records(facts, "entry_list").iter();
    let own = own.filter(|entry| text(entry, "holder") == Some(id.as_str()));
    let told = own.filter_map(|entry| {
        let numbers = text(entry, "numbers")?;
        let is_of = match numbers.parse::<AddressSet>() {
            Ok(set) => set.overlaps(&part.addresses),
            Err(_) => numbers.parse::<AsnSet>().ok()?.overlaps(&part.asns),
        };
        let to = text(entry, "designation").unwrap_or_default();
        is_of.then(|| format!("{numbers} to {to}"))
    });
    let told: Vec<String> = told.take(MOST_TOLD).collect();
    told.join(", ")
}

/// Reads where RDAP clients begin, by the bootstrap files.
pub(super) fn bootstrap(context: &Context<'_>, files: &[&Observation]) -> Row {
    let mut row = Row::new(Plane::Bootstrap);
    let answered = files.iter().find(|file| unseen(file).is_none());
    let Some(file) = answered.or_else(|| files.first()) else {
        return row;
    };
    if let Some(cell) = unseen(file) {
        row.registries = context.each(|_| cell.clone());
        return row;
    }
    let json = match file.facts.get("json") {
        Some(Value::Json(json)) => json.get(),
        _ => None,
    };
    let source = text(&file.facts, "url").unwrap_or_default();
    let Some(json) = json else {
        let cell = Cell::unseen("no JSON", "the bootstrap file is no JSON");
        let cell = cell.from(source, file.at, None);
        row.registries = context.each(|_| cell.clone());
        return row;
    };
    let published = json.get("publication").and_then(Json::as_str);
    let dated = published.and_then(|text| text.parse().ok());
    let services = services(context, json);
    row.registries = context.each(|id| {
        let own = context
            .known
            .of(id.as_str())
            .map_or("", |known| &known.rdap);
        let found = services.iter().find(|service| {
            let mut urls = service.urls.iter();
            !own.is_empty() && urls.any(|url| same_base(url, own))
        });
        let cell = found.map_or_else(Cell::nothing, |service| {
            let words = format!("{} at {own}", service.entries.join(", "));
            Cell::new(Claim::Designated, ["begins here", "begins"])
                .saying(format!("{words}{}", context.partly(&service.part)))
                .of(service.part.clone())
        });
        cell.from(source, file.at, dated)
    });
    let known = |service: &Service| row.registries.values().any(|cell| cell.of == service.part);
    if let Some(other) = services.iter().find(|service| !known(service)) {
        row.note = format!(
            "{} at {}, no registry's",
            other.entries.join(", "),
            other.urls.join(", ")
        );
    } else if services.is_empty() {
        "no service is named".clone_into(&mut row.note);
    }
    row
}

/// Says whether two URLs are the same base, with or without final slash.
fn same_base(a: &str, b: &str) -> bool {
    a.trim_end_matches('/')
        .eq_ignore_ascii_case(b.trim_end_matches('/'))
}

/// A service of the bootstrap file for a part of what is traced.
struct Service {
    entries: Vec<String>,
    urls: Vec<String>,
    part: Resources,
}

/// Returns the services that clients take for what is traced: by the most specific entries (RFC 9224, section 3).
fn services(context: &Context<'_>, json: &Json) -> Vec<Service> {
    let all = json.get("services").and_then(Json::as_array);
    let mut found: Vec<(Resources, String, Vec<String>)> = Vec::new();
    for service in all.into_iter().flatten() {
        let list = |at: usize| {
            let list = service.get(at).and_then(Json::as_array);
            let texts = list.into_iter().flatten().filter_map(Json::as_str);
            texts.map(str::to_owned).collect::<Vec<String>>()
        };
        let urls = list(1);
        for entry in list(0) {
            let Some(block) = block(&entry) else { continue };
            if block.overlaps(&context.resources) {
                found.push((block, entry, urls.clone()));
            }
        }
    }
    // The most specific first: each number is the first one's that has it.
    found.sort_by_key(|(block, ..)| (block.asns.count(), block.addresses.count()));
    let mut left = context.resources.clone();
    let mut services: Vec<Service> = Vec::new();
    for (block, entry, urls) in found {
        let part = block.intersect(&left);
        if part.is_empty() {
            continue;
        }
        left = left.minus(&part);
        match services.iter_mut().find(|known| known.urls == urls) {
            Some(known) => {
                known.entries.push(entry);
                known.part = known.part.union(&part);
            }
            None => services.push(Service {
                entries: vec![entry],
                urls,
                part,
            }),
        }
    }
    services
}

/// Reads an entry of a bootstrap file.
fn block(entry: &str) -> Option<Resources> {
    let mut block = Resources::default();
    if entry.contains('/') {
        block.addresses = entry.parse().ok()?;
    } else {
        block.asns = entry.parse().ok()?;
    }
    Some(block)
}
