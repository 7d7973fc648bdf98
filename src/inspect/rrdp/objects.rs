//! Snapshot and delta files: the objects in them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::io::Read;

use data_encoding::BASE64;

use super::head::{self, Head, Kind, expected};
use super::notification::stop;
use super::rules::cut;
use super::uri::{Extension, RsyncUri};
use super::xml::{Name, Piece, Pieces, form};
use super::{
    Change, File, Hash, LARGEST_OBJECT, Reading, Rule, Sink, Stopped, Tally, digest, hash_of_hex,
};

/// Most extensions and authorities that are counted apart.
const MOST_COUNTED: usize = 64;

/// What a snapshot or delta file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Objects {
    /// The file; `None` if it could not be read to its end.
    pub file: Option<File>,
    /// Session and serial.
    pub head: Head,
    /// All objects that are published and can be read.
    pub published: Amount,
    /// The same by extension, such as `roa`; those with none, and those beyond 64, are left out.
    pub by_extension: BTreeMap<Extension, Amount>,
    /// Number of objects by authority in lower case, at most 64.
    pub authorities: BTreeMap<String, u64>,
    /// Size of the largest object.
    pub largest: u64,
    /// Number of objects that are withdrawn.
    pub withdrawn: u64,
    /// Number of objects whose URI or Base64 cannot be read.
    pub unreadable: u64,
    /// Why it was not read to its end; `None` if it was.
    pub stopped: Option<Stopped>,
}

/// A number of objects and their octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Their number.
    pub count: u64,
    /// Their octets.
    pub bytes: u64,
}

impl Amount {
    /// Counts one object more.
    pub const fn add(&mut self, bytes: u64) {
        self.count = self.count.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

pub(super) fn read(
    kind: Kind,
    input: impl Read,
    reading: &Reading<'_>,
    sink: &mut dyn Sink,
    tally: &mut Tally,
) -> Objects {
    let mut pieces = Pieces::new(input, reading);
    for rule in [Rule::Form, Rule::NoDoctype, Rule::Limits] {
        tally.look(rule);
    }
    let mut file = InFile {
        kind,
        reading,
        seen: Objects::default(),
        uris: HashSet::new(),
        keys: (RandomState::new(), RandomState::new()),
        first: None,
        decoded: Vec::new(),
        elements: 0,
    };
    let stopped = file
        .read(&mut pieces, sink, tally)
        .err()
        .inspect(|stopped| stop(stopped, reading, tally));
    let mut seen = file.seen;
    seen.stopped = stopped;
    seen.file = pieces.finish(reading, &mut seen.stopped, tally);
    if seen.stopped.is_none() && seen.published.count + seen.unreadable > 0 {
        for rule in [
            Rule::ObjectSize,
            Rule::ObjectUri,
            Rule::OneAuthority,
            Rule::Base64,
        ] {
            tally.look(rule);
        }
        if kind == Kind::Snapshot {
            tally.look(Rule::UniqueUri);
        }
    }
    seen
}

/// A file while it is read.
struct InFile<'a> {
    kind: Kind,
    reading: &'a Reading<'a>,
    seen: Objects,
    /// Two hashes of each URI of a snapshot, under keys that nobody else knows.
    uris: HashSet<(u64, u64)>,
    keys: (RandomState, RandomState),
    /// The authority of the first object.
    first: Option<String>,
    decoded: Vec<u8>,
    elements: u64,
}

/// The element that is read, its attributes looked at.
struct Open {
    at: u64,
    uri: Option<String>,
    hash: Option<Hash>,
    withdraw: bool,
}

impl InFile<'_> {
    fn read<R: Read>(
        &mut self,
        pieces: &mut Pieces<'_, R>,
        sink: &mut dyn Sink,
        tally: &mut Tally,
    ) -> Result<(), Stopped> {
        let (head, empty) = head::read(self.kind, pieces, self.reading, tally)?;
        self.seen.head = head;
        let mut open: Option<Open> = None;
        let mut uri = String::new();
        let mut inside = !empty;
        loop {
            match pieces.next()? {
                Piece::Open { name, empty } => {
                    if !inside {
                        return Err(form(pieces.element.at, "an element behind the root"));
                    }
                    let element = self.open(name, pieces, std::mem::take(&mut uri), tally)?;
                    if empty {
                        pieces.text.clear();
                        uri = self.close(element, &pieces.text, sink, tally)?;
                    } else {
                        open = Some(element);
                    }
                }
                Piece::Text if open.as_ref().is_some_and(|open| !open.withdraw) => {}
                Piece::Text => {
                    return Err(form(pieces.at(), "text where no object belongs"));
                }
                Piece::Close => match open.take() {
                    Some(element) => {
                        uri = self.close(element, &pieces.text, sink, tally)?;
                    }
                    None => inside = false,
                },
                Piece::End => break,
            }
        }
        if self.kind == Kind::Delta && self.elements == 0 {
            return Err(form(pieces.at(), "a delta without any change"));
        }
        Ok(())
    }

    /// Looks at the attributes of an element; `room` holds its URI, so that none is allocated for each.
    fn open<R: Read>(
        &mut self,
        name: Name,
        pieces: &Pieces<'_, R>,
        mut room: String,
        tally: &mut Tally,
    ) -> Result<Open, Stopped> {
        let element = &pieces.element;
        let withdraw = match (name, self.kind) {
            (Name::Publish, _) => false,
            (Name::Withdraw, Kind::Delta) => true,
            _ => {
                let reason = format!("an element that a {} does not have", self.kind.word());
                return Err(form(element.at, reason));
            }
        };
        self.elements += 1;
        if self.elements > self.reading.limits.objects {
            return Err(Stopped::Limit {
                at: element.at,
                what: "objects",
                limit: self.reading.limits.objects,
            });
        }
        let path = Path(withdraw, self.elements);
        let known: &[&str] = match self.kind {
            Kind::Delta => &["uri", "hash"],
            Kind::Snapshot | Kind::Notification => &["uri"],
        };
        if element.iter().any(|(name, _)| !known.contains(&name)) {
            head::unknown(element, &path.to_string(), known, self.reading, tally);
        }
        let reading = self.reading;
        let written = element.get("hash");
        let hash = written.and_then(hash_of_hex);
        if self.kind == Kind::Delta && hash.is_none() && (withdraw || written.is_some()) {
            tally.find(
                Rule::Form,
                || reading.place(format_args!("{path}/@hash"), element.at),
                || expected(written, "64 hex digits of a SHA-256"),
            );
        }
        let written = element.get("uri");
        let found = written.ok_or("missing").and_then(RsyncUri::read);
        let uri = match found {
            Ok(uri) => {
                if !self.is_ours(uri.authority) {
                    tally.find(
                        Rule::OneAuthority,
                        || reading.place(format_args!("{path}/@uri"), element.at),
                        || {
                            format!(
                                "the authority `{}` is not this repository's",
                                cut(uri.authority)
                            )
                        },
                    );
                }
                room.clear();
                room.push_str(written.unwrap_or_default());
                Some(room)
            }
            Err(reason) => {
                tally.find(
                    Rule::ObjectUri,
                    || reading.place(format_args!("{path}/@uri"), element.at),
                    || format!("`{}`: {reason}", cut(written.unwrap_or_default())),
                );
                None
            }
        };
        Ok(Open {
            at: element.at,
            uri,
            hash,
            withdraw,
        })
    }

    /// Counts an authority and says whether it is of this repository.
    fn is_ours(&mut self, authority: &str) -> bool {
        let authority = if authority.bytes().any(|octet| octet.is_ascii_uppercase()) {
            Cow::Owned(authority.to_ascii_lowercase())
        } else {
            Cow::Borrowed(authority)
        };
        let counted = &mut self.seen.authorities;
        if let Some(count) = counted.get_mut(authority.as_ref()) {
            *count += 1;
        } else if counted.len() < MOST_COUNTED {
            counted.insert(authority.as_ref().to_owned(), 1);
        }
        if !self.reading.authorities.is_empty() {
            return self.reading.authorities.contains(&authority.into_owned());
        }
        match &self.first {
            Some(first) => *first == authority,
            None => {
                self.first = Some(authority.into_owned());
                true
            }
        }
    }

    /// Takes in the octets of an element, and gives them on; returns the room of its URI.
    fn close(
        &mut self,
        open: Open,
        text: &[u8],
        sink: &mut dyn Sink,
        tally: &mut Tally,
    ) -> Result<String, Stopped> {
        let reading = self.reading;
        let path = Path(open.withdraw, self.elements);
        let place = || reading.place(path, open.at);
        if open.withdraw {
            self.seen.withdrawn += 1;
            if let (Some(uri), Some(hash)) = (&open.uri, open.hash) {
                let change = Change::Withdraw { uri, hash };
                give(sink, change, open.at, tally)?;
            }
            return Ok(open.uri.unwrap_or_default());
        }
        let decoded = decode(text, &mut self.decoded);
        if !decoded {
            tally.find(Rule::Base64, place, || "not Base64".to_owned());
        }
        let (Some(uri), true) = (&open.uri, decoded) else {
            self.seen.unreadable += 1;
            return Ok(open.uri.unwrap_or_default());
        };
        let bytes = super::source::wide(self.decoded.len());
        if bytes > LARGEST_OBJECT {
            tally.find(Rule::ObjectSize, place, || {
                format!("{bytes} octets; relying parties read at most {LARGEST_OBJECT}")
            });
        }
        self.seen.published.add(bytes);
        self.seen.largest = self.seen.largest.max(bytes);
        let extension = RsyncUri::read(uri).ok().and_then(|uri| uri.extension());
        if let Some(extension) = extension {
            let counted = &mut self.seen.by_extension;
            if counted.len() < MOST_COUNTED || counted.contains_key(&extension) {
                counted.entry(extension).or_default().add(bytes);
            }
        }
        if self.kind == Kind::Snapshot {
            let key = (self.keys.0.hash_one(uri), self.keys.1.hash_one(uri));
            if !self.uris.insert(key) {
                tally.find(Rule::UniqueUri, place, || {
                    format!("`{}` is published before", cut(uri))
                });
            }
        }
        let change = Change::Publish {
            uri,
            octets: &self.decoded,
            hash: digest(&self.decoded),
            replaces: open.hash,
        };
        give(sink, change, open.at, tally)?;
        if self.decoded.capacity() > 4 * 1024 * 1024 {
            self.decoded = Vec::new();
        }
        Ok(open.uri.unwrap_or_default())
    }
}

fn give(
    sink: &mut dyn Sink,
    change: Change<'_>,
    at: u64,
    tally: &mut Tally,
) -> Result<(), Stopped> {
    sink.take(change, at, tally)
        .map_err(|error| Stopped::Sink(error.to_string()))
}

/// The path of an element: `publish[3]`.
#[derive(Clone, Copy)]
struct Path(bool, u64);

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(withdraw, number) = self;
        let word = if *withdraw { "withdraw" } else { "publish" };
        write!(f, "{word}[{number}]")
    }
}

/// Decodes Base64 with blanks in it; says whether it is some.
///
/// Source: RFC 4648, section 4; blanks are allowed by XML Schema, part 2, section 3.2.16.
fn decode(text: &[u8], decoded: &mut Vec<u8>) -> bool {
    if decode_dense(text, decoded) {
        return true;
    }
    if !text.iter().any(u8::is_ascii_whitespace) {
        return false;
    }
    let mut dense = text.to_vec();
    dense.retain(|octet| !octet.is_ascii_whitespace());
    decode_dense(&dense, decoded)
}

fn decode_dense(text: &[u8], decoded: &mut Vec<u8>) -> bool {
    let Ok(most) = BASE64.decode_len(text.len()) else {
        return false;
    };
    decoded.resize(most, 0);
    match BASE64.decode_mut(text, decoded) {
        Ok(length) => {
            decoded.truncate(length);
            true
        }
        Err(_) => false,
    }
}
