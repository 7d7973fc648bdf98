//! What a log says: its transfers, and what it says of itself.

use jiff::Timestamp;

use super::words::{Kind, Rir, Stage, Version};
use crate::resource::Resources;

/// An organization of a transfer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organization {
    /// Its name; empty if the log does not say.
    pub name: String,
    /// Its country code in capitals; empty if the log does not say, or something that is none.
    pub country: String,
}

/// The list of a log that an entry stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// Completed transfers.
    Transfers,
    /// Transfers in progress.
    InProgress,
}

impl List {
    /// Returns the name of the root's member.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transfers => "transfers",
            Self::InProgress => "transfers_in_progress",
        }
    }
}

/// One transfer of a log.
///
/// What cannot be read is absent; nothing is guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The list it stands in.
    pub list: List,
    /// Its place there, from 0.
    pub index: usize,
    /// How far it is.
    pub stage: Stage,
    /// What kind of transfer it is.
    pub kind: Option<Kind>,
    /// The registry that it leaves; the same as the recipient within one registry.
    pub source: Option<Rir>,
    /// The registry that it comes to.
    pub recipient: Option<Rir>,
    /// When it was completed, UTC.
    pub date: Option<Timestamp>,
    /// When the resources were registered at the source, UTC.
    pub registered: Option<Timestamp>,
    /// What is transferred; ranges that cannot be read are left out.
    pub resources: Resources,
    /// The registration that it was cut out of; `None` if the log does not say.
    pub original: Option<Resources>,
    /// Whose it was; `None` if the log does not say.
    pub from: Option<Box<Organization>>,
    /// Whose it is; `None` if the log does not say.
    pub to: Option<Box<Organization>>,
}

impl Entry {
    /// Returns its JSON Pointer, such as `/transfers/17`.
    pub fn pointer(&self) -> String {
        format!("/{}/{}", self.list.as_str(), self.index)
    }

    /// Says whether source and recipient are two registries.
    pub fn is_between(&self) -> bool {
        self.source.is_some() && self.recipient.is_some() && self.source != self.recipient
    }

    /// Returns source and recipient; `None` if one cannot be read.
    pub fn pair(&self) -> Option<(Rir, Rir)> {
        self.source.zip(self.recipient)
    }
}

/// Who made a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Producer {
    /// A registry.
    Registry(Rir),
    /// The Number Resource Organization, for all of them.
    Nro,
}

/// Why a log was not read to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// It is no JSON from here on.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in octets, from 1; 0 at the end of a line.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// The octets could not be read: no matter of the log.
    #[error("reading the log: {0}")]
    Input(String),
}

/// In which order a log lists its completed transfers by date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// There are fewer than two dates that differ.
    #[default]
    Untold,
    /// The oldest first.
    Ascending,
    /// The newest first.
    Descending,
    /// Neither.
    Mixed,
}

impl Order {
    /// Returns the word for it; empty if it cannot be told.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Untold => "",
            Self::Ascending => "ascending",
            Self::Descending => "descending",
            Self::Mixed => "mixed",
        }
    }
}

/// A transfer log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The version that it declares.
    pub version: Version,
    /// The text that says so; empty if there is none.
    pub version_text: String,
    /// Who made it.
    pub producer: Option<Producer>,
    /// The text that says so; empty if there is none.
    pub producer_text: String,
    /// When it was made, UTC.
    pub produced: Option<Timestamp>,
    /// The beginning of the time that it covers, UTC.
    pub begins: Option<Timestamp>,
    /// The end of the time that it covers, UTC.
    pub ends: Option<Timestamp>,
    /// The producer's offset from UTC in minutes.
    pub offset_minutes: Option<i64>,
    /// Its transfers, completed and in progress, in the order of the log.
    pub entries: Vec<Entry>,
    /// How many completed transfers are listed, those that cannot be read included.
    pub listed: u64,
    /// How many transfers in progress are listed; `None` if there is no such list.
    pub listed_in_progress: Option<u64>,
    /// Listed things that are no entries, too large or too many, and so not among the entries.
    pub unread: u64,
    /// In which order completed transfers are listed.
    pub order: Order,
    /// Why it was not read to its end; `None` if it was.
    pub stopped: Option<Stopped>,
}

impl Log {
    /// Iterates over completed transfers.
    pub fn completed(&self) -> impl Iterator<Item = &Entry> {
        let all = self.entries.iter();
        all.filter(|entry| entry.stage == Stage::Completed)
    }

    /// Iterates over transfers in progress.
    pub fn in_progress(&self) -> impl Iterator<Item = &Entry> {
        let all = self.entries.iter();
        all.filter(|entry| entry.stage.is_in_progress())
    }

    /// Returns the registry that made it; `None` for the NRO and where it cannot be read.
    pub const fn registry(&self) -> Option<Rir> {
        match self.producer {
            Some(Producer::Registry(rir)) => Some(rir),
            Some(Producer::Nro) | None => None,
        }
    }
}
