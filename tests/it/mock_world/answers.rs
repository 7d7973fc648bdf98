//! What the mock world answers is what services answer.

use super::*;

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
