//! Every rule of the RDAP inspector against the mock world: silent on its baseline, and
//! finding exactly what one edit of an answer breaks.
#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may die of surprise"
)]

mod broken;
mod edit;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use quintet::inspect::rdap::{Context, Query, inspect, rules};
use quintet::mock::{Request, World, answer};
use quintet::yaml;
use serde_json::{Value, json};

use crate::mock_world::{five, now, paths};
use broken::broken;
use edit::{apply, set};

/// Ids that cannot fail: what they find is recorded.
const OBSERVED: &[&str] = &[
    "rdap.resp.date-utc",
    "rdap.link.rel-single",
    "rdap.link.up",
    "rdap.inr.registrant-one",
];

/// An answer of the mock world and what a probe would tell the inspector about it.
fn ask(world: &World, base: &str, path: &str, nameserver: bool) -> (Value, Context) {
    let url = format!("{base}{path}");
    let request = Request::get(&url).with_header("accept", "application/rdap+json");
    let answer = answer(world, &request, now());
    let document = serde_json::from_slice(answer.body.octets()).unwrap_or(Value::Null);
    let context = Context {
        query: Query::from_path(path),
        url: Some(url),
        status: Some(answer.status),
        headers: Some(answer.headers),
        authorities: Vec::new(),
        nameserver: Some(nameserver),
        at: Some(now()),
    };
    (document, context)
}

/// Base URL, whether nameservers are served, and paths of every registry, from the mock's target file.
pub(crate) fn asked() -> Vec<(String, bool, Vec<String>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/targets/mock.yaml");
    let source = yaml::Source::new("mock.yaml", &std::fs::read_to_string(path).unwrap());
    let target = yaml::parse(&source).unwrap().to_json();
    let registries = target["registries"].as_object().unwrap();
    registries
        .values()
        .map(|registry| {
            let sample = &registry["samples"];
            let text = |value: &Value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            };
            let mut paths = vec![
                "help".to_owned(),
                "ip/300.0.0.1".to_owned(),
                "autnum/0".to_owned(),
            ];
            let mut add = |kind: &str, value: &Value| {
                if !value.is_null() {
                    paths.push(format!("{kind}/{}", text(value)));
                }
            };
            for list in ["ip4", "ip6"] {
                for prefix in sample[list].as_array().unwrap() {
                    add("ip", prefix);
                }
            }
            for host in ["ip4_host", "ip6_host", "special"] {
                add("ip", &sample[host]);
            }
            for group in ["undelegated", "received", "ip4_range", "national"] {
                add("ip", &sample[group]["prefix"]);
            }
            for asn in ["autnum", "autnum32"] {
                add("autnum", &sample[asn]);
            }
            for group in ["autnum_in_block", "undelegated", "received"] {
                add("autnum", &sample[group]["asn"]);
            }
            for name in ["domain4", "domain4_below", "domain6", "domain6_below"] {
                add("domain", &sample[name]);
            }
            add("entity", &sample["entity"]);
            add("nameserver", &sample["nameserver"]);
            paths.push("entities?fn=*".to_owned());
            paths.push("entity/NO-SUCH-HANDLE".to_owned());
            let base = registry["rdap"]["base"].as_str().unwrap().to_owned();
            let nameserver = registry["capabilities"]["rdap.nameserver"] == json!(true);
            (base, nameserver, paths)
        })
        .collect()
}

#[test]
fn the_baseline_world_has_no_finding() {
    let world = five();
    let (mut wrong, mut looked, mut answers) = (String::new(), BTreeSet::new(), 0);
    for (base, nameserver, mut asked) in asked() {
        let operator = world.registries().find(|o| o.base_url() == base).unwrap();
        asked.extend(paths(&world, operator));
        for path in asked {
            let (document, context) = ask(&world, &base, &path, nameserver);
            if document.is_null() {
                continue;
            }
            answers += 1;
            let inspected = inspect(&document, &context);
            looked.extend(inspected.looked.iter().map(str::to_owned));
            for finding in inspected.findings {
                if !OBSERVED.contains(&finding.rule.as_ref()) {
                    let (rule, at, message) = (finding.rule, finding.location, finding.message);
                    writeln!(wrong, "{base}{path}: {rule} at `{at}`: {message}").unwrap();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(answers > 60, "{answers} answers");
    assert!(
        looked.len() > 70,
        "{} rules looked: {looked:?}",
        looked.len()
    );
}

/// The rules that find something and can fail.
fn failing(document: &Value, context: &Context) -> BTreeSet<String> {
    let found = inspect(document, context).findings.into_iter();
    let rules = found.map(|finding| finding.rule.as_ref().to_owned());
    rules
        .filter(|rule| !OBSERVED.contains(&rule.as_str()))
        .collect()
}

#[test]
fn one_edit_is_found_by_exactly_the_rules_that_name_it() {
    let world = five();
    let base = "https://rdap.ripe.test/";
    let notices = ask(&world, base, "help", false).0["notices"].clone();
    let mut wrong = String::new();
    for (path, edits, expected) in broken() {
        let (mut document, mut context) = ask(&world, base, path, false);
        for edit in &edits {
            apply(&mut document, &mut context, edit);
        }
        let whole = edits.iter().any(|(place, _)| place.is_empty());
        if whole {
            context.status = Some(200);
        }
        if document == "$special" {
            document = ask(&world, base, "ip/193.16.9.0/24", false).0;
            set(&mut document, "/startAddress", json!("203.0.113.0"));
            set(&mut document, "/endAddress", json!("203.0.113.255"));
            set(
                &mut document,
                "/cidr0_cidrs",
                json!([{"v4prefix": "203.0.113.0", "length": 24}]),
            );
        }
        if document.get("notices") == Some(&json!("$notices")) {
            document["notices"] = notices.clone();
            for notice in document["notices"].as_array_mut().unwrap() {
                for link in notice
                    .get_mut("links")
                    .and_then(Value::as_array_mut)
                    .into_iter()
                    .flatten()
                {
                    link["value"] = json!(context.url);
                }
            }
            if document["entitySearchResults"].is_null() {
                document
                    .as_object_mut()
                    .unwrap()
                    .remove("entitySearchResults");
            }
        }
        // A related link that repeats the self link's href; the self link is the server's.
        let own = document["links"].as_array().and_then(|links| {
            links
                .iter()
                .find(|link| link["rel"] == "self")
                .map(|link| link["href"].clone())
        });
        for link in document
            .get_mut("links")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            if link["href"] == "$self" {
                link["href"] = own.clone().unwrap();
            }
        }
        // JSON null cannot be said in the table, where it removes.
        if document["remarks"][0]["title"] == "\u{0}null" {
            document["remarks"][0]["title"] = Value::Null;
        }
        let seen = failing(&document, &context);
        let expected: BTreeSet<String> = expected.iter().map(|rule| (*rule).to_owned()).collect();
        if seen != expected {
            writeln!(
                wrong,
                "{path} {edits:?}\n  expected {expected:?}\n  seen     {seen:?}"
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_rule_that_can_fail_has_an_answer_in_which_it_does() {
    let named: BTreeSet<&str> = broken()
        .iter()
        .flat_map(|(_, _, rules)| rules.iter().copied())
        .collect();
    let missing: Vec<&str> = rules()
        .map(|rule| rule.id)
        .filter(|id| !OBSERVED.contains(id) && !named.contains(id))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
