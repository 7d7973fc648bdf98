//! How a registry writes its statistics.

use jiff::SignedDuration;

use crate::mock::decode::{Decoder, words};
use crate::mock::number::{Block, Space};
use crate::yaml::Node;

/// A registry's statistics, and how it writes them.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// Its name in them.
    pub name: String,
    /// The folder that its own folder and those of its mirrors are in, from `/` to `/`.
    pub root: String,
    /// The version of the format, as it writes it.
    pub version: String,
    /// Its own time, as minutes east of UTC.
    pub offset_minutes: i32,
    /// What it writes as offset; a sign and four digits where it says nothing.
    pub offset: Option<String>,
    /// How long after midnight of its own time the file of the day before is published.
    pub published_after: SignedDuration,
    /// For how many days it has published nothing; only under a fault.
    pub stopped_days: i64,
    /// By how many days its last day is before that of the others.
    pub end_days_before: i64,
    /// By how many days its serial number is ahead of the day of the file.
    pub serial_days_ahead: i64,
    /// What its serial number counts.
    pub serial: SerialForm,
    /// What it writes as first day.
    pub start: StartForm,
    /// Comments before the version line.
    pub comments: Vec<String>,
    /// Types in the order of its summary lines.
    pub summaries: Vec<Kind>,
    /// Types in the order of its records.
    pub order: Vec<Kind>,
    /// How it groups the records of a type.
    pub groups: Groups,
    /// Whether each AS number has a record of its own.
    pub single_asns: bool,
    /// Whether addresses of IPv4 are written as prefixes.
    pub prefixes: bool,
    /// What it writes as country of what is not held.
    pub pool_country: String,
    /// Whether AS numbers are assigned, not allocated.
    pub asns_assigned: bool,
    /// How it writes ids of holders.
    pub ids: IdForm,
    /// Blocks that are reserved, where nobody holds them.
    pub reserved: Vec<Block>,
    /// Blocks whose first delegation has no known day.
    pub undated: Vec<Block>,
    /// Blocks that it lists although they are no longer in its care; only under a fault.
    pub kept: Vec<Block>,
    /// Blocks that it does not list although they are in its care; only under a fault.
    pub left_out: Vec<Block>,
    /// Whether the file of the old format is published too.
    pub old: bool,
}

impl Statistics {
    /// Returns the path of the newest file of the extended format.
    pub fn latest(&self) -> String {
        format!("{}{}/{}", self.root, self.name, self.latest_name())
    }

    /// Returns its name.
    pub(super) fn latest_name(&self) -> String {
        format!("delegated-{}-extended-latest", self.name)
    }
}

words! {
    /// A type of numbers.
    pub Kind {
        /// AS numbers.
        Asn = "asn",
        /// IPv4 addresses.
        Ipv4 = "ipv4",
        /// IPv6 addresses.
        Ipv6 = "ipv6",
    }
}

impl Kind {
    /// Returns the word of the format.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Asn => "asn",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        }
    }

    /// Returns the kind of number.
    pub(super) const fn space(self) -> Space {
        match self {
            Self::Asn => Space::Asn,
            Self::Ipv4 => Space::V4,
            Self::Ipv6 => Space::V6,
        }
    }
}

words! {
    /// What a serial number counts.
    pub SerialForm {
        /// The day, as eight digits.
        Day = "day",
        /// Seconds since 1970, up to the last of the day.
        Seconds = "seconds",
        /// Milliseconds since 1970, when the file was made.
        Milliseconds = "milliseconds",
    }
}

words! {
    /// What stands as first day.
    pub StartForm {
        /// Nothing.
        Empty = "empty",
        /// Eight zeros.
        Zeros = "zeros",
        /// 1970-01-01.
        Epoch = "epoch",
        /// 1987-01-01.
        Eighties = "1987",
        /// 1983-07-05.
        First = "1983",
    }
}

words! {
    /// How the records of a type are grouped.
    pub Groups {
        /// Not at all: by number.
        None = "none",
        /// By status: allocated, assigned, reserved, available.
        Status = "status",
        /// By what is held, reserved, available.
        Held = "held",
    }
}

words! {
    /// How ids of holders are written.
    pub IdForm {
        /// `F3` and six hex digits in capitals.
        F3 = "f3",
        /// `A9` and six hex digits in capitals.
        A9 = "a9",
        /// 32 hex digits.
        Hex = "hex",
        /// A number of up to six digits.
        Decimal = "decimal",
        /// A UUID.
        Uuid = "uuid",
    }
}

const KEYS: &[&str] = &[
    "name",
    "root",
    "version",
    "offset_minutes",
    "offset",
    "published_after_minutes",
    "stopped_days",
    "end_days_before",
    "serial_days_ahead",
    "serial",
    "start",
    "comments",
    "summaries",
    "order",
    "groups",
    "single_asns",
    "prefixes",
    "pool_country",
    "asns_assigned",
    "ids",
    "reserved",
    "undated",
    "kept",
    "left_out",
    "old",
];

/// Reads `statistics` of a file host.
pub(in crate::mock) fn statistics(d: &Decoder, node: &Node) -> Option<Statistics> {
    d.known(node, KEYS);
    let number = |key: &str| d.optional(node, key, "a whole number").unwrap_or(0);
    let blocks = |key: &str| {
        let items = d.items(node, key).iter();
        let read = items.filter_map(|item| {
            let text = d.scalar(item)?;
            let block = Block::parse(&text).ok();
            if block.is_none() {
                d.complain(item.span, format!("`{text}` is no block of numbers"));
            }
            block
        });
        read.collect::<Vec<_>>()
    };
    let kinds = |key: &str| match d.words::<Kind>(node, key) {
        all if all.is_empty() => vec![Kind::Asn, Kind::Ipv4, Kind::Ipv6],
        all => all,
    };
    let minutes = d.optional(node, "published_after_minutes", "a number of minutes");
    Some(Statistics {
        name: d.text(node, "name")?,
        root: d.text(node, "root")?,
        version: d.text(node, "version")?,
        offset_minutes: d.optional(node, "offset_minutes", "minutes").unwrap_or(0),
        offset: d.optional_text(node, "offset"),
        published_after: SignedDuration::from_mins(minutes.unwrap_or(15)),
        stopped_days: number("stopped_days"),
        end_days_before: number("end_days_before"),
        serial_days_ahead: number("serial_days_ahead"),
        serial: d.word_or(node, "serial", SerialForm::Day),
        start: d.word_or(node, "start", StartForm::Empty),
        comments: d.texts(node, "comments"),
        summaries: kinds("summaries"),
        order: kinds("order"),
        groups: d.word_or(node, "groups", Groups::None),
        single_asns: d.flag(node, "single_asns"),
        prefixes: d.flag(node, "prefixes"),
        pool_country: d.optional_text(node, "pool_country").unwrap_or_default(),
        asns_assigned: d.flag(node, "asns_assigned"),
        ids: d.word_or(node, "ids", IdForm::Hex),
        reserved: blocks("reserved"),
        undated: blocks("undated"),
        kept: blocks("kept"),
        left_out: blocks("left_out"),
        old: d.flag(node, "old"),
    })
}
