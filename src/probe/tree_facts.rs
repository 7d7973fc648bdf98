//! What the `rpki_tree` probe publishes of a walked tree.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;

use super::payloads;
use crate::fact::{Digest, Distribution, Facts, SampleUnit, Value};
use crate::inspect::MAX_FINDINGS;
use crate::inspect::tree::{Ca, Repository, Scope, Tier, Tree, Unit};
use crate::resource::{AddressSet, AsnSet};
use crate::verdict::Operator;

/// Hours after which the dark clock is read; the NRO's question, with the names of the facts.
const DARK: [(i64, &str); 4] = [(1, "h1"), (8, "h8"), (24, "h24"), (48, "h48")];

/// Publishes everything of a tree that is not about its capture.
pub(super) fn publish(tree: &Tree, facts: &mut Facts) {
    publish_anchor(tree, facts);
    publish_authorities(tree, facts);
    publish_objects(tree, facts);
    publish_payloads(tree, facts);
    publish_parameters(tree, facts);
    publish_dark(tree, facts);
    publish_expiry(tree, facts);
}

/// Returns the record of a repository; `reason` is empty text if it was captured.
pub(super) fn repository(repository: &Repository, reason: &str) -> Facts {
    let mut record = Facts::new();
    let notify = repository.notify.as_deref().unwrap_or_default();
    record.set("notify", Value::text(notify));
    record.set("module", Value::text(&repository.module));
    record.set("cas", Value::Count(i64::from(repository.cas)));
    record.set("captured", Value::Flag(reason.is_empty()));
    record.set("reason", Value::text(reason));
    record
}

fn publish_anchor(tree: &Tree, facts: &mut Facts) {
    let anchor = &tree.anchor;
    let outcome = match anchor.outcome.reason() {
        Some(reason) => format!("refused/{reason}"),
        None => anchor.outcome.as_str().to_owned(),
    };
    facts.set("anchor.outcome", Value::text(outcome));
    facts.set("anchor.bytes", Value::Bytes(u64::from(anchor.size)));
    if let Some(key) = anchor.key {
        facts.set("anchor.key", Value::text(key.to_string()));
    }
    if let Some(validity) = anchor.validity {
        let (from, to) = (validity.not_before(), validity.not_after());
        facts.set("anchor.not_before", Value::Time(from));
        facts.set("anchor.not_after", Value::Time(to));
        facts.set("anchor.lifetime", Value::Duration(to.duration_since(from)));
        let remaining = to.duration_since(tree.now);
        facts.set("anchor.remaining", Value::Duration(remaining));
    }
    if let Some(root) = tree.cas.first() {
        let resources = &root.resources;
        let addresses = resources.listed_addresses();
        facts.set("anchor.addresses", Value::Addresses(addresses));
        facts.set("anchor.asns", Value::Asns(resources.listed_asns()));
    }
}

fn is_accepted(ca: &Ca) -> bool {
    matches!(ca.outcome, crate::inspect::tree::CaOutcome::Accepted)
}

fn publish_authorities(tree: &Tree, facts: &mut Facts) {
    facts.set("cas.count", Value::count(tree.cas.len()));
    let accepted = tree.cas.iter().filter(|ca| is_accepted(ca)).count();
    facts.set("cas.accepted", Value::count(accepted));
    let mut by_operator: BTreeMap<Operator, usize> = BTreeMap::new();
    for ca in &tree.cas {
        *by_operator.entry(ca.operator).or_default() += 1;
    }
    for (operator, count) in by_operator {
        let path = format!("cas.by_operator.{}", operator.as_str());
        facts.set(path, Value::count(count));
    }
    let failed = |own: bool| {
        let failed = tree.cas.iter().filter(move |ca| !is_accepted(ca));
        failed.filter(move |ca| ca.operator.is_registry() == own)
    };
    let count = |own| Value::count(failed(own).count());
    facts.set("cas.failed.registry", count(true));
    facts.set("cas.failed.others", count(false));
    let deepest = tree.cas.iter().map(|ca| ca.depth).max().unwrap_or(0);
    publish_dead(tree, facts);
    facts.set("cas.outliving", Value::count(tree.outliving()));
    let bits = Value::Count(i64::from(tree.longest_number()));
    facts.set("manifests.longest_number", bits);
    facts.set("cas.deepest", Value::Count(i64::from(deepest)));
    let all = failed(true).chain(failed(false)).take(MAX_FINDINGS);
    facts.set("failed_list", Value::Records(all.map(authority).collect()));
    let own = tree.cas.iter().filter(|ca| ca.tier() != Tier::Member);
    let own = own.take(MAX_FINDINGS).map(authority);
    facts.set("own_list", Value::Records(own.collect()));
}

/// Publishes which authorities have no manifest that holds, and since when as far as the last one tells.
fn publish_dead(tree: &Tree, facts: &mut Facts) {
    let dead = || tree.cas.iter().filter(|ca| ca.has_no_manifest());
    let since = |ca: &Ca| {
        let ended = ca.manifest.as_ref()?.next_update;
        (ended < tree.now).then_some(ended)
    };
    let mut times: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for ca in dead() {
        let times = times.entry(level(ca.tier(), ca.operator)).or_default();
        times.extend(since(ca).map(|ended| tree.now.duration_since(ended).as_secs()));
    }
    for (level, times) in times {
        if let Some(times) = Distribution::of(SampleUnit::Duration, times) {
            let path = format!("cas.dead.{level}");
            facts.set(path, Value::Distribution(times));
        }
    }
    let records = dead().take(MAX_FINDINGS).map(|ca| {
        let mut record = Facts::new();
        record.set("manifest", Value::text(ca.manifest_uri()));
        record.set("key", Value::text(ca.key.to_string()));
        record.set("level", Value::text(level(ca.tier(), ca.operator)));
        record.set("outcome", Value::text(ca.outcome.name()));
        if let Some(ended) = since(ca) {
            record.set("since", Value::Time(ended));
        }
        record
    });
    facts.set("dead_list", Value::Records(records.collect()));
}

fn authority(ca: &Ca) -> Facts {
    let mut record = Facts::new();
    record.set("manifest", Value::text(ca.manifest_uri()));
    record.set("key", Value::text(ca.key.to_string()));
    record.set("role", Value::text(ca.role.as_str()));
    record.set("operator", Value::text(ca.operator.as_str()));
    record.set("depth", Value::Count(i64::from(ca.depth)));
    record.set("outcome", Value::text(ca.outcome.name()));
    if let Some(manifest) = &ca.manifest {
        record.set("manifest_number", Value::text(manifest.number.to_string()));
        record.set("next_update", Value::Time(manifest.next_update));
    }
    record
}

fn publish_objects(tree: &Tree, facts: &mut Facts) {
    facts.set("objects.count", Value::count(tree.objects.len()));
    let refused = || {
        let all = tree.objects.iter();
        all.filter_map(|object| Some((object, object.outcome.refusal()?)))
    };
    facts.set("objects.refused", Value::count(refused().count()));
    let records = refused().take(MAX_FINDINGS).map(|(object, refusal)| {
        let operator = tree.ca(object.ca).map(|ca| ca.operator.as_str());
        let mut record = Facts::new();
        record.set("uri", Value::text(tree.uri(object)));
        record.set("kind", Value::text(object.kind.as_str()));
        record.set("operator", Value::text(operator.unwrap_or_default()));
        record.set("reason", Value::text(refusal.to_string()));
        record
    });
    facts.set("refused_list", Value::Records(records.collect()));
    let mut kinds: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for object in &tree.objects {
        let (count, bytes) = kinds.entry(object.kind.as_str()).or_default();
        *count += 1;
        *bytes += u64::from(object.size);
    }
    let records = kinds.into_iter().map(|(kind, (count, bytes))| {
        let mut record = Facts::new();
        record.set("kind", Value::text(kind));
        record.set("count", Value::count(count));
        record.set("bytes", Value::Bytes(bytes));
        record
    });
    facts.set("objects.by_kind", Value::Records(records.collect()));
}

fn publish_payloads(tree: &Tree, facts: &mut Facts) {
    let unique = tree.unique_vrps();
    facts.set("vrps.count", Value::count(unique.len()));
    let v4 = unique
        .iter()
        .filter(|(prefix, ..)| prefix.address().is_ipv4());
    let v4 = v4.count();
    facts.set("vrps.v4", Value::count(v4));
    facts.set("vrps.v6", Value::count(unique.len() - v4));
    let repeated = tree.repeated();
    facts.set("vrps.repeated.within", Value::count(repeated.within));
    facts.set("vrps.repeated.across", Value::count(repeated.across));
    let mut text = String::new();
    for (prefix, most, asn) in &unique {
        // Writing to memory cannot fail.
        writeln!(text, "{prefix}-{most} {asn}").unwrap_or_default();
    }
    let digest = Digest::of(text.as_bytes());
    facts.set("vrps.digest", Value::text(digest.as_str()));
    payloads::of_tree(tree).publish(facts);
    let addresses: AddressSet = unique.iter().map(|(prefix, ..)| prefix.range()).collect();
    facts.set("vrps.addresses", Value::Addresses(addresses));
    let routed = unique.iter().filter(|(_, _, asn)| asn.0 != 0);
    let routed: AddressSet = routed.map(|(prefix, ..)| prefix.range()).collect();
    facts.set("vrps.routed.addresses", Value::Addresses(routed));
    let asns: AsnSet = unique.iter().map(|(_, _, asn)| *asn).collect();
    facts.set("vrps.asns", Value::Asns(asns));
    let customers: AsnSet = tree.aspas.iter().map(|aspa| aspa.customer).collect();
    let count = i64::try_from(customers.count()).unwrap_or(i64::MAX);
    facts.set("aspas.count", Value::Count(count));
    facts.set("aspas.customers", Value::Asns(customers));
    let providers = tree.aspas.iter().flat_map(|aspa| aspa.providers.iter());
    let providers = providers.copied().filter(|asn| asn.0 != 0);
    facts.set("aspas.providers", Value::Asns(providers.collect()));
    let count = Value::count(tree.router_keys.len());
    facts.set("router_keys.count", count);
    let routers: AsnSet = tree
        .router_keys
        .iter()
        .map(|key| key.asns.clone())
        .collect();
    facts.set("router_keys.asns", Value::Asns(routers));
    let holdings = tree.holdings();
    facts.set("holdings.addresses", Value::Addresses(holdings.addresses));
    facts.set("holdings.asns", Value::Asns(holdings.asns));
    let members = tree.member_holdings();
    let addresses = Value::Addresses(members.addresses);
    facts.set("holdings.members.addresses", addresses);
    facts.set("holdings.members.asns", Value::Asns(members.asns));
}

/// Returns the level of a sample: whose doing, and for the registry on which tier.
const fn level(tier: Tier, operator: Operator) -> &'static str {
    match (operator, tier) {
        (Operator::Nir, _) => "nir",
        (Operator::DelegatedCa | Operator::MemberData | Operator::ThirdParty, _) => "delegated",
        (_, Tier::Anchor) => "anchor",
        (_, Tier::Intermediate) => "intermediate",
        (_, Tier::Member) => "hosted",
    }
}

fn publish_parameters(tree: &Tree, facts: &mut Facts) {
    let mut all: BTreeMap<String, (SampleUnit, Vec<i64>)> = BTreeMap::new();
    for (parameter, tier, operator, samples) in tree.samples.iter() {
        let unit = match parameter.unit() {
            Unit::Seconds => SampleUnit::Duration,
            Unit::Bytes => SampleUnit::Bytes,
            Unit::Count => SampleUnit::Count,
        };
        let path = format!("ops.{}.{}", parameter.as_str(), level(tier, operator));
        let (_, values) = all.entry(path).or_insert_with(|| (unit, Vec::new()));
        values.extend_from_slice(samples);
    }
    for (path, (unit, samples)) in all {
        if let Some(distribution) = Distribution::of(unit, samples) {
            facts.set(path, Value::Distribution(distribution));
        }
    }
}

/// Publishes which share of the payloads is lost some hours after signing stopped.
fn publish_dark(tree: &Tree, facts: &mut Facts) {
    for (name, tier) in [
        ("all", None),
        ("anchor", Some(Tier::Anchor)),
        ("intermediate", Some(Tier::Intermediate)),
        ("member", Some(Tier::Member)),
    ] {
        let ends = tree.dark_clock(Scope {
            tier,
            operator: None,
        });
        if ends.is_empty() {
            continue;
        }
        for (hours, label) in DARK {
            let lost = ends.partition_point(|end| *end <= after(tree.now, hours));
            let share = share(lost, ends.len());
            facts.set(format!("dark.{name}.{label}"), Value::Ratio(share));
        }
    }
}

fn after(time: Timestamp, hours: i64) -> Timestamp {
    time.checked_add(jiff::SignedDuration::from_hours(hours))
        .unwrap_or(Timestamp::MAX)
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "the nearest float is what is wanted"
)]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// Publishes what the registry's own authorities must sign again, by time.
fn publish_expiry(tree: &Tree, facts: &mut Facts) {
    let endings = tree.endings().into_iter().take(MAX_FINDINGS);
    let records = endings.map(|ending| {
        let mut record = Facts::new();
        record.set("what", Value::text(ending.kind.as_str()));
        record.set("uri", Value::text(ending.uri));
        record.set("tier", Value::text(ending.tier.as_str()));
        record.set("at", Value::Time(ending.at));
        record
    });
    facts.set("expiry_list", Value::Records(records.collect()));
}
