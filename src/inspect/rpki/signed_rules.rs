//! Rules about the wrapping of signed objects.
//!
//! Source: RFC 6488, sections 2 and 3; RFC 9589, section 4; RFC 7935, section 2.

use aws_lc_rs::digest::{SHA256, digest};

use super::certificate::Algorithm;
use super::cms::{Signed, Signer};
use super::der::{NULL, OCTET_STRING, OID};
use super::field_rules::{report_flaws, report_irregular, validity};
use super::kind::SIGNED;
use super::moment::{MALFORMED, Moment, Shown};
use super::object::{Area, Object};
use super::{Context, Rule, Seen, oid, rule};

pub(super) const RULES: &[Rule] = &[
    rule("rpki.sig.der", SIGNED, der),
    rule("rpki.sig.form", SIGNED, form),
    rule("rpki.sig.version", SIGNED, version),
    rule("rpki.sig.digest-algorithms", SIGNED, digest_algorithms),
    rule("rpki.sig.content-type", SIGNED, content_type),
    rule("rpki.sig.content", SIGNED, content),
    rule("rpki.sig.one-certificate", SIGNED, one_certificate),
    rule("rpki.sig.no-crls", SIGNED, no_crls),
    rule("rpki.sig.one-signer", SIGNED, one_signer),
    rule("rpki.sig.signer-version", SIGNED, signer_version),
    rule("rpki.sig.signer-id", SIGNED, signer_id),
    rule("rpki.sig.signer-digest", SIGNED, signer_digest),
    rule("rpki.sig.signature-algorithm", SIGNED, signature_algorithm),
    rule("rpki.sig.attributes", SIGNED, attributes),
    rule("rpki.sig.attribute-other", SIGNED, attribute_other),
    rule("rpki.sig.attribute-once", SIGNED, attribute_once),
    rule(
        "rpki.sig.attribute-content-type",
        SIGNED,
        attribute_content_type,
    ),
    rule("rpki.sig.message-digest", SIGNED, message_digest),
    rule("rpki.sig.signing-time", SIGNED, signing_time),
    rule("rpki.sig.signing-time-form", SIGNED, signing_time_form),
    rule(
        "rpki.sig.signing-time-validity",
        SIGNED,
        signing_time_validity,
    ),
    rule("rpki.sig.binary-signing-time", SIGNED, binary_signing_time),
    rule(
        "rpki.sig.no-unsigned-attributes",
        SIGNED,
        no_unsigned_attributes,
    ),
    rule("rpki.sig.signature", SIGNED, signature),
];

const ATTRIBUTES: &str = "signerInfos[0].signedAttrs";

fn signer<'a, 'b>(object: &'b Object<'a>) -> Option<&'b Signer<'a>> {
    object.signed.as_ref()?.signer.as_ref()
}

fn der(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    report_irregular(object, seen);
}

fn form(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    seen.look();
    report_flaws(object, Area::Signed, seen);
    match &object.signed {
        None => seen.find(0, "", "nothing that can be read"),
        Some(signed) => {
            let outer = signed
                .outer_type
                .filter(|item| item.octets != oid::SIGNED_DATA);
            if let Some(outer) = outer {
                let what = format_args!("`{}`, not signedData", oid::Shown(outer.octets));
                seen.find(outer.at, "contentType", what);
            }
        }
    }
}

fn version(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(version) = object.signed.as_ref().and_then(|signed| signed.version) else {
        return;
    };
    seen.look();
    if version.number() != Some(3) {
        seen.find(version.at, "version", "not version 3");
    }
}

/// Judges an algorithm that must be SHA-256; its parameters are absent or NULL.
///
/// Source: RFC 7935, section 2; RFC 5754, section 2.
pub(super) fn judge_digest(found: &Algorithm<'_>, field: &str, seen: &mut Seen<'_>) {
    seen.look();
    if found.oid != oid::SHA256 {
        let what = format_args!("`{}`, not sha256", oid::Shown(found.oid));
        seen.find(found.at, field, what);
    } else if found.parameters.is_some_and(|item| item.tag != NULL) {
        seen.find(found.at, field, "parameters of SHA-256");
    }
}

fn digest_algorithms(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(signed) = &object.signed else { return };
    let field = "digestAlgorithms";
    seen.look();
    match signed.digests.as_slice() {
        [] => seen.find(signed.at, field, "no digest algorithm"),
        [only] => match Algorithm::read(only) {
            Some(found) => judge_digest(&found, field, seen),
            None => seen.find(only.at, field, "no algorithm"),
        },
        [_, second, ..] => seen.find(second.at, field, "more than one digest algorithm"),
    }
}

fn content_type(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(found) = object
        .signed
        .as_ref()
        .and_then(|signed| signed.content_type)
    else {
        return;
    };
    let Some(wanted) = object.kind.content_type() else {
        return;
    };
    seen.look();
    if wanted != found.octets {
        let what = format_args!("`{}`, not {}", oid::Shown(found.octets), oid::Shown(wanted));
        seen.find(found.at, "encapContentInfo.eContentType", what);
    }
}

fn content(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(found) = object.signed.as_ref().and_then(|signed| signed.content) else {
        return;
    };
    seen.look();
    if found.octets.is_empty() {
        seen.find(found.at, "encapContentInfo.eContent", "no octets");
    }
}

fn one_certificate(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(signed) = &object.signed else { return };
    seen.look();
    match signed.certificates.as_slice() {
        [] => seen.find(signed.at, "certificates", "no certificate"),
        [_] => {}
        [_, second, ..] => seen.find(second.at, "certificates[1]", "a second certificate"),
    }
}

fn no_crls(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(signed) = &object.signed else { return };
    seen.look();
    if let Some(crls) = signed.crls {
        seen.find(crls.at, "crls", "there, though it must be omitted");
    }
}

fn one_signer(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(signed) = &object.signed else { return };
    seen.look();
    let (at, number) = signed.signers;
    if number != 1 {
        seen.find(at, "signerInfos", format_args!("{number} signers, not one"));
    }
}

fn signer_version(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(version) = signer(object).and_then(|signer| signer.version) else {
        return;
    };
    seen.look();
    if version.number() != Some(3) {
        seen.find(version.at, "signerInfos[0].version", "not version 3");
    }
}

fn signer_id(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(id) = signer(object).and_then(|signer| signer.id) else {
        return;
    };
    seen.look();
    let field = "signerInfos[0].sid";
    if id.tag != 0x80 {
        return seen.find(
            id.at,
            field,
            "an issuer and serial number, not a key identifier",
        );
    }
    let cert = object.certificate.as_ref();
    let key = cert.and_then(|cert| cert.subject_key);
    if key.is_some_and(|key| key.octets != id.octets) {
        seen.find(
            id.at,
            field,
            "not the subject key identifier of the certificate",
        );
    }
}

fn signer_digest(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    if let Some(found) = signer(object).and_then(|signer| signer.digest) {
        judge_digest(&found, "signerInfos[0].digestAlgorithm", seen);
    }
}

fn signature_algorithm(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(found) = signer(object).and_then(|signer| signer.algorithm) else {
        return;
    };
    seen.look();
    let field = "signerInfos[0].signatureAlgorithm";
    if ![oid::RSA_ENCRYPTION, oid::SHA256_WITH_RSA].contains(&found.oid) {
        let what = format_args!(
            "`{}`, neither rsaEncryption nor sha256WithRSAEncryption",
            oid::Shown(found.oid)
        );
        seen.find(found.at, field, what);
    } else if !found.has_null() {
        seen.find(found.at, field, "parameters other than NULL");
    }
}

fn attributes(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(signer) = signer(object) else { return };
    seen.look();
    if signer.signed.is_none() {
        return seen.find(signer.at, ATTRIBUTES, "not there");
    }
    for oid in [oid::CONTENT_TYPE, oid::MESSAGE_DIGEST] {
        if signer.attribute(oid).is_none() {
            let what = format_args!("no attribute `{}`", oid::Shown(oid));
            seen.find(signer.at, ATTRIBUTES, what);
        }
    }
}

/// Attributes that a signed object has, and the one that it had before RFC 9589.
const KNOWN: &[&[u8]] = &[
    oid::CONTENT_TYPE,
    oid::MESSAGE_DIGEST,
    oid::SIGNING_TIME,
    oid::BINARY_SIGNING_TIME,
];

fn attribute_other(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for attribute in signer(object)
        .into_iter()
        .flat_map(|signer| &signer.attributes)
    {
        seen.look();
        if !KNOWN.contains(&attribute.oid) {
            let what = format_args!("an attribute `{}`", oid::Shown(attribute.oid));
            seen.find(attribute.at, ATTRIBUTES, what);
        }
    }
}

fn attribute_once(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(signer) = signer(object) else { return };
    for known in KNOWN {
        let mut all = signer.attributes.iter().filter(|one| one.oid == *known);
        let Some(first) = all.next() else { continue };
        seen.look();
        if first.values != 1 {
            let what = format_args!(
                "{} values of `{}`, not one",
                first.values,
                oid::Shown(known)
            );
            seen.find(first.at, ATTRIBUTES, what);
        }
        if let Some(second) = all.next() {
            let what = format_args!("`{}` a second time", oid::Shown(known));
            seen.find(second.at, ATTRIBUTES, what);
        }
    }
}

fn attribute_content_type(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let attribute = signer(object).and_then(|signer| signer.attribute(oid::CONTENT_TYPE));
    let Some(value) = attribute.and_then(|attribute| attribute.first) else {
        return;
    };
    let Some(wanted) = object
        .signed
        .as_ref()
        .and_then(|signed| signed.content_type)
    else {
        return;
    };
    seen.look();
    if value.tag != OID || value.octets != wanted.octets {
        seen.find(
            value.at,
            ATTRIBUTES,
            "the content type is not that of the content",
        );
    }
}

fn message_digest(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let attribute = signer(object).and_then(|signer| signer.attribute(oid::MESSAGE_DIGEST));
    let Some(value) = attribute.and_then(|attribute| attribute.first) else {
        return;
    };
    let Some(content) = object.signed.as_ref().and_then(|signed| signed.content) else {
        return;
    };
    seen.look();
    let hash = digest(&SHA256, content.octets);
    if value.tag != OCTET_STRING || value.octets != hash.as_ref() {
        seen.find(value.at, ATTRIBUTES, "not the SHA-256 hash of the content");
    }
}

/// Returns the signing time, where it can be read.
pub(super) fn signed_at(signed: &Signed<'_>) -> Option<Moment> {
    let attribute = signed.signer.as_ref()?.attribute(oid::SIGNING_TIME)?;
    Moment::read(&attribute.first?)
}

fn signing_time(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(signer) = signer(object).filter(|signer| signer.signed.is_some()) else {
        return;
    };
    seen.look();
    if signer.attribute(oid::SIGNING_TIME).is_none() {
        seen.find(signer.at, ATTRIBUTES, "no signing time");
    }
}

fn signing_time_form(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let attribute = signer(object).and_then(|signer| signer.attribute(oid::SIGNING_TIME));
    let Some(value) = attribute.and_then(|attribute| attribute.first) else {
        return;
    };
    seen.look();
    let what = match Moment::read(&value) {
        Some(moment) => moment.wrong_in_x509(),
        None => Some(MALFORMED),
    };
    if let Some(what) = what {
        seen.find(value.at, ATTRIBUTES, what);
    }
}

fn signing_time_validity(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let moment = object.signed.as_ref().and_then(signed_at);
    let (Some(moment), Some(cert)) = (moment, &object.certificate) else {
        return;
    };
    let (Some(time), Some((_, until))) = (moment.seconds, validity(cert)) else {
        return;
    };
    seen.look();
    if time > until {
        let what = format_args!("{}, after notAfter at {}", Shown(time), Shown(until));
        seen.find(moment.at, ATTRIBUTES, what);
    }
}

fn binary_signing_time(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(signer) = signer(object).filter(|signer| signer.signed.is_some()) else {
        return;
    };
    seen.look();
    if let Some(attribute) = signer.attribute(oid::BINARY_SIGNING_TIME) {
        seen.find(attribute.at, ATTRIBUTES, "a binary signing time");
    }
}

fn no_unsigned_attributes(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(signer) = signer(object) else { return };
    seen.look();
    if let Some(unsigned) = signer.unsigned {
        let field = "signerInfos[0].unsignedAttrs";
        seen.find(unsigned.at, field, "there, though it must be omitted");
    }
}

fn signature(object: &Object<'_>, context: &Context, seen: &mut Seen<'_>) {
    let Some(signer) = signer(object).filter(|_| context.signatures) else {
        return;
    };
    let key = object.certificate.as_ref().and_then(|cert| cert.key);
    let Some(key) = key.and_then(|key| key.identified()) else {
        return;
    };
    let (Some(is_its), Some(signature)) = (signer.is_signed_by(key), signer.signature) else {
        return;
    };
    seen.look();
    if !is_its {
        let field = "signerInfos[0].signature";
        seen.find(
            signature.at,
            field,
            "not made with the key of the certificate",
        );
    }
}
