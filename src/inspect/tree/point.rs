//! Opening a publication point: its manifest and its CRL (RFC 9286 section 6).

use bytes::Bytes;
use jiff::Timestamp;
use rpki::repository::sigobj::SignedObject;
use rpki::repository::x509::{Serial, Time};
use rpki::repository::{Crl, ResourceCert};

use super::content::{self, Entry, ManifestContent};
use super::engine::{self, Issuer, STRICT, stamp};
use super::found::{Ca, CaId, CrlFound, ManifestFound, Number};
use super::look::{Glance, Look};
use super::object::{Row, check_hash, size_of};
use super::options::Options;
use super::outcome::{Failure, Kind, Outcome, Reason, Refusal};
use super::{Objects, Validity};

/// One CA whose publication point is opened.
pub(super) struct Site<'a, L> {
    pub(super) id: CaId,
    pub(super) ca: &'a Ca,
    pub(super) cert: &'a ResourceCert,
    pub(super) options: &'a Options,
    pub(super) now: Timestamp,
    pub(super) look: &'a L,
}

impl<L: Look> Site<'_, L> {
    /// Shows an object to the hook.
    pub(super) fn show(&self, uri: &str, octets: &Bytes, row: &Row, tally: &mut L::Tally) {
        let glance = Glance {
            uri,
            kind: row.kind,
            octets,
            outcome: &row.outcome,
            ca: self.id,
            operator: self.ca.operator,
            tier: self.ca.tier(),
            depth: self.ca.depth,
            now: self.now,
        };
        self.look.object(&glance, tally);
    }

    fn issuer(&self) -> Issuer<'_> {
        Issuer {
            cert: self.cert,
            now: engine::time(self.now),
            crl: None,
        }
    }
}

/// A publication point whose manifest and CRL are good.
#[derive(Debug)]
pub(super) struct Point {
    pub(super) entries: Vec<Entry>,
    /// Which of the entries is the CRL.
    pub(super) crl_entry: usize,
    pub(super) crl: Crl,
    pub(super) crl_uri: String,
}

/// Why a publication point is dropped, and what was seen.
pub(super) type Dropped = (Failure, String);

/// The manifest and the CRL of a publication point, as far as they were read.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) rows: Vec<Row>,
    pub(super) manifest: Option<ManifestFound>,
    pub(super) crl: Option<CrlFound>,
}

/// What came of opening a publication point.
pub(super) struct Opening<T> {
    pub(super) head: Head,
    pub(super) point: Result<Point, Dropped>,
    pub(super) tally: T,
}

/// A manifest that is valid by itself.
struct Listed {
    content: ManifestContent,
    /// The CRL that its certificate names.
    crl_uri: String,
    serial: Serial,
}

/// Opens the publication point of a CA; `octets` are its manifest, where the capture has it.
pub(super) fn open<L: Look>(
    site: &Site<'_, L>,
    objects: &dyn Objects,
    octets: Option<&Bytes>,
) -> Opening<L::Tally> {
    let mut head = Head::default();
    let mut tally = L::Tally::default();
    let uri = site.ca.manifest_uri();
    let mut row = Row {
        name: site.ca.manifest_name.clone(),
        kind: Kind::Manifest,
        size: octets.map_or(0, size_of),
        validity: None,
        certified: None,
        outcome: Outcome::Accepted,
    };
    let listed = manifest(site, objects, &uri, octets, &mut row, &mut head.manifest);
    let mut crl_row = None;
    let point =
        listed.and_then(|listed| crl(site, objects, listed, &mut row, &mut crl_row, &mut head.crl));
    if let (Err(_), Outcome::Accepted) = (&point, &row.outcome) {
        row.outcome = Outcome::Dropped;
    }
    if let Some(octets) = octets {
        site.show(&uri, octets, &row, &mut tally);
    }
    head.rows.push(row);
    if let Some((row, octets)) = crl_row {
        let uri = format!("{}{}", site.ca.publication_point, row.name);
        if let Some(octets) = octets {
            site.show(&uri, &octets, &row, &mut tally);
        }
        head.rows.push(row);
    }
    Opening { head, point, tally }
}

/// Writes a refusal into a row and names it as the end of the publication point.
fn refuse(row: &mut Row, failure: Failure, refusal: Refusal) -> Dropped {
    let words = format!("`{}`: {}", row.name, refusal.words);
    row.outcome = refusal.into();
    (failure, words)
}

fn manifest<L: Look>(
    site: &Site<'_, L>,
    objects: &dyn Objects,
    uri: &str,
    octets: Option<&Bytes>,
    row: &mut Row,
    found: &mut Option<ManifestFound>,
) -> Result<Listed, Dropped> {
    let limits = &site.options.limits;
    let Some(octets) = octets else {
        let (failure, words) = if objects.fetched(uri) {
            (Failure::ManifestMissing, "the capture does not have it")
        } else {
            (
                Failure::UnreachableRepository,
                "its repository was not captured",
            )
        };
        return Err(refuse(row, failure, Refusal::new(Reason::Missing, words)));
    };
    if octets.len() > limits.object_bytes {
        let words = format!(
            "it has {} octets; at most {} are read",
            octets.len(),
            limits.object_bytes
        );
        let refusal = Refusal::new(Reason::TooLarge, words);
        return Err(refuse(row, Failure::TooLarge, refusal));
    }
    let (validity, signed) = engine::signed(octets, Kind::Manifest, &site.issuer());
    row.validity = validity;
    let signed =
        signed.map_err(|refusal| invalid(row, refusal, octets, engine::time(site.now), found))?;
    let content = content::manifest(&signed.content, limits.entries).map_err(|error| {
        let refusal = Refusal::new(Reason::Content, engine::lower(&error));
        refuse(row, Failure::ManifestInvalid, refusal)
    })?;
    *found = Some(manifest_found(&content, octets, validity));
    if let Some((failure, refusal)) = untimely(&content, engine::time(site.now)) {
        return Err(refuse(row, failure, refusal));
    }
    if content.count > limits.entries {
        let words = format!(
            "it lists {} files; at most {} are read",
            content.count, limits.entries
        );
        let refusal = Refusal::new(Reason::TooLarge, words);
        return Err(refuse(row, Failure::TooManyEntries, refusal));
    }
    let cert = signed.cert.as_cert();
    row.certified = Some(engine::certified(cert));
    Ok(Listed {
        content,
        crl_uri: cert.crl_uri().map(engine::canonical).unwrap_or_default(),
        serial: cert.serial_number(),
    })
}

/// Says what is wrong with a manifest that is not a valid object.
///
/// What it says is told, and followed in nothing. One that has ended, as its certificate
/// has, is stale.
fn invalid(
    row: &mut Row,
    refusal: Refusal,
    octets: &Bytes,
    now: Time,
    found: &mut Option<ManifestFound>,
) -> Dropped {
    let object = SignedObject::decode(octets.clone(), STRICT).ok();
    let content = object.and_then(|object| content::manifest(object.content(), 0).ok());
    *found = content
        .as_ref()
        .map(|content| manifest_found(content, octets, row.validity));
    let untimely = content.and_then(|content| untimely(&content, now));
    let (failure, refusal) = match (refusal.reason, untimely) {
        (Reason::Expired | Reason::NotYetValid, Some(untimely)) => untimely,
        _ => (Failure::ManifestInvalid, refusal),
    };
    refuse(row, failure, refusal)
}

fn manifest_found(
    content: &ManifestContent,
    octets: &Bytes,
    validity: Option<Validity>,
) -> ManifestFound {
    ManifestFound {
        number: Number(content.number.into_array()),
        this_update: stamp(content.this_update),
        next_update: stamp(content.next_update),
        entries: u32::try_from(content.count).unwrap_or(u32::MAX),
        size: size_of(octets),
        not_after: validity.map_or(Timestamp::MAX, Validity::not_after),
    }
}

/// Says in what way a manifest does not hold now.
fn untimely(content: &ManifestContent, now: Time) -> Option<(Failure, Refusal)> {
    let refusal = untimely_window(content.this_update, content.next_update, now)?;
    let failure = if refusal.reason == Reason::Premature {
        Failure::ManifestPremature
    } else {
        Failure::ManifestStale
    };
    Some((failure, refusal))
}

/// Says in what way now is outside of a window.
fn untimely_window(this_update: Time, next_update: Time, now: Time) -> Option<Refusal> {
    if this_update > now {
        let words = format!("its thisUpdate is {}", stamp(this_update));
        return Some(Refusal::new(Reason::Premature, words));
    }
    if next_update < now {
        let words = format!("its nextUpdate was {}", stamp(next_update));
        return Some(Refusal::new(Reason::Stale, words));
    }
    None
}

/// A row of a CRL and its octets, where the capture has them.
type CrlRow = Option<(Row, Option<Bytes>)>;

fn crl<L: Look>(
    site: &Site<'_, L>,
    objects: &dyn Objects,
    listed: Listed,
    manifest: &mut Row,
    crl_row: &mut CrlRow,
    found: &mut Option<CrlFound>,
) -> Result<Point, Dropped> {
    let crl_entry = the_crl(&listed.content.entries, &manifest.name)?;
    let Some(entry) = listed.content.entries.get(crl_entry) else {
        return Err((Failure::CrlUnlisted, String::new()));
    };
    let crl_uri = format!("{}{}", site.ca.publication_point, entry.name());
    if crl_uri != listed.crl_uri {
        let words = format!(
            "its certificate names the CRL `{}`; it lists `{crl_uri}`",
            listed.crl_uri
        );
        let refusal = Refusal::new(Reason::CrlName, words);
        return Err(refuse(manifest, Failure::CrlName, refusal));
    }
    let octets = objects.read(&crl_uri);
    let row = Row {
        name: entry.name().into(),
        kind: Kind::Crl,
        size: octets.as_ref().map_or(0, size_of),
        validity: None,
        certified: None,
        outcome: Outcome::Accepted,
    };
    let (row, octets) = crl_row.insert((row, octets));
    let read = read_crl(site, octets.as_ref(), entry, found);
    let crl = read.map_err(|(failure, refusal)| refuse(row, failure, refusal))?;
    if crl.contains(listed.serial) {
        row.outcome = Outcome::Dropped;
        let words = format!("its certificate {} is on the CRL", listed.serial);
        let refusal = Refusal::new(Reason::Revoked, words);
        return Err(refuse(manifest, Failure::ManifestRevoked, refusal));
    }
    Ok(Point {
        entries: listed.content.entries,
        crl_entry,
        crl,
        crl_uri,
    })
}

/// Returns which entry of a manifest is its one CRL.
fn the_crl(entries: &[Entry], manifest: &str) -> Result<usize, Dropped> {
    let is_crl = |entry: &Entry| Kind::of_name(entry.name()) == Kind::Crl;
    let mut crls = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| is_crl(entry));
    match (crls.next(), crls.next()) {
        (Some((at, _)), None) => Ok(at),
        (Some((_, one)), Some((_, other))) => {
            let (one, other) = (one.name(), other.name());
            let words = format!("`{manifest}` lists `{one}` and `{other}`");
            Err((Failure::CrlAmbiguous, words))
        }
        (None, _) => {
            let words = format!("`{manifest}` lists {} files, none a CRL", entries.len());
            Err((Failure::CrlUnlisted, words))
        }
    }
}

fn read_crl<L: Look>(
    site: &Site<'_, L>,
    octets: Option<&Bytes>,
    entry: &Entry,
    found: &mut Option<CrlFound>,
) -> Result<Crl, (Failure, Refusal)> {
    let limit = site.options.limits.object_bytes;
    let Some(octets) = octets else {
        let refusal = Refusal::new(Reason::Missing, "the capture does not have it");
        return Err((Failure::CrlMissing, refusal));
    };
    if octets.len() > limit {
        let words = format!("it has {} octets; at most {limit} are read", octets.len());
        return Err((Failure::TooLarge, Refusal::new(Reason::TooLarge, words)));
    }
    check_hash(octets, &entry.hash).map_err(|refusal| (Failure::HashMismatch, refusal))?;
    let invalid = |reason, words: String| (Failure::CrlInvalid, Refusal::new(reason, words));
    let mut crl = Crl::decode(octets.clone())
        .map_err(|error| invalid(Reason::Syntax, engine::lower(&error.to_string())))?;
    crl.cache_serials();
    *found = Some(CrlFound {
        number: Number(crl.crl_number().into_array()),
        this_update: stamp(crl.this_update()),
        next_update: stamp(crl.next_update()),
        entries: u32::try_from(crl.revoked_certs().iter().count()).unwrap_or(u32::MAX),
        size: size_of(octets),
    });
    crl.verify_issuer_claim(site.cert, STRICT)
        .map_err(|error| invalid(Reason::Issuer, error.to_string()))?;
    let issuer = site.cert.as_cert();
    if !engine::same_name(crl.issuer(), issuer.subject()) {
        let words = "its issuer's name is not the subject's name of the CA";
        return Err(invalid(Reason::Issuer, words.to_owned()));
    }
    crl.verify_signature(issuer.subject_public_key_info())
        .map_err(|_| {
            invalid(
                Reason::Signature,
                "its signature does not verify".to_owned(),
            )
        })?;
    let now = engine::time(site.now);
    match untimely_window(crl.this_update(), crl.next_update(), now) {
        None => Ok(crl),
        Some(refusal) if refusal.reason == Reason::Premature => {
            Err((Failure::CrlPremature, refusal))
        }
        Some(refusal) => Err((Failure::CrlStale, refusal)),
    }
}
