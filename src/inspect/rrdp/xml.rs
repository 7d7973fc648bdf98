//! Pieces of an XML file, one at a time, each bounded.

use std::borrow::Cow;
use std::io::Read;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesDecl, BytesStart, Event};

use super::rules::cut;
use super::source::{Halt, Source, Whole};
use super::{Limits, Reading, Rule, Stopped, Tally};

/// Deepest element: the root and those in it.
const DEEPEST: usize = 2;

/// Most attributes of one element; the schema has four at most, and a declaration of the namespace.
const MOST_ATTRIBUTES: usize = 32;

/// A buffer that a large object has widened is given back above this, in octets.
const KEPT_BUFFER: usize = 4 * 1024 * 1024;

/// A piece of a file.
#[derive(Debug)]
pub(super) enum Piece {
    /// An element begins; its attributes are in [`Pieces::element`].
    Open {
        /// Its name without prefix.
        name: Name,
        /// Whether it ends here too.
        empty: bool,
    },
    /// Text that is not all blank was added to [`Pieces::text`].
    Text,
    /// The innermost element ends.
    Close,
    /// The file ends.
    End,
}

/// Names of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Notification,
    Snapshot,
    Delta,
    Publish,
    Withdraw,
    Other,
}

impl Name {
    fn of(name: &str) -> Self {
        match name {
            "notification" => Self::Notification,
            "snapshot" => Self::Snapshot,
            "delta" => Self::Delta,
            "publish" => Self::Publish,
            "withdraw" => Self::Withdraw,
            _ => Self::Other,
        }
    }
}

/// The attributes of the element that began last; kept between elements, so that nothing is allocated for each.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Offset of its first octet.
    pub(super) at: u64,
    /// Name as written, of an element that the schema does not know.
    pub(super) written: String,
    /// Prefix of its name; empty for none.
    pub(super) prefix: String,
    attributes: Vec<(String, String)>,
    used: usize,
}

impl Element {
    /// Returns the value of an attribute; `None` if it is not there.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find_map(|(key, value)| (key == name).then_some(value))
    }

    /// Iterates over names and values.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes
            .iter()
            .take(self.used)
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn push(&mut self, name: &str, value: &str) {
        if self.used == self.attributes.len() {
            self.attributes.push((String::new(), String::new()));
        }
        if let Some((key, kept)) = self.attributes.get_mut(self.used) {
            key.clear();
            key.push_str(name);
            kept.clear();
            kept.push_str(value);
        }
        self.used += 1;
    }
}

/// A file in pieces.
pub(super) struct Pieces<'a, R: Read> {
    reader: quick_xml::Reader<Source<'a, R>>,
    buffer: Vec<u8>,
    limits: Limits,
    depth: usize,
    /// Whether the root element has ended.
    ended: bool,
    /// Name of the encoding that is declared.
    pub(super) declared: Option<(u64, String)>,
    /// The element that began last.
    pub(super) element: Element,
    /// The text of the innermost element so far.
    pub(super) text: Vec<u8>,
}

impl<'a, R: Read> Pieces<'a, R> {
    pub(super) fn new(input: R, reading: &Reading<'a>) -> Self {
        Self {
            reader: quick_xml::Reader::from_reader(Source::new(input, reading.cancel)),
            buffer: Vec::new(),
            limits: reading.limits,
            depth: 0,
            ended: false,
            declared: None,
            element: Element::default(),
            text: Vec::new(),
        }
    }

    /// Returns the offset of the next piece.
    pub(super) const fn at(&self) -> u64 {
        self.reader.buffer_position()
    }

    /// Forgets the text of the element before, and its buffer if that is large.
    fn forget(&mut self) {
        if self.text.capacity() > KEPT_BUFFER {
            self.text = Vec::new();
        }
        self.text.clear();
    }

    /// Reads up to the next piece; comments, processing instructions and blanks are passed by.
    pub(super) fn next(&mut self) -> Result<Piece, Stopped> {
        loop {
            if self.buffer.capacity() > KEPT_BUFFER {
                self.buffer = Vec::new();
            }
            self.buffer.clear();
            let at = self.at();
            let (what, limit, allowance) = if self.depth == DEEPEST {
                let object = self.limits.object_bytes;
                ("an object", object, encoded(object))
            } else {
                let element = self.limits.element_bytes;
                ("a tag, comment or blank space", element, element)
            };
            // One more, so that the end of the file is seen behind a piece of exactly that size.
            self.reader.get_mut().allow(allowance.saturating_add(1));
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(error) => {
                    let at = self.reader.buffer_position();
                    return Err(match self.reader.get_mut().take_halt() {
                        Some(Halt::Allowance) => Stopped::Limit { at, what, limit },
                        Some(Halt::Cancelled) => Stopped::Cancelled,
                        Some(Halt::Failed(error)) => Stopped::Input {
                            at,
                            reason: error.to_string(),
                        },
                        None => form(self.reader.error_position(), error.to_string()),
                    });
                }
            };
            match event {
                Event::Start(start) => {
                    let name = open(&mut self.element, at, &start)?;
                    self.opens(at)?;
                    self.depth += 1;
                    self.forget();
                    return Ok(Piece::Open { name, empty: false });
                }
                Event::Empty(start) => {
                    let name = open(&mut self.element, at, &start)?;
                    self.opens(at)?;
                    self.ended |= self.depth == 0;
                    self.forget();
                    return Ok(Piece::Open { name, empty: true });
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    self.ended |= self.depth == 0;
                    return Ok(Piece::Close);
                }
                Event::Text(text) => {
                    let text = text.into_inner();
                    if let Some(text) = significant(text.as_bytes()) {
                        self.text.extend_from_slice(text);
                        return Ok(Piece::Text);
                    }
                }
                Event::CData(text) => {
                    let text = text.into_inner();
                    if let Some(text) = significant(text.as_bytes()) {
                        self.text.extend_from_slice(text);
                        return Ok(Piece::Text);
                    }
                }
                Event::Comment(_) | Event::PI(_) => {}
                Event::Decl(declaration) => self.declared = declared(&declaration, at)?,
                Event::DocType(_) => return Err(Stopped::Doctype { at }),
                Event::GeneralRef(name) => {
                    let name = cut(name.into_inner());
                    return Err(Stopped::Reference { at, name });
                }
                Event::Eof if self.ended => return Ok(Piece::End),
                Event::Eof => {
                    return Err(form(at, "the file ends before its root element does"));
                }
            }
        }
    }

    fn opens(&self, at: u64) -> Result<(), Stopped> {
        if self.ended {
            return Err(form(at, "a second root element"));
        }
        if self.depth >= DEEPEST {
            return Err(form(at, "an element deeper than the schema has any"));
        }
        Ok(())
    }

    /// Reads what is left of the file and tells what the whole was; `None` if it could not be read.
    ///
    /// Rules that see every octet report here.
    pub(super) fn finish(
        self,
        reading: &Reading<'_>,
        stopped: &mut Option<Stopped>,
        tally: &mut Tally,
    ) -> Option<super::File> {
        let at = self.at();
        let declared = self.declared;
        let Whole {
            hash,
            bytes,
            foreign,
        } = match self.reader.into_inner().finish() {
            Ok(whole) => whole,
            Err(halt) => {
                let reason = match halt {
                    Halt::Cancelled => Stopped::Cancelled,
                    Halt::Failed(error) => Stopped::Input {
                        at,
                        reason: error.to_string(),
                    },
                    Halt::Allowance => return None,
                };
                stopped.get_or_insert(reason);
                return None;
            }
        };
        tally.look(Rule::Encoding);
        if let Some((at, name)) = declared
            && !["us-ascii", "ascii"].contains(&name.to_ascii_lowercase().as_str())
        {
            tally.find(
                Rule::Encoding,
                || reading.place("encoding", at),
                || format!("the encoding is declared as `{name}`; expected US-ASCII"),
            );
        }
        if let Some(at) = foreign {
            tally.find(
                Rule::Encoding,
                || reading.place("", at),
                || "an octet that is not US-ASCII".to_owned(),
            );
        }
        Some(super::File { hash, bytes })
    }
}

/// Returns how long the text of an object of some octets may be: Base64 with a line end every 64 characters or fewer.
const fn encoded(octets: u64) -> u64 {
    let text = octets.div_ceil(3).saturating_mul(4);
    text.saturating_add(text / 16).saturating_add(64 * 1024)
}

/// Returns what is wrong with the form of a file.
pub(super) fn form(at: u64, reason: impl Into<String>) -> Stopped {
    Stopped::Form {
        at,
        reason: reason.into(),
    }
}

/// Returns a text without blanks at its ends; `None` if there is nothing else.
fn significant(text: &[u8]) -> Option<&[u8]> {
    let text = text.trim_ascii();
    (!text.is_empty()).then_some(text)
}

/// Reads the declaration and returns the encoding it names.
fn declared(declaration: &BytesDecl<'_>, at: u64) -> Result<Option<(u64, String)>, Stopped> {
    if at != 0 {
        return Err(form(at, "an XML declaration that is not at the beginning"));
    }
    match declaration.version() {
        Ok(version) if version == "1.0" => {}
        Ok(version) => {
            let version = cut(version);
            return Err(form(at, format!("XML {version}; expected XML 1.0")));
        }
        Err(error) => return Err(form(at, error.to_string())),
    }
    match declaration.encoding() {
        None => Ok(None),
        Some(Ok(name)) => Ok(Some((at, cut(name)))),
        Some(Err(error)) => Err(form(at, error.to_string())),
    }
}

/// Takes in the name and attributes of an element.
fn open(element: &mut Element, at: u64, start: &BytesStart<'_>) -> Result<Name, Stopped> {
    element.at = at;
    element.used = 0;
    let name = start.name();
    let (prefix, local) = match name.0.split_once(':') {
        Some((prefix, local)) => (prefix, local),
        None => ("", name.0),
    };
    element.prefix.clear();
    element.prefix.push_str(prefix);
    let known = Name::of(local);
    element.written.clear();
    if known == Name::Other {
        element.written = cut(name.0);
    }
    for (number, attribute) in start.attributes().enumerate() {
        let attribute = attribute.map_err(|error| form(at, error.to_string()))?;
        if number >= MOST_ATTRIBUTES {
            return Err(form(at, "more attributes than the schema knows"));
        }
        let value = if attribute.value.contains(['&', '\t', '\n', '\r']) {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            value.map_err(|error| form(at, error.to_string()))?
        } else {
            Cow::Borrowed(attribute.value.as_ref())
        };
        element.push(attribute.key.0, &value);
    }
    Ok(known)
}
