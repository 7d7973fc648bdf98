//! What a walk found: the tree of one trust anchor as tables.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use rpki::repository::x509::Serial;

use super::holdings::ListedByOwnCa;
use super::{CaOutcome, Expiry, Failure, Kind, Outcome, Resources, Role, Samples, Tier};
use crate::resource::{Asn, AsnSet, Prefix};
use crate::verdict::Operator;

/// The SHA-1 of a public key, by which certificates name their issuer (RFC 6487 section 4.8.2).
///
/// Written as 40 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub [u8; 20]);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// Says that a text is not a key identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a key identifier; write 40 hexadecimal digits")]
pub struct InvalidKey(pub String);

impl FromStr for Key {
    type Err = InvalidKey;

    /// Reads hexadecimal digits of either case, with or without colons between octets.
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let digits: String = text.chars().filter(|c| *c != ':').collect();
        let octets = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes());
        let key = octets.ok().and_then(|o| <[u8; 20]>::try_from(o).ok());
        key.map(Self).ok_or_else(|| InvalidKey(text.to_owned()))
    }
}

/// A number of up to 20 octets: of a manifest, a CRL, a certificate. Written in decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(pub [u8; 20]);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Serial::from_array(self.0).map_or_else(
            |_| data_encoding::HEXLOWER.encode(&self.0),
            |serial| serial.to_string(),
        );
        // The library writes nothing for zero.
        f.pad(if text.is_empty() { "0" } else { &text })
    }
}

/// When a certificate is valid, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Validity {
    not_before: i64,
    not_after: i64,
}

impl Validity {
    /// Joins both ends, in seconds since 1970.
    pub(super) const fn new(not_before: i64, not_after: i64) -> Self {
        Self {
            not_before,
            not_after,
        }
    }

    /// Returns the first moment of validity.
    pub fn not_before(self) -> Timestamp {
        moment(self.not_before)
    }

    /// Returns the last moment of validity.
    pub fn not_after(self) -> Timestamp {
        moment(self.not_after)
    }
}

/// Returns a time in seconds since 1970; one that is too far off is brought into range.
pub(super) fn moment(seconds: i64) -> Timestamp {
    let far = if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_second(seconds).unwrap_or(far)
}

/// Declares the index of a row of one of the tables.
macro_rules! row {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// Returns the row that comes after so many rows.
            pub(super) fn after(rows: usize) -> Self {
                Self(u32::try_from(rows).unwrap_or(u32::MAX))
            }

            /// Returns its place in the table.
            pub fn index(self) -> usize {
                usize::try_from(self.0).unwrap_or(usize::MAX)
            }
        }
    };
}

row! {
    /// A row of [`Tree::cas`].
    CaId
}
row! {
    /// A row of [`Tree::objects`].
    ObjectId
}

/// The trust anchor's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorFound {
    /// The name of the trust anchor, as the caller gave it.
    pub name: Arc<str>,
    /// Where its certificate is.
    pub uri: String,
    /// Octets of the certificate.
    pub size: u32,
    /// Its key; `None` if the certificate cannot be read.
    pub key: Option<Key>,
    /// When it is valid; `None` if the certificate cannot be read.
    pub validity: Option<Validity>,
    /// Whether it is a trust anchor now, and why not.
    pub outcome: Outcome,
}

/// What a CA's manifest says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManifestFound {
    /// Its number.
    pub number: Number,
    /// When it was made.
    pub this_update: Timestamp,
    /// Until when it holds.
    pub next_update: Timestamp,
    /// How many files it lists.
    pub entries: u32,
    /// Octets of the file.
    pub size: u32,
    /// The last moment of its certificate.
    pub not_after: Timestamp,
}

/// What a CA's CRL says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrlFound {
    /// Its number.
    pub number: Number,
    /// When it was made.
    pub this_update: Timestamp,
    /// Until when it holds.
    pub next_update: Timestamp,
    /// How many certificates it revokes.
    pub entries: u32,
    /// Octets of the file.
    pub size: u32,
}

/// One certification authority, as one certificate makes it.
///
/// A key with two certificates stands here twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Ca {
    /// The CA that issued its certificate; `None` for the trust anchor.
    pub parent: Option<CaId>,
    /// Its certificate; `None` for the trust anchor, whose certificate is [`Tree::anchor`].
    pub certificate: Option<ObjectId>,
    /// How many CAs stand above it.
    pub depth: u8,
    /// Its key identifier.
    pub key: Key,
    /// What it is for.
    pub role: Role,
    /// Who operates it.
    pub operator: Operator,
    /// When its certificate is valid.
    pub validity: Validity,
    /// The rsync URI of its publication point, with a slash at the end.
    pub publication_point: Arc<str>,
    /// The file name of its manifest.
    pub manifest_name: Box<str>,
    /// The RRDP notification file of its repository; `None` if its certificate names none.
    pub notify: Option<Arc<str>>,
    /// The repository it publishes in, a row of [`Tree::repositories`].
    pub repository: u32,
    /// The resources its certificate really has; empty if that was refused.
    pub resources: Resources,
    /// Whether its certificate follows RFC 8360, by which claims beyond the issuer's are cut off.
    pub trims: bool,
    /// What became of it.
    pub outcome: CaOutcome,
    /// Its manifest; `None` if there is none that can be read.
    pub manifest: Option<ManifestFound>,
    /// Its CRL; `None` if there is none that can be read.
    pub crl: Option<CrlFound>,
    /// Its objects, rows of [`Tree::objects`]: the manifest, then what it lists. Empty if
    /// nothing was read.
    pub objects: Range<u32>,
    /// When what it says would end if signing stopped now.
    pub expiry: Expiry,
}

impl Ca {
    /// Returns the tier of the hierarchy it stands on.
    pub const fn tier(&self) -> Tier {
        self.role.tier()
    }

    /// Returns the rsync URI of its manifest.
    pub fn manifest_uri(&self) -> String {
        format!("{}{}", self.publication_point, self.manifest_name)
    }

    /// Says whether it is certified, and has no manifest that holds.
    pub fn has_no_manifest(&self) -> bool {
        self.outcome.failure().is_some_and(Failure::is_of_manifest)
    }

    /// Returns the host of its rsync repository.
    pub fn host(&self) -> &str {
        host_of(&self.publication_point)
    }
}

/// Returns the host of an URI, with its port.
pub(super) fn host_of(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// Returns the rsync module of an URI: scheme, host and first part of the path, with a slash.
pub(super) fn module_of(uri: &str) -> &str {
    let mut slashes = uri.match_indices('/').map(|(at, _)| at).skip(3);
    let end = slashes.next().map_or(uri.len(), |at| at + 1);
    uri.get(..end).unwrap_or(uri)
}

/// One object that a manifest lists, or a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The CA that lists it.
    pub ca: CaId,
    /// What it is.
    pub kind: Kind,
    /// Its octets; 0 if the capture does not have it.
    pub size: u32,
    /// Its file name within the CA's publication point.
    pub name: Box<str>,
    /// When its certificate is valid; `None` if it has none or it cannot be read.
    pub validity: Option<Validity>,
    /// Serial number and key of its certificate; `None` if it has none or it was not validated.
    pub certified: Option<Certified>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What tells one certificate from another: of a signed object its EE certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Certified {
    /// Its serial number.
    pub serial: Number,
    /// Its subject's key.
    pub key: Key,
}

/// One validated ROA payload. Where two ROAs say the same it stands here twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vrp {
    /// The AS that may originate.
    pub asn: Asn,
    /// The prefix.
    pub prefix: Prefix,
    /// The longest prefix length that may be originated.
    pub max_length: u8,
    /// The ROA.
    pub object: ObjectId,
}

impl Vrp {
    /// Returns the payload without its source, in the order in which payloads are compared.
    pub const fn payload(&self) -> (Prefix, u8, Asn) {
        (self.prefix, self.max_length, self.asn)
    }
}

/// One validated ASPA payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aspa {
    /// The customer AS.
    pub customer: Asn,
    /// Its providers, in ascending order.
    pub providers: Box<[Asn]>,
    /// The ASPA object.
    pub object: ObjectId,
}

/// One router certificate's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterKey {
    /// The AS numbers it is for.
    pub asns: AsnSet,
    /// Its key identifier.
    pub key: Key,
    /// The subject public key info, DER.
    pub spki: Box<[u8]>,
    /// The router certificate.
    pub object: ObjectId,
}

/// One repository that CAs of the tree publish in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repository {
    /// Its RRDP notification file; `None` if its CAs name none.
    pub notify: Option<Arc<str>>,
    /// Its rsync module.
    pub module: Arc<str>,
    /// How many CAs publish in it.
    pub cas: u32,
}

/// The tree of one trust anchor, at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// The time at which everything was judged.
    pub now: Timestamp,
    /// The trust anchor's certificate.
    pub anchor: AnchorFound,
    /// All CAs, the trust anchor first, then tier by tier; empty if the anchor was refused.
    pub cas: Vec<Ca>,
    /// All objects, those of one CA together, in the order of the CAs.
    pub objects: Vec<Object>,
    /// Validated ROA payloads in the order of the objects.
    pub vrps: Vec<Vrp>,
    /// Validated ASPA payloads in the order of the objects.
    pub aspas: Vec<Aspa>,
    /// Router keys in the order of the objects.
    pub router_keys: Vec<RouterKey>,
    /// The repositories met, in the order of the CAs.
    pub repositories: Vec<Repository>,
    /// Samples of operational parameters.
    pub samples: Samples,
    /// Whether the walk was cancelled; then this is only a part.
    pub cancelled: bool,
    /// Resources of EE and router certificates that registries' own CAs issued.
    pub(super) own_listed: Vec<ListedByOwnCa>,
}

impl Tree {
    /// Returns a CA; `None` if there is no such row.
    pub fn ca(&self, id: CaId) -> Option<&Ca> {
        self.cas.get(id.index())
    }

    /// Returns an object; `None` if there is no such row.
    pub fn object(&self, id: ObjectId) -> Option<&Object> {
        self.objects.get(id.index())
    }

    /// Returns the rsync URI of an object.
    pub fn uri(&self, object: &Object) -> String {
        let point = self.ca(object.ca).map_or("", |ca| &ca.publication_point);
        format!("{point}{}", object.name)
    }

    /// Returns the rsync URI of the object in a row; empty if there is no such row.
    pub fn uri_of(&self, id: ObjectId) -> String {
        self.object(id)
            .map_or_else(String::new, |object| self.uri(object))
    }

    /// Returns the objects of a CA.
    pub fn objects_of(&self, ca: &Ca) -> &[Object] {
        let (start, end) = (ObjectId(ca.objects.start), ObjectId(ca.objects.end));
        let range = start.index()..end.index();
        self.objects.get(range).unwrap_or_default()
    }

    /// Returns the last moment of an object's certificate; `None` if it has none.
    pub fn not_after(&self, id: ObjectId) -> Option<Timestamp> {
        let validity = self.object(id)?.validity?;
        Some(validity.not_after())
    }

    /// Returns the validated ROA payloads, each once.
    pub fn unique_vrps(&self) -> BTreeSet<(Prefix, u8, Asn)> {
        self.vrps.iter().map(Vrp::payload).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let key = Key([0xAB; 20]);
        assert_eq!(key.to_string().parse(), Ok(key));
        let colons = vec!["ab"; 20].join(":").to_uppercase();
        assert_eq!(colons.parse(), Ok(key));
        assert!("abc".parse::<Key>().is_err());
    }

    #[test]
    fn numbers_are_decimal() {
        let mut octets = [0; 20];
        assert_eq!(Number(octets).to_string(), "0");
        octets[18] = 1;
        assert_eq!(Number(octets).to_string(), "256");
    }

    #[test]
    fn parts_of_an_uri_are_found() {
        let uri = "rsync://rpki.example/repo/a/b.roa";
        assert_eq!(host_of(uri), "rpki.example");
        assert_eq!(module_of(uri), "rsync://rpki.example/repo/");
        assert_eq!(
            module_of("rsync://rpki.example/repo"),
            "rsync://rpki.example/repo"
        );
        assert_eq!(host_of("nonsense"), "nonsense");
    }

    #[test]
    fn a_time_that_is_too_far_off_is_brought_into_range() {
        assert_eq!(moment(i64::MAX), Timestamp::MAX);
        assert_eq!(moment(i64::MIN), Timestamp::MIN);
        assert_eq!(moment(0), Timestamp::UNIX_EPOCH);
    }
}
