//! The baseline world has no finding.

use std::collections::BTreeMap;

use quintet::inspect::rdap::{Context, Query, inspect};
use quintet::mock::World;
use quintet::mock::world::Operator;

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
