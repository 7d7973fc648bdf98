//! The bundle: cut at every octet, resumed, tampered with, and read from a stranger.

mod cut;
mod kept;
mod tampered;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use quintet::bundle::{
    Bundle, ClockRecord, Expansion, FORMAT, Filters, Here, Planned, RunRecord, TargetRecord, Tool,
    Writer,
};
use quintet::fact::{Digest, Facts, Json, Key, Observation, Subject, Value};
use quintet::registry::RegistryId;
use quintet::transport::{
    Answer, Body, Content, Exchange, Family, HttpAnswer, HttpRequest, Recorder as _, Request,
    Timing,
};

fn now() -> Timestamp {
    "2026-11-21T10:02:11Z".parse().unwrap()
}

fn record() -> RunRecord {
    RunRecord {
        format: FORMAT,
        id: "test".to_owned(),
        tool: Tool {
            name: "quintet".to_owned(),
            version: "0".to_owned(),
        },
        suite: Digest::of(b"suite"),
        release: "2026.11".to_owned(),
        target: TargetRecord {
            name: "mock".to_owned(),
            kind: "mock".to_owned(),
            file: None,
            faults: Vec::new(),
        },
        vantage: "here".to_owned(),
        started: now(),
        clock: ClockRecord {
            kind: "fixed".to_owned(),
            ahead_milliseconds: None,
            source: None,
        },
        here: Here::default(),
        registries: Vec::new(),
        filters: Filters::default(),
        planned: Planned::default(),
        twin: None,
        parts: Vec::new(),
        inputs: [].into(),
        earlier: None,
        reproduce: "quintet run".to_owned(),
        flags: Vec::new(),
    }
}

fn key(scenario: &str, registry: &str) -> Key {
    let id = RegistryId::parse(registry).unwrap();
    Key {
        scenario: scenario.into(),
        instance: "".into(),
        subject: Subject::Registry(id.clone()),
        asked: Some(id),
        target: "mock".into(),
        probe: "help".into(),
        tick: 0,
        attempt: 1,
        vantage: "here".into(),
    }
}

fn exchange(key: &Key, step: u32, octets: &[u8]) -> Exchange {
    Exchange {
        key: Arc::new(key.clone()),
        step,
        at: now(),
        request: Request::Http(HttpRequest {
            method: "GET".to_owned(),
            url: "https://rdap.example.net/help".to_owned(),
            headers: vec![("accept".to_owned(), "*/*".to_owned())],
            address: None,
            family: Family::Any,
            body_limit: 1000,
            timeout: Duration::MAX,
        }),
        source: None,
        destination: Some("127.0.0.1:443".parse().unwrap()),
        addresses: Vec::new(),
        timing: Timing::default(),
        answer: Some(Answer::Http(HttpAnswer {
            status: 200,
            version: "HTTP/1.1".to_owned(),
            headers: Vec::new(),
            body: Body {
                digest: Digest::of(octets),
                bytes: octets.len() as u64,
                content: Content::Memory(Bytes::copy_from_slice(octets)),
            },
        })),
        failure: None,
        masked: false,
    }
}

fn observation(key: &Key, octets: &[u8]) -> Observation {
    let mut facts = Facts::new();
    facts.set("status", Value::Count(200));
    let digest = Digest::of(octets);
    if let Ok(json) = serde_json::from_slice(octets) {
        facts.set("json", Value::Json(Json::parsed(digest.clone(), json)));
    }
    Observation {
        key: key.clone(),
        at: now(),
        failure: None,
        skipped: None,
        facts,
        inspected: None,
        asked: vec!["GET https://rdap.example.net/help 200".to_owned()],
        evidence: vec![digest],
    }
}

const REGISTRIES: [&str; 3] = ["afrinic", "apnic", "arin"];

fn body(registry: &str) -> Vec<u8> {
    format!("{{\"rdapConformance\": [\"{registry}\"]}}").into_bytes()
}

/// Observes one registry and returns the keys of what was asked.
fn observe(writer: &Writer, registry: &str) -> bool {
    let key = key("rdap.help", registry);
    if writer.finished(&key).unwrap().is_some() {
        return false;
    }
    let octets = body(registry);
    writer.record(&exchange(&key, 0, b"moved"));
    writer.record(&exchange(&key, 1, &octets));
    writer.observe(&observation(&key, &octets)).unwrap();
    true
}

/// Writes a whole bundle and returns its folder.
fn whole(parent: &Path) -> PathBuf {
    let writer = Writer::create(parent, now(), record()).unwrap();
    for registry in REGISTRIES {
        observe(&writer, registry);
    }
    writer
        .expand(Expansion {
            scenario: "rdap.sample".into(),
            registry: RegistryId::parse("apnic").unwrap(),
            axis: "case".to_owned(),
            values: vec![serde_json::json!({"prefix": "192.0.2.0/24"})],
        })
        .unwrap();
    writer.finish(now()).unwrap();
    writer.folder().to_owned()
}

fn observed(bundle: &Bundle) -> Vec<String> {
    bundle
        .observations("rdap.help")
        .unwrap()
        .iter()
        .map(|o| {
            let Some(Value::Json(json)) = o.facts.get("json") else {
                panic!("no document")
            };
            json.get().unwrap()["rdapConformance"][0]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}
