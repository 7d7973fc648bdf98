//! Numbers of two captures: how often something is issued, how old keys are.

use std::collections::HashMap;

use super::Pair;
use crate::inspect::rpki::Kind;

/// What is measured between two captures; times are in seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    /// From the earlier capture to the present one.
    pub elapsed: i64,
    /// Whether the RRDP session is another one.
    pub session_changed: bool,
    /// By how much the serial number grew; `None` for another session and where it did not.
    pub serials: Option<u64>,
    /// Time for one serial number, on the average; `None` where it did not grow.
    pub publication_interval: Option<i64>,
    /// Objects that are new or at a URI that had none.
    pub new: u64,
    /// Objects whose URI has none any more.
    pub gone: u64,
    /// URIs with other octets.
    pub changed: u64,
    /// Manifests that were replaced.
    pub manifests: u64,
    /// Time from one manifest to the next, for each that was replaced: what passed divided by the numbers used.
    pub manifest_intervals: Vec<i64>,
    /// ROAs that are gone, counted by what they say.
    pub roas_gone: u64,
    /// ASPAs that are gone, counted by their customers.
    pub aspas_gone: u64,
    /// For each authority that is certified now, how long its key has been certified at least.
    pub key_ages: Vec<i64>,
    /// Authorities that were certified and are no more.
    pub keys_gone: u64,
    /// Whether the trust anchor's certificate is another one; `None` if it is not known twice.
    pub anchor_reissued: Option<bool>,
    /// What was left of the trust anchor's earlier certificate when it was seen to be replaced.
    pub anchor_left: Option<i64>,
    /// Lifetime of the certificate of the TAK.
    pub tak_lifetime: Option<i64>,
    /// Time from one TAK to the next, if it was replaced.
    pub tak_interval: Option<i64>,
    /// Serial numbers on revocation lists whose certificates have expired, as far as they were seen before.
    pub expired_entries: u64,
    /// Entries of each revocation list.
    pub crl_entries: Vec<i64>,
}

/// Measures two captures.
pub fn measure(pair: &Pair<'_>) -> Measures {
    let (earlier, present) = (pair.earlier, pair.present);
    let elapsed = present.at.as_second() - earlier.at.as_second();
    let serials = present
        .serial
        .checked_sub(earlier.serial)
        .filter(|more| *more > 0 && pair.same_session());
    let mut seen = Measures {
        elapsed,
        session_changed: !pair.same_session(),
        serials,
        publication_interval: serials
            .and_then(|more| elapsed.checked_div(i64::try_from(more).ok()?)),
        ..Measures::default()
    };
    objects(pair, &mut seen);
    manifests(pair, &mut seen);
    keys(pair, &mut seen);
    anchor(pair, &mut seen);
    seen
}

fn objects(pair: &Pair<'_>, seen: &mut Measures) {
    let (earlier, present) = (pair.earlier, pair.present);
    for (uri, held) in &present.objects {
        match earlier.objects.get(uri) {
            None => seen.new += 1,
            Some(before) if before.hash != held.hash => seen.changed += 1,
            Some(_) => {}
        }
        if held.outline.kind == Some(Kind::Crl) {
            let entries = held.outline.revoked.len();
            seen.crl_entries
                .push(i64::try_from(entries).unwrap_or(i64::MAX));
        }
    }
    let customers: std::collections::HashSet<u32> = present
        .objects
        .values()
        .filter_map(|held| held.outline.customer)
        .collect();
    let gone = |uri: &&String| !present.objects.contains_key(*uri);
    seen.gone = count(earlier.objects.keys().filter(gone).count());
    for (_, held, certificate) in pair.certified() {
        let is_roa = held.outline.kind == Some(Kind::Roa);
        seen.roas_gone += u64::from(is_roa && !pair.is_said(held, certificate));
        let customer = held.outline.customer;
        seen.aspas_gone += u64::from(customer.is_some_and(|one| !customers.contains(&one)));
        let expired = certificate.not_after.is_some() && !pair.would_be_valid(certificate);
        seen.expired_entries += u64::from(expired && pair.is_revoked(certificate) == Some(true));
    }
}

fn manifests(pair: &Pair<'_>, seen: &mut Measures) {
    for (_, before, now) in pair.both(Kind::Manifest) {
        if before.hash == now.hash {
            continue;
        }
        seen.manifests += 1;
        let number = |text: &Option<String>| u64::from_str_radix(text.as_deref()?, 16).ok();
        let (Some(first), Some(last)) = (before.outline.issued, now.outline.issued) else {
            continue;
        };
        let used = number(&now.outline.number)
            .zip(number(&before.outline.number))
            .and_then(|(now, before)| now.checked_sub(before))
            .and_then(|used| i64::try_from(used).ok())
            .filter(|used| *used > 0);
        if let Some(used) = used {
            let interval = last.saturating_sub(first).checked_div(used);
            seen.manifest_intervals.extend(interval);
        }
    }
}

fn keys(pair: &Pair<'_>, seen: &mut Measures) {
    let now = pair.present.at.as_second();
    let mut since: HashMap<&str, i64> = HashMap::new();
    let mut certified = std::collections::HashSet::new();
    for (capture, is_present) in [(pair.earlier, false), (pair.present, true)] {
        for held in capture.objects.values() {
            let Some(certificate) = &held.outline.certificate else {
                continue;
            };
            if held.outline.kind != Some(Kind::CaCertificate) {
                continue;
            }
            let key = certificate.subject.as_str();
            if is_present {
                certified.insert(key);
            }
            if let Some(first) = certificate.not_before {
                let known = since.entry(key).or_insert(first);
                *known = first.min(*known);
            }
        }
    }
    for (key, first) in since {
        match certified.contains(key) {
            true => seen.key_ages.push(now.saturating_sub(first)),
            false => seen.keys_gone += 1,
        }
    }
}

fn anchor(pair: &Pair<'_>, seen: &mut Measures) {
    let certificate = |capture: &super::Capture| capture.anchor.as_ref()?.certificate.clone();
    if let (Some(before), Some(now)) = (certificate(pair.earlier), certificate(pair.present)) {
        let reissued = before.digest != now.digest;
        seen.anchor_reissued = Some(reissued);
        let present = pair.present.at.as_second();
        let left = before.not_after.map(|last| last.saturating_sub(present));
        seen.anchor_left = left.filter(|_| reissued);
    }
    let takes = pair.present.objects.values();
    let mut taks = takes.filter(|held| held.outline.kind == Some(Kind::Tak));
    if let Some(held) = taks
        .next()
        .and_then(|held| held.outline.certificate.as_ref())
        && let (Some(first), Some(last)) = (held.not_before, held.not_after)
    {
        seen.tak_lifetime = Some(last.saturating_sub(first));
    }
    for (_, before, now) in pair.taks() {
        let first = |held: &super::Held| held.outline.certificate.as_ref()?.not_before;
        if before.hash != now.hash
            && let (Some(was), Some(is)) = (first(before), first(now))
        {
            seen.tak_interval = Some(is.saturating_sub(was));
        }
    }
}

/// Returns a length as a count.
fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
