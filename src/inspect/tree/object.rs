//! Judging one object that a manifest lists.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use aws_lc_rs::digest;
use bytes::Bytes;
use rpki::repository::cert::{Overclaim, TbsCert};
use rpki::repository::{Cert, ResourceCert};

use super::content::{self, Entry, RoaPrefix};
use super::engine::{self, Form, Issuer, STRICT};
use super::found::{Certified, Key, Validity};
use super::outcome::{Kind, Outcome, Reason, Refusal};
use super::resources::{Cover, Resources};
use super::sets;
use crate::inspect::rpki as syntax;
use crate::resource::{AddressSet, Asn, AsnSet, Prefix};

/// Octets of a file as a number of a table.
pub(super) fn size_of(octets: &Bytes) -> u32 {
    u32::try_from(octets.len()).unwrap_or(u32::MAX)
}

/// One row of the table of objects before it has a place.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: Box<str>,
    pub(super) kind: Kind,
    pub(super) size: u32,
    pub(super) validity: Option<Validity>,
    pub(super) certified: Option<Certified>,
    pub(super) outcome: Outcome,
}

/// What an accepted object gives beside its row.
#[derive(Debug)]
pub(super) enum Payload {
    Nothing,
    Roa(Box<(Asn, Vec<(Prefix, u8)>)>),
    Aspa(Box<(Asn, Box<[Asn]>)>),
    Router(Box<Router>),
    /// A CA certificate that could be read, accepted or refused.
    Ca(Box<Child>),
}

/// A router certificate's key and the AS numbers it is for.
#[derive(Debug)]
pub(super) struct Router {
    pub(super) asns: AsnSet,
    pub(super) key: Key,
    pub(super) spki: Box<[u8]>,
}

/// What a CA certificate says.
#[derive(Debug)]
pub(super) struct Child {
    /// The validated certificate; `None` if it was refused.
    pub(super) cert: Option<Arc<ResourceCert>>,
    pub(super) key: Key,
    pub(super) publication_point: String,
    pub(super) manifest_name: String,
    pub(super) notify: Option<String>,
    pub(super) trims: bool,
}

impl Child {
    /// Takes what a certificate says; `None` if it does not say where its CA publishes.
    pub(super) fn of(cert: &TbsCert) -> Option<Self> {
        let point = engine::canonical(cert.ca_repository()?);
        let manifest = engine::canonical(cert.rpki_manifest()?);
        let (_, manifest_name) = manifest.rsplit_once('/')?;
        Some(Self {
            cert: None,
            key: engine::key(cert),
            manifest_name: manifest_name.to_owned(),
            publication_point: point,
            notify: cert.rpki_notify().map(|uri| uri.as_str().to_owned()),
            trims: cert.overclaim() == Overclaim::Trim,
        })
    }
}

/// A judged object.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) row: Row,
    pub(super) payload: Payload,
    /// What its EE or router certificate lists itself, where the issuer's holdings do not hold it.
    pub(super) listed: Option<Box<(AddressSet, AsnSet)>>,
}

impl Judged {
    fn refused(name: &str, kind: Kind, size: u32, refusal: Refusal) -> Self {
        Self {
            row: Row {
                name: name.into(),
                kind,
                size,
                validity: None,
                certified: None,
                outcome: refusal.into(),
            },
            payload: Payload::Nothing,
            listed: None,
        }
    }
}

/// Where an object is listed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Desk<'a> {
    pub(super) issuer: Issuer<'a>,
    /// Whether the issuer is the trust anchor.
    pub(super) is_anchor: bool,
    /// Whether the issuer's own resources count as holdings.
    pub(super) issuer_holds: bool,
    /// Most octets of an object.
    pub(super) object_bytes: usize,
}

/// Judges one object by its octets; `None` are octets that the capture does not have.
pub(super) fn judge(entry: &Entry, octets: Option<&Bytes>, desk: &Desk<'_>) -> Judged {
    let name = entry.name();
    let kind = Kind::of_name(name);
    let Some(octets) = octets else {
        let words = "the capture does not have it";
        return Judged::refused(name, kind, 0, Refusal::new(Reason::Missing, words));
    };
    let size = size_of(octets);
    if octets.len() > desk.object_bytes {
        let words = format!(
            "it has {} octets; at most {} are read",
            octets.len(),
            desk.object_bytes
        );
        return Judged::refused(name, kind, size, Refusal::new(Reason::TooLarge, words));
    }
    if let Err(refusal) = check_hash(octets, &entry.hash) {
        return Judged::refused(name, kind, size, refusal);
    }
    // A panic of the library is one object's end, not the walk's.
    let judged = catch_unwind(AssertUnwindSafe(|| by_kind(name, kind, octets, desk)));
    judged.unwrap_or_else(|_| {
        let words = "the library panicked";
        Judged::refused(name, kind, size, Refusal::new(Reason::Engine, words))
    })
}

/// Compares octets with the hash that a manifest lists.
pub(super) fn check_hash(octets: &Bytes, listed: &[u8; 32]) -> Result<(), Refusal> {
    let hash = digest::digest(&digest::SHA256, octets);
    if hash.as_ref() == listed {
        return Ok(());
    }
    let hex = |octets: &[u8]| data_encoding::HEXLOWER.encode(octets);
    let words = format!(
        "its SHA-256 is {}; the manifest lists {}",
        hex(hash.as_ref()),
        hex(listed)
    );
    Err(Refusal::new(Reason::HashMismatch, words))
}

fn by_kind(name: &str, kind: Kind, octets: &Bytes, desk: &Desk<'_>) -> Judged {
    let mut judged = Judged {
        row: Row {
            name: name.into(),
            kind,
            size: size_of(octets),
            validity: None,
            certified: None,
            outcome: Outcome::Accepted,
        },
        payload: Payload::Nothing,
        listed: None,
    };
    let verdict = match kind {
        Kind::CaCertificate | Kind::RouterCertificate | Kind::TrustAnchor => {
            certificate(&mut judged, octets, desk)
        }
        Kind::Roa => roa(&mut judged, octets, desk),
        Kind::Aspa => aspa(&mut judged, octets, desk),
        Kind::Tak if !desk.is_anchor => {
            let words = "a trust anchor key object is issued by the trust anchor itself";
            Err(Refusal::new(Reason::Placement, words))
        }
        Kind::Rdc if !desk.is_anchor => {
            let words = "a consensus object is issued by the trust anchor itself";
            Err(Refusal::new(Reason::Placement, words))
        }
        Kind::Tak | Kind::Gbr | Kind::Rsc | Kind::Spl | Kind::Rdc => {
            signed(&mut judged, octets, desk).map(|_| ())
        }
        Kind::Manifest => {
            let words = "a manifest does not list a manifest";
            Err(Refusal::new(Reason::Placement, words))
        }
        // The CRL was judged with the manifest.
        Kind::Crl => Ok(()),
        Kind::Other => {
            judged.row.outcome = Outcome::Ignored;
            Ok(())
        }
    };
    if let Err(refusal) = verdict {
        judged.row.outcome = refusal.into();
    }
    judged
}

/// Validates a signed object and keeps when its certificate is valid.
fn signed(judged: &mut Judged, octets: &Bytes, desk: &Desk<'_>) -> Result<engine::Signed, Refusal> {
    let (validity, signed) = engine::signed(octets, judged.row.kind, &desk.issuer);
    judged.row.validity = validity;
    let signed = signed?;
    judged.row.certified = Some(engine::certified(signed.cert.as_cert()));
    if !desk.issuer_holds {
        judged.listed = listed(&signed.cert);
    }
    Ok(signed)
}

/// Returns what a certificate lists itself; `None` if that is nothing.
fn listed(cert: &ResourceCert) -> Option<Box<(AddressSet, AsnSet)>> {
    let resources = Resources::of(cert, None);
    let addresses = resources.listed_addresses();
    let asns = resources.listed_asns();
    (!addresses.is_empty() || !asns.is_empty()).then(|| Box::new((addresses, asns)))
}

fn roa(judged: &mut Judged, octets: &Bytes, desk: &Desk<'_>) -> Result<(), Refusal> {
    let signed = signed(judged, octets, desk)?;
    let roa = content::roa(&signed.content).map_err(|e| Refusal::new(Reason::Content, e))?;
    let tbs: &TbsCert = signed.cert.as_cert();
    // RFC 9582 section 5: addresses, listed and not inherited, and no AS numbers.
    if tbs.as_resources().is_present() {
        let words = "the certificate of a ROA has AS numbers";
        return Err(Refusal::new(Reason::Profile, words));
    }
    if tbs.v4_resources().is_inherited() || tbs.v6_resources().is_inherited() {
        let words = "the certificate of a ROA inherits its addresses";
        return Err(Refusal::new(Reason::Profile, words));
    }
    let mut prefixes = Vec::with_capacity(roa.ipv4.len() + roa.ipv6.len());
    let families = [
        (&roa.ipv4, signed.cert.v4_resources(), true),
        (&roa.ipv6, signed.cert.v6_resources(), false),
    ];
    for (listed, blocks, is_ipv4) in families {
        take_covered(&mut prefixes, listed, &Cover::new(blocks), is_ipv4)?;
    }
    judged.payload = Payload::Roa(Box::new((Asn(roa.asn), prefixes)));
    Ok(())
}

/// Takes over the prefixes of a family that the certificate covers; one that it does not is the end.
fn take_covered(
    prefixes: &mut Vec<(Prefix, u8)>,
    listed: &[RoaPrefix],
    cover: &Cover,
    is_ipv4: bool,
) -> Result<(), Refusal> {
    for one in listed {
        let prefix = sets::prefix(one.prefix, is_ipv4);
        let Some(prefix) = prefix.filter(|_| cover.has(one.prefix)) else {
            let shown = prefix.map_or_else(String::new, |p| p.to_string());
            let words = format!("its certificate does not cover {shown}");
            return Err(Refusal::new(Reason::Uncovered, words));
        };
        prefixes.push((prefix, one.max_length));
    }
    Ok(())
}

fn aspa(judged: &mut Judged, octets: &Bytes, desk: &Desk<'_>) -> Result<(), Refusal> {
    let signed = signed(judged, octets, desk)?;
    let aspa = content::aspa(&signed.content).map_err(|e| Refusal::new(Reason::Content, e))?;
    let tbs: &TbsCert = signed.cert.as_cert();
    // ASPA profile section 4: exactly the customer's AS number, and no addresses.
    if tbs.has_ip_resources() {
        let words = "the certificate of an ASPA has addresses";
        return Err(Refusal::new(Reason::Profile, words));
    }
    if tbs.as_resources().is_inherited() || !tbs.as_resources().is_present() {
        let words = "the certificate of an ASPA does not list the customer's AS number";
        return Err(Refusal::new(Reason::Profile, words));
    }
    let mut asns = signed.cert.as_resources().iter();
    let (first, second) = (asns.next(), asns.next());
    let only = |block: rpki::repository::resources::AsBlock| {
        let (first, last) = (block.min().into_u32(), block.max().into_u32());
        first == aspa.customer && last == aspa.customer
    };
    if second.is_some() || !first.is_some_and(only) {
        let words = format!("its certificate is not for AS{} alone", aspa.customer);
        return Err(Refusal::new(Reason::Uncovered, words));
    }
    let providers: Box<[Asn]> = aspa.providers.iter().map(|p| Asn(*p)).collect();
    judged.payload = Payload::Aspa(Box::new((Asn(aspa.customer), providers)));
    Ok(())
}

fn certificate(judged: &mut Judged, octets: &Bytes, desk: &Desk<'_>) -> Result<(), Refusal> {
    let decode = || Cert::decode(octets.clone());
    let cert = decode().map_err(|e| {
        // What the library cannot read is still no CA's certificate if it is a router's.
        let looks = syntax::Kind::of_file(&judged.row.name, octets);
        if looks == Some(syntax::Kind::RouterCertificate) {
            judged.row.kind = Kind::RouterCertificate;
        }
        Refusal::new(Reason::Syntax, e.to_string())
    })?;
    judged.row.validity = Some(engine::validity(&cert));
    judged.row.certified = Some(engine::certified(&cert));
    if cert.basic_ca().is_none() && cert.ca_repository().is_none() {
        judged.row.kind = Kind::RouterCertificate;
        return router(judged, &cert, desk);
    }
    let child = Child::of(&cert);
    let validated = engine::precheck(&cert, Form::Ca, &desk.issuer).and_then(|()| {
        let validated = cert.validate_ca_at(desk.issuer.cert, STRICT, desk.issuer.now);
        validated.map_err(|error| {
            let again = decode().ok();
            let refusal = again.and_then(|c| engine::explain(&c, Form::Ca, &desk.issuer));
            refusal.unwrap_or_else(|| Refusal::new(Reason::Engine, error.to_string()))
        })
    });
    let checked = validated.and_then(|cert| {
        engine::check_crl(cert.as_cert(), &desk.issuer)?;
        Ok(cert)
    });
    let Some(mut child) = child else {
        let words = "it does not say where its CA publishes";
        return checked.and(Err(Refusal::new(Reason::Profile, words)));
    };
    let verdict = checked.map(|cert| child.cert = Some(Arc::new(cert)));
    judged.payload = Payload::Ca(Box::new(child));
    verdict
}

fn router(judged: &mut Judged, cert: &Cert, desk: &Desk<'_>) -> Result<(), Refusal> {
    let issuer = &desk.issuer;
    engine::precheck(cert, Form::Router, issuer)?;
    if let Err(error) = cert.validate_router_at(issuer.cert, STRICT, issuer.now) {
        let refusal = engine::explain(cert, Form::Router, issuer);
        return Err(refusal.unwrap_or_else(|| Refusal::new(Reason::Engine, error.to_string())));
    }
    engine::check_crl(cert, issuer)?;
    let above = issuer.cert.as_resources();
    let blocks = above.verify_issued(cert.as_resources(), cert.overclaim());
    let Some(asns) = blocks.ok().map(|blocks| sets::asns(&blocks)) else {
        let words = "its issuer does not have its AS numbers";
        return Err(Refusal::new(Reason::Overclaim, words));
    };
    if !desk.issuer_holds {
        judged.listed = Some(Box::new((AddressSet::new(), asns.clone())));
    }
    let spki = cert.subject_public_key_info().to_info_bytes();
    judged.payload = Payload::Router(Box::new(Router {
        asns,
        key: engine::key(cert),
        spki: spki.to_vec().into_boxed_slice(),
    }));
    Ok(())
}
