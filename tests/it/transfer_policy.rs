//! The shipped transfer policies, read as scenarios read them.

use quintet::scenario::suite::Suite;
use serde_json::Value;

use crate::whole_suite::folder;

/// Returns what a policy says of resources at a day; `None` for nothing.
fn said(policy: &Value, pointer: &str, day: &str) -> Option<bool> {
    let periods = policy.pointer(pointer)?.as_array()?;
    let holds = |period: &&Value| {
        let date = |name: &str| period[name].as_str().unwrap().to_owned();
        let (since, until) = (date("since"), date("until"));
        period["types"][0] == "RESOURCE_TRANSFER"
            && since.as_str() <= day
            && (until.is_empty() || day < until.as_str())
    };
    let mut all = periods.iter().filter(holds);
    let allowed = all.next()?["allowed"].as_bool();
    assert!(all.next().is_none(), "{pointer} on {day} is said twice");
    allowed
}

#[test]
fn the_policy_of_production_says_what_its_sources_say() {
    let suite = Suite::read(&folder()).unwrap_or_else(|all| panic!("{all:#?}"));
    let policy = suite.transfer_policy("production", true).unwrap();
    assert_eq!(policy.id, "production");
    let json = policy.to_json();
    for (pointer, day, expected) in [
        ("/apnic/arin/ipv4", "2011-08-08", Some(false)),
        ("/apnic/arin/ipv4", "2012-07-30", Some(false)),
        ("/arin/apnic/ipv4", "2012-07-31", Some(true)),
        ("/ripe-ncc/arin/ipv4", "2014-12-31", Some(false)),
        ("/arin/ripe-ncc/ipv4", "2015-05-01", None),
        ("/arin/ripe-ncc/ipv4", "2015-10-01", Some(true)),
        ("/lacnic/arin/ipv4", "2020-07-19", Some(false)),
        ("/apnic/lacnic/ipv4", "2020-07-20", Some(true)),
        ("/apnic/lacnic/asn", "2026-11-29", Some(false)),
        ("/apnic/ripe-ncc/asn", "2014-04-15", Some(false)),
        ("/apnic/ripe-ncc/asn", "2020-01-01", None),
        ("/arin/apnic/asn", "2026-11-29", Some(true)),
        ("/afrinic/ripe-ncc/ipv4", "2018-01-01", Some(false)),
        ("/ripe-ncc/afrinic/asn", "2018-01-01", Some(false)),
        ("/ripe-ncc/afrinic/asn", "2005-02-21", None),
        ("/apnic/arin/ipv6", "2026-11-29", Some(false)),
        ("/apnic/arin/ipv6", "2020-01-01", None),
        ("/apnic/apnic/ipv4", "2020-01-01", None),
    ] {
        assert_eq!(said(&json, pointer, day), expected, "{pointer} on {day}");
    }
}

#[test]
fn every_pair_and_kind_has_a_cell_for_today() {
    let suite = Suite::read(&folder()).unwrap_or_else(|all| panic!("{all:#?}"));
    for (target, is_live) in [("production", true), ("mock", false)] {
        let json = suite.transfer_policy(target, is_live).unwrap().to_json();
        for from in suite.registries.ids() {
            for to in suite.registries.ids().filter(|to| *to != from) {
                for kind in ["ipv4", "ipv6", "asn"] {
                    let pointer = format!("/{from}/{to}/{kind}");
                    let today = said(&json, &pointer, "2026-11-29");
                    assert!(today.is_some(), "{target}: {pointer}");
                }
            }
        }
    }
}
