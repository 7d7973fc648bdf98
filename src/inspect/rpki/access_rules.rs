//! Rules about where a certificate says that things are: CRL, issuer, publication point.
//!
//! Source: RFC 6487, sections 4.8.6 to 4.8.8; RFC 8182, section 3.2.

use super::certificate::{Certificate, field_of};
use super::extension_rules::missing;
use super::extensions::Access;
use super::kind::{CAS, CERTIFIED, ISSUED, Kind, Kinds};
use super::names::{Shown, is_https, is_rsync};
use super::object::Object;
use super::{Context, Rule, Seen, oid, rule};

/// End entities of signed objects that are published: all but checklists.
const OBJECTS: Kinds = Kinds::of(&[
    Kind::Manifest,
    Kind::Roa,
    Kind::Aspa,
    Kind::Tak,
    Kind::Ghostbusters,
    Kind::PrefixList,
    Kind::Consensus,
]);

pub(super) const RULES: &[Rule] = &[
    rule("rpki.cer.crl-point", ISSUED, crl_point),
    rule("rpki.cer.crl-point-form", ISSUED, crl_point_form),
    rule("rpki.cer.crl-point-rsync", ISSUED, crl_point_rsync),
    rule("rpki.cer.crl-point-critical", ISSUED, crl_point_critical),
    rule("rpki.cer.issuer-access", ISSUED, issuer_access),
    rule(
        "rpki.cer.issuer-access-method",
        ISSUED,
        issuer_access_method,
    ),
    rule(
        "rpki.cer.issuer-access-critical",
        ISSUED,
        issuer_access_critical,
    ),
    rule("rpki.cer.repository", CAS, repository),
    rule("rpki.cer.repository-directory", CAS, repository_directory),
    rule("rpki.cer.manifest", CAS, manifest),
    rule("rpki.cer.manifest-name", CAS, manifest_name),
    rule("rpki.cer.manifest-inside", CAS, manifest_inside),
    rule("rpki.cer.notify", CAS, notify),
    rule("rpki.cer.subject-access-method", CAS, subject_access_method),
    rule(
        "rpki.cer.subject-access-critical",
        CERTIFIED,
        subject_access_critical,
    ),
    rule("rpki.sig.object-access", OBJECTS, object_access),
    rule(
        "rpki.sig.object-access-method",
        OBJECTS,
        object_access_method,
    ),
    rule("rpki.sig.object-uri", OBJECTS_BUT_MANIFESTS, object_uri),
    rule(
        "rpki.mft.object-uri",
        Kinds::of(&[Kind::Manifest]),
        object_uri,
    ),
];

const OBJECTS_BUT_MANIFESTS: Kinds = Kinds::of(&[
    Kind::Roa,
    Kind::Aspa,
    Kind::Tak,
    Kind::Ghostbusters,
    Kind::PrefixList,
    Kind::Consensus,
]);

fn crl_point(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    if cert.extension(oid::CRL_POINTS).is_none() {
        missing(cert, oid::CRL_POINTS, seen);
    }
}

fn crl_point_form(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(points) = &cert.points else { return };
    seen.look();
    let field = format_args!("{}{}", cert.prefix, field_of(oid::CRL_POINTS));
    if points.number != 1 {
        let what = format_args!("{} distribution points, not one", points.number);
        seen.find(points.at, field, what);
    }
    if let Some(at) = points.relative {
        seen.find(at, field, "a name relative to the CRL issuer");
    } else if points.names.is_none() && points.number > 0 {
        seen.find(points.at, field, "no fullName");
    }
    if let Some(at) = points.reasons {
        seen.find(at, field, "reasons");
    }
    if let Some(at) = points.issuer {
        seen.find(at, field, "a CRL issuer");
    }
    let mut names = points.names.iter().flatten();
    if let Some(name) = names.find(|name| name.tag != super::extensions::URI) {
        seen.find(name.at, field, "a name that is no URI");
    }
}

fn crl_point_rsync(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(points) = cert.points.as_ref().filter(|points| points.names.is_some()) else {
        return;
    };
    seen.look();
    if !points.uris().any(|(_, uri)| is_rsync(uri)) {
        let field = format_args!("{}{}", cert.prefix, field_of(oid::CRL_POINTS));
        seen.find(points.at, field, "no rsync URI");
    }
}

/// Judges that an extension that is there is not critical.
fn not_critical(object: &Object<'_>, oid: &[u8], seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(extension) = cert.extension(oid) else {
        return;
    };
    seen.look();
    if extension.is_critical {
        let field = format_args!("{}{}", cert.prefix, field_of(oid));
        seen.find(extension.at, field, "critical");
    }
}

fn crl_point_critical(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    not_critical(object, oid::CRL_POINTS, seen);
}

fn issuer_access(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    if cert.extension(oid::AUTHORITY_ACCESS).is_none() {
        return missing(cert, oid::AUTHORITY_ACCESS, seen);
    }
    let mut all = cert.authority_access.iter();
    let fits = |access: &Access<'_>| {
        access.method == oid::CA_ISSUERS && access.uri().is_some_and(is_rsync)
    };
    if let Some(first) = cert.authority_access.first()
        && !all.any(fits)
    {
        let field = format_args!("{}{}", cert.prefix, field_of(oid::AUTHORITY_ACCESS));
        seen.find(
            first.at,
            field,
            "no rsync URI with the access method caIssuers",
        );
    }
}

fn issuer_access_method(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let field = field_of(oid::AUTHORITY_ACCESS);
    other_methods(
        cert,
        &cert.authority_access,
        &[oid::CA_ISSUERS],
        field,
        seen,
    );
}

/// Reports access methods that the profile does not have.
fn other_methods(
    cert: &Certificate<'_>,
    all: &[Access<'_>],
    known: &[&[u8]],
    field: &str,
    seen: &mut Seen<'_>,
) {
    for access in all {
        seen.look();
        if !known.contains(&access.method) {
            let what = format_args!("the access method `{}`", oid::Shown(access.method));
            seen.find(access.at, format_args!("{}{field}", cert.prefix), what);
        }
    }
}

fn issuer_access_critical(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    not_critical(object, oid::AUTHORITY_ACCESS, seen);
}

fn subject_access_critical(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    not_critical(object, oid::SUBJECT_ACCESS, seen);
}

/// Iterates over the rsync URIs of one access method of the subject.
fn rsync_uris<'b, 'a>(
    cert: &'b Certificate<'a>,
    method: &'static [u8],
) -> impl Iterator<Item = (usize, &'a str)> + Clone + 'b {
    let all = cert.subject_access.iter();
    all.filter(move |access| access.method == method)
        .filter_map(|access| Some((access.at, access.uri()?)))
        .filter(|(_, uri)| is_rsync(uri))
}

/// Judges that a method has an rsync URI.
fn has_rsync(object: &Object<'_>, method: &'static [u8], seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    if rsync_uris(cert, method).next().is_some() {
        return;
    }
    let field = format_args!("{}{}", cert.prefix, field_of(oid::SUBJECT_ACCESS));
    let mut all = cert.subject_access.iter();
    match all.find(|access| access.method == method) {
        Some(access) => {
            let what = format_args!("no rsync URI for `{}`", oid::Shown(method));
            seen.find(access.at, field, what);
        }
        None => seen.find(cert.at, field, format_args!("no `{}`", oid::Shown(method))),
    }
}

fn repository(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    has_rsync(object, oid::CA_REPOSITORY, seen);
}

fn manifest(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    has_rsync(object, oid::RPKI_MANIFEST, seen);
}

fn repository_directory(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    for (at, uri) in rsync_uris(cert, oid::CA_REPOSITORY) {
        seen.look();
        if !uri.ends_with('/') {
            let field = format_args!("{}{}", cert.prefix, field_of(oid::SUBJECT_ACCESS));
            let what = format_args!("`{}` does not end with `/`", Shown(uri.as_bytes()));
            seen.find(at, field, what);
        }
    }
}

fn manifest_name(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    for (at, uri) in rsync_uris(cert, oid::RPKI_MANIFEST) {
        seen.look();
        let name = super::names::last_segment(uri);
        if !name
            .strip_suffix(".mft")
            .is_some_and(|stem| !stem.is_empty())
        {
            let field = format_args!("{}{}", cert.prefix, field_of(oid::SUBJECT_ACCESS));
            let what = format_args!("`{}` does not end with `.mft`", Shown(uri.as_bytes()));
            seen.find(at, field, what);
        }
    }
}

fn manifest_inside(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some((_, repository)) = rsync_uris(cert, oid::CA_REPOSITORY).next() else {
        return;
    };
    let repository = repository.trim_end_matches('/');
    let is_inside = |uri: &str| {
        let name = uri.strip_prefix(repository);
        let name = name.and_then(|rest| rest.strip_prefix('/'));
        name.is_some_and(|name| !name.is_empty() && !name.contains('/'))
    };
    let mut manifests = rsync_uris(cert, oid::RPKI_MANIFEST);
    let Some((at, first)) = manifests.clone().next() else {
        return;
    };
    seen.look();
    if !manifests.any(|(_, uri)| is_inside(uri)) {
        let field = format_args!("{}{}", cert.prefix, field_of(oid::SUBJECT_ACCESS));
        let what = format_args!("`{}` is not in the repository", Shown(first.as_bytes()));
        seen.find(at, field, what);
    }
}

fn notify(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let all = cert.subject_access.iter();
    for access in all.filter(|access| access.method == oid::RPKI_NOTIFY) {
        seen.look();
        if !access.uri().is_some_and(is_https) {
            let field = format_args!("{}{}", cert.prefix, field_of(oid::SUBJECT_ACCESS));
            let what = format_args!("`{}` is no https URI", Shown(access.location.octets));
            seen.find(access.at, field, what);
        }
    }
}

fn subject_access_method(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let known: &[&[u8]] = &[oid::CA_REPOSITORY, oid::RPKI_MANIFEST, oid::RPKI_NOTIFY];
    let field = field_of(oid::SUBJECT_ACCESS);
    other_methods(cert, &cert.subject_access, known, field, seen);
}

fn object_access(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    has_rsync(object, oid::SIGNED_OBJECT, seen);
}

fn object_access_method(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let field = field_of(oid::SUBJECT_ACCESS);
    other_methods(
        cert,
        &cert.subject_access,
        &[oid::SIGNED_OBJECT],
        field,
        seen,
    );
}

fn object_uri(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let mut uris = rsync_uris(cert, oid::SIGNED_OBJECT);
    let (Some(own), Some((at, first))) = (seen.published_at(), uris.clone().next()) else {
        return;
    };
    let is_same = uris.any(|(_, uri)| uri == own);
    seen.look();
    if !is_same {
        let field = format_args!("{}{}", cert.prefix, field_of(oid::SUBJECT_ACCESS));
        let what = format_args!("`{}` is not where it is published", Shown(first.as_bytes()));
        seen.find(at, field, what);
    }
}
