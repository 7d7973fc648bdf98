//! Domain names as DNSSEC orders and hashes them.

use std::cmp::Ordering;
use std::fmt;

/// Most octets of a name on the wire (RFC 1035, section 2.3.4).
const MOST_OCTETS: usize = 255;

/// Most octets of a label (RFC 1035, section 2.3.4).
const MOST_LABEL: usize = 63;

/// A domain name: its labels in lower case, as they stand on the wire without compression.
///
/// Names are ordered as RFC 4034, section 6.1 says: by labels from the right.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(Vec<u8>);

impl Name {
    /// Returns the root.
    pub fn root() -> Self {
        Self(vec![0])
    }

    /// Reads a name in presentation form, with or without final dot; `None` if a label is empty or
    /// too long, or if there are escapes or octets beyond ASCII in it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Some(Self::root());
        }
        Self::of_labels(text.split('.').map(str::as_bytes))
            .filter(|_| text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\'))
    }

    /// Returns the name of some labels from the left; `None` if one is empty, or if they are too long.
    pub(super) fn of_labels<'a>(labels: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let mut wire = Vec::new();
        for label in labels {
            let length = u8::try_from(label.len()).ok()?;
            if label.is_empty() || label.len() > MOST_LABEL {
                return None;
            }
            wire.push(length);
            wire.extend(label.iter().map(u8::to_ascii_lowercase));
        }
        wire.push(0);
        (wire.len() <= MOST_OCTETS).then_some(Self(wire))
    }

    /// Returns its octets on the wire, in lower case and without compression.
    pub fn wire(&self) -> &[u8] {
        &self.0
    }

    /// Iterates over its labels from the left, without the empty one of the root.
    pub fn labels(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let (length, behind) = rest.split_first()?;
            let (label, behind) = behind.split_at_checked(usize::from(*length))?;
            rest = behind;
            (!label.is_empty()).then_some(label)
        })
    }

    /// Returns how many labels it has, without that of the root.
    pub fn depth(&self) -> usize {
        self.labels().count()
    }

    /// Returns the name one label up; `None` for the root.
    pub fn above(&self) -> Option<Self> {
        let (length, behind) = self.0.split_first()?;
        let rest = behind.get(usize::from(*length)..)?;
        (!rest.is_empty()).then(|| Self(rest.to_vec()))
    }

    /// Returns its last `depth` labels as a name; itself where it has not more.
    pub fn last(&self, depth: usize) -> Self {
        let mut name = self.clone();
        while name.depth() > depth {
            match name.above() {
                Some(above) => name = above,
                None => break,
            }
        }
        name
    }

    /// Says whether it is the other name, or below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.depth() >= other.depth() && self.last(other.depth()) == *other
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mine, theirs): (Vec<_>, Vec<_>) = (self.labels().collect(), other.labels().collect());
        mine.iter().rev().cmp(theirs.iter().rev())
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Name {
    /// Writes the name with final dot; octets that are no plain signs as `\` and three digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.len() <= 1 {
            return f.write_str(".");
        }
        for label in self.labels() {
            for octet in label {
                match octet {
                    b'.' | b'\\' => write!(f, "\\{}", char::from(*octet))?,
                    b'!'..=b'~' => write!(f, "{}", char::from(*octet))?,
                    other => write!(f, "\\{other:03}")?,
                }
            }
            f.write_str(".")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn names_are_lower_case_and_have_a_final_dot() {
        for (text, shown) in [
            (".", "."),
            ("", "."),
            ("16.102.IN-ADDR.arpa", "16.102.in-addr.arpa."),
            ("0/25.2.0.192.in-addr.arpa.", "0/25.2.0.192.in-addr.arpa."),
        ] {
            assert_eq!(name(text).to_string(), shown);
        }
        for wrong in [
            "a..b",
            ".a",
            "a\\.b",
            "ä.example",
            &"a".repeat(64),
            &"a.".repeat(128),
        ] {
            assert!(Name::parse(wrong).is_none(), "{wrong}");
        }
        let odd = Name::of_labels([&b"a.b"[..], b"\x07"].into_iter()).unwrap();
        assert_eq!(odd.to_string(), "a\\.b.\\007.");
    }

    #[test]
    fn names_are_ordered_as_the_document_shows() {
        // The example of RFC 4034, section 6.1.
        let ordered = [
            "example",
            "a.example",
            "yljkjljk.a.example",
            "Z.a.example",
            "zABC.a.EXAMPLE",
            "z.example",
            "*.z.example",
        ];
        let names: Vec<Name> = ordered.iter().map(|text| name(text)).collect();
        let mut sorted = names.clone();
        sorted.sort();
        assert_eq!(names, sorted);
    }

    #[test]
    fn what_is_above_and_within_is_told_by_labels() {
        let zone = name("16.102.in-addr.arpa");
        assert_eq!(zone.above(), Some(name("102.in-addr.arpa")));
        assert_eq!(zone.last(1), name("arpa"));
        assert_eq!(zone.last(9), zone);
        assert_eq!(Name::root().above(), None);
        assert!(
            zone.is_within(&name("in-addr.arpa"))
                && zone.is_within(&zone)
                && zone.is_within(&Name::root())
        );
        assert!(!zone.is_within(&name("2.in-addr.arpa")));
        assert!(!name("x02.in-addr.arpa").is_within(&name("02.in-addr.arpa")));
    }
}
