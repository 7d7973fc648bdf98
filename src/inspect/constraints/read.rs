//! The reader: every line with its place, and the sets that they make.

use std::fmt;

use crate::resource::{AddressRange, AddressSet, Asn, AsnSet, Prefix};

/// Most entries of a file that are read; real ones have a thousand.
const MOST_ENTRIES: usize = 200_000;

/// Most mistakes that are told.
const MOST_WRONG: usize = 1_000;

/// Whether resources may be certified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// They may.
    Allow,
    /// They may not, whatever is allowed.
    Deny,
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        })
    }
}

/// The resources of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A prefix or a range of addresses.
    Addresses(AddressRange),
    /// AS numbers from the first to the last.
    Asns(Asn, Asn),
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Addresses(range) => range.fmt(f),
            Self::Asns(first, last) if first == last => first.fmt(f),
            Self::Asns(first, last) => write!(f, "{first}-{last}"),
        }
    }
}

/// One line that says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its line, from 1.
    pub line: usize,
    /// Whether it allows or denies.
    pub verb: Verb,
    /// Which resources.
    pub what: What,
}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Its line, from 1.
    pub line: usize,
    /// The column of what is wrong, from 1, in octets.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// A constraints file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraints {
    /// Its entries in order.
    pub entries: Vec<Entry>,
    /// What cannot be read; such lines count for nothing.
    pub wrong: Vec<Wrong>,
    /// The addresses that may be certified.
    pub addresses: AddressSet,
    /// The AS numbers that may be certified.
    pub asns: AsnSet,
}

/// Reads a constraints file; what cannot be read is told and left out.
pub fn read(octets: &[u8]) -> Constraints {
    let mut entries = Vec::new();
    let mut wrong = Vec::new();
    for (index, line) in octets.split(|octet| *octet == b'\n').enumerate() {
        let number = index.saturating_add(1);
        let mistake = match one(line) {
            Ok(None) => continue,
            Ok(Some(_)) if entries.len() >= MOST_ENTRIES => {
                (1, format!("more than {MOST_ENTRIES} entries"))
            }
            Ok(Some((verb, what))) => {
                entries.push(Entry {
                    line: number,
                    verb,
                    what,
                });
                continue;
            }
            Err(mistake) => mistake,
        };
        let (column, message) = mistake;
        wrong.push(Wrong {
            line: number,
            column,
            message,
        });
        if wrong.len() >= MOST_WRONG || entries.len() >= MOST_ENTRIES {
            break;
        }
    }
    let (addresses, asns) = permitted(&entries);
    Constraints {
        entries,
        wrong,
        addresses,
        asns,
    }
}

/// Reads a line; `None` if it says nothing, a column and what is wrong if it cannot be read.
fn one(line: &[u8]) -> Result<Option<(Verb, What)>, (usize, String)> {
    let line = line.split(|octet| *octet == b'#').next().unwrap_or(line);
    let text = std::str::from_utf8(line).map_err(|error| {
        let column = error.valid_up_to().saturating_add(1);
        (column, "octets that are no text".to_owned())
    })?;
    let column = |part: &str| {
        let rest = text.find(part).unwrap_or_default();
        rest.saturating_add(1)
    };
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Ok(None);
    }
    let (word, rest) = trimmed
        .split_once(|c: char| c.is_ascii_whitespace())
        .unwrap_or((trimmed, ""));
    let verb = match word {
        "allow" => Verb::Allow,
        "deny" => Verb::Deny,
        other => {
            let message = format!("`{}`; expected `allow` or `deny`", shown(other));
            return Err((column(other), message));
        }
    };
    let rest = rest.trim();
    if rest.is_empty() {
        let message = format!(
            "`{verb}` without resources; expected a prefix, a range of addresses, or AS numbers"
        );
        return Err((column(word), message));
    }
    match what(rest) {
        Some(what) => Ok(Some((verb, what))),
        None => {
            let message = format!(
                "`{}`; expected a prefix such as `192.0.2.0/24`, a range such as `192.0.2.0 - 192.0.2.9`, `64496` or `64496 - 64511`",
                shown(rest)
            );
            Err((column(rest), message))
        }
    }
}

/// Returns the beginning of a text.
fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Reads resources as rpki-client does: what has a dot or a colon is about addresses.
fn what(text: &str) -> Option<What> {
    if !text.contains(['.', ':']) {
        let number = |text: &str| {
            let digits = text.bytes().all(|octet| octet.is_ascii_digit());
            text.parse().ok().filter(|_| digits).map(Asn)
        };
        let (first, last) = match text.split_once('-') {
            Some((first, last)) => (number(first.trim())?, number(last.trim())?),
            None => (number(text)?, number(text)?),
        };
        return (first <= last).then_some(What::Asns(first, last));
    }
    let range = if text.contains('-') {
        // A prefix is no end of a range.
        text.parse::<AddressRange>()
            .ok()
            .filter(|_| !text.contains('/'))?
    } else {
        text.parse::<Prefix>().ok()?.range()
    };
    Some(What::Addresses(range))
}

/// Returns all addresses of each family.
pub(super) fn everything() -> impl Iterator<Item = AddressRange> {
    let whole = ["0.0.0.0/0", "::/0"].iter();
    whole.filter_map(|text| text.parse().ok())
}

/// Returns the resources of all entries with a verb together.
pub(super) fn together(entries: &[Entry], verb: Verb) -> (AddressSet, AsnSet) {
    let (mut addresses, mut asns) = (Vec::new(), Vec::new());
    for entry in entries.iter().filter(|entry| entry.verb == verb) {
        match entry.what {
            What::Addresses(range) => addresses.push(range),
            What::Asns(first, last) => asns.push((first, last)),
        }
    }
    (addresses.into_iter().collect(), asns.into_iter().collect())
}

/// Returns what may be certified.
///
/// One allowed prefix of either family makes all other addresses forbidden.
fn permitted(entries: &[Entry]) -> (AddressSet, AsnSet) {
    let (mut addresses, mut asns) = together(entries, Verb::Allow);
    if addresses.is_empty() {
        addresses = everything().collect();
    }
    if asns.is_empty() {
        asns = AsnSet::range(Asn(0), Asn(u32::MAX));
    }
    let denied = together(entries, Verb::Deny);
    (addresses.minus(&denied.0), asns.minus(&denied.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(line: &str, expected: &str) {
        let constraints = read(line.as_bytes());
        assert_eq!(constraints.wrong, [], "{line}");
        let entries: Vec<String> = constraints
            .entries
            .iter()
            .map(|entry| format!("{} {}", entry.verb, entry.what))
            .collect();
        assert_eq!(entries.join(", "), expected, "{line}");
    }

    #[track_caller]
    fn refuses(line: &str, column: usize, part: &str) {
        let constraints = read(format!("# first\n{line}\n").as_bytes());
        let [wrong] = constraints.wrong.as_slice() else {
            panic!("{line}: {constraints:?}");
        };
        assert_eq!((wrong.line, wrong.column), (2, column), "{line}");
        assert!(wrong.message.contains(part), "{}", wrong.message);
        assert_eq!(constraints.entries, [], "{line}");
    }

    #[test]
    fn lines_are_read_as_rpki_client_reads_them() {
        for (line, expected) in [
            ("", ""),
            ("   # nothing", ""),
            ("allow 192.0.2.0/24", "allow 192.0.2.0/24"),
            (" deny\t2001:db8::/32 # documentation", "deny 2001:db8::/32"),
            ("allow 192.0.2.0  -  192.0.2.2", "allow 192.0.2.0-192.0.2.2"),
            ("allow 192.0.2.0-192.0.2.255\r", "allow 192.0.2.0/24"),
            ("deny 64496 - 64511", "deny AS64496-AS64511"),
            ("allow 0", "allow AS0"),
        ] {
            reads(line, expected);
        }
    }

    #[test]
    fn what_cannot_be_read_has_its_place() {
        refuses("permit 192.0.2.0/24", 1, "expected `allow` or `deny`");
        refuses("  allow", 3, "without resources");
        refuses("allow 192.0.2.1/24", 7, "expected a prefix");
        refuses("allow 192.0.2.1", 7, "expected a prefix");
        refuses("allow 192.0.2.9 - 192.0.2.0", 7, "expected a prefix");
        refuses("deny AS64496", 6, "`AS64496`");
        refuses("deny 4294967296", 6, "expected");
        refuses("deny 2 - 1", 6, "expected");
    }

    #[test]
    fn octets_that_are_no_text_are_told() {
        let constraints = read(b"allow \xff\nallow 1");
        assert_eq!(
            (constraints.wrong[0].line, constraints.wrong[0].column),
            (1, 7)
        );
        assert_eq!(constraints.entries.len(), 1);
    }

    #[test]
    fn what_is_denied_is_denied_whatever_is_allowed() {
        let constraints = read(b"deny 192.0.2.0/25\nallow 192.0.2.0/24\ndeny 65535\n");
        assert_eq!(constraints.addresses.to_string(), "192.0.2.128/25");
        assert_eq!(
            constraints.asns.to_string(),
            "AS0-AS65534, AS65536-AS4294967295"
        );
    }

    #[test]
    fn the_real_files_are_read_without_a_mistake() {
        let Some(files) = crate::inspect::constraints::real::files() else {
            return;
        };
        assert_eq!(files.len(), 5);
        for (path, constraints) in files {
            assert_eq!(constraints.wrong, [], "{}", path.display());
            assert!(constraints.entries.len() > 400, "{}", path.display());
            assert!(!constraints.addresses.is_empty() && !constraints.asns.is_empty());
            // Nothing private may be certified by anybody.
            let private = "10.0.0.0/8, 192.168.0.0/16".parse().unwrap();
            assert!(
                !constraints.addresses.overlaps(&private),
                "{}",
                path.display()
            );
        }
    }
}
