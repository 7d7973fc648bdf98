//! No person's data is left in what is shown, whatever the answer.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

/// Texts as persons write them: names, addresses, mail, telephone numbers, handles.
fn personal() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Z][a-z]{3,9} (van )?[A-Z][a-z]{4,9}",
        "[a-z]{3,8}[._][a-z]{3,8}@[a-z]{4,9}\\.(net|example|test)",
        "\\+[1-9][0-9]{8,12}",
        "0[0-9]{2} [0-9]{3} [0-9]{4}",
        "[0-9]{9,12}",
        "[A-Z]{2,4}[0-9]{3,6}-(RIPE|AP|AFRINIC|ARIN)",
        "[A-Z][a-z]{4,9}strasse [0-9]{1,3}, [0-9]{4} [A-Z][a-z]{4,8}",
        "https://www\\.[a-z]{5,9}\\.(com|name)/[a-z]{4,8}",
        "<script>[a-z]{6,9}</script>",
        "\u{202e}[a-zé]{6,9}",
    ]
}

/// Members of an answer, known ones and others.
fn member() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "handle",
        "name",
        "type",
        "title",
        "description",
        "href",
        "value",
        "remarks",
        "entities",
        "notices",
        "links",
        "events",
        "eventActor",
        "eventDate",
        "eventAction",
        "vcardArray",
        "publicIds",
        "identifier",
        "status",
        "roles",
        "lang",
        "port43",
        "ldhName",
        "unicodeName",
        "country",
        "startAddress",
        "cidr0_cidrs",
        "v4prefix",
        "rdapConformance",
        "objectClassName",
        "networks",
        "rel",
        "parentHandle",
        "length",
        "errorCode",
        "jscard",
    ];
    prop_oneof![
        8 => proptest::sample::select(KNOWN).prop_map(str::to_owned),
        1 => personal(),
        1 => "[a-z_]{1,12}",
    ]
}

/// An answer with what a person wrote in any place of it.
fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => personal().prop_map(Value::from),
        1 => (10_000_000_000_u64..99_999_999_999_999).prop_map(Value::from),
        1 => Just(Value::from("active")),
        1 => Just(json!(["vcard", [["fn", {}, "text", "Erika Mustermann"], ["x-secret", {"label": "Musterweg 5"}, "text", "Musterfrau"]]])),
        1 => any::<bool>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((member(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Gathers what persons wrote: texts, names of members that are none, long numbers.
fn secrets(value: &Value, all: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            all.insert(text.clone());
        }
        Value::Number(number) if number.as_u64().is_some_and(|n| n > 9_999_999_999) => {
            all.insert(number.to_string());
        }
        Value::Array(items) => items.iter().for_each(|item| secrets(item, all)),
        Value::Object(members) => {
            for (name, value) in members {
                if name.contains(['@', ' ', '+', '<', '/', '\u{202e}']) {
                    all.insert(name.clone());
                }
                secrets(value, all);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Words of answers that are nobody's and may stand in an excerpt.
const NOBODYS: &[&str] = &["active", "vcard", "text", "fn", "x-secret"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_a_person_wrote_is_in_a_public_excerpt_of_rdap(document in document()) {
        let octets = serde_json::to_vec(&document).unwrap();
        let Some(excerpt) = excerpt(&octets, Form::Json, Keep::Protocol) else { return Ok(()) };
        let mut all = BTreeSet::new();
        secrets(&document, &mut all);
        for secret in all.iter().filter(|s| !NOBODYS.contains(&s.as_str())) {
            prop_assert!(!excerpt.text.contains(secret.as_str()), "{secret} in {}", excerpt.text);
        }
    }

    #[test]
    fn nothing_of_an_entity_is_in_an_excerpt_for_engineers(document in document()) {
        let whole = json!({"objectClassName": "ip network", "entities": [document.clone()], "vcardArray": document.clone(), "remarks": document});
        let octets = serde_json::to_vec(&whole).unwrap();
        let Some(excerpt) = excerpt(&octets, Form::Json, Keep::Networks) else { return Ok(()) };
        let mut all = BTreeSet::new();
        secrets(&whole, &mut all);
        all.remove("ip network");
        for secret in all.iter().filter(|s| !NOBODYS.contains(&s.as_str())) {
            prop_assert!(!excerpt.text.contains(secret.as_str()), "{secret} in {}", excerpt.text);
        }
    }

    #[test]
    fn nothing_a_person_wrote_is_in_an_excerpt_of_whois(
        lines in proptest::collection::vec((proptest::sample::select(&[
            "inetnum", "descr", "remarks", "person", "address", "phone", "e-mail", "changed", "status", "source", "country", "netname",
            "OrgName", "NetRange", "origin", "created", "nserver", "% ", "# ", "unknown", "",
        ][..]), personal()), 1..30)
    ) {
        let text: String = lines.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let excerpt = excerpt(text.as_bytes(), Form::Whois, Keep::Protocol).unwrap();
        for (_, secret) in &lines {
            prop_assert!(!excerpt.text.contains(secret.as_str()), "{secret} in {}", excerpt.text);
        }
    }

    #[test]
    fn nothing_a_person_wrote_is_a_public_value(text in personal()) {
        for value in [text.clone(), format!("`{text}`"), format!("[`{text}`, `active`]"), format!("{{name: `{text}`}}"), format!("{{`{text}`: 1}}")] {
            prop_assert!(!is_public(&value), "{value}");
        }
    }
}

/// Texts of persons in a real answer: cards, remarks, handles of entities.
fn personal_of(value: &Value, below: bool, all: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if below => {
            all.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| personal_of(item, below, all)),
        Value::Object(members) => {
            let is_entity =
                members.get("objectClassName").and_then(Value::as_str) == Some("entity");
            for (name, value) in members {
                let below = below
                    || matches!(name.as_str(), "vcardArray" | "remarks" | "publicIds")
                    || (is_entity && matches!(name.as_str(), "handle" | "links"));
                personal_of(value, below, all);
            }
        }
        _ => {}
    }
}

#[test]
fn nothing_of_persons_is_in_a_public_excerpt_of_a_real_answer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/rdap");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        use std::io::Write as _;
        writeln!(
            std::io::stderr(),
            "skipped: no real answers in {}",
            folder.display()
        )
        .unwrap();
        return;
    };
    let mut looked = 0;
    for entry in entries {
        let path = entry.unwrap().path();
        let octets = std::fs::read(&path).unwrap();
        let Ok(document) = serde_json::from_slice::<Value>(&octets) else {
            continue;
        };
        let Some(excerpt) = excerpt(&octets, Form::Json, Keep::Protocol) else {
            continue;
        };
        let mut all = BTreeSet::new();
        personal_of(&document, false, &mut all);
        // Words that protocols give a meaning stand in answers of everybody.
        all.retain(|text| text.len() > 3 && !crate::inspect::rdap::is_registered(text));
        all.retain(|text| !crate::inspect::rdap::is_specified_member(text));
        all.retain(|text| {
            !["text", "vcard", "entity", "individual", "group"].contains(&text.as_str())
        });
        let is_kind = |text: &String| {
            matches!(
                text.as_str(),
                "voice" | "work" | "home" | "application/rdap+json" | "text/html"
            )
        };
        all.retain(|text| !is_kind(text) && !vocabulary::is_resource(text));
        for secret in &all {
            let quoted = serde_json::to_string(secret).unwrap();
            assert!(
                !excerpt.text.contains(&quoted),
                "{}: {secret} in {}",
                path.display(),
                excerpt.text
            );
        }
        let parsed: Value = serde_json::from_str(&excerpt.text).unwrap();
        assert!(!parsed.to_string().contains('@'), "{}", path.display());
        looked += 1;
    }
    assert!(looked > 20, "{looked} answers");
}

#[test]
fn an_excerpt_has_what_protocols_say() {
    let answer = json!({
        "rdapConformance": ["rdap_level_0", "cidr0", "my_own_extension"],
        "objectClassName": "ip network", "handle": "NET-192-0-2-0-1", "startAddress": "192.0.2.0", "endAddress": "192.0.2.255",
        "ipVersion": "v4", "name": "JOHN-DOE-NET", "country": "NL", "status": ["active", "John Doe"],
        "cidr0_cidrs": [{"v4prefix": "192.0.2.0", "length": 24}],
        "events": [{"eventAction": "registration", "eventDate": "2020-01-01T00:00:00Z", "eventActor": "JD1-RIPE"}],
        "entities": [{"objectClassName": "entity", "handle": "JD1-RIPE", "roles": ["technical"],
            "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "John Doe"], ["email", {}, "text", "jd@example.net"]]]}],
        "notices": [{"title": "Terms", "description": ["Ask us"], "links": [{"rel": "terms-of-service", "href": "https://example.net/terms"}]}],
        "johns_extension": {"phone": 31205354444_u64},
    });
    let shown = excerpt(answer.to_string().as_bytes(), Form::Json, Keep::Protocol).unwrap();
    let seen: Value = serde_json::from_str(&shown.text).unwrap();
    assert_eq!(seen["startAddress"], "192.0.2.0");
    assert_eq!(seen["cidr0_cidrs"][0]["length"], 24);
    assert_eq!(seen["rdapConformance"][1], "cidr0");
    assert_eq!(seen["rdapConformance"][2], "(16 characters withheld)");
    assert_eq!(seen["status"][1], "(8 characters withheld)");
    assert_eq!(seen["events"][0]["eventDate"], "2020-01-01T00:00:00Z");
    assert_eq!(
        seen["entities"][0]["vcardArray"],
        "(a card withheld, with version, fn, email)"
    );
    assert_eq!(seen["entities"][0]["roles"][0], "technical");
    assert_eq!(seen["(member 1 withheld)"], Value::Null);
    assert_eq!(seen["name"], "(12 characters withheld)");
    let engineers = excerpt(answer.to_string().as_bytes(), Form::Json, Keep::Networks).unwrap();
    let seen: Value = serde_json::from_str(&engineers.text).unwrap();
    assert_eq!(seen["name"], "JOHN-DOE-NET");
    assert_eq!(
        seen["notices"][0]["links"][0]["href"],
        "https://example.net/terms"
    );
    assert_eq!(seen["entities"][0]["handle"], "(8 characters withheld)");
    assert!(engineers.withheld < shown.withheld);
}

#[test]
fn an_excerpt_of_whois_has_numbers_and_dates() {
    let answer = "% Copyright\ninetnum:        192.0.2.0 - 192.0.2.255\nnetname: DOE\nperson: John Doe\nstatus:  ASSIGNED PA\n\
                  created:  2020-01-01T00:00:00Z\nsource: RIPE # Filtered\nNetRange:       192.0.2.0 - 192.0.2.255\nFound a referral\n";
    let shown = excerpt(answer.as_bytes(), Form::Whois, Keep::Protocol).unwrap();
    let lines: Vec<&str> = shown.text.lines().collect();
    assert_eq!(
        lines,
        [
            "% (10 characters withheld)",
            "inetnum: 192.0.2.0 - 192.0.2.255",
            "netname: (3 characters withheld)",
            "person: (8 characters withheld)",
            "status: ASSIGNED PA",
            "created: 2020-01-01T00:00:00Z",
            "source: (15 characters withheld)",
            "netrange: 192.0.2.0 - 192.0.2.255",
            "(16 characters withheld)",
        ]
    );
}

#[test]
fn what_cannot_be_read_has_no_excerpt() {
    assert_eq!(excerpt(b"<html>", Form::Json, Keep::Protocol), None);
    assert_eq!(excerpt(b"a\0b", Form::Whois, Keep::Protocol), None);
    let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
    assert_eq!(excerpt(deep.as_bytes(), Form::Json, Keep::Networks), None);
    let large = vec![b' '; LARGEST + 1];
    assert_eq!(excerpt(&large, Form::Whois, Keep::Protocol), None);
}
