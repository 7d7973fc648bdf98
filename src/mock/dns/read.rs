//! Reads what a world file says of zones and name servers.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::tree::{Above, DenialForm, Habits, SerialForm};
use crate::mock::decode::Decoder;
use crate::yaml::Node;

/// Keys that say how a zone is run.
const HABITS: &[&str] = &[
    "algorithm",
    "split",
    "denial",
    "every_hours",
    "valid_hours",
    "serial",
    "refresh",
    "retry",
    "expire",
    "minimum",
    "ttl",
];

/// Reads how zones are run; what is not said is as for a holder's zone.
pub(in crate::mock) fn habits(d: &Decoder, node: &Node, more: &[&str]) -> Habits {
    d.known(node, &[HABITS, more].concat());
    let plain = Habits::default();
    let number = |key: &str, otherwise: u32| d.optional(node, key, "a number").unwrap_or(otherwise);
    Habits {
        algorithm: d.optional(node, "algorithm", "an algorithm number"),
        split: d.flag(node, "split"),
        denial: d.word_or(node, "denial", DenialForm::Nsec),
        every_hours: number("every_hours", plain.every_hours),
        valid_hours: number("valid_hours", plain.valid_hours),
        serial: d.word_or(node, "serial", SerialForm::Date),
        refresh: number("refresh", plain.refresh),
        retry: number("retry", plain.retry),
        expire: number("expire", plain.expire),
        minimum: number("minimum", plain.minimum),
        ttl: number("ttl", plain.ttl),
    }
}

/// Reads the zones above those of registries by name; the root is `.`.
pub(in crate::mock) fn above(d: &Decoder, node: &Node) -> BTreeMap<String, Above> {
    let entries = node.get("above").map_or(&[][..], |node| d.entries(node));
    let read = entries.iter().map(|entry| {
        let above = Above {
            servers: d.texts(&entry.value, "servers"),
            habits: habits(d, &entry.value, &["servers"]),
        };
        (entry.key.trim_end_matches('.').to_owned(), above)
    });
    read.collect()
}

/// Reads the addresses of name servers that are no registry's, by name.
pub(in crate::mock) fn servers(d: &Decoder, node: &Node) -> BTreeMap<String, Vec<IpAddr>> {
    let entries = node.get("servers").map_or(&[][..], |node| d.entries(node));
    let read = entries.iter().map(|entry| {
        let items = entry.value.items().unwrap_or_default();
        let addresses = items.iter().filter_map(|item| d.parse(item, "an address"));
        (entry.key.clone(), addresses.collect())
    });
    read.collect()
}
