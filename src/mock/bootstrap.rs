//! IANA's bootstrap files (RFC 9224, RFC 8521).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::document::{Content, Draft, Kind};
use super::world::{Operator, World};
use super::{Block, Space};

/// Answers a path on the host of the bootstrap files.
pub(super) fn answer(world: &World, path: &str) -> Draft {
    let (description, services) = match path {
        "/rdap/ipv4.json" => (
            "RDAP bootstrap file for IPv4 address allocations",
            numbers(world, Space::V4),
        ),
        "/rdap/ipv6.json" => (
            "RDAP bootstrap file for IPv6 address allocations",
            numbers(world, Space::V6),
        ),
        "/rdap/asn.json" => (
            "RDAP bootstrap file for Autonomous System Number allocations",
            numbers(world, Space::Asn),
        ),
        "/rdap/object-tags.json" => (
            "RDAP bootstrap file for service provider object tags",
            tags(world),
        ),
        "/rdap/dns.json" => (
            "RDAP bootstrap file for Domain Name System registrations",
            Vec::new(),
        ),
        _ => {
            let mut draft = Draft::text(Kind::Bootstrap, "text/plain", "not found\n".to_owned());
            draft.status = 404;
            return draft;
        }
    };
    let file = json!({
        "description": description,
        "publication": world.bootstrap_published().to_string(),
        "services": services,
        "version": "1.0",
    });
    let mut draft = Draft::empty(Kind::Bootstrap, 200);
    draft.content = Content::Json(file);
    draft.set_header("content-type", "application/json");
    draft.set_header("cache-control", "public, max-age=3600");
    draft.set_header("access-control-allow-origin", "*");
    draft
}

/// Returns the services of one kind of number; transfers do not move entries.
fn numbers(world: &World, space: Space) -> Vec<Value> {
    let entry = |block: &Block| match space {
        Space::Asn => format!("{}-{}", block.first, block.last),
        Space::V4 | Space::V6 => block.to_string(),
    };
    let mut services: BTreeMap<&str, (Vec<String>, String)> = BTreeMap::new();
    for registry in world.registries() {
        let blocks = registry
            .delegated
            .iter()
            .map(|d| d.block)
            .filter(|b| b.space == space);
        let entries: Vec<String> = blocks.map(|b| entry(&b)).collect();
        if !entries.is_empty() {
            services.insert(&registry.id, (entries, registry.base_url()));
        }
    }
    services
        .into_values()
        .map(|(entries, url)| json!([entries, [url]]))
        .collect()
}

fn tags(world: &World) -> Vec<Value> {
    let service = |o: &Operator| {
        let contact = format!("rdap@{}.test", o.id);
        json!([[contact], [o.tag], [o.base_url()]])
    };
    world.registries().map(service).collect()
}
