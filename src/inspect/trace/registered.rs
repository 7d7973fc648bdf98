//! Statistics, RDAP and whois: what a registry says is registered with it.

use serde_json::Value as Json;

use super::context::{Context, addresses, asns, count, day, text, unseen};
use super::table::{Cell, Claim};
use super::{File, Subject};
use crate::fact::{Observation, Value};
use crate::inspect::stats::{Row as Record, Status};
use crate::resource::{AddressSet, AsnSet, Resources};

/// Most records and numbers of one registry that are told.
const MOST_TOLD: usize = 4;

/// Most addresses of IPv4 that one holder's network has; more is a block of IANA's.
const MOST_V4: u64 = 1 << 24;

/// Most addresses of IPv6 that one holder's network has, those of a /16; more is a block of IANA's.
const MOST_V6: u128 = 1 << 112;

/// Most AS numbers of one holder's block; more is a block of IANA's.
const MOST_ASNS: u64 = 1 << 10;

/// Longest name that is kept, in characters.
const LONGEST_NAME: usize = 40;

/// Reads what a registry's statistics list.
pub(super) fn statistics(context: &Context<'_>, file: &File<'_>) -> Cell {
    let dated = file.stats.version.as_ref().and_then(|version| {
        let day = version.end.day()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(day.timestamp())
    });
    let found: Vec<(&Record, Resources)> = file
        .stats
        .rows
        .iter()
        .filter_map(|record| {
            let part = part_of(context, record);
            let is_holders = if let Subject::Holder(id) = context.subject {
                file.stats.holder_of(record).eq_ignore_ascii_case(id)
            } else {
                !part.is_empty()
            };
            is_holders.then_some((record, part))
        })
        .collect();
    let of = |wanted: &dyn Fn(Status) -> bool| {
        let parts = found.iter().filter(|(record, _)| wanted(record.status));
        parts.fold(Resources::default(), |all, (_, part)| all.union(part))
    };
    let held = of(&|status| status.is_held());
    let is_held = found.iter().any(|(record, _)| record.status.is_held());
    let Some((first, _)) = found
        .iter()
        .find(|(record, _)| record.status.is_held() == is_held)
    else {
        return Cell::nothing().from(&file.url, file.at, dated);
    };
    let status = first.status.as_str();
    let country = first.country.letters().unwrap_or_default();
    let since = first
        .date
        .day()
        .map(|day| day.to_string())
        .unwrap_or_default();
    let mut forms = vec![
        format!("{status} {country} {since}"),
        format!("{status} {country}"),
        status.to_owned(),
    ];
    if found.len() > 1 {
        forms = vec![
            format!("{status}, {} records", found.len()),
            status.to_owned(),
        ];
    }
    let told: Vec<String> = found
        .iter()
        .take(MOST_TOLD)
        .map(|(record, _)| told(file, record))
        .collect();
    let beyond = found.len().saturating_sub(MOST_TOLD);
    let more = match beyond {
        0 => String::new(),
        _ => format!(", and {beyond} more"),
    };
    let (claim, part) = match is_held {
        true => (Claim::Holds, held),
        false => (Claim::Says, of(&|_| true)),
    };
    let words = format!("{}{more}{}", told.join("; "), context.partly(&part));
    let forms = forms.into_iter().map(|form| squeezed(&form));
    Cell::new(claim, forms)
        .saying(words)
        .of(part)
        .from(&file.url, file.at, dated)
}

/// Returns what of the subject a record lists.
fn part_of(context: &Context<'_>, record: &Record) -> Resources {
    let asns = record
        .asns()
        .map(|(first, last)| AsnSet::range(first, last));
    let addresses = record.addresses().map(AddressSet::from);
    context.part(addresses.as_ref(), asns.as_ref())
}

fn told(file: &File<'_>, record: &Record) -> String {
    let numbers = match (record.asns(), record.addresses()) {
        (Some((first, last)), _) => AsnSet::range(first, last).to_string(),
        (_, Some(range)) => range.to_string(),
        (None, None) => String::new(),
    };
    let country = record.country.letters().unwrap_or_default();
    let since = record.date.day().map(|day| day.to_string());
    let id = name(file.stats.holder_of(record));
    let status = record.status.as_str();
    let id = if id.is_empty() {
        id
    } else {
        format!("of {id}")
    };
    let since = since.unwrap_or_default();
    squeezed(&format!("{numbers} {status} {country} {since} {id}"))
}

/// Returns text with single blanks.
fn squeezed(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// Returns the name of an object: one line, cut.
fn name(text: &str) -> String {
    let plain = text.chars().filter(|c| !c.is_control());
    plain.take(LONGEST_NAME).collect()
}

/// Says whether an object stands for a block of IANA's and not for what somebody holds.
fn is_block(context: &Context<'_>, addresses: &AddressSet, asns: &AsnSet) -> bool {
    let all = Resources {
        addresses: addresses.clone(),
        asns: asns.clone(),
    };
    let is_large = addresses.count_ipv4() >= MOST_V4
        || addresses.count_ipv6() >= MOST_V6
        || asns.count() > MOST_ASNS;
    is_large && all.covers(&context.resources) && all != context.resources
}

/// Reads an answer of RDAP.
pub(super) fn rdap(context: &Context<'_>, observation: &Observation) -> Cell {
    if let Some(cell) = unseen(observation) {
        return cell;
    }
    let facts = &observation.facts;
    let status = count(facts, "status").unwrap_or(0);
    let to = text(facts, "location.registry").and_then(|id| context.registry(id));
    let own = observation.key.asked.as_ref();
    let cell = match (status, to) {
        (200, _) => object(context, observation),
        (404, _) => Cell::nothing().saying("404"),
        (300..=399, Some(to)) if Some(&to) != own => {
            let forms = [format!("→ {}", context.name(&to))];
            let url = text(facts, "location.url").unwrap_or_default();
            Cell::new(Claim::Refers { to }, forms).saying(format!("{status} to {url}"))
        }
        (300..=399, _) => {
            let host = text(facts, "location.host").unwrap_or("nowhere");
            let words = format!("{status} to {}", name(host));
            Cell::new(
                Claim::Says,
                [format!("→ {}", name(host)), "→ another".to_owned()],
            )
            .saying(words)
        }
        _ => Cell::unseen(&status.to_string(), format!("status {status}")),
    };
    cell.from(text(facts, "url").unwrap_or_default(), observation.at, None)
}

fn object(context: &Context<'_>, observation: &Observation) -> Cell {
    let facts = &observation.facts;
    let json = match facts.get("json") {
        Some(Value::Json(json)) => json.get(),
        _ => None,
    };
    let Some(json) = json else {
        return Cell::unseen("no JSON", "status 200 without JSON");
    };
    let member = |at: &str| name(json.get(at).and_then(Json::as_str).unwrap_or_default());
    if let Subject::Holder(handle) = context.subject {
        let own = member("handle");
        let of = if own.is_empty() { handle.clone() } else { own };
        let words = squeezed(&format!("{of} {}{}", organization(json), numbers(json)));
        return Cell::new(Claim::Holds, [of, "registered".to_owned()]).saying(words);
    }
    let (nothing, none) = (AddressSet::new(), AsnSet::new());
    let own = addresses(facts, "prefixes").unwrap_or(&nothing);
    let asns = asns(facts, "asns").unwrap_or(&none);
    let part = context.part(Some(own), Some(asns));
    if part.is_empty() {
        return Cell::unseen("no object", "status 200 without the numbers asked for");
    }
    let (title, country) = (member("name"), member("country"));
    let title = if title.is_empty() {
        member("handle")
    } else {
        title
    };
    let numbers = Resources {
        addresses: own.clone(),
        asns: asns.clone(),
    };
    let status: Vec<&str> = texts(json, "status");
    let words = squeezed(&format!(
        "{title} {numbers} {country} {}{}{}",
        status.join(" "),
        events(json),
        context.partly(&part)
    ));
    if is_block(context, own, asns) {
        return Cell::new(Claim::Says, ["block"]).saying(words).of(part);
    }
    let forms = [
        squeezed(&format!("{title} {country}")),
        title,
        "registered".to_owned(),
    ];
    let forms = forms.into_iter().filter(|form| !form.is_empty());
    Cell::new(Claim::Holds, forms).saying(words).of(part)
}

fn texts<'j>(json: &'j Json, at: &str) -> Vec<&'j str> {
    let list = json.get(at).and_then(Json::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect()
}

/// Tells the events that say when something was registered, changed or transferred.
fn events(json: &Json) -> String {
    let all = json.get("events").and_then(Json::as_array);
    let mut told = String::new();
    for event in all.into_iter().flatten() {
        let action = event.get("eventAction").and_then(Json::as_str);
        let date = event.get("eventDate").and_then(Json::as_str);
        let date = date.and_then(|text| text.parse().ok());
        let word = match action {
            Some("registration") => "registered",
            Some("last changed") => "changed",
            Some("transfer") => "transferred",
            _ => continue,
        };
        if let Some(date) = date {
            told.push_str(", ");
            told.push_str(word);
            told.push(' ');
            told.push_str(&day(date));
        }
    }
    told
}

/// Returns the name of an organization; of nobody else.
fn organization(json: &Json) -> String {
    let card = json.pointer("/vcardArray/1").and_then(Json::as_array);
    let value = |wanted: &str| {
        let mut all = card.into_iter().flatten();
        let found = all.find(|line| line.get(0).and_then(Json::as_str) == Some(wanted))?;
        found.get(3).and_then(Json::as_str)
    };
    match value("kind") {
        Some("org") => format!("({})", name(value("fn").unwrap_or_default())),
        _ => String::new(),
    }
}

/// Tells the numbers that an entity's answer has beside it.
fn numbers(json: &Json) -> String {
    let list = |at: &str| json.get(at).and_then(Json::as_array);
    let text = |json: &Json, at: &str| match json.get(at) {
        Some(Json::String(text)) => name(text),
        Some(Json::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let networks = list("networks").into_iter().flatten().map(|network| {
        let ends = (text(network, "startAddress"), text(network, "endAddress"));
        let range: Option<AddressSet> = format!("{}-{}", ends.0, ends.1).parse().ok();
        range.map_or_else(|| text(network, "handle"), |range| range.to_string())
    });
    let autnums = list("autnums").into_iter().flatten().map(|autnum| {
        let ends = (text(autnum, "startAutnum"), text(autnum, "endAutnum"));
        let range: Option<AsnSet> = format!("AS{}-AS{}", ends.0, ends.1).parse().ok();
        range.map_or_else(|| text(autnum, "handle"), |range| range.to_string())
    });
    let all: Vec<String> = networks.chain(autnums).collect();
    if all.is_empty() {
        return String::new();
    }
    let beyond = all.len().saturating_sub(MOST_TOLD);
    let told: Vec<&str> = all.iter().take(MOST_TOLD).map(String::as_str).collect();
    let more = match beyond {
        0 => String::new(),
        _ => format!(" and {beyond} more"),
    };
    format!(" with {}{more}", told.join(", "))
}

/// Reads an answer of whois.
pub(super) fn whois(context: &Context<'_>, observation: &Observation) -> Cell {
    if let Some(cell) = unseen(observation) {
        return cell;
    }
    let facts = &observation.facts;
    let own = observation.key.asked.as_ref();
    let host = own.and_then(|id| context.known.of(id.as_str()));
    let host = host.map_or("", |known| known.whois.as_str());
    let field = |wanted: &[&str]| {
        let mut all = wanted.iter();
        all.find_map(|field| text(facts, &format!("fields.{field}")))
            .map(name)
            .unwrap_or_default()
    };
    let cell = match text(facts, "referral").and_then(|to| Some((to, context.of_whois(to)?))) {
        Some((referral, to)) if Some(&to) != own => {
            let forms = [format!("→ {}", context.name(&to))];
            Cell::new(Claim::Refers { to }, forms).saying(format!("refers to {}", name(referral)))
        }
        _ => {
            if let Subject::Holder(handle) = context.subject {
                holder(handle, observation, &field)
            } else {
                registered(context, observation, &field)
            }
        }
    };
    cell.from(host, observation.at, None)
}

/// Reads an answer about a handle: some field has it as its value.
fn holder(handle: &str, observation: &Observation, field: &dyn Fn(&[&str]) -> String) -> Cell {
    let mut fields = observation.facts.group("fields");
    let is_there = fields
        .any(|(_, value)| matches!(value, Value::Text(text) if text.eq_ignore_ascii_case(handle)));
    if !is_there {
        return Cell::nothing();
    }
    let title = field(&["org-name", "orgname", "owner", "organisation", "orgid"]);
    Cell::new(Claim::Holds, ["registered"]).saying(title)
}

/// Names of fields that name a network or AS number, in all forms of whois.
const NAMES: &[&str] = &["netname", "as-name", "asname", "owner", "ownerid"];

fn registered(
    context: &Context<'_>,
    observation: &Observation,
    field: &dyn Fn(&[&str]) -> String,
) -> Cell {
    let facts = &observation.facts;
    let (nothing, none) = (AddressSet::new(), AsnSet::new());
    let own = addresses(facts, "prefixes").unwrap_or(&nothing);
    let asns = asns(facts, "asns").unwrap_or(&none);
    let part = context.part(Some(own), Some(asns));
    if part.is_empty() {
        return Cell::nothing();
    }
    let (title, country) = (field(NAMES), field(&["country"]));
    let numbers = Resources {
        addresses: own.clone(),
        asns: asns.clone(),
    };
    let partly = context.partly(&part);
    let words = squeezed(&format!("{title} {numbers} {country}{partly}"));
    // What APNIC answers instead of a referral: an object that stands for what left.
    if title.to_ascii_uppercase().starts_with("STUB-") {
        let words = format!("{words}: {}", field(&["descr"]));
        return Cell::new(Claim::Left { to: None }, ["stub"])
            .saying(words)
            .of(part);
    }
    if is_block(context, own, asns) {
        return Cell::new(Claim::Says, ["block"]).saying(words).of(part);
    }
    let forms = [
        squeezed(&format!("{title} {country}")),
        title,
        "registered".to_owned(),
    ];
    let forms = forms.into_iter().filter(|form| !form.is_empty());
    Cell::new(Claim::Holds, forms).saying(words).of(part)
}
