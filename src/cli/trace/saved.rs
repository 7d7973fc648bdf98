//! A trace out of a recorded run: nothing is asked.

use std::sync::Arc;

use super::ask::{SCENARIO, kind_of};
use super::shelf::Shelf;
use super::{Args, Question, Stopped, chosen};
use crate::bundle::{Bundle, Fetched};
use crate::cli::target;
use crate::fact::{Facts, Observation, Value};
use crate::inspect::trace::{Subject, Trace};
use crate::plan;
use crate::run::service_of;
use crate::scenario::model::{Registry, Target};
use crate::scenario::suite::Suite;

/// Traces a resource through what a run has of it.
pub(super) fn trace(
    args: &Args,
    bundle: &Arc<Bundle>,
    subject: &Subject,
    suite: &Suite,
) -> Result<Trace, Stopped> {
    let run = bundle.run();
    let target = target::find(suite, &run.target.name)?;
    let chosen = chosen(args, suite)?;
    let registries = plan::registries(suite, target);
    let registries = registries.iter().filter(|(id, _)| {
        let was_asked = run.registries.iter().any(|known| known.id == **id);
        was_asked && (chosen.is_empty() || chosen.contains(id))
    });
    let registries = registries
        .map(|(id, registry)| (id.clone(), Arc::clone(registry)))
        .collect();
    let is_wanted = |question: Question| {
        question.is_of(subject) && (args.only.is_empty() || args.only.contains(&question))
    };
    let mut shelf = Shelf::default();
    let scenarios: Vec<Arc<str>> = bundle.scenarios().cloned().collect();
    for id in scenarios {
        let kinds = kinds(suite, &id);
        if kinds.is_empty() && &*id != SCENARIO {
            continue;
        }
        for seen in bundle.observations(&id).map_err(Stopped::Saved)? {
            let probe = Arc::clone(&seen.key.probe);
            let kind = match kinds.iter().find(|(name, _)| *name == probe) {
                Some((_, kind)) => kind,
                None if &*id == SCENARIO => kind_of(&probe),
                None => continue,
            };
            let Some((question, words)) = about(&seen, kind, subject, target, suite) else {
                continue;
            };
            if is_wanted(question) {
                shelf.put(kind, &words, Arc::new(seen));
            }
        }
    }
    if is_wanted(Question::Statistics) {
        let answers = Fetched::of(Arc::clone(bundle)).map_err(Stopped::Saved)?;
        shelf.read_statistics(&registries, &answers, target.limits.capture_bytes);
        shelf.keep_answered_statistics();
    }
    if shelf.is_empty() {
        return Err(Stopped::NothingSaved {
            path: bundle.folder().to_owned(),
            resource: subject.to_string(),
        });
    }
    Ok(shelf.trace(subject, &registries))
}

/// Returns the probes of a scenario with their kinds; none of a scenario that the suite has no more.
fn kinds(suite: &Suite, id: &str) -> Vec<(Arc<str>, &'static str)> {
    let mut all = suite.scenarios.iter();
    let scenario = all.find(|scenario| &*scenario.id == id);
    let probes = scenario.into_iter().flat_map(|scenario| &scenario.probes);
    probes
        .map(|probe| (Arc::clone(&probe.name), probe.kind.name))
        .collect()
}

/// Says what an observation answers, if it is about the resource; nothing if it is about another one.
fn about(
    seen: &Observation,
    kind: &str,
    subject: &Subject,
    target: &Target,
    suite: &Suite,
) -> Option<(Question, String)> {
    let facts = &seen.facts;
    let asked = seen.key.asked.as_ref();
    let registry = || -> Option<Arc<Registry>> {
        let all = plan::registries(suite, target);
        all.of(asked?.as_str()).cloned()
    };
    match kind {
        "iana" => {
            let wanted = iana(subject);
            let Some(Value::Records(files)) = facts.get("file_list") else {
                return None;
            };
            let mut files = files.iter();
            let has = files.any(|file| text(file, "registry") == Some(wanted));
            has.then(|| (Question::Iana, String::new()))
        }
        "http" => {
            let url = text(facts, "url")?;
            let mut files = bootstrap(subject).iter();
            files.find(|file| url == format!("{}{file}.json", target.bootstrap))?;
            Some((Question::Bootstrap, url.to_owned()))
        }
        "transfer_log" => {
            let own = service_of(&*registry()?).transfers;
            (text(facts, "url")? == own).then(|| (Question::TransferLog, String::new()))
        }
        "rpki_tree" => Some((Question::Rpki, String::new())),
        "zone" => {
            let zone = text(facts, "zone")?.trim_end_matches('.');
            (zone == subject.zone()?).then(|| (Question::ReverseDns, String::new()))
        }
        "rdap" => {
            let base = service_of(&*registry()?).rdap_base;
            let url = text(facts, "url")?;
            let path = url.strip_prefix(&base)?;
            let all = subject.rdap();
            let found = all.iter().find(|own| own.eq_ignore_ascii_case(path))?;
            Some((Question::Rdap, found.clone()))
        }
        "whois" => {
            let all = subject.whois();
            let is_asked = |query: &&String| {
                seen.asked.iter().any(|line| {
                    line.contains(&format!("`{query}`")) || line.contains(&format!(" {query}`"))
                })
            };
            Some((Question::Whois, all.iter().find(is_asked)?.clone()))
        }
        _ => None,
    }
}

fn text<'f>(facts: &'f Facts, path: &str) -> Option<&'f str> {
    match facts.get(path) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

/// Returns the name of IANA's registry that such numbers are in.
const fn iana(subject: &Subject) -> &'static str {
    match subject {
        Subject::Asn(_) | Subject::Asns(..) | Subject::Holder(_) => "as-numbers",
        Subject::Address(_) | Subject::Prefix(_) | Subject::Range(_) => match subject.is_ipv4() {
            true => "ipv4-address-space",
            false => "ipv6-unicast-address-assignments",
        },
    }
}

/// Returns the names of the bootstrap files that have such numbers.
pub(super) fn bootstrap(subject: &Subject) -> &'static [&'static str] {
    match subject {
        Subject::Asn(_) | Subject::Asns(..) => &["asn"],
        Subject::Holder(_) => &[],
        Subject::Address(_) | Subject::Prefix(_) | Subject::Range(_) => match subject.is_ipv4() {
            true => &["ipv4"],
            false => &["ipv6"],
        },
    }
}
