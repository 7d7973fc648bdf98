//! Files that describe registries: endpoints, samples, capabilities, each fact with its source.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Data;

use super::decode::Decoder;
use super::fields::{Fields as _, first_key};
use super::keys::{Shape, Table, may, must};
use super::model::{Maintenance, Publication, Registry};
use super::registry_rpki::RPKI;
use super::units;
use crate::registry::RegistryId;
use crate::verdict::results::Place;
use crate::yaml::Node;

/// Keys of a registry file.
pub(super) const REGISTRY: Table = Table {
    name: "registry",
    about: "A registry: its endpoints, samples, capabilities and limits, each with source and date.",
    keys: &[
        must("registry", Shape::Registry, "its id"),
        must("name", Shape::Text, "its display name"),
        may(
            "contact",
            Shape::Text,
            "whom its own engineers are reached by",
        ),
        may(
            "terms",
            Shape::Record(&TERMS),
            "terms of redistribution of its answers",
        ),
        may("rdap", Shape::Record(&RDAP), "its RDAP service"),
        may("whois", Shape::Record(&WHOIS), "its whois service"),
        may("dns", Shape::Record(&DNS), "its reverse DNS"),
        may("stats", Shape::Record(&STATS), "its delegated statistics"),
        may("irr", Shape::Record(&IRR), "its routing registry"),
        may("transfers", Shape::Record(&TRANSFERS), "its transfer log"),
        may("rpki", Shape::Record(&RPKI), "its RPKI repository"),
        may(
            "hosts",
            Shape::List(&Shape::Text),
            "hosts that are its own beside those of its services, such as the targets of its redirects",
        ),
        may(
            "endpoints",
            Shape::List(&Shape::Record(&ENDPOINT)),
            "its public services, for scenarios that walk over all of them",
        ),
        may(
            "samples",
            Shape::MapOf(&Shape::Any),
            "resources to ask about, by name",
        ),
        may(
            "capabilities",
            Shape::MapOf(&Shape::Flag),
            "what it declares to have or not, such as `rdap.nameserver: false`",
        ),
        may(
            "limits",
            Shape::Record(&LIMITS),
            "how fast its documents allow it to be asked",
        ),
        may(
            "maintenance",
            Shape::List(&Shape::Record(&WINDOW)),
            "announced maintenance windows",
        ),
        may(
            "parameters",
            Shape::MapOf(&Shape::Any),
            "operational parameters that it declares",
        ),
        may(
            "sources",
            Shape::MapOf(&Shape::Record(&SOURCE)),
            "where each fact comes from, by its dotted path or the path of a group above it",
        ),
    ],
};

const TERMS: Table = Table {
    name: "terms",
    about: "Terms of redistribution.",
    keys: &[
        may("url", Shape::Url, "where they can be read"),
        may("text", Shape::Text, "what they allow, in a sentence"),
        may(
            "excerpts",
            Shape::Flag,
            "whether redacted excerpts of its answers may be public; not if absent",
        ),
        may(
            "embargo",
            Shape::Duration,
            "how long after a run its results are not public; not at all if absent",
        ),
        may(
            "retention",
            Shape::Duration,
            "how long raw evidence of its answers is kept; two years if absent",
        ),
    ],
};
const RDAP: Table = Table {
    name: "RDAP service",
    about: "Where RDAP is served.",
    keys: &[
        may("base", Shape::Url, "base URL with final slash"),
        may("host", Shape::Text, "its host name"),
        may(
            "tag",
            Shape::Text,
            "object tag registered with IANA (RFC 8521)",
        ),
        may(
            "http_base",
            Shape::Url,
            "base URL over plain HTTP where the bootstrap lists one",
        ),
    ],
};
const WHOIS: Table = Table {
    name: "whois service",
    about: "Where whois is served.",
    keys: &[
        may("host", Shape::Text, "its host name"),
        may("port", Shape::Count, "its port; default 43"),
        may(
            "flags",
            Shape::Text,
            "flags put before every query, such as `-r`",
        ),
    ],
};
const DNS: Table = Table {
    name: "DNS service",
    about: "Where reverse zones are served.",
    keys: &[
        may(
            "zones",
            Shape::List(&Shape::Text),
            "reverse zones it is delegated",
        ),
        may("servers", Shape::List(&Shape::Text), "its name servers"),
    ],
};
const STATS: Table = Table {
    name: "statistics",
    about: "Delegated statistics.",
    keys: &[
        may("name", Shape::Text, "its name in statistics files"),
        may("url", Shape::Url, "the latest extended file"),
        may(
            "ids",
            Shape::Text,
            "regular expression that every id of a holder fits as a whole",
        ),
        may(
            "mirrors",
            Shape::List(&Shape::Record(&MIRROR)),
            "its mirrors of other registries' latest extended files",
        ),
        may(
            "signed_by",
            Shape::Record(&SIGNER),
            "the OpenPGP key that signs its files",
        ),
    ],
};
const SIGNER: Table = Table {
    name: "signer of statistics",
    about: "An OpenPGP key that signs files, known by its fingerprint.",
    keys: &[
        must("key", Shape::Url, "where its public key is"),
        must(
            "fingerprint",
            Shape::Text,
            "40 hex digits of the key that signs, a primary key or one below",
        ),
    ],
};
const MIRROR: Table = Table {
    name: "mirror of statistics",
    about: "A copy of another registry's statistics.",
    keys: &[
        must("of", Shape::Registry, "whose statistics they are"),
        must("url", Shape::Url, "the copy of its latest extended file"),
    ],
};
const IRR: Table = Table {
    name: "routing registry",
    about: "A routing registry whose objects the registry itself authorizes.",
    keys: &[
        may("host", Shape::Text, "host of its whois service"),
        may("source", Shape::Text, "the source of its objects"),
        may(
            "dumps",
            Shape::List(&Shape::Url),
            "dumps with its objects, or with those of one class each",
        ),
        may("serial", Shape::Url, "its current serial number"),
    ],
};
const TRANSFERS: Table = Table {
    name: "transfer log",
    about: "The log of transfers within and between registries.",
    keys: &[may("url", Shape::Url, "the latest log")],
};
const ENDPOINT: Table = Table {
    name: "endpoint",
    about: "A public service.",
    keys: &[
        must("kind", Shape::Name, "what it serves"),
        must("host", Shape::Text, "its host name"),
        must("port", Shape::Count, "its port"),
        may("url", Shape::Text, "its URL"),
        may("tls", Shape::Flag, "whether it speaks TLS"),
    ],
};
const LIMITS: Table = Table {
    name: "limits",
    about: "How fast its documents allow it to be asked.",
    keys: &[may(
        "rate",
        Shape::Rate,
        "exchanges in a time, such as `1/s` or `10/m`",
    )],
};
const WINDOW: Table = Table {
    name: "maintenance window",
    about: "An announced maintenance window.",
    keys: &[
        must("from", Shape::Time, "start, UTC"),
        must("until", Shape::Time, "end, UTC"),
        must("source", Shape::Text, "where it was announced"),
    ],
};
const SOURCE: Table = Table {
    name: "source",
    about: "Where a fact comes from.",
    keys: &[
        must("source", Shape::Text, "document, file or page"),
        must("date", Shape::Date, "the day it was read"),
    ],
};

/// Keys of a registry file that no overlay changes.
const OWN: &[&str] = &["registry", "sources"];

/// Parts of a registry whose facts need a source.
const SOURCED: &[&str] = &[
    "terms",
    "rdap",
    "whois",
    "irr",
    "dns",
    "stats",
    "transfers",
    "rpki",
    "hosts",
    "endpoints",
    "samples",
    "capabilities",
    "limits",
    "parameters",
];

/// Reads a registry whose shape was checked, and reports facts without a source.
pub(super) fn decode(decoder: Decoder<'_>, node: &Node) -> Option<Registry> {
    let sources: Vec<&str> = node
        .at("sources")
        .and_then(Node::entries)
        .unwrap_or_default()
        .iter()
        .map(|e| e.key.as_str())
        .collect();
    for part in SOURCED {
        if let Some(value) = node.at(part) {
            check_sources(decoder, part, value, &sources);
        }
    }
    if let Some(entries) = node.at("sources").and_then(Node::entries) {
        for entry in entries {
            let mut at = Some(node);
            for part in entry.key.split('.') {
                at = at.and_then(|n| n.get(part));
            }
            // Capabilities have dots in their own names.
            let capability = entry
                .key
                .strip_prefix("capabilities.")
                .and_then(|name| node.get("capabilities")?.get(name));
            if at.is_none() && capability.is_none() {
                decoder.error(
                    entry.key_span,
                    format!(
                        "source of `{}`, which this registry does not declare",
                        entry.key
                    ),
                );
            }
        }
    }
    for window in node.nodes_at("maintenance") {
        if let (Some(from), Some(until)) = (window.time_at("from"), window.time_at("until"))
            && until <= from
        {
            let span = window.at("until").map_or(window.span, |n| n.span);
            decoder.error(span, "maintenance window ends before it begins");
        }
    }
    let id = node.registry_at("registry")?;
    let mut data = node.to_json();
    if let Data::Object(members) = &mut data {
        members.shift_remove("sources");
    }
    Some(from_data(id, data, decoder.place(first_key(node))))
}

/// Reports facts whose path has no source and no group above it has one.
fn check_sources(decoder: Decoder<'_>, path: &str, node: &Node, sources: &[&str]) {
    if sources.contains(&path) {
        return;
    }
    match node.entries() {
        Some(entries) => {
            for entry in entries {
                check_sources(
                    decoder,
                    &format!("{path}.{}", entry.key),
                    &entry.value,
                    sources,
                );
            }
        }
        None => decoder.error(
            node.span,
            format!(
                "`{path}` has no source; expected one in `sources`, for it or for a group above it"
            ),
        ),
    }
}

/// Returns a registry with everything that can be read from its data, as after an overlay.
pub fn from_data(id: RegistryId, mut data: Data, place: Place) -> Registry {
    let text = |value: Option<&Data>| value.and_then(Data::as_str).unwrap_or_default().to_owned();
    if let Data::Object(members) = &mut data {
        members.shift_remove("registry");
        members.insert("id".to_owned(), Data::from(id.as_str()));
    }
    let mut hosts: Vec<String> = data
        .get("hosts")
        .and_then(Data::as_array)
        .into_iter()
        .flatten()
        .chain(data.pointer("/rdap/host"))
        .chain(data.pointer("/whois/host"))
        .chain(data.pointer("/irr/host"))
        .filter_map(Data::as_str)
        .map(str::to_ascii_lowercase)
        .collect();
    let urls = [
        "/rdap/base",
        "/rdap/http_base",
        "/stats/url",
        "/transfers/url",
        "/rpki/tal",
    ];
    let lists = ["/rpki/rrdp", "/rpki/rsync"];
    let lists = lists.iter().filter_map(|at| data.pointer(at)?.as_array());
    let urls = urls.iter().filter_map(|at| data.pointer(at));
    for url in urls.chain(lists.flatten()).filter_map(Data::as_str) {
        let url = url.parse::<url::Url>().ok();
        hosts.extend(url.and_then(|u| u.host_str().map(str::to_ascii_lowercase)));
    }
    hosts.sort();
    hosts.dedup();
    let capabilities: BTreeMap<String, bool> = data
        .get("capabilities")
        .and_then(Data::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_bool()?)))
        .collect();
    let windows = data.get("maintenance").and_then(Data::as_array);
    let maintenance = windows
        .into_iter()
        .flatten()
        .filter_map(|window| {
            Some(Maintenance {
                from: units::time(window.get("from")?.as_str()?)?,
                until: units::time(window.get("until")?.as_str()?)?,
                source: text(window.get("source")),
            })
        })
        .collect();
    Registry {
        name: match text(data.get("name")) {
            name if name.is_empty() => id.to_string(),
            name => name,
        },
        hosts,
        capabilities,
        maintenance,
        per_second: data
            .pointer("/limits/rate")
            .and_then(Data::as_str)
            .and_then(units::rate),
        publication: publication(&data),
        setting: Arc::default(),
        id,
        data,
        place,
    }
}

/// Reads what may be published.
fn publication(data: &Data) -> Publication {
    let at = |name: &str| data.get("terms").and_then(|terms| terms.get(name));
    let text = |name: &str| at(name).and_then(Data::as_str).unwrap_or_default();
    Publication {
        terms: text("url").to_owned(),
        text: text("text").to_owned(),
        excerpts: at("excerpts").and_then(Data::as_bool).unwrap_or(false),
        embargo: units::duration(text("embargo")).filter(|time| time.is_positive()),
        retention: units::duration(text("retention")),
    }
}

/// Checks an overlay on a registry: known parts, each of its shape, or `null` to remove it.
pub(super) fn check_overlay(decoder: Decoder<'_>, node: &Node) {
    let Some(entries) = node.entries() else {
        decoder.expected(node, &Shape::MapOf(&Shape::Any));
        return;
    };
    let known: Vec<&str> = REGISTRY.names().filter(|n| !OWN.contains(n)).collect();
    for entry in entries {
        let key = REGISTRY.key(&entry.key);
        match key.filter(|k| known.contains(&k.name)) {
            Some(_) if entry.value.is_null() => {}
            Some(key) => {
                decoder.check(&entry.value, &key.shape);
            }
            None => decoder.unknown_key(entry, "an overlay on a registry", &known),
        }
    }
}
