//! The mock world: consistent, deterministic, and different in permitted ways only.

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
fn the_targets_samples_hold() {
    let world = five();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/targets/mock.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let source = quintet::yaml::Source {
        name: "mock.yaml".into(),
        text: text.into(),
    };
    let target = quintet::yaml::parse(&source).unwrap().to_json();
    for operator in world.registries() {
        let samples = &target["registries"][&operator.id]["samples"];
        let base = operator.base_url();
        let ask = |path: String| get(&world, &format!("{base}{path}"));
        let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
        let mut parents = Vec::new();
        for key in ["ip4", "ip6"] {
            for prefix in samples[key].as_array().unwrap() {
                let seen = ask(format!("ip/{}", text(prefix)));
                assert_eq!(
                    json(&seen)["status"],
                    serde_json::json!(["active"]),
                    "{prefix}"
                );
                parents.push(json(&seen)["handle"].clone());
            }
        }
        let range = &samples["ip4_range"];
        let seen = json(&ask(format!("ip/{}", text(&range["prefix"]))));
        assert_eq!(
            (&seen["startAddress"], &seen["endAddress"]),
            (&range["first"], &range["last"])
        );
        for key in ["autnum", "autnum32"] {
            assert_eq!(
                json(&ask(format!("autnum/{}", samples[key])))["startAutnum"],
                samples[key]
            );
        }
        let block = &samples["autnum_in_block"];
        let seen = json(&ask(format!("autnum/{}", block["asn"])));
        assert_eq!(
            (&seen["startAutnum"], &seen["endAutnum"]),
            (&block["first"], &block["last"])
        );
        assert_eq!(
            ask(format!("entity/{}", text(&samples["entity"]))).status,
            200
        );
        for (zone, below) in [("domain4", "domain4_below"), ("domain6", "domain6_below")] {
            for key in [zone, below] {
                let seen = json(&ask(format!("domain/{}", text(&samples[key]))));
                assert_eq!(
                    text(&seen["ldhName"]),
                    format!("{}.", text(&samples[zone])),
                    "{key}"
                );
            }
        }
        let moved = &samples["transferred"];
        let to = world.operator(moved["to"].as_str().unwrap()).unwrap();
        for path in ["prefix:ip", "asn:autnum", "domain:domain"] {
            let (key, class) = path.split_once(':').unwrap();
            let seen = ask(format!("{class}/{}", text(&moved[key])));
            assert!(
                seen.header("location").unwrap().starts_with(&to.base_url()),
                "{path} {seen:?}"
            );
        }
        let received = &samples["received"];
        assert_eq!(ask(format!("ip/{}", text(&received["prefix"]))).status, 200);
        assert_eq!(ask(format!("autnum/{}", received["asn"])).status, 200);
        let free = json(&ask(format!(
            "ip/{}",
            text(&samples["undelegated"]["prefix"])
        )));
        assert_eq!(free["status"], serde_json::json!(["administrative"]));
        let free = ask(format!("autnum/{}", samples["undelegated"]["asn"]));
        let flat = operator.dialect.autnum_model == quintet::mock::world::AutnumModel::Flat;
        assert_eq!(free.status, if flat { 404 } else { 200 });
        for path in ["prefix:ip", "asn:autnum"] {
            let (key, class) = path.split_once(':').unwrap();
            let seen = ask(format!("{class}/{}", text(&samples["foreign"][key])));
            assert!(
                seen.status == 404 || seen.header("location").is_some(),
                "{seen:?}"
            );
        }
        assert!(matches!(
            ask(format!("ip/{}", text(&samples["special"]))).status,
            200 | 404
        ));
        let limited = ask(text(&samples["limited"]));
        assert_eq!(
            (limited.status, limited.header("retry-after")),
            (429, Some("120"))
        );
        if let Some(national) = samples.get("national") {
            let seen = ask(format!("ip/{}", text(&national["prefix"])));
            assert!(
                json(&seen)["rdapConformance"]
                    .as_array()
                    .unwrap()
                    .contains(&"redirect_with_content".into())
            );
            assert_eq!(
                follow(&world, &format!("{base}ip/{}", text(&national["prefix"]))).0,
                match operator.id.as_str() {
                    "apnic" => "rdap.nir-one.test",
                    _ => "rdap.nir-two.test",
                }
            );
        }
        if let Some(name) = samples.get("nameserver") {
            assert_eq!(ask(format!("nameserver/{}", text(name))).status, 200);
        }
    }
}

#[test]
fn every_resource_is_active_at_exactly_one_service() {
    let world = five();
    for operator in world.operators() {
        let networks = operator.networks.iter().map(|n| n.block);
        for block in networks.chain(operator.autnums.iter().map(|a| a.block)) {
            let path = match block.space {
                Space::Asn => format!("autnum/{}", block.first),
                Space::V4 | Space::V6 => format!("ip/{}", block.first_text()),
            };
            let ends: BTreeSet<String> = world
                .operators()
                .filter(|o| o.below.is_none())
                .map(|o| follow(&world, &format!("{}{path}", o.base_url())))
                .filter(|(_, seen)| {
                    seen.status == 200
                        && json(seen)["status"] != serde_json::json!(["administrative"])
                })
                .map(|(host, _)| host)
                .collect();
            let national =
                ["203.160.0.0/14", "177.160.0.0/14"].contains(&block.to_string().as_str());
            assert_eq!(ends.len(), usize::from(!national), "{block} {ends:?}");
        }
    }
}

#[test]
fn parents_cover_their_children_and_resolve() {
    let world = five();
    for operator in world.operators() {
        let mut by_handle = BTreeMap::new();
        let networks: Vec<Value> = operator
            .networks
            .iter()
            .map(|n| {
                json(&get(
                    &world,
                    &format!("{}ip/{}", operator.base_url(), n.block.first_text()),
                ))
            })
            .chain(
                operator
                    .delegated
                    .iter()
                    .filter(|d| d.block.space != Space::Asn)
                    .map(|d| {
                        json(&get(
                            &world,
                            &format!("{}ip/{}", operator.base_url(), d.block),
                        ))
                    }),
            )
            .collect();
        let block = |net: &Value| {
            Block::parse(&format!(
                "{} - {}",
                net["startAddress"].as_str().unwrap(),
                net["endAddress"].as_str().unwrap()
            ))
            .unwrap()
        };
        for net in &networks {
            by_handle.insert(net["handle"].as_str().unwrap(), block(net));
        }
        for net in networks.iter().filter(|n| n.get("parentHandle").is_some()) {
            let parent = by_handle
                .get(net["parentHandle"].as_str().unwrap())
                .unwrap();
            assert!(parent.covers(&block(net)) && *parent != block(net), "{net}");
        }
    }
}

#[test]
fn every_nested_object_resolves_to_itself_at_its_own_service() {
    let world = five();
    for operator in world.operators() {
        let mut seen_links = BTreeSet::new();
        for path in paths(&world, operator) {
            let answer = get(&world, &format!("{}{path}", operator.base_url()));
            if answer.body.is_empty() {
                continue;
            }
            let document = json(&answer);
            for object in objects(&document) {
                let links = object.get("links").and_then(Value::as_array);
                let this = links.and_then(|all| all.iter().find(|l| l["rel"] == "self"));
                let Some(this) = this else {
                    assert_eq!(object["objectClassName"], "nameserver", "{object}");
                    continue;
                };
                assert_eq!(this["type"], "application/rdap+json");
                let href = this["href"].as_str().unwrap();
                if !seen_links.insert((href.to_owned(), object["handle"].to_string())) {
                    continue;
                }
                let again = get(&world, href);
                assert_eq!(again.status, 200, "{href}");
                let again = json(&again);
                assert_eq!(
                    (&again["handle"], &again["objectClassName"]),
                    (&object["handle"], &object["objectClassName"]),
                    "{href}"
                );
            }
        }
    }
}

#[test]
fn every_answer_has_what_the_profile_asks_for() {
    let world = five();
    for operator in world.operators() {
        for path in paths(&world, operator) {
            let answer = get(&world, &format!("{}{path}", operator.base_url()));
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
            if answer.body.is_empty() {
                assert!((301..=307).contains(&answer.status), "{path}");
                continue;
            }
            assert_eq!(answer.header("content-type"), Some("application/rdap+json"));
            let document = json(&answer);
            let claims = document["rdapConformance"].as_array().unwrap();
            for needed in ["rdap_level_0", "nro_rdap_profile_0", "cidr0"] {
                assert!(claims.contains(&needed.into()), "{path}");
            }
            let relations: Vec<&Value> = document["notices"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|n| n["links"].as_array())
                .flatten()
                .map(|l| &l["rel"])
                .collect();
            for needed in ["terms-of-service", "inaccuracy-report"] {
                assert_eq!(
                    relations.iter().filter(|r| ***r == needed).count(),
                    1,
                    "{path}"
                );
            }
            if answer.status >= 400 {
                assert_eq!(document["errorCode"], answer.status, "{path}");
            }
            for object in objects(&document) {
                assert_ne!(
                    object.get("entities"),
                    Some(&serde_json::json!([])),
                    "{path}"
                );
            }
        }
    }
}

#[test]
fn every_reverse_zone_maps_to_a_network() {
    let world = five();
    for operator in world.operators() {
        for zone in operator.zones.values() {
            let document = json(&get(
                &world,
                &format!("{}domain/{}", operator.base_url(), zone.name),
            ));
            let net = &document["network"];
            let range = format!(
                "{} - {}",
                net["startAddress"].as_str().unwrap(),
                net["endAddress"].as_str().unwrap()
            );
            assert!(
                Block::parse(&range).unwrap().covers(&zone.block),
                "{}",
                zone.name
            );
            assert_eq!(
                Block::of_reverse_name(&zone.name),
                ReverseName::Block(zone.block)
            );
        }
    }
}

#[test]
fn each_dialect_differs_from_the_others() {
    let world = five();
    let shapes: BTreeSet<String> = world
        .registries()
        .map(|o| {
            let path = format!("{}ip/{}", o.base_url(), o.networks[0].block.first_text());
            let document = json(&get(&world, &path));
            let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
            format!(
                "{keys:?} {} {}",
                document["rdapConformance"], document["events"][0]["eventAction"]
            )
        })
        .collect();
    assert_eq!(shapes.len(), 5, "{shapes:?}");
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

#[test]
fn requests_are_negotiated_as_http_says() {
    let world = five();
    let ask = |request: Request| answer(&world, &request, now());
    let url = "https://rdap.ripe.test/ip/193.16.9.0/24";
    let plain = get(&world, url);
    let head = ask(Request::get(url).with_method("HEAD"));
    assert_eq!((head.status, &head.headers), (plain.status, &plain.headers));
    assert!(head.body.is_empty());
    let packed = ask(Request::get(url).with_header("accept-encoding", "br, gzip"));
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let mut unpacked = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(packed.body.octets());
    std::io::Read::read_to_end(&mut reader, &mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body.octets());
    assert_eq!(
        ask(Request::get(url).with_header("accept", "text/xml")).status,
        406
    );
    assert_eq!(
        ask(Request::get("https://rdap.apnic.test/help").with_header("accept", "text/xml")).status,
        200
    );
    assert_eq!(ask(Request::get(url).with_method("POST")).status, 405);
    assert_eq!(get(&world, &format!("{url}?__cb=1")).body, plain.body);
    let clear = get(&world, "http://rdap.ripe.test/help");
    assert_eq!(
        (clear.status, clear.header("location")),
        (301, Some("https://rdap.ripe.test/help"))
    );
    for form in [
        "2a01%3A1000%3A8%3A%3A/48",
        "2A01:1000:0008::/48",
        "2a01:1000:8:0:0:0:0:0/48",
    ] {
        let seen = json(&get(&world, &format!("https://rdap.ripe.test/ip/{form}")));
        assert_eq!(seen["handle"], "2a01:1000:8::/48", "{form}");
    }
    let files: Vec<usize> = ["ipv4", "ipv6", "asn", "object-tags"]
        .iter()
        .map(|name| {
            json(&get(
                &world,
                &format!("https://data.iana.test/rdap/{name}.json"),
            ))["services"]
                .as_array()
                .unwrap()
                .len()
        })
        .collect();
    assert_eq!(files, [5, 5, 5, 5]);
}

/// Asks a search page by page; returns the handles in order, and how many pages there were.
fn pages(world: &World, url: &str, key: &str) -> (Vec<String>, usize) {
    let (mut handles, mut url, mut pages) = (Vec::new(), url.to_owned(), 0);
    loop {
        let found = json(&get(world, &url));
        let results = found[key].as_array().unwrap_or_else(|| panic!("{url}"));
        handles.extend(
            results
                .iter()
                .map(|r| r["handle"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        let next = &found["paging_metadata"]["links"][0]["href"];
        let Some(next) = next.as_str() else {
            return (handles, pages);
        };
        let (path, query) = next.split_once('?').unwrap();
        assert!(path.starts_with("https://"), "{next}");
        assert!(query.split('&').all(|pair| !pair.is_empty()), "{next}");
        url = next.to_owned();
    }
}

#[test]
fn pages_lead_to_the_next_one_and_sorted_results_are_sorted() {
    let world = five();
    let (mut paged, mut sorted) = (0, 0);
    for operator in world.registries() {
        let below = operator.delegated.iter().map(|d| {
            let (kind, key, object) = match d.block.space {
                Space::Asn => ("autnums", "autnumSearchResults", d.block.first.to_string()),
                Space::V4 | Space::V6 => ("ips", "ipSearchResults", d.block.to_string()),
            };
            (format!("{kind}/rirSearch1/rdap-bottom/{object}"), key)
        });
        let named = |letter| (format!("entities?fn={letter}*"), "entitySearchResults");
        for (path, key) in below.chain(["A", "C", "N", "R"].map(named)) {
            let url = format!("{}{path}", operator.base_url());
            if get(&world, &url).status != 200 {
                continue;
            }
            let (handles, pages) = pages(&world, &url, key);
            paged += usize::from(pages > 1);
            if operator.dialect.sorted_results {
                assert!(handles.is_sorted(), "{url}: {handles:?}");
                sorted += usize::from(handles.len() > 1);
            }
        }
    }
    assert!(paged > 0 && sorted > 0, "{paged} paged, {sorted} sorted");
}
