//! The table of a trace: planes down, registries across.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::registry::RegistryId;
use crate::resource::Resources;

/// Where something is said about a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plane {
    /// IANA's number registries.
    Iana,
    /// IANA's bootstrap files of RDAP.
    Bootstrap,
    /// Delegated statistics.
    Statistics,
    /// Transfer logs.
    TransferLogs,
    /// RDAP.
    Rdap,
    /// Whois.
    Whois,
    /// The reverse DNS.
    ReverseDns,
    /// Certificates of the RPKI below a registry's trust anchor, its own authorities left out.
    Certificates,
    /// Validated ROA payloads below a registry's trust anchor.
    Vrps,
    /// Validated ASPA payloads below a registry's trust anchor.
    Aspas,
    /// What a trust anchor may certify, by the constraints file for it.
    Constraints,
}

impl Plane {
    /// All planes, in the order of a table.
    pub const ALL: &'static [Self] = &[
        Self::Iana,
        Self::Bootstrap,
        Self::Statistics,
        Self::TransferLogs,
        Self::Rdap,
        Self::Whois,
        Self::ReverseDns,
        Self::Certificates,
        Self::Vrps,
        Self::Aspas,
        Self::Constraints,
    ];

    /// Returns its name, at most 12 columns wide.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Iana => "IANA",
            Self::Bootstrap => "bootstrap",
            Self::Statistics => "statistics",
            Self::TransferLogs => "transfer log",
            Self::Rdap => "RDAP",
            Self::Whois => "whois",
            Self::ReverseDns => "reverse DNS",
            Self::Certificates => "certificates",
            Self::Vrps => "VRPs",
            Self::Aspas => "ASPAs",
            Self::Constraints => "constraints",
        }
    }
}

/// What a plane says at a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "claim", rename_all = "kebab-case")]
pub enum Claim {
    /// It is here.
    Holds,
    /// IANA's: it was given to this registry, or its service is where clients begin.
    Designated,
    /// It was here and left.
    Left {
        /// The registry that it went to; absent if that is not said.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<RegistryId>,
    },
    /// Another one knows.
    Refers {
        /// Which one.
        to: RegistryId,
    },
    /// Something that does not say where it is.
    Says,
    /// Nothing is known of it here.
    Nothing,
    /// There was no answer that can be read.
    Unseen {
        /// Why.
        why: String,
    },
    /// Nobody asked.
    NotAsked {
        /// Why.
        why: String,
    },
}

impl Claim {
    /// Says whether there was an answer.
    pub const fn is_seen(&self) -> bool {
        !matches!(self, Self::Unseen { .. } | Self::NotAsked { .. })
    }

    /// Returns what counts more where one registry was asked several times.
    const fn weight(&self) -> u8 {
        match self {
            Self::Holds => 7,
            Self::Designated => 6,
            Self::Refers { .. } => 5,
            Self::Left { .. } => 4,
            Self::Says => 3,
            Self::Unseen { .. } => 2,
            Self::Nothing => 1,
            Self::NotAsked { .. } => 0,
        }
    }
}

/// One cell of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// What is said, for a program.
    #[serde(flatten)]
    pub claim: Claim,
    /// What is said for a table: the longest form first, the last at most 10 columns wide.
    #[serde(skip)]
    pub forms: Vec<String>,
    /// What is said in full; empty where nothing is.
    #[serde(rename = "says")]
    pub words: String,
    /// What of the resource it is said about.
    #[serde(
        serialize_with = "as_text",
        skip_serializing_if = "Resources::is_empty"
    )]
    pub of: Resources,
    /// The date of the data itself; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dated: Option<Timestamp>,
    /// When it was asked for; absent where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<Timestamp>,
    /// Where: a URL, or a host; empty where nothing was asked.
    pub source: String,
}

fn as_text<S: Serializer>(resources: &Resources, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(resources)
}

impl Cell {
    /// Returns a cell; of several forms the longest comes first.
    pub(super) fn new<F: Into<String>>(claim: Claim, forms: impl IntoIterator<Item = F>) -> Self {
        Self {
            claim,
            forms: forms.into_iter().map(Into::into).collect(),
            words: String::new(),
            of: Resources::default(),
            dated: None,
            asked: None,
            source: String::new(),
        }
    }

    /// Returns the cell of a registry that knows nothing of the resource.
    pub(super) fn nothing() -> Self {
        Self::new(Claim::Nothing, ["–"])
    }

    /// Returns the cell of a registry whose answer cannot be read; `short` is at most 10 columns wide.
    pub(super) fn unseen(short: &str, why: impl Into<String>) -> Self {
        let why = why.into();
        let cell = Self::new(Claim::Unseen { why: why.clone() }, [format!("? {short}")]);
        cell.saying(why)
    }

    /// Returns the cell of a registry that was not asked.
    pub(super) fn not_asked(why: impl Into<String>) -> Self {
        Self::new(Claim::NotAsked { why: why.into() }, ["not asked"])
    }

    /// Sets what is said in full.
    pub(super) fn saying(mut self, words: impl Into<String>) -> Self {
        self.words = words.into();
        self
    }

    /// Sets what it is said about.
    pub(super) fn of(mut self, resources: Resources) -> Self {
        self.of = resources;
        self
    }

    /// Sets where and when it was said, and the date of what was said.
    pub(super) fn from(
        mut self,
        source: impl Into<String>,
        asked: Timestamp,
        dated: Option<Timestamp>,
    ) -> Self {
        self.source = source.into();
        self.asked = Some(asked);
        self.dated = dated;
        self
    }

    /// Puts the answers to several questions together: what counts more goes into the table.
    pub(super) fn join(self, other: Self) -> Self {
        let (mut first, second) = match other.claim.weight() > self.claim.weight() {
            true => (other, self),
            false => (self, other),
        };
        if first.claim == second.claim {
            first.of = first.of.union(&second.of);
        }
        if !second.words.is_empty() && !first.words.contains(&second.words) {
            let between = if first.words.is_empty() { "" } else { "; " };
            first.words = format!("{}{between}{}", first.words, second.words);
        }
        first
    }

    /// Returns the date that counts: of the data, else of the question.
    pub fn day(&self) -> Option<Timestamp> {
        self.dated.or(self.asked)
    }
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The plane.
    pub plane: Plane,
    /// What it says that is not about one registry; empty for nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Whether it disagrees with others, or within itself.
    pub disagrees: bool,
    /// What it says at each registry.
    pub registries: BTreeMap<RegistryId, Cell>,
}

impl Row {
    /// Returns a row without cells.
    pub(super) const fn new(plane: Plane) -> Self {
        Self {
            plane,
            note: String::new(),
            disagrees: false,
            registries: BTreeMap::new(),
        }
    }

    /// Iterates over the registries at which the resource, or a part of it, is.
    pub(super) fn holding(&self) -> impl Iterator<Item = (&RegistryId, &Resources)> {
        let all = self.registries.iter();
        all.filter(|(_, cell)| cell.claim == Claim::Holds)
            .map(|(id, cell)| (id, &cell.of))
    }

    /// Says whether there was an answer at every registry.
    pub(super) fn is_whole(&self) -> bool {
        self.registries.values().all(|cell| cell.claim.is_seen())
    }
}

/// A transfer of the resource, or of something in it, as logs tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The registry that it leaves.
    pub source: RegistryId,
    /// The registry that it comes to; the same within one.
    pub recipient: RegistryId,
    /// When; absent while it is in progress, and if no log says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Timestamp>,
    /// How far it is: `COMPLETED`, `SOURCE_INITIALIZED`, `RECIPIENT_ACCEPTED` …
    pub stage: &'static str,
    /// Its type as the format writes it; empty if no log says it.
    pub kind: &'static str,
    /// What is transferred, as the logs tell it.
    #[serde(serialize_with = "as_text")]
    pub resources: Resources,
    /// What of the resource is transferred, where that is not all of it.
    #[serde(
        serialize_with = "as_text",
        skip_serializing_if = "Resources::is_empty"
    )]
    pub of: Resources,
    /// What else is transferred with it.
    #[serde(
        serialize_with = "as_text",
        skip_serializing_if = "Resources::is_empty"
    )]
    pub with: Resources,
    /// Whose logs tell it, with the dates that they tell.
    pub told_by: BTreeMap<RegistryId, Option<Timestamp>>,
}

/// Who has a part of the resource, by most of the planes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The part.
    #[serde(serialize_with = "as_text")]
    pub resources: Resources,
    /// The registry; absent if nobody has it, or as many planes name another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry: Option<RegistryId>,
    /// The planes that say so.
    pub by: Vec<Plane>,
    /// The planes that name others.
    pub unlike: Vec<Plane>,
}

/// Two things that cannot both be so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Disagreement {
    /// The plane that differs.
    pub plane: Plane,
    /// How.
    pub words: String,
}

/// Everything that was said about one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// The resource.
    pub resource: String,
    /// `address`, `prefix`, `range`, `asn`, `asns` or `holder`.
    pub kind: &'static str,
    /// Display names of the registries.
    pub registries: BTreeMap<RegistryId, String>,
    /// Who has it, part by part where that differs; empty for a holder.
    pub held: Vec<Held>,
    /// How it moved, the earliest first.
    pub moved: Vec<Moved>,
    /// What every plane says.
    pub rows: Vec<Row>,
    /// What does not fit together.
    pub disagreements: Vec<Disagreement>,
}

impl Trace {
    /// Returns the row of a plane; `None` if it has nothing to say of such a resource.
    pub fn row(&self, plane: Plane) -> Option<&Row> {
        self.rows.iter().find(|row| row.plane == plane)
    }

    /// Returns the display name of a registry.
    pub fn name<'t>(&'t self, id: &'t RegistryId) -> &'t str {
        self.registries.get(id).map_or(id.as_str(), String::as_str)
    }
}
