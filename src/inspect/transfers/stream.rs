//! Reads a log as a stream: twice, because many logs say their version at their end.
//!
//! The first time only the version is kept, the second time each transfer is read by itself.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, Read};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::at::At;
use super::entry::{List, Log, Stopped};
use super::mended::{Mended, Mendings};
use super::node::{Name, Node, Seed};
use super::read_entry::Reader;
use super::rules::{Rule, Tally};
use super::whole;
use super::words::{Deviation, Version};

/// Octets that the parser has at hand.
const BUFFER: usize = 64 * 1024;

/// Most transfers of one log that are kept; ours: the largest logs have some ten thousand.
const MOST_ENTRIES: usize = 1_000_000;

/// Reads a log; `open` gives its octets from the beginning, and is called twice.
///
/// Everything that can be read is, whatever else is wrong; memory is that of the transfers
/// and of one of them as a document. Octets and time are bounded by the caller.
pub fn read<R: Read>(open: impl Fn() -> io::Result<R>, tally: &mut Tally) -> Log {
    let mut log = Log::default();
    let head = match open() {
        Ok(octets) => head(octets),
        Err(error) => {
            log.stopped = Some(Stopped::Input(error.to_string()));
            return log;
        }
    };
    let mut reader = Reader {
        tally,
        version: Version::Unknown,
        producer: None,
    };
    // A log that is broken before its version does not lack it.
    if head.version.is_some() || head.whole {
        reader.metadata(head.version.as_ref(), &mut log);
    }
    let mut rest = Rest {
        reader,
        log,
        members: Vec::new(),
        left: Cell::new(0),
    };
    match open() {
        Ok(octets) => {
            let mut octets = BufReader::with_capacity(BUFFER, Mended::new(octets));
            let ended = parse(&mut octets, Root(&mut rest));
            rest.mendings(&octets.get_ref().mendings);
            rest.end(ended);
        }
        Err(error) => rest.log.stopped = Some(Stopped::Input(error.to_string())),
    }
    let Rest {
        mut reader,
        mut log,
        ..
    } = rest;
    whole::look(&mut reader, &mut log);
    log
}

/// Parses a document with a seed, and looks whether anything comes after it.
fn parse<'de, S>(octets: &'de mut impl Read, seed: S) -> Result<S::Value, serde_json::Error>
where
    S: DeserializeSeed<'de>,
{
    let mut deserializer = serde_json::Deserializer::from_reader(octets);
    let value = seed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// What the first reading finds.
#[derive(Debug, Default)]
struct Head {
    version: Option<Node>,
    /// Whether the root was read to its end.
    whole: bool,
}

fn head(octets: impl Read) -> Head {
    let mut head = Head::default();
    let mut octets = BufReader::with_capacity(BUFFER, Mended::new(octets));
    head.whole = parse(&mut octets, First(&mut head.version)).is_ok();
    head
}

/// Keeps the version of a root, and passes everything else by.
struct First<'h>(&'h mut Option<Node>);

impl<'de> DeserializeSeed<'de> for First<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for First<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let left = Cell::new(0);
        while let Some(name) = members.next_key_seed(Name)? {
            if name == "version" {
                *self.0 = Some(members.next_value_seed(Seed::new(&left))?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// The second reading.
struct Rest<'t> {
    reader: Reader<'t>,
    log: Log,
    /// Names of the root's members that have come.
    members: Vec<String>,
    /// Values that the present entry may still have.
    left: Cell<usize>,
}

impl Rest<'_> {
    fn mendings(&mut self, mendings: &Mendings) {
        let tally = &mut *self.reader.tally;
        tally.look(Rule::Utf8);
        if mendings.mark {
            tally.find(
                Rule::Utf8,
                || place(1, 1),
                || "a byte order mark".to_owned(),
            );
        }
        for (rule, (count, places), what) in [
            (Rule::Utf8, &mendings.not_utf8, "an octet that is no UTF-8"),
            (
                Rule::Json,
                &mendings.controls,
                "a control character in a text",
            ),
        ] {
            let told = u64::try_from(places.len()).unwrap_or(u64::MAX);
            for (line, column) in places {
                tally.find(rule, || place(*line, *column), || what.to_owned());
            }
            let more = count.saturating_sub(told);
            if more > 0 {
                tally.find(rule, String::new, || format!("{what}, {more} times more"));
            }
        }
    }

    /// Notes how the reading ended.
    fn end(&mut self, ended: Result<(), serde_json::Error>) {
        let tally = &mut *self.reader.tally;
        tally.look(Rule::Json);
        let Err(error) = ended else {
            tally.look(Rule::Root);
            for (name, expected) in [("transfers", "transfers")] {
                if !self.members.iter().any(|member| member == name) {
                    let at = At::member(name).to_string();
                    tally.find(Rule::Root, || at, || format!("no `{expected}`"));
                }
            }
            return;
        };
        if error.is_io() {
            self.log.stopped = Some(Stopped::Input(error.to_string()));
            return;
        }
        let text = error.to_string();
        let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
        let stopped = Stopped::Syntax {
            line: error.line(),
            column: error.column(),
            message,
        };
        let read = self.log.entries.len();
        tally.find(
            Rule::Json,
            || place(error.line(), error.column()),
            || match &stopped {
                Stopped::Syntax { message, .. } => format!("{message}, after {read} transfers"),
                Stopped::Input(message) => message.clone(),
            },
        );
        self.log.stopped = Some(stopped);
    }

    fn list(&mut self, list: List) {
        match list {
            List::Transfers => {}
            List::InProgress => {
                self.log.listed_in_progress.get_or_insert(0);
                self.reader.tally.look(Rule::ProgressForm);
                if matches!(self.reader.version, Version::V4 | Version::V5) {
                    let at = At::member(list.as_str());
                    let tally = &mut *self.reader.tally;
                    tally.deviate(Deviation::EarlyProgress, || at.to_string());
                }
            }
        }
    }

    fn item(&mut self, list: List, index: usize, node: &Node) {
        let count = match list {
            List::Transfers => &mut self.log.listed,
            List::InProgress => self.log.listed_in_progress.get_or_insert(0),
        };
        *count = count.saturating_add(1);
        let entry = self.reader.entry(list, index, node);
        match entry {
            Some(entry) if self.left.get() > 0 && self.log.entries.len() < MOST_ENTRIES => {
                self.log.entries.push(entry);
            }
            Some(_) | None => self.log.unread = self.log.unread.saturating_add(1),
        }
    }

    /// Finds something else where a list of transfers should be.
    fn no_list(&mut self, list: List, node: &Node) {
        let at = At::member(list.as_str());
        self.reader.note_null(node, &at);
        let rule = match list {
            List::Transfers => Rule::Root,
            List::InProgress => Rule::ProgressForm,
        };
        self.reader
            .find(rule, &at, || format!("{}; expected an array", node.kind()));
    }
}

/// Writes a place among the octets.
fn place(line: impl fmt::Display, column: impl fmt::Display) -> String {
    format!("line {line}, column {column}")
}

/// Reads the root; something else than an object is an error of the parser.
struct Root<'r, 't>(&'r mut Rest<'t>);

impl<'de> DeserializeSeed<'de> for Root<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Root<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `version` and `transfers`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let rest = self.0;
        while let Some(name) = members.next_key_seed(Name)? {
            if rest.members.contains(&name) {
                let at = At::member(&name);
                rest.reader
                    .find(Rule::Repeated, &at, || "the member comes again".to_owned());
            }
            let list = match name.as_str() {
                "transfers" => Some(List::Transfers),
                "transfers_in_progress" => Some(List::InProgress),
                _ => None,
            };
            match list {
                Some(list) => {
                    rest.list(list);
                    members.next_value_seed(Items { rest, list })?;
                }
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
            // More names than anybody has are passed by.
            if rest.members.len() < 1_000 {
                rest.members.push(name);
            }
        }
        Ok(())
    }
}

/// Reads the items of a list one by one.
struct Items<'r, 't> {
    rest: &'r mut Rest<'t>,
    list: List,
}

impl<'de> DeserializeSeed<'de> for Items<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Items<'_, '_> {
    fn other<E>(self, node: &Node) -> Result<(), E> {
        self.rest.no_list(self.list, node);
        Ok(())
    }
}

impl<'de> Visitor<'de> for Items<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of transfers")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.other(&Node::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.other(&Node::Flag)
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.other(&Node::Fraction)
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.other(&Node::Fraction)
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.other(&Node::Fraction)
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.other(&Node::Text(String::new()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.other(&Node::Object(super::node::Object::default()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { rest, list } = self;
        for index in 0.. {
            let seed = Seed::new(&rest.left);
            let Some(node) = items.next_element_seed(seed)? else {
                break;
            };
            rest.item(list, index, &node);
        }
        Ok(())
    }
}
