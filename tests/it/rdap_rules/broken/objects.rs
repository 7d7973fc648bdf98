//! What objects of one class can have wrong.

use super::*;

/// Networks of addresses.
pub(super) fn networks() -> Vec<Broken> {
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
pub(super) fn numbers_and_contacts() -> Vec<Broken> {
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
pub(super) fn domains() -> Vec<Broken> {
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
pub(super) fn entities() -> Vec<Broken> {
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
