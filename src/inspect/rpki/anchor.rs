//! Rules about trust anchors' certificates.
//!
//! Source: RFC 8630, section 2.3; RFC 6487, sections 4.8.3, 4.8.6 and 4.8.7.

use super::certificate::field_of;
use super::kind::{Kind, Kinds};
use super::object::Object;
use super::{Context, Rule, Seen, oid, rule};

const ANCHORS: Kinds = Kinds::of(&[Kind::TrustAnchor]);

pub(super) const RULES: &[Rule] = &[
    rule("rpki.ta.self-issued", ANCHORS, self_issued),
    rule("rpki.ta.self-signed", ANCHORS, self_signed),
    rule("rpki.ta.authority-key", ANCHORS, authority_key),
    rule("rpki.ta.no-crl-point", ANCHORS, no_crl_point),
    rule("rpki.ta.no-issuer-access", ANCHORS, no_issuer_access),
    rule("rpki.ta.resources-inherit", ANCHORS, resources_inherit),
    rule("rpki.ta.notify", ANCHORS, notify),
];

fn self_issued(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let (Some(issuer), Some(subject)) = (cert.issuer, cert.subject) else {
        return;
    };
    seen.look();
    if issuer.whole != subject.whole {
        seen.find(
            subject.at,
            "tbsCertificate.subject",
            "not the name of the issuer",
        );
    }
}

fn self_signed(object: &Object<'_>, context: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let key = cert.key.and_then(|key| key.identified());
    let Some(verified) = key
        .filter(|_| context.signatures)
        .map(|key| cert.is_signed_by(key))
    else {
        return;
    };
    seen.look();
    if verified != Some(true) {
        let at = cert.signature.map_or(cert.at, |signature| signature.at);
        seen.find(
            at,
            "signatureValue",
            "not made with the certificate's own key",
        );
    }
}

fn authority_key(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(theirs) = cert.authority_key.and_then(|found| found.key) else {
        return;
    };
    let Some(own) = cert.subject_key else { return };
    seen.look();
    if own.octets != theirs.octets {
        let field = field_of(oid::AUTHORITY_KEY_ID);
        seen.find(theirs.at, field, "not the subject key identifier");
    }
}

/// Judges that an extension is not there.
fn absent(object: &Object<'_>, oid: &[u8], seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    if let Some(extension) = cert.extension(oid) {
        seen.find(
            extension.at,
            field_of(oid),
            "there, though the certificate is self-signed",
        );
    }
}

fn no_crl_point(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    absent(object, oid::CRL_POINTS, seen);
}

fn no_issuer_access(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    absent(object, oid::AUTHORITY_ACCESS, seen);
}

fn resources_inherit(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    if let Some(ip) = &cert.ip {
        seen.look();
        if ip.inherits() {
            seen.find(
                ip.at,
                field_of(oid::IP_BLOCKS),
                "`inherit` in a trust anchor",
            );
        }
    }
    if let Some(asn) = &cert.asn {
        seen.look();
        if asn.inherits() {
            seen.find(asn.at, field_of(oid::AS_IDS), "`inherit` in a trust anchor");
        }
    }
}

fn notify(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    let mut all = cert.subject_access.iter();
    if !all.any(|access| access.method == oid::RPKI_NOTIFY) {
        let field = field_of(oid::SUBJECT_ACCESS);
        seen.find(cert.at, field, "no notification file of RRDP");
    }
}
