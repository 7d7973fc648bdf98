//! What one registry's RPKI consists of, as the world declares it.
//!
//! A plan says everything that octets follow from but the time: equal plans at equal times
//! give equal octets, and rendered repositories are kept by plan.

use std::fmt;

use super::consensus::Consensus;
use super::edit::DerEdit;
use super::resources::Resources;
use super::rsync::RsyncSpoil;
use crate::mock::decode::words;
use crate::mock::number::{Block, Space};

/// The RPKI of one registry: a trust anchor and everything below it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Plan {
    /// The registry's id.
    pub operator: String,
    /// Where the trust anchor locator is; absolute URL.
    pub tal: String,
    /// Comment of the locator, line by line, without `#`.
    pub comment: Vec<String>,
    /// Where the trust anchor's certificate is, in the locator's order.
    pub certificate: Vec<String>,
    /// Where the constraints file of the trust anchor is; absolute URL.
    pub constraints: Option<String>,
    /// The practice statement that certificates of the registry name.
    pub statement: Option<String>,
    /// Whether the trust anchor's certificate has an authority key identifier.
    pub self_named: bool,
    /// Where authorities publish; at least one.
    pub repositories: Vec<Repository>,
    /// The trust anchor.
    pub anchor: Authority,
    /// The trust anchor with the key that is to follow; `None` outside of a key roll.
    pub successor: Option<Successor>,
    /// Number of the first key of one use that manifests have; products have those before it.
    pub signers: usize,
    /// What the registry publishes of a consensus of trust anchors; `None` for one that takes part in none.
    pub consensus: Option<Consensus>,
    /// What is wrong with objects, and always was.
    pub spoils: Vec<Spoil>,
    /// What is wrong with objects of the newest state only; their authorities issue anew for it.
    pub sudden: Vec<Spoil>,
    /// What is wrong with the RRDP files of a repository, by its name.
    pub feeds: Vec<(String, FeedSpoil)>,
    /// What is wrong with a repository as rsync shows it, by its name.
    pub modules: Vec<(String, RsyncSpoil)>,
}

/// A repository: a folder by rsync and the same by RRDP.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    /// Its name in the world file.
    pub name: String,
    /// URL of the notification file.
    pub notify: String,
    /// The rsync URI below which everything is, with final slash.
    pub base: String,
    /// Hours between two states; a state is published on hours that it divides.
    pub step: i64,
    /// Deltas that the notification file lists, as far as they are no larger than the snapshot.
    pub deltas: usize,
    /// The hour since 1970 from which nothing was published any more.
    pub died: Option<i64>,
}

/// A trust anchor with the key that follows the current one's (RFC 9691, section 6.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Successor {
    /// Where its certificate is.
    pub certificate: Vec<String>,
    /// The trust anchor; it certifies what the current one certifies, and what those publish is
    /// the same for both.
    pub authority: Authority,
}

/// A certification authority. Times are in hours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Authority {
    /// Its name in the world file, unique in the plan.
    pub name: String,
    /// Its folder: its name, or that of the authority whose key it follows.
    pub folder: String,
    /// Number of its key.
    pub key: usize,
    /// Index of the repository it publishes in.
    pub repository: usize,
    /// What it holds.
    pub holds: Resources,
    /// Time from a manifest's beginning to its end.
    pub window: i64,
    /// Time between manifests, if nothing else changes.
    pub every: i64,
    /// Time for which its certificate is valid.
    pub valid: i64,
    /// Time between two issues of its certificate.
    pub renewed: i64,
    /// What it signs beside manifest, revocation list and certificates of others.
    pub products: Vec<Product>,
    /// Keys that its manifests have in turn.
    pub turns: usize,
    /// Authorities that it certified.
    pub below: Vec<Authority>,
}

/// Something an authority signs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Product {
    /// Its name in the world file, kind and number: `roa-1`, `aspa-1`, `router-1`, `tak-1`.
    pub label: String,
    /// Number of the one-off key that signs it.
    pub key: usize,
    /// What it is.
    pub what: What,
    /// Hours for which it is valid.
    pub valid: i64,
    /// Hours after which it is issued anew.
    pub renewed: i64,
}

/// What a product is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A route origin authorization.
    Roa {
        /// The AS number that may originate.
        origin: u32,
        /// What it may originate.
        prefixes: Vec<Prefix>,
    },
    /// An autonomous system provider authorization.
    Aspa {
        /// The customer.
        customer: u32,
        /// Its providers, ascending.
        providers: Vec<u32>,
    },
    /// A router's certificate.
    Router {
        /// The AS number that the router speaks for.
        asn: u32,
    },
    /// The trust anchor's key, signed, with those before and after it.
    Tak,
    /// What trust anchors agree on, as the plan says it.
    Consensus,
    /// A Ghostbusters record: whom to ask about the authority.
    Ghostbusters {
        /// A name, of a role rather than of a person.
        name: String,
        /// A mail address.
        email: String,
    },
    /// A signed checklist, which is handed over and belongs in no repository.
    Checklist {
        /// The AS number that signs.
        asn: u32,
        /// The file that it is about.
        file: String,
    },
    /// A signed prefix list, which validators of old do not know.
    PrefixList {
        /// The AS number that originates.
        origin: u32,
        /// Everything that it originates.
        prefixes: Vec<Prefix>,
    },
}

/// A prefix with the greatest length that may be originated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    /// IPv4 or IPv6.
    pub space: Space,
    /// The first address.
    pub address: u128,
    /// The length.
    pub length: u32,
    /// The greatest length, not below the length.
    pub most: u32,
}

impl Prefix {
    /// Reads `192.0.2.0/24`, or `192.0.2.0/24-28` with a greatest length.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, lengths) = text.split_once('/')?;
        let (length, most) = lengths.split_once('-').unwrap_or((lengths, lengths));
        let block = Block::parse(&format!("{address}/{length}")).ok()?;
        let (length, most) = (length.parse().ok()?, most.parse().ok()?);
        let fits = block.space != Space::Asn && length <= most && most <= block.space.bits();
        fits.then_some(Self {
            space: block.space,
            address: block.first,
            length,
            most,
        })
    }

    /// Returns its addresses.
    pub fn block(&self) -> Block {
        Block::prefix(self.space, self.address, self.length)
            .unwrap_or(Block::single(self.space, self.address))
    }
}

impl fmt::Display for Prefix {
    /// Writes the prefix; its greatest length only where it is greater.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.block().first_text(), self.length)?;
        if self.most > self.length {
            write!(f, "-{}", self.most)?;
        }
        Ok(())
    }
}

/// One thing wrong with one object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spoil {
    /// Name of the authority that publishes the object.
    pub authority: String,
    /// Label of the object: of a product, `manifest`, `crl`, or the name of a certified authority.
    pub object: String,
    /// What is wrong.
    pub act: SpoilAct,
}

/// What can be wrong with an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpoilAct {
    /// The manifest has another hash of it.
    WrongHash,
    /// The manifest lists it, and it is not there.
    Missing,
    /// It is there, and the manifest does not list it.
    Unlisted,
    /// It is on the revocation list.
    Revoked,
    /// Its last bit of signature is another one.
    BadSignature,
    /// Its certificate of one use is for a key of 3,072 bits.
    LongKey,
    /// Its certificate of one use is for the key of that product of the same authority.
    KeyOf(String),
    /// Its window lies so many hours in the past.
    Late(i64),
    /// It is about these numbers too.
    Beyond(Resources),
    /// The customer stands among the providers.
    OwnProvider,
    /// Every issue of it has the same key: of a manifest.
    KeptKey,
    /// The authority that it certifies has so many below it, each certified by the one before.
    Chain(usize),
    /// That authority signs it too: of a product.
    AlsoBy(String),
    /// A part is edited before what covers it is signed.
    Edit(Part, Vec<DerEdit>),
}

words! {
    /// A part of an object that is made by itself.
    pub Part {
        /// What is signed of a certificate; of a signed object, that of its own certificate.
        Certificate = "certificate",
        /// What is signed of a revocation list.
        Revocations = "revocations",
        /// The content of a signed object.
        Content = "content",
        /// The signed attributes.
        Attributes = "attributes",
        /// The signature, an OCTET STRING.
        Signature = "signature",
        /// Everything inside the outermost wrapping of a signed object.
        SignedData = "signed-data",
        /// The whole object, signature included.
        Object = "object",
    }
}

words! {
    /// What can be wrong with RRDP files.
    pub FeedAct {
        /// The notification file has another hash of the snapshot.
        SnapshotHash = "snapshot-hash",
        /// The notification file has another hash of the newest delta.
        DeltaHash = "delta-hash",
        /// The second delta is not listed.
        DeltaGap = "delta-gap",
        /// No delta is listed.
        NoDeltas = "no-deltas",
        /// The snapshot is of another session.
        OtherSession = "other-session",
        /// The snapshot has the serial number after the announced one.
        OtherSerial = "other-serial",
        /// The snapshot is at another host.
        OtherOrigin = "other-origin",
        /// The notification file claims version 2.
        OtherVersion = "other-version",
        /// The notification file has a document type with an entity.
        Doctype = "doctype",
        /// The snapshot has an object of another host.
        ForeignObject = "foreign-object",
        /// The snapshot has its first object twice.
        Twice = "twice",
        /// The first object of the snapshot is no Base64.
        NoBase64 = "no-base64",
        /// The newest delta has another hash of what it replaces or withdraws.
        OldHash = "old-hash",
        /// The newest delta is larger than the snapshot.
        HeavyDelta = "heavy-delta",
        /// The newest delta has an object of more octets than relying parties read.
        LargeObject = "large-object",
        /// More deltas are listed than relying parties read; those that never were are not there.
        ManyDeltas = "many-deltas",
        /// Nothing in the paths of snapshot and deltas is random.
        PlainPaths = "plain-paths",
        /// All serial numbers are smaller by 1,000.
        SmallerSerials = "smaller-serials",
        /// All serial numbers are greater by 1,000.
        GreaterSerials = "greater-serials",
        /// The fourth delta, or the last where there are fewer, has a comment.
        RewrittenDelta = "rewritten-delta",
        /// Snapshots before the newest have a comment.
        RewrittenSnapshot = "rewritten-snapshot",
        /// No snapshot but the newest is there.
        NoEarlierSnapshots = "no-earlier-snapshots",
        /// The newest delta leaves its first change out.
        LostChange = "lost-change",
    }
}

words! {
    /// A kind of RRDP file.
    pub FeedFile {
        /// The notification file.
        Notification = "notification",
        /// The snapshot.
        Snapshot = "snapshot",
        /// The newest delta.
        Delta = "delta",
    }
}

/// What is wrong with the RRDP files of a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedSpoil {
    /// A mistake with a name.
    Act(FeedAct),
    /// A text in the newest file of a kind is replaced where it first stands, before its hash is taken.
    Replace {
        /// The file.
        file: FeedFile,
        /// What is replaced.
        from: String,
        /// What stands there instead.
        to: String,
    },
}

impl Plan {
    /// Iterates over all authorities, parents before children; a successor of the trust anchor is none of them.
    pub fn authorities(&self) -> impl Iterator<Item = &Authority> {
        self.anchor.all().into_iter()
    }

    /// Returns what publishes under a name: an authority, or the successor of the trust anchor.
    pub(in crate::mock) fn publisher(&self, name: &str) -> Option<&Authority> {
        let successor = self.successor.iter().map(|s| &s.authority);
        self.authorities().chain(successor).find(|a| a.name == name)
    }

    /// Returns the repository of an authority.
    pub fn repository(&self, authority: &Authority) -> Option<&Repository> {
        self.repositories.get(authority.repository)
    }

    /// Iterates over the host names of everything it serves; some come more than once.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.tal)
            .chain(&self.certificate)
            .chain(self.successor.iter().flat_map(|s| &s.certificate))
            .chain(&self.constraints)
            .chain(self.consensus.iter().map(|c| &c.url))
            .chain(self.repositories.iter().flat_map(|r| [&r.notify, &r.base]))
            .filter_map(|uri| host(uri))
    }

    /// Returns what is wrong with an object.
    pub(super) fn spoils(&self, authority: &str, object: &str) -> Vec<&SpoilAct> {
        let its = |s: &&Spoil| s.authority == authority && s.object == object;
        let all = self.spoils.iter().chain(&self.sudden);
        all.filter(its).map(|s| &s.act).collect()
    }
}

/// Keys that the manifests of each authority of a chain have in turn: too few for all hours, and
/// no usual time between two manifests is a multiple.
const FEW_KEYS: usize = 3;

impl Plan {
    /// Changes who is there and who signs what, for acts that do.
    pub(in crate::mock) fn restructure(&mut self, spoil: &Spoil) {
        if let SpoilAct::Chain(count) = &spoil.act {
            self.chain(&spoil.object, *count);
        }
        if let SpoilAct::AlsoBy(other) = &spoil.act {
            self.repeat(&spoil.authority, &spoil.object, other);
        }
    }

    /// Hangs a chain of empty authorities below one; nothing if there is no such.
    ///
    /// Their keys are those after the plan's own, which other registries use.
    fn chain(&mut self, below: &str, count: usize) {
        let first = self.authorities().map(|a| a.key).max().unwrap_or(0) + 1;
        let Some(top) = self.anchor.find(below) else {
            return;
        };
        let empty = Authority {
            products: Vec::new(),
            below: Vec::new(),
            turns: FEW_KEYS,
            ..top.clone()
        };
        let chain = (0..count).rev().fold(None, |below, at| {
            let name = format!("{}-{}", empty.name, at + 1);
            Some(Authority {
                folder: name.clone(),
                name,
                key: first + at,
                below: below.into_iter().collect(),
                ..empty.clone()
            })
        });
        top.below.extend(chain);
    }

    /// Has another authority sign a product too; nothing if there is no such.
    fn repeat(&mut self, authority: &str, object: &str, by: &str) {
        let turns: usize = self.authorities().map(|a| a.turns).sum();
        // The manifests and the key object of a successor have those before it.
        let key = self.signers + turns + self.anchor.turns + 1;
        let all = self.publisher(authority).map(|a| a.products.iter());
        let found = all.and_then(|mut all| all.find(|p| p.label == object).cloned());
        if let (Some(product), Some(other)) = (found, self.anchor.find(by)) {
            other.products.push(Product { key, ..product });
        }
    }
}

impl Authority {
    /// Returns the authority of a name: it or one below it.
    fn find(&mut self, name: &str) -> Option<&mut Self> {
        if self.name == name {
            return Some(self);
        }
        self.below.iter_mut().find_map(|child| child.find(name))
    }

    /// Returns it and everything below it, parents before children.
    pub(super) fn all(&self) -> Vec<&Self> {
        let below = self.below.iter().flat_map(Self::all);
        std::iter::once(self).chain(below).collect()
    }
}

/// Returns the host of a URL or rsync URI.
pub(super) fn host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    rest.split('/').next()
}

/// Returns the path of a URL, from its slash.
pub(super) fn path(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    rest.find('/').and_then(|i| rest.get(i..)).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_may_have_a_greatest_length() {
        for text in [
            "192.0.2.0/24",
            "192.0.2.0/24-28",
            "2001:db8::/32-48",
            "0.0.0.0/0",
        ] {
            assert_eq!(Prefix::parse(text).unwrap().to_string(), text);
        }
        for bad in [
            "192.0.2.1/24",
            "192.0.2.0/24-23",
            "192.0.2.0/24-33",
            "192.0.2.0",
            "AS1/1",
        ] {
            assert_eq!(Prefix::parse(bad), None, "{bad}");
        }
    }
}
