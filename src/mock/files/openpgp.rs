//! OpenPGP keys and the signatures beside files, written with committed test keys.
//!
//! Source: RFC 4880, sections 4, 5.2, 5.5 and 6.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use jiff::Timestamp;

use crate::mock::decode::Decoder;
use crate::mock::rpki::keys::{Key, one_off, sha256};
use crate::yaml::Node;

/// When every key was made: 2020-01-01.
pub(super) const MADE: u32 = 1_577_836_800;

/// A detached signature over octets.
const DETACHED: u8 = 0x00;

/// A key's own signature over a name.
const OVER_NAME: u8 = 0x13;

/// Who signs files, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signing {
    /// Number of the committed key.
    pub key: usize,
    /// The path at which its public key is.
    pub path: String,
    /// The name on it.
    pub name: String,
    /// Whether the signatures are of an empty file; only under a fault.
    pub of_nothing: bool,
}

/// Reads `signing` of a file host.
pub(super) fn signing(d: &Decoder, node: &Node) -> Option<Signing> {
    d.known(node, &["key", "path", "name", "of_nothing"]);
    Some(Signing {
        key: d.optional(node, "key", "the number of a key")?,
        path: d.text(node, "path")?,
        name: d.text(node, "name")?,
        of_nothing: d.flag(node, "of_nothing"),
    })
}

/// Returns the certificate of a key, armored; `None` if there is no such key.
pub(super) fn certificate(signing: &Signing) -> Option<String> {
    let key = one_off(signing.key).ok()?;
    let body = key_body(key)?;
    let mut octets = packet(6, &body)?;
    octets.extend(packet(13, signing.name.as_bytes())?);
    let mut over = vec![0x99];
    over.extend(u16::try_from(body.len()).ok()?.to_be_bytes());
    over.extend(&body);
    over.push(0xb4);
    over.extend(u32::try_from(signing.name.len()).ok()?.to_be_bytes());
    over.extend(signing.name.as_bytes());
    octets.extend(signature(key, OVER_NAME, &over, MADE)?);
    Some(armored("PUBLIC KEY BLOCK", &octets))
}

/// Returns the signature of a file, armored; `None` if there is no such key.
pub(super) fn detached(signing: &Signing, file: &[u8], made: Timestamp) -> Option<String> {
    let made = u32::try_from(made.as_second()).ok()?;
    let file = if signing.of_nothing { &[] } else { file };
    let octets = signature(one_off(signing.key).ok()?, DETACHED, file, made)?;
    Some(armored("SIGNATURE", &octets))
}

/// Writes what a key packet says of a key.
fn key_body(key: &Key) -> Option<Vec<u8>> {
    let public = key.public();
    let (modulus, exponent) = numbers(&public)?;
    let mut body = vec![4];
    body.extend(MADE.to_be_bytes());
    body.push(1);
    body.extend(number(modulus)?);
    body.extend(number(exponent)?);
    Some(body)
}

/// Finds the two numbers in the DER of an RSA key of 2,048 bits and more.
fn numbers(public: &[u8]) -> Option<(&[u8], &[u8])> {
    let body = public.strip_prefix(&[0x30, 0x82])?.get(2..)?;
    let body = body.strip_prefix(&[0x02, 0x82])?;
    let (length, body) = body.split_first_chunk::<2>()?;
    let (modulus, rest) = body.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let (length, exponent) = rest.strip_prefix(&[0x02])?.split_first()?;
    Some((modulus, exponent.get(..usize::from(*length))?))
}

/// Returns the fingerprint of a key.
fn fingerprint(key: &Key) -> Option<Vec<u8>> {
    let body = key_body(key)?;
    let mut octets = vec![0x99];
    octets.extend(u16::try_from(body.len()).ok()?.to_be_bytes());
    octets.extend(body);
    Some(digest(&SHA1_FOR_LEGACY_USE_ONLY, &octets).as_ref().to_vec())
}

/// Writes a signature packet of version 4, by RSA over SHA-256.
fn signature(key: &Key, kind: u8, over: &[u8], made: u32) -> Option<Vec<u8>> {
    let fingerprint = fingerprint(key)?;
    // Who and when, and of a name that the key certifies and signs.
    let mut said = vec![22, 33, 4];
    said.extend(&fingerprint);
    said.extend([5, 2]);
    said.extend(made.to_be_bytes());
    if kind == OVER_NAME {
        said.extend([2, 27, 3]);
    }
    let mut body = vec![4, kind, 1, 8];
    body.extend(u16::try_from(said.len()).ok()?.to_be_bytes());
    body.extend(said);
    let mut message = over.to_vec();
    message.extend(&body);
    message.extend([4, 0xff]);
    message.extend(u32::try_from(body.len()).ok()?.to_be_bytes());
    body.extend([0, 10, 9, 16]);
    body.extend(fingerprint.get(12..)?);
    body.extend(sha256(&message).get(..2)?);
    body.extend(number(&key.sign(&message).ok()?)?);
    packet(2, &body)
}

/// Writes a number: its length in bits, and its octets.
fn number(octets: &[u8]) -> Option<Vec<u8>> {
    let start = octets.iter().position(|octet| *octet != 0)?;
    let octets = octets.get(start..)?;
    let bits = u16::try_from(octets.len()).ok()?.checked_mul(8)?;
    let unused = u16::try_from(octets.first()?.leading_zeros()).ok()?;
    let mut all = bits.checked_sub(unused)?.to_be_bytes().to_vec();
    all.extend(octets);
    Some(all)
}

/// Writes a packet of the new form.
fn packet(tag: u8, body: &[u8]) -> Option<Vec<u8>> {
    let mut octets = vec![0xc0 | tag, 255];
    octets.extend(u32::try_from(body.len()).ok()?.to_be_bytes());
    octets.extend(body);
    Some(octets)
}

/// Writes octets in armor, with their check sum.
fn armored(title: &str, octets: &[u8]) -> String {
    let text = data_encoding::BASE64.encode(octets);
    let mut lines = String::new();
    for line in text.as_bytes().chunks(64) {
        lines.push_str(&String::from_utf8_lossy(line));
        lines.push('\n');
    }
    let [_, check @ ..] = check_sum(octets).to_be_bytes();
    let check = data_encoding::BASE64.encode(&check);
    format!("-----BEGIN PGP {title}-----\n\n{lines}={check}\n-----END PGP {title}-----\n")
}

/// Returns the check sum of 24 bits.
fn check_sum(octets: &[u8]) -> u32 {
    octets.iter().fold(0x00b7_04ce, |sum, octet| {
        let sum = sum ^ (u32::from(*octet) << 16);
        (0..8).fold(sum, |sum, _| {
            let sum = sum << 1;
            if sum & 0x0100_0000 == 0 {
                sum
            } else {
                sum ^ 0x0186_4cfb
            }
        })
    })
}
