//! The rules over RRDP files, and the tally of what they find.

use std::fmt::Display;

use crate::inspect::RuleId;

/// A rule over one RRDP file, or over several that belong together.
///
/// The order is that of the reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The file is XML 1.0 of the schema: known elements and attributes, each where it belongs.
    Form,
    /// There is no document type, no entity declaration, and no reference in text.
    NoDoctype,
    /// Every octet is US-ASCII, and no other encoding is declared.
    Encoding,
    /// The elements are in the namespace of RRDP.
    Namespace,
    /// The version is 1.
    Version,
    /// The session id is a random UUID (version 4).
    SessionId,
    /// The serial is a positive decimal number.
    Serial,
    /// A notification has one snapshot, with an https URI and a SHA-256.
    SnapshotElement,
    /// Each delta of a notification has a serial, an https URI and a SHA-256.
    DeltaElement,
    /// Serials of deltas are contiguous, each once, and end with the notification's.
    DeltaSequence,
    /// The snapshot's SHA-256 is that of the notification.
    SnapshotHash,
    /// The snapshot has the notification's session and serial.
    SnapshotMatch,
    /// Each delta's SHA-256 is that of the notification.
    DeltaHash,
    /// Each delta has the notification's session and its own serial.
    DeltaMatch,
    /// Snapshot and deltas have the notification's origin.
    SameOrigin,
    /// All deltas together are no larger than the snapshot.
    DeltaVolume,
    /// The paths of snapshot and deltas hold something that cannot be guessed.
    UnpredictablePath,
    /// There are no more deltas than relying parties read.
    DeltaCount,
    /// No object is larger than relying parties read.
    ObjectSize,
    /// Every object has an rsync URI of the right form and length.
    ObjectUri,
    /// All objects are under the authorities of this repository.
    OneAuthority,
    /// No URI is published twice in one snapshot.
    UniqueUri,
    /// The Base64 of every object can be decoded.
    Base64,
    /// The file was read to its end within the limits.
    Limits,
}

impl Rule {
    /// All rules.
    pub const ALL: &'static [Self] = &[
        Self::Form,
        Self::NoDoctype,
        Self::Encoding,
        Self::Namespace,
        Self::Version,
        Self::SessionId,
        Self::Serial,
        Self::SnapshotElement,
        Self::DeltaElement,
        Self::DeltaSequence,
        Self::SnapshotHash,
        Self::SnapshotMatch,
        Self::DeltaHash,
        Self::DeltaMatch,
        Self::SameOrigin,
        Self::DeltaVolume,
        Self::UnpredictablePath,
        Self::DeltaCount,
        Self::ObjectSize,
        Self::ObjectUri,
        Self::OneAuthority,
        Self::UniqueUri,
        Self::Base64,
        Self::Limits,
    ];
}

impl RuleId for Rule {
    fn id(self) -> &'static str {
        match self {
            Self::Form => "rpki.rrdp.form",
            Self::NoDoctype => "rpki.rrdp.no-doctype",
            Self::Encoding => "rpki.rrdp.encoding",
            Self::Namespace => "rpki.rrdp.namespace",
            Self::Version => "rpki.rrdp.version",
            Self::SessionId => "rpki.rrdp.session-id",
            Self::Serial => "rpki.rrdp.serial",
            Self::SnapshotElement => "rpki.rrdp.snapshot-element",
            Self::DeltaElement => "rpki.rrdp.delta-element",
            Self::DeltaSequence => "rpki.rrdp.delta-sequence",
            Self::SnapshotHash => "rpki.rrdp.snapshot-hash",
            Self::SnapshotMatch => "rpki.rrdp.snapshot-match",
            Self::DeltaHash => "rpki.rrdp.delta-hash",
            Self::DeltaMatch => "rpki.rrdp.delta-match",
            Self::SameOrigin => "rpki.rrdp.same-origin",
            Self::DeltaVolume => "rpki.rrdp.delta-volume",
            Self::UnpredictablePath => "rpki.rrdp.unpredictable-path",
            Self::DeltaCount => "rpki.rrdp.delta-count",
            Self::ObjectSize => "rpki.rrdp.object-size",
            Self::ObjectUri => "rpki.rrdp.object-uri",
            Self::OneAuthority => "rpki.rrdp.one-authority",
            Self::UniqueUri => "rpki.rrdp.unique-uri",
            Self::Base64 => "rpki.rrdp.base64",
            Self::Limits => "rpki.rrdp.limits",
        }
    }
}

/// What the rules found so far.
pub type Tally = crate::inspect::Tally<Rule>;

/// Cuts a text of a file to what a message can show; line ends and other controls are shown as `�`.
pub(super) fn cut(text: impl Display) -> String {
    const LONGEST: usize = 120;
    let text = text.to_string();
    let mut short: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_listed_in_their_order_and_named_once() {
        let mut sorted = Rule::ALL.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, Rule::ALL);
        let mut ids: Vec<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Rule::ALL.len());
    }

    #[test]
    fn findings_are_counted_beyond_what_is_kept() {
        let mut tally = Tally::new();
        tally.look(Rule::Form);
        for number in 0..1_500 {
            tally.find(Rule::Base64, || number.to_string(), String::new);
        }
        let mut other = Tally::new();
        other.find(Rule::Base64, || "other".to_owned(), String::new);
        tally.merge(other);
        let inspected = tally.finish();
        assert!(inspected.looked.contains("rpki.rrdp.form"));
        assert_eq!(inspected.findings.len(), 1_000);
        assert_eq!(inspected.beyond.get("rpki.rrdp.base64"), Some(&1_501));
    }
}
