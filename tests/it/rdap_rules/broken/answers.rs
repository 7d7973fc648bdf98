//! What any answer can have wrong.

use super::*;

/// What answers claim in `rdapConformance`.
pub(super) fn conformance() -> Vec<Broken> {
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
pub(super) fn structure() -> Vec<Broken> {
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
pub(super) fn events() -> Vec<Broken> {
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
pub(super) fn links_and_notices() -> Vec<Broken> {
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

/// Answers with an error status.
pub(super) fn errors() -> Vec<Broken> {
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
