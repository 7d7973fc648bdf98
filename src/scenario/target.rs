//! Target files: where a run asks, how fast, and within which limits.

use std::sync::Arc;

use jiff::SignedDuration;

use super::data::{known_registries, known_registry};
use super::decode::Decoder;
use super::fields::{Fields as _, first_key};
use super::keys::{Shape, Table, may, must};
use super::model::{Access, Credential, Limits, Pacing, Retry, Target, TargetKind};
use super::probe::{self, RETRY};
use super::{registry_file, units};
use crate::registry::{PerRegistry, RegistryId};
use crate::yaml::Node;

/// Keys of a target file.
pub(super) const TARGET: Table = Table {
    name: "target",
    about: "Where a run asks: live services, services before a release, or the mock world.",
    keys: &[
        must(
            "target",
            Shape::Name,
            "its name, by which `--target` and waivers find it",
        ),
        may("title", Shape::Text, "one sentence"),
        must(
            "kind",
            Shape::Word(&["live", "staging", "mock"]),
            "what it is; live targets are asked with the most care",
        ),
        may(
            "contact",
            Shape::Text,
            "whom registries reach about our requests; part of the User-Agent; a `live` target is asked with this or `--contact` only",
        ),
        may(
            "registries",
            Shape::AnyOf(&[
                Shape::List(&Shape::Registry),
                Shape::PerRegistry(&Shape::Any),
            ]),
            "registries it has, with changes of their data as JSON merge patches; `default` is for all; default all registries, unchanged",
        ),
        may(
            "bootstrap",
            Shape::Url,
            "base URL of the RDAP bootstrap files, read as `run.bootstrap`; default IANA's",
        ),
        may(
            "iana",
            Shape::Url,
            "base URL of the number registries, read as `run.iana`; default IANA's",
        ),
        may(
            "nro",
            Shape::Url,
            "base URL of the NRO's combined statistics, read as `run.nro`; default where they are published",
        ),
        may(
            "trust_anchors",
            Shape::List(&Shape::Text),
            "DS records that DNSSEC begins with, such as `. 20326 8 2 e06d…`; without any, zones are not authenticated",
        ),
        may(
            "timeout",
            Shape::Duration,
            "time for a probe that says nothing; default `30s`",
        ),
        may(
            "retry",
            Shape::Record(&RETRY),
            "attempts on transport failures where a probe says nothing; default 2 attempts",
        ),
        may(
            "limits",
            Shape::Record(&LIMITS),
            "limits on every read; reaching one is an observation",
        ),
        may("pacing", Shape::Record(&PACING), "pace and budgets"),
        may(
            "access",
            Shape::Record(&ACCESS),
            "how services are reached that are not where their names say",
        ),
        may(
            "time_source",
            Shape::Url,
            "a URL whose Date header our clock is compared with",
        ),
    ],
};

const LIMITS: Table = Table {
    name: "limits of a target",
    about: "Limits on every read.",
    keys: &[
        may(
            "body",
            Shape::Size,
            "largest body on the wire; default `8 MiB`",
        ),
        may(
            "decoded",
            Shape::Size,
            "largest body after decoding; default `32 MiB`",
        ),
        may(
            "capture",
            Shape::Size,
            "largest file or tree of an RPKI repository, on the wire and after decoding; default `1536 MiB`",
        ),
        may(
            "depth",
            Shape::Count,
            "deepest nesting of a document; default 64",
        ),
        may(
            "redirects",
            Shape::Count,
            "most redirects, whatever a probe asks for; default 8",
        ),
    ],
};
const PACING: Table = Table {
    name: "pacing",
    about: "Pace and budgets; the strictest of this and what a registry declares wins.",
    keys: &[
        may(
            "rate",
            Shape::AnyOf(&[Shape::Word(&["none"]), Shape::Rate]),
            "exchanges in a time to one host, or `none`; default `1/s`, for a mock `none`",
        ),
        may(
            "connections",
            Shape::Count,
            "connections at a time to one host; default 1",
        ),
        may(
            "requests_per_day",
            Shape::Count,
            "exchanges to one registry in a day, kept across runs; default none",
        ),
        may(
            "bytes_per_day",
            Shape::Size,
            "octets from one registry in a day, kept across runs; default none",
        ),
    ],
};
const ACCESS: Table = Table {
    name: "access",
    about: "How services are reached that are not where their names say.",
    keys: &[
        may(
            "ca_bundle",
            Shape::Text,
            "file with CA certificates to trust beside the machine's, PEM",
        ),
        may(
            "client_certificate",
            Shape::Text,
            "file with a client certificate and its key, PEM",
        ),
        may("proxy", Shape::Url, "proxy"),
        may(
            "connect_to",
            Shape::MapOf(&Shape::Text),
            "`name:port` to `host:port`, as curl's `--connect-to`",
        ),
        may(
            "names",
            Shape::MapOf(&Shape::Text),
            "production name to staging name, applied to URLs before asking",
        ),
        may(
            "credentials",
            Shape::List(&Shape::Record(&CREDENTIAL)),
            "secrets from the environment, each for one host",
        ),
        may(
            "resolver",
            Shape::Text,
            "DNS server, `address:port`; default the machine's",
        ),
    ],
};
const CREDENTIAL: Table = Table {
    name: "credential",
    about: "A secret that is sent to one host and never written.",
    keys: &[
        must("host", Shape::Text, "the host it is sent to, and no other"),
        must("header", Shape::Text, "the header that carries it"),
        must(
            "variable",
            Shape::Text,
            "the environment variable that holds it",
        ),
    ],
};

/// Where IANA publishes the RDAP bootstrap files.
///
/// RFC 9224, section 4, and the IANA registries it names.
const IANA_BOOTSTRAP: &str = "https://data.iana.org/rdap/";

/// Where IANA publishes the number registries.
///
/// RIPE-NCC/nro-delegated-stats, application.conf, read on 2026-11-29.
const IANA_REGISTRIES: &str = "https://www.iana.org/assignments/";

/// Where the NRO's combined statistics are published, a folder for each day.
///
/// RIPE-NCC/nro-delegated-stats, Reports.md, read on 2026-11-29.
const NRO_STATISTICS: &str = "https://ftp.ripe.net/pub/stats/ripencc/nro-stats/";

/// Reads a target whose shape was checked.
pub(super) fn decode(
    decoder: Decoder<'_>,
    node: &Node,
    registries: &[RegistryId],
) -> Option<Target> {
    let kind = match node.text_at("kind")? {
        "live" => TargetKind::Live,
        "staging" => TargetKind::Staging,
        _ => TargetKind::Mock,
    };
    let contact = node.text_at("contact").map(str::to_owned);
    let (members, overlays) = registries_of(decoder, node, registries);
    Some(Target {
        name: Arc::from(node.text_at("target")?),
        kind,
        overlays,
        registries: members,
        limits: limits(node.at("limits")),
        pacing: pacing(node.at("pacing"), kind),
        retry: node
            .at("retry")
            .and_then(|n| probe::decode_retry(decoder, n))
            .unwrap_or(Retry {
                attempts: 2,
                first: probe::FIRST_WAIT,
                max: probe::LONGEST_WAIT,
            }),
        timeout: node
            .duration_at("timeout")
            .unwrap_or(SignedDuration::from_secs(30)),
        access: node
            .at("access")
            .map(|n| access(decoder, n))
            .unwrap_or_default(),
        contact,
        bootstrap: node
            .text_at("bootstrap")
            .unwrap_or(IANA_BOOTSTRAP)
            .to_owned(),
        iana: node.text_at("iana").unwrap_or(IANA_REGISTRIES).to_owned(),
        nro: node.text_at("nro").unwrap_or(NRO_STATISTICS).to_owned(),
        trust_anchors: node.texts_at("trust_anchors").into(),
        time_source: node.text_at("time_source").map(str::to_owned),
        place: decoder.place(first_key(node)),
    })
}

/// Reads `registries`: which there are, and what is changed in them.
fn registries_of(
    decoder: Decoder<'_>,
    node: &Node,
    known: &[RegistryId],
) -> (Vec<RegistryId>, PerRegistry<serde_json::Value>) {
    let mut overlays = PerRegistry::new();
    let Some(chosen) = node.at("registries") else {
        return (Vec::new(), overlays);
    };
    let Some(entries) = chosen.entries() else {
        return (known_registries(decoder, chosen, known), overlays);
    };
    let default = entries.iter().find(|e| e.key == "default");
    let mut members = Vec::new();
    for entry in entries {
        registry_file::check_overlay(decoder, &entry.value);
        if entry.key == "default" {
            continue;
        }
        let Some(id) = known_registry(decoder, entry.key_span, &entry.key, known) else {
            continue;
        };
        let mut patch = default.map_or_else(
            || serde_json::Value::Object(serde_json::Map::new()),
            |d| d.value.to_json(),
        );
        merge(&mut patch, &entry.value.to_json(), true);
        overlays.insert(id.clone(), patch);
        members.push(id.clone());
    }
    if members.is_empty()
        && let Some(default) = default
    {
        overlays = known
            .iter()
            .map(|id| (id.clone(), default.value.to_json()))
            .collect();
    }
    members.sort();
    (members, overlays)
}

/// Applies a JSON merge patch (RFC 7396); with `keep_nulls` the result is a patch itself.
pub fn merge(into: &mut serde_json::Value, patch: &serde_json::Value, keep_nulls: bool) {
    use serde_json::Value;
    let Value::Object(changes) = patch else {
        *into = patch.clone();
        return;
    };
    if !into.is_object() {
        *into = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = into else { return };
    for (name, change) in changes {
        if change.is_null() && !keep_nulls {
            members.shift_remove(name);
        } else {
            merge(
                members.entry(name.clone()).or_insert(Value::Null),
                change,
                keep_nulls,
            );
        }
    }
}

/// Limits of a target that says nothing; ours, above the largest RDAP answer by far.
pub const LIMITS_BY_DEFAULT: Limits = Limits {
    body_bytes: 8 << 20,
    decoded_bytes: 32 << 20,
    // Twice the largest snapshot that is known of, 760 MB.
    capture_bytes: 1536 << 20,
    depth: 64,
    redirects: 8,
};

fn limits(node: Option<&Node>) -> Limits {
    let count = |key: &str| node.and_then(|n| n.count_at(key));
    let size = |key: &str| node.and_then(|n| n.size_at(key));
    Limits {
        body_bytes: size("body").unwrap_or(LIMITS_BY_DEFAULT.body_bytes),
        decoded_bytes: size("decoded").unwrap_or(LIMITS_BY_DEFAULT.decoded_bytes),
        capture_bytes: size("capture").unwrap_or(LIMITS_BY_DEFAULT.capture_bytes),
        depth: count("depth").unwrap_or(LIMITS_BY_DEFAULT.depth),
        redirects: count("redirects").unwrap_or(LIMITS_BY_DEFAULT.redirects),
    }
}

fn pacing(node: Option<&Node>, kind: TargetKind) -> Pacing {
    let text = node.and_then(|n| n.text_at("rate"));
    Pacing {
        per_second: match text {
            Some("none") => None,
            Some(text) => units::rate(text),
            None if kind == TargetKind::Mock => None,
            None => Some(1.0),
        },
        connections: node
            .and_then(|n| n.count_at("connections"))
            .unwrap_or(1)
            .max(1),
        requests_per_day: node.and_then(|n| n.count_at("requests_per_day")),
        bytes_per_day: node.and_then(|n| n.size_at("bytes_per_day")),
    }
}

fn access(decoder: Decoder<'_>, node: &Node) -> Access {
    let pairs = |key: &str| -> Vec<(String, String)> {
        let entries = node.at(key).and_then(Node::entries).unwrap_or_default();
        entries
            .iter()
            .filter_map(|e| Some((e.key.clone(), e.value.text()?.to_owned())))
            .collect()
    };
    let detours = node.at("connect_to").and_then(Node::entries);
    for entry in detours.unwrap_or_default() {
        for (text, span) in [
            (Some(entry.key.as_str()), entry.key_span),
            (entry.value.text(), entry.value.span),
        ] {
            let port = text
                .and_then(|t| t.rsplit_once(':'))
                .and_then(|(_, p)| p.parse::<u16>().ok());
            if let (Some(text), None) = (text, port) {
                decoder.error(span, format!("`{text}` has no port; expected `name:port`"));
            }
        }
    }
    let credentials = node.nodes_at("credentials");
    let text = |key: &str| node.text_at(key).map(str::to_owned);
    let place = |key: &str| {
        let written = node.at(key).map(|value| decoder.place(value.span));
        written.unwrap_or_default()
    };
    Access {
        ca_bundle: text("ca_bundle"),
        ca_bundle_at: place("ca_bundle"),
        client_certificate: text("client_certificate"),
        client_certificate_at: place("client_certificate"),
        proxy: text("proxy"),
        connect_to: pairs("connect_to"),
        names: pairs("names"),
        credentials: credentials
            .iter()
            .map(|n| Credential {
                host: n.string_at("host").to_ascii_lowercase(),
                header: n.string_at("header"),
                variable: n.string_at("variable"),
            })
            .collect(),
        resolver: text("resolver"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_merge_patch_changes_adds_and_removes() {
        let mut value = json!({"rdap": {"base": "a", "tag": "b"}, "hosts": [1]});
        merge(
            &mut value,
            &json!({"rdap": {"base": "c", "tag": null}, "hosts": [2], "new": {"x": null}}),
            false,
        );
        assert_eq!(
            value,
            json!({"rdap": {"base": "c"}, "hosts": [2], "new": {}})
        );
    }
}
