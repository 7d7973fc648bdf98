//! The root element: what kind of file it is, and of which session and serial.

use std::io::Read;

use super::rules::cut;
use super::xml::{Element, Name, Piece, Pieces, form};
use super::{Reading, Rule, Stopped, Tally};

/// The namespace of RRDP.
///
/// Source: RFC 8182, section 3.5.1.3.
const NAMESPACE: &str = "http://www.ripe.net/rpki/rrdp";

/// Kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Notification,
    Snapshot,
    Delta,
}

impl Kind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Notification => "notification",
            Self::Snapshot => "snapshot",
            Self::Delta => "delta",
        }
    }

    const fn name(self) -> Name {
        match self {
            Self::Notification => Name::Notification,
            Self::Snapshot => Name::Snapshot,
            Self::Delta => Name::Delta,
        }
    }
}

/// What a root element says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The session id as written; `None` if there is none.
    pub session: Option<String>,
    /// The serial; `None` if there is none, or it is no number that fits.
    pub serial: Option<u64>,
}

/// Reads up to and with the root element; says also whether it is empty.
pub(super) fn read<R: Read>(
    kind: Kind,
    pieces: &mut Pieces<'_, R>,
    reading: &Reading<'_>,
    tally: &mut Tally,
) -> Result<(Head, bool), Stopped> {
    let (name, empty) = match pieces.next()? {
        Piece::Open { name, empty } => (name, empty),
        Piece::Text | Piece::Close | Piece::End => {
            return Err(form(pieces.at(), "text where the root element belongs"));
        }
    };
    let root = &pieces.element;
    if name != kind.name() {
        let (at, word) = (root.at, kind.word());
        let reason = format!("the root element is not `{word}`");
        return Err(form(at, reason));
    }
    let place = |what: &str| reading.place(format_args!("{}{what}", kind.word()), root.at);
    let namespace = if root.prefix.is_empty() {
        root.get("xmlns")
    } else {
        root.get(&format!("xmlns:{}", root.prefix))
    };
    tally.look(Rule::Namespace);
    if namespace != Some(NAMESPACE) {
        tally.find(
            Rule::Namespace,
            || place(""),
            || match namespace {
                None => format!("no namespace; expected `{NAMESPACE}`"),
                Some(other) => {
                    format!("the namespace is `{}`; expected `{NAMESPACE}`", cut(other))
                }
            },
        );
    }
    tally.look(Rule::Version);
    if root.get("version") != Some("1") {
        tally.find(
            Rule::Version,
            || place("/@version"),
            || expected(root.get("version"), "`1`"),
        );
    }
    unknown(
        root,
        kind.word(),
        &["version", "session_id", "serial"],
        reading,
        tally,
    );
    let session = root.get("session_id").map(str::to_owned);
    tally.look(Rule::SessionId);
    if !session.as_deref().is_some_and(is_uuid_4) {
        tally.find(
            Rule::SessionId,
            || place("/@session_id"),
            || expected(root.get("session_id"), "a UUID of version 4"),
        );
    }
    tally.look(Rule::Serial);
    let serial = serial(root, kind.word(), reading, tally, Rule::Serial);
    Ok((Head { session, serial }, empty))
}

/// Returns the serial of an element; what is wrong with it is found by a rule.
pub(super) fn serial(
    element: &Element,
    path: &str,
    reading: &Reading<'_>,
    tally: &mut Tally,
    rule: Rule,
) -> Option<u64> {
    let written = element.get("serial");
    let place = || reading.place(format_args!("{path}/@serial"), element.at);
    let digits = written.filter(|text| {
        !text.is_empty()
            && text.bytes().all(|octet| octet.is_ascii_digit())
            && text.bytes().any(|octet| octet != b'0')
    });
    let Some(digits) = digits else {
        tally.find(rule, place, || {
            expected(written, "a positive decimal number")
        });
        return None;
    };
    let number = digits.parse().ok();
    if number.is_none() {
        // A serial is unbounded by the schema; no relying party reads one beyond 64 bits.
        tally.find(Rule::Limits, place, || {
            format!("the serial has {} digits", digits.len())
        });
    }
    number
}

/// Reports attributes that the schema does not know; declarations of namespaces are none.
pub(super) fn unknown(
    element: &Element,
    path: &str,
    known: &[&str],
    reading: &Reading<'_>,
    tally: &mut Tally,
) {
    for (name, _) in element.iter() {
        if !known.contains(&name) && name != "xmlns" && !name.starts_with("xmlns:") {
            tally.find(
                Rule::Form,
                || reading.place(format_args!("{path}/@{}", cut(name)), element.at),
                || format!("the schema has no attribute `{}` here", cut(name)),
            );
        }
    }
}

/// Returns the message for an attribute that is missing or has the wrong value.
pub(super) fn expected(seen: Option<&str>, what: &str) -> String {
    match seen {
        None => format!("missing; expected {what}"),
        Some(seen) => format!("`{}`; expected {what}", cut(seen)),
    }
}

/// Says whether a text is a UUID of version 4 and of the variant of RFC 9562.
///
/// Source: RFC 9562, sections 4 and 5.4.
fn is_uuid_4(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups
            .iter()
            .all(|group| group.bytes().all(|octet| octet.is_ascii_hexdigit()))
        && groups.get(2).is_some_and(|group| group.starts_with('4'))
        && groups
            .get(3)
            .is_some_and(|group| group.starts_with(['8', '9', 'a', 'b', 'A', 'B']))
}

#[cfg(test)]
mod tests {
    use super::is_uuid_4;

    #[test]
    fn a_session_id_is_a_random_uuid() {
        assert!(is_uuid_4("a2d845c4-5b91-4015-a2b7-988c03ce232a"));
        assert!(is_uuid_4("A2D845C4-5B91-4015-B2B7-988C03CE232A"));
        assert!(!is_uuid_4("a2d845c4-5b91-1015-a2b7-988c03ce232a"));
        assert!(!is_uuid_4("a2d845c4-5b91-4015-c2b7-988c03ce232a"));
        assert!(!is_uuid_4("a2d845c45b914015a2b7988c03ce232a"));
        assert!(!is_uuid_4("a2d845c4-5b91-4015-a2b7-988c03ce232"));
        assert!(!is_uuid_4(""));
    }
}
