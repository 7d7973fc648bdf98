//! A small issuer for tests: trust anchors, CAs and their publication points.

use std::collections::HashMap;

use bcder::encode::Values as _;
use bcder::{Mode, Oid};
use bytes::Bytes;
use jiff::Timestamp;
use rpki::crypto::softsigner::KeyId;
use rpki::crypto::{DigestAlgorithm, PublicKey, RpkiSignatureAlgorithm, Signer};
use rpki::repository::aspa::AspaBuilder;
use rpki::repository::cert::{ExtendedKeyUsage, KeyUsage, Overclaim, TbsCert};
use rpki::repository::crl::{CrlEntry, TbsCertList};
use rpki::repository::manifest::{FileAndHash, ManifestContent};
use rpki::repository::resources::{AsBlock, Asn, IpBlock, Prefix};
use rpki::repository::roa::RoaBuilder;
use rpki::repository::sigobj::SignedObjectBuilder;
use rpki::repository::x509::{Name, SignedData, Time, Validity};
use rpki::uri;

use super::keys::keys;
use crate::inspect::tree::{Anchor, Options, Tree, engine, walk};

/// The time of all tests: 2026-01-01, midnight.
pub(super) const NOW: i64 = 1_767_225_600;

pub(super) fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

/// Returns the time so many hours from now.
pub(super) fn hour(hours: i64) -> Time {
    engine::time(Timestamp::from_second(NOW + hours * 3600).unwrap())
}

/// Returns a validity between hours from now.
pub(super) fn hours((from, to): (i64, i64)) -> Validity {
    Validity::new(hour(from), hour(to))
}

pub(super) fn rsync(uri: &str) -> uri::Rsync {
    uri::Rsync::from_slice(uri.as_bytes()).unwrap()
}

/// What a certificate holds: IPv4 and IPv6 prefixes or ranges, AS numbers; `inherit` for all of the issuer's.
#[derive(Clone, Debug)]
pub(super) struct Holds {
    pub(super) v4: &'static str,
    pub(super) v6: &'static str,
    pub(super) asns: &'static str,
}

pub(super) const EVERYTHING: Holds = Holds {
    v4: "0.0.0.0/0",
    v6: "::/0",
    asns: "AS0-AS4294967295",
};

pub(super) const INHERIT: Holds = Holds {
    v4: "inherit",
    v6: "inherit",
    asns: "inherit",
};

pub(super) fn v4(prefixes: &'static str) -> Holds {
    Holds {
        v4: prefixes,
        v6: "",
        asns: "",
    }
}

/// Puts resources into a certificate.
pub(super) fn hold(tbs: &mut TbsCert, holds: &Holds) {
    let list = |text: &'static str| text.split(',').map(str::trim).filter(|t| !t.is_empty());
    match holds.v4 {
        "" => {}
        "inherit" => tbs.set_v4_resources_inherit(),
        text => tbs.v4_resources_from_iter(list(text).map(|t| IpBlock::from_v4_str(t).unwrap())),
    }
    match holds.v6 {
        "" => {}
        "inherit" => tbs.set_v6_resources_inherit(),
        text => tbs.v6_resources_from_iter(list(text).map(|t| IpBlock::from_v6_str(t).unwrap())),
    }
    match holds.asns {
        "" => {}
        "inherit" => tbs.set_as_resources_inherit(),
        text => tbs.as_resources_from_iter(list(text).map(|t| t.parse::<AsBlock>().unwrap())),
    }
}

/// A capture that is being made.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    pub(super) objects: HashMap<String, Bytes>,
    pub(super) certificate: Bytes,
    pub(super) key: Vec<u8>,
}

impl World {
    pub(super) fn anchor(&self) -> Anchor {
        Anchor {
            name: "test".to_owned(),
            uris: Vec::new(),
            uri: "rsync://rpki.example/repo/ta.cer".to_owned(),
            key: Some(self.key.clone()),
            certificate: self.certificate.clone(),
        }
    }

    pub(super) fn walk(&self) -> Tree {
        self.walk_by(&Options::default())
    }

    pub(super) fn walk_by(&self, options: &Options) -> Tree {
        walk(&self.anchor(), &self.objects, now(), options)
    }
}

/// How a CA publishes; times are hours from now.
pub(super) struct Publish {
    pub(super) manifest: (i64, i64),
    pub(super) ee: (i64, i64),
    pub(super) crl: (i64, i64),
    /// What the manifest says at the end about names and hashes.
    pub(super) list: fn(&mut Vec<(String, Vec<u8>)>),
    /// The CRL that the manifest's certificate names; `None` for the right one.
    pub(super) manifest_crl: Option<String>,
    /// Whether the manifest's own certificate is revoked.
    pub(super) revoke_manifest: bool,
    /// Which CA's key signs the CRL; `None` for its own.
    pub(super) crl_key: Option<usize>,
}

impl Default for Publish {
    fn default() -> Self {
        Self {
            manifest: (-1, 24),
            ee: (-1, 24),
            crl: (-1, 24),
            list: |_| {},
            manifest_crl: None,
            revoke_manifest: false,
            crl_key: None,
        }
    }
}

/// A CA that is being filled.
#[derive(Clone, Debug)]
pub(super) struct Issuer {
    pub(super) key: KeyId,
    pub(super) public: PublicKey,
    pub(super) point: String,
    pub(super) cert_uri: String,
    pub(super) notify: Option<&'static str>,
    pub(super) serial: u64,
    pub(super) files: Vec<(String, Bytes)>,
    pub(super) revoked: Vec<u64>,
}

impl Issuer {
    /// Makes a CA with one of the keys, which publishes in a folder of `rpki.example`.
    pub(super) fn new(key: usize, folder: &str) -> Self {
        Self::at(key, &format!("rsync://rpki.example/repo/{folder}/"))
    }

    pub(super) fn at(key: usize, point: &str) -> Self {
        let key = keys().cas[key];
        Self {
            key,
            public: keys().public(key),
            point: point.to_owned(),
            cert_uri: "rsync://rpki.example/repo/ta.cer".to_owned(),
            notify: Some("https://rpki.example/rrdp/notification.xml"),
            serial: 10,
            files: Vec::new(),
            revoked: Vec::new(),
        }
    }

    /// Makes a trust anchor with the first key that holds everything, and its certificate.
    pub(super) fn anchor(world: &mut World) -> Self {
        Self::anchor_with(world, |_| {})
    }

    pub(super) fn anchor_with(world: &mut World, change: impl FnOnce(&mut TbsCert)) -> Self {
        let anchor = Self::new(0, "ta");
        let mut tbs = anchor.certificate(&anchor, (-1000, 9000), 1);
        hold(&mut tbs, &EVERYTHING);
        change(&mut tbs);
        let cert = tbs.into_cert(keys(), &anchor.key).unwrap();
        world.certificate = cert.to_captured().into_bytes();
        world.key = anchor.public.to_info_bytes().to_vec();
        anchor
    }

    /// Returns the certificate of another CA without resources and without what only an issued one has.
    fn certificate(&self, of: &Self, valid: (i64, i64), serial: u64) -> TbsCert {
        let mut tbs = TbsCert::new(
            serial.into(),
            self.public.to_subject_name(),
            hours(valid),
            None,
            of.public.clone(),
            KeyUsage::Ca,
            Overclaim::Refuse,
        );
        tbs.set_basic_ca(Some(true));
        tbs.set_ca_repository(Some(rsync(&of.point)));
        tbs.set_rpki_manifest(Some(rsync(&of.uri(&of.name("mft")))));
        let notify = of
            .notify
            .map(|n| uri::Https::from_slice(n.as_bytes()).unwrap());
        tbs.set_rpki_notify(notify);
        tbs
    }

    pub(super) fn name(&self, ending: &str) -> String {
        format!("{}.{ending}", self.public.key_identifier())
    }

    pub(super) fn uri(&self, name: &str) -> String {
        format!("{}{name}", self.point)
    }

    pub(super) fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// Certifies another CA.
    pub(super) fn certify(&mut self, child: &mut Self, holds: &Holds) {
        self.certify_with(child, holds, |_| {});
    }

    pub(super) fn certify_with(
        &mut self,
        child: &mut Self,
        holds: &Holds,
        change: impl FnOnce(&mut TbsCert),
    ) {
        let name = child.name("cer");
        self.certify_as(&name, child, holds, change);
    }

    pub(super) fn certify_as(
        &mut self,
        name: &str,
        child: &mut Self,
        holds: &Holds,
        change: impl FnOnce(&mut TbsCert),
    ) {
        let serial = self.next_serial();
        let mut tbs = self.certificate(child, (-1000, 9000), serial);
        tbs.set_authority_key_identifier(Some(self.public.key_identifier()));
        tbs.set_crl_uri(Some(rsync(&self.uri(&self.name("crl")))));
        tbs.set_ca_issuer(Some(rsync(&self.cert_uri)));
        hold(&mut tbs, holds);
        change(&mut tbs);
        let cert = tbs.into_cert(keys(), &self.key).unwrap();
        child.cert_uri = self.uri(name);
        self.add(name, cert.to_captured().into_bytes());
    }

    pub(super) fn add(&mut self, name: &str, octets: Bytes) {
        self.files.push((name.to_owned(), octets));
    }

    /// Begins a signed object.
    pub(super) fn object(&mut self, name: &str) -> SignedObjectBuilder {
        let serial = self.next_serial();
        let mut builder = SignedObjectBuilder::new(
            serial.into(),
            hours((-1, 9000)),
            rsync(&self.uri(&self.name("crl"))),
            rsync(&self.cert_uri),
            rsync(&self.uri(name)),
        );
        builder.set_signing_time(hour(-1));
        builder
    }

    /// Adds a ROA; prefixes are `10.0.0.0/8` or `10.0.0.0/8-24`.
    pub(super) fn roa(&mut self, name: &str, asn: u32, prefixes: &[&str]) -> u64 {
        self.roa_with(name, asn, prefixes, |_| {})
    }

    pub(super) fn roa_with(
        &mut self,
        name: &str,
        asn: u32,
        prefixes: &[&str],
        change: impl FnOnce(&mut SignedObjectBuilder),
    ) -> u64 {
        let mut object = self.object(name);
        change(&mut object);
        let mut roa = RoaBuilder::new(Asn::from_u32(asn));
        for prefix in prefixes {
            let (prefix, longest) = prefix
                .split_once('-')
                .map_or((*prefix, None), |(p, l)| (p, Some(l)));
            let (address, length) = prefix.split_once('/').unwrap();
            let longest = longest.map(|l| l.parse().unwrap());
            let length = length.parse().unwrap();
            match address.parse().unwrap() {
                std::net::IpAddr::V4(address) => roa.push_v4_addr(address, length, longest),
                std::net::IpAddr::V6(address) => roa.push_v6_addr(address, length, longest),
            }
        }
        let roa = roa.finalize(object, keys(), &self.key).unwrap();
        self.add(name, roa.to_captured().into_bytes());
        self.serial
    }

    pub(super) fn aspa(&mut self, name: &str, customer: u32, providers: &[u32]) {
        let object = self.object(name);
        let providers: Vec<Asn> = providers.iter().map(|p| Asn::from_u32(*p)).collect();
        let aspa = AspaBuilder::new(Asn::from_u32(customer), providers).unwrap();
        let aspa = aspa.finalize(object, keys(), &self.key).unwrap();
        self.add(name, aspa.to_captured().into_bytes());
    }

    /// Adds a signed object with any content, whose certificate inherits everything.
    pub(super) fn any(&mut self, name: &str, kind: u8, content: &'static [u8]) {
        self.any_with(name, kind, content, |object| {
            object.set_v4_resources_inherit();
            object.set_v6_resources_inherit();
            object.set_as_resources_inherit();
        });
    }

    pub(super) fn any_with(
        &mut self,
        name: &str,
        kind: u8,
        content: &'static [u8],
        change: impl FnOnce(&mut SignedObjectBuilder),
    ) {
        let mut object = self.object(name);
        change(&mut object);
        let mut oid = vec![42, 134, 72, 134, 247, 13, 1, 9, 16, 1];
        oid.push(kind);
        let oid = Oid(Bytes::from(oid));
        let object = object.finalize(oid, Bytes::from_static(content), keys(), &self.key);
        let octets = object.unwrap().encode_ref().to_captured(Mode::Der);
        self.add(name, octets.into_bytes());
    }

    /// Adds a router certificate for an AS.
    pub(super) fn router(&mut self, asn: u32, change: impl FnOnce(&mut TbsCert)) {
        let spki = data_encoding::HEXLOWER.decode(EC_SPKI.as_bytes()).unwrap();
        let mut tbs = TbsCert::new(
            self.next_serial().into(),
            self.public.to_subject_name(),
            hours((-1, 9000)),
            Some(router_name(asn)),
            PublicKey::decode(spki.as_slice()).unwrap(),
            KeyUsage::Ee,
            Overclaim::Refuse,
        );
        tbs.set_authority_key_identifier(Some(self.public.key_identifier()));
        tbs.set_extended_key_usage(Some(ExtendedKeyUsage::create_router()));
        tbs.set_crl_uri(Some(rsync(&self.uri(&self.name("crl")))));
        tbs.set_ca_issuer(Some(rsync(&self.cert_uri)));
        tbs.build_as_resource_blocks(|blocks| blocks.push(Asn::from_u32(asn)));
        change(&mut tbs);
        let cert = tbs.into_cert(keys(), &self.key).unwrap();
        self.add(
            &format!("ROUTER-{asn:08X}.cer"),
            cert.to_captured().into_bytes(),
        );
    }

    pub(super) fn publish(&mut self, world: &mut World) {
        self.publish_with(world, &Publish::default());
    }

    /// Signs CRL and manifest and puts everything into the capture.
    pub(super) fn publish_with(&mut self, world: &mut World, how: &Publish) {
        let manifest_serial = self.next_serial();
        let mut revoked = self.revoked.clone();
        if how.revoke_manifest {
            revoked.push(manifest_serial);
        }
        let entry = |serial: &u64| CrlEntry::new((*serial).into(), hour(-1));
        let crl = TbsCertList::new(
            RpkiSignatureAlgorithm::default(),
            self.public.to_subject_name(),
            hour(how.crl.0),
            hour(how.crl.1),
            revoked.iter().map(entry).collect::<Vec<_>>(),
            self.public.key_identifier(),
            7_u64.into(),
        );
        let crl_key = how.crl_key.map_or(self.key, |key| keys().cas[key]);
        let crl = crl
            .into_crl(keys(), &crl_key)
            .unwrap()
            .to_captured()
            .into_bytes();
        let name = self.name("crl");
        self.add(&name, crl);
        self.files.sort();
        let sha = DigestAlgorithm::default();
        let hash =
            |(name, octets): &(String, Bytes)| (name.clone(), sha.digest(octets).as_ref().to_vec());
        let mut list: Vec<_> = self.files.iter().map(hash).collect();
        (how.list)(&mut list);
        let list: Vec<_> = list
            .into_iter()
            .map(|(name, hash)| FileAndHash::new(name, hash))
            .collect();
        let manifest_name = self.name("mft");
        let mut object = self.object(&manifest_name);
        object.set_serial_number(manifest_serial.into());
        object.set_validity(hours(how.ee));
        object.set_signing_time(hour(how.manifest.0));
        if let Some(uri) = &how.manifest_crl {
            object.set_crl_uri(rsync(uri));
        }
        let (from, to) = (hour(how.manifest.0), hour(how.manifest.1));
        let manifest = ManifestContent::new(5_u64.into(), from, to, sha, list.iter());
        let manifest = manifest.into_manifest(object, keys(), &self.key).unwrap();
        let manifest = manifest.to_captured().into_bytes();
        world.objects.insert(self.uri(&manifest_name), manifest);
        for (name, octets) in &self.files {
            world.objects.insert(self.uri(name), octets.clone());
        }
    }
}

/// The generator of P-256 as a subject public key info; nobody signs with it.
const EC_SPKI: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

/// Returns the subject's name of a router certificate (RFC 8209 section 3.1.1).
fn router_name(asn: u32) -> Name {
    use bcder::encode::{self, PrimitiveContent as _};
    let name = format!("ROUTER-{asn:08X}");
    let name = name.as_bytes().encode_as(bcder::Tag::PRINTABLE_STRING);
    let name = encode::sequence((rpki::oid::AT_COMMON_NAME.encode(), name));
    let name = encode::sequence(encode::set(name)).to_captured(Mode::Der);
    Mode::Der
        .decode(name.into_bytes(), |cons| Name::take_from(cons))
        .unwrap()
}

/// Replaces octets in the signed part of a certificate or CRL, and signs it anew.
pub(super) fn resign(key: usize, der: &[u8], from: &[u8], to: &[u8]) -> Bytes {
    let signed = SignedData::<RpkiSignatureAlgorithm>::decode(der).unwrap();
    let mut octets = signed.data().as_slice().to_vec();
    let at = octets.windows(from.len()).position(|w| w == from).unwrap();
    octets[at..at + from.len()].copy_from_slice(to);
    let data = Mode::Der
        .decode(Bytes::from(octets), |cons| cons.capture_one())
        .unwrap();
    let Ok(signature) = keys().sign(&keys().cas[key], RpkiSignatureAlgorithm::default(), &data)
    else {
        panic!("the key does not sign");
    };
    SignedData::new(data, signature)
        .encode_ref()
        .to_captured(Mode::Der)
        .into_bytes()
}

/// Returns an IPv4 prefix as the library has it.
pub(super) fn prefix(text: &str) -> Prefix {
    Prefix::from_v4_str(text).unwrap()
}
