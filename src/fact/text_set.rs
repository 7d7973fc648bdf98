//! Sets of texts, which may be large: a list in a journal, or a document beside it.

use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::json::{Digest, Documents};

/// Largest set that is written whole into a journal, in octets; ours, so that a line stays a line.
const LARGEST_INLINE: u64 = 16 * 1024;

/// A set of texts in ascending order of their octets.
///
/// It is one document with a line for each text, so that half a million cost their octets and
/// four more each. In a journal a small one is written as `{"items": […]}`, a larger one as
/// digest, number and size; its document is kept as evidence and read on first use.
#[derive(Clone)]
pub struct TextSet(Arc<Inner>);

struct Inner {
    digest: Digest,
    count: u64,
    bytes: u64,
    lines: OnceLock<Option<Lines>>,
    documents: Option<Arc<dyn Documents>>,
}

/// The texts.
struct Lines {
    octets: Bytes,
    /// Where each line ends; its line feed is not part of it.
    ends: Vec<u32>,
}

impl Lines {
    /// Reads a document; `None` if it has other than lines of UTF-8 in ascending order, each once.
    fn read(octets: Bytes) -> Option<Self> {
        std::str::from_utf8(&octets).ok()?;
        let mut ends = Vec::new();
        for (at, octet) in octets.iter().enumerate() {
            if *octet == b'\n' {
                ends.push(u32::try_from(at).ok()?);
            }
        }
        let lines = Self { octets, ends };
        let last = lines.ends.last().map_or(0, |end| wide(*end) + 1);
        let is_whole = last == lines.octets.len();
        let is_sorted = (1..lines.ends.len()).all(|at| lines.get(at - 1) < lines.get(at));
        (is_whole && is_sorted).then_some(lines)
    }

    fn get(&self, at: usize) -> Option<&str> {
        let end = wide(*self.ends.get(at)?);
        let start = match at.checked_sub(1) {
            Some(before) => wide(*self.ends.get(before)?) + 1,
            None => 0,
        };
        std::str::from_utf8(self.octets.get(start..end)?).ok()
    }
}

fn wide(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl TextSet {
    /// Returns the set of some texts; a line feed within one is replaced by a space.
    pub fn of(texts: impl IntoIterator<Item = String>) -> Self {
        let mut texts: Vec<String> = texts
            .into_iter()
            .map(|text| match text.contains('\n') {
                true => text.replace('\n', " "),
                false => text,
            })
            .collect();
        texts.sort_unstable();
        texts.dedup();
        Self::of_sorted(texts.iter().map(String::as_str))
    }

    /// Returns the set of texts that are in ascending order, each once, without line feeds.
    fn of_sorted<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut octets = Vec::new();
        let mut ends = Vec::new();
        for text in texts {
            octets.extend_from_slice(text.as_bytes());
            // More than 4 GiB of texts are no set that anybody has.
            ends.push(u32::try_from(octets.len()).unwrap_or(u32::MAX));
            octets.push(b'\n');
        }
        let octets = Bytes::from(octets);
        Self(Arc::new(Inner {
            digest: Digest::of(&octets),
            count: u64::try_from(ends.len()).unwrap_or(u64::MAX),
            bytes: u64::try_from(octets.len()).unwrap_or(u64::MAX),
            lines: OnceLock::from(Some(Lines { octets, ends })),
            documents: None,
        }))
    }

    fn lazy(written: &Written, documents: Option<Arc<dyn Documents>>) -> Self {
        Self(Arc::new(Inner {
            digest: written.digest.clone(),
            count: written.count,
            bytes: written.bytes,
            lines: OnceLock::new(),
            documents,
        }))
    }

    fn lines(&self) -> Option<&Lines> {
        let load = || {
            let octets = self.0.documents.as_ref()?.load(&self.0.digest)?;
            Lines::read(octets).filter(|lines| u64::try_from(lines.ends.len()) == Ok(self.0.count))
        };
        self.0.lines.get_or_init(load).as_ref()
    }

    /// Lets a set read from a journal find its document.
    pub(super) fn attach(&mut self, documents: &Arc<dyn Documents>) {
        if self.0.lines.get().is_none_or(Option::is_none) {
            let written = self.written();
            *self = Self::lazy(&written, Some(Arc::clone(documents)));
        }
    }

    /// Says whether its texts are at hand; without them it has no items, and only its number and digest are known.
    pub fn is_kept(&self) -> bool {
        self.lines().is_some()
    }

    /// Returns the SHA-256 of its document: a line for each text.
    pub fn digest(&self) -> &Digest {
        &self.0.digest
    }

    /// Returns the number of texts.
    pub fn len(&self) -> usize {
        usize::try_from(self.0.count).unwrap_or(usize::MAX)
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.count == 0
    }

    /// Says whether a journal holds the digest only.
    pub fn is_large(&self) -> bool {
        self.0.bytes > LARGEST_INLINE
    }

    /// Returns the document that has to be kept beside the journal; `None` if the journal holds the whole set.
    pub fn document(&self) -> Option<&Bytes> {
        let lines = self.lines().filter(|_| self.is_large())?;
        Some(&lines.octets)
    }

    /// Returns a text by its place in the order; `None` behind the last.
    pub fn get(&self, at: usize) -> Option<&str> {
        self.lines()?.get(at)
    }

    /// Iterates over the texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let lines = self.lines();
        let count = lines.map_or(0, |lines| lines.ends.len());
        (0..count).filter_map(move |at| lines?.get(at))
    }

    /// Says whether a text is among them.
    pub fn contains(&self, text: &str) -> bool {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle).map(|found| found.cmp(text)) {
                None => return false,
                Some(Ordering::Equal) => return true,
                Some(Ordering::Less) => low = middle + 1,
                Some(Ordering::Greater) => high = middle,
            }
        }
        false
    }

    /// Returns what is here and not there.
    pub fn minus(&self, other: &Self) -> Self {
        self.select(other, |side| side == Ordering::Less)
    }

    /// Returns what is here and there.
    pub fn intersect(&self, other: &Self) -> Self {
        self.select(other, |side| side == Ordering::Equal)
    }

    /// Returns what is here or there.
    pub fn union(&self, other: &Self) -> Self {
        self.select(other, |_| true)
    }

    /// Merges two sets; `wanted` is told whether a text is here only (`Less`), in both or there only.
    fn select(&self, other: &Self, wanted: impl Fn(Ordering) -> bool) -> Self {
        let (mut ours, mut theirs) = (self.iter().peekable(), other.iter().peekable());
        Self::of_sorted(std::iter::from_fn(move || {
            loop {
                let side = match (ours.peek(), theirs.peek()) {
                    (None, None) => return None,
                    (Some(_), None) => Ordering::Less,
                    (None, Some(_)) => Ordering::Greater,
                    (Some(a), Some(b)) => a.cmp(b),
                };
                let text = match side {
                    Ordering::Less => ours.next(),
                    Ordering::Greater => theirs.next(),
                    Ordering::Equal => {
                        theirs.next();
                        ours.next()
                    }
                };
                if wanted(side) {
                    return text;
                }
            }
        }))
    }

    fn written(&self) -> Written {
        Written {
            digest: self.0.digest.clone(),
            count: self.0.count,
            bytes: self.0.bytes,
        }
    }
}

impl PartialEq for TextSet {
    fn eq(&self, other: &Self) -> bool {
        self.0.digest == other.0.digest
    }
}

impl Eq for TextSet {}

impl fmt::Debug for TextSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TextSet({} texts, {})", self.0.count, self.0.digest)
    }
}

/// Most texts that are shown.
const SHOWN: usize = 10;

impl fmt::Display for TextSet {
    /// Writes the first texts and how many more there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, text) in self.iter().take(SHOWN).enumerate() {
            let between = if at > 0 { ", " } else { "" };
            write!(f, "{between}{text}")?;
        }
        match self.len().checked_sub(SHOWN) {
            _ if !self.is_kept() => write!(f, "{} texts that are not kept", self.0.count),
            None | Some(0) => Ok(()),
            Some(more) => write!(f, " and {more} more"),
        }
    }
}

/// A set whose document is elsewhere.
#[derive(Serialize, Deserialize)]
struct Written {
    digest: Digest,
    count: u64,
    bytes: u64,
}

/// A set as a journal holds it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Read {
    Whole { items: Vec<String> },
    Elsewhere(Written),
}

impl Serialize for TextSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        if self.is_large() || !self.is_kept() {
            return self.written().serialize(serializer);
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("items", &self.iter().collect::<Vec<_>>())?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for TextSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Read::deserialize(deserializer)? {
            Read::Whole { items } => Self::of(items),
            Read::Elsewhere(written) => Self::lazy(&written, None),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> TextSet {
        TextSet::of(text.split_whitespace().map(str::to_owned))
    }

    fn large() -> TextSet {
        TextSet::of((0..20_000).map(|number| format!("{number:05}")))
    }

    #[test]
    fn texts_are_in_order_and_each_once() {
        let seen = set("b a c a");
        assert_eq!(seen.iter().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!((seen.len(), seen.get(1), seen.get(3)), (3, Some("b"), None));
        assert!(seen.contains("a") && seen.contains("c") && !seen.contains("ab"));
        assert_eq!(seen, set("c b a"));
        assert_ne!(seen, set("c b"));
        assert!(set("").is_empty() && !set("").contains(""));
        assert_eq!(TextSet::of(["a\nb".to_owned()]).get(0), Some("a b"));
    }

    #[test]
    fn sets_are_merged_in_one_pass() {
        let (a, b) = (set("a b d"), set("b c"));
        assert_eq!(a.minus(&b), set("a d"));
        assert_eq!(b.minus(&a), set("c"));
        assert_eq!(a.intersect(&b), set("b"));
        assert_eq!(a.union(&b), set("a b c d"));
        assert_eq!(a.minus(&set("")), a);
    }

    #[test]
    fn a_small_set_is_written_whole() {
        let text = serde_json::to_string(&set("b a")).unwrap();
        assert_eq!(text, r#"{"items":["a","b"]}"#);
        let again: TextSet = serde_json::from_str(&text).unwrap();
        assert_eq!((again.get(0), again.document()), (Some("a"), None));
        let none = serde_json::to_string(&set("")).unwrap();
        assert!(serde_json::from_str::<TextSet>(&none).unwrap().is_kept());
    }

    /// Holds one document.
    #[derive(Debug)]
    struct One(Digest, Bytes);

    impl Documents for One {
        fn load(&self, digest: &Digest) -> Option<Bytes> {
            (*digest == self.0).then(|| self.1.clone())
        }
    }

    #[test]
    fn a_large_set_is_a_digest_whose_document_is_read_on_first_use() {
        let whole = large();
        let text = serde_json::to_string(&whole).unwrap();
        assert!(text.len() < 200, "{text}");
        let mut again: TextSet = serde_json::from_str(&text).unwrap();
        assert!(!again.is_kept() && again == whole);
        assert_eq!((again.len(), again.get(0)), (20_000, None));
        let document = whole.document().unwrap().clone();
        let documents: Arc<dyn Documents> = Arc::new(One(whole.digest().clone(), document));
        again.attach(&documents);
        assert!(again.contains("19999") && again.is_kept());
        assert_eq!(again.minus(&whole).len(), 0);
    }

    #[test]
    fn a_document_that_is_no_set_is_none() {
        for wrong in ["a", "b\na\n", "a\na\n", "a\n\u{fffd}"] {
            assert!(Lines::read(Bytes::from(wrong)).is_none(), "{wrong:?}");
        }
        assert!(Lines::read(Bytes::from_static(b"\xff\n")).is_none());
        assert!(Lines::read(Bytes::from_static(b"a\nb\n")).is_some());
        let mut lying: TextSet =
            serde_json::from_str(r#"{"digest": "sha256:00", "count": 3, "bytes": 99999}"#).unwrap();
        let octets = Bytes::from_static(b"a\nb\n");
        let documents: Arc<dyn Documents> = Arc::new(One(lying.digest().clone(), octets));
        lying.attach(&documents);
        assert!(!lying.is_kept());
    }

    #[test]
    fn the_first_texts_are_shown() {
        assert_eq!(set("b a").to_string(), "a, b");
        let shown = large().to_string();
        assert!(shown.ends_with("00009 and 19990 more"), "{shown}");
    }
}
