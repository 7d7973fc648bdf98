//! Certificates and revocation lists (RFC 5280, RFC 6487), as trees that are then signed.

use jiff::Timestamp;

use super::der::{
    Der, bits, explicit, ia5, implicit, integer, null, octets, octets_of, oid, printable, sequence,
    set_of, time, truth, unsigned,
};
use super::keys::{Key, KeyError};
use super::resources::{Claim, address_blocks, as_identifiers};

/// What every certificate says beside its extensions.
#[derive(Clone, Debug)]
pub(super) struct Certified {
    /// The serial number, unsigned.
    pub(super) serial: Vec<u8>,
    /// Common name of the issuer.
    pub(super) issuer: String,
    /// Common name of the subject.
    pub(super) subject: String,
    /// The first and the last second.
    pub(super) validity: (Timestamp, Timestamp),
    /// The `SubjectPublicKeyInfo`.
    pub(super) key: Der,
}

/// Returns a certificate that is not signed yet.
pub(super) fn certificate(said: Certified, extensions: Vec<Der>) -> Der {
    let (first, last) = said.validity;
    sequence([
        explicit(0, [integer(2)]),
        unsigned(&said.serial),
        algorithm(),
        name(&said.issuer),
        sequence([time(first), time(last)]),
        name(&said.subject),
        said.key,
        explicit(3, [sequence(extensions)]),
    ])
}

/// Returns a revocation list that is not signed yet; `revoked` holds serial numbers and times.
pub(super) fn revocations(
    issuer: &Key,
    window: (Timestamp, Timestamp),
    number: u64,
    revoked: &[(Vec<u8>, Timestamp)],
) -> Der {
    let entries: Vec<Der> = revoked
        .iter()
        .map(|(serial, when)| sequence([unsigned(serial), time(*when)]))
        .collect();
    let mut parts = vec![
        integer(1),
        algorithm(),
        name(&issuer.common_name()),
        time(window.0),
        time(window.1),
    ];
    // The list is absent, not empty, where there is nothing to revoke (RFC 5280, section 5.1.2.6).
    if !entries.is_empty() {
        parts.push(sequence(entries));
    }
    parts.push(explicit(
        0,
        [sequence([
            authority_key(issuer),
            extension("2.5.29.20", false, integer(number)),
        ])],
    ));
    sequence(parts)
}

/// Signs a certificate or a revocation list.
pub(super) fn sign(unsigned: &Der, key: &Key) -> Result<Der, KeyError> {
    let encoded = unsigned.encode();
    let signature = key.sign(&encoded)?;
    Ok(sequence([
        Der::Raw(encoded),
        algorithm(),
        bits(0, &signature),
    ]))
}

/// Returns `sha256WithRSAEncryption`, parameters NULL.
fn algorithm() -> Der {
    sequence([oid("1.2.840.113549.1.1.11"), null()])
}

fn name(common: &str) -> Der {
    let attribute = sequence([oid("2.5.4.3"), printable(common)]);
    sequence([set_of([attribute])])
}

fn extension(id: &str, critical: bool, value: Der) -> Der {
    let mut parts = vec![oid(id)];
    if critical {
        parts.push(truth());
    }
    parts.push(octets_of(value));
    sequence(parts)
}

/// Returns BasicConstraints of an authority.
pub(super) fn basic_constraints() -> Der {
    extension("2.5.29.19", true, sequence([truth()]))
}

/// Returns the key usage of an authority: keyCertSign and cRLSign.
pub(super) fn authority_usage() -> Der {
    extension("2.5.29.15", true, bits(1, &[0x06]))
}

/// Returns the key usage of what signs objects or routes: digitalSignature.
pub(super) fn signer_usage() -> Der {
    extension("2.5.29.15", true, bits(7, &[0x80]))
}

/// Returns the extended key usage of routers (RFC 8209, section 3.1.3.2).
pub(super) fn router_usage() -> Der {
    extension("2.5.29.37", false, sequence([oid("1.3.6.1.5.5.7.3.30")]))
}

/// Returns the subject key identifier.
pub(super) fn subject_key(identifier: &[u8]) -> Der {
    extension("2.5.29.14", false, octets(identifier))
}

/// Returns the authority key identifier.
pub(super) fn authority_key(issuer: &Key) -> Der {
    let identifier = implicit(0, &issuer.identifier);
    extension("2.5.29.35", false, sequence([identifier]))
}

/// Returns where the issuer's revocation list is.
pub(super) fn revocations_at(uri: &str) -> Der {
    let point = explicit(0, [explicit(0, [implicit(6, uri.as_bytes())])]);
    extension("2.5.29.31", false, sequence([sequence([point])]))
}

/// Returns where the issuer's certificate is.
pub(super) fn issuer_at(uri: &str) -> Der {
    extension(
        "1.3.6.1.5.5.7.1.1",
        false,
        access(&[("1.3.6.1.5.5.7.48.2", uri)]),
    )
}

/// Returns where an authority publishes: folder, manifest, notification.
pub(super) fn publishes_at(folder: &str, manifest: &str, notification: &str) -> Der {
    extension(
        "1.3.6.1.5.5.7.1.11",
        false,
        access(&[
            ("1.3.6.1.5.5.7.48.5", folder),
            ("1.3.6.1.5.5.7.48.10", manifest),
            ("1.3.6.1.5.5.7.48.13", notification),
        ]),
    )
}

/// Returns where a signed object is.
pub(super) fn object_at(uri: &str) -> Der {
    extension(
        "1.3.6.1.5.5.7.1.11",
        false,
        access(&[("1.3.6.1.5.5.7.48.11", uri)]),
    )
}

fn access(places: &[(&str, &str)]) -> Der {
    let descriptions: Vec<Der> = places
        .iter()
        .map(|(method, uri)| sequence([oid(method), implicit(6, uri.as_bytes())]))
        .collect();
    sequence(descriptions)
}

/// Returns the certificate policy of the RPKI (RFC 6484), with a link to the practice statement
/// where there is one (RFC 7318).
pub(super) fn policy(statement: Option<&str>) -> Der {
    let mut parts = vec![oid("1.3.6.1.5.5.7.14.2")];
    if let Some(uri) = statement {
        let qualifier = sequence([oid("1.3.6.1.5.5.7.2.1"), ia5(uri)]);
        parts.push(sequence([qualifier]));
    }
    extension("2.5.29.32", true, sequence([sequence(parts)]))
}

/// Returns the address extension; `None` where the claim has no addresses.
pub(super) fn addresses(claim: &Claim) -> Option<Der> {
    address_blocks(claim).map(|blocks| extension("1.3.6.1.5.5.7.1.7", true, blocks))
}

/// Returns the AS number extension; `None` where the claim has none.
pub(super) fn numbers(claim: &Claim) -> Option<Der> {
    as_identifiers(claim).map(|numbers| extension("1.3.6.1.5.5.7.1.8", true, numbers))
}
