//! The words of transfer logs: registries, types and stages of transfers, versions.

use std::fmt;

/// A registry as logs name it. The format knows these five only.
///
/// They order alphabetically by their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rir {
    /// AFRINIC.
    Afrinic,
    /// APNIC.
    Apnic,
    /// ARIN.
    Arin,
    /// LACNIC.
    Lacnic,
    /// RIPE NCC.
    RipeNcc,
}

impl Rir {
    /// All of them, in their order.
    pub const ALL: &'static [Self] = &[
        Self::Afrinic,
        Self::Apnic,
        Self::Arin,
        Self::Lacnic,
        Self::RipeNcc,
    ];

    /// Returns the id that the rest of the harness uses, such as `ripe-ncc`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Afrinic => "afrinic",
            Self::Apnic => "apnic",
            Self::Arin => "arin",
            Self::Lacnic => "lacnic",
            Self::RipeNcc => "ripe-ncc",
        }
    }

    /// Returns the name in logs, such as `RIPE NCC`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Afrinic => "AFRINIC",
            Self::Apnic => "APNIC",
            Self::Arin => "ARIN",
            Self::Lacnic => "LACNIC",
            Self::RipeNcc => "RIPE NCC",
        }
    }

    /// Returns the registry with an id; `None` if logs have no name for it.
    pub fn of_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rir| rir.id() == id)
    }

    /// Reads a name as logs write it.
    pub(super) fn exact(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rir| rir.name() == text)
    }

    /// Reads a name in other letters, or with other signs between them: `ripencc`, `RIPE`.
    pub(super) fn near(text: &str) -> Option<Self> {
        let letters = |text: &str| -> String {
            let kept = text.chars().filter(|c| c.is_ascii_alphanumeric());
            kept.map(|c| c.to_ascii_lowercase()).collect()
        };
        let folded = letters(text);
        let mut all = Self::ALL.iter().copied();
        let named = |rir: &Self| letters(rir.name()) == folded || letters(rir.id()) == folded;
        all.find(named)
            .or_else(|| (folded == "ripe").then_some(Self::RipeNcc))
    }
}

impl fmt::Display for Rir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What kind of transfer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The holder changed by a merger, an acquisition or a reorganization.
    MergerAcquisition,
    /// Resources were transferred between holders.
    ResourceTransfer,
}

impl Kind {
    /// Both, in their order.
    pub const ALL: &'static [Self] = &[Self::MergerAcquisition, Self::ResourceTransfer];

    /// Returns the word in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MergerAcquisition => "MERGER_ACQUISITION",
            Self::ResourceTransfer => "RESOURCE_TRANSFER",
        }
    }

    pub(super) fn exact(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }

    /// Reads the word in other letters, or with other signs between them.
    pub(super) fn near(text: &str) -> Option<Self> {
        let folded: String = text
            .chars()
            .map(|c| match c {
                ' ' | '-' => '_',
                c => c.to_ascii_uppercase(),
            })
            .collect();
        Self::exact(&folded)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The source has begun it: only its holder has a claim.
    SourceInitialized,
    /// The recipient has accepted it: both holders have a claim.
    RecipientAccepted,
    /// It is done: only the recipient's holder has a claim.
    Completed,
    /// It was given up: only the source's holder has a claim. Only the withdrawn draft of 5.0 lists these.
    Canceled,
}

impl Stage {
    /// Returns the word for it: that of logs for transfers in progress, ours for the others.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SourceInitialized => "SOURCE_INITIALIZED",
            Self::RecipientAccepted => "RECIPIENT_ACCEPTED",
            Self::Completed => "COMPLETED",
            Self::Canceled => "CANCELED",
        }
    }

    /// Says whether it is still under way.
    pub const fn is_in_progress(self) -> bool {
        matches!(self, Self::SourceInitialized | Self::RecipientAccepted)
    }

    /// Reads a status as version 4.1 has it.
    pub(super) fn exact(text: &str) -> Option<Self> {
        let mut all = [Self::SourceInitialized, Self::RecipientAccepted].into_iter();
        all.find(|stage| stage.as_str() == text)
    }

    /// Reads a status in other letters, or one that the draft of 5.0 had.
    pub(super) fn near(text: &str) -> Option<Self> {
        match text.to_ascii_uppercase().replace([' ', '-'], "_").as_str() {
            "SOURCE_INITIALIZED" => Some(Self::SourceInitialized),
            "RECIPIENT_ACCEPTED" => Some(Self::RecipientAccepted),
            "SOURCE_FINALIZED" => Some(Self::Completed),
            "SOURCE_CANCELLED" | "RECIPIENT_CANCELLED" => Some(Self::Canceled),
            _ => None,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The version of the format that a log declares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// None that is known; it is read like 4.0.
    #[default]
    Unknown,
    /// 4.0, defined in JSON Content Rules.
    V4,
    /// 4.1, a draft: transfers in progress, dates in UTC only.
    V4_1,
    /// 5.0, a draft that 4.1 superseded: a status within completed transfers.
    V5,
}

impl Version {
    pub(super) fn of(text: &str) -> Self {
        match text {
            "4.0" => Self::V4,
            "4.1" => Self::V4_1,
            "5.0" => Self::V5,
            _ => Self::Unknown,
        }
    }

    /// Says whether rules that only the draft of 4.1 has apply.
    pub(super) const fn is_draft(self) -> bool {
        matches!(self, Self::V4_1)
    }
}

/// How a log differs from what its format says, or from what others do.
///
/// Each one has been seen in a log of a registry, or in the format's own examples. All of
/// them are read; those that break the format are also found by a [rule](super::Rule).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deviation {
    /// An array where resources of one kind are an object.
    SetAsArray,
    /// A date that is not of RFC 3339, and still leaves no doubt.
    DateForm,
    /// A date with another offset than `Z`.
    DateOffset,
    /// An octet of an address with zeros before it.
    PaddedOctet,
    /// `null` where the format has a value or nothing.
    Null,
    /// A number as text.
    TextNumber,
    /// The name of a registry, or a word, in other letters.
    OtherWord,
    /// A transfer without source or recipient organization; the format lets it.
    NoOrganization,
    /// A transfer without a date; version 4.0 lets it.
    NoDate,
    /// A transfer in progress with a date; the draft's own example has one.
    DateInProgress,
    /// A list of transfers in progress in a log whose version has none.
    EarlyProgress,
}

impl Deviation {
    /// All of them, in the order in which they are shown.
    pub const ALL: &'static [Self] = &[
        Self::SetAsArray,
        Self::DateForm,
        Self::DateOffset,
        Self::PaddedOctet,
        Self::Null,
        Self::TextNumber,
        Self::OtherWord,
        Self::NoOrganization,
        Self::NoDate,
        Self::DateInProgress,
        Self::EarlyProgress,
    ];

    /// Returns the word for it, which never changes its meaning.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SetAsArray => "set-as-array",
            Self::DateForm => "date-form",
            Self::DateOffset => "date-offset",
            Self::PaddedOctet => "padded-octet",
            Self::Null => "null",
            Self::TextNumber => "text-number",
            Self::OtherWord => "other-word",
            Self::NoOrganization => "no-organization",
            Self::NoDate => "no-date",
            Self::DateInProgress => "date-in-progress",
            Self::EarlyProgress => "early-progress",
        }
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_logs_write_them_and_near_them() {
        for rir in Rir::ALL {
            assert_eq!(Rir::exact(rir.name()), Some(*rir));
            assert_eq!(Rir::near(&rir.name().to_lowercase()), Some(*rir));
            assert_eq!(Rir::of_id(rir.id()), Some(*rir));
        }
        let mut sorted = Rir::ALL.to_vec();
        sorted.sort_by_key(|rir| rir.id());
        assert_eq!(sorted, Rir::ALL);
        for text in ["RIPENCC", "ripencc", "RIPE", "ripe-ncc"] {
            assert_eq!(
                (Rir::exact(text), Rir::near(text)),
                (None, Some(Rir::RipeNcc))
            );
        }
        assert_eq!(Rir::near("NRO"), None);
    }

    #[test]
    fn words_are_read_near_them_too() {
        assert_eq!(
            Kind::exact("RESOURCE_TRANSFER"),
            Some(Kind::ResourceTransfer)
        );
        assert_eq!(Kind::exact("Resource transfer"), None);
        assert_eq!(
            Kind::near("Resource transfer"),
            Some(Kind::ResourceTransfer)
        );
        assert_eq!(Kind::near("M&A"), None);
        assert_eq!(Stage::exact("SOURCE_FINALIZED"), None);
        assert_eq!(Stage::near("source finalized"), Some(Stage::Completed));
        assert_eq!(Stage::near("SOURCE_CANCELLED"), Some(Stage::Canceled));
    }

    #[test]
    fn deviations_are_named_once() {
        let mut words: Vec<&str> = Deviation::ALL.iter().map(|d| d.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Deviation::ALL.len());
    }
}
