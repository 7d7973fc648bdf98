//! The data of the records that a delegation and its signatures are made of.

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384};
use data_encoding::HEXLOWER;
use jiff::Timestamp;

use super::name::Name;
use super::wire::{Reader, WireError, kind};

/// Flag of a key that signs the records of its zone (RFC 4034, section 2.1.1).
const ZONE_KEY: u16 = 0x0100;

/// Flag of a key that a parent points to (RFC 4034, section 2.1.1).
const ENTRY_POINT: u16 = 0x0001;

/// Flag of a key that was withdrawn (RFC 5011, section 3).
const REVOKED: u16 = 0x0080;

/// Protocol number of every key (RFC 4034, section 2.1.2).
const PROTOCOL: u8 = 3;

/// Flag of NSEC3 records that leave out unsigned delegations (RFC 5155, section 3.1.2.1).
const OPT_OUT: u8 = 0x01;

/// The start of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Soa {
    /// The server it is edited at.
    pub primary: Name,
    /// Who is responsible, as a name.
    pub mailbox: Name,
    /// Its version; compared as RFC 1982 says.
    pub serial: u32,
    /// How often secondaries look for a new version, in seconds.
    pub refresh: u32,
    /// How long they wait after they could not, in seconds.
    pub retry: u32,
    /// How long they answer without having seen it, in seconds.
    pub expire: u32,
    /// How long an absence is remembered at most (RFC 2308, section 4), in seconds.
    pub minimum: u32,
}

impl Soa {
    /// Reads the data of a record.
    pub fn read(data: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::of(data);
        let soa = Self {
            primary: reader.name()?,
            mailbox: reader.name()?,
            serial: reader.u32()?,
            refresh: reader.u32()?,
            retry: reader.u32()?,
            expire: reader.u32()?,
            minimum: reader.u32()?,
        };
        reader.is_done().then_some(soa).ok_or(WireError::Length)
    }
}

/// Says whether a serial number comes after another one (RFC 1982, section 3.2).
pub fn is_later(one: u32, other: u32) -> bool {
    one != other && one.wrapping_sub(other) < 0x8000_0000
}

/// A key of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its flags.
    pub flags: u16,
    /// Its protocol, which is 3.
    pub protocol: u8,
    /// Number of its algorithm.
    pub algorithm: u8,
    /// The public key, in the form of its algorithm.
    pub public: Vec<u8>,
    /// Its tag (RFC 4034, appendix B).
    pub tag: u16,
    data: Vec<u8>,
}

impl Key {
    /// Reads the data of a record.
    pub fn read(data: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::of(data);
        Ok(Self {
            flags: reader.u16()?,
            protocol: reader.u8()?,
            algorithm: reader.u8()?,
            public: reader.rest().to_vec(),
            tag: tag(data),
            data: data.to_vec(),
        })
    }

    /// Says whether signatures with it count: it is a zone's, and not withdrawn.
    pub const fn may_sign(&self) -> bool {
        self.flags & ZONE_KEY != 0 && self.protocol == PROTOCOL && self.flags & REVOKED == 0
    }

    /// Says whether it is meant to be what the parent points to.
    pub const fn is_entry_point(&self) -> bool {
        self.flags & ENTRY_POINT != 0
    }

    /// Returns its length in bits: that of the modulus or of the curve; `None` for an unknown algorithm.
    pub fn bits(&self) -> Option<usize> {
        match self.algorithm {
            1 | 5 | 7 | 8 | 10 => {
                let (_, modulus) = self.rsa()?;
                let leading = modulus.first()?.leading_zeros();
                let bits = modulus.len().checked_mul(8)?;
                bits.checked_sub(usize::try_from(leading).ok()?)
            }
            13 | 15 => Some(256),
            14 => Some(384),
            16 => Some(456),
            _ => None,
        }
    }

    /// Returns exponent and modulus of an RSA key, without leading zeros; `None` if it is cut.
    ///
    /// Source: RFC 3110, section 2.
    pub(super) fn rsa(&self) -> Option<(&[u8], &[u8])> {
        let (first, rest) = self.public.split_first()?;
        let (length, rest) = match *first {
            0 => {
                let (length, rest) = rest.split_first_chunk::<2>()?;
                (u16::from_be_bytes(*length), rest)
            }
            length => (length.into(), rest),
        };
        let (exponent, modulus) = rest.split_at_checked(length.into())?;
        Some((trim(exponent), trim(modulus)))
    }
}

fn trim(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets.get(zeros..).unwrap_or_default()
}

/// Returns the tag of a key's data (RFC 4034, appendix B).
fn tag(data: &[u8]) -> u16 {
    let mut sum: u32 = 0;
    for pair in data.chunks(2) {
        let low = pair.get(1).copied().unwrap_or_default();
        let word = u16::from_be_bytes([pair.first().copied().unwrap_or_default(), low]);
        // At most 32,767 words of 16 bits: no overflow.
        sum = sum.wrapping_add(word.into());
    }
    sum = sum.wrapping_add(sum >> 16);
    u16::try_from(sum & 0xFFFF).unwrap_or_default()
}

/// A digest of a key, as a parent publishes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ds {
    /// The key's tag.
    pub tag: u16,
    /// The key's algorithm.
    pub algorithm: u8,
    /// Number of the digest's algorithm.
    pub digest_type: u8,
    /// The digest.
    pub digest: Vec<u8>,
}

impl Ds {
    /// Reads the data of a record.
    pub fn read(data: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::of(data);
        Ok(Self {
            tag: reader.u16()?,
            algorithm: reader.u8()?,
            digest_type: reader.u8()?,
            digest: reader.rest().to_vec(),
        })
    }

    /// Reads the presentation form, such as `20326 8 2 e06d…`; `None` for other text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let ds = Self {
            tag: words.next()?.parse().ok()?,
            algorithm: words.next()?.parse().ok()?,
            digest_type: words.next()?.parse().ok()?,
            digest: {
                let digest: String = words.collect();
                HEXLOWER
                    .decode(digest.to_ascii_lowercase().as_bytes())
                    .ok()?
            },
        };
        (!ds.digest.is_empty()).then_some(ds)
    }

    /// Writes the presentation form, the digest in lower-case hex.
    pub fn text(&self) -> String {
        let digest = HEXLOWER.encode(&self.digest);
        format!(
            "{} {} {} {digest}",
            self.tag, self.algorithm, self.digest_type
        )
    }

    /// Says whether it points to a key of a zone; `None` for a digest nobody here can compute.
    pub fn points_to(&self, zone: &Name, key: &Key) -> Option<bool> {
        let algorithm = match self.digest_type {
            1 => &SHA1_FOR_LEGACY_USE_ONLY,
            2 => &SHA256,
            4 => &SHA384,
            _ => return None,
        };
        if self.tag != key.tag || self.algorithm != key.algorithm {
            return Some(false);
        }
        let mut digest = Context::new(algorithm);
        digest.update(zone.wire());
        digest.update(&key.data);
        Some(digest.finish().as_ref() == self.digest)
    }
}

/// A signature of records of one name and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The type it covers.
    pub covered: u16,
    /// Number of its algorithm.
    pub algorithm: u8,
    /// Number of labels of the name that was signed, which is less where a wildcard answered.
    pub labels: u8,
    /// Time to live of what was signed, in seconds.
    pub ttl: u32,
    /// When it ends, in seconds since 1970 of which only the lower 32 bits are kept.
    expiration: u32,
    /// When it begins, likewise.
    inception: u32,
    /// Tag of the key.
    pub tag: u16,
    /// The zone whose key it is.
    pub signer: Name,
    /// The signature.
    pub octets: Vec<u8>,
    /// Everything before the signature, which is signed too.
    pub(super) head: Vec<u8>,
}

impl Signature {
    /// Reads the data of a record.
    pub fn read(data: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::of(data);
        let mut signature = Self {
            covered: reader.u16()?,
            algorithm: reader.u8()?,
            labels: reader.u8()?,
            ttl: reader.u32()?,
            expiration: reader.u32()?,
            inception: reader.u32()?,
            tag: reader.u16()?,
            signer: reader.name()?,
            octets: reader.rest().to_vec(),
            head: Vec::new(),
        };
        let head = data.len().saturating_sub(signature.octets.len());
        data.get(..head)
            .unwrap_or_default()
            .clone_into(&mut signature.head);
        Ok(signature)
    }

    /// Returns when it ends: the time nearest to `now` that it can mean (RFC 4034, section 3.1.5).
    pub fn ends(&self, now: Timestamp) -> Timestamp {
        near(self.expiration, now)
    }

    /// Returns when it begins, likewise.
    pub fn begins(&self, now: Timestamp) -> Timestamp {
        near(self.inception, now)
    }
}

/// Returns the time nearest to another one whose seconds have these lower 32 bits.
fn near(seconds: u32, now: Timestamp) -> Timestamp {
    let low = u32::try_from(now.as_second() & 0xFFFF_FFFF).unwrap_or_default();
    let ahead = i64::from(seconds.wrapping_sub(low));
    let distance = match ahead {
        0x8000_0000.. => ahead - 0x1_0000_0000,
        _ => ahead,
    };
    let second = now.as_second().saturating_add(distance);
    Timestamp::from_second(second).unwrap_or(now)
}

/// What one record proves to be absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// By names: there is nothing between the record's own and the next.
    Names {
        /// The next name, letters as they stand.
        next: Vec<u8>,
        /// Types that the record's own name has.
        types: Vec<u16>,
    },
    /// By hashes of names.
    Hashes {
        /// Number of the hash.
        algorithm: u8,
        /// Whether unsigned delegations are left out.
        opt_out: bool,
        /// How often the hash is repeated.
        iterations: u16,
        /// What is hashed with the name.
        salt: Vec<u8>,
        /// The next hash.
        next: Vec<u8>,
        /// Types that the name of the record's own hash has.
        types: Vec<u16>,
    },
}

impl Denial {
    /// Reads the data of a record of type NSEC or NSEC3; `None` for another type.
    pub fn read(kind: u16, data: &[u8]) -> Option<Result<Self, WireError>> {
        match kind {
            kind::NSEC => Some(Self::names(data)),
            kind::NSEC3 => Some(Self::hashes(data)),
            _ => None,
        }
    }

    fn names(data: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::of(data);
        let next = reader.name()?.wire().to_vec();
        let types = types(reader.rest())?;
        Ok(Self::Names { next, types })
    }

    fn hashes(data: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::of(data);
        let (algorithm, flags, iterations) = (reader.u8()?, reader.u8()?, reader.u16()?);
        let salt = reader.u8()?;
        let salt = reader.take(salt.into())?.to_vec();
        let next = reader.u8()?;
        let next = reader.take(next.into())?.to_vec();
        Ok(Self::Hashes {
            algorithm,
            opt_out: flags & OPT_OUT != 0,
            iterations,
            salt,
            next,
            types: types(reader.rest())?,
        })
    }

    /// Returns the types that the record's own name has.
    pub fn types(&self) -> &[u16] {
        match self {
            Self::Names { types, .. } | Self::Hashes { types, .. } => types,
        }
    }
}

/// Reads a map of types (RFC 4034, section 4.1.2).
fn types(octets: &[u8]) -> Result<Vec<u16>, WireError> {
    let mut reader = Reader::of(octets);
    let mut types = Vec::new();
    while !reader.is_done() {
        let (window, length) = (reader.u8()?, reader.u8()?);
        for (place, octet) in (0_u8..).zip(reader.take(length.into())?) {
            for bit in 0..8_u8 {
                if octet & (0x80 >> bit) != 0 {
                    let low = place.wrapping_mul(8).wrapping_add(bit);
                    types.push(u16::from_be_bytes([window, low]));
                }
            }
        }
    }
    Ok(types)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_go_round() {
        assert!(is_later(2, 1) && !is_later(1, 2) && !is_later(1, 1));
        assert!(is_later(0, u32::MAX) && is_later(2_026_112_100, 2_026_112_099));
    }

    #[test]
    fn the_time_of_a_signature_is_the_nearest() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let low = u32::try_from(now.as_second()).unwrap();
        assert_eq!(near(low + 60, now).as_second(), now.as_second() + 60);
        assert_eq!(near(low - 60, now).as_second(), now.as_second() - 60);
        let later: Timestamp = "2106-02-07T06:28:00Z".parse().unwrap();
        assert_eq!(near(100, later).as_second(), 0x1_0000_0000 + 100);
    }

    #[test]
    fn the_key_of_the_document_has_its_tag_and_digest() {
        // RFC 4034, section 5.4: a key of dskey.example.com and its DS.
        let public = "AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==";
        let mut data = vec![1, 0, 3, 5];
        data.extend(data_encoding::BASE64.decode(public.as_bytes()).unwrap());
        let key = Key::read(&data).unwrap();
        assert_eq!(
            (key.tag, key.bits(), key.may_sign()),
            (60_485, Some(1024), true)
        );
        let zone = Name::parse("dskey.example.com").unwrap();
        let ds = Ds::parse("60485 5 1 2BB183AF5F22588179A53B0A 98631FAD1A292118").unwrap();
        assert_eq!(ds.points_to(&zone, &key), Some(true));
        assert_eq!(
            ds.text(),
            "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118"
        );
        let other = Name::parse("example.com").unwrap();
        assert_eq!(ds.points_to(&other, &key), Some(false));
        let strange = Ds {
            digest_type: 3,
            ..ds
        };
        assert_eq!(strange.points_to(&zone, &key), None);
    }

    #[test]
    fn maps_of_types_are_read() {
        // RFC 4034, section 4.3: A MX RRSIG NSEC TYPE1234.
        let mut data = b"\x04host\x07example\x03com\0".to_vec();
        data.extend([0, 6, 0x40, 1, 0, 0, 0, 3, 4, 0x1B]);
        data.extend([0; 26]);
        data.push(0x20);
        let denial = Denial::read(kind::NSEC, &data).unwrap().unwrap();
        assert_eq!(denial.types(), [1, 15, 46, 47, 1234]);
        assert!(
            Denial::read(kind::NSEC, &data[..data.len() - 1])
                .unwrap()
                .is_err()
        );
        assert!(Denial::read(kind::NS, &data).is_none());
    }
}
