//! Rules over what became of objects: manifests, certificates, revocation lists, trust anchors.
//!
//! Source: RFC 9286, section 4.2.1; RFC 6487, sections 4.2 and 5; RFC 6489; RFC 9691.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use super::{Held, Pair, Rule, rule};
use crate::inspect::Seen;
use crate::inspect::rpki::{Certified, Kind};

pub(super) const RULES: &[Rule] = &[
    rule("rpki.series.ta-reissued", anchor_reissued),
    rule("rpki.series.ta-not-older", anchor_not_older),
    rule("rpki.series.tak-successor", successor_kept),
    rule("rpki.series.manifest-number", number_grows),
    rule("rpki.series.manifest-this-update", this_update_grows),
    rule("rpki.series.manifest-number-once", number_once),
    rule("rpki.series.manifest-key", one_time_key),
    rule("rpki.series.serial-unique", serial_unique),
    rule("rpki.series.superseded-revoked", superseded),
    rule("rpki.series.deleted-roa-revoked", roa_gone_revoked),
    rule("rpki.series.aspa-number-held", aspa_gone_with_number),
    rule("rpki.series.old-point-empty", old_point_empty),
];

/// Returns the earlier and the present certificate of the trust anchor.
fn anchors<'a>(pair: &Pair<'a>) -> Option<(&'a Certified, &'a Certified)> {
    let of = |capture: &'a super::Capture| capture.anchor.as_ref()?.certificate.as_ref();
    Some((of(pair.earlier)?, of(pair.present)?))
}

fn anchor_reissued(pair: &Pair<'_>, seen: &mut Seen) {
    let Some((before, now)) = anchors(pair) else {
        return;
    };
    seen.look();
    if before.digest == now.digest {
        return;
    }
    if before.serial == now.serial {
        let message = format!("another certificate with the serial number {}", now.serial);
        seen.find("serialNumber", message);
    }
    if before.subject != now.subject {
        let message = format!("key {}; it was {}", now.subject, before.subject);
        seen.find("subjectKeyIdentifier", message);
    }
}

fn anchor_not_older(pair: &Pair<'_>, seen: &mut Seen) {
    let Some((before, now)) = anchors(pair) else {
        return;
    };
    let (Some(was), Some(is)) = (before.not_before, now.not_before) else {
        return;
    };
    seen.look();
    if is < was {
        let message = format!("{}; it was {}", Moment(is), Moment(was));
        seen.find("validity.notBefore", message);
    }
}

fn successor_kept(pair: &Pair<'_>, seen: &mut Seen) {
    for (uri, before, now) in pair.taks() {
        let (Some([Some(was), _, announced]), Some([Some(is), _, _])) =
            (&before.outline.keys, &now.outline.keys)
        else {
            continue;
        };
        seen.look();
        if was != is && announced.as_ref() != Some(is) {
            let message = "the current key is another one, and was not announced as successor";
            seen.find(format!("{uri}#eContent.current"), message);
        }
    }
}

/// Iterates over manifests that were replaced: URI, the earlier one, the present one.
fn replaced<'a>(pair: &Pair<'a>, seen: &mut Seen) -> Vec<(&'a str, &'a Held, &'a Held)> {
    let mut all = Vec::new();
    for (uri, before, now) in pair.both(Kind::Manifest) {
        seen.look();
        if before.hash != now.hash {
            all.push((uri, before, now));
        }
    }
    all
}

/// Compares two numbers of hex digits without leading zeros.
fn compare(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn number_grows(pair: &Pair<'_>, seen: &mut Seen) {
    for (uri, before, now) in replaced(pair, seen) {
        if let (Some(was), Some(is)) = (&before.outline.number, &now.outline.number)
            && compare(is, was) == Ordering::Less
        {
            let message = format!("number {is} in hex; it was {was}");
            seen.find(format!("{uri}#eContent.manifestNumber"), message);
        }
    }
}

fn this_update_grows(pair: &Pair<'_>, seen: &mut Seen) {
    for (uri, before, now) in replaced(pair, seen) {
        if let (Some(was), Some(is)) = (before.outline.issued, now.outline.issued)
            && is <= was
        {
            let message = format!("{}; it was {}", Moment(is), Moment(was));
            seen.find(format!("{uri}#eContent.thisUpdate"), message);
        }
    }
}

fn number_once(pair: &Pair<'_>, seen: &mut Seen) {
    for (uri, before, now) in replaced(pair, seen) {
        if let (Some(was), Some(is)) = (&before.outline.number, &now.outline.number)
            && was == is
        {
            let message = format!("another manifest with the number {is} in hex");
            seen.find(format!("{uri}#eContent.manifestNumber"), message);
        }
    }
}

fn one_time_key(pair: &Pair<'_>, seen: &mut Seen) {
    for (uri, before, now) in replaced(pair, seen) {
        if let (Some(was), Some(is)) = (&before.outline.certificate, &now.outline.certificate)
            && !is.subject.is_empty()
            && was.subject == is.subject
        {
            let message = format!("the key {} of an earlier manifest", is.subject);
            seen.find(
                format!("{uri}#certificates[0].subjectKeyIdentifier"),
                message,
            );
        }
    }
}

fn serial_unique(pair: &Pair<'_>, seen: &mut Seen) {
    // Two at one time are for the rules over a tree.
    let mut known: HashMap<(&str, &str), Option<(&str, &str)>> = HashMap::new();
    for (uri, _, certificate) in pair.certified() {
        let key = (certificate.issuer.as_str(), certificate.serial.as_str());
        let digest = certificate.digest.as_str();
        let one = known.entry(key).or_insert(Some((uri, digest)));
        if one.is_some_and(|(_, known)| known != digest) {
            *one = None;
        }
    }
    for (uri, held) in &pair.present.objects {
        let Some(certificate) = &held.outline.certificate else {
            continue;
        };
        if certificate.issuer.is_empty() || certificate.serial.is_empty() {
            continue;
        }
        seen.look();
        let key = (certificate.issuer.as_str(), certificate.serial.as_str());
        if let Some(Some((first, digest))) = known.get(&key)
            && *digest != certificate.digest
        {
            let message = format!(
                "serial number {} of another certificate, which was in `{first}`",
                certificate.serial
            );
            seen.find(format!("{uri}#serialNumber"), message);
        }
    }
}

/// Iterates over what was there and is replaced or withdrawn before its end, if its issuer can
/// say that it is revoked: the object, its certificate, and whether it is.
fn gone<'a>(
    pair: &Pair<'a>,
    seen: &mut Seen,
    kinds: impl Fn(&Held, &Certified) -> bool,
) -> Vec<(&'a str, &'a Certified)> {
    let mut all = Vec::new();
    for (uri, held, certificate) in pair.certified() {
        let Some(revoked) = pair.is_revoked(certificate) else {
            continue;
        };
        if certificate.serial.is_empty() || !kinds(held, certificate) {
            continue;
        }
        seen.look();
        if pair.is_gone(certificate) && pair.would_be_valid(certificate) && !revoked {
            all.push((uri, certificate));
        }
    }
    all
}

/// Says whether an object is a ROA that nothing replaces.
fn is_deleted_roa(pair: &Pair<'_>, held: &Held, certificate: &Certified) -> bool {
    held.outline.kind == Some(Kind::Roa) && !pair.is_said(held, certificate)
}

fn superseded(pair: &Pair<'_>, seen: &mut Seen) {
    let its = |held: &Held, certificate: &Certified| !is_deleted_roa(pair, held, certificate);
    for (uri, certificate) in gone(pair, seen, its) {
        let message = format!(
            "replaced or withdrawn, valid until {}, and serial number {} is not revoked",
            Moment(certificate.not_after.unwrap_or_default()),
            certificate.serial
        );
        seen.find(uri, message);
    }
}

fn roa_gone_revoked(pair: &Pair<'_>, seen: &mut Seen) {
    let roas = |held: &Held, certificate: &Certified| {
        let is_roa = held.outline.kind == Some(Kind::Roa);
        is_roa && (!pair.is_gone(certificate) || is_deleted_roa(pair, held, certificate))
    };
    for (uri, certificate) in gone(pair, seen, roas) {
        let message = format!(
            "deleted, valid until {}, and serial number {} is not revoked",
            Moment(certificate.not_after.unwrap_or_default()),
            certificate.serial
        );
        seen.find(uri, message);
    }
}

/// Returns the CA certificates of a capture by the key they certify; of one key the last counts.
fn authorities(capture: &super::Capture) -> HashMap<&str, &Certified> {
    let certificates = capture.objects.values().filter_map(|held| {
        let is_ca = held.outline.kind == Some(Kind::CaCertificate);
        held.outline.certificate.as_ref().filter(|_| is_ca)
    });
    certificates
        .map(|one| (one.subject.as_str(), one))
        .collect()
}

fn aspa_gone_with_number(pair: &Pair<'_>, seen: &mut Seen) {
    let (before, now) = (authorities(pair.earlier), authorities(pair.present));
    for (uri, held) in &pair.present.objects {
        let (Some(customer), Some(certificate)) =
            (held.outline.customer, &held.outline.certificate)
        else {
            continue;
        };
        let issuer = certificate.issuer.as_str();
        let (Some(was), Some(is)) = (before.get(issuer), now.get(issuer)) else {
            continue;
        };
        if !was.holds(customer) {
            continue;
        }
        seen.look();
        if !is.holds(customer) {
            let message = format!("its authority held AS{customer}, and holds it no more");
            seen.find(format!("{uri}#eContent.customerASID"), message);
        }
    }
}

fn old_point_empty(pair: &Pair<'_>, seen: &mut Seen) {
    let mut left: BTreeMap<&str, (&str, u64)> = BTreeMap::new();
    for key in authorities(pair.earlier).into_keys() {
        seen.look();
        if !pair.is_certified(key) {
            left.insert(key, ("", 0));
        }
    }
    if left.is_empty() {
        return;
    }
    for (uri, held) in &pair.present.objects {
        let certificate = held.outline.certificate.as_ref();
        let issuer = certificate
            .map(|one| &one.issuer)
            .or(held.outline.issuer.as_ref());
        if let Some((first, count)) = issuer.and_then(|issuer| left.get_mut(issuer.as_str())) {
            if *count == 0 {
                *first = uri;
            }
            *count += 1;
        }
    }
    for (key, (first, count)) in left {
        if count > 0 {
            let message =
                format!("no certificate for the key {key} any more, and {count} objects of it");
            seen.find(first, message);
        }
    }
}

/// A time in a message, from seconds since 1970.
struct Moment(i64);

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} s", self.0),
        }
    }
}
