//! Two captures side by side, with what is looked up more than once.

use std::collections::{HashMap, HashSet};

use super::{Capture, Held, Replay};
use crate::inspect::rpki::{Certified, Kind};

/// What came of the snapshot that an earlier notification named, asked for again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Status of the answer.
    pub status: u16,
    /// SHA-256 of what was answered, 64 hex digits; `None` if it is no whole file.
    pub hash: Option<String>,
}

/// An earlier and a present capture of one repository.
#[derive(Debug)]
pub struct Pair<'a> {
    /// The earlier one.
    pub earlier: &'a Capture,
    /// The present one.
    pub present: &'a Capture,
    /// What the deltas since the earlier one lead to; `None` if they do not reach back.
    pub replay: Option<&'a Replay>,
    /// The earlier snapshot asked for again; `None` if it was not asked for or did not come.
    pub kept: Option<&'a Kept>,
    /// Issuer and serial number of every certificate that is there now.
    certificates: HashSet<(&'a str, &'a str)>,
    /// Serial numbers that are revoked now, by the key of the issuer.
    revoked: HashMap<&'a str, HashSet<&'a str>>,
    /// Keys of the authorities that are certified now.
    authorities: HashSet<&'a str>,
    /// Issuer and content of every signed object that is there now.
    contents: HashSet<(&'a str, &'a str)>,
}

impl<'a> Pair<'a> {
    /// Puts two captures side by side.
    pub fn of(
        earlier: &'a Capture,
        present: &'a Capture,
        replay: Option<&'a Replay>,
        kept: Option<&'a Kept>,
    ) -> Self {
        let mut pair = Self {
            earlier,
            present,
            replay,
            kept,
            certificates: HashSet::new(),
            revoked: HashMap::new(),
            authorities: HashSet::new(),
            contents: HashSet::new(),
        };
        let anchor = present.anchor.as_ref();
        if let Some(anchor) = anchor.and_then(|outline| outline.certificate.as_ref()) {
            pair.authorities.insert(&anchor.subject);
        }
        for held in present.objects.values() {
            let outline = &held.outline;
            if let Some(certificate) = &outline.certificate {
                pair.certificates
                    .insert((&certificate.issuer, &certificate.serial));
                if outline.kind == Some(Kind::CaCertificate) {
                    pair.authorities.insert(&certificate.subject);
                }
                if let Some(content) = &outline.content {
                    pair.contents.insert((&certificate.issuer, content));
                }
            }
            if let Some(issuer) = &outline.issuer {
                let serials = pair.revoked.entry(issuer).or_default();
                serials.extend(outline.revoked.iter().map(String::as_str));
            }
        }
        pair
    }

    /// Says whether both are of one RRDP session.
    pub(super) fn same_session(&self) -> bool {
        self.earlier.session == self.present.session
    }

    /// Iterates over the objects of a kind that both have at one URI, the earlier one first.
    pub(super) fn both(
        &self,
        kind: Kind,
    ) -> impl Iterator<Item = (&'a str, &'a Held, &'a Held)> + use<'a> {
        let present = self.present;
        let earlier = self.earlier.objects.iter();
        earlier.filter_map(move |(uri, before)| {
            let now = present.objects.get(uri)?;
            let its = Some(kind);
            (before.outline.kind == its && now.outline.kind == its).then_some((
                uri.as_str(),
                before,
                now,
            ))
        })
    }

    /// Returns the earlier and the present TAK of each authority that has both, with the URI of the present one.
    pub(super) fn taks(&self) -> Vec<(&'a str, &'a Held, &'a Held)> {
        let of = |capture: &'a Capture| {
            let all = capture.objects.iter();
            all.filter(|(_, held)| held.outline.kind == Some(Kind::Tak))
        };
        let issuer = |held: &'a Held| Some(&held.outline.certificate.as_ref()?.issuer);
        let mut both = Vec::new();
        for (uri, now) in of(self.present) {
            let mut all = of(self.earlier);
            let before = all.find(|(_, before)| issuer(before) == issuer(now));
            both.extend(before.map(|(_, before)| (uri.as_str(), before, now)));
        }
        both
    }

    /// Iterates over the earlier objects that have a certificate, with it.
    pub(super) fn certified(
        &self,
    ) -> impl Iterator<Item = (&'a str, &'a Held, &'a Certified)> + use<'a> {
        let earlier = self.earlier.objects.iter();
        earlier.filter_map(|(uri, held)| {
            Some((uri.as_str(), held, held.outline.certificate.as_ref()?))
        })
    }

    /// Says whether a certificate that was there is there no more.
    pub(super) fn is_gone(&self, certificate: &Certified) -> bool {
        !self
            .certificates
            .contains(&(&certificate.issuer, &certificate.serial))
    }

    /// Says whether a certificate is revoked now; `None` if its issuer has no revocation list.
    pub(super) fn is_revoked(&self, certificate: &Certified) -> Option<bool> {
        let serials = self.revoked.get(certificate.issuer.as_str())?;
        Some(serials.contains(certificate.serial.as_str()))
    }

    /// Says whether a certificate would still be valid now, by its last moment.
    pub(super) fn would_be_valid(&self, certificate: &Certified) -> bool {
        let now = self.present.at.as_second();
        certificate.not_after.is_some_and(|last| last >= now)
    }

    /// Says whether an authority with this key is certified now.
    pub(super) fn is_certified(&self, key: &str) -> bool {
        self.authorities.contains(key)
    }

    /// Says whether an issuer says now what an earlier object of it said.
    pub(super) fn is_said(&self, held: &Held, certificate: &Certified) -> bool {
        let content = held.outline.content.as_deref();
        content.is_some_and(|content| self.contents.contains(&(&certificate.issuer, content)))
    }
}
