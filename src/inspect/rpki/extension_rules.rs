//! Rules about which extensions a certificate has and about those with simple values.
//!
//! Source: RFC 5280, section 4.2; RFC 6487, section 4.8; RFC 7318, section 2; RFC 8360.

use std::fmt::Display;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use super::certificate::{Certificate, field_of};
use super::extensions::AuthorityKey;
use super::kind::{CAS, CERTIFIED, ISSUED, Kind, Kinds, SIGNED};
use super::names::{Shown, is_https};
use super::object::Object;
use super::{Context, Rule, Seen, oid, rule};

/// Certificates of end entities: routers, and those inside signed objects.
const END_ENTITIES: Kinds = Kinds::of(&[Kind::RouterCertificate]).and(SIGNED);

pub(super) const RULES: &[Rule] = &[
    rule("rpki.cer.extension-duplicate", CERTIFIED, duplicate),
    rule(
        "rpki.cer.extension-unknown-critical",
        CERTIFIED,
        unknown_critical,
    ),
    rule("rpki.cer.extension-other", CERTIFIED, other),
    rule("rpki.cer.basic-constraints", CERTIFIED, basic_constraints),
    rule("rpki.cer.basic-constraints-critical", CAS, basic_critical),
    rule("rpki.cer.path-length", CAS, path_length),
    rule("rpki.cer.key-usage", CERTIFIED, key_usage),
    rule("rpki.cer.key-usage-critical", CERTIFIED, key_usage_critical),
    rule(
        "rpki.cer.extended-key-usage",
        CAS.and(SIGNED),
        extended_key_usage,
    ),
    rule("rpki.cer.subject-key", CERTIFIED, subject_key),
    rule(
        "rpki.cer.subject-key-critical",
        CERTIFIED,
        subject_key_critical,
    ),
    rule("rpki.cer.authority-key", ISSUED, authority_key),
    rule("rpki.cer.authority-key-form", CERTIFIED, authority_key_form),
    rule(
        "rpki.cer.authority-key-critical",
        CERTIFIED,
        authority_key_critical,
    ),
    rule("rpki.cer.policy", CERTIFIED, policy),
    rule("rpki.cer.policy-critical", CERTIFIED, policy_critical),
    rule("rpki.cer.policy-qualifier", CERTIFIED, policy_qualifier),
    rule("rpki.cer.policy-cps-uri", CERTIFIED, policy_cps_uri),
    rule("rpki.cer.policy-version", CERTIFIED, policy_version),
];

/// Extensions that some profile of the RPKI has.
const KNOWN: &[&[u8]] = &[
    oid::BASIC_CONSTRAINTS,
    oid::SUBJECT_KEY_ID,
    oid::AUTHORITY_KEY_ID,
    oid::KEY_USAGE,
    oid::EXTENDED_KEY_USAGE,
    oid::CRL_POINTS,
    oid::AUTHORITY_ACCESS,
    oid::SUBJECT_ACCESS,
    oid::POLICIES,
    oid::IP_BLOCKS,
    oid::AS_IDS,
    oid::IP_BLOCKS_V2,
    oid::AS_IDS_V2,
];

fn duplicate(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    for (index, extension) in cert.extensions.iter().enumerate().take(MAX_COMPARED) {
        seen.look();
        let earlier = cert.extensions.get(..index).unwrap_or_default();
        if earlier.iter().any(|one| one.oid == extension.oid) {
            let field = format_args!("{}{}", cert.prefix, field_of(extension.oid));
            let what = format_args!("`{}` a second time", oid::Shown(extension.oid));
            seen.find(extension.at, field, what);
        }
    }
}

/// Most extensions that are compared with each other; certificates have about ten.
const MAX_COMPARED: usize = 100;

/// Reports extensions that no profile has.
fn strangers(object: &Object<'_>, critical: bool, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    for extension in &cert.extensions {
        if extension.is_critical == critical && !KNOWN.contains(&extension.oid) {
            let field = format_args!("{}tbsCertificate.extensions", cert.prefix);
            let weight = if critical { "a critical" } else { "an" };
            let what = format_args!(
                "{weight} extension `{}` that the profile does not have",
                oid::Shown(extension.oid)
            );
            seen.find(extension.at, field, what);
        }
    }
}

fn unknown_critical(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    strangers(object, true, seen);
}

fn other(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    strangers(object, false, seen);
}

/// Judges whether an extension is critical; says nothing where it is absent.
fn judge_critical(object: &Object<'_>, oid: &[u8], critical: bool, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(extension) = cert.extension(oid) else {
        return;
    };
    seen.look();
    if extension.is_critical != critical {
        let field = format_args!("{}{}", cert.prefix, field_of(oid));
        let what = if critical { "not critical" } else { "critical" };
        seen.find(extension.at, field, what);
    }
}

/// Reports that an extension is not there.
pub(super) fn missing(cert: &Certificate<'_>, oid: &[u8], seen: &mut Seen<'_>) {
    seen.find(
        cert.at,
        format_args!("{}{}", cert.prefix, field_of(oid)),
        "not there",
    );
}

fn basic_constraints(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    let field = format_args!("{}{}", cert.prefix, field_of(oid::BASIC_CONSTRAINTS));
    let extension = cert.extension(oid::BASIC_CONSTRAINTS);
    if END_ENTITIES.has(object.kind) {
        if let Some(extension) = extension {
            seen.find(
                extension.at,
                field,
                "there, though this is no CA certificate",
            );
        }
        return;
    }
    match (&cert.basic, extension) {
        (Some(basic), _) if basic.is_ca => {}
        (Some(basic), _) => seen.find(basic.at, field, "cA is not TRUE"),
        (None, Some(_)) => {}
        (None, None) => missing(cert, oid::BASIC_CONSTRAINTS, seen),
    }
}

fn basic_critical(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    judge_critical(object, oid::BASIC_CONSTRAINTS, true, seen);
}

fn path_length(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(basic) = &cert.basic else { return };
    seen.look();
    if let Some(length) = basic.path_length {
        let field = format_args!("{}{}", cert.prefix, field_of(oid::BASIC_CONSTRAINTS));
        seen.find(length.at, field, "a path length constraint");
    }
}

/// Bits of key usage: digitalSignature, keyCertSign, cRLSign.
const SIGNATURE: u16 = 1 << 15;
const CERTIFICATES: u16 = 1 << 10;
const CRLS: u16 = 1 << 9;

fn key_usage(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    let is_ca = CAS.has(object.kind);
    match (cert.usage, cert.extension(oid::KEY_USAGE)) {
        (Some((CERTIFICATES_AND_CRLS, _)), _) if is_ca => {}
        (Some((SIGNATURE, _)), _) if !is_ca => {}
        (Some((bits, at)), _) => {
            let field = format_args!("{}{}", cert.prefix, field_of(oid::KEY_USAGE));
            let wanted = if is_ca {
                "keyCertSign and cRLSign"
            } else {
                "digitalSignature"
            };
            let what = format_args!("bits {bits:016b}, not {wanted} alone");
            seen.find(at, field, what);
        }
        (None, Some(_)) => {}
        (None, None) => missing(cert, oid::KEY_USAGE, seen),
    }
}

const CERTIFICATES_AND_CRLS: u16 = CERTIFICATES | CRLS;

fn key_usage_critical(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    judge_critical(object, oid::KEY_USAGE, true, seen);
}

fn extended_key_usage(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    if let Some(extension) = cert.extension(oid::EXTENDED_KEY_USAGE) {
        let field = format_args!("{}{}", cert.prefix, field_of(oid::EXTENDED_KEY_USAGE));
        seen.find(
            extension.at,
            field,
            "there, though this is no router's certificate",
        );
    }
}

fn subject_key(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    let Some(found) = cert.subject_key else {
        if cert.extension(oid::SUBJECT_KEY_ID).is_none() {
            missing(cert, oid::SUBJECT_KEY_ID, seen);
        }
        return;
    };
    let field = format_args!("{}{}", cert.prefix, field_of(oid::SUBJECT_KEY_ID));
    if found.octets.len() != 20 {
        let what = format_args!("{} octets, not the 20 of a SHA-1 hash", found.octets.len());
        return seen.find(found.at, field, what);
    }
    let Some(key) = cert.key.and_then(|key| key.identified()) else {
        return;
    };
    if digest(&SHA1_FOR_LEGACY_USE_ONLY, key).as_ref() != found.octets {
        seen.find(found.at, field, "not the SHA-1 hash of the public key");
    }
}

fn subject_key_critical(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    judge_critical(object, oid::SUBJECT_KEY_ID, false, seen);
}

fn authority_key(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    if cert.extension(oid::AUTHORITY_KEY_ID).is_none() {
        missing(cert, oid::AUTHORITY_KEY_ID, seen);
    }
}

fn authority_key_form(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(found) = cert.authority_key else {
        return;
    };
    seen.look();
    let field = format_args!("{}{}", cert.prefix, field_of(oid::AUTHORITY_KEY_ID));
    judge_authority_key(&found, field, seen);
}

/// Finds what an authority key identifier lacks, and what it has beside the key.
pub(super) fn judge_authority_key(
    found: &AuthorityKey<'_>,
    field: impl Display + Copy,
    seen: &mut Seen<'_>,
) {
    match found.key {
        None => seen.find(found.at, field, "no keyIdentifier"),
        Some(key) if key.octets.len() != 20 => {
            let what = format_args!("{} octets, not the 20 of a SHA-1 hash", key.octets.len());
            seen.find(key.at, field, what);
        }
        Some(_) => {}
    }
    if let Some(other) = found.other {
        seen.find(
            other.at,
            field,
            "an issuer or serial number beside the keyIdentifier",
        );
    }
}

fn authority_key_critical(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    judge_critical(object, oid::AUTHORITY_KEY_ID, false, seen);
}

fn policy(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    let field = format_args!("{}{}", cert.prefix, field_of(oid::POLICIES));
    match (&cert.policies, cert.extension(oid::POLICIES)) {
        (Some(found), _) if found.number > 1 => {
            let what = format_args!("{} policies, not one", found.number);
            seen.find(found.at, field, what);
        }
        (Some(found), _) => {
            if ![oid::POLICY, oid::POLICY_V2].contains(&found.first.octets) {
                let what = format_args!(
                    "`{}`, not the policy of the RPKI",
                    oid::Shown(found.first.octets)
                );
                seen.find(found.first.at, field, what);
            }
        }
        (None, Some(_)) => {}
        (None, None) => missing(cert, oid::POLICIES, seen),
    }
}

fn policy_critical(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    judge_critical(object, oid::POLICIES, true, seen);
}

fn policy_qualifier(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(found) = &cert.policies else { return };
    let field = format_args!("{}{}", cert.prefix, field_of(oid::POLICIES));
    if found.has_empty {
        seen.find(found.at, field, "an empty list of qualifiers");
    }
    let Some((id, _)) = found.qualifier else {
        return;
    };
    seen.look();
    if found.qualifiers > 1 {
        let what = format_args!("{} qualifiers, at most one is allowed", found.qualifiers);
        seen.find(found.at, field, what);
    }
    if id.octets != oid::CPS {
        let what = format_args!("`{}`, not qt-cps", oid::Shown(id.octets));
        seen.find(id.at, field, what);
    }
}

fn policy_cps_uri(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let qualifier = cert.policies.as_ref().and_then(|found| found.qualifier);
    let Some((_, Some(value))) = qualifier.filter(|(id, _)| id.octets == oid::CPS) else {
        return;
    };
    seen.look();
    let is_web = value.text().is_some_and(|uri| {
        let secure = uri
            .get(..7)
            .filter(|start| start.eq_ignore_ascii_case("http://"));
        is_https(uri) || secure.is_some_and(|start| uri.len() > start.len())
    });
    if value.tag != super::der::IA5_STRING || !is_web {
        let field = format_args!("{}{}", cert.prefix, field_of(oid::POLICIES));
        let what = format_args!("`{}` is no http or https URI", Shown(value.octets));
        seen.find(value.at, field, what);
    }
}

fn policy_version(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(found) = &cert.policies else { return };
    let is_v2 = found.first.octets == oid::POLICY_V2;
    let ip = cert.ip.as_ref().map(|ip| (ip.is_v2, ip.at));
    let asn = cert.asn.as_ref().map(|asn| (asn.is_v2, asn.at));
    if ip.or(asn).is_none() {
        return;
    }
    seen.look();
    for (v2, at) in [ip, asn].into_iter().flatten() {
        if v2 != is_v2 {
            let what = if is_v2 {
                "an extension of RFC 3779 under the policy of RFC 8360"
            } else {
                "an extension of RFC 8360 without its policy"
            };
            seen.find(
                at,
                format_args!("{}tbsCertificate.extensions", cert.prefix),
                what,
            );
        }
    }
}
