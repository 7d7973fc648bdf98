//! JSON documents that are parsed only when somebody looks into them.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A SHA-256 digest, written `sha256:` and 64 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(Arc<str>);

impl Digest {
    /// Returns the digest of some octets.
    pub fn of(octets: &[u8]) -> Self {
        Self::from_hash(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, octets).as_ref())
    }

    /// Returns the digest for the 32 octets of a hash computed elsewhere.
    pub fn from_hash(hash: &[u8]) -> Self {
        Self(Arc::from(format!(
            "sha256:{}",
            data_encoding::HEXLOWER.encode(hash)
        )))
    }

    /// Reads a digest as it is written; `None` if text is none.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("sha256:")?;
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        (hex.len() == 64 && hex.chars().all(is_hex)).then(|| Self(Arc::from(text)))
    }

    /// Returns the digest as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the 64 hex digits.
    pub fn hex(&self) -> &str {
        self.0.strip_prefix("sha256:").unwrap_or(&self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Finds the octets of a document by digest: the bundle, or the memory of a run.
pub trait Documents: fmt::Debug + Send + Sync {
    /// Returns the *decoded* octets of a document; `None` if it is not kept.
    fn load(&self, digest: &Digest) -> Option<bytes::Bytes>;
}

/// A JSON document: a value at hand, or a digest whose document is parsed on first use.
///
/// In a journal it is written as `{"digest": …}` or `{"value": …}`.
#[derive(Clone)]
pub struct Json(Arc<Inner>);

struct Inner {
    digest: Option<Digest>,
    value: OnceLock<Option<serde_json::Value>>,
    documents: Option<Arc<dyn Documents>>,
}

impl Json {
    /// Wraps a value at hand.
    pub fn new(value: serde_json::Value) -> Self {
        Self(Arc::new(Inner {
            digest: None,
            value: OnceLock::from(Some(value)),
            documents: None,
        }))
    }

    /// Wraps a value that is the document with this digest; a journal keeps the digest only.
    pub fn parsed(digest: Digest, value: serde_json::Value) -> Self {
        Self(Arc::new(Inner {
            digest: Some(digest),
            value: OnceLock::from(Some(value)),
            documents: None,
        }))
    }

    /// Wraps a document that `documents` will load on first use.
    pub fn lazy(digest: Digest, documents: Arc<dyn Documents>) -> Self {
        Self(Arc::new(Inner {
            digest: Some(digest),
            value: OnceLock::new(),
            documents: Some(documents),
        }))
    }

    /// Returns the document's digest; `None` for a value that is no document.
    pub fn digest(&self) -> Option<&Digest> {
        self.0.digest.as_ref()
    }

    /// Returns the value, parsed on first use; `None` if the document is not kept or not JSON.
    pub fn get(&self) -> Option<&serde_json::Value> {
        self.0
            .value
            .get_or_init(|| {
                let bytes = self.0.documents.as_ref()?.load(self.0.digest.as_ref()?)?;
                serde_json::from_slice(&bytes).ok()
            })
            .as_ref()
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.digest, self.0.value.get()) {
            (Some(digest), _) => write!(f, "Json({digest})"),
            (None, Some(Some(value))) => write!(f, "Json({value})"),
            (None, _) => f.write_str("Json(absent)"),
        }
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        match (self.digest(), other.digest()) {
            (Some(a), Some(b)) if a == b => true,
            _ => self.get() == other.get(),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Written {
    Digest(Digest),
    Value(serde_json::Value),
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.digest() {
            Some(digest) => Written::Digest(digest.clone()),
            None => Written::Value(self.get().cloned().unwrap_or_default()),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Value(value) => Self::new(value),
            Written::Digest(digest) => Self(Arc::new(Inner {
                digest: Some(digest),
                value: OnceLock::new(),
                documents: None,
            })),
        })
    }
}
