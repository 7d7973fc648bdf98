//! The test keys, and signatures with them.
//!
//! The keys are committed and public (`scenarios/worlds/keys/README.md`). A signature by
//! RSA PKCS#1 v1.5 follows from key and octets alone, so every one is made once in a
//! process: what a fault or another hour leaves as it is, is not signed again.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};

use super::der::{Der, bits, bits_of, null, oid, sequence};
use super::mixed::Primes;

/// Keys of trust anchors and certification authorities.
const AUTHORITIES: &str = include_str!("../../../scenarios/worlds/keys/authorities.pem");
/// Keys of end-entity certificates.
const ONE_OFF: &str = include_str!("../../../scenarios/worlds/keys/one-off.pem");
/// A key of 3,072 bits, which no certificate of the RPKI may have.
const LONG: &str = include_str!("../../../scenarios/worlds/keys/long.pem");
/// The key of a router, on the curve P-256.
const ROUTER: &str = include_str!("../../../scenarios/worlds/keys/router.pem");

/// Number of the first authority's key that is put together of committed ones.
pub(super) const MIXED: usize = 1_000;

/// Most signatures that are remembered; more than a walk over all faults makes.
const MOST_SIGNATURES: usize = 65_536;

/// Why nothing can be signed: a committed key cannot be read or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the test keys below `scenarios/worlds/keys` cannot be used")]
pub struct KeyError;

/// An RSA key, of 2,048 bits but for the long one.
#[derive(Debug)]
pub(in crate::mock) struct Key {
    pair: RsaKeyPair,
    /// Its place among all keys.
    name: Name,
    /// SHA-1 of its public key: the subject key identifier (RFC 6487, section 4.8.2).
    pub(super) identifier: [u8; 20],
}

/// A key's file and its place there.
type Name = (File, usize);

/// A file of RSA keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum File {
    Authorities,
    OneOff,
    Long,
    Mixed,
}

/// Keys of one file; each is read when it is first used.
struct Pool {
    encoded: Vec<Vec<u8>>,
    keys: Vec<OnceLock<Result<Key, KeyError>>>,
    file: File,
}

static POOLS: LazyLock<[Pool; 3]> = LazyLock::new(|| {
    [
        Pool::of(AUTHORITIES, File::Authorities),
        Pool::of(ONE_OFF, File::OneOff),
        Pool::of(LONG, File::Long),
    ]
});

/// The keys that are put together, and what of.
struct Mixed {
    primes: Primes,
    keys: Vec<OnceLock<Result<Key, KeyError>>>,
}

static MIXED_KEYS: LazyLock<Mixed> = LazyLock::new(|| {
    let [authorities, one_off, _] = &*POOLS;
    let primes = Primes::of(authorities.encoded.iter().chain(&one_off.encoded));
    let keys = (0..primes.keys()).map(|_| OnceLock::new()).collect();
    Mixed { primes, keys }
});

type Signatures = HashMap<(Name, [u8; 32]), Vec<u8>>;
static SIGNATURES: LazyLock<Mutex<Signatures>> = LazyLock::new(Mutex::default);

impl Pool {
    fn of(text: &str, file: File) -> Self {
        let encoded = pem(text);
        let keys = encoded.iter().map(|_| OnceLock::new()).collect();
        Self {
            encoded,
            keys,
            file,
        }
    }

    fn key(&self, number: usize) -> Result<&Key, KeyError> {
        let number = number.checked_rem(self.keys.len()).ok_or(KeyError)?;
        let place = self.keys.get(number).ok_or(KeyError)?;
        let key = place.get_or_init(|| {
            let octets = self.encoded.get(number).ok_or(KeyError)?;
            let pair = RsaKeyPair::from_pkcs8(octets).map_err(|_| KeyError)?;
            Ok(Key::of(pair, (self.file, number)))
        });
        key.as_ref().map_err(|error| *error)
    }
}

/// Returns the key of an authority; numbers beyond the last begin anew, and from [`MIXED`] on keys
/// are put together, some 60,000.
pub(super) fn authority(number: usize) -> Result<&'static Key, KeyError> {
    if let Some(number) = number.checked_sub(MIXED) {
        return mixed(number);
    }
    let [authorities, _, _] = &*POOLS;
    authorities.key(number)
}

fn mixed(number: usize) -> Result<&'static Key, KeyError> {
    let place = MIXED_KEYS.keys.get(number).ok_or(KeyError)?;
    let key = place.get_or_init(|| {
        let der = MIXED_KEYS.primes.key(number).ok_or(KeyError)?;
        let pair = RsaKeyPair::from_der(&der.encode()).map_err(|_| KeyError)?;
        Ok(Key::of(pair, (File::Mixed, number)))
    });
    key.as_ref().map_err(|error| *error)
}

/// Returns a key for an end-entity certificate; numbers beyond the last begin anew.
pub(in crate::mock) fn one_off(number: usize) -> Result<&'static Key, KeyError> {
    let [_, one_off, _] = &*POOLS;
    one_off.key(number)
}

/// Returns the key that is too long.
pub(super) fn long() -> Result<&'static Key, KeyError> {
    let [_, _, long] = &*POOLS;
    long.key(0)
}

/// Returns the `SubjectPublicKeyInfo` of the router's key and its identifier.
pub(super) fn router() -> Result<(Der, [u8; 20]), KeyError> {
    let encoded = pem(ROUTER);
    let pair = EcdsaKeyPair::from_pkcs8(
        &ECDSA_P256_SHA256_ASN1_SIGNING,
        encoded.first().ok_or(KeyError)?,
    )
    .map_err(|_| KeyError)?;
    let point = pair.public_key().as_ref();
    let algorithm = sequence([oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")]);
    Ok((sequence([algorithm, bits(0, point)]), sha1(point)))
}

impl Key {
    fn of(pair: RsaKeyPair, name: Name) -> Self {
        Self {
            identifier: sha1(pair.public_key().as_ref()),
            pair,
            name,
        }
    }

    /// Returns its `SubjectPublicKeyInfo`.
    pub(super) fn info(&self) -> Der {
        let algorithm = sequence([oid("1.2.840.113549.1.1.1"), null()]);
        let public = Der::Raw(self.pair.public_key().as_ref().to_vec());
        sequence([algorithm, bits_of(public)])
    }

    /// Returns its public key in the DER of RFC 8017, appendix A.1.1.
    pub(in crate::mock) fn public(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    /// Returns its name in certificates: the identifier in hex, which says nothing about a person.
    pub(super) fn common_name(&self) -> String {
        data_encoding::HEXUPPER.encode(&self.identifier)
    }

    /// Returns its name in files.
    pub(super) fn file_name(&self) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&self.identifier)
    }

    /// Signs octets with sha256WithRSAEncryption.
    pub(in crate::mock) fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, KeyError> {
        let place = (self.name, sha256(octets));
        let remembered = || SIGNATURES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(signature) = remembered().get(&place) {
            return Ok(signature.clone());
        }
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                octets,
                &mut signature,
            )
            .map_err(|_| KeyError)?;
        let mut all = remembered();
        if all.len() >= MOST_SIGNATURES {
            all.clear();
        }
        all.insert(place, signature.clone());
        Ok(signature)
    }
}

/// Returns the SHA-256 of octets.
pub(in crate::mock) fn sha256(octets: &[u8]) -> [u8; 32] {
    digest(&SHA256, octets)
        .as_ref()
        .try_into()
        .unwrap_or_default()
}

fn sha1(octets: &[u8]) -> [u8; 20] {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    context.update(octets);
    context.finish().as_ref().try_into().unwrap_or_default()
}

/// Reads the octets of every block of a PEM file; text outside of blocks is skipped.
fn pem(text: &str) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines() {
        if line.starts_with("-----BEGIN") {
            block = Some(String::new());
        } else if line.starts_with("-----END") {
            let whole = block.take().unwrap_or_default();
            all.extend(data_encoding::BASE64.decode(whole.as_bytes()));
        } else if let Some(block) = &mut block {
            block.push_str(line.trim());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    #[test]
    fn every_committed_key_is_read_and_is_another_one() {
        let mut seen = std::collections::BTreeSet::new();
        for pool in &*POOLS {
            let (least, octets) = match pool.file {
                File::Authorities | File::OneOff => (40, 256),
                File::Long => (1, 384),
                File::Mixed => unreachable!("no file has them"),
            };
            assert!(pool.keys.len() >= least, "{}", pool.keys.len());
            for number in 0..pool.keys.len() {
                let key = pool.key(number).unwrap();
                assert_eq!(key.pair.public_modulus_len(), octets);
                assert!(seen.insert(key.identifier));
            }
        }
        assert!(router().is_ok());
    }

    #[test]
    fn keys_of_two_primes_sign_and_are_new_ones() {
        let mut seen: std::collections::BTreeSet<_> = (0..48)
            .map(|number| authority(number).unwrap().identifier)
            .collect();
        let all = MIXED_KEYS.primes.keys();
        assert!(all > 60_000, "{all}");
        for number in [0, 1, 2, 365, 366, 5_000, all - 1] {
            let key = authority(MIXED + number).unwrap();
            assert_eq!(key.pair.public_modulus_len(), 256);
            assert!(seen.insert(key.identifier));
            let signature = key.sign(b"octets").unwrap();
            let public = key.pair.public_key().as_ref();
            let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
            assert_eq!(public.verify(b"octets", &signature), Ok(()));
        }
        assert!(authority(MIXED + all).is_err());
    }

    #[test]
    fn a_signature_follows_from_key_and_octets() {
        let key = authority(0).unwrap();
        let first = key.sign(b"octets").unwrap();
        assert_eq!(first, key.sign(b"octets").unwrap());
        assert_ne!(first, key.sign(b"other octets").unwrap());
        assert_ne!(first, authority(1).unwrap().sign(b"octets").unwrap());
    }
}
