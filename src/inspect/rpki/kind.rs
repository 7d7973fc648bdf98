//! The kinds of documents of the RPKI.

use super::certificate::is_router;
use super::{Certificate, der, oid};

/// A kind of document.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A trust anchor locator (RFC 8630): text.
    Tal,
    /// A self-signed CA certificate (RFC 8630, section 2.3).
    TrustAnchor,
    /// A CA certificate (RFC 6487).
    CaCertificate,
    /// A certificate of a BGPsec router (RFC 8209).
    RouterCertificate,
    /// A certificate revocation list (RFC 6487, section 5).
    Crl,
    /// A manifest (RFC 9286).
    Manifest,
    /// A route origin authorization (RFC 9582).
    Roa,
    /// An autonomous system provider authorization (draft-ietf-sidrops-aspa-profile).
    Aspa,
    /// A trust anchor key (RFC 9691).
    Tak,
    /// A Ghostbusters record (RFC 6493).
    Ghostbusters,
    /// A signed checklist (RFC 9323).
    Checklist,
    /// A signed prefix list (draft-ietf-sidrops-rpki-prefixlist).
    PrefixList,
    /// A consensus of trust anchors (draft-nro-sidrops-ta-constraints).
    Consensus,
}

impl Kind {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::Tal,
        Self::TrustAnchor,
        Self::CaCertificate,
        Self::RouterCertificate,
        Self::Crl,
        Self::Manifest,
        Self::Roa,
        Self::Aspa,
        Self::Tak,
        Self::Ghostbusters,
        Self::Checklist,
        Self::PrefixList,
        Self::Consensus,
    ];

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tal => "tal",
            Self::TrustAnchor => "ta",
            Self::CaCertificate => "ca",
            Self::RouterCertificate => "router",
            Self::Crl => "crl",
            Self::Manifest => "manifest",
            Self::Roa => "roa",
            Self::Aspa => "aspa",
            Self::Tak => "tak",
            Self::Ghostbusters => "ghostbusters",
            Self::Checklist => "checklist",
            Self::PrefixList => "prefix-list",
            Self::Consensus => "consensus",
        }
    }

    /// Guesses the kind of a file by its extension; certificates are told apart by their contents.
    ///
    /// A certificate whose issuer is its subject is a trust anchor; one with the extended key
    /// usage of BGPsec routers, or with neither basic constraints nor subject information
    /// access, is a router's, and any other one a CA's. `None` for an extension that no kind has.
    pub fn of_file(name: &str, octets: &[u8]) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        Some(match extension.to_ascii_lowercase().as_str() {
            "tal" => Self::Tal,
            "cer" => Self::of_certificate(octets),
            "crl" => Self::Crl,
            "mft" => Self::Manifest,
            "roa" => Self::Roa,
            "asa" => Self::Aspa,
            "tak" => Self::Tak,
            "gbr" => Self::Ghostbusters,
            "sig" => Self::Checklist,
            "spl" => Self::PrefixList,
            "rdc" => Self::Consensus,
            _ => return None,
        })
    }

    /// Tells certificates apart.
    fn of_certificate(octets: &[u8]) -> Self {
        let mut flaws = Vec::new();
        let whole = der::Reader::new(octets, 0).next();
        let Some(certificate) = whole.map(|item| Certificate::read(&item, "", &mut flaws)) else {
            return Self::CaCertificate;
        };
        let same_name = match (&certificate.issuer, &certificate.subject) {
            (Some(issuer), Some(subject)) => issuer.whole == subject.whole,
            _ => false,
        };
        let publishes = [oid::BASIC_CONSTRAINTS, oid::SUBJECT_ACCESS]
            .iter()
            .any(|id| certificate.extension(id).is_some());
        if is_router(&certificate) {
            Self::RouterCertificate
        } else if same_name {
            Self::TrustAnchor
        } else if !publishes && !certificate.extensions.is_empty() {
            Self::RouterCertificate
        } else {
            Self::CaCertificate
        }
    }

    /// Says whether this is a signed object (RFC 6488).
    pub const fn is_signed(self) -> bool {
        SIGNED.has(self)
    }

    /// Returns the content type of a signed object of this kind; `None` for what is none, and for a
    /// kind whose content type is not assigned yet.
    pub(super) const fn content_type(self) -> Option<&'static [u8]> {
        Some(match self {
            Self::Manifest => oid::MANIFEST,
            Self::Roa => oid::ROA,
            Self::Aspa => oid::ASPA,
            Self::Tak => oid::TAK,
            Self::Ghostbusters => oid::GHOSTBUSTERS,
            Self::Checklist => oid::CHECKLIST,
            Self::PrefixList => oid::PREFIX_LIST,
            Self::Consensus
            | Self::Tal
            | Self::TrustAnchor
            | Self::CaCertificate
            | Self::RouterCertificate
            | Self::Crl => return None,
        })
    }

    const fn bit(self) -> u16 {
        match self {
            Self::Tal => 1,
            Self::TrustAnchor => 1 << 1,
            Self::CaCertificate => 1 << 2,
            Self::RouterCertificate => 1 << 3,
            Self::Crl => 1 << 4,
            Self::Manifest => 1 << 5,
            Self::Roa => 1 << 6,
            Self::Aspa => 1 << 7,
            Self::Tak => 1 << 8,
            Self::Ghostbusters => 1 << 9,
            Self::Checklist => 1 << 10,
            Self::PrefixList => 1 << 11,
            Self::Consensus => 1 << 12,
        }
    }
}

/// A set of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u16);

impl Kinds {
    /// Returns the set of these kinds.
    pub(super) const fn of(kinds: &[Kind]) -> Self {
        let mut bits = 0;
        let mut rest = kinds;
        while let [first, others @ ..] = rest {
            bits |= first.bit();
            rest = others;
        }
        Self(bits)
    }

    /// Returns the kinds of both sets.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Says whether a kind is in the set.
    pub const fn has(self, kind: Kind) -> bool {
        self.0 & kind.bit() != 0
    }
}

/// Signed objects.
pub(super) const SIGNED: Kinds = Kinds::of(&[
    Kind::Manifest,
    Kind::Roa,
    Kind::Aspa,
    Kind::Tak,
    Kind::Ghostbusters,
    Kind::Checklist,
    Kind::PrefixList,
    Kind::Consensus,
]);

/// Certificates that are files of their own.
pub(super) const PUBLISHED: Kinds = Kinds::of(&[
    Kind::TrustAnchor,
    Kind::CaCertificate,
    Kind::RouterCertificate,
]);

/// Certificates of CAs, trust anchors among them.
pub(super) const CAS: Kinds = Kinds::of(&[Kind::TrustAnchor, Kind::CaCertificate]);

/// Everything that is or holds a certificate.
pub(super) const CERTIFIED: Kinds = PUBLISHED.and(SIGNED);

/// Everything that was issued by another key: all with a certificate but trust anchors.
pub(super) const ISSUED: Kinds =
    Kinds::of(&[Kind::CaCertificate, Kind::RouterCertificate]).and(SIGNED);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_name_kinds() {
        #[track_caller]
        fn check(name: &str, expected: Option<Kind>) {
            assert_eq!(Kind::of_file(name, b""), expected, "{name}");
        }
        check("a/b.roa", Some(Kind::Roa));
        check("b.ROA", Some(Kind::Roa));
        check("rsync://h/m/x.mft", Some(Kind::Manifest));
        check("x.cer", Some(Kind::CaCertificate));
        check("x.sig", Some(Kind::Checklist));
        check("x.txt", None);
        check("roa", None);
    }

    #[test]
    fn sets_know_their_kinds() {
        for kind in Kind::ALL {
            let is_typed = kind.content_type().is_some() || *kind == Kind::Consensus;
            assert_eq!(SIGNED.has(*kind), is_typed, "{kind:?}");
            assert_eq!(
                CERTIFIED.has(*kind),
                *kind != Kind::Tal && *kind != Kind::Crl
            );
        }
        assert!(!ISSUED.has(Kind::TrustAnchor) && CAS.has(Kind::TrustAnchor));
    }
}
