//! Keys of zones and signatures with them.
//!
//! A key follows from the name of its zone and what it is for: those of RSA are of the
//! committed pool, those on curves are made of a hash of the name. They are secret to nobody
//! (`scenarios/worlds/keys/README.md`). Every signature follows from key and octets alone.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

use super::data::wire;
use crate::mock::ecdsa;
use crate::mock::rpki::keys::{self as pool, sha256};

/// Flags of a key that signs records, and of one that the parent points to (RFC 4034, section 2.1.1).
const ZONE: u16 = 256;
const ENTRY: u16 = 257;

/// Most signatures that are remembered; more than a walk over all faults makes.
const MOST_SIGNATURES: usize = 65_536;

/// A key of a zone.
#[derive(Debug)]
pub(super) struct Key {
    /// The data of its record.
    pub(super) data: Vec<u8>,
    pub(super) algorithm: u8,
    /// Its tag (RFC 4034, appendix B).
    pub(super) tag: u16,
    signer: Signer,
}

#[derive(Debug)]
enum Signer {
    Rsa(&'static pool::Key),
    P256(ecdsa::Key),
    Ed25519(Ed25519KeyPair),
}

/// The keys of a zone: the one that the parent points to, and the one that signs its records,
/// which may be the same.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) entry: Arc<Key>,
    pub(super) records: Arc<Key>,
}

type Made = HashMap<(String, u8, u16), Option<Arc<Key>>>;
static MADE: LazyLock<Mutex<Made>> = LazyLock::new(Mutex::default);

type Signatures = HashMap<[u8; 32], Vec<u8>>;
static SIGNATURES: LazyLock<Mutex<Signatures>> = LazyLock::new(Mutex::default);

impl Keys {
    /// Returns the keys of a zone; `None` for an algorithm that the mock does not sign with.
    pub(super) fn of(zone: &str, algorithm: u8, split: bool) -> Option<Self> {
        let entry = made(zone, algorithm, ENTRY)?;
        let records = match split {
            true => made(zone, algorithm, ZONE)?,
            false => Arc::clone(&entry),
        };
        Some(Self { entry, records })
    }

    /// Returns the data of their records.
    pub(super) fn data(&self) -> Vec<Vec<u8>> {
        let mut all = vec![self.entry.data.clone(), self.records.data.clone()];
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Returns what the parent publishes: tag, algorithm, and the SHA-256 of the key.
    pub(super) fn digest(&self, zone: &str) -> (u16, u8, [u8; 32]) {
        let octets = [wire(zone), self.entry.data.clone()].concat();
        (self.entry.tag, self.entry.algorithm, sha256(&octets))
    }
}

/// Returns a key, which is made once.
fn made(zone: &str, algorithm: u8, flags: u16) -> Option<Arc<Key>> {
    let mut all = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let key = all.entry((zone.to_owned(), algorithm, flags));
    key.or_insert_with(|| Key::make(zone, algorithm, flags).map(Arc::new))
        .clone()
}

impl Key {
    fn make(zone: &str, algorithm: u8, flags: u16) -> Option<Self> {
        let label = format!("quintet mock, a public test key: {zone} {algorithm} {flags}");
        let seed = sha256(label.as_bytes());
        let (signer, public) = match algorithm {
            8 => {
                let number = seed
                    .first_chunk::<2>()
                    .map(|two| u16::from_be_bytes(*two))?;
                let key = pool::one_off(number.into()).ok()?;
                (Signer::Rsa(key), rsa(&key.public())?)
            }
            13 => {
                let key = ecdsa::Key::of_label(&label)?;
                let public = key.public.to_vec();
                (Signer::P256(key), public)
            }
            15 => {
                let key = Ed25519KeyPair::from_seed_unchecked(&seed).ok()?;
                let public = key.public_key().as_ref().to_vec();
                (Signer::Ed25519(key), public)
            }
            _ => return None,
        };
        let mut data = flags.to_be_bytes().to_vec();
        data.extend([3, algorithm]);
        data.extend(public);
        Some(Self {
            tag: tag(&data),
            data,
            algorithm,
            signer,
        })
    }

    /// Signs octets; empty if the library refuses.
    pub(super) fn sign(&self, octets: &[u8]) -> Vec<u8> {
        let place = sha256(&[&self.data, octets].concat());
        let remembered = || SIGNATURES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(signature) = remembered().get(&place) {
            return signature.clone();
        }
        let signature = match &self.signer {
            Signer::Rsa(key) => key.sign(octets).unwrap_or_default(),
            Signer::P256(key) => key.sign(octets).map(Vec::from).unwrap_or_default(),
            Signer::Ed25519(key) => key.sign(octets).as_ref().to_vec(),
        };
        let mut all = remembered();
        if all.len() >= MOST_SIGNATURES {
            all.clear();
        }
        all.insert(place, signature.clone());
        signature
    }
}

/// Returns an RSA key in the form of RFC 3110, section 2, from its DER: two numbers in a sequence.
fn rsa(der: &[u8]) -> Option<Vec<u8>> {
    let (modulus, rest) = number(inside(der, 0x30)?.0)?;
    let (exponent, _) = number(rest)?;
    let mut public = vec![u8::try_from(exponent.len()).ok()?];
    public.extend_from_slice(exponent);
    public.extend_from_slice(modulus);
    Some(public)
}

/// Returns a number without leading zeros, and what follows.
fn number(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (octets, rest) = inside(der, 0x02)?;
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    Some((octets.get(zeros..)?, rest))
}

/// Returns what is in an element with this tag, and what follows it.
fn inside(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7F => (usize::from(*length), rest),
        _ => {
            let (octets, rest) = rest.split_at_checked(usize::from(length & 0x7F))?;
            let length = octets
                .iter()
                .fold(0_usize, |all, octet| all << 8 | usize::from(*octet));
            (length, rest)
        }
    };
    (*first == tag).then(|| rest.split_at_checked(length))?
}

fn tag(data: &[u8]) -> u16 {
    let mut sum = 0_u32;
    for (place, octet) in data.iter().enumerate() {
        let octet = u32::from(*octet);
        sum = sum.wrapping_add(if place % 2 == 0 { octet << 8 } else { octet });
    }
    sum = sum.wrapping_add(sum >> 16);
    u16::try_from(sum & 0xFFFF).unwrap_or_default()
}
