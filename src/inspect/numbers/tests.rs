use super::*;
use crate::inspect::constraints;
use crate::inspect::iana::{self, Names};
use crate::inspect::stats::{self, Kind, Stats};
use crate::registry::{PerRegistry, RegistryId};
use crate::resource::{AddressSet, AsnSet, Resources};

fn id(text: &str) -> RegistryId {
    RegistryId::parse(text).unwrap()
}

const FIVE: [(&str, &str, &str, &str); 5] = [
    ("afrinic", "afrinic", "AFRINIC", "whois.afrinic.net"),
    ("apnic", "apnic", "APNIC", "whois.apnic.net"),
    ("arin", "arin", "ARIN", "whois.arin.net"),
    ("lacnic", "lacnic", "LACNIC", "whois.lacnic.net"),
    ("ripe-ncc", "ripencc", "RIPE NCC", "whois.ripe.net"),
];

fn names() -> Names {
    FIVE.iter()
        .fold(Names::new(), |names, (registry, short, long, host)| {
            let registry = id(registry);
            names
                .with_name(short, &registry)
                .with_name(long, &registry)
                .with_whois(host, &registry)
        })
}

fn addresses(text: &str) -> AddressSet {
    text.parse().unwrap()
}

fn asns(text: &str) -> AsnSet {
    text.parse().unwrap()
}

const IANA: &str = "Prefix,Designation,Date,WHOIS,RDAP,Status,Note\n\
    041/8,AFRINIC,2005-04,whois.afrinic.net,,ALLOCATED,\n\
    045/8,Administered by ARIN,1995-01,whois.arin.net,,LEGACY,\n\
    102/8,AFRINIC,2019-11,whois.afrinic.net,,ALLOCATED,\n";

fn file(text: &str) -> Stats {
    let (stats, _, stopped) = stats::read(text.as_bytes());
    assert!(stopped.is_none());
    stats
}

fn compared(afrinic: &str, arin: &str) -> Comparison {
    let files: PerRegistry<Stats> = [("afrinic", afrinic), ("arin", arin)]
        .into_iter()
        .map(|(registry, text)| (id(registry), file(text)))
        .collect();
    compare(&files, &[iana::read(IANA.as_bytes())], &names())
}

#[test]
fn rows_of_two_files_about_the_same_numbers_are_told_with_their_lines() {
    let comparison = compared(
        "2|afrinic|20181013|3||20181013|00000\nafrinic|ZA|ipv4|41.0.0.0|16777216|20050401|allocated|A\nafrinic|ZA|asn|10|5|20050401|allocated|A\nafrinic|ZA|asn|12|1|20050401|allocated|A\n",
        "2.3|arin|1|2||20181012|-0400\n# comment\narin|US|ipv4|45.0.0.0|16777216|19950101|allocated|x\narin|US|ipv4|41.1.0.0|65536|19950101|assigned|y\n",
    );
    let [overlap] = comparison.between.kept.as_slice() else {
        panic!("{:?}", comparison.between);
    };
    assert_eq!(overlap.numbers, "41.1.0.0/16");
    assert_eq!(overlap.first, (id("afrinic"), 2));
    assert_eq!(overlap.second, (id("arin"), 4));
    let [own] = comparison.within.kept.as_slice() else {
        panic!("{:?}", comparison.within);
    };
    assert_eq!((own.numbers.as_str(), own.second.1), ("AS12", 4));
    let [flow] = comparison.flows.as_slice() else {
        panic!("{:?}", comparison.flows);
    };
    assert_eq!(
        (flow.designated.as_str(), flow.listed.as_str()),
        ("afrinic", "arin")
    );
    assert_eq!((flow.ipv4, flow.held_rows), (65_536, 1));
    // IANA's file has no AS numbers at all.
    let beyond: Vec<(u32, &str)> = comparison
        .beyond_rows
        .iter()
        .map(|row| (row.line, row.numbers.as_str()))
        .collect();
    assert_eq!(beyond, [(3, "AS10-AS14"), (4, "AS12")]);
    let day = comparison.days.of("arin").unwrap().to_string();
    assert_eq!(day, "2018-10-12");
}

#[test]
fn what_iana_gave_after_the_files_is_no_gap() {
    let comparison = compared(
        "2|afrinic|20181013|1||20181013|00000\nafrinic|ZA|ipv4|41.0.0.0|8388608|20050401|allocated|A\n",
        "2.3|arin|1|1||20181013|-0400\narin||ipv4|45.0.0.0|16777216||reserved|\n",
    );
    let of = |shares: &PerRegistry<Resources>| shares.of("afrinic").unwrap().addresses.to_string();
    assert_eq!(of(&comparison.missing), "41.128.0.0/9");
    assert_eq!(of(&comparison.late), "102.0.0.0/8");
    let arin = comparison.listed.of("arin").unwrap();
    assert!(arin.held.is_empty());
    assert_eq!(arin.free.addresses.to_string(), "45.0.0.0/8");
}

#[test]
fn hostile_files_cost_no_more_than_rows() {
    let row = "afrinic|ZA|ipv4|0.0.0.0|4294967296|20050401|allocated|A\n";
    let comparison = compared(&row.repeat(20_000), "");
    assert!(comparison.within.count > 1_000_000 && comparison.within.kept.len() == 1_000);
}

#[test]
fn planes_are_laid_side_by_side_for_every_number() {
    let nothing = AsnSet::new();
    let (stats_a, stats_b) = (
        addresses("10.0.0.0/8, 2001:db8::/32"),
        addresses("11.0.0.0/8"),
    );
    let numbers = asns("64496-64511");
    let stats = Plane::of([(0, &stats_a, &numbers), (1, &stats_b, &nothing)]);
    let moved = addresses("10.0.0.0/9, 11.0.0.0/8");
    let rpki = Plane::of([(1, &moved, &nothing)]);
    let lines = agreement([&stats, &rpki]);
    let shown: Vec<(Vec<usize>, Vec<usize>, u64, u64, u64)> = lines
        .iter()
        .map(|line| {
            let marks = line.marks.map(|marks| marks.iter().collect::<Vec<_>>());
            let [a, b] = marks;
            (a, b, line.asns, line.ipv4, line.pieces)
        })
        .collect();
    assert_eq!(
        shown,
        [
            (vec![0], vec![], 16, 1 << 23, 3),
            (vec![0], vec![1], 0, 1 << 23, 1),
            (vec![1], vec![1], 0, 1 << 24, 1),
        ]
    );
    let said = said_of(
        [&stats, &rpki],
        &addresses("10.64.0.0-10.191.255.255"),
        &asns("64500"),
    );
    let pieces: Vec<String> = said
        .iter()
        .map(|said| format!("{}{}", said.asns, said.addresses))
        .collect();
    assert_eq!(pieces, ["AS64500", "10.64.0.0/10", "10.128.0.0/10"]);
    assert_eq!(
        said_of([&stats, &rpki], &addresses("12.0.0.0/8"), &nothing),
        []
    );
}

/// What the IETF has in blocks of registries, by the footnotes and special registries of IANA in 2018.
const SPECIAL: &str = "100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 198.18.0.0/15, \
    192.0.0.0/24, 192.0.2.0/24, 192.31.196.0/24, 192.52.193.0/24, 192.88.99.0/24";

#[test]
fn the_five_files_of_one_day_give_what_is_known_of_them() {
    let mut texts = Vec::new();
    for (registry, short, ..) in FIVE {
        let name = format!("delegated/2018-10-13/delegated-{short}-extended-latest.gz");
        let Some(text) = real::text(&name) else {
            return;
        };
        texts.push((id(registry), text));
    }
    let iana = [
        "iana/2020-10/ipv4-address-space.csv",
        "iana/2020-10/ipv6-unicast-address-assignments.csv",
    ];
    let Some(iana) = iana
        .iter()
        .map(|name| real::text(name))
        .collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let files: PerRegistry<Stats> = texts
        .iter()
        .map(|(registry, text)| (registry.clone(), file(text)))
        .collect();
    let documents: Vec<iana::Document> = iana.iter().map(|t| iana::read(t.as_bytes())).collect();
    let comparison = compare(&files, &documents, &names());

    let rows: usize = files.iter().map(|(_, file)| file.rows.len()).sum();
    assert_eq!(rows, 512_252);
    assert_eq!((comparison.between.count, comparison.within.count), (0, 0));
    let of = |read: fn(&Listed) -> u64| {
        let all = comparison.listed.iter().map(|(_, listed)| read(listed));
        all.collect::<Vec<_>>()
    };
    assert_eq!(
        of(|listed| listed.all.asns.count()),
        [2_302, 17_044, 31_573, 9_983, 39_448]
    );
    assert_eq!(
        of(|listed| listed.all.addresses.count_ipv4()),
        [
            121_249_792,
            888_830_720,
            1_678_062_848,
            190_782_720,
            823_329_024
        ]
    );

    // What of their blocks nobody lists, and what of that is real.
    let missing = comparison.missing.iter();
    let missing: AddressSet = missing.map(|(_, share)| share.addresses.ipv4()).collect();
    assert_eq!(missing.count_ipv4(), 5_509_632);
    let special = addresses(SPECIAL);
    assert_eq!(missing.intersect(&special).count_ipv4(), 5_506_304);
    assert_eq!(
        missing.minus(&special).to_string(),
        "160.20.229.0/24, 160.20.241.0/24, 160.20.245.0/24, 160.238.31.0/24, 160.238.33.0/24, \
         160.238.63.0/24, 192.12.109.0/24, 192.47.28.0/24, 192.51.240.0/24, 192.91.200.0/24, \
         192.92.154.0/24, 192.94.77.0/24, 192.94.78.0/24"
    );
    // Blocks of 2019, and what one grew by then, are in IANA's file of 2020 and could be in no file of 2018.
    let late = |registry: &str| comparison.late.of(registry).unwrap().addresses.to_string();
    assert_eq!(
        (late("arin").as_str(), late("ripe-ncc").as_str()),
        ("2630::/12", "2001:3c00::/22, 2a10::/12")
    );

    // What others list of what each was given.
    let total: u64 = comparison.flows.iter().map(|flow| flow.ipv4).sum();
    assert_eq!(total, 271_917_312);
    let held = |comparison: &Comparison, from: &str, to: &str| {
        let mut all = comparison.flows.iter();
        let of = |f: &&Flow| f.designated.as_str() == from && f.listed.as_str() == to;
        let flow = all.find(of).unwrap();
        (flow.held_ipv4, flow.held_rows)
    };
    assert_eq!(held(&comparison, "arin", "ripe-ncc"), (103_849_728, 4_760));
    // Of the blocks that were given away before there were registries alone.
    let mut legacy = documents.clone();
    for document in &mut legacy {
        let is_legacy = |entry: &iana::Entry| entry.status == Some(iana::Status::Legacy);
        document.entries.retain(is_legacy);
    }
    let legacy = compare(&files, &legacy, &names());
    for (from, to, addresses, rows) in [
        ("arin", "ripe-ncc", 102_736_640, 4_639),
        ("arin", "apnic", 60_975_872, 4_172),
        ("arin", "afrinic", 22_498_304, 868),
        ("apnic", "arin", 22_088_704, 233),
        ("arin", "lacnic", 19_659_776, 6_404),
        ("ripe-ncc", "arin", 12_495_872, 283),
    ] {
        assert_eq!(held(&legacy, from, to), (addresses, rows), "{from} to {to}");
    }

    // Of IPv6 all lies in what IANA gave to a registry, but for one row of its own block.
    let beyond = comparison.beyond.iter();
    let beyond: Vec<String> = beyond
        .map(|(_, share)| share.addresses.ipv6().to_string())
        .collect();
    assert_eq!(beyond, ["", "", "", "", "2001:5::/32"]);
    let inside = addresses("2001:600::/23");
    let apnic = files.of("apnic").unwrap();
    let ipv6 = apnic.rows.iter().filter(|row| row.kind == Kind::Ipv6);
    let rows = ipv6.filter(|row| {
        row.addresses()
            .is_some_and(|range| inside.covers_range(&range))
    });
    assert_eq!(rows.count(), 50);
    let listed = &comparison.listed.of("apnic").unwrap().all.addresses;
    assert_eq!(listed.intersect(&inside).to_string(), "2001:7fa::/32");
}

#[test]
fn what_afrinic_lists_and_its_constraints_do_not_allow_is_two_holes() {
    let Some(text) = real::text("ta-constraints/afrinic.constraints") else {
        return;
    };
    let allowed = constraints::read(text.as_bytes());
    // The files of 2018 and 2023 are all that is at hand; the holes are in both.
    for name in [
        "delegated/2018-10-13/delegated-afrinic-extended-latest.gz",
        "delegated/2023-03-23/delegated-afrinic-extended-latest.gz",
    ] {
        let Some(text) = real::text(name) else { return };
        let held = Listed::of(&file(&text)).held;
        let outside = held.addresses.minus(&allowed.addresses);
        assert_eq!(
            outside.to_string(),
            "196.11.172.0/23, 196.11.240.0/21",
            "{name}"
        );
        assert!(allowed.asns.covers(&held.asns), "{name}");
    }
}

#[test]
fn samples_are_the_same_as_long_as_they_are_listed() {
    let rows: String = (0..200)
        .map(|n| format!("arin|US|ipv4|10.{n}.0.0|65536|20010203|allocated|x\n"))
        .collect();
    let text = format!("2.3|arin|1|200||20181013|-0400\n{rows}arin||asn|7|2||available|\n");
    let few = samples(&file(&text), true, 5);
    assert_eq!(few.len(), 5);
    assert_eq!(
        (few[0].country.as_str(), few[0].date.as_str()),
        ("US", "2001-02-03")
    );
    let more = samples(&file(&text), true, 9);
    assert_eq!(few, more[..5]);
    let free = samples(&file(&text), false, 5);
    assert_eq!(free.len(), 1);
    assert_eq!(free[0].numbers, "AS7-AS8");
    // A record that is gone makes room for the next one, and nothing else moves.
    let gone: String = text
        .lines()
        .filter(|line| !line.contains(few[0].numbers.split('/').next().unwrap()))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(samples(&file(&gone), true, 4), more[1..5]);
}
