//! The baseline world has no finding, and each document fault has the findings it names.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use quintet::inspect::rdap::{Context, Query, RULES, inspect};
use quintet::mock::World;
use quintet::mock::world::Operator;

use crate::mock_faults::names;
use crate::mock_serve::shipped;
use crate::mock_world::{five, get, now, paths};

fn query(path: &str, status: u16) -> Query {
    if status >= 400 {
        return Query::Error;
    }
    let (kind, rest) = path.split_once('/').unwrap_or((path, ""));
    let text = Some(rest.to_owned());
    match kind {
        "ip" => Query::Ip(text),
        "autnum" => Query::Autnum(text),
        "domain" => Query::Domain(text),
        "entity" => Query::Entity(text),
        "nameserver" => Query::Nameserver(text),
        "help" => Query::Help,
        // RFC 9910, section 3.2.2: what stands above an object is answered like a lookup of it.
        "ips" if rest.contains("rdap-up") || rest.contains("rdap-top") => Query::Ip(None),
        _ => Query::Search,
    }
}

/// Returns the rules that find something in an operator's answers, each with one example.
pub(crate) fn findings(world: &World, operator: &Operator) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for path in paths(&five(), operator) {
        let url = format!("{}{path}", operator.base_url());
        let answer = get(world, &url);
        if answer.body.is_empty() {
            continue;
        }
        let context = Context {
            query: Some(query(&path, answer.status)),
            url: Some(url.clone()),
            status: Some(answer.status),
            headers: Some(answer.headers.clone()),
            nameserver: Some(operator.dialect.name_servers),
            at: Some(now()),
            ..Context::default()
        };
        let Ok(document) = serde_json::from_slice(answer.body.octets()) else {
            continue;
        };
        for finding in inspect(&document, &context).findings {
            let example = format!("{url} {} {}", finding.location, finding.message);
            found.entry(finding.rule.to_string()).or_insert(example);
        }
    }
    found
}

/// Rules at level `observe`: they show differences and fail nobody.
const OBSERVED: &[&str] = &["rdap.link.up", "rdap.resp.date-utc"];

#[test]
fn the_baseline_has_no_finding_on_any_path() {
    let world = five();
    for operator in world.registries() {
        let mut found = findings(&world, operator);
        found.retain(|rule, _| !OBSERVED.contains(&rule.as_str()));
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn document_faults_have_exactly_the_findings_they_name() {
    let known: BTreeSet<&str> = RULES
        .iter()
        .flat_map(|group| group.iter().map(|rule| rule.id))
        .collect();
    let baseline = five();
    let mut wrong = String::new();
    for name in names() {
        let fault = shipped(&name);
        let named: BTreeSet<&str> = fault
            .expects
            .fail
            .iter()
            .map(String::as_str)
            .filter(|id| known.contains(id))
            .collect();
        if named.is_empty() {
            continue;
        }
        let world = baseline.with_fault(&fault).unwrap();
        let operator = world.operator(&fault.registry).unwrap();
        let found = findings(&world, operator);
        let unexpected =
            |rule: &&String| !named.contains(rule.as_str()) && !OBSERVED.contains(&rule.as_str());
        let missing: Vec<&&str> = named
            .iter()
            .filter(|id| !found.contains_key(**id))
            .collect();
        let further: Vec<&String> = found.keys().filter(unexpected).collect();
        if !missing.is_empty() || !further.is_empty() {
            writeln!(
                wrong,
                "{name}: not found {missing:?}, found besides {further:?}"
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
