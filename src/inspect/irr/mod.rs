//! A dump of a routing registry: objects of RPSL one after the other, however many.
//!
//! An object is lines of `name: value` up to a blank line; a line that begins with a blank, a tab or
//! `+` goes on with the value before, `%` and `#` begin comments. Of each object its class, its
//! source and, of routes, prefix and origin are kept; what cannot be read is told with its line, and
//! the rest of the dump is still read.
//!
//! Source: RFC 2622, sections 2 and 4; RFC 4012, section 3.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use super::Tally;
use crate::resource::{AddressRange, Asn, Prefix};

/// Longest line that is read, in octets; the longest of RPSL are members of sets, with some 10,000.
const LONGEST_LINE: usize = 256 * 1024;

/// Most routes that are kept; the largest of the five registries' dumps has some 400,000.
const MOST_ROUTES: usize = 4_000_000;

/// Most classes and sources that are counted apart; there are some twenty of the first.
const MOST_NAMES: usize = 64;

/// A rule about a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The id, such as `irr.dump.whole`.
    pub id: &'static str,
}

const WHOLE: Rule = Rule {
    id: "irr.dump.whole",
};
const LINE: Rule = Rule {
    id: "irr.dump.line",
};
const SOURCE: Rule = Rule {
    id: "irr.object.source",
};
const PREFIX: Rule = Rule {
    id: "irr.route.prefix",
};
const ORIGIN: Rule = Rule {
    id: "irr.route.origin",
};

/// All rules.
pub const RULES: &[Rule] = &[WHOLE, LINE, SOURCE, PREFIX, ORIGIN];

/// What a dump has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dump {
    /// Octets that were read.
    pub octets: u64,
    /// Lines that were read.
    pub lines: u64,
    /// Objects.
    pub objects: u64,
    /// Objects by class, in lower case; those beyond the first 64 classes are left out.
    pub classes: BTreeMap<String, u64>,
    /// Objects by source as written; likewise.
    pub sources: BTreeMap<String, u64>,
    /// Routes of both families in the order of the dump.
    pub routes: Vec<Route>,
}

/// A route object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where its object begins, from 1.
    pub line: u64,
    /// What is announced.
    pub addresses: AddressRange,
    /// Who announces it.
    pub origin: Asn,
}

/// Reads a dump to its end, and says why it ended before, if it did.
///
/// `source` is the name that every object should have as its source; any will do if it is empty.
pub fn read(
    mut octets: impl BufRead,
    source: &str,
    tally: &mut Tally,
) -> (Dump, Option<io::Error>) {
    let mut reader = Reader {
        dump: Dump::default(),
        tally,
        source,
        object: None,
    };
    let mut line = Vec::new();
    let stopped = loop {
        line.clear();
        match next_line(&mut octets, &mut line) {
            Ok(None) => break None,
            Ok(Some(length)) => reader.line(&line, length),
            Err(error) => break Some(error),
        }
    };
    // An object that breaks off is not judged.
    if stopped.is_none() {
        reader.end();
    }
    let Reader { dump, tally, .. } = reader;
    if dump.lines > 0 || stopped.is_some() {
        let whole = tally.seen(WHOLE.id);
        if let Some(error) = &stopped {
            whole.find(
                || format!("line {}", dump.lines),
                || format!("the dump ends early: {error}"),
            );
        }
    }
    (dump, stopped)
}

/// Reads a line with its end into `line`, as far as a line is read; returns its length, `None` at the end.
fn next_line(octets: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<u64>> {
    let mut length = 0_u64;
    loop {
        let part = match octets.fill_buf() {
            Ok(part) => part,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if part.is_empty() {
            return Ok((length > 0).then_some(length));
        }
        let end = memchr::memchr(b'\n', part);
        let used = end.map_or(part.len(), |end| end.saturating_add(1));
        let room = (LONGEST_LINE + 1).saturating_sub(line.len()).min(used);
        line.extend_from_slice(part.get(..room).unwrap_or_default());
        length = length.saturating_add(u64::try_from(used).unwrap_or(u64::MAX));
        octets.consume(used);
        if end.is_some() {
            return Ok(Some(length));
        }
    }
}

struct Reader<'a> {
    dump: Dump,
    tally: &'a mut Tally,
    source: &'a str,
    object: Option<Object>,
}

/// The object that is being read.
#[derive(Default)]
struct Object {
    line: u64,
    class: String,
    key: String,
    source: Option<String>,
    origin: Option<String>,
    /// The attribute that a line may go on with.
    last: Last,
}

#[derive(Clone, Copy, Default)]
enum Last {
    Key,
    Source,
    Origin,
    #[default]
    Other,
}

impl Reader<'_> {
    fn line(&mut self, line: &[u8], length: u64) {
        self.dump.octets = self.dump.octets.saturating_add(length);
        self.dump.lines = self.dump.lines.saturating_add(1);
        let number = self.dump.lines;
        let too_long = line.len() > LONGEST_LINE;
        let line = line.trim_ascii_end();
        match line.first() {
            None => return self.end(),
            Some(b'%' | b'#') => return,
            Some(_) => {}
        }
        let found = self.tally.seen(LINE.id);
        if too_long {
            // What goes on after it goes on with something unknown.
            if let Some(object) = &mut self.object {
                object.last = Last::Other;
            }
            let message =
                || format!("a line of more than {LONGEST_LINE} octets is not read to its end");
            return found.find(|| place(number, ""), message);
        }
        if let [b' ' | b'\t' | b'+', rest @ ..] = line {
            match &mut self.object {
                Some(object) => object.go_on(rest),
                None => found.find(
                    || place(number, ""),
                    || "it goes on with a value, and there is none before".to_owned(),
                ),
            }
            return;
        }
        let split = line.iter().position(|octet| *octet == b':');
        let (name, value) = split
            .and_then(|at| line.split_at_checked(at))
            .unwrap_or_default();
        let is_name = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
        if name.is_empty() || !name.iter().all(is_name) {
            // What goes on after it goes on with something unknown.
            if let Some(object) = &mut self.object {
                object.last = Last::Other;
            }
            let shown: String = String::from_utf8_lossy(line).chars().take(40).collect();
            return found.find(
                || place(number, ""),
                || format!("`{shown}`; expected an attribute and its value"),
            );
        }
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let value = text(value.get(1..).unwrap_or_default());
        match &mut self.object {
            Some(object) => object.attribute(&name, value),
            None => {
                self.object = Some(Object {
                    line: number,
                    class: name,
                    key: value,
                    last: Last::Key,
                    ..Object::default()
                });
            }
        }
    }

    /// Ends the object that is being read, if there is one.
    fn end(&mut self) {
        let Some(object) = self.object.take() else {
            return;
        };
        self.dump.objects = self.dump.objects.saturating_add(1);
        self.source_of(&object);
        let class = object.class.as_str();
        if matches!(class, "route" | "route6") {
            self.route(&object, class == "route");
        }
        count(&mut self.dump.classes, object.class);
        if let Some(source) = object.source {
            count(&mut self.dump.sources, source);
        }
    }

    fn source_of(&mut self, object: &Object) {
        let found = self.tally.seen(SOURCE.id);
        let expected = match self.source {
            "" => "the name of a registry",
            name => name,
        };
        let seen = match object.source.as_deref() {
            Some(seen) if self.source.is_empty() && !seen.is_empty() => return,
            Some(seen) if seen.eq_ignore_ascii_case(self.source) => return,
            Some(seen) => format!("`{}`", shown(seen)),
            None => "nothing".to_owned(),
        };
        found.find(
            || place(object.line, "source"),
            || format!("{seen} for `{}`; expected {expected}", shown(&object.key)),
        );
    }

    fn route(&mut self, object: &Object, is_ipv4: bool) {
        let prefix: Option<Prefix> = object.key.parse().ok();
        let range = prefix.map(|prefix| prefix.range());
        let range = range.filter(|range| range.first().is_ipv4() == is_ipv4);
        let found = self.tally.seen(PREFIX.id);
        if range.is_none() {
            let expected = if is_ipv4 { "IPv4" } else { "IPv6" };
            found.find(
                || place(object.line, &object.class),
                || format!("`{}`; expected a prefix of {expected}", shown(&object.key)),
            );
        }
        let origin = object.origin.as_deref().and_then(origin);
        let found = self.tally.seen(ORIGIN.id);
        if origin.is_none() {
            let seen = object.origin.as_deref().map_or("", shown);
            found.find(
                || place(object.line, "origin"),
                || {
                    format!(
                        "`{seen}` for `{}`; expected an AS number",
                        shown(&object.key)
                    )
                },
            );
        }
        let (Some(addresses), Some(origin)) = (range, origin) else {
            return;
        };
        if self.dump.routes.len() < MOST_ROUTES {
            let line = object.line;
            self.dump.routes.push(Route {
                line,
                addresses,
                origin,
            });
        }
    }
}

impl Object {
    fn attribute(&mut self, name: &str, value: String) {
        self.last = Last::Other;
        match name {
            "source" if self.source.is_none() => {
                self.source = Some(value);
                self.last = Last::Source;
            }
            "origin" if self.origin.is_none() => {
                self.origin = Some(value);
                self.last = Last::Origin;
            }
            _ => {}
        }
    }

    /// Goes on with the value before.
    fn go_on(&mut self, rest: &[u8]) {
        let value = match self.last {
            Last::Key => Some(&mut self.key),
            Last::Source => self.source.as_mut(),
            Last::Origin => self.origin.as_mut(),
            Last::Other => None,
        };
        let rest = text(rest);
        if let Some(value) = value.filter(|value| value.len() < 1_000 && !rest.is_empty()) {
            if !value.is_empty() {
                value.push(' ');
            }
            value.push_str(&rest);
        }
    }
}

/// Returns a value without comment and blanks around it, its first 1,000 octets.
fn text(value: &[u8]) -> String {
    let end = memchr::memchr(b'#', value)
        .unwrap_or(value.len())
        .min(1_000);
    let value = value.get(..end).unwrap_or_default();
    String::from_utf8_lossy(value.trim_ascii()).into_owned()
}

fn origin(text: &str) -> Option<Asn> {
    let digits = text
        .strip_prefix("AS")
        .or_else(|| text.strip_prefix("as"))?;
    let is_number = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number).map(Asn)
}

fn count(names: &mut BTreeMap<String, u64>, name: String) {
    if names.len() < MOST_NAMES || names.contains_key(&name) {
        let count = names.entry(name).or_default();
        *count = count.saturating_add(1);
    }
}

/// Returns the beginning of a value, for a message.
fn shown(value: &str) -> &str {
    let end = value
        .char_indices()
        .nth(60)
        .map_or(value.len(), |(at, _)| at);
    value.get(..end).unwrap_or_default()
}

/// Names a place in the dump, `line 12, source`; the whole line without a field.
fn place(line: u64, field: &str) -> String {
    match field {
        "" => format!("line {line}"),
        field => format!("line {line}, {field}"),
    }
}

#[cfg(test)]
mod tests;
