//! Questions to one probe, without a scenario around it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use quintet::clock::Clock;
use quintet::fact::{Key, Subject};
use quintet::probe::{Ask, Limits, Service};
use quintet::registry::RegistryId;
use quintet::transport::{Family, Transport};

/// Returns what is asked of a probe about a subject of a registry: no arguments, an empty service.
pub(crate) fn about<'a>(
    operator: &str,
    subject: &str,
    transport: &'a dyn Transport,
    clock: &'a dyn Clock,
) -> Ask<'a> {
    let registry = RegistryId::parse(operator).unwrap();
    let key = Key {
        scenario: "test".into(),
        instance: "".into(),
        subject: Subject::Registry(registry.clone()),
        asked: Some(registry),
        target: "mock".into(),
        probe: "asked".into(),
        tick: 0,
        attempt: 1,
        vantage: "here".into(),
    };
    Ask {
        key: Arc::new(key),
        subject: subject.to_owned(),
        arguments: BTreeMap::new(),
        service: Arc::new(Service::default()),
        services: Arc::default(),
        hosts: Arc::default(),
        family: Family::Any,
        limits: Limits {
            body_bytes: 1 << 20,
            decoded_bytes: 8 << 20,
            capture_bytes: 64 << 20,
            depth: 64,
            redirects: 4,
            public_only: false,
        },
        timeout: Duration::from_mins(2),
        earlier: BTreeMap::new(),
        trust_anchors: Arc::from([]),
        earlier_run: None,
        transport,
        clock,
    }
}
