//! Registry data as probes need it.

use std::collections::BTreeMap;

use serde_json::Value as Data;

use crate::probe::{Consensus, Rpki, Service};
use crate::registry::{PerRegistry, RegistryId};
use crate::scenario::model::Registry;

/// Returns where a registry's services are; empty text where nothing is declared.
pub fn service_of(registry: &Registry) -> Service {
    let text = |pointer: &str| {
        let found = registry.data.pointer(pointer);
        found.and_then(|v| v.as_str()).unwrap_or("").to_owned()
    };
    let mut rdap_base = text("/rdap/base");
    if !rdap_base.is_empty() && !rdap_base.ends_with('/') {
        rdap_base.push('/');
    }
    let port = registry.data.pointer("/whois/port");
    Service {
        name: registry.name.clone(),
        stats_name: text("/stats/name"),
        stats_url: text("/stats/url"),
        rdap_base,
        whois_host: text("/whois/host"),
        whois_port: port
            .and_then(Data::as_u64)
            .and_then(|p| u16::try_from(p).ok())
            .unwrap_or(0),
        whois_flags: text("/whois/flags"),
        transfers: text("/transfers/url"),
        nameserver: registry.capabilities.get("rdap.nameserver").copied(),
        rpki: rpki_of(&registry.data),
    }
}

/// Returns where a registry's RPKI is.
fn rpki_of(data: &Data) -> Rpki {
    let text = |value: Option<&Data>| value.and_then(Data::as_str).unwrap_or_default().to_owned();
    let list = |pointer| data.pointer(pointer).and_then(Data::as_array);
    let texts = |pointer| {
        let all = list(pointer).into_iter().flatten();
        all.filter_map(Data::as_str).map(str::to_owned).collect()
    };
    let cas = list("/rpki/cas").into_iter().flatten();
    Rpki {
        tal: text(data.pointer("/rpki/tal")),
        constraints: text(data.pointer("/rpki/constraints")),
        consensus: Consensus {
            name: text(data.pointer("/rpki/consensus/name")),
            url: text(data.pointer("/rpki/consensus/url")),
            certificate: text(data.pointer("/rpki/consensus/certificate")),
            state: text(data.pointer("/rpki/consensus/state")),
        },
        rrdp: texts("/rpki/rrdp"),
        rsync: texts("/rpki/rsync"),
        cas: cas
            .map(|ca| {
                (
                    text(ca.get("key")),
                    text(ca.get("name")),
                    text(ca.get("role")),
                )
            })
            .collect(),
    }
}

/// Returns whose host is whose; a host that several registries declare belongs to the alphabetically first.
pub fn hosts_of<R: AsRef<Registry>>(registries: &PerRegistry<R>) -> BTreeMap<String, RegistryId> {
    let mut hosts = BTreeMap::new();
    for (id, registry) in registries.iter() {
        for host in &registry.as_ref().hosts {
            hosts.entry(host.clone()).or_insert_with(|| id.clone());
        }
    }
    hosts
}
