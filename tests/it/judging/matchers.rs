//! Matchers: what they expect and see, in words.

use quintet::verdict::Outcome;

use super::{body, judged, seen};

#[track_caller]
fn passes(expect: &str) {
    let check = format!("    expect:\n      {expect}\n");
    let result = judged(&check, &[seen("apnic", body())]);
    assert_eq!(
        (result.outcome, result.message.as_str()),
        (Outcome::Pass, ""),
        "{expect}"
    );
}

#[track_caller]
fn fails(expect: &str, expected: &str, seen_words: &str) {
    let check = format!("    expect:\n      {expect}\n");
    let result = judged(&check, &[seen("apnic", body())]);
    assert_eq!(
        (
            result.outcome,
            result.expected.as_str(),
            result.seen.as_str()
        ),
        (Outcome::Fail, expected, seen_words),
        "{expect}: {}",
        result.message
    );
}

#[test]
fn scalar_matchers_say_what_they_expect_and_see() {
    passes("p.status: 200");
    fails("p.status: 404", "404", "200");
    passes("p.status: { not: 404 }");
    fails("p.status: { not: 200 }", "not 200", "200");
    passes("p.status: { one_of: [200, 404] }");
    fails(
        "p.status: { one_of: [301, 302] }",
        "one of 301 or 302",
        "200",
    );
    passes("p.status: { none_of: [500] }");
    fails(
        "p.status: { none_of: [200, 500] }",
        "none of 200 and 500",
        "200",
    );
    passes("p.headers.content-type: { media_type: application/rdap+json }");
    fails(
        "p.headers.content-type: { media_type: text/html }",
        "media type `text/html`",
        "`application/rdap+json; charset=utf-8`",
    );
    passes(
        "p.headers.content-type: { starts_with: application/, ends_with: utf-8, contains: rdap }",
    );
    fails(
        "p $.handle: { starts_with: AS }",
        "text that begins with `AS`",
        "`NET-1`",
    );
    fails(
        "p $.handle: { matches: '^AS[0-9]+$' }",
        "text that matches `^AS[0-9]+$`",
        "`NET-1`",
    );
    passes("p $.handle: { type: string }");
    fails("p $.handle: { type: integer }", "a whole number", "`NET-1`");
    passes("p $.handle: { present: true }");
    fails("p $.handle: { present: false }", "absent", "`NET-1`");
    passes("p $.nothing: { present: false }");
}

#[test]
fn what_is_absent_from_an_answer_fails() {
    fails("p $.nothing: { equals: x }", "`x`", "absent");
    fails("p.headers.etag: { present: true }", "present", "absent");
    fails("p $.nothing: { not: { equals: x } }", "not `x`", "absent");
    fails("p $.nothing: { empty: true }", "empty", "absent");
    fails(
        "p $.nothing[*]: { count: { min: 1 } }",
        "at least 1 item",
        "none",
    );
}

#[test]
fn bounds_keep_their_units() {
    fails(
        "p.body.bytes: { max: 250 MiB }",
        "at most 250 MiB",
        "312 MiB",
    );
    passes("p.body.bytes: { min: 1 KiB, max: 312 MiB }");
    fails("p.timing.total: { max: 10s }", "at most 10s", "12s 40ms");
    passes("p.body.bytes: { between: [1 MiB, 1 GiB] }");
    fails(
        "p.body.bytes: { between: [1 MiB, 2 MiB] }",
        "from 1 MiB to 2 MiB",
        "312 MiB",
    );
    passes("p $.count: { within: { of: 4, ratio: 30% } }");
    fails(
        "p $.count: { within: { of: 4, ratio: 10% } }",
        "within 10 % of 4",
        "3",
    );
    passes("p $.next: { after: \"2026-11-21T11:00:00Z\", before: \"2026-11-22T00:00:00Z\" }");
    fails(
        "p $.next: { expires_in: { min: 4h } }",
        "at least 4h ahead",
        "2026-11-21T12:00:00Z, 2h ahead",
    );
    passes("p $.events[0].eventDate: { age: { min: 24h } }");
    fails(
        "p $.next: { age: { max: 1h, min: 0s } }",
        "from 0s to 1h old",
        "2026-11-21T12:00:00Z, 2h ahead",
    );
}

#[test]
fn lists_and_nodes_are_looked_at_item_by_item() {
    passes(
        "p $.status: { contains: active, contains_all: [active, validated], unique: true, sorted: true }",
    );
    fails(
        "p $.status: { contains_all: [active, locked] }",
        "something that contains `active` and `locked`",
        "[`active`, `validated`]; missing: `locked`",
    );
    fails(
        "p $.status: { contains_none: [validated] }",
        "something that does not contain `validated`",
        "`validated` in [`active`, `validated`]",
    );
    passes("p $.links: { count: { equals: 3 } }");
    fails(
        "p $.links[?@.rel == 'about']: { count: { min: 1 } }",
        "at least 1 item",
        "none",
    );
    fails(
        "p $.links[*].rel: { unique: true }",
        "no item more than once",
        "`self` more than once",
    );
    passes("p $.links[*].rel: { any: { equals: up } }");
    fails(
        "p $.links[*].rel: { any: { equals: about } }",
        "some item `about`",
        "none of 3: [`self`, `up`, `self`]",
    );
    fails(
        "p $.links[*].rel: { none: { equals: up } }",
        "no item `up`",
        "`up`",
    );
    passes(
        "p $.status: { subset_of: [active, validated, locked], superset_of: [active], disjoint_from: [locked] }",
    );
    passes("p.prefixes: { covers: 192.0.2.128/25 }");
    fails(
        "p.prefixes: { covers: 198.51.100.0/24 }",
        "something that covers 198.51.100.0/24",
        "192.0.2.0/24; missing: 198.51.100.0/24",
    );
    passes("p.prefixes: { subset_of: 192.0.0.0/16 }");
    passes("p $.links: { empty: false }");
}
