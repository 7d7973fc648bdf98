//! IANA's number registries: which block is delegated to which registry, or to nobody.
//!
//! Each registry is published as CSV and as XML; both become the same entries, each with its
//! line. Cells are read as they are written: prefixes as `001/8`, several blocks in one cell,
//! footnote marks, two URLs with or without anything between them, dates without a day. What
//! cannot be read is told and left out, and the rest of the file is still read.
//!
//! Source: the registries below `https://www.iana.org/assignments/`.

mod cell;
mod csv;
mod entry;
mod kind;
mod rules;
mod space;
mod table;
mod xml;

pub use cell::Day;
pub use entry::{Entry, Names, Status, Whose};
pub use kind::Kind;
pub use rules::{RULES, Rule, look};
pub use space::Space;

use table::Table;

/// How a registry is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Comma-separated values with a header line.
    Csv,
    /// XML of IANA's schema.
    Xml,
}

/// A registry, or several in one XML file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// How it is written.
    pub form: Form,
    /// Which registry it is; `None` if neither header nor ids tell.
    pub kind: Option<Kind>,
    /// When it was changed last; CSV does not say.
    pub updated: Option<Day>,
    /// Its entries in order, without those that only refer to another registry.
    pub entries: Vec<Entry>,
    /// What cannot be read.
    pub wrong: Vec<Wrong>,
}

/// Something that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Its line, from 1.
    pub line: usize,
    /// The column or element it is in; empty for the whole line.
    pub field: &'static str,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// Most mistakes that are told.
const MOST_WRONG: usize = 1_000;

/// Reads a registry, XML if it begins with a tag, else CSV.
pub fn read(octets: &[u8]) -> Document {
    let begin = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    let is_xml = begin.trim_ascii_start().first() == Some(&b'<');
    let (form, table) = if is_xml {
        (Form::Xml, xml::read(begin))
    } else {
        (Form::Csv, csv::read(begin))
    };
    let Table {
        kind,
        updated,
        rows,
        mut wrong,
    } = table;
    let entries = entry::read(&rows, &mut wrong);
    wrong.sort_by_key(|wrong| wrong.line);
    wrong.truncate(MOST_WRONG);
    Document {
        form,
        kind,
        updated,
        entries,
        wrong,
    }
}

#[cfg(test)]
mod real {
    use std::path::PathBuf;

    /// Returns the real files beside the crate with their paths; fewer, told, where some are missing.
    pub(super) fn files() -> Vec<(PathBuf, super::Document)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/registry/iana");
        let mut files = Vec::new();
        for name in [
            "2020-10/ipv4-address-space.csv",
            "2020-10/ipv6-unicast-address-assignments.csv",
            "2024-10/ipv6-unicast-address-assignments.csv",
            "netaddr-1.3.0/ipv4-address-space.xml",
            "netaddr-1.3.0/ipv6-address-space.xml",
            "netaddr-1.3.0/ipv6-unicast-address-assignments.xml",
        ] {
            let path = PathBuf::from(folder).join(name);
            let Ok(octets) = std::fs::read(&path) else {
                eprintln!("skipped: `{name}` of IANA is not beside the crate");
                continue;
            };
            files.push((path, super::read(&octets)));
        }
        files
    }
}

#[cfg(test)]
mod tests;
