//! When what is issued, and the objects of one authority at one hour.
//!
//! All times are whole hours and follow from the plan and the hour asked for: an object
//! that is issued every eight hours was last issued at the last of them.

use std::collections::BTreeSet;

use bytes::Bytes;
use jiff::Timestamp;

use super::certify::{Signing, edit};
use super::der::Der;
use super::keys::{self, Key, KeyError, sha256};
use super::object;
use super::plan::{Authority, Part, Plan, Product, Repository, SpoilAct, What};
use super::resources::{Claim, Resources};
use super::x509;
use crate::mock::number::{Block, Space};

/// An hour since the beginning of 1970.
pub(super) type Hour = i64;

/// Returns an hour's first second.
pub(super) fn time(hour: Hour) -> Timestamp {
    Timestamp::from_second(hour.saturating_mul(3_600)).unwrap_or(Timestamp::MAX)
}

/// Returns the hour that a time lies in.
pub(super) fn hour(time: Timestamp) -> Hour {
    time.as_second().div_euclid(3_600)
}

/// An authority with what its place in the tree gives.
#[derive(Debug)]
pub(super) struct Spot<'p> {
    pub(super) plan: &'p Plan,
    pub(super) authority: &'p Authority,
    pub(super) repository: &'p Repository,
    pub(super) key: &'static Key,
    /// The rsync URI of its certificate.
    pub(super) certificate: String,
    /// Its number among the plan's authorities.
    pub(super) number: usize,
    /// Whether it issues anew for the newest state, whatever its schedule says.
    pub(super) sudden: bool,
}

/// A file that is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Published {
    pub(super) uri: String,
    pub(super) octets: Bytes,
    /// When it was signed.
    pub(super) time: Timestamp,
}

/// A file of an authority before its manifest is made.
pub(super) struct File {
    /// Its label in the plan.
    pub(super) label: String,
    /// Its name in the folder.
    pub(super) name: String,
    pub(super) octets: Vec<u8>,
    /// Serial number of its certificate; empty for a revocation list.
    pub(super) serial: Vec<u8>,
    pub(super) issued: Hour,
}

impl<'p> Spot<'p> {
    /// Returns the spots of a plan's authorities, parents before children.
    pub(super) fn all(plan: &'p Plan) -> Result<Vec<Self>, KeyError> {
        let anchor = rsync(&plan.certificate).unwrap_or_default();
        let mut all = Vec::new();
        Self::add(plan, &plan.anchor, anchor, &mut all)?;
        if let Some(successor) = &plan.successor {
            let certificate = rsync(&successor.certificate).unwrap_or_default();
            all.push(Self::of(
                plan,
                &successor.authority,
                certificate,
                all.len(),
            )?);
        }
        Ok(all)
    }

    /// Returns the trust anchors among spots: the current one and its successor.
    pub(super) fn anchors<'s>(spots: &'s [Self]) -> impl Iterator<Item = &'s Self> {
        let successor = spots.iter().skip(1).filter(|s| s.is_successor());
        spots.first().into_iter().chain(successor)
    }

    fn is_successor(&self) -> bool {
        let successor = self.plan.successor.as_ref();
        successor.is_some_and(|s| s.authority.name == self.authority.name)
    }

    fn of(
        plan: &'p Plan,
        authority: &'p Authority,
        certificate: String,
        number: usize,
    ) -> Result<Self, KeyError> {
        Ok(Self {
            plan,
            authority,
            repository: plan.repository(authority).ok_or(KeyError)?,
            key: keys::authority(authority.key)?,
            certificate,
            number,
            sudden: plan.sudden.iter().any(|s| s.authority == authority.name),
        })
    }

    fn add(
        plan: &'p Plan,
        authority: &'p Authority,
        certificate: String,
        all: &mut Vec<Self>,
    ) -> Result<(), KeyError> {
        let spot = Self::of(plan, authority, certificate, all.len())?;
        let folder = spot.folder();
        all.push(spot);
        for child in &authority.below {
            let name = keys::authority(child.key)?.file_name();
            Self::add(plan, child, format!("{folder}{name}.cer"), all)?;
        }
        Ok(())
    }

    /// Returns the URI of the folder it publishes in.
    pub(super) fn folder(&self) -> String {
        format!("{}{}/", self.repository.base, self.authority.folder)
    }

    /// Returns the URI of a file that is named by its key.
    pub(super) fn file(&self, extension: &str) -> String {
        format!("{}{}.{extension}", self.folder(), self.key.file_name())
    }

    /// Returns the hour in which the state of an hour was published.
    pub(super) fn published(&self, hour: Hour) -> Hour {
        let hour = self.repository.died.map_or(hour, |died| died.min(hour));
        hour - hour.rem_euclid(self.repository.step)
    }

    /// Returns when something that is issued every so many hours was last issued.
    pub(super) fn last(&self, label: &str, every: i64, hour: Hour) -> Hour {
        // Whatever is issued at every step has no choice; the rest is spread out by its name.
        let steps = (every / self.repository.step).max(1);
        let [first, second, ..] = sha256(format!("{}/{label}", self.authority.name).as_bytes());
        let offset = i64::from(u16::from_be_bytes([first, second])) % steps * self.repository.step;
        hour - (hour - offset).rem_euclid(every)
    }

    /// Returns when its manifest was last issued.
    pub(super) fn issued(&self, hour: Hour) -> Hour {
        match self.sudden {
            true => self.published(hour),
            false => self.scheduled(hour),
        }
    }

    /// Returns when its manifest was last issued on schedule, or because something else was.
    fn scheduled(&self, hour: Hour) -> Hour {
        let hour = self.published(hour);
        let manifest = self.last("manifest", self.authority.every, hour);
        let products = self
            .authority
            .products
            .iter()
            .map(|p| (&p.label, p.renewed));
        let below = self.authority.below.iter().map(|c| (&c.name, c.renewed));
        let others = products.chain(below);
        others
            .map(|(label, every)| self.last(label, every, hour))
            .fold(manifest, Hour::max)
    }

    /// Returns the serial number of what was issued at an hour.
    pub(super) fn serial(&self, label: &str, issued: Hour) -> Vec<u8> {
        let text = format!(
            "{}/{}/{label}/{issued}",
            self.plan.operator, self.authority.name
        );
        let mut serial: Vec<u8> = sha256(text.as_bytes()).into_iter().take(12).collect();
        if let Some(first) = serial.first_mut() {
            *first = *first & 0x7f | 0x40;
        }
        serial
    }

    /// Returns what is wrong with one of its objects.
    pub(super) fn touched(&self, label: &str) -> Vec<&SpoilAct> {
        self.plan.spoils(&self.authority.name, label)
    }

    /// Returns everything it publishes at an hour: products, certificates, revocation list, manifest.
    pub(super) fn publish(&self, hour: Hour) -> Result<Vec<Published>, KeyError> {
        let now = self.issued(hour);
        let mut files = Vec::new();
        let mut revoked = Vec::new();
        for product in &self.authority.products {
            let issued = self.last(&product.label, product.renewed, now);
            files.push(self.product(product, issued)?);
            self.revoke_earlier(
                &product.label,
                issued,
                product.renewed,
                product.valid,
                now,
                &mut revoked,
            );
        }
        for child in &self.authority.below {
            let issued = self.last(&child.name, child.renewed, now);
            files.push(self.certify(child, issued)?);
            self.revoke_earlier(
                &child.name,
                issued,
                child.renewed,
                child.valid,
                now,
                &mut revoked,
            );
        }
        let mut next = now;
        for earlier in (now.saturating_sub(self.authority.window).saturating_add(1)..now).rev() {
            if self.scheduled(earlier) == earlier {
                revoked.push((self.serial("manifest", earlier), time(next)));
                next = earlier;
            }
        }
        for file in &files {
            if self.touched(&file.label).contains(&&SpoilAct::Revoked) {
                revoked.push((file.serial.clone(), time(now)));
            }
        }
        if self.touched("manifest").contains(&&SpoilAct::Revoked) {
            revoked.push((self.serial("manifest", now), time(now)));
        }
        files.push(self.revocations(now, &revoked)?);
        let manifest = self.manifest(now, &files)?;
        files.retain(|f| !self.touched(&f.label).contains(&&SpoilAct::Missing));
        files.push(manifest);
        let folder = self.folder();
        Ok(files
            .into_iter()
            .map(|file| Published {
                uri: format!("{folder}{}", file.name),
                octets: file.octets.into(),
                time: time(file.issued),
            })
            .collect())
    }

    /// Adds the earlier issues that would still be valid, each revoked when the next one came.
    fn revoke_earlier(
        &self,
        label: &str,
        issued: Hour,
        renewed: i64,
        valid: i64,
        now: Hour,
        revoked: &mut Vec<(Vec<u8>, Timestamp)>,
    ) {
        let mut earlier = issued.saturating_sub(renewed);
        while earlier.saturating_add(valid) > now {
            revoked.push((
                self.serial(label, earlier),
                time(earlier.saturating_add(renewed)),
            ));
            earlier = earlier.saturating_sub(renewed);
        }
    }

    fn revocations(&self, now: Hour, revoked: &[(Vec<u8>, Timestamp)]) -> Result<File, KeyError> {
        let window = self.window("crl", now);
        let number = u64::try_from(now).unwrap_or(0);
        let mut list = x509::revocations(self.key, window, number, revoked);
        let acts = self.touched("crl");
        edit(&acts, Part::Revocations, &mut list);
        Ok(File {
            label: "crl".to_owned(),
            name: format!("{}.crl", self.key.file_name()),
            octets: self.seal(&acts, &list)?,
            serial: Vec::new(),
            issued: now,
        })
    }

    /// Returns the window of manifest or revocation list.
    fn window(&self, label: &str, now: Hour) -> (Timestamp, Timestamp) {
        let first = now.saturating_sub(late(&self.touched(label)));
        (
            time(first),
            time(first.saturating_add(self.authority.window)),
        )
    }

    fn manifest(&self, now: Hour, files: &[File]) -> Result<File, KeyError> {
        let window = self.window("manifest", now);
        let mut listed: Vec<(String, [u8; 32])> = Vec::new();
        for file in files {
            let acts = self.touched(&file.label);
            let mut hash = sha256(&file.octets);
            if acts.contains(&&SpoilAct::WrongHash) {
                hash.reverse();
            }
            if !acts.contains(&&SpoilAct::Unlisted) {
                listed.push((file.name.clone(), hash));
            }
        }
        listed.sort();
        let number = u64::try_from(now).unwrap_or(0);
        let content = object::manifest(number, window, &listed);
        // One manifest of an authority and another have different keys, but for those that lie a
        // multiple of its turns apart: there are not enough keys for more.
        let before = self.plan.authorities().take(self.number);
        let before: usize = before.map(|a| a.turns).sum();
        let mut turn = usize::try_from(now).unwrap_or(0);
        if self.touched("manifest").contains(&&SpoilAct::KeptKey) {
            turn = 0;
        }
        let serial = self.serial("manifest", now);
        let name = format!("{}.mft", self.key.file_name());
        let octets = self.object(&Signing {
            label: "manifest",
            kind: object::MANIFEST,
            name: &name,
            key: self.plan.signers + before + turn % self.authority.turns.max(1),
            serial: &serial,
            claim: &Claim::Inherit,
            window,
            content,
        })?;
        Ok(File {
            label: "manifest".to_owned(),
            name,
            octets,
            serial,
            issued: now,
        })
    }

    /// Returns what the key object of a trust anchor says: its own key, and the one before or after it.
    fn anchor_keys(&self) -> Result<Der, KeyError> {
        let of = |authority: &Authority, uris| {
            let key = keys::authority(authority.key)?;
            Ok(object::anchor_key(&self.plan.comment, uris, key))
        };
        let current = of(&self.plan.anchor, &self.plan.certificate)?;
        let Some(successor) = &self.plan.successor else {
            return Ok(object::tak(current, None, None));
        };
        let next = of(&successor.authority, &successor.certificate)?;
        Ok(match self.is_successor() {
            true => object::tak(next, Some(current), None),
            false => object::tak(current, None, Some(next)),
        })
    }

    fn product(&self, product: &Product, issued: Hour) -> Result<File, KeyError> {
        let acts = self.touched(&product.label);
        let beyond = beyond(&acts);
        let serial = self.serial(&product.label, issued);
        let first = issued.saturating_sub(late(&acts));
        let window = (time(first), time(first.saturating_add(product.valid)));
        let stem = self.serial(&format!("{}/file", product.label), issued);
        let stem = data_encoding::BASE64URL_NOPAD.encode(&stem);
        let agreed: String;
        let (kind, extension, claim, content) = match &product.what {
            What::Roa { origin, prefixes } => {
                let mut prefixes = prefixes.clone();
                prefixes.extend(beyond.blocks().flat_map(super::prefixes_of));
                let blocks = prefixes.iter().map(super::plan::Prefix::block);
                let claim = Claim::Of(Resources::of(blocks));
                (object::ROA, "roa", claim, object::roa(*origin, &prefixes))
            }
            What::Aspa {
                customer,
                providers,
            } => {
                let mut all: BTreeSet<u32> = providers.iter().copied().collect();
                if acts.contains(&&SpoilAct::OwnProvider) {
                    all.insert(*customer);
                }
                let all: Vec<u32> = all.into_iter().collect();
                let own = Block::single(Space::Asn, (*customer).into());
                let claim = Claim::Of(Resources::of(
                    std::iter::once(own).chain(beyond.blocks().copied()),
                ));
                (object::ASPA, "asa", claim, object::aspa(*customer, &all))
            }
            What::Tak => (object::TAK, "tak", Claim::Inherit, self.anchor_keys()?),
            What::Consensus => {
                let consensus = self.plan.consensus.as_ref().ok_or(KeyError)?;
                let (kind, content) = consensus.object()?;
                agreed = kind;
                (agreed.as_str(), "rdc", Claim::Inherit, content)
            }
            What::Checklist { asn, file } => {
                let own = Block::single(Space::Asn, (*asn).into());
                let content = object::checklist(*asn, file);
                let claim = Claim::Of(Resources::of([own]));
                (object::CHECKLIST, "sig", claim, content)
            }
            What::Ghostbusters { name, email } => (
                object::GHOSTBUSTERS,
                "gbr",
                Claim::Inherit,
                object::ghostbusters(name, email),
            ),
            What::PrefixList { origin, prefixes } => {
                let own = Block::single(Space::Asn, (*origin).into());
                let content = object::prefix_list(*origin, prefixes);
                (
                    object::PREFIX_LIST,
                    "spl",
                    Claim::Of(Resources::of([own])),
                    content,
                )
            }
            What::Router { asn } => {
                let octets = self.router(*asn, &serial, window, &acts)?;
                return Ok(File {
                    label: product.label.clone(),
                    name: format!("{stem}.cer"),
                    octets,
                    serial,
                    issued,
                });
            }
        };
        let name = format!("{stem}.{extension}");
        let other = acts.iter().find_map(|act| {
            let SpoilAct::KeyOf(label) = act else {
                return None;
            };
            self.authority.products.iter().find(|p| p.label == *label)
        });
        let octets = self.object(&Signing {
            label: &product.label,
            kind,
            name: &name,
            key: other.unwrap_or(product).key,
            serial: &serial,
            claim: &claim,
            window,
            content,
        })?;
        Ok(File {
            label: product.label.clone(),
            name,
            octets,
            serial,
            issued,
        })
    }
}

/// Returns the rsync URI of a trust anchor's certificate.
fn rsync(uris: &[String]) -> Option<String> {
    let mut uris = uris.iter();
    uris.find(|uri| uri.starts_with("rsync:")).cloned()
}

/// Returns the hours by which a window lies in the past.
pub(super) fn late(acts: &[&SpoilAct]) -> i64 {
    let hours = |act: &&SpoilAct| {
        let SpoilAct::Late(hours) = act else {
            return None;
        };
        Some(*hours)
    };
    acts.iter().filter_map(hours).sum()
}

/// Returns the numbers that an object is about beside its own.
pub(super) fn beyond(acts: &[&SpoilAct]) -> Resources {
    let more = |act: &&SpoilAct| {
        let SpoilAct::Beyond(more) = act else {
            return None;
        };
        Some(more.clone())
    };
    acts.iter().find_map(more).unwrap_or_default()
}
