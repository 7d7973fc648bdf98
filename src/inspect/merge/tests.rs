use super::*;

const DAY: &str = "20250923";

fn texts(rows: &[Row<'_>]) -> Vec<String> {
    rows.iter().map(|row| row.text(DAY)).collect()
}

fn rows(text: &str) -> Rows<'_> {
    let (rows, wrong) = read(text);
    assert_eq!(wrong, []);
    rows
}

/// Merges files without IANA's and returns the combined rows, without the pool, and conflicts.
#[track_caller]
fn merged<'a>(files: &[&'a str], previous: &'a str) -> (Vec<String>, Vec<String>) {
    let inputs = Inputs {
        registries: files.iter().map(|text| rows(text)).collect(),
        iana: Rows::default(),
        previous: Some(rows(previous)),
    };
    let merged = merge(&inputs);
    let used = merged
        .combined
        .iter()
        .filter(|row| row.status() != "ianapool");
    let used: Vec<Row<'_>> = used.copied().collect();
    let conflicts = merged.conflicts.iter();
    let conflicts = conflicts.map(|c| format!("{} {}", shown(&c.earlier), shown(&c.later)));
    (used.iter().map(shown).collect(), conflicts.collect())
}

fn shown(row: &Row<'_>) -> String {
    let text = row.text(DAY);
    let mut fields = text.split('|');
    let registry = fields.next().unwrap().to_owned();
    let numbers: Vec<&str> = fields.skip(2).take(2).collect();
    format!("{registry} {}", numbers.join("+"))
}

/// Writes a row of a registry for some numbers.
fn line(registry: &str, kind: &str, start: &str, value: &str) -> String {
    format!("{registry}|ZZ|{kind}|{start}|{value}|20110811|assigned|ID\n")
}

#[test]
fn lines_are_read_as_the_program_reads_them() {
    let text = "# comment\n2.3|arin|1|2||20181013|-0400\narin|*|asn|*|1|summary\n\
        arin|US|asn|7|2|20010101|assigned|x\r\n\
        arin||ipv4|192.0.2.0|256||reserved\nnobody\narin|US|asn|4294967295|2|20010101|assigned|x\n\
        arin|US|ipv6|2001:db8::1|32|20010101|assigned|x\n";
    let (rows, wrong) = read(text);
    assert_eq!(rows.len(), 2);
    assert_eq!((rows.asn[0].first, rows.asn[0].last), (7, 8));
    let lines: Vec<usize> = wrong.iter().map(|wrong| wrong.line).collect();
    assert_eq!(lines, [6, 7, 8]);
}

#[test]
fn what_is_held_stays_and_what_is_not_is_the_registrys() {
    let files = [
        "ripencc|NL|ipv4|192.0.2.0|256|20110811|allocated|A\nripencc||ipv4|192.0.3.0|256||reserved\n",
        "arin||asn|7|1||available|\n",
    ];
    let (used, conflicts) = merged(&files, "");
    assert_eq!(conflicts, [""; 0]);
    assert_eq!(used.len(), 3);
    let merged = merge(&Inputs {
        registries: files.iter().map(|text| rows(text)).collect(),
        ..Inputs::default()
    });
    let texts = texts(&merged.combined.ipv4);
    assert!(
        texts.contains(&"ripencc|NL|ipv4|192.0.2.0|256|20110811|assigned|A|e-stats".to_owned())
    );
    assert!(texts.contains(&format!(
        "ripencc|ZZ|ipv4|192.0.3.0|256|{DAY}|reserved|ripencc|e-stats"
    )));
    assert_eq!(
        texts.first().unwrap(),
        "iana|ZZ|ipv4|0.0.0.0|3221225984|20120801|ianapool|iana|iana"
    );
}

#[test]
fn without_a_day_before_the_last_file_wins_where_rows_meet() {
    let ripe = [
        ("11", "5"),
        ("21", "5"),
        ("31", "5"),
        ("41", "5"),
        ("51", "5"),
        ("61", "5"),
    ];
    let apnic = [
        ("11", "5"),
        ("21", "3"),
        ("31", "7"),
        ("42", "2"),
        ("52", "4"),
        ("64", "7"),
    ];
    let all = |registry: &str, rows: &[(&str, &str)]| -> String {
        rows.iter()
            .map(|(start, count)| line(registry, "asn", start, count))
            .collect()
    };
    let (a, b) = (all("ripencc", &ripe), all("apnic", &apnic));
    let (used, conflicts) = merged(&[&a, &b], "");
    assert_eq!(
        used,
        [
            "apnic 11+5",
            "apnic 21+3",
            "ripencc 24+2",
            "apnic 31+7",
            "ripencc 41+1",
            "apnic 42+2",
            "ripencc 44+2",
            "ripencc 51+1",
            "apnic 52+4",
            "ripencc 61+3",
            "apnic 64+7",
        ]
    );
    let pairs = ripe.iter().zip(&apnic);
    let pairs: Vec<String> = pairs
        .map(|(r, a)| format!("ripencc {}+{} apnic {}+{}", r.0, r.1, a.0, a.1))
        .collect();
    assert_eq!(conflicts, pairs);
}

#[test]
fn the_day_before_settles_what_two_list_and_iana_settles_it_first() {
    let (a, b) = (
        line("ripencc", "asn", "1", "10"),
        line("apnic", "asn", "6", "10"),
    );
    let before = line("apnic", "asn", "1", "15");
    let (used, _) = merged(&[&a, &b], &before);
    assert_eq!(used, ["ripencc 1+5", "apnic 6+10"]);
    let (a, b) = (
        line("afrinic", "asn", "1", "100"),
        line("iana", "asn", "1", "10"),
    );
    let before = line("afrinic", "asn", "1", "100");
    let (used, conflicts) = merged(&[&a, &b], &before);
    assert_eq!(used, ["iana 1+10", "afrinic 11+90"]);
    assert_eq!(conflicts, ["afrinic 1+100 iana 1+10"]);
    // Of what only the day before had a part of, the rest stays as it was.
    let (a, b) = (
        line("afrinic", "ipv4", "1.1.1.0", "64"),
        line("apnic", "ipv4", "1.1.1.32", "64"),
    );
    let before = line("apnic", "ipv4", "1.1.1.32", "64");
    let (used, _) = merged(&[&a, &b], &before);
    assert_eq!(used, ["afrinic 1.1.1.0+32", "apnic 1.1.1.32+64"]);
}

#[test]
fn pieces_of_ipv6_are_prefixes_and_join_again() {
    let (a, b) = (
        line("afrinic", "ipv6", "2001:db8::", "64"),
        line("apnic", "ipv6", "2001:db8::", "68"),
    );
    let before = line("afrinic", "ipv6", "2001:db8::", "64");
    let inputs = Inputs {
        registries: vec![rows(&a), rows(&b)],
        previous: Some(rows(&before)),
        ..Inputs::default()
    };
    let merged = merge(&inputs);
    let used = |rows: &Rows<'_>| {
        let own = rows.ipv6.iter().filter(|row| row.registry() != "iana");
        own.map(shown).collect::<Vec<_>>()
    };
    assert_eq!(
        used(&merged.combined),
        [
            "afrinic 2001:db8::+68",
            "afrinic 2001:db8:0:0:1000::+68",
            "afrinic 2001:db8:0:0:2000::+67",
            "afrinic 2001:db8:0:0:4000::+66",
            "afrinic 2001:db8:0:0:8000::+65"
        ]
    );
    assert_eq!(used(&merged.joined()), ["afrinic 2001:db8::+64"]);
}

#[test]
fn neighbors_that_say_the_same_are_joined() {
    let all: String = [
        ("0.0.0.0", "256"),
        ("1.1.9.0", "256"),
        ("1.1.10.0", "512"),
        ("1.1.12.0", "1024"),
    ]
    .iter()
    .map(|(start, count)| line("apnic", "ipv4", start, count))
    .collect();
    let joined = join_siblings(&rows(&all).ipv4);
    assert_eq!(
        joined.iter().map(shown).collect::<Vec<_>>(),
        ["apnic 0.0.0.0+256", "apnic 1.1.9.0+1792"]
    );
    let all: String = (0x60..0x7c)
        .map(|n| line("arin", "ipv6", &format!("2001:500:{n:x}::"), "48"))
        .collect();
    let joined = join_siblings(&rows(&all).ipv6);
    assert_eq!(
        joined.iter().map(shown).collect::<Vec<_>>(),
        [
            "arin 2001:500:60::+44",
            "arin 2001:500:70::+45",
            "arin 2001:500:78::+46"
        ]
    );
}

#[test]
fn what_lies_between_two_numbers_meets_rows_too() {
    // What is left of the first row after the second and the third holds no number.
    let files = [
        line("afrinic", "asn", "1", "20"),
        line("apnic", "asn", "1", "10") + &line("apnic", "asn", "11", "10"),
        line("arin", "asn", "10", "2"),
    ];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let (used, conflicts) = merged(&files, "");
    assert_eq!(used, ["apnic 1+9", "arin 10+2", "apnic 12+9"]);
    assert_eq!(
        conflicts,
        [
            "afrinic 1+20 apnic 1+10",
            "afrinic 1+20 apnic 11+10",
            "apnic 1+10 arin 10+2",
            "afrinic 1+20 arin 10+2",
            "apnic 11+10 arin 10+2",
        ]
    );
}

fn entries<'a>(conflicts: &[Conflict<'a>]) -> Vec<Vec<Row<'a>>> {
    let all = conflicts.iter();
    all.map(|c| vec![c.earlier, c.later]).collect()
}

#[test]
fn what_stayed_is_known_without_its_day() {
    let today = "apnic|ZZ|ipv4|190.51.100.0|256|20190924|reserved||e-stats\r\niana|ZZ|ipv4|190.51.100.0|256|20090714|reserved|ietf|iana\r\n\r\n\
        apnic|ZZ|ipv4|200.0.113.0|256|20190924|reserved||e-stats\niana|ZZ|ipv4|200.0.113.0|256|20090714|reserved|ietf|iana\n\n";
    let before = "# before\napnic|ZZ|ipv4|200.0.113.0|256|20190920|reserved||e-stats\niana|ZZ|ipv4|200.0.113.0|256|20090714|reserved|ietf|iana\n";
    let (today, wrong) = conflicts_of(today);
    assert_eq!(wrong, []);
    let (before, _) = conflicts_of(before);
    assert_eq!(stays(entries(&today), entries(&before)), [false, true]);
    assert_eq!(conflicts_of("apnic|ZZ|asn|1|1||reserved|\n").1.len(), 1);
}

fn by_kind<T>(rows: &[T], of: impl Fn(&T) -> Numbers) -> [usize; 3] {
    Numbers::ALL.map(|kind| rows.iter().filter(|row| of(row) == kind).count())
}

#[test]
fn the_programs_own_test_data_gives_its_own_numbers() {
    let names = ["iana", "apnic", "afrinic", "arin", "afriaprin", "previous"];
    let Some(texts) = names
        .iter()
        .map(|name| real::testdata(name))
        .collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let [iana, apnic, afrinic, arin, made_up, previous] = texts.as_slice() else {
        panic!("six files");
    };
    // A registry that never was lists what three others list.
    let files = [apnic, afrinic, arin, made_up].map(|text| rows(text));
    let together = merge(&Inputs {
        registries: files.to_vec(),
        ..Inputs::default()
    });
    let mut used = together.clone();
    for kind in Numbers::ALL {
        used.combined
            .of_mut(kind)
            .retain(|row| row.status() != "ianapool");
        assert_eq!(used.combined.of(kind).len(), 300);
    }
    assert_eq!(
        by_kind(&together.conflicts, |c| c.later.numbers()),
        [100; 3]
    );
    for conflict in &together.conflicts {
        let pair = (conflict.earlier.registry(), conflict.later.registry());
        let expected = match conflict.later.numbers() {
            Numbers::Asn => "afrinic",
            Numbers::Ipv4 => "apnic",
            Numbers::Ipv6 => "arin",
        };
        assert_eq!(pair, (expected, "afriaprin"));
    }
    let joined = used.joined();
    assert_eq!(
        Numbers::ALL.map(|kind| joined.of(kind).len()),
        [295, 242, 300]
    );

    let whole = merge(&Inputs {
        registries: files.to_vec(),
        iana: rows(iana),
        previous: None,
    });
    assert_eq!(whole.conflicts.len(), 300);
    assert_eq!((whole.unclaimed.len(), whole.overclaimed.len()), (32, 475));
    assert!(whole.joined().len() <= whole.combined.len());

    // Its test dresses what was before as a registry's file; only the status matters here.
    let after = merge(&Inputs {
        registries: files.get(..3).unwrap().to_vec(),
        iana: rows(iana),
        previous: Some(rows(previous)),
    });
    assert_eq!(after.conflicts, []);
    assert_eq!((after.unclaimed.len(), after.overclaimed.len()), (32, 475));
    let mut held = after.unclaimed.asn.iter().chain(&after.unclaimed.ipv4);
    assert!(held.all(|row| row.status() == "assigned"));
    for row in &after.unclaimed.ipv6 {
        let expected = if row.registry() == "arin" {
            "available"
        } else {
            "assigned"
        };
        assert_eq!(row.status(), expected, "{}", row.text(DAY));
    }
}

#[test]
fn claims_of_the_programs_test_data_come_out() {
    let names = [
        "claims/iana",
        "claims/combined",
        "claims/combined-overclaims",
        "claims/combined-unclaimed",
    ];
    let Some(texts) = names
        .iter()
        .map(|name| real::testdata(name))
        .collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let [iana, same, over, under] = texts.as_slice() else {
        panic!("four files");
    };
    let apart = |a: &str, b: &str| -> Vec<String> {
        let (a, b) = (rows(a), rows(b));
        let in_order = |rows: &[Row<'_>]| {
            let mut rows = rows.to_vec();
            rows.sort_by_key(|row| row.first);
            rows.iter()
                .map(|row| row.text(DAY))
                .collect::<Vec<_>>()
                .join("\n")
        };
        Numbers::ALL
            .iter()
            .flat_map(|kind| {
                let (a, b) = (in_order(a.of(*kind)), in_order(b.of(*kind)));
                let (a, b) = (rows(&a), rows(&b));
                let rest = pieces::minus(a.of(*kind), b.of(*kind));
                rest.iter().map(shown).collect::<Vec<_>>()
            })
            .collect()
    };
    assert_eq!((apart(iana, same), apart(same, iana)), (vec![], vec![]));
    assert_eq!(apart(iana, over), [""; 0]);
    assert_eq!(
        apart(over, iana),
        [
            "apnic 2047+10",
            "afrinic 6.0.0.0+512",
            "afrinic 2001:c00::+23"
        ]
    );
    assert_eq!(
        apart(iana, under),
        [
            "iana 2045+2",
            "iana 4.128.0.64+8388352"
                .replace("4.128.0.64", "4.128.1.0")
                .as_str(),
            "iana 2001:b00::+24"
        ]
    );
    assert_eq!(apart(under, iana), [""; 0]);
}
