//! Answers that are broken by edits, and the rules that must find something in each.

mod answers;
mod more;
mod objects;

use serde_json::{Value, json};

use self::answers::{conformance, errors, events, links_and_notices, structure};
use self::more::{extensions, searches};
use self::objects::{domains, entities, networks, numbers_and_contacts};
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
