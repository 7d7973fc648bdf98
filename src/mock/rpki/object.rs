//! Signed objects (RFC 6488): contents and the CMS around them.

use jiff::Timestamp;

use super::der::{
    Der, bits, explicit, generalized, ia5, integer, null, octets, octets_of, oid, sequence, set_of,
    time,
};
use super::keys::{Key, KeyError, sha256};
use super::plan::{Part, Prefix};
use super::resources::prefix_bits;
use crate::mock::number::Space;

/// Type of a ROA's content.
pub(super) const ROA: &str = "1.2.840.113549.1.9.16.1.24";
/// Type of a manifest's content.
pub(super) const MANIFEST: &str = "1.2.840.113549.1.9.16.1.26";
/// Type of an ASPA's content.
pub(super) const ASPA: &str = "1.2.840.113549.1.9.16.1.49";
/// Type of a Ghostbusters record's content.
pub(super) const GHOSTBUSTERS: &str = "1.2.840.113549.1.9.16.1.35";
/// Type of a signed checklist's content.
pub(super) const CHECKLIST: &str = "1.2.840.113549.1.9.16.1.48";
/// Type of a signed prefix list's content.
pub(super) const PREFIX_LIST: &str = "1.2.840.113549.1.9.16.1.51";
/// Type of a trust anchor key's content.
pub(super) const TAK: &str = "1.2.840.113549.1.9.16.1.50";

const SHA256: &str = "2.16.840.1.101.3.4.2.1";

/// Returns a ROA's content (RFC 9582, section 4).
pub(super) fn roa(origin: u32, prefixes: &[Prefix]) -> Der {
    sequence([integer(origin.into()), families(prefixes, roa_address)])
}

/// Returns a signed prefix list's content (draft-ietf-sidrops-rpki-prefixlist).
pub(super) fn prefix_list(origin: u32, prefixes: &[Prefix]) -> Der {
    let address = |p: &Prefix| prefix_bits(p.space, p.address, p.length);
    sequence([integer(origin.into()), families(prefixes, address)])
}

/// Returns a checklist's content (RFC 9323, section 4) of one AS number about an empty file.
pub(super) fn checklist(asn: u32, file: &str) -> Der {
    let numbers = sequence([explicit(0, [sequence([integer(asn.into())])])]);
    sequence([
        sequence([explicit(0, [numbers])]),
        sequence([oid(SHA256)]),
        sequence([sequence([ia5(file), octets(&sha256(&[]))])]),
    ])
}

/// Returns a Ghostbusters record's content (RFC 6493, section 5): a vCard.
pub(super) fn ghostbusters(name: &str, email: &str) -> Der {
    let lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        &format!("FN:{name}"),
        &format!("EMAIL:{email}"),
        "END:VCARD",
        "",
    ];
    Der::Raw(lines.join("\r\n").into_bytes())
}

/// Returns prefixes by address family, families and prefixes in order.
fn families(prefixes: &[Prefix], write: impl Fn(&Prefix) -> Der) -> Der {
    let mut sorted: Vec<&Prefix> = prefixes.iter().collect();
    sorted.sort();
    let families: Vec<Der> = [(Space::V4, 1), (Space::V6, 2)]
        .into_iter()
        .filter_map(|(space, afi)| {
            let items: Vec<Der> = sorted
                .iter()
                .filter(|p| p.space == space)
                .map(|p| write(p))
                .collect();
            (!items.is_empty()).then(|| sequence([octets(&[0, afi]), sequence(items)]))
        })
        .collect();
    sequence(families)
}

fn roa_address(prefix: &Prefix) -> Der {
    let mut parts = vec![prefix_bits(prefix.space, prefix.address, prefix.length)];
    if prefix.most > prefix.length {
        parts.push(integer(prefix.most.into()));
    }
    sequence(parts)
}

/// Returns an ASPA's content (draft-ietf-sidrops-aspa-profile): version 1, providers in order given.
pub(super) fn aspa(customer: u32, providers: &[u32]) -> Der {
    let providers: Vec<Der> = providers.iter().map(|p| integer((*p).into())).collect();
    sequence([
        explicit(0, [integer(1)]),
        integer(customer.into()),
        sequence(providers),
    ])
}

/// Returns a manifest's content (RFC 9286, section 4.2) over names and hashes.
pub(super) fn manifest(
    number: u64,
    window: (Timestamp, Timestamp),
    files: &[(String, [u8; 32])],
) -> Der {
    let files: Vec<Der> = files
        .iter()
        .map(|(name, hash)| sequence([ia5(name), bits(0, hash)]))
        .collect();
    sequence([
        integer(number),
        generalized(window.0),
        generalized(window.1),
        oid(SHA256),
        sequence(files),
    ])
}

/// Returns what a trust anchor key's content says of one key (RFC 9691, section 2.2.1).
pub(super) fn anchor_key(comments: &[String], uris: &[String], key: &Key) -> Der {
    let comment = |text: &String| Der::Leaf(0x0c, text.as_bytes().to_vec());
    let comments: Vec<Der> = comments.iter().map(comment).collect();
    let uris: Vec<Der> = uris.iter().map(|uri| ia5(uri)).collect();
    sequence([sequence(comments), sequence(uris), key.info()])
}

/// Returns a trust anchor key's content (RFC 9691, section 2.2.2): the current key, and the one
/// before or after it where there is one.
pub(super) fn tak(current: Der, predecessor: Option<Der>, successor: Option<Der>) -> Der {
    let mut keys = vec![current];
    keys.extend(predecessor.map(|key| explicit(0, [key])));
    keys.extend(successor.map(|key| explicit(1, [key])));
    sequence(keys)
}

/// Wraps a content into a signed object.
///
/// The signature covers content type, message digest and signing time; the signer is named
/// by its key identifier (RFC 6488, section 2.1.6; RFC 9589). `touch` may change each part
/// before what covers it is made.
pub(super) fn signed(
    kind: &str,
    content: &Der,
    certificate: Vec<u8>,
    key: &Key,
    at: Timestamp,
    touch: &dyn Fn(Part, &mut Der),
) -> Result<Vec<u8>, KeyError> {
    let encoded = content.encode();
    let attribute = |id: &str, value: Der| sequence([oid(id), set_of([value])]);
    let mut attributes = set_of([
        attribute("1.2.840.113549.1.9.3", oid(kind)),
        attribute("1.2.840.113549.1.9.4", octets(&sha256(&encoded))),
        attribute("1.2.840.113549.1.9.5", time(at)),
    ]);
    touch(Part::Attributes, &mut attributes);
    // Signed is the SET, written is its contents behind `[0]` (RFC 5652, section 5.4).
    let mut signature = octets(&key.sign(&attributes.encode())?);
    touch(Part::Signature, &mut signature);
    let attributes = match attributes {
        Der::Node(_, items) => items,
        // An edit has put octets in the place of the set.
        whole @ (Der::Leaf(..) | Der::Raw(_)) => vec![whole],
    };
    let signer = sequence([
        integer(3),
        Der::Leaf(0x80, key.identifier.to_vec()),
        sequence([oid(SHA256)]),
        explicit(0, attributes),
        sequence([oid("1.2.840.113549.1.1.1"), null()]),
        signature,
    ]);
    let mut data = sequence([
        integer(3),
        set_of([sequence([oid(SHA256)])]),
        sequence([oid(kind), explicit(0, [octets_of(Der::Raw(encoded))])]),
        explicit(0, [Der::Raw(certificate)]),
        set_of([signer]),
    ]);
    touch(Part::SignedData, &mut data);
    let mut whole = sequence([oid("1.2.840.113549.1.7.2"), explicit(0, [data])]);
    touch(Part::Object, &mut whole);
    Ok(whole.encode())
}
