//! Notification files: where the snapshot and the deltas are.

use std::io::Read;

use url::Url;

use super::head::{self, Head, Kind, expected};
use super::rules::cut;
use super::uri::is_same_origin;
use super::xml::{Element, Name, Piece, Pieces, form};
use super::{File, Hash, MOST_DELTAS, Reading, Rule, Stopped, Tally, hash_of_hex};

/// What a notification file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notification {
    /// The file; `None` if it could not be read to its end.
    pub file: Option<File>,
    /// Session and serial.
    pub head: Head,
    /// The snapshot; `None` if there is none that can be fetched.
    pub snapshot: Option<Link>,
    /// Deltas that can be fetched, in the order of the file.
    pub deltas: Vec<Link>,
    /// Why it was not read to its end; `None` if it was.
    pub stopped: Option<Stopped>,
}

/// Another file that a notification names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The serial that it leads to.
    pub serial: u64,
    /// Where it is, as written; an https URI.
    pub uri: String,
    /// Its SHA-256.
    pub hash: Hash,
    /// Offset of the element in the notification.
    pub at: u64,
}

pub(super) fn read(input: impl Read, reading: &Reading<'_>, tally: &mut Tally) -> Notification {
    let mut pieces = Pieces::new(input, reading);
    let mut seen = Notification::default();
    for rule in [Rule::Form, Rule::NoDoctype, Rule::Limits] {
        tally.look(rule);
    }
    let mut lists = Lists::default();
    seen.stopped = lists
        .read(&mut pieces, &mut seen, reading, tally)
        .err()
        .inspect(|stopped| stop(stopped, reading, tally));
    seen.file = pieces.finish(reading, &mut seen.stopped, tally);
    if seen.stopped.is_none() {
        lists.judge(&seen, reading, tally);
    }
    seen
}

/// Names what ended the reading by a rule, if the file is to blame.
pub(super) fn stop(stopped: &Stopped, reading: &Reading<'_>, tally: &mut Tally) {
    if let Some((rule, at)) = stopped.rule() {
        tally.find(rule, || reading.place("", at), || stopped.to_string());
    }
}

/// What is counted while a notification is read.
#[derive(Debug, Default)]
struct Lists {
    snapshots: u64,
    deltas: u64,
    /// Serials of deltas as written, those that can be read.
    serials: Vec<u64>,
    /// Whether a serial could not be read.
    unreadable: bool,
}

impl Lists {
    fn read<R: Read>(
        &mut self,
        pieces: &mut Pieces<'_, R>,
        seen: &mut Notification,
        reading: &Reading<'_>,
        tally: &mut Tally,
    ) -> Result<(), Stopped> {
        let (head, empty) = head::read(Kind::Notification, pieces, reading, tally)?;
        seen.head = head;
        let base = Url::parse(reading.url).ok();
        let mut inside = !empty;
        let mut depth = usize::from(!empty);
        loop {
            match pieces.next()? {
                Piece::Open { name, empty } => {
                    match name {
                        Name::Snapshot => {
                            self.snapshot(seen, &pieces.element, base.as_ref(), reading, tally);
                        }
                        Name::Delta => {
                            self.delta(seen, &pieces.element, base.as_ref(), reading, tally)?;
                        }
                        Name::Notification | Name::Publish | Name::Withdraw | Name::Other => {
                            let at = pieces.element.at;
                            return Err(form(at, "an element that a notification does not have"));
                        }
                    }
                    depth += usize::from(!empty);
                }
                Piece::Text => return Err(form(pieces.at(), "text that no notification has")),
                Piece::Close => {
                    depth = depth.saturating_sub(1);
                    inside = depth > 0;
                }
                Piece::End => break,
            }
        }
        debug_assert!(!inside, "the file ended within its root");
        Ok(())
    }

    fn snapshot(
        &mut self,
        seen: &mut Notification,
        element: &Element,
        base: Option<&Url>,
        reading: &Reading<'_>,
        tally: &mut Tally,
    ) {
        self.snapshots += 1;
        let path = format!("notification/snapshot[{}]", self.snapshots);
        tally.look(Rule::SnapshotElement);
        head::unknown(element, &path, &["uri", "hash"], reading, tally);
        let link = link(
            element,
            &path,
            base,
            (reading, tally, Rule::SnapshotElement),
        );
        if self.snapshots == 1 {
            seen.snapshot = link.map(|(uri, hash)| Link {
                serial: seen.head.serial.unwrap_or_default(),
                uri,
                hash,
                at: element.at,
            });
        }
    }

    fn delta(
        &mut self,
        seen: &mut Notification,
        element: &Element,
        base: Option<&Url>,
        reading: &Reading<'_>,
        tally: &mut Tally,
    ) -> Result<(), Stopped> {
        self.deltas += 1;
        if self.deltas > reading.limits.deltas {
            return Err(Stopped::Limit {
                at: element.at,
                what: "deltas",
                limit: reading.limits.deltas,
            });
        }
        let path = format!("notification/delta[{}]", self.deltas);
        tally.look(Rule::DeltaElement);
        head::unknown(element, &path, &["serial", "uri", "hash"], reading, tally);
        let serial = head::serial(element, &path, reading, tally, Rule::DeltaElement);
        let link = link(element, &path, base, (reading, tally, Rule::DeltaElement));
        match serial {
            Some(serial) => self.serials.push(serial),
            None => self.unreadable = true,
        }
        if let (Some(serial), Some((uri, hash))) = (serial, link) {
            seen.deltas.push(Link {
                serial,
                uri,
                hash,
                at: element.at,
            });
        }
        Ok(())
    }

    /// Applies the rules over the whole notification.
    fn judge(&mut self, seen: &Notification, reading: &Reading<'_>, tally: &mut Tally) {
        tally.look(Rule::SnapshotElement);
        if self.snapshots != 1 {
            tally.find(
                Rule::SnapshotElement,
                || reading.place("notification", 0),
                || format!("{} snapshots; expected one", self.snapshots),
            );
        }
        tally.look(Rule::DeltaCount);
        if self.deltas > MOST_DELTAS {
            tally.find(
                Rule::DeltaCount,
                || reading.place("notification", 0),
                || {
                    format!(
                        "{} deltas; relying parties read at most {MOST_DELTAS}",
                        self.deltas
                    )
                },
            );
        }
        if self.serials.is_empty() || self.unreadable {
            return;
        }
        tally.look(Rule::DeltaSequence);
        self.serials.sort_unstable();
        let mut wrong = |message: String| {
            tally.find(
                Rule::DeltaSequence,
                || reading.place("notification", 0),
                || message,
            );
        };
        for (lower, higher) in self.serials.iter().zip(self.serials.iter().skip(1)) {
            match higher.saturating_sub(*lower) {
                0 => wrong(format!("serial {lower} comes twice")),
                1 => {}
                2 => wrong(format!("serial {} is missing", higher.saturating_sub(1))),
                _ => wrong(format!(
                    "serials {} to {} are missing",
                    lower.saturating_add(1),
                    higher.saturating_sub(1)
                )),
            }
        }
        if let (Some(highest), Some(serial)) = (self.serials.last(), seen.head.serial)
            && *highest != serial
        {
            wrong(format!(
                "the highest serial is {highest}; expected {serial}, that of the notification"
            ));
        }
    }
}

/// Reads where another file is; `None` if it cannot be fetched or held against its hash.
fn link(
    element: &Element,
    path: &str,
    base: Option<&Url>,
    (reading, tally, rule): (&Reading<'_>, &mut Tally, Rule),
) -> Option<(String, Hash)> {
    let written = element.get("hash");
    let hash = written.and_then(hash_of_hex);
    if hash.is_none() {
        tally.find(
            rule,
            || reading.place(format_args!("{path}/@hash"), element.at),
            || expected(written, "64 hex digits of a SHA-256"),
        );
    }
    let written = element.get("uri");
    let uri = written
        .and_then(|uri| Url::parse(uri).ok())
        .filter(|uri| uri.scheme() == "https" && uri.host_str().is_some());
    let Some(uri) = uri else {
        tally.find(
            rule,
            || reading.place(format_args!("{path}/@uri"), element.at),
            || expected(written, "an https URI"),
        );
        return None;
    };
    if let Some(base) = base {
        tally.look(Rule::SameOrigin);
        if !is_same_origin(base, &uri) {
            tally.find(
                Rule::SameOrigin,
                || reading.place(format_args!("{path}/@uri"), element.at),
                || {
                    let here = uri.origin().ascii_serialization();
                    let there = base.origin().ascii_serialization();
                    format!("the origin is `{}`; expected `{}`", cut(here), cut(there))
                },
            );
        }
    }
    Some((written?.to_owned(), hash?))
}
