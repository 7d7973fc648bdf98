//! Transfer logs: what a registry publishes of resources that changed hands.
//!
//! [`told`] lists what the log of a registry has at a time, by the world's transfers alone; the
//! rest of this file is how each registry writes it. Nothing here is shared with what reads logs.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{File, Place, Provider};
use crate::mock::decode::{Decoder, words};
use crate::mock::number::{Block, Space};
use crate::mock::world::{Operator, Party, Transfer, TransferKind, World};
use crate::yaml::Node;

/// How a registry publishes its transfer log.
#[derive(Clone, Debug)]
pub struct TransferLog {
    /// Its path.
    pub path: String,
    /// The version of the format that it writes.
    pub version: LogVersion,
    /// At which time of the day, UTC, it is made.
    pub made: Time,
    /// The producer's offset from UTC in hours.
    pub offset: i64,
    /// Since when transfers are logged.
    pub since: Timestamp,
    /// The choices that the format leaves open.
    pub habits: Vec<LogHabit>,
}

words! {
    /// Versions of the format.
    pub LogVersion {
        /// 4.0.
        V4 = "4.0",
        /// 4.1.
        V4_1 = "4.1",
    }
}

words! {
    /// Choices that the format of logs leaves open.
    pub LogHabit {
        /// The transfers stand before the version.
        TransfersFirst = "transfers-first",
        /// The newest transfer stands first.
        NewestFirst = "newest-first",
        /// What is transferred at once stands in one entry.
        Grouped = "grouped",
        /// Ranges of addresses are written in two halves.
        Halves = "halves",
        /// Ranges of addresses have their prefixes beside them.
        Cidrs = "cidrs",
        /// Organizations have a country only.
        CountriesOnly = "countries-only",
        /// Names of organizations are in capitals.
        Capitals = "capitals",
        /// Dates have fractions of a second.
        Fractions = "fractions",
        /// What comes from elsewhere is dated two hours later than there.
        ReceivedLater = "received-later",
        /// The offset's minutes are written.
        Minutes = "minutes",
        /// There are remarks.
        Remarks = "remarks",
        /// The covered time ends with the last transfer, not when the log is made.
        EndsWithTransfer = "ends-with-transfer",
    }
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mock) enum Stage {
    /// The source has begun it.
    Initialized,
    /// The recipient has accepted it.
    Accepted,
    /// It is done.
    Completed,
}

/// Returns what the log of a registry has at a time, in the order of the world: completed
/// transfers, and those in progress as far as the registry lists them.
///
/// A transfer in progress is in the log of its source; once it is accepted in both.
pub(in crate::mock) fn told<'w>(
    world: &'w World,
    registry: &str,
    now: Timestamp,
) -> Vec<(&'w Transfer, Stage)> {
    let done = world.transfers().iter().chain(world.transfers_within());
    let done = done.filter(|transfer| transfer.date <= now);
    let done = done.map(|transfer| (transfer, Stage::Completed));
    let pending = world.transfers_pending().iter().map(|transfer| {
        let stage = match transfer.accepted {
            true => Stage::Accepted,
            false => Stage::Initialized,
        };
        (transfer, stage)
    });
    let lists = |(transfer, stage): &(&Transfer, Stage)| {
        transfer.from == registry || transfer.to == registry && *stage != Stage::Initialized
    };
    done.chain(pending).filter(lists).collect()
}

/// Reads `transfers` of an operator's files.
pub(super) fn read_log(d: &Decoder, node: &Node) -> Option<TransferLog> {
    d.known(
        node,
        &["path", "version", "made", "offset", "since", "habits"],
    );
    Some(TransferLog {
        path: d.text(node, "path")?,
        version: d.word_or(node, "version", LogVersion::V4),
        made: d.parse(d.member(node, "made")?, "a time of the day such as `05:00`")?,
        offset: d.parse(d.member(node, "offset")?, "a number of hours")?,
        since: d.parse(
            d.member(node, "since")?,
            "a time such as `2026-11-21T10:00:00Z`",
        )?,
        habits: d.words(node, "habits"),
    })
}

/// Transfer logs.
#[derive(Debug)]
pub(super) struct Transfers;

impl Provider for Transfers {
    fn find(&self, place: &Place<'_>) -> Option<File> {
        let operator = place.registry()?;
        let log = operator.files.as_ref()?.transfers.as_ref()?;
        if log.path != place.path {
            return None;
        }
        let made = last(log.made, place.now)?;
        let world = place.world.at(made);
        let writer = Writer {
            world,
            operator: world.operator(&operator.id)?,
            log,
            made,
        };
        let text = serde_json::to_string_pretty(&writer.log()).ok()?;
        Some(File::text("application/json", format!("{text}\n"), made))
    }
}

/// Returns when it was last this time of the day.
fn last(made: Time, now: Timestamp) -> Option<Timestamp> {
    let date = TimeZone::UTC.to_datetime(now).date();
    let today = TimeZone::UTC.to_timestamp(date.to_datetime(made)).ok()?;
    match today <= now {
        true => Some(today),
        false => today.checked_sub(SignedDuration::from_hours(24)).ok(),
    }
}

/// Writes the log of one registry.
#[derive(Clone, Copy, Debug)]
struct Writer<'w> {
    world: &'w World,
    operator: &'w Operator,
    log: &'w TransferLog,
    made: Timestamp,
}

impl Writer<'_> {
    fn has(&self, habit: LogHabit) -> bool {
        self.log.habits.contains(&habit)
    }

    fn log(&self) -> Value {
        let all = told(self.world, &self.operator.id, self.made);
        let (mut done, pending): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|(_, stage)| *stage == Stage::Completed);
        done.sort_by_key(|(transfer, _)| transfer.date);
        let last = done.last().map(|(transfer, _)| self.date_of(transfer));
        let ends = match last.filter(|_| self.has(LogHabit::EndsWithTransfer)) {
            Some(last) => last,
            None => self.made,
        };
        let mut entries = self.entries(&done);
        if self.has(LogHabit::NewestFirst) {
            entries.reverse();
        }
        let version = ("version", self.version(ends));
        let transfers = ("transfers", Value::Array(entries));
        let mut members = match self.has(LogHabit::TransfersFirst) {
            true => vec![transfers, version],
            false => vec![version, transfers],
        };
        if self.log.version == LogVersion::V4_1 {
            let entries = self.entries(&pending);
            members.push(("transfers_in_progress", Value::Array(entries)));
        }
        let members = members.into_iter();
        Value::Object(members.map(|(n, v)| (n.to_owned(), v)).collect())
    }

    fn version(&self, ends: Timestamp) -> Value {
        let version = match self.log.version {
            LogVersion::V4 => "4.0",
            LogVersion::V4_1 => "4.1",
        };
        let mut object = Map::new();
        let mut set = |name: &str, value: Value| {
            object.insert(name.to_owned(), value);
        };
        set("stats_version", version.into());
        set("producer", name_of(&self.operator.id).into());
        set("UTC_offset", self.log.offset.into());
        if self.has(LogHabit::Minutes) {
            set("UTC_offset_minutes", 0.into());
        }
        set("production_date", self.write(self.made));
        set(
            "records_interval",
            json!({"start_date": self.write(self.log.since), "end_date": self.write(ends)}),
        );
        if self.has(LogHabit::Remarks) {
            let terms = format!("Terms of use: https://{}/terms", self.web());
            set("remarks", json!(["The data is fictional.", terms]));
        }
        Value::Object(object)
    }

    fn web(&self) -> &str {
        self.operator.web.first().map_or("", String::as_str)
    }

    /// Writes a time.
    fn write(&self, time: Timestamp) -> Value {
        let format = match self.has(LogHabit::Fractions) {
            true => "%Y-%m-%dT%H:%M:%S.000Z",
            false => "%Y-%m-%dT%H:%M:%SZ",
        };
        time.strftime(format).to_string().into()
    }

    /// Returns the date of a transfer by this registry.
    fn date_of(&self, transfer: &Transfer) -> Timestamp {
        let came = transfer.to == self.operator.id && transfer.from != self.operator.id;
        if let Some(dated) = transfer.dated.filter(|_| came) {
            return dated;
        }
        let later = SignedDuration::from_hours(2);
        match came && self.has(LogHabit::ReceivedLater) {
            true => transfer.date.checked_add(later).unwrap_or(transfer.date),
            false => transfer.date,
        }
    }

    fn entries(&self, all: &[(&Transfer, Stage)]) -> Vec<Value> {
        let mut groups: Vec<Vec<(&Transfer, Stage)>> = Vec::new();
        for one in all {
            let at_once = |group: &&mut Vec<(&Transfer, Stage)>| {
                self.has(LogHabit::Grouped)
                    && group.first().is_some_and(|first| is_at_once(*first, *one))
            };
            match groups.last_mut().filter(at_once) {
                Some(group) => group.push(*one),
                None => groups.push(vec![*one]),
            }
        }
        groups
            .iter()
            .filter_map(|group| self.entry(group))
            .collect()
    }

    fn entry(&self, group: &[(&Transfer, Stage)]) -> Option<Value> {
        let (first, stage) = group.first()?;
        let mut object = Map::new();
        for (member, space) in [
            ("asns", Space::Asn),
            ("ip4nets", Space::V4),
            ("ip6nets", Space::V6),
        ] {
            let transfers = group.iter().map(|(transfer, _)| *transfer);
            let its: Vec<&Transfer> = transfers.filter(|t| t.block.space == space).collect();
            if !its.is_empty() {
                object.insert(member.to_owned(), self.sets(&its));
            }
        }
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                object.insert(name.to_owned(), value);
            }
        };
        let (source, recipient) = (first.source.as_ref(), self.recipient(first));
        set("source_organization", self.organization(source));
        set(
            "recipient_organization",
            self.organization(recipient.as_ref()),
        );
        if *stage == Stage::Completed {
            set("transfer_date", Some(self.write(self.date_of(first))));
        }
        if first.from == self.operator.id {
            let registered = first.registered.map(|time| self.write(time));
            set("source_registration_date", registered);
        }
        set("source_rir", Some(name_of(&first.from).into()));
        set("recipient_rir", Some(name_of(&first.to).into()));
        let kind = match first.kind {
            TransferKind::Resource => "RESOURCE_TRANSFER",
            TransferKind::Merger => "MERGER_ACQUISITION",
        };
        set("type", Some(kind.into()));
        let status = match stage {
            Stage::Initialized => Some("SOURCE_INITIALIZED".into()),
            Stage::Accepted => Some("RECIPIENT_ACCEPTED".into()),
            Stage::Completed => None,
        };
        set("status", status);
        Some(Value::Object(object))
    }

    /// Returns whose a block becomes: what the transfer says, or who holds it at the recipient.
    fn recipient(&self, transfer: &Transfer) -> Option<Party> {
        if let Some(party) = &transfer.recipient {
            return Some(party.clone());
        }
        let operator = self.world.operator(&transfer.to)?;
        let networks = operator.networks.iter().map(|n| (n.block, &n.holder));
        let autnums = operator.autnums.iter().map(|a| (a.block, &a.holder));
        let mut all = networks.chain(autnums);
        let (_, handle) = all.find(|(block, _)| *block == transfer.block)?;
        let holder = operator.holders.get(handle)?;
        Some(Party {
            name: holder.name.clone(),
            country: holder.country.clone(),
        })
    }

    fn organization(&self, party: Option<&Party>) -> Option<Value> {
        let party = party?;
        let country = party.country.as_str();
        Some(if self.has(LogHabit::CountriesOnly) {
            json!({ "country_code": country })
        } else if self.has(LogHabit::Capitals) {
            json!({"name": party.name.to_uppercase(), "country_code": country})
        } else {
            json!({"name": party.name, "country_code": country})
        })
    }

    /// Writes what is transferred, and at the source what it is cut out of.
    fn sets(&self, transfers: &[&Transfer]) -> Value {
        let mut object = Map::new();
        if transfers.iter().all(|t| t.from == self.operator.id) {
            let originals = transfers.iter().map(|t| t.original.unwrap_or(t.block));
            let ranges = originals.map(|block| self.range(&block)).collect();
            object.insert("original_set".to_owned(), Value::Array(ranges));
        }
        let ranges = transfers.iter().flat_map(|t| self.parts(&t.block));
        let ranges = ranges.map(|block| self.range(&block)).collect();
        object.insert("transfer_set".to_owned(), Value::Array(ranges));
        Value::Object(object)
    }

    /// Returns the ranges that a block is written as.
    fn parts(&self, block: &Block) -> Vec<Block> {
        if block.space == Space::Asn || block.span() == 0 || !self.has(LogHabit::Halves) {
            return vec![*block];
        }
        let middle = block.first + block.span() / 2;
        let part = |first, last| Block {
            first,
            last,
            ..*block
        };
        vec![part(block.first, middle), part(middle + 1, block.last)]
    }

    fn range(&self, block: &Block) -> Value {
        if block.space == Space::Asn {
            let number = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
            return json!({"start": number(block.first), "end": number(block.last)});
        }
        let mut range = json!({
            "start_address": block.write(block.first),
            "end_address": block.write(block.last),
        });
        if self.has(LogHabit::Cidrs)
            && let Value::Object(members) = &mut range
        {
            let cidrs = block
                .prefixes()
                .into_iter()
                .map(|(address, length)| json!({"prefix": block.write(address), "length": length}));
            members.insert("cidrs".to_owned(), Value::Array(cidrs.collect()));
        }
        range
    }
}

/// Says whether two transfers are one: the same ends, time, kind and organizations.
fn is_at_once(a: (&Transfer, Stage), b: (&Transfer, Stage)) -> bool {
    let of = |(t, stage): (&Transfer, Stage)| {
        (
            stage,
            t.from.clone(),
            t.to.clone(),
            t.date,
            t.kind,
            t.source.clone(),
        )
    };
    of(a) == of(b)
}

/// Returns the name of a registry in logs.
fn name_of(id: &str) -> String {
    id.to_uppercase().replace('-', " ")
}
