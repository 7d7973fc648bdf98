//! Rules about certificates of BGPsec routers.
//!
//! Source: RFC 8209, section 3.1; RFC 8608, section 3.1.

use super::certificate::{Certificate, field_of, is_router};
use super::extension_rules::missing;
use super::kind::{Kind, Kinds};
use super::names::{Shown, attribute};
use super::object::Object;
use super::{Context, Rule, Seen, oid, rule};

const ROUTERS: Kinds = Kinds::of(&[Kind::RouterCertificate]);

pub(super) const RULES: &[Rule] = &[
    rule("rpki.brc.purpose", ROUTERS, purpose),
    rule("rpki.brc.purpose-critical", ROUTERS, purpose_critical),
    rule("rpki.brc.key", ROUTERS, key),
    rule("rpki.brc.no-subject-access", ROUTERS, no_subject_access),
    rule("rpki.brc.no-ip", ROUTERS, no_ip),
    rule("rpki.brc.as-numbers", ROUTERS, as_numbers),
    rule("rpki.brc.subject", ROUTERS, subject),
];

fn purpose(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    match cert.extension(oid::EXTENDED_KEY_USAGE) {
        None => missing(cert, oid::EXTENDED_KEY_USAGE, seen),
        Some(extension) if !is_router(cert) => {
            let field = field_of(oid::EXTENDED_KEY_USAGE);
            seen.find(extension.at, field, "not that of a BGPsec router");
        }
        Some(_) => {}
    }
}

fn purpose_critical(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(extension) = cert.extension(oid::EXTENDED_KEY_USAGE) else {
        return;
    };
    seen.look();
    if extension.is_critical {
        seen.find(extension.at, field_of(oid::EXTENDED_KEY_USAGE), "critical");
    }
}

fn key(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(key) = object.certificate.as_ref().and_then(|cert| cert.key) else {
        return;
    };
    seen.look();
    let field = "tbsCertificate.subjectPublicKeyInfo.algorithm";
    match key.algorithm {
        None => return seen.find(key.info.at, field, "no algorithm"),
        Some(found) if found.oid != oid::EC_PUBLIC_KEY => {
            let what = format_args!("`{}`, not ecPublicKey", oid::Shown(found.oid));
            return seen.find(found.at, field, what);
        }
        Some(found) => {
            let curve = found.parameters.filter(|item| item.tag == super::der::OID);
            if curve.is_none_or(|curve| curve.octets != oid::P256) {
                return seen.find(found.at, field, "not the curve P-256 by its name");
            }
        }
    }
    let point = key.bits.and_then(|bits| bits.bits());
    if !matches!(point, Some((0, [4, rest @ ..])) if rest.len() == 64) {
        let at = key.bits.map_or(key.info.at, |bits| bits.at);
        let field = "tbsCertificate.subjectPublicKeyInfo.subjectPublicKey";
        seen.find(at, field, "not an uncompressed point of 65 octets");
    }
}

fn no_subject_access(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    if let Some(extension) = cert.extension(oid::SUBJECT_ACCESS) {
        seen.find(
            extension.at,
            field_of(oid::SUBJECT_ACCESS),
            "there, though it must not be",
        );
    }
}

fn no_ip(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    for oid in [oid::IP_BLOCKS, oid::IP_BLOCKS_V2] {
        if let Some(extension) = cert.extension(oid) {
            seen.find(extension.at, field_of(oid), "there, though it must not be");
        }
    }
}

fn as_numbers(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    match &cert.asn {
        None => missing(cert, oid::AS_IDS, seen),
        Some(asn) if asn.inherits() => {
            seen.find(
                asn.at,
                field_of(oid::AS_IDS),
                "`inherit` in a router's certificate",
            );
        }
        Some(asn) if asn.ranges().is_empty() => {
            seen.find(asn.at, field_of(oid::AS_IDS), "no AS number");
        }
        Some(_) => {}
    }
}

/// Says whether a common name is `ROUTER-` and one of the certificate's AS numbers in eight digits.
fn names_an_as(cert: &Certificate<'_>, name: &str) -> bool {
    let digits = name
        .strip_prefix("ROUTER-")
        .filter(|digits| digits.len() == 8);
    let Some(asn) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) else {
        return false;
    };
    let ranges = cert
        .asn
        .as_ref()
        .map(|asn| asn.ranges())
        .unwrap_or_default();
    ranges
        .iter()
        .any(|range| (range.low..=range.high).contains(&asn))
}

fn subject(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(name) = cert.subject else { return };
    let Some((at, common)) = attribute(&name, oid::COMMON_NAME) else {
        return;
    };
    seen.look();
    if !names_an_as(cert, common) {
        let what = format_args!(
            "`{}`, not `ROUTER-` and an AS number of the certificate in eight hexadecimal digits",
            Shown(common.as_bytes())
        );
        seen.find(at, "tbsCertificate.subject", what);
    }
    if let Some((at, serial)) = attribute(&name, oid::SERIAL_NUMBER) {
        let is_id = serial.len() == 8 && serial.bytes().all(|octet| octet.is_ascii_hexdigit());
        if !is_id {
            let what = "the serial number is no BGP identifier in eight hexadecimal digits";
            seen.find(at, "tbsCertificate.subject", what);
        }
    }
}
