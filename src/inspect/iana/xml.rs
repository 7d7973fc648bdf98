//! Registries as XML.
//!
//! IANA's schema has no document type and no entities of its own; a file with either is not read
//! on, so that nothing grows by being read.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::table::{Field, LONGEST_CELL, Row, Table};
use super::{Day, Kind};

/// Deepest element; IANA's are six deep.
const DEEPEST: usize = 16;

/// Reads a file.
pub(super) fn read(octets: &[u8]) -> Table {
    let mut file = File {
        octets,
        line: 1,
        counted: 0,
        table: Table::default(),
        open: Vec::new(),
        row: None,
        text: String::new(),
        is_root: true,
    };
    if let Err(why) = file.read() {
        let line = file.line;
        file.table.complain(line, "", why);
        // What was read of the last entry may be half of it.
        file.row = None;
    }
    file.table
}

/// An element that has begun.
struct Open {
    /// Which registry its entries are in.
    kind: Option<Kind>,
    what: What,
}

/// What an element is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Registry,
    Record,
    Updated,
    Cell(Field),
    /// Something within a cell whose text counts as its own.
    Within,
    Other,
}

/// A file on the way.
struct File<'a> {
    octets: &'a [u8],
    line: usize,
    /// Octets whose line ends are counted.
    counted: usize,
    table: Table,
    open: Vec<Open>,
    row: Option<Row>,
    text: String,
    is_root: bool,
}

impl File<'_> {
    fn read(&mut self) -> Result<(), String> {
        let octets = self.octets;
        let mut reader = quick_xml::Reader::from_reader(octets);
        loop {
            let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            self.count_to(at);
            let event = reader.read_event().map_err(|error| error.to_string())?;
            match event {
                Event::Start(start) => self.begin(&start)?,
                Event::Empty(start) => {
                    self.begin(&start)?;
                    self.end();
                }
                Event::End(_) => self.end(),
                Event::Text(text) => self.add(&text.into_inner()),
                Event::CData(text) => self.add(&text.into_inner()),
                Event::GeneralRef(name) => {
                    let name = match name.resolve_char_ref() {
                        Ok(Some(character)) => {
                            self.add(character.encode_utf8(&mut [0; 4]));
                            continue;
                        }
                        Ok(None) => name.into_inner(),
                        Err(error) => return Err(error.to_string()),
                    };
                    let text = match name.as_ref() {
                        "amp" => "&",
                        "lt" => "<",
                        "gt" => ">",
                        "quot" => "\"",
                        "apos" => "'",
                        other => {
                            let shown: String = other.chars().take(40).collect();
                            return Err(format!("entity `{shown}`, which XML does not have"));
                        }
                    };
                    self.add(text);
                }
                Event::DocType(_) => {
                    return Err("a document type; IANA's files have none".to_owned());
                }
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
                Event::Eof if self.is_root => {
                    return Err("no element `registry`".to_owned());
                }
                Event::Eof if self.open.is_empty() => return Ok(()),
                Event::Eof => return Err("the file ends before its root element does".to_owned()),
            }
        }
    }

    /// Counts line ends up to an octet.
    fn count_to(&mut self, at: usize) {
        let passed = self.octets.get(self.counted..at).unwrap_or_default();
        self.line += passed.iter().filter(|octet| **octet == b'\n').count();
        self.counted = self.counted.max(at);
    }

    fn begin(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        if self.open.len() >= DEEPEST {
            return Err(format!("an element deeper than {DEEPEST}"));
        }
        let local = start.local_name();
        let name: &str = local.as_ref();
        if self.is_root && name != "registry" {
            let shown: String = name.chars().take(40).collect();
            return Err(format!("root element `{shown}`; expected `registry`"));
        }
        self.is_root = false;
        let above = self.open.last();
        let kind = above.and_then(|open| open.kind);
        let above = above.map_or(What::Other, |open| open.what);
        let mut opened = Open {
            kind,
            what: What::Other,
        };
        match (above, name) {
            (_, "registry") => {
                opened.what = What::Registry;
                let own = attribute(start, "id").and_then(|id| Kind::of_id(&id));
                opened.kind = own.or(kind);
                self.table.kind = self.table.kind.or(opened.kind);
            }
            (What::Registry, "updated") => {
                opened.what = What::Updated;
                self.text.clear();
            }
            (What::Registry, "record") => {
                opened.what = What::Record;
                let mut row = Row::new(self.line, kind);
                if let Some(date) = attribute(start, "date") {
                    row.add(Field::Date, &date);
                }
                self.row = Some(row);
            }
            (What::Record, name) => {
                if let Some(field) = field(name) {
                    opened.what = What::Cell(field);
                    self.text.clear();
                }
            }
            // The text of `rdap` is that of the servers in it; references are no text.
            (What::Cell(Field::Rdap) | What::Within, "server") => opened.what = What::Within,
            _ => {}
        }
        self.open.push(opened);
        Ok(())
    }

    fn end(&mut self) {
        let Some(closed) = self.open.pop() else {
            return;
        };
        match closed.what {
            What::Record => {
                if let Some(row) = self.row.take() {
                    self.table.push(row);
                }
            }
            What::Cell(field) => {
                if let Some(row) = &mut self.row {
                    row.add(field, &self.text);
                }
            }
            What::Updated => self.table.updated = Day::read(&self.text).or(self.table.updated),
            What::Within => self.add("\n"),
            What::Registry | What::Other => {}
        }
    }

    /// Adds text to the cell that is open.
    fn add(&mut self, text: &str) {
        let counts = self.open.last().is_some_and(|open| match open.what {
            What::Cell(_) | What::Within | What::Updated => true,
            What::Registry | What::Record | What::Other => false,
        });
        // Two servers are two lines, also when the second has just ended.
        let counts = counts || text == "\n";
        if counts && self.text.len() <= LONGEST_CELL {
            self.text.push_str(text);
        }
    }
}

/// Returns what stands in an element of a record; `None` if it does not matter.
fn field(name: &str) -> Option<Field> {
    Some(match name {
        "prefix" | "address" => Field::Blocks,
        "start" => Field::Start,
        "end" => Field::End,
        "number" => Field::Numbers,
        "designation" | "description" | "name" => Field::Designation,
        "date" | "allocation" => Field::Date,
        "whois" => Field::Whois,
        "rdap" => Field::Rdap,
        "status" => Field::Status,
        _ => return None,
    })
}

/// Returns the value of an attribute; `None` if it is not there or cannot be read.
fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start.try_get_attribute(name).ok()??;
    let value = found.normalized_value(XmlVersion::Implicit1_0).ok()?;
    Some(value.into_owned())
}
