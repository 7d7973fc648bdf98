//! Entries: numbers, and what IANA says of them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::table::{Field, Row, complain};
use super::{Day, Kind, Wrong, cell};
use crate::registry::RegistryId;
use crate::resource::{AddressSet, AsnSet};

/// One entry of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The line it begins at, from 1.
    pub line: usize,
    /// The registry it is in; `None` if that is not known.
    pub kind: Option<Kind>,
    /// Its addresses.
    pub addresses: AddressSet,
    /// Its AS numbers.
    pub asns: AsnSet,
    /// For whom or what, as written.
    pub designation: String,
    /// Since when; `None` if nothing is said, or no day.
    pub date: Option<Day>,
    /// The whois server; empty without one.
    pub whois: String,
    /// URLs of RDAP services.
    pub rdap: Vec<String>,
    /// Whether it is allocated; `None` where there is no such column, or nothing in it.
    pub status: Option<Status>,
}

/// What a registry says of a block as a whole.
///
/// Source: footnote 1 of the IPv4 address space registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Delegated entirely to a registry.
    Allocated,
    /// Given away before there were registries, now administered by one.
    Legacy,
    /// For a purpose of the IETF.
    Reserved,
    /// Not yet allocated or reserved.
    Unallocated,
    /// Another word.
    Other,
}

impl Status {
    fn of(text: &str) -> Option<Self> {
        Some(match cell::without_marks(text).trim() {
            "" => return None,
            "ALLOCATED" => Self::Allocated,
            "LEGACY" => Self::Legacy,
            "RESERVED" => Self::Reserved,
            "UNALLOCATED" => Self::Unallocated,
            _ => Self::Other,
        })
    }
}

/// Names by which registries are known.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// By the name in designations and statistics, without blanks, in lower case.
    by_name: BTreeMap<String, RegistryId>,
    /// By the host of the whois server.
    by_whois: BTreeMap<String, RegistryId>,
}

impl Names {
    /// Returns names of nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a name, such as `RIPE NCC` or `ripencc`.
    #[must_use]
    pub fn with_name(mut self, name: &str, registry: &RegistryId) -> Self {
        self.by_name.insert(folded(name), registry.clone());
        self
    }

    /// Adds the host of a whois server.
    #[must_use]
    pub fn with_whois(mut self, host: &str, registry: &RegistryId) -> Self {
        self.by_whois
            .insert(host.to_ascii_lowercase(), registry.clone());
        self
    }

    /// Returns the registry with a name; `None` if nobody has it.
    pub fn named(&self, name: &str) -> Option<&RegistryId> {
        self.by_name.get(&folded(name))
    }
}

/// Returns a name without blanks, in lower case.
fn folded(name: &str) -> String {
    name.split_whitespace()
        .collect::<String>()
        .to_ascii_lowercase()
}

/// Whose numbers are, as far as an entry tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A registry's.
    Registry(RegistryId),
    /// Nobody's: for a purpose of the IETF, or special.
    Special,
    /// IANA's still.
    Free,
    /// Somebody's who is no registry that is known.
    Unknown,
}

impl Entry {
    /// Returns the designation without the words before a registry's name.
    pub fn designee(&self) -> &str {
        let text = self.designation.trim();
        let prefixes = ["Administered by ", "Assigned by ", "Allocated to "].into_iter();
        let mut named = prefixes.filter_map(|words| text.strip_prefix(words));
        named.next().unwrap_or(text).trim()
    }

    /// Returns whose its numbers are.
    ///
    /// A block that went to a company before there were registries is with the registry whose
    /// whois server is named. What is reserved, special, or refers to nobody is the IETF's.
    pub fn whose(&self, names: &Names) -> Whose {
        if self.kind.is_some_and(Kind::is_special) {
            return Whose::Special;
        }
        let whois = self.whois.trim().to_ascii_lowercase();
        let by_whois = names.by_whois.get(&whois);
        if let Some(registry) = by_whois.or_else(|| names.named(self.designee())) {
            return Whose::Registry(registry.clone());
        }
        let designee = self.designee().to_ascii_lowercase();
        match self.status {
            Some(Status::Unallocated) => Whose::Free,
            _ if designee.starts_with("unallocated") => Whose::Free,
            Some(Status::Reserved) if designee == "iana" => Whose::Free,
            Some(Status::Reserved) => Whose::Special,
            _ if self.whois.is_empty() || designee == "iana" => Whose::Special,
            _ => Whose::Unknown,
        }
    }
}

/// Turns rows into entries; what cannot be read is told.
pub(super) fn read(rows: &[Row], wrong: &mut Vec<Wrong>) -> Vec<Entry> {
    rows.iter().filter_map(|row| one(row, wrong)).collect()
}

fn one(row: &Row, wrong: &mut Vec<Wrong>) -> Option<Entry> {
    let line = row.line;
    let text = |field| row.get(field).unwrap_or_default();
    let designation = text(Field::Designation);
    // `0-65535` of the registry of 32 bits says where those of 16 bits are.
    if designation
        .to_ascii_lowercase()
        .starts_with("see sub-registry")
    {
        return None;
    }
    let mut refuse = |field: Field, why: String| complain(wrong, line, field.as_str(), why);
    let (mut addresses, mut asns) = (AddressSet::new(), AsnSet::new());
    if let Some(cell) = row.get(Field::Numbers) {
        asns = cell::numbers(cell)
            .map_err(|why| refuse(Field::Numbers, why))
            .ok()?;
    } else if let Some(start) = row.get(Field::Start) {
        addresses = cell::range(start, text(Field::End))
            .map_err(|why| refuse(Field::Start, why))
            .ok()?;
    } else {
        addresses = cell::blocks(text(Field::Blocks))
            .map_err(|why| refuse(Field::Blocks, why))
            .ok()?;
    }
    let written = text(Field::Date);
    let date = Day::read(&cell::without_marks(written));
    // A date of the whole of IPv6 is that of a document, `[RFC4291]`.
    if date.is_none() && !written.is_empty() && !written.contains("RFC") {
        let shown: String = written.chars().take(80).collect();
        refuse(
            Field::Date,
            format!("`{shown}`; expected `2010-01` or `2010-01-19`"),
        );
    }
    Some(Entry {
        line,
        kind: row.kind,
        addresses,
        asns,
        designation: one_line(designation).into_owned(),
        date,
        whois: text(Field::Whois).to_owned(),
        rdap: cell::urls(text(Field::Rdap)),
        status: Status::of(text(Field::Status)),
    })
}

/// Returns a text on one line.
fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains('\n') {
        Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
    } else {
        Cow::Borrowed(text)
    }
}
