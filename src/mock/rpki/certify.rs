//! The certificates an authority signs, and the objects around those of one use.

use jiff::Timestamp;

use super::der::Der;
use super::edit::DerEdit;
use super::issue::{File, Hour, Published, Spot, beyond, late, time};
use super::keys::{self, Key, KeyError};
use super::object;
use super::plan::{Authority, Part, Repository, SpoilAct};
use super::resources::{Claim, Resources};
use super::x509::{self, Certified};
use crate::mock::number::{Block, Space};

impl Spot<'_> {
    /// Makes a signed object with a certificate of its own.
    pub(super) fn object(&self, signing: &Signing<'_>) -> Result<Vec<u8>, KeyError> {
        let acts = self.touched(signing.label);
        let key = if acts.contains(&&SpoilAct::LongKey) {
            keys::long()?
        } else {
            keys::one_off(signing.key)?
        };
        let uri = format!("{}{}", self.folder(), signing.name);
        let said = Certified {
            serial: signing.serial.to_vec(),
            issuer: self.key.common_name(),
            subject: key.common_name(),
            validity: signing.window,
            key: key.info(),
        };
        let mut extensions = vec![
            x509::subject_key(&key.identifier),
            x509::authority_key(self.key),
            x509::signer_usage(),
            x509::revocations_at(&self.file("crl")),
            x509::issuer_at(&self.certificate),
        ];
        // A checklist is nowhere (RFC 9323, section 2).
        if signing.kind != object::CHECKLIST {
            extensions.push(x509::object_at(&uri));
        }
        extensions.push(x509::policy(self.plan.statement.as_deref()));
        extensions.extend(x509::addresses(signing.claim));
        extensions.extend(x509::numbers(signing.claim));
        let mut certificate = x509::certificate(said, extensions);
        edit(&acts, Part::Certificate, &mut certificate);
        let certificate = x509::sign(&certificate, self.key)?.encode();
        let mut content = signing.content.clone();
        edit(&acts, Part::Content, &mut content);
        let (at, _) = signing.window;
        object::signed(
            signing.kind,
            &content,
            certificate,
            key,
            at,
            &|part, der| {
                edit(&acts, part, der);
            },
        )
    }

    /// Makes a router's certificate.
    pub(super) fn router(
        &self,
        asn: u32,
        serial: &[u8],
        window: (Timestamp, Timestamp),
        acts: &[&SpoilAct],
    ) -> Result<Vec<u8>, KeyError> {
        let (info, identifier) = keys::router()?;
        let said = Certified {
            serial: serial.to_vec(),
            issuer: self.key.common_name(),
            subject: format!("ROUTER-{asn:08X}"),
            validity: window,
            key: info,
        };
        let claim = Claim::Of(Resources::of([Block::single(Space::Asn, asn.into())]));
        let mut extensions = vec![
            x509::subject_key(&identifier),
            x509::authority_key(self.key),
            x509::signer_usage(),
            x509::router_usage(),
            x509::revocations_at(&self.file("crl")),
            x509::issuer_at(&self.certificate),
            x509::policy(self.plan.statement.as_deref()),
        ];
        extensions.extend(x509::numbers(&claim));
        let mut certificate = x509::certificate(said, extensions);
        edit(acts, Part::Certificate, &mut certificate);
        self.seal(acts, &certificate)
    }

    /// Certifies an authority below.
    pub(super) fn certify(&self, child: &Authority, issued: Hour) -> Result<File, KeyError> {
        let acts = self.touched(&child.name);
        let repository = self.plan.repository(child).ok_or(KeyError)?;
        let key = keys::authority(child.key)?;
        let serial = self.serial(&child.name, issued);
        let beyond = beyond(&acts);
        let first = issued.saturating_sub(late(&acts));
        let holds = child.holds.blocks().chain(beyond.blocks());
        let said = Certified {
            serial: serial.clone(),
            issuer: self.key.common_name(),
            subject: key.common_name(),
            validity: (time(first), time(first.saturating_add(child.valid))),
            key: key.info(),
        };
        let mut extensions = vec![
            x509::basic_constraints(),
            x509::subject_key(&key.identifier),
            x509::authority_key(self.key),
            x509::authority_usage(),
            x509::revocations_at(&self.file("crl")),
            x509::issuer_at(&self.certificate),
        ];
        extensions.extend(publication(child, repository, key));
        extensions.push(x509::policy(self.plan.statement.as_deref()));
        let claim = Claim::Of(Resources::of(holds.copied()));
        extensions.extend(x509::addresses(&claim));
        extensions.extend(x509::numbers(&claim));
        let mut certificate = x509::certificate(said, extensions);
        edit(&acts, Part::Certificate, &mut certificate);
        Ok(File {
            label: child.name.clone(),
            name: format!("{}.cer", key.file_name()),
            octets: self.seal(&acts, &certificate)?,
            serial,
            issued,
        })
    }

    /// Returns a trust anchor's certificate at an hour, signed by itself.
    pub(super) fn anchor(&self, hour: Hour) -> Result<Published, KeyError> {
        let label = self.authority.name.as_str();
        let acts = self.touched(label);
        let issued = self.last(label, self.authority.renewed, self.published(hour));
        let first = issued.saturating_sub(late(&acts));
        let said = Certified {
            serial: self.serial(label, issued),
            issuer: self.key.common_name(),
            subject: self.key.common_name(),
            validity: (
                time(first),
                time(first.saturating_add(self.authority.valid)),
            ),
            key: self.key.info(),
        };
        let mut extensions = vec![
            x509::basic_constraints(),
            x509::subject_key(&self.key.identifier),
        ];
        if self.plan.self_named {
            extensions.push(x509::authority_key(self.key));
        }
        extensions.push(x509::authority_usage());
        extensions.extend(publication(self.authority, self.repository, self.key));
        extensions.push(x509::policy(self.plan.statement.as_deref()));
        let claim = Claim::Of(self.authority.holds.clone());
        extensions.extend(x509::addresses(&claim));
        extensions.extend(x509::numbers(&claim));
        let mut certificate = x509::certificate(said, extensions);
        edit(&acts, Part::Certificate, &mut certificate);
        Ok(Published {
            uri: self.certificate.clone(),
            octets: self.seal(&acts, &certificate)?.into(),
            time: time(issued),
        })
    }

    /// Signs a certificate or a revocation list as it is, and changes the whole as faults say.
    pub(super) fn seal(&self, acts: &[&SpoilAct], unsigned: &Der) -> Result<Vec<u8>, KeyError> {
        let mut whole = x509::sign(unsigned, self.key)?;
        if let Der::Node(_, parts) = &mut whole
            && let Some(signature) = parts.last_mut()
        {
            edit(acts, Part::Signature, signature);
        }
        edit(acts, Part::Object, &mut whole);
        Ok(whole.encode())
    }
}

/// What a signed object is made of.
pub(super) struct Signing<'a> {
    /// Its label in the plan.
    pub(super) label: &'a str,
    /// The type of its content.
    pub(super) kind: &'a str,
    /// Its name in the folder.
    pub(super) name: &'a str,
    /// Number of the key of one use.
    pub(super) key: usize,
    pub(super) serial: &'a [u8],
    pub(super) claim: &'a Claim,
    /// When it begins and ends; it is signed when it begins.
    pub(super) window: (Timestamp, Timestamp),
    pub(super) content: Der,
}

/// Returns the extension that says where an authority publishes.
fn publication(authority: &Authority, repository: &Repository, key: &Key) -> Option<Der> {
    let folder = format!("{}{}/", repository.base, authority.folder);
    let manifest = format!("{folder}{}.mft", key.file_name());
    Some(x509::publishes_at(&folder, &manifest, &repository.notify))
}

/// Changes a part as the faults of its object say.
pub(super) fn edit(acts: &[&SpoilAct], part: Part, der: &mut Der) {
    for act in acts {
        if let SpoilAct::Edit(its, edits) = act
            && *its == part
        {
            edits.iter().for_each(|edit: &DerEdit| der.edit(edit));
        }
        if let (SpoilAct::BadSignature, Part::Signature, Der::Leaf(_, octets)) =
            (act, part, &mut *der)
            && let Some(last) = octets.last_mut()
        {
            *last ^= 1;
        }
    }
}
