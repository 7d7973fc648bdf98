//! States and events of a distribution of resources: what participants of a consensus sign
//! about who is authoritative for which resources.
//!
//! Source: draft-nro-sidrops-ta-constraints-00, "Resource Distribution Objects". Its object
//! identifiers are placeholders, so which content is which is a parameter ([`Types`]).

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;

use super::bpki::{Message, first_flaw};
use super::der::{IA5_STRING, INTEGER, Item, Reader, SEQUENCE};
use super::moment::Moment;
use super::object::{Area, Flaws};
use super::resources::{Family, IpBlocks, read_ranges};
use crate::resource::{AddressRange, AddressSet, Asn, AsnSet, Resources};

/// The object identifiers of contents, as dotted numbers, by the draft's names of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Types(BTreeMap<String, &'static str>);

/// The contents that there are.
const NAMES: [&str; 7] = [
    "state",
    "initiation",
    "acceptance",
    "finalization",
    "cancellation",
    "inclusion",
    "exclusion",
];

impl Types {
    /// Takes an identifier for each name.
    ///
    /// # Errors
    ///
    /// What is missing, not known, or stands for two.
    pub fn of<'a>(all: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, String> {
        let mut types = BTreeMap::new();
        for (name, oid) in all {
            let known = NAMES.into_iter().find(|known| *known == name);
            let known = known
                .ok_or_else(|| format!("`{name}` is no content; expected {}", NAMES.join(", ")))?;
            if let Some(other) = types.insert(oid.to_owned(), known) {
                return Err(format!("`{oid}` stands for `{other}` and for `{known}`"));
            }
        }
        let missing = NAMES.into_iter();
        let mut missing = missing.filter(|name| !types.values().any(|known| known == name));
        match missing.next() {
            Some(name) => Err(format!("there is no identifier for `{name}`")),
            None => Ok(Self(types)),
        }
    }

    fn name(&self, message: &Message) -> Result<&'static str, String> {
        let name = self.0.get(&message.content_type).copied();
        name.ok_or_else(|| format!("its content is of another type, {}", message.content_type))
    }
}

/// Which resources which participant has, at a time that all agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Its number, from 1.
    pub version: u64,
    /// The time that all agreed on.
    pub date: Timestamp,
    /// Where the state before it is; `None` for the first one.
    pub previous: Option<String>,
    /// What the URLs of events begin with.
    pub prefix: String,
    /// The number of the last event before that time; `None` for the first state.
    pub index: Option<u64>,
    /// The resources of each participant, in the order of the state.
    pub delegations: Vec<Delegation>,
}

/// The resources of one participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// The participant's name.
    pub name: String,
    /// Its resources.
    pub resources: Resources,
}

/// Something that happened to the distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// An id, unique among those of who initiated, included or excluded.
    pub id: String,
    /// When it happened.
    pub date: Timestamp,
    /// What happened.
    pub what: Happening,
}

/// What happens to a distribution of resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A transfer begins.
    Initiation {
        /// Who is to get them.
        recipient: String,
        /// What is to be transferred.
        resources: Resources,
    },
    /// A transfer is accepted by who is to get it.
    Acceptance {
        /// Who initiated it.
        source: String,
        /// What is to be transferred.
        resources: Resources,
    },
    /// A transfer is completed.
    Finalization,
    /// A transfer will not be.
    Cancellation,
    /// A participant has resources that nobody had.
    Inclusion(Resources),
    /// A participant has resources no longer, and nobody has.
    Exclusion(Resources),
}

impl Happening {
    /// Returns the word for it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Initiation { .. } => "initiation",
            Self::Acceptance { .. } => "acceptance",
            Self::Finalization => "finalization",
            Self::Cancellation => "cancellation",
            Self::Inclusion(_) => "inclusion",
            Self::Exclusion(_) => "exclusion",
        }
    }
}

/// Most delegations of a state; ours. Each is laid beside each other one.
const MOST_DELEGATIONS: usize = 100;

impl State {
    /// Reads the content of a message as a state.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn read(message: &Message, types: &Types) -> Result<Self, String> {
        if types.name(message)? != "state" {
            return Err("it is an event, and no state".to_owned());
        }
        read(&message.content, |fields| {
            let version = fields.number(".version");
            let date = fields.date();
            // Only that there are two texts tells that one of them is of the state before.
            let first = fields.text(".urlPrefix");
            let (previous, prefix) = match fields.reader.take(IA5_STRING) {
                Some(second) => (Some(first), text(&second)),
                None => (None, first),
            };
            let index = fields.reader.take(INTEGER);
            let list = fields.take(SEQUENCE, ".delegations");
            let mut list = list.map(|list| list.reader());
            let mut delegations = Vec::new();
            while let Some(item) = list.as_mut().and_then(|list| list.take(SEQUENCE)) {
                if delegations.len() == MOST_DELEGATIONS {
                    let what = "more participants than are read";
                    fields.flaws.add(item.at, ".delegations", what);
                    break;
                }
                let mut inner = fields.inside(&item);
                delegations.push(Delegation {
                    name: inner.text(".delegations.taName"),
                    resources: inner.resources(),
                });
                inner.end();
            }
            Some(Self {
                version: version?,
                date: date?,
                previous,
                prefix,
                index: index.and_then(|item| item.number()),
                delegations,
            })
        })
    }
}

impl Event {
    /// Reads the content of a message as an event.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn read(message: &Message, types: &Types) -> Result<Self, String> {
        let name = types.name(message)?;
        if name == "state" {
            return Err("it is a state, and no event".to_owned());
        }
        read(&message.content, |fields| {
            let id = fields.text(".id");
            let date = fields.date();
            let what = match name {
                "initiation" => Happening::Initiation {
                    recipient: fields.text(".recipientTaName"),
                    resources: fields.resources(),
                },
                "acceptance" => Happening::Acceptance {
                    source: fields.text(".sourceTaName"),
                    resources: fields.resources(),
                },
                "finalization" => Happening::Finalization,
                "cancellation" => Happening::Cancellation,
                "inclusion" => Happening::Inclusion(fields.resources()),
                _ => Happening::Exclusion(fields.resources()),
            };
            let date = date?;
            Some(Self { id, date, what })
        })
    }
}

/// Reads a whole content; whatever is wrong with it is the end.
fn read<T>(
    content: &[u8],
    take: impl FnOnce(&mut Fields<'_, '_, '_>) -> Option<T>,
) -> Result<T, String> {
    let mut found = Vec::new();
    let mut flaws = Flaws::new(Area::Content, "", &mut found);
    let outer = flaws.take(&mut Reader::new(content, 0), SEQUENCE, ".content");
    let taken = outer.and_then(|outer| {
        let mut fields = Fields {
            reader: outer.reader(),
            flaws: &mut flaws,
        };
        let taken = take(&mut fields);
        fields.end();
        taken
    });
    first_flaw(&found)?;
    taken.ok_or_else(|| "a number or a time of it cannot be read".to_owned())
}

/// The fields of a content, in their order.
struct Fields<'a, 'f, 'v> {
    reader: Reader<'a>,
    flaws: &'f mut Flaws<'v>,
}

impl<'a, 'v> Fields<'a, '_, 'v> {
    /// Returns the fields of an item inside.
    fn inside<'g>(&'g mut self, item: &Item<'a>) -> Fields<'a, 'g, 'v> {
        Fields {
            reader: item.reader(),
            flaws: self.flaws,
        }
    }

    fn take(&mut self, tag: u8, field: &'static str) -> Option<Item<'a>> {
        self.flaws.take(&mut self.reader, tag, field)
    }

    fn text(&mut self, field: &'static str) -> String {
        let item = self.take(IA5_STRING, field);
        item.map(|item| text(&item)).unwrap_or_default()
    }

    fn number(&mut self, field: &'static str) -> Option<u64> {
        self.take(INTEGER, field)?.number()
    }

    fn date(&mut self) -> Option<Timestamp> {
        let moment = Moment::take(&mut self.reader).filter(|moment| !moment.is_utc);
        if moment.is_none() {
            self.flaws
                .add(self.reader.at(), ".date", "no GeneralizedTime");
        }
        Timestamp::from_second(moment?.seconds?).ok()
    }

    fn resources(&mut self) -> Resources {
        let mut addresses: Vec<AddressRange> = Vec::new();
        if let Some(item) = self.take(SEQUENCE, ".ips") {
            let blocks = IpBlocks::read(&item, false, ".ips", self.flaws);
            if blocks.inherits() {
                self.flaws
                    .add(item.at, ".ips", "`inherit`, though nobody is above");
            }
            for block in blocks.merged(Family::V4).iter() {
                let end = |number: u128| Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX));
                let (first, last) = (end(block.low).into(), end(block.high).into());
                addresses.extend(AddressRange::new(first, last));
            }
            for block in blocks.merged(Family::V6).iter() {
                let (first, last) = (Ipv6Addr::from(block.low), Ipv6Addr::from(block.high));
                addresses.extend(AddressRange::new(first.into(), last.into()));
            }
        }
        let asns = self.take(SEQUENCE, ".asns");
        let asns = asns.map(|list| read_ranges(&list, ".asns", self.flaws));
        let asns = { asns.unwrap_or_default() }
            .into_iter()
            .map(|range| (Asn(range.low), Asn(range.high)));
        Resources {
            addresses: AddressSet::from_iter(addresses),
            asns: AsnSet::from_iter(asns),
        }
    }

    fn end(&mut self) {
        self.flaws.end(&self.reader, ".content");
    }
}

/// Returns a text of ASCII; octets that are none are replaced.
fn text(item: &Item<'_>) -> String {
    String::from_utf8_lossy(item.octets).into_owned()
}
