//! The `iana` probe: IANA's number registries, one file after another.

use bytes::Bytes;

use super::answer::apart;
use super::notes::Notes;
use super::{Ask, Probe, file};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Facts, Inspected, Observation, Value, shared};
use crate::inspect::Tally;
use crate::inspect::iana::{self, Document, Entry, Kind, Names, Space, Whose};
use crate::registry::{PerRegistry, RegistryId};
use crate::resource::{AddressSet, Resources};
use crate::transport::Boxed;

/// Reads IANA's number registries.
#[derive(Debug)]
pub(super) struct Iana;

/// Most entries that are listed; the registries have some 700 together.
const MOST_LISTED: usize = 5_000;

impl Probe for Iana {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::iana::IANA
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            let mut notes = Notes::new();
            if let Some(files) = fetch(&ask, &mut notes, &ask.subject).await {
                let names = names_of(&ask.services);
                let ids: Vec<RegistryId> = ask.services.ids().cloned().collect();
                let (facts, inspected) = apart(move || publish(&files, &names, &ids)).await;
                for (path, value) in facts.iter() {
                    notes.facts.set(path, value.clone());
                }
                notes.inspected = Some(inspected);
            }
            notes.finish(&ask)
        })
    }
}

/// Fetches the registries that are wanted with where each is; `None` if one did not come, which is noted as a failure.
pub(super) async fn fetch(
    ask: &Ask<'_>,
    notes: &mut Notes,
    base: &str,
) -> Option<Vec<(String, Bytes)>> {
    let is_xml = ask.text("form") == Some("xml");
    let only = ask.texts("only");
    let wanted = |kind: &&Kind| {
        let only = only.as_ref();
        only.is_none_or(|only| only.contains(&kind.as_str()))
    };
    let mut files = Vec::new();
    for kind in Kind::ALL.iter().filter(wanted) {
        for path in paths(*kind, is_xml) {
            let url = format!("{base}{path}");
            if files.iter().any(|(known, _)| *known == url) {
                continue;
            }
            let octets = file::small(ask, notes, &url).await?;
            files.push((url, octets));
        }
    }
    Some(files)
}

/// Returns where a registry is below the base URL.
///
/// Source: RIPE-NCC/nro-delegated-stats, application.conf; in XML a registry is one file with all
/// its parts.
const fn paths(kind: Kind, is_xml: bool) -> &'static [&'static str] {
    match (kind, is_xml) {
        (Kind::Ipv4, false) => &["ipv4-address-space/ipv4-address-space.csv"],
        (Kind::Ipv4, true) => &["ipv4-address-space/ipv4-address-space.xml"],
        (Kind::Ipv4Recovered, false) => {
            &["ipv4-recovered-address-space/ipv4-recovered-address-space-1.csv"]
        }
        (Kind::Ipv4Reallocated, false) => {
            &["ipv4-recovered-address-space/ipv4-recovered-address-space-2.csv"]
        }
        (Kind::Ipv4Recovered | Kind::Ipv4Reallocated, true) => {
            &["ipv4-recovered-address-space/ipv4-recovered-address-space.xml"]
        }
        (Kind::Ipv4Special, false) => {
            &["iana-ipv4-special-registry/iana-ipv4-special-registry-1.csv"]
        }
        (Kind::Ipv4Special, true) => &["iana-ipv4-special-registry/iana-ipv4-special-registry.xml"],
        (Kind::Ipv6, false) => &["ipv6-address-space/ipv6-address-space-1.csv"],
        (Kind::Ipv6, true) => &["ipv6-address-space/ipv6-address-space.xml"],
        (Kind::Ipv6Unicast, false) => {
            &["ipv6-unicast-address-assignments/ipv6-unicast-address-assignments.csv"]
        }
        (Kind::Ipv6Unicast, true) => {
            &["ipv6-unicast-address-assignments/ipv6-unicast-address-assignments.xml"]
        }
        (Kind::Ipv6Special, false) => {
            &["iana-ipv6-special-registry/iana-ipv6-special-registry-1.csv"]
        }
        (Kind::Ipv6Special, true) => &["iana-ipv6-special-registry/iana-ipv6-special-registry.xml"],
        (Kind::Asns, false) => &["as-numbers/as-numbers-1.csv", "as-numbers/as-numbers-2.csv"],
        (Kind::Asns, true) => &["as-numbers/as-numbers.xml"],
        (Kind::AsnsSpecial, false) => {
            &["iana-as-numbers-special-registry/special-purpose-as-numbers.csv"]
        }
        (Kind::AsnsSpecial, true) => {
            &["iana-as-numbers-special-registry/iana-as-numbers-special-registry.xml"]
        }
    }
}

/// Returns the names by which IANA and statistics know the registries of a run.
pub(super) fn names_of(services: &PerRegistry<std::sync::Arc<super::Service>>) -> Names {
    let mut names = Names::new();
    for (id, service) in services.iter() {
        for name in [&service.name, &service.stats_name] {
            if !name.is_empty() {
                names = names.with_name(name, id);
            }
        }
        if !service.whois_host.is_empty() {
            names = names.with_whois(&service.whois_host, id);
        }
    }
    names
}

/// Reads files and returns what they say, and what rules find in them.
fn publish(files: &[(String, Bytes)], names: &Names, ids: &[RegistryId]) -> (Facts, Inspected) {
    let mut tally = Tally::default();
    let documents: Vec<(&str, Document)> = files
        .iter()
        .map(|(url, octets)| (url.as_str(), iana::read(octets)))
        .collect();
    let mut facts = Facts::new();
    let mut listed = Vec::new();
    for (url, document) in &documents {
        iana::look(document, &format!("{url}:"), &mut tally);
        listed.push(file_record(url, document));
    }
    facts.set("file_list", Value::Records(listed));
    let entries = documents.iter().flat_map(|(_, document)| &document.entries);
    let delegating = |entry: &&Entry| entry.kind.is_some_and(Kind::delegates);
    let entries: Vec<&Entry> = entries.filter(delegating).collect();
    let records = entries.iter().take(MOST_LISTED);
    let records = records.map(|entry| entry_record(entry, names));
    facts.set("entry_list", Value::Records(records.collect()));
    let space = Space::of(documents.iter().map(|(_, document)| document), names);
    let shares = ids.iter().map(|id| {
        let nothing = Resources::default();
        let share = space.registries.of(id.as_str()).unwrap_or(&nothing);
        let own = |entry: &&&Entry| {
            let is_space = !matches!(entry.kind, Some(Kind::Ipv4Reallocated));
            is_space && entry.whose(names) == Whose::Registry(id.clone())
        };
        let blocks = entries.iter().filter(own);
        let blocks: AddressSet = blocks.map(|entry| entry.addresses.clone()).collect();
        let mut record = Facts::new();
        record.set("registry", Value::text(id.as_str()));
        record.set("blocks", Value::Addresses(blocks));
        record.set("addresses", Value::Addresses(share.addresses.clone()));
        record.set("asns", Value::Asns(share.asns.clone()));
        record
    });
    facts.set("share_list", Value::Records(shares.collect()));
    let allocated = space.allocated();
    for (path, share) in [
        ("allocated", &allocated),
        ("special", &space.special),
        ("free", &space.free),
    ] {
        let addresses = Value::Addresses(share.addresses.clone());
        facts.set(format!("{path}.addresses"), addresses);
        facts.set(format!("{path}.asns"), Value::Asns(share.asns.clone()));
    }
    (facts, tally.finish())
}

fn file_record(url: &str, document: &Document) -> Facts {
    let mut record = Facts::new();
    record.set("url", Value::text(url));
    let kind = document.kind.map_or("", Kind::as_str);
    record.set("registry", Value::text(kind));
    record.set("entries", Value::count(document.entries.len()));
    record.set("unreadable", Value::count(document.wrong.len()));
    let updated = document.updated.map(|day| day.to_string());
    record.set("updated", Value::text(updated.unwrap_or_default()));
    record
}

fn entry_record(entry: &Entry, names: &Names) -> Facts {
    let mut record = Facts::new();
    let kind = entry.kind.map_or("", Kind::as_str);
    record.set("registry", Value::text(kind));
    record.set("line", Value::count(entry.line));
    let numbers = if entry.asns.is_empty() {
        entry.addresses.to_string()
    } else {
        entry.asns.to_string()
    };
    record.set("numbers", Value::text(numbers));
    record.set("designation", Value::text(&entry.designation));
    let holder = match entry.whose(names) {
        Whose::Registry(id) => id.to_string(),
        Whose::Special => "special".to_owned(),
        Whose::Free => "free".to_owned(),
        Whose::Unknown => "unknown".to_owned(),
    };
    record.set("holder", Value::text(holder));
    record.set("whois", Value::text(&entry.whois));
    let rdap = entry.rdap.iter().map(|url| shared(url)).collect();
    record.set("rdap", Value::Texts(rdap));
    let base = |url: &String| shared(&format!("{}/", url.trim_end_matches('/')));
    let bases = entry.rdap.iter().map(base).collect();
    record.set("bases", Value::Texts(bases));
    record
}

#[cfg(test)]
mod tests {
    use super::super::Argument;
    use super::super::scripted::{Script, check_vocabulary, fact, http};
    use super::*;

    const IPV4: &[u8] = b"Prefix,Designation,Date,WHOIS,RDAP,Status,Note\n\
        102/8,AFRINIC,2011-02,whois.afrinic.test,https://rdap.afrinic.test/rdap/,ALLOCATED,\n\
        103/8,APNIC,2011-02,whois.apnic.test,https://rdap.apnic.test/,ALLOCATED,\n";

    fn only(kinds: &[&str]) -> (&'static str, Argument) {
        let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        ("only", Argument::Texts(kinds))
    }

    #[test]
    fn every_fact_of_the_vocabulary_is_published() {
        let script = Script::new([http(200, &[], IPV4)]);
        let seen = script.ask(
            &Iana,
            "https://www.iana.test/",
            &[only(&["ipv4-address-space"])],
        );
        check_vocabulary(&vocabulary::iana::IANA, std::slice::from_ref(&seen));
        assert_eq!(fact(&seen, "allocated.addresses"), "102.0.0.0/8");
        // Who is no registry of the run is nobody that is known.
        let Some(Value::Records(entries)) = seen.facts.get("entry_list") else {
            panic!("no entries");
        };
        let holder = entries[1].get("holder").unwrap().to_string();
        assert_eq!(holder, "unknown");
        let inspected = seen.inspected.unwrap();
        assert!(inspected.looked.contains("iana.file.whole"));
    }

    #[test]
    fn each_form_is_asked_where_it_is() {
        for (form, expected) in [("csv", 10), ("xml", 8)] {
            let replies = (0..10).map(|_| http(200, &[], IPV4));
            let script = Script::new(replies);
            let form = ("form", Argument::Text(form.to_owned()));
            script.ask(&Iana, "https://www.iana.test/", &[form]);
            assert_eq!(script.requests.lock().unwrap().len(), expected);
        }
    }

    #[test]
    fn one_file_that_does_not_come_is_a_failure_of_all() {
        let script = Script::new([http(200, &[], IPV4), http(404, &[], b"")]);
        let seen = script.ask(&Iana, "https://www.iana.test/", &[]);
        assert_eq!(fact(&seen, "failure"), "protocol");
        assert_eq!(script.requests.lock().unwrap().len(), 2);
        assert!(seen.inspected.is_none());
    }
}
