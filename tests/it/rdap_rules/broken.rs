//! Answers that are broken by edits, and the rules that must find something in each.

use serde_json::{Value, json};

use super::edit::Edit;

const IP: &str = "ip/193.16.9.0/24";
const IP6: &str = "ip/2a01:1000:8::/48";
const AS: &str = "autnum/3200";
const ZONE: &str = "domain/9.16.193.in-addr.arpa";
const BAD: &str = "ip/300.0.0.1";
const SEARCH: &str = "entities?fn=*";

/// Path at RIPE NCC's mock, edits, and every rule that must then find something.
pub(super) type Broken = (&'static str, Vec<Edit>, &'static [&'static str]);

const fn case(path: &'static str, edits: Vec<Edit>, rules: &'static [&'static str]) -> Broken {
    (path, edits, rules)
}

/// All broken answers.
pub(super) fn broken() -> Vec<Broken> {
    [
        conformance(),
        structure(),
        events(),
        links_and_notices(),
        networks(),
        numbers_and_contacts(),
        domains(),
        entities(),
        errors(),
        searches(),
        extensions(),
    ]
    .concat()
}

/// What answers claim in `rdapConformance`.
fn conformance() -> Vec<Broken> {
    vec![
        case(
            IP,
            vec![("/rdapConformance", Value::Null)],
            &["rdap.resp.conformance-present"],
        ),
        case(
            IP,
            vec![("/entities/0/rdapConformance", json!(["rdap_level_0"]))],
            &["rdap.resp.conformance-nowhere-else"],
        ),
        case(
            IP,
            vec![("/rdapConformance/-", json!("rdap_level_0, cidr0"))],
            &["rdap.resp.conformance-strings"],
        ),
        case(
            IP,
            vec![("$unclaim", json!("rdap_level_0"))],
            &["rdap.resp.conformance-level0"],
        ),
        case(
            IP,
            vec![("$unclaim", json!("nro_rdap_profile_0"))],
            &["rdap.resp.conformance-nro"],
        ),
        case(
            AS,
            vec![("$unclaim", json!("cidr0"))],
            &["rdap.resp.conformance-cidr0"],
        ),
        case(
            IP,
            vec![("/rdapConformance/-", json!("quintet_0"))],
            &["rdap.resp.conformance-registered"],
        ),
        case(
            IP,
            vec![("/artRecord_record", json!("x"))],
            &["rdap.resp.conformance-used"],
        ),
        case(
            IP,
            vec![("/quintet", json!("x"))],
            &["rdap.resp.member-names"],
        ),
        case(
            AS,
            vec![(
                "/rdapConformance/-",
                json!("nro_rdap_profile_asn_hierarchical_0"),
            )],
            &["rdap.auth.asn-model-one"],
        ),
    ]
}

/// Members that every object has.
fn structure() -> Vec<Broken> {
    vec![
        case(
            IP,
            vec![("/entities/0/objectClassName", Value::Null)],
            &["rdap.resp.object-class"],
        ),
        case(
            IP,
            vec![("/objectClassName", json!("domain"))],
            &["rdap.resp.class-matches-query", "rdap.domain.required"],
        ),
        case(
            IP,
            vec![(
                "/remarks",
                json!([{"description": ["x"], "title": "\u{0}null"}]),
            )],
            &["rdap.resp.no-null"],
        ),
        case(
            IP,
            vec![("/remarks", json!([]))],
            &["rdap.resp.no-empty-array"],
        ),
        case(
            IP,
            vec![("/handle", json!(" "))],
            &["rdap.resp.handle-string"],
        ),
        case(IP, vec![("/lang", json!("en_US"))], &["rdap.resp.lang"]),
        case(
            IP,
            vec![("/port43", json!("whois://x"))],
            &["rdap.resp.port43"],
        ),
        case(
            IP,
            vec![("/status", json!(["active", "busy"]))],
            &["rdap.resp.status-registered"],
        ),
        case(
            IP,
            vec![("/status", json!(["validated"]))],
            &["rdap.resp.status-inr"],
        ),
        case(
            IP,
            vec![("/status", json!(["active", "administrative"]))],
            &["rdap.resp.status-exclusive"],
        ),
        case(
            IP,
            vec![("/status", json!(["active", "client hold"]))],
            &["rdap.ext.epp-status"],
        ),
    ]
}

/// Events of objects.
fn events() -> Vec<Broken> {
    vec![
        case(
            IP,
            vec![("/events/0/eventDate", json!("2020-01-01"))],
            &["rdap.resp.date-rfc3339"],
        ),
        case(
            IP,
            vec![("/events/1/eventDate", json!("2099-01-01T00:00:00Z"))],
            &["rdap.resp.date-future"],
        ),
        case(
            IP,
            vec![("/entities/0/events", json!([{"eventAction": "transfer"}]))],
            &["rdap.resp.events-required"],
        ),
        case(
            IP,
            vec![(
                "/entities/0/events",
                json!([{"eventAction": "x", "eventDate": "2020-01-01T00:00:00Z"}]),
            )],
            &["rdap.resp.events-registered"],
        ),
        case(
            IP,
            vec![("/events/0", Value::Null)],
            &["rdap.resp.events-pair"],
        ),
        case(
            IP,
            vec![(
                "/entities/0/events",
                json!([
        {"eventAction": "registration", "eventDate": "2020-01-01T00:00:00Z"},
        {"eventAction": "registration", "eventDate": "2020-01-01T00:00:00Z"}]),
            )],
            &["rdap.resp.events-unique"],
        ),
    ]
}

/// Links of objects, and notices of answers.
fn links_and_notices() -> Vec<Broken> {
    let link = |members: Value| {
        let mut link = json!({"value": "https://rdap.ripe.test/ip/193.16.9.0/24", "rel": "about", "href": "https://www.ripe.test/x"});
        for (name, value) in members.as_object().unwrap() {
            link[name] = value.clone();
        }
        link
    };

    vec![
        case(
            IP,
            vec![(
                "/links/-",
                link(json!({"href": "https://www.ripe.test/a b"})),
            )],
            &["rdap.resp.uri-syntax"],
        ),
        case(
            IP,
            vec![(
                "/links/-",
                json!({"rel": "about", "href": "https://www.ripe.test/x"}),
            )],
            &["rdap.link.required-members"],
        ),
        case(
            IP,
            vec![("/entities/0/links", Value::Null)],
            &["rdap.link.self-each-object"],
        ),
        case(
            IP,
            vec![("/entities/0/links/0/type", Value::Null)],
            &["rdap.link.self-type"],
        ),
        case(
            IP,
            vec![(
                "/entities/0/links/0/href",
                json!("https://rdap.other.test/entity/X"),
            )],
            &["rdap.link.self-same-authority"],
        ),
        case(
            IP,
            vec![("/links/-", link(json!({"rel": "related", "href": "$self"})))],
            &["rdap.link.related-not-self"],
        ),
        case(
            IP,
            vec![("/links/-", link(json!({"rel": "quintet"})))],
            &["rdap.link.rel-registered"],
        ),
        case(
            IP,
            vec![("/links/-", link(json!({"value": "https://www.ripe.test/"})))],
            &["rdap.link.value-is-context"],
        ),
        case(
            IP,
            vec![("/notices", Value::Null)],
            &["rdap.notice.present"],
        ),
        case(
            IP,
            vec![(
                "/notices",
                json!([{"description": ["x"], "links": [link(json!({"rel": "inaccuracy-report"}))]}]),
            )],
            &["rdap.notice.tos"],
        ),
        case(
            IP,
            vec![(
                "/notices",
                json!([{"description": ["x"], "links": [link(json!({"rel": "terms-of-service"}))]}]),
            )],
            &["rdap.notice.inaccuracy"],
        ),
        case(
            IP,
            vec![("/notices/-", json!({"title": "x"}))],
            &["rdap.notice.description"],
        ),
        case(
            IP,
            vec![("/notices/-", json!({"description": ["x"], "type": "x"}))],
            &["rdap.notice.type-registered"],
        ),
        case(
            IP,
            vec![(
                "/notices/-",
                json!({"title": "Truncated", "description": ["x"]}),
            )],
            &["rdap.notice.truncation-typed"],
        ),
    ]
}

/// Networks of addresses.
fn networks() -> Vec<Broken> {
    vec![
        case(IP, vec![("/handle", Value::Null)], &["rdap.ip.required"]),
        case(IP, vec![("/ipVersion", json!("v6"))], &["rdap.ip.version"]),
        case(
            IP,
            vec![("/startAddress", json!("193.016.9.0"))],
            &["rdap.ip.v4-form"],
        ),
        case(
            IP6,
            vec![("/startAddress", json!("2A01:1000:8::"))],
            &["rdap.ip.v6-form"],
        ),
        case(
            IP,
            vec![("/startAddress", json!("193.16.10.0"))],
            &["rdap.ip.order"],
        ),
        case(
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
        ),
        case(IP, vec![("/country", json!("nl"))], &["rdap.ip.country"]),
        case(
            IP,
            vec![("/cidr0_cidrs", Value::Null)],
            &["rdap.ip.cidr0-present"],
        ),
        case(
            IP,
            vec![("/cidr0_cidrs/0/length", json!("24"))],
            &["rdap.ip.cidr0-shape"],
        ),
        case(
            IP,
            vec![("/cidr0_cidrs/0/length", json!(25))],
            &["rdap.ip.cidr0-exact"],
        ),
        case(
            "ip/203.0.113.0/24",
            vec![("", json!("$special"))],
            &["rdap.auth.ip-special"],
        ),
    ]
}

/// AS numbers, and who is named as contact of numbers.
fn numbers_and_contacts() -> Vec<Broken> {
    vec![
        case(AS, vec![("/handle", Value::Null)], &["rdap.asn.required"]),
        case(
            AS,
            vec![("/startAutnum", json!("3200"))],
            &["rdap.asn.integers"],
        ),
        case(
            AS,
            vec![("$role", json!(["abuse", "noc"]))],
            &["rdap.inr.abuse"],
        ),
        case(
            AS,
            vec![("$role", json!(["registrant", "sponsor"]))],
            &["rdap.inr.registrant"],
        ),
        case(
            AS,
            vec![("$abuse-email", json!(" "))],
            &["rdap.inr.abuse-email"],
        ),
    ]
}

/// Reverse domains.
fn domains() -> Vec<Broken> {
    vec![
        case(
            ZONE,
            vec![("/nameservers", Value::Null)],
            &["rdap.domain.required"],
        ),
        case(
            ZONE,
            vec![("/nameservers/0/ldhName", json!("ns1.example.net"))],
            &["rdap.domain.trailing-dot"],
        ),
        case(
            ZONE,
            vec![("/network", Value::Null)],
            &["rdap.domain.network"],
        ),
        case(
            ZONE,
            vec![("/ldhName", json!("9.17.193.in-addr.arpa."))],
            &["rdap.domain.network-covers"],
        ),
        case(
            ZONE,
            vec![("/secureDNS", json!({"delegationSigned": "false"}))],
            &["rdap.domain.securedns-types"],
        ),
    ]
}

/// Entities and their jCards.
fn entities() -> Vec<Broken> {
    vec![
        case(
            IP,
            vec![("/entities/0/roles/-", json!("postmaster"))],
            &["rdap.entity.roles-registered"],
        ),
        case(
            IP,
            vec![(
                "/entities/-",
                json!({"objectClassName": "entity", "handle": "X-RIPE",
        "links": [{"value": "https://rdap.ripe.test/ip/193.16.9.0/24", "rel": "self", "href": "https://rdap.ripe.test/entity/X-RIPE", "type": "application/rdap+json"}]}),
            )],
            &["rdap.entity.roles-nested"],
        ),
        case(
            IP,
            vec![("/entities/0/vcardArray/0", json!("jcard"))],
            &["rdap.entity.vcard-shape"],
        ),
        case(
            IP,
            vec![("$card", json!(["fn", {}, "text", "Second Name"]))],
            &["rdap.entity.vcard-fn"],
        ),
        case(
            IP,
            vec![("$kind", json!("application"))],
            &["rdap.entity.vcard-kind"],
        ),
        case(
            IP,
            vec![("$card", json!(["note", {}, "text", "x"]))],
            &["rdap.entity.vcard-props"],
        ),
        case(
            IP,
            vec![("$card", json!(["title", {}, "uri", "x:y"]))],
            &["rdap.entity.vcard-types"],
        ),
        case(
            IP,
            vec![(
                "$card",
                json!(["email", {"type": "abuse"}, "text", "a@ripe.test"]),
            )],
            &["rdap.entity.vcard-params"],
        ),
        case(
            IP,
            vec![(
                "$card",
                json!(["adr", {}, "text", ["", "", "", "", "", "", ""]]),
            )],
            &["rdap.entity.adr-label"],
        ),
        case(
            IP,
            vec![("$card", json!(["tel", {}, "uri", "+31 20 555 0100"]))],
            &["rdap.entity.tel-uri-form"],
        ),
        case(
            IP,
            vec![("/entities/0/networks", json!([]))],
            &["rdap.entity.networks", "rdap.resp.no-empty-array"],
        ),
        case(
            IP,
            vec![("/entities/0/autnums", json!([]))],
            &["rdap.entity.autnums", "rdap.resp.no-empty-array"],
        ),
        case(
            IP,
            vec![
                ("/rdapConformance/-", json!("rdap_objectTag")),
                ("/entities/0/handle", json!("X-QUINTET")),
            ],
            &["rdap.auth.object-tag"],
        ),
    ]
}

/// Answers with an error status.
fn errors() -> Vec<Broken> {
    vec![
        case(BAD, vec![("/errorCode", Value::Null)], &["rdap.err.body"]),
        case(
            BAD,
            vec![("/errorCode", json!("400"))],
            &["rdap.err.code-equals-status"],
        ),
        case(
            BAD,
            vec![("/title", json!("Invalid syntax."))],
            &["rdap.err.title-reason"],
        ),
        case(
            BAD,
            vec![("/description", json!(["Bad Request"]))],
            &["rdap.err.description"],
        ),
        case(
            BAD,
            vec![("/rdapConformance", json!(["rdap_level_0", "cidr0"]))],
            &["rdap.err.conformance"],
        ),
        case(BAD, vec![("/notices", Value::Null)], &["rdap.err.notices"]),
        case(
            BAD,
            vec![("$content-type", json!("text/html"))],
            &["rdap.err.content-type"],
        ),
        case(
            BAD,
            vec![("/description/-", json!("java.lang.NullPointerException"))],
            &["rdap.err.no-leak"],
        ),
        case(
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
        ),
    ]
}

/// Results of searches, and what leads to them.
fn searches() -> Vec<Broken> {
    let found = |members: Value| {
        let mut document = json!({"rdapConformance": ["rdap_level_0", "nro_rdap_profile_0", "cidr0"], "entitySearchResults": []});
        for (name, value) in members.as_object().unwrap() {
            document[name] = value.clone();
        }
        document["notices"] = json!("$notices");
        document
    };
    let item = json!({"objectClassName": "entity", "handle": "X-RIPE"});
    vec![
        case(
            SEARCH,
            vec![("", found(json!({"entitySearchResults": {}})))],
            &["rdap.search.result-array"],
        ),
        case(
            SEARCH,
            vec![("", found(json!({"entitySearchResults": [item]})))],
            &["rdap.search.each-has-class"],
        ),
        case(
            "ips?name=*",
            vec![(
                "",
                found(json!({"entitySearchResults": null, "ipSearchResults": [],
        "rdapConformance": ["rdap_level_0", "nro_rdap_profile_0", "cidr0", "ipSearchResults"]})),
            )],
            &["rdap.search.rir-conformance-search"],
        ),
        case(
            SEARCH,
            vec![(
                "",
                found(
                    json!({"rdapConformance": ["rdap_level_0", "nro_rdap_profile_0", "cidr0", "paging"]}),
                ),
            )],
            &["rdap.search.paging"],
        ),
        case(
            IP,
            vec![
                (
                    "$related",
                    json!("https://rdap.ripe.test/ips/rirSearch1/rdap-up/193.16.9.0/24"),
                ),
                ("$unclaim", json!("rirSearch1")),
            ],
            &["rdap.search.rir-conformance-lookup"],
        ),
        case(
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
        ),
        case(
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
        ),
        case(
            "help",
            vec![("/reverse_search_properties", json!({}))],
            &["rdap.search.reverse"],
        ),
    ]
}

/// Redaction, geofeeds and other extensions.
fn extensions() -> Vec<Broken> {
    let link = |members: Value| {
        let mut link = json!({"value": "https://rdap.ripe.test/ip/193.16.9.0/24", "rel": "about", "href": "https://www.ripe.test/x"});
        for (name, value) in members.as_object().unwrap() {
            link[name] = value.clone();
        }
        link
    };

    let redacted = |members: Value| {
        let mut item = json!({"name": {"description": "E-mail"}, "method": "removal", "prePath": "$.entities[0].vcardArray[1][?(@[0]=='email')]"});
        for (name, value) in members.as_object().unwrap() {
            item[name] = value.clone();
        }
        json!([item])
    };

    let declared = || ("$unclaim", json!("none"));
    vec![
        case(
            IP,
            vec![
                ("$unclaim", json!("redacted")),
                ("/redacted", redacted(json!({}))),
            ],
            &["rdap.ext.redacted-declared"],
        ),
        case(
            IP,
            vec![
                declared(),
                ("/redacted", redacted(json!({"method": "hiding"}))),
            ],
            &["rdap.ext.redacted-shape"],
        ),
        case(
            IP,
            vec![
                declared(),
                (
                    "/redacted",
                    redacted(json!({"prePath": "$.entities[0].vcardArray[1][?(@[0]=='e-mail')]"})),
                ),
            ],
            &["rdap.ext.redacted-path"],
        ),
        case(
            IP,
            vec![
                declared(),
                ("$card", json!(["role", {}, "text", "REDACTED"])),
            ],
            &["rdap.ext.redacted-no-placeholder"],
        ),
        case(
            IP,
            vec![(
                "/links/-",
                link(
                    json!({"rel": "geofeed", "href": "http://geo.test/x.csv", "type": "application/geofeed+csv"}),
                ),
            )],
            &["rdap.ext.geofeed-link"],
        ),
        case(
            IP,
            vec![
                ("/rdapConformance/-", json!("arin_originas0")),
                ("/arin_originas0_originautnums", json!(["AS3200"])),
            ],
            &["rdap.ext.originas"],
        ),
    ]
}
