//! What is registered in the mock world fits together.

use super::*;

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
