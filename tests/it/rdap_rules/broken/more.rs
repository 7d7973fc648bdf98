//! What searches and extensions can have wrong.

use super::*;

/// Results of searches, and what leads to them.
pub(super) fn searches() -> Vec<Broken> {
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
pub(super) fn extensions() -> Vec<Broken> {
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
