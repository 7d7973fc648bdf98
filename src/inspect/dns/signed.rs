//! Sets of records and whether a key signed them.

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519,
    RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use jiff::Timestamp;

use super::name::Name;
use super::record::{Denial, Key, Signature};
use super::wire::{IN, Message, Record, kind};

/// Most pairs of signature and key that are tried for one set.
///
/// Keys of one tag and many signatures make a validator work for hours (CVE-2023-50387); an honest set
/// needs one or two.
const MOST_TRIES: usize = 16;

/// Most repetitions of a hash that are computed; RFC 9276, section 3.2, lets validators give up above some number.
const MOST_ITERATIONS: u16 = 500;

/// Number of the one hash of NSEC3 (RFC 5155, section 11).
const SHA1: u8 = 1;

/// All records of one name and type in a section, with their signatures.
#[derive(Clone, Debug)]
pub struct Set {
    /// Whose they are.
    pub name: Name,
    /// Their type.
    pub kind: u16,
    /// Their data in canonical form and order, each once.
    pub data: Vec<Vec<u8>>,
    /// Signatures that cover them.
    pub signatures: Vec<Signature>,
}

/// Why a set is not good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no signature.
    #[error("there is no signature")]
    Unsigned,
    /// No signature is by a key of those that are trusted.
    #[error("no signature is by a key that is trusted here")]
    Stranger,
    /// The signature begins later.
    #[error("the signature is not valid before {0}")]
    Early(Timestamp),
    /// The signature has ended.
    #[error("the signature expired at {0}")]
    Expired(Timestamp),
    /// Nobody here can verify the algorithm.
    #[error("algorithm {0} cannot be verified here")]
    Unknown(u8),
    /// The signature is wrong.
    #[error("the signature does not fit")]
    Wrong,
}

/// Returns the set of a name and type in some records; `None` if there is no such record.
pub fn set(records: &[Record], name: &Name, wanted: u16) -> Option<Set> {
    let own = |record: &&Record| record.name == *name && record.class == IN;
    let mut set = Set {
        name: name.clone(),
        kind: wanted,
        data: Vec::new(),
        signatures: Vec::new(),
    };
    for record in records.iter().filter(own) {
        if record.kind == wanted {
            set.data.push(record.data.clone());
        } else if record.kind == kind::RRSIG
            && let Ok(signature) = Signature::read(&record.data)
            && signature.covered == wanted
        {
            set.signatures.push(signature);
        }
    }
    set.data.sort_unstable();
    set.data.dedup();
    (!set.data.is_empty()).then_some(set)
}

impl Set {
    /// Verifies that one of some keys of a zone signed it, at a time; returns that signature.
    ///
    /// # Errors
    ///
    /// [`Refusal`] of the signature that comes nearest to being good.
    pub fn verify(&self, zone: &Name, keys: &[Key], now: Timestamp) -> Result<&Signature, Refusal> {
        let mut refusal = match self.signatures.is_empty() {
            true => Refusal::Unsigned,
            false => Refusal::Stranger,
        };
        let mut tries = 0;
        for signature in self.signatures.iter().filter(|s| s.signer == *zone) {
            let fitting = keys.iter().filter(|key| {
                key.may_sign() && key.tag == signature.tag && key.algorithm == signature.algorithm
            });
            for key in fitting {
                if tries == MOST_TRIES {
                    return Err(refusal);
                }
                tries += 1;
                match self.verify_one(signature, key, now) {
                    Ok(()) => return Ok(signature),
                    Err(why) => refusal = why,
                }
            }
        }
        Err(refusal)
    }

    /// Verifies one signature by one key.
    fn verify_one(&self, signature: &Signature, key: &Key, now: Timestamp) -> Result<(), Refusal> {
        let (begins, ends) = (signature.begins(now), signature.ends(now));
        if now < begins {
            return Err(Refusal::Early(begins));
        }
        if now > ends {
            return Err(Refusal::Expired(ends));
        }
        let signed = self.signed_octets(signature).ok_or(Refusal::Wrong)?;
        match fits(key, &signed, &signature.octets) {
            Some(true) => Ok(()),
            Some(false) => Err(Refusal::Wrong),
            None => Err(Refusal::Unknown(key.algorithm)),
        }
    }

    /// Returns what was signed (RFC 4034, section 3.1.8.1); `None` if the name has fewer labels than it says.
    fn signed_octets(&self, signature: &Signature) -> Option<Vec<u8>> {
        let labels = usize::from(signature.labels);
        let own = self.name.labels().next().is_some_and(|label| label == b"*");
        let depth = self.name.depth().saturating_sub(usize::from(own));
        let owner = match depth.cmp(&labels) {
            std::cmp::Ordering::Less => return None,
            std::cmp::Ordering::Equal => self.name.wire().to_vec(),
            std::cmp::Ordering::Greater => {
                let mut wildcard = vec![1, b'*'];
                wildcard.extend_from_slice(self.name.last(labels).wire());
                wildcard
            }
        };
        let mut octets = signature.head.clone();
        for data in &self.data {
            octets.extend_from_slice(&owner);
            octets.extend(self.kind.to_be_bytes());
            octets.extend(IN.to_be_bytes());
            octets.extend(signature.ttl.to_be_bytes());
            octets.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
            octets.extend_from_slice(data);
        }
        Some(octets)
    }
}

/// Says whether a signature of octets is by a key; `None` for an algorithm nobody here knows.
fn fits(key: &Key, octets: &[u8], signature: &[u8]) -> Option<bool> {
    let plain = |algorithm: &'static dyn VerificationAlgorithm, prefix: &[u8]| {
        let public = [prefix, key.public.as_slice()].concat();
        let public = UnparsedPublicKey::new(algorithm, public);
        Some(public.verify(octets, signature).is_ok())
    };
    let rsa = |parameters: &'static RsaParameters| {
        let Some((e, n)) = key.rsa() else {
            return Some(false);
        };
        let public = RsaPublicKeyComponents { n, e };
        Some(public.verify(parameters, octets, signature).is_ok())
    };
    match key.algorithm {
        5 | 7 => rsa(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        8 => rsa(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        10 => rsa(&RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        // RFC 6605, section 4: the point without the octet that says it is uncompressed.
        13 => plain(&ECDSA_P256_SHA256_FIXED, &[4]),
        14 => plain(&ECDSA_P384_SHA384_FIXED, &[4]),
        15 => plain(&ED25519, &[]),
        _ => None,
    }
}

/// What an answer proves about a type at a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The name has records, none of the type, and it is a delegation.
    AtDelegation,
    /// The name has records, none of the type.
    AtName,
    /// The name has no records, but for unsigned delegations where the zone leaves them out.
    Unlisted,
}

/// Returns what signed records of an answer's authority section prove to be absent.
///
/// # Errors
///
/// In words: why they prove nothing.
pub fn absence(
    message: &Message,
    name: &Name,
    wanted: u16,
    zone: &Name,
    keys: &[Key],
    now: Timestamp,
) -> Result<Absent, String> {
    let mut reason = "no record proves it".to_owned();
    for record in &message.authority {
        let Some(Ok(denial)) = Denial::read(record.kind, &record.data) else {
            continue;
        };
        let Some(set) = set(&message.authority, &record.name, record.kind) else {
            continue;
        };
        let about = match &denial {
            Denial::Names { next, .. } => by_names(&record.name, next, name),
            Denial::Hashes { .. } => by_hashes(&record.name, &denial, name, zone),
        };
        let Some(matches) = about else { continue };
        if let Err(refusal) = set.verify(zone, keys, now) {
            reason = format!("of {} {}: {refusal}", record.name, kind::word(record.kind));
            continue;
        }
        if !matches {
            return Ok(Absent::Unlisted);
        }
        let types = denial.types();
        if types.contains(&wanted) || types.contains(&kind::CNAME) {
            reason = format!("{} says that there is one", record.name);
            continue;
        }
        let cut = types.contains(&kind::NS) && !types.contains(&kind::SOA);
        return Ok(if cut {
            Absent::AtDelegation
        } else {
            Absent::AtName
        });
    }
    Err(reason)
}

/// Says what a record by names is about: the name itself, or a gap that the name is in; `None` for others.
fn by_names(own: &Name, next: &[u8], name: &Name) -> Option<bool> {
    if own == name {
        return Some(true);
    }
    let next = super::wire::Reader::of(next).name().ok()?;
    let inside = own < name && (name < &next || next <= *own);
    inside.then_some(false)
}

/// The same for a record by hashes.
fn by_hashes(own: &Name, denial: &Denial, name: &Name, zone: &Name) -> Option<bool> {
    let Denial::Hashes {
        algorithm: SHA1,
        iterations,
        salt,
        next,
        ..
    } = denial
    else {
        return None;
    };
    if *iterations > MOST_ITERATIONS || own.above().as_ref() != Some(zone) {
        return None;
    }
    let label = own.labels().next()?.to_ascii_uppercase();
    let own = data_encoding::BASE32HEX_NOPAD.decode(&label).ok()?;
    if own == hash(name, salt, *iterations) {
        return Some(true);
    }
    // Where a name above does not exist, nothing below it does.
    let mut above = Some(name.clone()).filter(|name| name.is_within(zone));
    while let Some(at) = above.filter(|at| at != zone) {
        let hash = hash(&at, salt, *iterations);
        let inside = if own < *next {
            own < hash && hash < *next
        } else {
            own < hash || hash < *next
        };
        if inside {
            return Some(false);
        }
        above = at.above();
    }
    None
}

/// Returns the hash of a name (RFC 5155, section 5).
fn hash(name: &Name, salt: &[u8], iterations: u16) -> Vec<u8> {
    let mut octets = name.wire().to_vec();
    for _ in 0..=iterations {
        let mut digest = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
        digest.update(&octets);
        digest.update(salt);
        octets = digest.finish().as_ref().to_vec();
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hashes_of_the_document_come_out() {
        // RFC 5155, appendix A.
        let salt = [0xAA, 0xBB, 0xCC, 0xDD];
        for (name, expected) in [
            ("example", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"),
            ("a.example", "35mthgpgcu1qg68fab165klnsnk3dpvl"),
            ("x.y.w.example", "2vptu5timamqttgl4luu9kg21e0aor3s"),
        ] {
            let hash = hash(&Name::parse(name).unwrap(), &salt, 12);
            assert_eq!(
                data_encoding::BASE32HEX_NOPAD.encode(&hash).to_lowercase(),
                expected
            );
        }
    }
}
