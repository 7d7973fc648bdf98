//! Rules about the fields of certificates, and what rules of several areas share.

use super::certificate::{Algorithm, Certificate};
use super::der::Item;
use super::kind::{CERTIFIED, ISSUED, Kind, Kinds, PUBLISHED};
use super::moment::{Moment, Shown};
use super::names::{attribute, wrong_name};
use super::object::{Area, Object};
use super::{Context, Rule, Seen, oid, rule};

/// Certificates with RSA keys: all but those of routers.
const RSA: Kinds = Kinds::of(&[Kind::TrustAnchor, Kind::CaCertificate]).and(super::kind::SIGNED);

pub(super) const RULES: &[Rule] = &[
    rule("rpki.cer.der", PUBLISHED, der),
    rule("rpki.cer.form", CERTIFIED, form),
    rule("rpki.cer.version", CERTIFIED, version),
    rule("rpki.cer.serial", CERTIFIED, serial),
    rule("rpki.cer.signature-algorithm", CERTIFIED, algorithm),
    rule(
        "rpki.cer.signature-algorithm-same",
        CERTIFIED,
        algorithm_same,
    ),
    rule("rpki.cer.issuer-name", CERTIFIED, issuer),
    rule("rpki.cer.subject-name", CERTIFIED, subject),
    rule("rpki.cer.subject-identity", ISSUED, identity),
    rule("rpki.cer.time-encoding", CERTIFIED, time_encoding),
    rule("rpki.cer.validity-order", CERTIFIED, validity_order),
    rule("rpki.cer.current", CERTIFIED, current),
    rule("rpki.cer.key", RSA, key),
    rule("rpki.cer.key-algorithm", RSA, key_algorithm),
    rule("rpki.cer.unique-ids", CERTIFIED, unique_ids),
    rule("rpki.cer.issued", ISSUED, issued),
];

/// Reports what is irregular about an object's encoding, each kind once where it is first seen.
pub(super) fn report_irregular(object: &Object<'_>, seen: &mut Seen<'_>) {
    seen.look();
    for (index, one) in object.irregular.iter().enumerate() {
        let earlier = object.irregular.get(..index).unwrap_or_default();
        if earlier.iter().any(|before| before.what == one.what) {
            continue;
        }
        let all = object
            .irregular
            .iter()
            .filter(|other| other.what == one.what);
        match all.count() {
            1 => seen.find(one.at, "", one.what),
            number => seen.find(one.at, "", format_args!("{}, {number} times", one.what)),
        }
    }
}

/// Reports what could not be read in an area.
pub(super) fn report_flaws(object: &Object<'_>, area: Area, seen: &mut Seen<'_>) {
    for flaw in object.flaws.iter().filter(|flaw| flaw.area == area) {
        seen.find(flaw.at, &flaw.field, &flaw.what);
    }
}

/// Judges an algorithm that must be SHA-256 with RSA.
///
/// Source: RFC 7935, section 2; RFC 4055, section 5 for its parameters.
pub(super) fn judge_algorithm(
    item: Option<Item<'_>>,
    prefix: &str,
    field: &str,
    seen: &mut Seen<'_>,
) {
    let Some(item) = item else { return };
    seen.look();
    let field = format_args!("{prefix}{field}");
    match Algorithm::read(&item) {
        None => seen.find(item.at, field, "no algorithm"),
        Some(found) if found.oid != oid::SHA256_WITH_RSA => {
            let what = format_args!("`{}`, not sha256WithRSAEncryption", oid::Shown(found.oid));
            seen.find(found.at, field, what);
        }
        Some(found) if !found.has_null() => {
            seen.find(found.at, field, "parameters other than NULL");
        }
        Some(_) => {}
    }
}

/// Judges an RSA key: 2048 bits and the exponent 65537.
///
/// Source: RFC 7935, section 3.
pub(super) fn judge_key(
    key: &super::certificate::Key<'_>,
    field: impl std::fmt::Display,
    seen: &mut Seen<'_>,
) {
    seen.look();
    let at = key.bits.map_or(key.info.at, |bits| bits.at);
    let Some((modulus, exponent)) = key.rsa() else {
        return seen.find(at, field, "no RSA public key");
    };
    let unset = modulus.first().map_or(0, |first| first.leading_zeros());
    let bits = u64::try_from(modulus.len())
        .unwrap_or(u64::MAX)
        .saturating_mul(8);
    let bits = bits.saturating_sub(u64::from(unset));
    if bits != 2048 {
        seen.find(
            at,
            field,
            format_args!("a modulus of {bits} bits, not 2048"),
        );
    } else if exponent != [1, 0, 1] {
        seen.find(at, field, "an exponent other than 65537");
    }
}

fn der(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    report_irregular(object, seen);
}

fn form(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    report_flaws(object, Area::Certificate, seen);
    if object.certificate.is_some() {
        seen.look();
    } else if !object.kind.is_signed() {
        seen.find(0, "", "nothing that can be read");
    }
}

fn version(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    let field = format_args!("{}tbsCertificate.version", cert.prefix);
    match cert.version {
        Some((_, Some(2))) => {}
        Some((at, _)) => seen.find(at, field, "not version 3, encoded as 2"),
        None => seen.find(cert.at, field, "no version; version 3 is required"),
    }
}

fn serial(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(serial) = cert.serial else { return };
    seen.look();
    let what = if serial.is_negative() || serial.is_zero() {
        "not above zero"
    } else if serial.octets.len() > 20 {
        "longer than 20 octets"
    } else {
        return;
    };
    seen.find(
        serial.at,
        format_args!("{}tbsCertificate.serialNumber", cert.prefix),
        what,
    );
}

fn algorithm(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    judge_algorithm(
        cert.algorithms[0],
        cert.prefix,
        "tbsCertificate.signature",
        seen,
    );
    judge_algorithm(cert.algorithms[1], cert.prefix, "signatureAlgorithm", seen);
}

fn algorithm_same(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let [Some(inner), Some(outer)] = cert.algorithms else {
        return;
    };
    seen.look();
    if inner.whole != outer.whole {
        let field = format_args!("{}signatureAlgorithm", cert.prefix);
        seen.find(
            outer.at,
            field,
            "not the algorithm of tbsCertificate.signature",
        );
    }
}

fn issuer(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(name) = cert.issuer else { return };
    seen.look();
    if let Some((at, what)) = wrong_name(&name, false) {
        seen.find(
            at,
            format_args!("{}tbsCertificate.issuer", cert.prefix),
            what,
        );
    }
}

fn subject(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(name) = cert.subject else { return };
    seen.look();
    if let Some((at, what)) = wrong_name(&name, object.kind == Kind::RouterCertificate) {
        seen.find(
            at,
            format_args!("{}tbsCertificate.subject", cert.prefix),
            what,
        );
    }
}

/// Finds a subject's name that looks like that of somebody: with spaces, or as a mail address or
/// host has it. What else names somebody cannot be told from what an issuer made up.
///
/// Source: RFC 6484, section 3.1.2.
fn identity(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let name = cert.subject.as_ref();
    let Some((at, text)) = name.and_then(|name| attribute(name, oid::COMMON_NAME)) else {
        return;
    };
    seen.look();
    if text.trim().contains([' ', '.', '@']) {
        seen.find(
            at,
            format_args!("{}tbsCertificate.subject", cert.prefix),
            format_args!("`{text}` looks like the name of somebody"),
        );
    }
}

/// Iterates over both ends of a certificate's validity with their names.
fn ends<'b>(cert: &'b Certificate<'_>) -> impl Iterator<Item = (Moment, &'static str)> + 'b {
    [(cert.not_before, "notBefore"), (cert.not_after, "notAfter")]
        .into_iter()
        .filter_map(|(moment, name)| Some((moment?, name)))
}

fn time_encoding(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    for (moment, name) in ends(cert) {
        seen.look();
        if let Some(what) = moment.wrong_in_x509() {
            let field = format_args!("{}tbsCertificate.validity.{name}", cert.prefix);
            seen.find(moment.at, field, what);
        }
    }
}

/// Returns a certificate's validity in seconds.
pub(super) fn validity(cert: &Certificate<'_>) -> Option<(i64, i64)> {
    Some((cert.not_before?.seconds?, cert.not_after?.seconds?))
}

fn validity_order(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some((since, until)) = validity(cert) else {
        return;
    };
    seen.look();
    if until < since {
        let at = cert.not_after.map_or(cert.at, |moment| moment.at);
        let field = format_args!("{}tbsCertificate.validity.notAfter", cert.prefix);
        let what = format_args!("{}, before notBefore at {}", Shown(until), Shown(since));
        seen.find(at, field, what);
    }
}

fn current(object: &Object<'_>, context: &Context, seen: &mut Seen<'_>) {
    let (Some(cert), Some(now)) = (&object.certificate, context.now) else {
        return;
    };
    let Some((since, until)) = validity(cert) else {
        return;
    };
    seen.look();
    let now = now.as_second();
    if now < since {
        let at = cert.not_before.map_or(cert.at, |moment| moment.at);
        let field = format_args!("{}tbsCertificate.validity.notBefore", cert.prefix);
        seen.find(at, field, format_args!("{}, in the future", Shown(since)));
    } else if now > until {
        let at = cert.not_after.map_or(cert.at, |moment| moment.at);
        let field = format_args!("{}tbsCertificate.validity.notAfter", cert.prefix);
        seen.find(at, field, format_args!("{}, over", Shown(until)));
    }
}

fn key(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(key) = cert.key else { return };
    let field = "tbsCertificate.subjectPublicKeyInfo.subjectPublicKey";
    judge_key(&key, format_args!("{}{field}", cert.prefix), seen);
}

fn key_algorithm(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(key) = cert.key else { return };
    seen.look();
    let field = "tbsCertificate.subjectPublicKeyInfo.algorithm";
    let field = format_args!("{}{field}", cert.prefix);
    match key.algorithm {
        Some(found) if found.oid != oid::RSA_ENCRYPTION => {
            let what = format_args!("`{}`, not rsaEncryption", oid::Shown(found.oid));
            seen.find(found.at, field, what);
        }
        Some(found) if !found.has_null() => {
            seen.find(found.at, field, "parameters other than NULL");
        }
        Some(_) => {}
        None => seen.find(key.info.at, field, "no algorithm"),
    }
}

fn unique_ids(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    for (id, name) in cert
        .unique_ids
        .iter()
        .zip(["issuerUniqueID", "subjectUniqueID"])
    {
        if let Some(id) = id {
            let field = format_args!("{}tbsCertificate.{name}", cert.prefix);
            seen.find(id.at, field, "a unique identifier");
        }
    }
}

/// A certificate that is not a trust anchor is not its own issuer.
fn issued(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let own = cert.subject_key.map(|key| key.octets);
    let issuers = cert.authority_key.and_then(|found| found.key);
    let (Some(own), Some(issuers)) = (own, issuers) else {
        return;
    };
    seen.look();
    if own == issuers.octets {
        let field = "tbsCertificate.extensions.authorityKeyIdentifier";
        let what = "the certificate's own key, though it is no trust anchor";
        seen.find(issuers.at, format_args!("{}{field}", cert.prefix), what);
    }
}
