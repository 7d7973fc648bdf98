//! What became of objects and of publication points: closed sets of words.

use std::fmt;

/// Declares a closed set of words: an enum with its spelling outside and a sentence for each.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $text:literal: $sentence:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = $sentence] $variant,)+
        }

        impl $name {
            /// All words of the set, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the word as it stands in files and reports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Returns the sentence that explains the word.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

pub(super) use words;

words! {
    /// What an object is, by its place and the ending of its name (RFC 6481 section 7).
    Kind {
        TrustAnchor = "trust-anchor": "The self-signed certificate of a trust anchor.",
        CaCertificate = "ca-certificate": "A certificate of a certification authority.",
        RouterCertificate = "router-certificate": "The certificate of a router.",
        Crl = "crl": "A certificate revocation list.",
        Manifest = "manifest": "A manifest.",
        Roa = "roa": "A route origin authorization.",
        Aspa = "aspa": "An autonomous system provider authorization.",
        Tak = "tak": "A trust anchor key object.",
        Gbr = "gbr": "A Ghostbusters record.",
        Rsc = "rsc": "A signed checklist.",
        Spl = "spl": "A signed prefix list.",
        Rdc = "rdc": "A consensus of trust anchors.",
        Other = "other": "A file whose ending is not known.",
    }
}

impl Kind {
    /// Returns the kind a file's name says; of certificates only that they are one of a CA.
    pub fn of_name(name: &str) -> Self {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        match ending {
            "cer" => Self::CaCertificate,
            "crl" => Self::Crl,
            "mft" => Self::Manifest,
            "roa" => Self::Roa,
            "asa" => Self::Aspa,
            "tak" => Self::Tak,
            "gbr" => Self::Gbr,
            "sig" => Self::Rsc,
            "spl" => Self::Spl,
            "rdc" => Self::Rdc,
            _ => Self::Other,
        }
    }

    /// Returns the last component of the eContentType `1.2.840.113549.1.9.16.1.x` (IANA, "RPKI
    /// Signed Objects"); `None` for what is no signed object, or has none assigned yet.
    pub(super) const fn content_type(self) -> Option<u8> {
        match self {
            Self::Roa => Some(24),
            Self::Manifest => Some(26),
            Self::Gbr => Some(35),
            Self::Rsc => Some(48),
            Self::Aspa => Some(49),
            Self::Tak => Some(50),
            Self::Spl => Some(51),
            Self::Rdc
            | Self::TrustAnchor
            | Self::CaCertificate
            | Self::RouterCertificate
            | Self::Crl
            | Self::Other => None,
        }
    }
}

words! {
    /// Why an object does not count.
    Reason {
        Missing = "missing": "It is listed, and the capture does not have it.",
        HashMismatch = "hash-mismatch": "Its octets do not have the hash that the manifest lists.",
        TooLarge = "too-large": "It has more octets than are read.",
        Syntax = "syntax": "It is not the DER of such an object.",
        ContentType = "content-type": "Its eContentType is not that of its kind.",
        Content = "content": "Its content does not follow the profile.",
        Profile = "profile": "Its certificate does not follow the profile.",
        Algorithm = "algorithm": "A key is not RSA with 2048 bits and exponent 65537.",
        TalKey = "tal-key": "The certificate's key is not the one in the trust anchor locator.",
        Issuer = "issuer": "It names another issuer than the CA that lists it.",
        Signature = "signature": "The signature over the object does not verify.",
        CertificateSignature = "certificate-signature": "The issuer's signature does not verify.",
        NotYetValid = "not-yet-valid": "Its certificate begins to be valid later.",
        Expired = "expired": "Its certificate has expired.",
        Premature = "premature": "Its thisUpdate is in the future.",
        Stale = "stale": "Its nextUpdate has passed.",
        Revoked = "revoked": "Its certificate is on the CRL.",
        CrlName = "crl-name": "Its certificate names another CRL than the one on the manifest.",
        Overclaim = "overclaim": "Its certificate claims resources that its issuer does not have.",
        Uncovered = "uncovered": "It speaks about resources that its certificate does not have.",
        Placement = "placement": "Such an object may not stand here.",
        Circle = "circle": "The key it certifies stands above it.",
        TooDeep = "too-deep": "It lies deeper below the trust anchor than is walked.",
        TooManyCas = "too-many-cas": "The tree has more CAs than are walked.",
        TooManyForKey = "too-many-for-key": "Its key has more certificates than are walked.",
        TooManyPayloads = "too-many-payloads": "The tree has more payloads than are kept.",
        Engine = "engine": "The library that checks signatures gave up on it; our fault.",
    }
}

words! {
    /// Why a publication point was dropped whole (RFC 9286 section 6).
    Failure {
        UnreachableRepository = "unreachable-repository": "Its repository could not be captured.",
        ManifestMissing = "manifest-missing": "There is no manifest where the CA certificate says.",
        ManifestInvalid = "manifest-invalid": "The manifest is not valid.",
        ManifestPremature = "manifest-premature": "The manifest's thisUpdate is in the future.",
        ManifestStale = "manifest-stale": "The manifest's nextUpdate has passed.",
        ManifestRevoked = "manifest-revoked": "The manifest's certificate is on the CRL.",
        CrlUnlisted = "crl-unlisted": "The manifest lists no CRL.",
        CrlAmbiguous = "crl-ambiguous": "The manifest lists more than one CRL.",
        CrlName = "crl-name": "The manifest's certificate names another CRL than the manifest lists.",
        CrlMissing = "crl-missing": "The capture does not have the CRL.",
        CrlInvalid = "crl-invalid": "The CRL is not valid.",
        CrlPremature = "crl-premature": "The CRL's thisUpdate is in the future.",
        CrlStale = "crl-stale": "The CRL's nextUpdate has passed.",
        FileMissing = "file-missing": "The capture does not have a listed file.",
        HashMismatch = "hash-mismatch": "A listed file does not have its hash.",
        TooLarge = "too-large": "A file has more octets than are read.",
        TooManyEntries = "too-many-entries": "The manifest lists more files than are read.",
        TooManyObjects = "too-many-objects": "The tree has more objects than are read.",
    }
}

impl Failure {
    /// Says whether there is no manifest that holds; of the others it is read and names what is wrong.
    pub const fn is_of_manifest(self) -> bool {
        match self {
            Self::UnreachableRepository
            | Self::ManifestMissing
            | Self::ManifestInvalid
            | Self::ManifestPremature
            | Self::ManifestStale
            | Self::ManifestRevoked => true,
            Self::CrlUnlisted
            | Self::CrlAmbiguous
            | Self::CrlName
            | Self::CrlMissing
            | Self::CrlInvalid
            | Self::CrlPremature
            | Self::CrlStale
            | Self::FileMissing
            | Self::HashMismatch
            | Self::TooLarge
            | Self::TooManyEntries
            | Self::TooManyObjects => false,
        }
    }
}

/// Why an object does not count, and what exactly was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason, of a closed set.
    pub reason: Reason,
    /// What was seen, for a reader: lower case, no full stop.
    pub words: Box<str>,
}

impl Refusal {
    /// Joins a reason and words.
    pub(super) fn new(reason: Reason, words: impl Into<String>) -> Self {
        Self {
            reason,
            words: words.into().into_boxed_str(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.words)
    }
}

/// What became of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is valid and counts.
    Accepted,
    /// It does not count, for a reason of its own.
    Refused(Box<Refusal>),
    /// It does not count because its publication point was dropped; whether it is valid is not said.
    Dropped,
    /// It is listed and there, and nothing is known about its kind.
    Ignored,
}

impl Outcome {
    /// Returns the word for it: `accepted`, `refused`, `dropped` or `ignored`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused(_) => "refused",
            Self::Dropped => "dropped",
            Self::Ignored => "ignored",
        }
    }

    /// Returns why it was refused; `None` if it was not.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Accepted | Self::Dropped | Self::Ignored => None,
        }
    }

    /// Returns the reason of a refusal; `None` if it was not refused.
    pub fn reason(&self) -> Option<Reason> {
        self.refusal().map(|refusal| refusal.reason)
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// What became of a certification authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaOutcome {
    /// Its certificate is valid and its publication point is whole.
    Accepted,
    /// Its certificate was refused; nothing was asked of its publication point.
    Refused(Box<Refusal>),
    /// Its certificate is valid, its publication point was dropped.
    Failed {
        /// Why, of a closed set.
        failure: Failure,
        /// What exactly was seen, and at which file.
        words: Box<str>,
    },
    /// It does not count because the publication point that lists its certificate was dropped.
    Dropped,
    /// The walk was cancelled before it came here.
    NotWalked,
}

impl CaOutcome {
    /// Returns the word for it: `accepted`, `refused`, `failed`, `dropped` or `not-walked`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused(_) => "refused",
            Self::Failed { .. } => "failed",
            Self::Dropped => "dropped",
            Self::NotWalked => "not-walked",
        }
    }

    /// Returns why its publication point was dropped; `None` if it was not.
    pub const fn failure(&self) -> Option<Failure> {
        match self {
            Self::Failed { failure, .. } => Some(*failure),
            Self::Accepted | Self::Refused(_) | Self::Dropped | Self::NotWalked => None,
        }
    }

    /// Returns the words of the closed sets in one: `failed/manifest-stale`, `refused/expired`.
    pub fn name(&self) -> String {
        let word = self.as_str();
        match self {
            Self::Refused(refusal) => format!("{word}/{}", refusal.reason),
            Self::Failed { failure, .. } => format!("{word}/{failure}"),
            Self::Accepted | Self::Dropped | Self::NotWalked => word.to_owned(),
        }
    }

    /// Says whether its certificate is valid, whatever became of its publication point.
    pub const fn is_certified(&self) -> bool {
        match self {
            Self::Accepted | Self::Failed { .. } | Self::NotWalked => true,
            Self::Refused(_) | Self::Dropped => false,
        }
    }
}
