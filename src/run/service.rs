//! Registry data as probes need it.

use std::collections::BTreeMap;

use crate::probe::Service;
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
        rdap_base,
        whois_host: text("/whois/host"),
        whois_port: port
            .and_then(serde_json::Value::as_u64)
            .and_then(|p| u16::try_from(p).ok())
            .unwrap_or(0),
        whois_flags: text("/whois/flags"),
        nameserver: registry.capabilities.get("rdap.nameserver").copied(),
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
