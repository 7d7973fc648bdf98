//! Every rule of the RDAP inspector against the mock world: silent on its baseline, and
//! finding exactly what one edit of an answer breaks.
#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may die of surprise"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use quintet::inspect::rdap::{Context, Query, inspect, rules};
use quintet::mock::{Request, World, answer};
use quintet::yaml;
use serde_json::{Value, json};

use crate::mock_world::{five, now, paths};

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

/// One edit: where, and what stands there then; null removes the member.
type Edit = (&'static str, Value);

/// A broken answer: path at RIPE NCC's mock, edits, and every rule that must then find something.
fn broken() -> Vec<(&'static str, Vec<Edit>, &'static [&'static str])> {
    const IP: &str = "ip/193.16.9.0/24";
    const IP6: &str = "ip/2a01:1000:8::/48";
    const AS: &str = "autnum/3200";
    const ZONE: &str = "domain/9.16.193.in-addr.arpa";
    const BAD: &str = "ip/300.0.0.1";
    let mut all: Vec<(&'static str, Vec<Edit>, &'static [&'static str])> = Vec::new();
    let mut add = |path, edits: Vec<Edit>, rules| all.push((path, edits, rules));
    let link = |members: Value| {
        let mut link = json!({"value": "https://rdap.ripe.test/ip/193.16.9.0/24", "rel": "about", "href": "https://www.ripe.test/x"});
        for (name, value) in members.as_object().unwrap() {
            link[name] = value.clone();
        }
        link
    };
    // Conformance.
    add(
        IP,
        vec![("/rdapConformance", Value::Null)],
        &["rdap.resp.conformance-present"],
    );
    add(
        IP,
        vec![("/entities/0/rdapConformance", json!(["rdap_level_0"]))],
        &["rdap.resp.conformance-nowhere-else"],
    );
    add(
        IP,
        vec![("/rdapConformance/-", json!("rdap_level_0, cidr0"))],
        &["rdap.resp.conformance-strings"],
    );
    add(
        IP,
        vec![("$unclaim", json!("rdap_level_0"))],
        &["rdap.resp.conformance-level0"],
    );
    add(
        IP,
        vec![("$unclaim", json!("nro_rdap_profile_0"))],
        &["rdap.resp.conformance-nro"],
    );
    add(
        AS,
        vec![("$unclaim", json!("cidr0"))],
        &["rdap.resp.conformance-cidr0"],
    );
    add(
        IP,
        vec![("/rdapConformance/-", json!("quintet_0"))],
        &["rdap.resp.conformance-registered"],
    );
    add(
        IP,
        vec![("/artRecord_record", json!("x"))],
        &["rdap.resp.conformance-used"],
    );
    add(
        IP,
        vec![("/quintet", json!("x"))],
        &["rdap.resp.member-names"],
    );
    add(
        AS,
        vec![(
            "/rdapConformance/-",
            json!("nro_rdap_profile_asn_hierarchical_0"),
        )],
        &["rdap.auth.asn-model-one"],
    );
    // Structure.
    add(
        IP,
        vec![("/entities/0/objectClassName", Value::Null)],
        &["rdap.resp.object-class"],
    );
    add(
        IP,
        vec![("/objectClassName", json!("domain"))],
        &["rdap.resp.class-matches-query", "rdap.domain.required"],
    );
    add(
        IP,
        vec![(
            "/remarks",
            json!([{"description": ["x"], "title": "\u{0}null"}]),
        )],
        &["rdap.resp.no-null"],
    );
    add(
        IP,
        vec![("/remarks", json!([]))],
        &["rdap.resp.no-empty-array"],
    );
    add(
        IP,
        vec![("/handle", json!(" "))],
        &["rdap.resp.handle-string"],
    );
    add(IP, vec![("/lang", json!("en_US"))], &["rdap.resp.lang"]);
    add(
        IP,
        vec![("/port43", json!("whois://x"))],
        &["rdap.resp.port43"],
    );
    add(
        IP,
        vec![("/status", json!(["active", "busy"]))],
        &["rdap.resp.status-registered"],
    );
    add(
        IP,
        vec![("/status", json!(["validated"]))],
        &["rdap.resp.status-inr"],
    );
    add(
        IP,
        vec![("/status", json!(["active", "administrative"]))],
        &["rdap.resp.status-exclusive"],
    );
    add(
        IP,
        vec![("/status", json!(["active", "client hold"]))],
        &["rdap.ext.epp-status"],
    );
    // Events.
    add(
        IP,
        vec![("/events/0/eventDate", json!("2020-01-01"))],
        &["rdap.resp.date-rfc3339"],
    );
    add(
        IP,
        vec![("/events/1/eventDate", json!("2099-01-01T00:00:00Z"))],
        &["rdap.resp.date-future"],
    );
    add(
        IP,
        vec![("/entities/0/events", json!([{"eventAction": "transfer"}]))],
        &["rdap.resp.events-required"],
    );
    add(
        IP,
        vec![(
            "/entities/0/events",
            json!([{"eventAction": "x", "eventDate": "2020-01-01T00:00:00Z"}]),
        )],
        &["rdap.resp.events-registered"],
    );
    add(
        IP,
        vec![("/events/0", Value::Null)],
        &["rdap.resp.events-pair"],
    );
    add(
        IP,
        vec![(
            "/entities/0/events",
            json!([
        {"eventAction": "registration", "eventDate": "2020-01-01T00:00:00Z"},
        {"eventAction": "registration", "eventDate": "2020-01-01T00:00:00Z"}]),
        )],
        &["rdap.resp.events-unique"],
    );
    // Links and notices.
    add(
        IP,
        vec![(
            "/links/-",
            link(json!({"href": "https://www.ripe.test/a b"})),
        )],
        &["rdap.resp.uri-syntax"],
    );
    add(
        IP,
        vec![(
            "/links/-",
            json!({"rel": "about", "href": "https://www.ripe.test/x"}),
        )],
        &["rdap.link.required-members"],
    );
    add(
        IP,
        vec![("/entities/0/links", Value::Null)],
        &["rdap.link.self-each-object"],
    );
    add(
        IP,
        vec![("/entities/0/links/0/type", Value::Null)],
        &["rdap.link.self-type"],
    );
    add(
        IP,
        vec![(
            "/entities/0/links/0/href",
            json!("https://rdap.other.test/entity/X"),
        )],
        &["rdap.link.self-same-authority"],
    );
    add(
        IP,
        vec![("/links/-", link(json!({"rel": "related", "href": "$self"})))],
        &["rdap.link.related-not-self"],
    );
    add(
        IP,
        vec![("/links/-", link(json!({"rel": "quintet"})))],
        &["rdap.link.rel-registered"],
    );
    add(
        IP,
        vec![("/links/-", link(json!({"value": "https://www.ripe.test/"})))],
        &["rdap.link.value-is-context"],
    );
    add(
        IP,
        vec![("/notices", Value::Null)],
        &["rdap.notice.present"],
    );
    add(
        IP,
        vec![(
            "/notices",
            json!([{"description": ["x"], "links": [link(json!({"rel": "inaccuracy-report"}))]}]),
        )],
        &["rdap.notice.tos"],
    );
    add(
        IP,
        vec![(
            "/notices",
            json!([{"description": ["x"], "links": [link(json!({"rel": "terms-of-service"}))]}]),
        )],
        &["rdap.notice.inaccuracy"],
    );
    add(
        IP,
        vec![("/notices/-", json!({"title": "x"}))],
        &["rdap.notice.description"],
    );
    add(
        IP,
        vec![("/notices/-", json!({"description": ["x"], "type": "x"}))],
        &["rdap.notice.type-registered"],
    );
    add(
        IP,
        vec![(
            "/notices/-",
            json!({"title": "Truncated", "description": ["x"]}),
        )],
        &["rdap.notice.truncation-typed"],
    );
    // Networks.
    add(IP, vec![("/handle", Value::Null)], &["rdap.ip.required"]);
    add(IP, vec![("/ipVersion", json!("v6"))], &["rdap.ip.version"]);
    add(
        IP,
        vec![("/startAddress", json!("193.016.9.0"))],
        &["rdap.ip.v4-form"],
    );
    add(
        IP6,
        vec![("/startAddress", json!("2A01:1000:8::"))],
        &["rdap.ip.v6-form"],
    );
    add(
        IP,
        vec![("/startAddress", json!("193.16.10.0"))],
        &["rdap.ip.order"],
    );
    add(
        IP,
        vec![
            ("/startAddress", json!("193.16.10.0")),
            ("/endAddress", json!("193.16.10.255")),
            (
                "/cidr0_cidrs",
                json!([{"v4prefix": "193.16.10.0", "length": 24}]),
            ),
        ],
        &["rdap.ip.covers-query"],
    );
    add(IP, vec![("/country", json!("nl"))], &["rdap.ip.country"]);
    add(
        IP,
        vec![("/cidr0_cidrs", Value::Null)],
        &["rdap.ip.cidr0-present"],
    );
    add(
        IP,
        vec![("/cidr0_cidrs/0/length", json!("24"))],
        &["rdap.ip.cidr0-shape"],
    );
    add(
        IP,
        vec![("/cidr0_cidrs/0/length", json!(25))],
        &["rdap.ip.cidr0-exact"],
    );
    add(
        "ip/203.0.113.0/24",
        vec![("", json!("$special"))],
        &["rdap.auth.ip-special"],
    );
    // AS numbers and contacts.
    add(AS, vec![("/handle", Value::Null)], &["rdap.asn.required"]);
    add(
        AS,
        vec![("/startAutnum", json!("3200"))],
        &["rdap.asn.integers"],
    );
    add(
        AS,
        vec![("$role", json!(["abuse", "noc"]))],
        &["rdap.inr.abuse"],
    );
    add(
        AS,
        vec![("$role", json!(["registrant", "sponsor"]))],
        &["rdap.inr.registrant"],
    );
    add(
        AS,
        vec![("$abuse-email", json!(" "))],
        &["rdap.inr.abuse-email"],
    );
    // Domains.
    add(
        ZONE,
        vec![("/nameservers", Value::Null)],
        &["rdap.domain.required"],
    );
    add(
        ZONE,
        vec![("/nameservers/0/ldhName", json!("ns1.example.net"))],
        &["rdap.domain.trailing-dot"],
    );
    add(
        ZONE,
        vec![("/network", Value::Null)],
        &["rdap.domain.network"],
    );
    add(
        ZONE,
        vec![("/ldhName", json!("9.17.193.in-addr.arpa."))],
        &["rdap.domain.network-covers"],
    );
    add(
        ZONE,
        vec![("/secureDNS", json!({"delegationSigned": "false"}))],
        &["rdap.domain.securedns-types"],
    );
    // Entities.
    add(
        IP,
        vec![("/entities/0/roles/-", json!("postmaster"))],
        &["rdap.entity.roles-registered"],
    );
    add(
        IP,
        vec![(
            "/entities/-",
            json!({"objectClassName": "entity", "handle": "X-RIPE",
        "links": [{"value": "https://rdap.ripe.test/ip/193.16.9.0/24", "rel": "self", "href": "https://rdap.ripe.test/entity/X-RIPE", "type": "application/rdap+json"}]}),
        )],
        &["rdap.entity.roles-nested"],
    );
    add(
        IP,
        vec![("/entities/0/vcardArray/0", json!("jcard"))],
        &["rdap.entity.vcard-shape"],
    );
    add(
        IP,
        vec![("$card", json!(["fn", {}, "text", "Second Name"]))],
        &["rdap.entity.vcard-fn"],
    );
    add(
        IP,
        vec![("$kind", json!("application"))],
        &["rdap.entity.vcard-kind"],
    );
    add(
        IP,
        vec![("$card", json!(["note", {}, "text", "x"]))],
        &["rdap.entity.vcard-props"],
    );
    add(
        IP,
        vec![("$card", json!(["title", {}, "uri", "x:y"]))],
        &["rdap.entity.vcard-types"],
    );
    add(
        IP,
        vec![(
            "$card",
            json!(["email", {"type": "abuse"}, "text", "a@ripe.test"]),
        )],
        &["rdap.entity.vcard-params"],
    );
    add(
        IP,
        vec![(
            "$card",
            json!(["adr", {}, "text", ["", "", "", "", "", "", ""]]),
        )],
        &["rdap.entity.adr-label"],
    );
    add(
        IP,
        vec![("$card", json!(["tel", {}, "uri", "+31 20 555 0100"]))],
        &["rdap.entity.tel-uri-form"],
    );
    add(
        IP,
        vec![("/entities/0/networks", json!([]))],
        &["rdap.entity.networks", "rdap.resp.no-empty-array"],
    );
    add(
        IP,
        vec![("/entities/0/autnums", json!([]))],
        &["rdap.entity.autnums", "rdap.resp.no-empty-array"],
    );
    add(
        IP,
        vec![
            ("/rdapConformance/-", json!("rdap_objectTag")),
            ("/entities/0/handle", json!("X-QUINTET")),
        ],
        &["rdap.auth.object-tag"],
    );
    // Errors.
    add(BAD, vec![("/errorCode", Value::Null)], &["rdap.err.body"]);
    add(
        BAD,
        vec![("/errorCode", json!("400"))],
        &["rdap.err.code-equals-status"],
    );
    add(
        BAD,
        vec![("/title", json!("Invalid syntax."))],
        &["rdap.err.title-reason"],
    );
    add(
        BAD,
        vec![("/description", json!(["Bad Request"]))],
        &["rdap.err.description"],
    );
    add(
        BAD,
        vec![("/rdapConformance", json!(["rdap_level_0", "cidr0"]))],
        &["rdap.err.conformance"],
    );
    add(BAD, vec![("/notices", Value::Null)], &["rdap.err.notices"]);
    add(
        BAD,
        vec![("$content-type", json!("text/html"))],
        &["rdap.err.content-type"],
    );
    add(
        BAD,
        vec![("/description/-", json!("java.lang.NullPointerException"))],
        &["rdap.err.no-leak"],
    );
    add(
        "autnum/0",
        vec![
            ("$status", json!(404)),
            ("/errorCode", json!(404)),
            ("/title", json!("Not Found")),
            (
                "/rdapConformance",
                json!(["rdap_level_0", "nro_rdap_profile_0", "cidr0"]),
            ),
        ],
        &["rdap.err.asn-404-model"],
    );
    // Searches.
    let found = |members: Value| {
        let mut document = json!({"rdapConformance": ["rdap_level_0", "nro_rdap_profile_0", "cidr0"], "entitySearchResults": []});
        for (name, value) in members.as_object().unwrap() {
            document[name] = value.clone();
        }
        document["notices"] = json!("$notices");
        document
    };
    let item = json!({"objectClassName": "entity", "handle": "X-RIPE"});
    const SEARCH: &str = "entities?fn=*";
    add(
        SEARCH,
        vec![("", found(json!({"entitySearchResults": {}})))],
        &["rdap.search.result-array"],
    );
    add(
        SEARCH,
        vec![("", found(json!({"entitySearchResults": [item]})))],
        &["rdap.search.each-has-class"],
    );
    add(
        "ips?name=*",
        vec![(
            "",
            found(json!({"entitySearchResults": null, "ipSearchResults": [],
        "rdapConformance": ["rdap_level_0", "nro_rdap_profile_0", "cidr0", "ipSearchResults"]})),
        )],
        &["rdap.search.rir-conformance-search"],
    );
    add(
        SEARCH,
        vec![(
            "",
            found(
                json!({"rdapConformance": ["rdap_level_0", "nro_rdap_profile_0", "cidr0", "paging"]}),
            ),
        )],
        &["rdap.search.paging"],
    );
    add(
        IP,
        vec![
            (
                "$related",
                json!("https://rdap.ripe.test/ips/rirSearch1/rdap-up/193.16.9.0/24"),
            ),
            ("$unclaim", json!("rirSearch1")),
        ],
        &["rdap.search.rir-conformance-lookup"],
    );
    add(
        IP,
        vec![
            (
                "$related",
                json!(
                    "https://rdap.ripe.test/ips/rirSearch1/rdap-up/193.16.9.0%20-%20193.16.9.255"
                ),
            ),
            ("$unclaim", json!("none")),
        ],
        &["rdap.search.rir-path-syntax"],
    );
    add(
        "help",
        vec![(
            "/rdapConformance",
            json!([
                "rdap_level_0",
                "nro_rdap_profile_0",
                "cidr0",
                "reverse_search",
                "rirSearch1"
            ]),
        )],
        &["rdap.search.rir-conformance-help"],
    );
    add(
        "help",
        vec![("/reverse_search_properties", json!({}))],
        &["rdap.search.reverse"],
    );
    // Extensions.
    let redacted = |members: Value| {
        let mut item = json!({"name": {"description": "E-mail"}, "method": "removal", "prePath": "$.entities[0].vcardArray[1][?(@[0]=='email')]"});
        for (name, value) in members.as_object().unwrap() {
            item[name] = value.clone();
        }
        json!([item])
    };
    add(
        IP,
        vec![
            ("$unclaim", json!("redacted")),
            ("/redacted", redacted(json!({}))),
        ],
        &["rdap.ext.redacted-declared"],
    );
    let declared = || ("$unclaim", json!("none"));
    add(
        IP,
        vec![
            declared(),
            ("/redacted", redacted(json!({"method": "hiding"}))),
        ],
        &["rdap.ext.redacted-shape"],
    );
    add(
        IP,
        vec![
            declared(),
            (
                "/redacted",
                redacted(json!({"prePath": "$.entities[0].vcardArray[1][?(@[0]=='e-mail')]"})),
            ),
        ],
        &["rdap.ext.redacted-path"],
    );
    add(
        IP,
        vec![
            declared(),
            ("$card", json!(["role", {}, "text", "REDACTED"])),
        ],
        &["rdap.ext.redacted-no-placeholder"],
    );
    add(
        IP,
        vec![(
            "/links/-",
            link(
                json!({"rel": "geofeed", "href": "http://geo.test/x.csv", "type": "application/geofeed+csv"}),
            ),
        )],
        &["rdap.ext.geofeed-link"],
    );
    add(
        IP,
        vec![
            ("/rdapConformance/-", json!("arin_originas0")),
            ("/arin_originas0_originautnums", json!(["AS3200"])),
        ],
        &["rdap.ext.originas"],
    );
    all
}

/// Returns the place of the first property with a name in the first jCard, and what stands at a path of it.
fn card_place(document: &Value, name: &str) -> String {
    let list = document["entities"][0]["vcardArray"][1].as_array().unwrap();
    let index = list
        .iter()
        .position(|property| property[0] == name)
        .unwrap();
    format!("/entities/0/vcardArray/1/{index}/3")
}

/// Sets a value at a JSON Pointer; null removes, `-` at the end appends.
fn set(document: &mut Value, pointer: &str, value: Value) {
    if pointer.is_empty() {
        *document = value;
        return;
    }
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent) {
        Some(Value::Object(members)) if value.is_null() => {
            drop(members.remove(last).expect(pointer))
        }
        Some(Value::Object(members)) => drop(members.insert(last.to_owned(), value)),
        Some(Value::Array(list)) if last == "-" => list.push(value),
        Some(Value::Array(list)) if value.is_null() => drop(list.remove(last.parse().unwrap())),
        Some(Value::Array(list)) => list[last.parse::<usize>().unwrap()] = value,
        _ => panic!("nothing at {pointer}"),
    }
}

/// Calls `each` with every entity in a document, nested ones too.
fn entities(document: &mut Value, each: &mut impl FnMut(&mut Value)) {
    if let Some(list) = document.get_mut("entities").and_then(Value::as_array_mut) {
        for entity in list {
            each(entity);
            entities(entity, each);
        }
    }
}

/// Applies an edit; those that begin with `$` are about what has no fixed place.
fn apply(document: &mut Value, context: &mut Context, edit: &Edit) {
    let (place, value) = edit;
    match *place {
        "$content-type" => {
            let headers = context.headers.as_mut().unwrap();
            headers.retain(|(name, _)| name != "content-type");
            headers.push((
                "content-type".to_owned(),
                value.as_str().unwrap().to_owned(),
            ));
        }
        "$unclaim" => {
            let list = document["rdapConformance"].as_array_mut().unwrap();
            list.retain(|identifier| identifier != value);
        }
        "$status" => context.status = Some(value.as_u64().unwrap().try_into().unwrap()),
        "$card" => set(document, "/entities/0/vcardArray/1/-", value.clone()),
        "$kind" => set(document, &card_place(document, "kind"), value.clone()),
        "$role" => entities(document, &mut |entity| {
            for role in entity["roles"].as_array_mut().unwrap() {
                if *role == value[0] {
                    *role = value[1].clone();
                }
            }
        }),
        "$abuse-email" => entities(document, &mut |entity| {
            if entity["roles"]
                .as_array()
                .unwrap()
                .contains(&json!("abuse"))
            {
                for property in entity["vcardArray"][1].as_array_mut().unwrap() {
                    if property[0] == "email" {
                        property[3] = value.clone();
                    }
                }
            }
        }),
        "$related" => {
            let url = context.url.clone().unwrap();
            let link = json!({"value": url, "rel": "rdap-up", "href": value, "type": "application/rdap+json"});
            document["links"]
                .as_array_mut()
                .unwrap()
                .retain(|link| !link["rel"].as_str().unwrap().starts_with("rdap-"));
            set(document, "/links/-", link);
        }
        pointer => set(document, pointer, value.clone()),
    }
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
