//! The mock world: consistent, deterministic, and different in permitted ways only.

mod answers;
mod files;
mod registrations;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use jiff::Timestamp;
use quintet::mock::world::Operator;
use quintet::mock::{Answer, Block, Request, ReverseName, Space, World, answer};
use serde_json::Value;

/// The time all tests of the mock world use.
pub(crate) fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

/// The shipped world, read once.
pub(crate) fn five() -> World {
    static FIVE: LazyLock<World> =
        LazyLock::new(|| World::five().unwrap_or_else(|error| panic!("{error}: {error:?}")));
    FIVE.clone()
}

/// Asks the pure core.
pub(crate) fn get(world: &World, url: &str) -> Answer {
    answer(world, &Request::get(url), now())
}

/// Returns the document of an answer.
#[track_caller]
pub(crate) fn json(answer: &Answer) -> Value {
    serde_json::from_slice(answer.body.octets()).unwrap_or_else(|e| panic!("{e}: {answer:?}"))
}

/// Follows redirects; returns the host that answered last and its answer.
fn follow(world: &World, url: &str) -> (String, Answer) {
    let mut url = url.to_owned();
    for _ in 0..4 {
        let seen = get(world, &url);
        match seen.header("location") {
            Some(next) => url = next.to_owned(),
            None => {
                let host = url
                    .trim_start_matches("https://")
                    .split('/')
                    .next()
                    .unwrap();
                return (host.to_owned(), seen);
            }
        }
    }
    panic!("more than four hops to {url}");
}

/// Returns every path that is worth asking of an operator, below its base.
pub(crate) fn paths(world: &World, operator: &Operator) -> Vec<String> {
    let mut paths: BTreeSet<String> = [
        "help",
        "ip/300.0.0.1",
        "ip/",
        "ip/fe80::1%25eth0",
        "autnum/abc",
        "autnum/4294967296",
        "autnum/0",
        "entity/@@@@",
        "domain/in-addr.arpa",
        "domain/example.com",
        "domain/x.in-addr.arpa",
        "nameserver/ns1.nowhere.test",
        "entities?fn=N*",
        "entities?fn=*a*",
        "entities?handle=ORG*",
        "domains?name=a*",
        "ips?name=a",
        "nowhere",
        "ip/0.0.0.0/0",
    ]
    .map(str::to_owned)
    .into();
    let mut add = |path: String| paths.insert(path);
    for o in world.operators() {
        for block in blocks(o) {
            match block.space {
                Space::Asn => add(format!("autnum/{}", block.first)),
                Space::V4 | Space::V6 => {
                    if let Some(prefix) = block.as_prefix() {
                        add(format!("ip/{prefix}"));
                    }
                    add(format!("ip/{}", block.last_text()))
                }
            };
        }
        for zone in o.zones.keys() {
            add(format!("domain/{zone}"));
        }
    }
    for special in world.special() {
        add(format!("ip/{}", special.block));
    }
    for handle in operator.holders.keys().chain(operator.contacts.keys()) {
        add(format!("entity/{handle}"));
    }
    for name in operator.name_servers.keys() {
        add(format!("nameserver/{name}"));
    }
    for network in &operator.networks {
        for relation in ["up", "top", "down", "bottom"] {
            add(format!(
                "ips/rirSearch1/rdap-{relation}/{}",
                network.block.first_text()
            ));
        }
    }
    paths.extend(operator.limited.clone());
    paths.into_iter().collect()
}

fn blocks(operator: &Operator) -> Vec<Block> {
    let networks = operator.networks.iter().map(|n| n.block);
    let autnums = operator.autnums.iter().map(|a| a.block);
    networks
        .chain(autnums)
        .chain(operator.delegated.iter().map(|d| d.block))
        .collect()
}

/// Writes everything the world says over RDAP and whois as one text for each registry.
pub(crate) fn everything(world: &World) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for operator in world.operators() {
        let mut text = String::new();
        for path in paths(world, operator) {
            let url = format!("{}{path}", operator.base_url());
            let seen = get(world, &url);
            writeln!(
                text,
                "{url} {} {:?}\n{}",
                seen.status,
                seen.headers,
                String::from_utf8_lossy(seen.body.octets())
            )
            .unwrap();
        }
        if let Some(whois) = &operator.whois {
            for block in blocks(operator) {
                let request = Request::Whois {
                    host: whois.host.clone(),
                    line: block.to_string(),
                };
                let seen = answer(world, &request, now());
                writeln!(
                    text,
                    "{block}\n{}",
                    String::from_utf8_lossy(seen.body.octets())
                )
                .unwrap();
            }
        }
        all.insert(operator.id.clone(), text);
    }
    all
}

/// Returns every object with an `objectClassName`, the topmost one included.
fn objects(value: &Value) -> Vec<&Value> {
    let mut found: Vec<&Value> = value
        .get("objectClassName")
        .map(|_| value)
        .into_iter()
        .collect();
    match value {
        Value::Array(items) => found.extend(items.iter().flat_map(objects)),
        Value::Object(members) => found.extend(members.values().flat_map(objects)),
        _ => {}
    }
    found
}

#[test]
fn the_same_world_and_time_give_the_same_octets() {
    assert_eq!(everything(&five()), everything(&five()));
}

#[test]
fn a_world_with_mistakes_names_each_of_them() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/worlds/five.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let broken = text
        .replacen("autnum_model: flat", "autnum_model: flatt", 1)
        .replacen(
            "    web: [www.afrinic.test]",
            "    wbe: [www.afrinic.test]",
            1,
        )
        .replacen("redirect: 302", "redirect: soon", 1);
    let source = quintet::yaml::Source {
        name: "five.yaml".into(),
        text: broken.into(),
    };
    let Err(quintet::mock::world::WorldError::Mistakes(problems)) = World::read(&source) else {
        panic!("the broken world was read");
    };
    let messages: Vec<String> = problems.into_iter().map(|p| p.message).collect();
    assert_eq!(
        messages,
        [
            "unknown key `wbe`; did you mean `web`?",
            "unknown word `flatt`; did you mean `flat`?",
            "`soon` is not a status code",
        ]
    );
}
