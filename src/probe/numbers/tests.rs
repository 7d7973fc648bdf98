use std::sync::Arc;

use super::super::scripted::{Script, check_vocabulary, fact, http};
use super::super::{Argument, Service};
use super::*;
use crate::inspect::merge::{Inputs, merge, read, write_records, write_rows};

const AFRINIC: &[u8] = b"2|afrinic|20261120|2||20261120|00000\n\
    afrinic|ZA|ipv4|102.0.0.0|16777216|20190101|allocated|A\n\
    afrinic|ZA|ipv4|198.51.100.0|256|20190101|allocated|A\n";
const APNIC: &[u8] = b"2.3|apnic|20261120|1||20261119|+1000\n\
    apnic|JP|ipv4|102.64.0.0|65536|20190101|allocated|B\n";
const IPV4: &[u8] = b"Prefix,Designation,Date,WHOIS,RDAP,Status,Note\n\
    102/8,AFRINIC,2011-02,whois.afrinic.test,,ALLOCATED,\n\
    103/8,APNIC,1995-02,whois.apnic.test,,LEGACY,\n";
const DELEGATED_IANA: &str = "iana|ZZ|ipv4|102.0.0.0|16777216|20110201|allocated|afrinic|iana\n\
    iana|ZZ|ipv4|103.0.0.0|16777216|19950201|allocated|apnic|iana\n";
const CONFLICT: &str = "afrinic|ZA|ipv4|102.0.0.0|16777216|20190101|assigned|A|e-stats\r\n\
    apnic|JP|ipv4|102.64.0.0|65536|20190101|assigned|B|e-stats\r\n\r\n";

/// Asks with these answers of two registries, IANA and the NRO.
fn ask(replies: &[&[u8]]) -> Observation {
    let replies = replies.iter().map(|octets| http(200, &[], octets));
    let script = Script::new(replies.chain((0..8).map(|_| http(404, &[], b""))));
    script.ask_as(&Numbers, "https://www.iana.test/", |ask| {
        let service = |id: &str| {
            let service = Service {
                name: id.to_uppercase(),
                stats_name: id.to_owned(),
                stats_url: format!("https://ftp.{id}.test/latest"),
                ..Service::default()
            };
            (RegistryId::parse(id).unwrap(), Arc::new(service))
        };
        ask.services = Arc::new([service("afrinic"), service("apnic")].into_iter().collect());
        let only = vec!["ipv4-address-space".to_owned()];
        ask.arguments.insert("only", Argument::Texts(only));
        let nro = Argument::Text("https://ftp.test/nro-stats/".to_owned());
        ask.arguments.insert("nro", nro);
    })
}

/// The NRO's files of 2026-11-21 as the same inputs give them: combined, unclaimed, overclaimed, previous.
fn made() -> [Vec<u8>; 4] {
    let text = |octets: &'static [u8]| read(std::str::from_utf8(octets).unwrap()).0;
    let inputs = |previous| Inputs {
        registries: vec![text(AFRINIC), text(APNIC)],
        iana: read(DELEGATED_IANA).0,
        previous,
    };
    let mut previous = Vec::new();
    let yesterday = merge(&inputs(None));
    write_records(&mut previous, &yesterday.combined, "20261120").unwrap();
    let previous = String::from_utf8(previous).unwrap();
    let today = merge(&inputs(Some(read(&previous).0)));
    let mut files = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    write_records(&mut files[0], &today.combined, "20261121").unwrap();
    write_rows(&mut files[1], &today.unclaimed, "20261121").unwrap();
    write_rows(&mut files[2], &today.overclaimed, "20261121").unwrap();
    files[3] = previous.into_bytes();
    files
}

fn records<'o>(seen: &'o Observation, path: &str) -> &'o [Facts] {
    match seen.facts.get(path) {
        Some(Value::Records(records)) => records,
        other => panic!("{path}: {other:?}"),
    }
}

fn edit(octets: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(octets.to_vec()).unwrap();
    assert!(text.contains(from), "{text}");
    text.replace(from, to).into_bytes()
}

#[test]
fn every_fact_of_the_vocabulary_is_published() {
    let [combined, unclaimed, overclaimed, previous] = made();
    let conflicts = CONFLICT.as_bytes();
    let seen = ask(&[
        AFRINIC,
        APNIC,
        IPV4,
        &combined,
        conflicts,
        &unclaimed,
        &overclaimed,
        DELEGATED_IANA.as_bytes(),
        &previous,
        conflicts,
        b"",
    ]);
    // One row is published that the same inputs do not give.
    let unlike = edit(
        &combined,
        "|198.51.100.0|256|20190101|",
        "|198.51.100.0|256|20180101|",
    );
    let differs = ask(&[
        AFRINIC,
        APNIC,
        IPV4,
        &unlike,
        conflicts,
        &unclaimed,
        &overclaimed,
        DELEGATED_IANA.as_bytes(),
        &previous,
        conflicts,
        b"",
    ]);
    let both = [seen, differs];
    check_vocabulary(&vocabulary::numbers::NUMBERS, &both);
    let [seen, _] = both;
    assert_eq!(fact(&seen, "overlaps"), "1");
    assert_eq!(fact(&seen, "legacy.addresses"), "103.0.0.0/8");
    let shares = records(&seen, "share_list");
    let of = |place: usize, name: &str| shares[place].get(name).unwrap().to_string();
    assert_eq!(of(0, "beyond_addresses"), "198.51.100.0/24");
    assert_eq!(of(1, "missing_addresses"), "103.0.0.0/8");
    assert_eq!(of(1, "moved_addresses"), "102.64.0.0/16");

    assert_eq!(fact(&seen, "combined.failure"), "");
    assert_eq!(
        fact(&seen, "combined.differences"),
        "0",
        "{:?}",
        records(&seen, "combined.difference_list")
    );
    assert_eq!(fact(&seen, "combined.conflicts"), "1");
    // The conflict was there two days before; what is unclaimed was not.
    assert_eq!(fact(&seen, "combined.stayed.addresses"), "102.0.0.0/8");
    assert_eq!(fact(&seen, "combined.unclaimed.addresses"), "103.0.0.0/8");
    assert_eq!(
        fact(&seen, "combined.overclaimed.addresses"),
        "198.51.100.0/24"
    );
    assert_eq!(seen.inspected.unwrap().findings, []);
}

#[test]
fn what_the_inputs_do_not_give_is_a_difference_and_what_left_is_gone() {
    let [combined, unclaimed, overclaimed, previous] = made();
    let combined = edit(
        &combined,
        "|198.51.100.0|256|20190101|",
        "|198.51.100.0|256|20180101|",
    );
    // Yesterday it had two blocks.
    let previous = edit(
        &previous,
        "afrinic|ZA|ipv4|198.51.100.0|256|",
        "afrinic|ZA|ipv4|198.51.100.0|512|",
    );
    let seen = ask(&[
        AFRINIC,
        APNIC,
        IPV4,
        &combined,
        b"",
        &unclaimed,
        &overclaimed,
        DELEGATED_IANA.as_bytes(),
        &previous,
        b"",
        b"",
    ]);
    let differences = records(&seen, "combined.difference_list");
    let files: Vec<String> = differences
        .iter()
        .map(|d| d.get("file").unwrap().to_string())
        .collect();
    assert_eq!(files, ["combined-stat", "conflicts"]);
    let gone = &records(&seen, "combined.gone_list")[0];
    let addresses = gone.get("addresses").unwrap().to_string();
    assert_eq!(addresses, "198.51.101.0/24");
}

#[test]
fn statistics_are_compared_even_if_the_nro_publishes_nothing() {
    let seen = ask(&[AFRINIC, APNIC, IPV4]);
    assert_eq!(fact(&seen, "ok"), "true");
    assert_eq!(fact(&seen, "overlaps"), "1");
    assert_eq!(fact(&seen, "combined.failure"), "protocol");
    assert!(fact(&seen, "combined.why").contains("404"));
    assert!(seen.inspected.is_none());
    let seen = ask(&[AFRINIC, APNIC, IPV4, b"<html>"]);
    assert_eq!(fact(&seen, "combined.failure"), "decoding");
}

#[test]
fn a_file_that_does_not_come_is_a_failure_of_all() {
    let seen = ask(&[AFRINIC]);
    assert_eq!(fact(&seen, "failure"), "protocol");
    assert!(seen.facts.get("share_list").is_none());
}
